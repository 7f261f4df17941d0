//! The circuit while it is being made: word operations, each held once.
//!
//! [`Graph::build`] is the only way in. It folds constants, simplifies by local rules (`simplify`) and gives the wire of an
//! equal operation if there is one already (hash-consing, so common subexpressions never arise). Every operation keeps
//! the place in the source that first needed it.

mod fold;
mod narrow;
mod print;
mod simplify;

use std::collections::HashMap;

use arcis_circuit::circuit::{SIGNATURE_BITS, count_width};
use arcis_circuit::{Bits, Circuit, Function, Input, Op, Visibility, WireId, evaluate};

use arcis_circuit::library::{Gadget, Library};

use crate::source::Span;

/// A circuit being made: one function, inputs first.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    inputs: Vec<InputNode>,
    nodes: Vec<Node>,
    /// Only ever looked up, never iterated: the order of a hash map must not reach the circuit.
    known: HashMap<Op, WireId>,
    /// The functions that are called.
    library: Library,
    /// Widths of what those called give, by function.
    called: HashMap<u32, Vec<u32>>,
    /// The place in the author's source that is being evaluated, for operations of the prelude.
    pub here: Span,
}

#[derive(Clone, Debug)]
struct InputNode {
    width: u32,
    visibility: Visibility,
    name: String,
}

/// An operation.
#[derive(Clone, Debug)]
pub struct Node {
    /// Which.
    pub op: Op,
    /// Bits of its result.
    pub width: u32,
    /// Who knows its result.
    pub visibility: Visibility,
    /// What needed it first.
    pub span: Span,
    /// Which of its results this is, of an operation that has several: each is a node, with the first wire in `of`.
    pub part: u32,
    /// The wire of the first result.
    pub of: WireId,
}

impl Graph {
    /// A graph with the inputs of another and no operations.
    pub fn with_inputs_of(other: &Self) -> Self {
        Self {
            inputs: other.inputs.clone(),
            library: other.library.clone(),
            called: other.called.clone(),
            ..Self::default()
        }
    }

    /// Adds an input. All inputs come before the first operation.
    pub fn input(&mut self, width: u32, visibility: Visibility, name: String) -> WireId {
        debug_assert!(self.nodes.is_empty(), "inputs are numbered before operations");
        self.inputs.push(InputNode { width, visibility, name });
        self.inputs.len() as WireId - 1
    }

    /// A word that everybody knows, from outside of the circuit: what a public function gives. It stands for an input until
    /// the graph is split ([`crate::split`]).
    pub fn outside(&mut self, width: u32, span: Span) -> WireId {
        // A drawing is like nothing else, so no rule touches it or what is revealed of it.
        let drawn = self.intern(Op::Random { width }, span);
        self.intern(Op::Reveal(drawn), span)
    }

    /// Number of inputs.
    pub fn input_count(&self) -> usize {
        self.inputs.len()
    }

    /// The name of an input.
    pub fn input_name(&self, wire: WireId) -> Option<&str> {
        self.inputs.get(wire as usize).map(|input| input.name.as_str())
    }

    /// A graph without inputs and operations that may call the same functions.
    pub fn with_library_of(other: &Self) -> Self {
        Self { library: other.library.clone(), called: other.called.clone(), ..Self::default() }
    }

    /// Number of operations.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are no operations.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Number of wires: inputs and what operations define.
    pub fn wires(&self) -> usize {
        self.inputs.len() + self.nodes.len()
    }

    /// The operations with their wires, in order.
    pub fn nodes(&self) -> impl DoubleEndedIterator<Item = (WireId, &Node)> {
        let first = self.inputs.len() as WireId;
        self.nodes.iter().enumerate().map(move |(index, node)| (first + index as WireId, node))
    }

    /// The operation that defines a wire; `None` for an input.
    pub fn node(&self, wire: WireId) -> Option<&Node> {
        self.nodes.get((wire as usize).checked_sub(self.inputs.len())?)
    }

    /// The operation whose only result a wire is.
    pub fn op(&self, wire: WireId) -> Option<&Op> {
        self.node(wire).map(|node| &node.op).filter(|op| !has_several(op))
    }

    /// Bits of a wire.
    pub fn width(&self, wire: WireId) -> u32 {
        match self.inputs.get(wire as usize) {
            Some(input) => input.width,
            None => self.node(wire).map_or(0, |node| node.width),
        }
    }

    /// Who knows a wire.
    pub fn visibility(&self, wire: WireId) -> Visibility {
        match self.inputs.get(wire as usize) {
            Some(input) => input.visibility,
            None => self.node(wire).map_or(Visibility::Secret, |node| node.visibility),
        }
    }

