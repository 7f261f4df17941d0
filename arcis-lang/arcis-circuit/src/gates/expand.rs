//! From word operations to the graph: calls expanded, every operation taken apart.

use super::add::{add, inverted, less, negate_if, sub};
use super::attribute::{NO_POSITION, SourceMap};
use super::columns::Columns;
use super::divide::Divisions;
use super::graph::{Graph, Literal, MAX_GATES};
use super::multiply::multiply;
use super::select::{demultiplex, leading_zeros, lookup};
use super::shift::{Direction, shift};
use super::{InputWires, LowerError, Shape, Target};
use crate::circuit::{Circuit, Op, Visibility, WireId, count_width};
use crate::shuffle::{switch_count, through_network};
use crate::validate::CircuitError;

/// A circuit as a graph.
pub(super) struct Expanded {
    pub(super) graph: Graph,
    /// The entry's input words. Their bits are the nodes from 1 on, in order.
    pub(super) inputs: Vec<InputWires>,
    /// Random bits, in the order in which they are drawn.
    pub(super) random: Vec<Literal>,
    /// Shuffles, in the order in which they are done.
    pub(super) shuffles: Vec<Shuffle>,
    /// The entry's output words, with the visibility that the circuit states.
    pub(super) outputs: Vec<(Visibility, Vec<Literal>)>,
}

pub(super) fn expand(
    circuit: &Circuit,
    target: Target,
    sources: Option<&SourceMap>,
) -> Result<Expanded, LowerError> {
    let analysis = circuit.analyze()?;
    let entry = circuit.entry().ok_or(CircuitError::Empty)?;
    let mut graph = Graph::new();
    if sources.is_some() {
        graph.keep_origins();
    }
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
    let mut expansion = Expansion {
        circuit,
        target,
        sources,
        graph,
        random: Vec::new(),
        shuffles: Vec::new(),
        divisions: Divisions::default(),
    };
    let words = expansion.function(circuit.functions.len() - 1, frame)?;
    let outputs = analysis.outputs(circuit).into_iter().zip(words.words());
    let outputs = outputs.map(|(info, word)| (info.visibility, word.to_vec())).collect();
    let Expansion { graph, random, shuffles, .. } = expansion;
    Ok(Expanded { graph, inputs, random, shuffles, outputs })
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

/// The switches of a shuffle.
pub(super) struct Shuffle {
    /// How many words it permutes.
    pub(super) words: u32,
    /// How many random bits are drawn before.
    pub(super) after_random: u32,
    /// Every party's.
    pub(super) parties: Vec<Vec<Literal>>,
}

struct Expansion<'a> {
    circuit: &'a Circuit,
    target: Target,
    sources: Option<&'a SourceMap>,
    graph: Graph,
    random: Vec<Literal>,
    shuffles: Vec<Shuffle>,
    divisions: Divisions,
}

impl Expansion<'_> {
    /// Expands a function. The circuit has been validated: wires are defined, widths fit, calls are not too deep.
    fn function(&mut self, index: usize, inputs: Frame) -> Result<Frame, LowerError> {
        let function = &self.circuit.functions[index];
        let mut frame = inputs;
        for (at, op) in function.ops.iter().enumerate() {
            let position = self.sources.map_or(NO_POSITION, |sources| sources.position(index, at));
            let before = self.graph.set_origin(position);
            self.op(op, &mut frame)?;
            self.graph.restore_origin(before);
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
        let word = |wire: &WireId| frame.word(*wire);
        // What everybody knows takes no rounds, so the form with the fewest gates is the best one.
        let is_public = |wire: &WireId| word(wire).iter().all(|&bit| self.graph.is_public(bit));
        let shape = if op.operands().iter().all(is_public) { Shape::Small } else { self.target.shape };
        let graph = &mut self.graph;
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
            Op::Lookup { index, words } => {
                let words: Vec<_> = words.iter().map(word).collect();
                lookup(graph, shape, word(index), &words)
            }
            Op::Table { index, width, entries } => {
                let bits: Vec<_> = entries.iter().map(Literal::constant).collect();
                let words: Vec<_> = bits.chunks(*width as usize).collect();
                lookup(graph, shape, word(index), &words)
            }
            Op::Update { index, value, condition, words } => {
                let indicators = demultiplex(graph, word(index), words.len(), word(condition)[0]);
                let updated: Vec<_> = words
                    .iter()
                    .zip(indicators)
                    .map(|(old, indicator)| bitwise_select(graph, indicator, word(value), word(old)))
                    .collect();
                updated.into_iter().for_each(|word| frame.push(word));
                return Ok(());
            }
            Op::Shuffle { words } => {
                let words = words.iter().map(|wire| word(wire).to_vec()).collect();
                self.shuffle(words).into_iter().for_each(|word| frame.push(word));
                return Ok(());
            }
            Op::Sum { words } => {
                let mut columns = Columns::new(word(&words[0]).len());
                words.iter().for_each(|term| columns.push_word(0, word(term)));
                columns.sum(graph, shape)
            }
            Op::Sign { message } => graph.sign(message.iter().flat_map(word).copied().collect()),
            Op::LeadingZeros(a) => leading_zeros(graph, shape, word(a)),
            Op::CountOnes(a) => {
                let mut columns = Columns::new(count_width(word(a).len() as u32) as usize);
                word(a).iter().for_each(|&bit| columns.push(0, bit));
                columns.sum(graph, shape)
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

impl Expansion<'_> {
    /// Every party's network in turn, on switches that it enters.
    fn shuffle(&mut self, mut words: Vec<Vec<Literal>>) -> Vec<Vec<Literal>> {
        let count = words.len();
        let mut parties = Vec::with_capacity(self.target.parties.into());
        for _ in 0..self.target.parties {
            let switches: Vec<_> = (0..switch_count(count)).map(|_| self.graph.leaf(true)).collect();
            words = through_network(words, &mut |switch, a: Vec<_>, b| {
                let (mut first, mut second) = (Vec::with_capacity(a.len()), Vec::with_capacity(b.len()));
                for (&a, &b) in a.iter().zip(&b) {
                    let difference = self.graph.xor(a, b);
                    let change = self.graph.and(switches[switch], difference);
                    first.push(self.graph.xor(a, change));
                    second.push(self.graph.xor(b, change));
                }
                (first, second)
            });
            parties.push(switches);
            if self.graph.is_overflown() {
                break;
            }
        }
        let after_random = self.random.len() as u32;
        self.shuffles.push(Shuffle { words: count as u32, after_random, parties });
        words
    }
}

fn bitwise_select(graph: &mut Graph, condition: Literal, a: &[Literal], b: &[Literal]) -> Vec<Literal> {
    a.iter().zip(b).map(|(&a, &b)| graph.select(condition, a, b)).collect()
}
