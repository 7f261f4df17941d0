//! From word operations to the graph: calls expanded, every operation taken apart.

use super::add::{add, inverted, less, negate_if, sub};
use super::divide::Divisions;
use super::graph::{Graph, Literal, MAX_GATES};
use super::multiply::multiply;
use super::shift::{Direction, shift};
use super::{InputWires, LowerError, Shape};
use crate::circuit::{Circuit, Op, Visibility, WireId};
use crate::validate::CircuitError;

/// A circuit as a graph.
pub(super) struct Expanded {
    pub(super) graph: Graph,
    /// The entry's input words. Their bits are the nodes from 1 on, in order.
    pub(super) inputs: Vec<InputWires>,
    /// Random bits, in the order in which they are drawn.
    pub(super) random: Vec<Literal>,
    /// The entry's output words, with the visibility that the circuit states.
    pub(super) outputs: Vec<(Visibility, Vec<Literal>)>,
}

pub(super) fn expand(circuit: &Circuit, shape: Shape) -> Result<Expanded, LowerError> {
    let analysis = circuit.analyze()?;
    let entry = circuit.entry().ok_or(CircuitError::Empty)?;
    let mut graph = Graph::new();
    let mut frame = Frame::default();
    let mut inputs = Vec::with_capacity(entry.inputs.len());
    let (mut secret, mut public) = (0, 0);
    for input in &entry.inputs {
        let is_secret = input.visibility == Visibility::Secret;
        let first = if is_secret { &mut secret } else { &mut public };
        inputs.push(InputWires { visibility: input.visibility, first: *first, width: input.width });
        *first += input.width;
        frame.push((0..input.width).map(|_| graph.leaf(is_secret)));
    }
    let mut expansion = Expansion { circuit, shape, graph, random: Vec::new(), divisions: Divisions::default() };
    let words = expansion.function(circuit.functions.len() - 1, frame)?;
    let outputs = analysis.outputs(circuit).into_iter().zip(words.words());
    let outputs = outputs.map(|(info, word)| (info.visibility, word.to_vec())).collect();
    Ok(Expanded { graph: expansion.graph, inputs, random: expansion.random, outputs })
}

/// The words of a function's wires, in one vector.
#[derive(Default)]
struct Frame {
    literals: Vec<Literal>,
    /// Where each word ends.
    ends: Vec<usize>,
}

impl Frame {
    fn word(&self, wire: WireId) -> &[Literal] {
        let index = wire as usize;
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.literals[start..self.ends[index]]
    }

    fn push(&mut self, word: impl IntoIterator<Item = Literal>) {
        self.literals.extend(word);
        self.ends.push(self.literals.len());
    }

    fn append(&mut self, other: Self) {
        let base = self.literals.len();
        self.literals.extend(other.literals);
        self.ends.extend(other.ends.into_iter().map(|end| base + end));
    }

    fn words(&self) -> impl Iterator<Item = &[Literal]> {
        (0..self.ends.len()).map(|wire| self.word(wire as WireId))
    }
}

struct Expansion<'a> {
    circuit: &'a Circuit,
    shape: Shape,
    graph: Graph,
    random: Vec<Literal>,
    divisions: Divisions,
}

impl Expansion<'_> {
    /// Expands a function. The circuit has been validated: wires are defined, widths fit, calls are not too deep.
    fn function(&mut self, index: usize, inputs: Frame) -> Result<Frame, LowerError> {
        let function = &self.circuit.functions[index];
        let mut frame = inputs;
        for op in &function.ops {
            self.op(op, &mut frame)?;
            if self.graph.is_overflown() {
                return Err(LowerError::TooManyGates { limit: MAX_GATES });
            }
        }
        let mut outputs = Frame::default();
        for &output in &function.outputs {
            outputs.push(frame.word(output).iter().copied());
        }
        Ok(outputs)
    }

    /// Appends what an operation defines.
    fn op(&mut self, op: &Op, frame: &mut Frame) -> Result<(), LowerError> {
        let (graph, shape) = (&mut self.graph, self.shape);
        let word = |wire: &WireId| frame.word(*wire);
        let mut bitwise = |a: &WireId, b: &WireId, gate: fn(&mut Graph, Literal, Literal) -> Literal| {
            word(a).iter().zip(word(b)).map(|(&a, &b)| gate(graph, a, b)).collect()
        };
        let defined = match op {
            Op::Const(bits) => bits.iter().map(Literal::constant).collect(),
            Op::Not(a) => inverted(word(a)),
            Op::Xor(a, b) => bitwise(a, b, Graph::xor),
            Op::And(a, b) => bitwise(a, b, Graph::and),
            Op::Or(a, b) => bitwise(a, b, Graph::or),
            Op::Add(a, b) => add(graph, shape, word(a), word(b), Literal::ZERO),
            Op::Sub(a, b) => sub(graph, shape, word(a), word(b)),
            Op::Mul(a, b) => multiply(graph, shape, word(a), word(b)),
            Op::Neg(a) => negate_if(graph, shape, word(a), Literal::ONE),
            Op::Div { a, b, signed } => self.divisions.divide(graph, shape, word(a), word(b), *signed).0,
            Op::Rem { a, b, signed } => self.divisions.divide(graph, shape, word(a), word(b), *signed).1,
            Op::Eq(a, b) => {
                let equal: Vec<_> = bitwise(a, b, |graph, a, b| !graph.xor(a, b));
                vec![graph.and_all(equal)]
            }
            Op::Less { a, b, signed } => vec![less(graph, shape, word(a), word(b), *signed)],
            Op::Select { condition, when_true, when_false } => {
                let condition = word(condition)[0];
                bitwise_select(graph, condition, word(when_true), word(when_false))
            }
            Op::Concat(words) => words.iter().flat_map(word).copied().collect(),
            Op::Slice { a, offset, width } => word(a)[*offset as usize..][..*width as usize].to_vec(),
            Op::Extend { a, width, signed } => {
                let mut bits = word(a).to_vec();
                let top = bits.last().copied().filter(|_| *signed).unwrap_or(Literal::ZERO);
                bits.resize(*width as usize, top);
                bits
            }
            Op::Shl { a, by } => shift(graph, shape, Direction::Left, word(a), word(by), Literal::ZERO),
            Op::Shr { a, by } => shift(graph, shape, Direction::Right, word(a), word(by), Literal::ZERO),
            Op::Sar { a, by } => {
                let top = word(a).last().copied().unwrap_or(Literal::ZERO);
                shift(graph, shape, Direction::Right, word(a), word(by), top)
            }
            Op::Reveal(a) => word(a).iter().map(|&bit| graph.reveal(bit)).collect(),
            Op::Random { width } => {
                let bits: Vec<_> = (0..*width).map(|_| graph.leaf(true)).collect();
                self.random.extend(&bits);
                bits
            }
            Op::Call { function, args } => {
                let mut inputs = Frame::default();
                for arg in args {
                    inputs.push(word(arg).iter().copied());
                }
                let outputs = self.function(*function as usize, inputs)?;
                frame.append(outputs);
                return Ok(());
            }
        };
        frame.push(defined);
        Ok(())
    }
}

fn bitwise_select(graph: &mut Graph, condition: Literal, a: &[Literal], b: &[Literal]) -> Vec<Literal> {
    a.iter().zip(b).map(|(&a, &b)| graph.select(condition, a, b)).collect()
}
