//! A graph as text: one line for each wire.

use std::fmt::Write;

use arcis_circuit::{Op, Visibility, WireId};

use super::{Graph, operands};

pub(super) fn print(graph: &Graph, outputs: &[WireId]) -> String {
    let mut out = String::new();
    for (wire, input) in graph.inputs.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "%{wire} = input {} : {}", input.name, word(input.width, input.visibility));
    }
    for (wire, node) in graph.nodes() {
        if node.part > 0 {
            let _ = writeln!(
                out,
                "%{wire} = part {} of %{} : {}",
                node.part,
                node.of,
                word(node.width, node.visibility)
            );
            continue;
        }
        let _ = writeln!(out, "%{wire} = {} : {}", operation(&node.op), word(node.width, node.visibility));
    }
    let _ = writeln!(out, "output {}", list(outputs));
    out
}

fn word(width: u32, visibility: Visibility) -> String {
    match visibility {
        Visibility::Public => format!("{width} public"),
        Visibility::Secret => format!("{width}"),
    }
}

fn list(wires: &[WireId]) -> String {
    wires.iter().map(|wire| format!("%{wire}")).collect::<Vec<_>>().join(" ")
}

fn operation(op: &Op) -> String {
    let signed_name = |name: &str, signed: bool| format!("{}{name}", if signed { "signed_" } else { "" });
    let name = match op {
        Op::Const(bits) => return format!("const {bits:x}"),
        Op::Slice { a, offset, width } => return format!("slice %{a} {offset}..{}", offset + width),
        Op::Not(_) => "not".into(),
        Op::Xor(..) => "xor".into(),
        Op::And(..) => "and".into(),
        Op::Or(..) => "or".into(),
        Op::Add(..) => "add".into(),
        Op::Sub(..) => "sub".into(),
        Op::Mul(..) => "mul".into(),
        Op::Neg(_) => "neg".into(),
        Op::Div { signed, .. } => signed_name("div", *signed),
        Op::Rem { signed, .. } => signed_name("rem", *signed),
        Op::Eq(..) => "eq".into(),
        Op::Less { signed, .. } => signed_name("less", *signed),
        Op::Select { .. } => "select".into(),
        Op::Concat(_) => "concat".into(),
        Op::Extend { signed, .. } => signed_name("extend", *signed),
        Op::Shl { .. } => "shl".into(),
        Op::Shr { .. } => "shr".into(),
        Op::Sar { .. } => "sar".into(),
        Op::Reveal(_) => "reveal".into(),
        Op::Random { .. } => "random".into(),
        Op::Lookup { .. } => "lookup".into(),
        Op::Table { width, entries, .. } => format!("table {width} of {entries:x}"),
        Op::Update { .. } => "update".into(),
        Op::Shuffle { .. } => "shuffle".into(),
        Op::Sign { .. } => "sign".into(),
        Op::LeadingZeros(_) => "leading_zeros".into(),
        Op::Sum { .. } => "sum".into(),
        Op::CountOnes(_) => "count_ones".into(),
        Op::Call { function, .. } => format!("call {function}"),
    };
    format!("{name} {}", list(&operands(op))).trim_end().to_owned()
}
