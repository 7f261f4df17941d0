//! An instruction that calls public functions, split at the calls.
//!
//! Everything stands in one graph when it has been evaluated. What a word needs decides where it is computed: *before* the
//! circuit if it needs no secret, nothing revealed and only results of calls before it; *after* if it needs the result of a
//! call after it; else in the circuit. A call is before the circuit if all its arguments are. What is after has to be known to
//! everybody: no result of it can go back into the circuit.

use std::collections::BTreeMap;

use arcis_circuit::{Op, OutputKind, Visibility, WireId};

use crate::diagnostics::Diagnostic;
use crate::evaluate::{EvaluatedInstruction, RecordedCall};
use crate::graph::{Graph, has_several, operands, with_operands};
use crate::program::Program;
use crate::source::Span;

/// Where a word is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Before,
    Circuit,
    After,
}

/// A graph with the wires that are its result.
pub type Part = (Graph, Vec<WireId>);

/// An instruction in its parts.
pub struct Split {
    /// The circuit: its inputs are followed by the words that calls before it give, its outputs by those revealed for calls
    /// after it.
    pub circuit: Part,
    /// The calls before it, each with what makes its arguments of all words known.
    pub prepare: Vec<(RecordedCall, Part)>,
    /// What comes after.
    pub finish: Option<SplitFinish>,
}

/// What comes after the circuit.
pub struct SplitFinish {
    /// Bits of the words revealed for it.
    pub revealed: Vec<u32>,
    /// The calls, each with what makes its arguments of all words known.
    pub calls: Vec<(RecordedCall, Part)>,
    /// The outputs that come from here.
    pub outputs: Vec<u16>,
    /// What makes them of all words known.
    pub results: Part,
}

/// Splits an instruction; `None` when something was reported.
pub fn split(program: &Program<'_>, instruction: EvaluatedInstruction) -> Option<Split> {
    let EvaluatedInstruction { interface, graph, outputs, calls } = instruction;
    if calls.is_empty() {
        return Some(Split { circuit: (graph, outputs), prepare: Vec::new(), finish: None });
    }
    let stages = Stages::of(program, &graph, &calls)?;
    let (before, after): (Vec<RecordedCall>, Vec<RecordedCall>) =
        calls.into_iter().partition(|call| stages.of_call(call) == Stage::Before);
    // Outputs that need what is after come from there as a whole.
    let mut kept = Vec::new();
    let mut finished = Vec::new();
    let mut finished_outputs = Vec::new();
    let mut rest = outputs.as_slice();
    for (index, output) in interface.outputs.iter().enumerate() {
        let count = output.ty.leaves().map_or(0, |leaves| leaves.len());
        let (words, tail) = rest.split_at_checked(count)?;
        rest = tail;
        if !words.iter().any(|word| stages.of_wire(*word) == Stage::After) {
            kept.extend(words);
        } else if output.kind == OutputKind::Public {
            finished.extend(words);
            finished_outputs.push(index as u16);
        } else {
            report_return(program, after.first().map_or(Span::default(), |call| call.span));
            return None;
        }
    }
    let plaintext = (0..graph.input_count() as WireId).filter(|wire| graph.is_public(*wire));
    let mut known: Vec<WireId> = plaintext.collect();
    let mut prepare = Vec::new();
    for call in before {
        let part = extract(&graph, &known, &call.arguments);
        known.extend(&call.results);
        prepare.push((call, part));
    }
    let prepared: Vec<WireId> = prepare.iter().flat_map(|(call, _)| call.results.iter().copied()).collect();
    let revealed = stages.revealed(&graph, &known, &after, &finished);
    let inputs: Vec<WireId> = (0..graph.input_count() as WireId).chain(prepared).collect();
    let roots: Vec<WireId> = kept.into_iter().chain(revealed.iter().copied()).collect();
    let circuit = extract(&graph, &inputs, &roots);
    let finish = (!after.is_empty()).then(|| {
        known.extend(&revealed);
        let mut finish_calls = Vec::new();
        for call in after {
            let part = extract(&graph, &known, &call.arguments);
            known.extend(&call.results);
            finish_calls.push((call, part));
        }
        SplitFinish {
            revealed: revealed.iter().map(|word| graph.width(*word)).collect(),
            calls: finish_calls,
            outputs: finished_outputs,
            results: extract(&graph, &known, &finished),
        }
    });
    Some(Split { circuit, prepare, finish })
}

fn report_return(program: &Program<'_>, span: Span) {
    program.reporter().report(
        Diagnostic::new(span, "what this public function gives cannot go back into the circuit")
            .label("it works on revealed values, so it runs when the circuit is over")
            .help("return its result as it is; or do this step in the circuit, by a function without `#[public]`"),
    );
}

/// Where every wire is computed.
struct Stages {
    wires: Vec<Stage>,
    /// Whether everybody can work it out, once what it needs is there.
    known: Vec<bool>,
}