    /// Whether everybody knows a wire.
    pub fn is_public(&self, wire: WireId) -> bool {
        self.visibility(wire) == Visibility::Public
    }

    /// The value of a wire that is constant.
    pub fn constant_value(&self, wire: WireId) -> Option<&Bits> {
        match self.op(wire) {
            Some(Op::Const(bits)) => Some(bits),
            _ => None,
        }
    }

    /// A wire with this value.
    pub fn constant(&mut self, bits: Bits, span: Span) -> WireId {
        self.intern(Op::Const(bits), span)
    }

    /// A wire with the low `width` bits of this value.
    pub fn integer(&mut self, value: u128, width: u32, span: Span) -> WireId {
        self.constant(Bits::from_u128(value, width as usize), span)
    }

    /// A one-bit wire with this value.
    pub fn bool(&mut self, value: bool, span: Span) -> WireId {
        self.integer(value.into(), 1, span)
    }

    /// The wire of this operation as it is: the one there is, or a new one.
    fn intern(&mut self, op: Op, span: Span) -> WireId {
        // Each drawing of randomness, and each shuffle, is another one.
        let shared = !matches!(op, Op::Random { .. } | Op::Shuffle { .. });
        if shared && let Some(wire) = self.known.get(&op) {
            return *wire;
        }
        let wire = (self.inputs.len() + self.nodes.len()) as WireId;
        let span = if span.file == 0 && self.here.file != 0 { self.here } else { span };
        let visibility = self.result_visibility(&op);
        if shared {
            self.known.insert(op.clone(), wire);
        }
        for (part, width) in self.result_widths(&op).into_iter().enumerate() {
            // Only the first of several results has the operands.
            let op = match &op {
                Op::Update { .. } | Op::Shuffle { .. } | Op::Call { .. } if part > 0 => {
                    Op::Shuffle { words: vec![wire] }
                }
                op => op.clone(),
            };
            self.nodes.push(Node { op, width, visibility, span, part: part as u32, of: wire });
        }
        wire
    }

    /// The wires of an operation that may have several results.
    pub fn build_all(&mut self, op: Op, span: Span) -> Vec<WireId> {
        if let Some(words) = self.updated(&op, span) {
            return words;
        }
        let first = self.intern(op, span);
        let count = self.node(first).map_or(0, |node| match &node.op {
            Op::Update { words, .. } | Op::Shuffle { words } => words.len(),
            Op::Call { function, .. } => self.called.get(function).map_or(0, Vec::len),
            _ => 1,
        });
        (first..first + count as WireId).collect()
    }

    /// The words of an update whose place is known.
    fn updated(&mut self, op: &Op, span: Span) -> Option<Vec<WireId>> {
        let Op::Update { index, value, condition, words } = op else { return None };
        if self.constant_value(*condition).is_some_and(Bits::is_zero) {
            return Some(words.clone());
        }
        let place = self.constant_value(*index)?.to_u64().unwrap_or(u64::MAX);
        let mut words = words.clone();
        if let Some(word) = usize::try_from(place).ok().and_then(|place| words.get_mut(place)) {
            let choice = Op::Select { condition: *condition, when_true: *value, when_false: *word };
            *word = self.build(choice, span);
        }
        Some(words)
    }

    /// The wires of what a function of the library gives; public if all arguments are.
    pub fn call(&mut self, gadget: &Gadget, args: Vec<WireId>, span: Span) -> Vec<WireId> {
        if let Some(constants) = self.called_on_constants(gadget, &args) {
            return constants.into_iter().map(|bits| self.constant(bits, span)).collect();
        }
        let function = self.library.require(gadget);
        self.called.entry(function).or_insert_with(|| gadget.signature().outputs);
        self.call_function(function, args, span)
    }

    /// Makes a graph that was begun with this one's library a function, which can be called from now on; says its index.
    pub fn add_function(&mut self, name: &str, graph: Self, outputs: Vec<WireId>) -> u32 {
        let widths = outputs.iter().map(|output| graph.width(*output)).collect();
        let (inputs, ops) = graph.inputs_and_ops();
        self.library = graph.library;
        self.called = graph.called;
        let function = self.library.add(Function { name: name.to_owned(), inputs, ops, outputs });
        self.called.insert(function, widths);
        function
    }

