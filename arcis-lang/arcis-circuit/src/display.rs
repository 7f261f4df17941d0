//! The text form of circuits, for people and for tests that compare listings.
//!
//! ```text
//! function bid(%0: secret 64, %1: public 64) {
//!   %2: secret 1 = less_unsigned %1, %0
//!   %3: secret 64 = select %2, %0, %1
//!   return %3
//! }
//! ```
//! Every wire is given with who knows it and its width. A circuit that is not valid is listed without them, after a
//! line that says what is wrong.

use std::fmt;

use crate::circuit::{Circuit, Function, Op, Visibility, WireId};
use crate::validate::WireInfo;

impl fmt::Display for Visibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::Secret => "secret",
        })
    }
}

impl fmt::Display for WireInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.visibility, self.width)
    }
}

impl fmt::Display for Circuit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let analysis = self.analyze();
        if let Err(error) = &analysis {
            writeln!(f, "; invalid: {error}")?;
        }
        for (index, function) in self.functions.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            let wires = analysis.as_ref().ok().map(|analysis| analysis.functions[index].as_slice());
            Listing { circuit: self, function, wires }.fmt(f)?;
        }
        Ok(())
    }
}

struct Listing<'a> {
    circuit: &'a Circuit,
    function: &'a Function,
    /// Of a valid circuit.
    wires: Option<&'a [WireInfo]>,
}

impl fmt::Display for Listing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Function { name, inputs, ops, outputs } = self.function;
        write!(f, "function {name}(")?;
        for (wire, input) in inputs.iter().enumerate() {
            let comma = if wire > 0 { ", " } else { "" };
            write!(f, "{comma}%{wire}: {} {}", input.visibility, input.width)?;
        }
        writeln!(f, ") {{")?;
        let mut defined = inputs.len();
        for op in ops {
            let results = op.defines(&self.circuit.functions);
            f.write_str("  ")?;
            for wire in defined..defined + results {
                let comma = if wire > defined { ", " } else { "" };
                write!(f, "{comma}%{wire}")?;
                if let Some(info) = self.wires.and_then(|wires| wires.get(wire)) {
                    write!(f, ": {info}")?;
                }
            }
            if results > 0 {
                f.write_str(" = ")?;
            }
            self.op(op, f)?;
            writeln!(f)?;
            defined += results;
        }
        writeln!(f, "  return{}", Wires(outputs))?;
        writeln!(f, "}}")
    }
}

impl Listing<'_> {
    fn op(&self, op: &Op, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = |signed: &bool| if *signed { "signed" } else { "unsigned" };
        match op {
            Op::Const(bits) => write!(f, "const {bits:x}"),
            Op::Not(a) => write!(f, "not %{a}"),
            Op::Xor(a, b) => write!(f, "xor %{a}, %{b}"),
            Op::And(a, b) => write!(f, "and %{a}, %{b}"),
            Op::Or(a, b) => write!(f, "or %{a}, %{b}"),
            Op::Add(a, b) => write!(f, "add %{a}, %{b}"),
            Op::Sub(a, b) => write!(f, "sub %{a}, %{b}"),
            Op::Mul(a, b) => write!(f, "mul %{a}, %{b}"),
            Op::Neg(a) => write!(f, "neg %{a}"),
            Op::Div { a, b, signed } => write!(f, "div_{} %{a}, %{b}", sign(signed)),
            Op::Rem { a, b, signed } => write!(f, "rem_{} %{a}, %{b}", sign(signed)),
            Op::Eq(a, b) => write!(f, "eq %{a}, %{b}"),
            Op::Less { a, b, signed } => write!(f, "less_{} %{a}, %{b}", sign(signed)),
            Op::Select { condition, when_true, when_false } => {
                write!(f, "select %{condition}, %{when_true}, %{when_false}")
            }
            Op::Concat(words) => write!(f, "concat{}", Wires(words)),
            Op::Slice { a, offset, width } => write!(f, "slice %{a}, offset {offset}, width {width}"),
            Op::Extend { a, width, signed } => write!(f, "extend_{} %{a}, width {width}", sign(signed)),
            Op::Shl { a, by } => write!(f, "shl %{a}, %{by}"),
            Op::Shr { a, by } => write!(f, "shr %{a}, %{by}"),
            Op::Sar { a, by } => write!(f, "sar %{a}, %{by}"),
            Op::Reveal(a) => write!(f, "reveal %{a}"),
            Op::Random { width } => write!(f, "random {width}"),
            Op::Lookup { index, words } => write!(f, "lookup %{index} of{}", Wires(words)),
            Op::Table { index, width, entries } => write!(f, "table %{index}, width {width} of {entries:x}"),
            Op::Update { index, value, condition, words } => {
                write!(f, "update %{index} to %{value} if %{condition} of{}", Wires(words))
            }
            Op::Shuffle { words } => write!(f, "shuffle{}", Wires(words)),
            Op::Sum { words } => write!(f, "sum{}", Wires(words)),
            Op::Sign { message } => write!(f, "sign{}", Wires(message)),
            Op::LeadingZeros(a) => write!(f, "leading_zeros %{a}"),
            Op::CountOnes(a) => write!(f, "count_ones %{a}"),
            Op::Call { function, args } => {
                let name = self.circuit.functions.get(*function as usize).map(|callee| callee.name.as_str());
                write!(f, "call {function} {}{}", name.unwrap_or("(unknown)"), Wires(args))
            }
        }
    }
}

/// ` %1, %2`
struct Wires<'a>(&'a [WireId]);

impl fmt::Display for Wires<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, wire) in self.0.iter().enumerate() {
            let separator = if index > 0 { ", " } else { " " };
            write!(f, "{separator}%{wire}")?;
        }
        Ok(())
    }
}