impl Stages {
    /// `None` when something after the circuit would have to go back into it.
    fn of(program: &Program<'_>, graph: &Graph, calls: &[RecordedCall]) -> Option<Self> {
        let count = graph.input_count() + graph.len();
        let mut stages = Self { wires: vec![Stage::Before; count], known: vec![true; count] };
        for wire in 0..graph.input_count() {
            if graph.visibility(wire as WireId) == Visibility::Secret {
                stages.wires[wire] = Stage::Circuit;
                stages.known[wire] = false;
            }
        }
        let results: BTreeMap<WireId, &RecordedCall> =
            calls.iter().flat_map(|call| call.results.iter().map(move |word| (*word, call))).collect();
        for (wire, node) in graph.nodes() {
            let index = wire as usize;
            if let Some(call) = results.get(&wire) {
                // The arguments of a call are there before its results.
                stages.wires[index] = stages.of_call(call);
                continue;
            }
            let operands = if node.part > 0 { vec![node.of] } else { operands(&node.op) };
            let all_known = operands.iter().all(|operand| stages.known[*operand as usize]);
            let drawn = match node.op {
                Op::Random { .. } => true,
                Op::Shuffle { .. } => node.part == 0,
                _ => false,
            };
            let latest = operands.iter().map(|operand| stages.of_wire(*operand)).max();
            let latest = latest.unwrap_or(Stage::Before);
            let (known, stage) = match node.op {
                // Everybody knows a signature, but it takes the nodes to make one.
                Op::Sign { .. } => (true, latest.max(Stage::Circuit)),
                Op::Reveal(_) if !all_known => (true, latest.max(Stage::Circuit)),
                _ if all_known && !drawn => (true, latest),
                _ => (false, latest.max(Stage::Circuit)),
            };
            let takes_nodes =
                matches!(node.op, Op::Reveal(_)) && !all_known || matches!(node.op, Op::Sign { .. });
            if stage == Stage::After && (!known || takes_nodes) {
                report_return(program, node.span);
                return None;
            }
            stages.known[index] = known;
            stages.wires[index] = stage;
        }
        Some(stages)
    }

    fn of_wire(&self, wire: WireId) -> Stage {
        self.wires.get(wire as usize).copied().unwrap_or(Stage::Circuit)
    }

    fn of_call(&self, call: &RecordedCall) -> Stage {
        if call.arguments.iter().all(|word| self.of_wire(*word) == Stage::Before) {
            Stage::Before
        } else {
            Stage::After
        }
    }

    /// The words of the circuit that what comes after needs, in order.
    fn revealed(
        &self,
        graph: &Graph,
        known: &[WireId],
        calls: &[RecordedCall],
        finished: &[WireId],
    ) -> Vec<WireId> {
        let given: Vec<WireId> =
            known.iter().chain(calls.iter().flat_map(|call| &call.results)).copied().collect();
        let mut seen = vec![false; self.wires.len()];
        given.iter().for_each(|wire| seen[*wire as usize] = true);
        let mut revealed = Vec::new();
        let mut open: Vec<WireId> =
            calls.iter().flat_map(|call| &call.arguments).chain(finished).copied().collect();
        while let Some(wire) = open.pop() {
            if std::mem::replace(&mut seen[wire as usize], true) {
                continue;
            }
            if self.of_wire(wire) == Stage::Circuit {
                revealed.push(wire);
            } else if let Some(node) = graph.node(wire) {
                open.extend(if node.part > 0 { vec![node.of] } else { operands(&node.op) });
            }
        }
        revealed.sort_unstable();
        revealed
    }
}

/// The part of a graph that leads from these inputs to these results.
fn extract(graph: &Graph, inputs: &[WireId], results: &[WireId]) -> Part {
    let count = graph.input_count() + graph.len();
    let mut numbers: Vec<Option<WireId>> = vec![None; count];
    let mut part = Graph::with_library_of(graph);
    for wire in inputs {
        let name = graph.input_name(*wire).unwrap_or("from elsewhere").to_owned();
        let number = part.input(graph.width(*wire), graph.visibility(*wire), name);
        numbers[*wire as usize] = Some(number);
    }
    let mut used = vec![false; count];
    results.iter().for_each(|wire| used[*wire as usize] = true);
    for (wire, node) in graph.nodes().rev() {
        if !used[wire as usize] || numbers[wire as usize].is_some() {
            continue;
        }
        if node.part > 0 {
            used[node.of as usize] = true;
        } else {
            operands(&node.op).into_iter().for_each(|operand| used[operand as usize] = true);
        }
    }
    for (wire, node) in graph.nodes() {
        let index = wire as usize;
        if !used[index] || numbers[index].is_some() || node.part > 0 {
            continue;
        }
        part.here = node.span;
        let op = with_operands(&node.op, |operand| numbers[operand as usize].unwrap_or_default());
        if has_several(&op) {
            for (offset, number) in part.build_all(op, node.span).into_iter().enumerate() {
                numbers[index + offset] = Some(number);
            }
        } else {
            numbers[index] = Some(part.build(op, node.span));
        }
    }
    let results = results.iter().map(|wire| numbers[*wire as usize].unwrap_or_default()).collect();
    (part, results)
}