    /// The wires of what a function gives that has been added; public if all arguments are.
    pub fn call_function(&mut self, function: u32, args: Vec<WireId>, span: Span) -> Vec<WireId> {
        let public = args.iter().all(|arg| self.is_public(*arg));
        let outputs = self.build_all(Op::Call { function, args }, span);
        if !public {
            return outputs;
        }
        // It follows from what everybody knows.
        outputs.into_iter().map(|output| self.intern(Op::Reveal(output), span)).collect()
    }

    /// What a function without a short form in gates gives of constants.
    fn called_on_constants(&self, gadget: &Gadget, args: &[WireId]) -> Option<Vec<Bits>> {
        if !matches!(gadget, Gadget::Field25519(_) | Gadget::Ed25519Verify { .. }) {
            return None;
        }
        let words = args.iter().map(|arg| self.constant_value(*arg).cloned()).collect::<Option<Vec<_>>>()?;
        let mut library = Library::new();
        library.require(gadget);
        let circuit = Circuit { functions: library.into_functions() };
        // Functions of public words draw nothing.
        evaluate(&circuit, &words, &mut |_| Bits::new()).ok()
    }

    fn result_widths(&self, op: &Op) -> Vec<u32> {
        match op {
            Op::Update { words, .. } | Op::Shuffle { words } => {
                words.iter().map(|word| self.width(*word)).collect()
            }
            Op::Call { function, .. } => self.called.get(function).cloned().unwrap_or_default(),
            op => vec![self.result_width(op)],
        }
    }

    fn result_width(&self, op: &Op) -> u32 {
        match op {
            Op::Const(bits) => bits.len() as u32,
            Op::Not(a) | Op::Neg(a) | Op::Reveal(a) => self.width(*a),
            Op::Xor(a, _) | Op::And(a, _) | Op::Or(a, _) | Op::Add(a, _) | Op::Sub(a, _) | Op::Mul(a, _) => {
                self.width(*a)
            }
            Op::Div { a, .. }
            | Op::Rem { a, .. }
            | Op::Shl { a, .. }
            | Op::Shr { a, .. }
            | Op::Sar { a, .. } => self.width(*a),
            Op::Eq(..) | Op::Less { .. } => 1,
            Op::Select { when_true, .. } => self.width(*when_true),
            Op::Concat(parts) => parts.iter().map(|part| self.width(*part)).sum(),
            Op::Slice { width, .. } | Op::Extend { width, .. } | Op::Random { width } => *width,
            Op::Table { width, .. } => *width,
            Op::Lookup { words, .. } | Op::Sum { words } => words.first().map_or(0, |word| self.width(*word)),
            Op::Sign { .. } => SIGNATURE_BITS,
            Op::LeadingZeros(a) | Op::CountOnes(a) => count_width(self.width(*a)),
            // Those with several results are told apart before.
            Op::Call { .. } | Op::Update { .. } | Op::Shuffle { .. } => 0,
        }
    }

    fn result_visibility(&self, op: &Op) -> Visibility {
        match op {
            Op::Reveal(_) => Visibility::Public,
            Op::Random { .. } | Op::Shuffle { .. } | Op::Call { .. } => Visibility::Secret,
            op if operands(op).into_iter().all(|operand| self.is_public(operand)) => Visibility::Public,
            _ => Visibility::Secret,
        }
    }

    /// The graph as a circuit: one function, after those of the library that it calls.
    pub fn to_circuit(&self, name: &str, outputs: Vec<WireId>) -> Circuit {
        let (inputs, ops) = self.inputs_and_ops();
        let calls = ops.iter().any(|op| matches!(op, Op::Call { .. }));
        let mut functions = if calls { self.library.clone().into_functions() } else { Vec::new() };
        functions.push(Function { name: name.to_owned(), inputs, ops, outputs });
        Circuit { functions }
    }

    fn inputs_and_ops(&self) -> (Vec<Input>, Vec<Op>) {
        let inputs =
            self.inputs.iter().map(|input| Input { width: input.width, visibility: input.visibility });
        let ops = self.nodes.iter().filter(|node| node.part == 0).map(|node| node.op.clone());
        (inputs.collect(), ops.collect())
    }

    /// The operations as text, with the wires that are the result.
    pub fn print(&self, outputs: &[WireId]) -> String {
        print::print(self, outputs)
    }
}

/// Whether an operation has several results.
pub fn has_several(op: &Op) -> bool {
    matches!(op, Op::Update { .. } | Op::Shuffle { .. } | Op::Call { .. })
}

/// The wires that an operation reads, in order.
pub fn operands(op: &Op) -> Vec<WireId> {
    op.operands()
}

/// The same operation on other wires.
pub fn with_operands(op: &Op, map: impl Fn(WireId) -> WireId) -> Op {
    op.with_operands(map)
}
