//! Validation of circuits as hostile input, and what follows from it: width and visibility of every wire.
//!
//! A circuit comes from the chain, where anybody may have written it. After [`Circuit::analyze`] has accepted it every
//! wire that is read is defined, every width fits, calls are not nested deeper than [`MAX_CALL_DEPTH`], and the whole
//! run, with every call expanded, costs at most [`MAX_WORK`]. The last is what stops a circuit of a few hundred bytes
//! whose functions call each other twice each from keeping a node busy for years.

use std::collections::BTreeMap;
use std::fmt;

use thiserror::Error;

use crate::circuit::{
    Circuit, Function, MAX_ARITHMETIC_WIDTH, MAX_MESSAGE_BYTES, MAX_TABLE_BITS, MAX_WORD_WIDTH, Op,
    SIGNATURE_BITS, Visibility, WireId, count_width,
};
use crate::shuffle::switch_count;

/// Most functions of a circuit.
pub const MAX_FUNCTIONS: usize = 1 << 16;
/// Most wires and outputs of a circuit, over all functions, calls not expanded.
pub const MAX_WIRES: usize = 1 << 22;
/// Most bits of the wires and outputs of all functions together, calls not expanded: what a run keeps in memory.
pub const MAX_WIRE_BITS: u64 = 1 << 25;
/// Deepest nesting of calls, the entry included.
pub const MAX_CALL_DEPTH: u32 = 64;
/// Most work of a run, calls expanded, in about the number of bit operations ([`Analysis::work`]).
pub const MAX_WORK: u64 = 1 << 30;

/// For how many parties the work of a shuffle is reckoned.
const SHUFFLE_PARTIES: u64 = 8;

/// Work of a signature but for hashing its message: what the multiplications of points that it takes of each party
/// are worth.
const SIGNATURE_WORK: u64 = 1 << 20;

/// What is wrong with a circuit.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CircuitError {
    /// There is no function, so no entry.
    #[error("the circuit has no function")]
    Empty,
    /// Too many functions.
    #[error("the circuit has {count} functions, at most {MAX_FUNCTIONS} are allowed")]
    TooManyFunctions {
        /// How many it has.
        count: usize,
    },
    /// Too many wires.
    #[error("the circuit has more than {MAX_WIRES} wires; split the computation into several instructions")]
    TooManyWires,
    /// Too many bits.
    #[error("the wires have more than {MAX_WIRE_BITS} bits; split the computation into several instructions")]
    TooManyBits,
    /// Calls nested too deeply.
    #[error("function {function} nests calls more than {MAX_CALL_DEPTH} deep")]
    CallsTooDeep {
        /// Index of the function.
        function: usize,
    },
    /// Too much work.
    #[error(
        "a run takes more than {MAX_WORK} bit operations; split the computation into several instructions"
    )]
    TooMuchWork,
    /// A function is wrong.
    #[error("function {function}, {place}: {fault}")]
    Function {
        /// Index of the function.
        function: usize,
        /// Where in it.
        place: Place,
        /// What is wrong there.
        fault: Fault,
    },
}

/// A place in a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The input of this index.
    Input(usize),
    /// The operation of this index.
    Op(usize),
    /// The output of this index.
    Output(usize),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(index) => write!(f, "input {index}"),
            Self::Op(index) => write!(f, "operation {index}"),
            Self::Output(index) => write!(f, "output {index}"),
        }
    }
}

/// What is wrong at a place of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// Reads a wire that is not defined before.
    #[error("wire {wire} is read, but only {defined} are defined before")]
    UndefinedWire {
        /// The wire read.
        wire: WireId,
        /// How many are defined.
        defined: usize,
    },
    /// A word without bits, or with too many.
    #[error("a word has 1 to {MAX_WORD_WIDTH} bits, not {width}")]
    Width {
        /// The width found.
        width: u64,
    },
    /// Arithmetic on a word that is too wide for it.
    #[error("arithmetic takes words of at most {MAX_ARITHMETIC_WIDTH} bits, not {width}")]
    ArithmeticWidth {
        /// The width found.
        width: u32,
    },
    /// Operands of different widths.
    #[error("the operands have {a} and {b} bits, but must have the same width")]
    WidthMismatch {
        /// Width of the first.
        a: u32,
        /// Width of the second.
        b: u32,
    },
    /// An operation on a list of words without any.
    #[error("a list of words has at least one")]
    NoWords,
    /// A table that is no number of entries, or is too large.
    #[error(
        "a table of {bits} bits is not one or more entries of {width}, with at most {MAX_TABLE_BITS} bits in all"
    )]
    TableSize {
        /// Bits of the table.
        bits: u32,
        /// Bits of an entry.
        width: u32,
    },
    /// A message that is no number of bytes, or is too long.
    #[error(
        "a message that is signed has a whole number of bytes, at most {MAX_MESSAGE_BYTES}, not {bits} bits"
    )]
    MessageLength {
        /// Bits of the message.
        bits: u64,
    },
    /// A message that is not public.
    #[error("word {word} of a message that is signed is secret; reveal it first")]
    SecretMessage {
        /// Which of its words.
        word: usize,
    },
    /// A condition that is not one bit.
    #[error("a condition has 1 bit, not {width}")]
    ConditionWidth {
        /// The width found.
        width: u32,
    },
    /// A slice past the end of its word.
    #[error("bits {offset} to {offset} + {slice} of a word of {width} bits")]
    SliceRange {
        /// First bit taken.
        offset: u32,
        /// Bits taken.
        slice: u32,
        /// Bits there are.
        width: u32,
    },
    /// An extension to fewer bits.
    #[error("a word of {width} bits cannot be extended to {to}")]
    ExtendNarrower {
        /// Bits it has.
        width: u32,
        /// Bits asked for.
        to: u32,
    },
    /// A call of a function that does not come before.
    #[error("calls function {callee}, which does not come before it")]
    UnknownFunction {
        /// The index called.
        callee: u32,
    },
    /// A call with another number of arguments.
    #[error("calls function {callee} with {actual} arguments, it takes {expected}")]
    ArgumentCount {
        /// The function called.
        callee: u32,
        /// Its inputs.
        expected: usize,
        /// Arguments given.
        actual: usize,
    },
    /// An argument of another width.
    #[error("argument {index} of the call of function {callee} has {actual} bits, its input {expected}")]
    ArgumentWidth {
        /// The function called.
        callee: u32,
        /// The argument.
        index: usize,
        /// Bits of the input.
        expected: u32,
        /// Bits of the argument.
        actual: u32,
    },
    /// A secret argument for a public input.
    #[error("argument {index} of the call of function {callee} is secret, its input public; reveal it first")]
    SecretArgument {
        /// The function called.
        callee: u32,
        /// The argument.
        index: usize,
    },
}

/// Width and visibility of a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WireInfo {
    /// Bits of the word.
    pub width: u32,
    /// Who knows it.
    pub visibility: Visibility,
}

/// What validation found out about a circuit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analysis {
    /// Per function, per wire.
    pub functions: Vec<Vec<WireInfo>>,
    /// Work of a run of the entry, all calls expanded: about the number of bit operations.
    pub work: u64,
}

impl Circuit {
    /// The entry function, if there is any.
    pub fn entry(&self) -> Option<&Function> {
        self.functions.last()
    }

    /// Validates the circuit and says width and visibility of every wire.
    ///
    /// # Errors
    /// Says what is wrong and where.
    pub fn analyze(&self) -> Result<Analysis, CircuitError> {
        if self.functions.is_empty() {
            return Err(CircuitError::Empty);
        }
        if self.functions.len() > MAX_FUNCTIONS {
            return Err(CircuitError::TooManyFunctions { count: self.functions.len() });
        }
        let mut analyzer = Analyzer { circuit: self, done: Vec::new(), wires: 0, bits: 0 };
        for index in 0..self.functions.len() {
            let summary = analyzer.function(index)?;
            analyzer.done.push(summary);
        }
        let work = analyzer.done.last().map_or(0, |entry| entry.work);
        if work > MAX_WORK {
            return Err(CircuitError::TooMuchWork);
        }
        Ok(Analysis { functions: analyzer.done.into_iter().map(|summary| summary.wires).collect(), work })
    }
}

impl Analysis {
    /// Width and visibility of a wire of a function; `None` when there is none.
    pub fn wire(&self, function: usize, wire: WireId) -> Option<WireInfo> {
        self.functions.get(function)?.get(wire as usize).copied()
    }

    /// The entry's outputs, of the circuit that was analyzed.
    pub fn outputs(&self, circuit: &Circuit) -> Vec<WireInfo> {
        let entry = self.functions.len().saturating_sub(1);
        let outputs = circuit.entry().map_or(&[][..], |entry| &entry.outputs);
        outputs.iter().filter_map(|&wire| self.wire(entry, wire)).collect()
    }
}

/// What is known of a function that has been checked.
struct Summary {
    wires: Vec<WireInfo>,
    outputs: Vec<WireInfo>,
    work: u64,
    call_depth: u32,
}

struct Analyzer<'a> {
    circuit: &'a Circuit,
    done: Vec<Summary>,
    /// Wires and outputs of all functions so far.
    wires: usize,
    /// Their bits.
    bits: u64,
}

impl Analyzer<'_> {
    fn function(&mut self, index: usize) -> Result<Summary, CircuitError> {
        let function = &self.circuit.functions[index];
        let fail = |place, fault| CircuitError::Function { function: index, place, fault };
        let mut summary = Summary { wires: Vec::new(), outputs: Vec::new(), work: 0, call_depth: 1 };
        for (at, input) in function.inputs.iter().enumerate() {
            let width = word_width(input.width.into()).map_err(|fault| fail(Place::Input(at), fault))?;
            summary.wires.push(WireInfo { width, visibility: input.visibility });
        }
        self.count(&summary.wires)?;
        let mut extended = BTreeMap::new();
        for (at, op) in function.ops.iter().enumerate() {
            let scope =
                Scope { circuit: self.circuit, done: &self.done, wires: &summary.wires, extended: &extended };
            let effect = scope.op(op).map_err(|fault| fail(Place::Op(at), fault))?;
            summary.work = summary.work.saturating_add(effect.work);
            let before = summary.wires.len();
            if let Op::Extend { a, .. } = op {
                extended.insert(before as WireId, summary.wires[*a as usize].width);
            }
            match effect.defines {
                Defines::Wire(wire) => summary.wires.push(wire),
                Defines::Wires(count, wire) => {
                    // Counted before they are made: a list of few bytes names many words.
                    self.count_bits(count, wire.width)?;
                    summary.wires.extend(std::iter::repeat_n(wire, count));
                    continue;
                }
                Defines::OutputsOf(callee) => {
                    let Summary { outputs, call_depth, .. } = &self.done[callee];
                    summary.call_depth = summary.call_depth.max(1 + call_depth);
                    summary.wires.extend(outputs);
                }
            }
            self.count(&summary.wires[before..])?;
        }
        for (at, &wire) in function.outputs.iter().enumerate() {
            let scope =
                Scope { circuit: self.circuit, done: &self.done, wires: &summary.wires, extended: &extended };
            summary.outputs.push(scope.wire(wire).map_err(|fault| fail(Place::Output(at), fault))?);
        }
        self.count(&summary.outputs)?;
        if summary.call_depth > MAX_CALL_DEPTH {
            return Err(CircuitError::CallsTooDeep { function: index });
        }
        Ok(summary)
    }

    /// Counts `count` words of a width.
    fn count_bits(&mut self, count: usize, width: u32) -> Result<(), CircuitError> {
        self.wires += count;
        if self.wires > MAX_WIRES {
            return Err(CircuitError::TooManyWires);
        }
        self.bits += count as u64 * u64::from(width);
        if self.bits > MAX_WIRE_BITS {
            return Err(CircuitError::TooManyBits);
        }
        Ok(())
    }

    /// Counts wires that are kept while a function runs.
    fn count(&mut self, wires: &[WireInfo]) -> Result<(), CircuitError> {
        wires.iter().try_for_each(|wire| self.count_bits(1, wire.width))
    }
}

/// What an operation defines, and its work.
struct Effect {
    defines: Defines,
    work: u64,
}

enum Defines {
    Wire(WireInfo),
    /// So many alike.
    Wires(usize, WireInfo),
    OutputsOf(usize),
}

/// What an operation can refer to.
struct Scope<'a> {
    circuit: &'a Circuit,
    done: &'a [Summary],
    wires: &'a [WireInfo],
    /// Of words that were widened, the width before.
    extended: &'a BTreeMap<WireId, u32>,
}

impl Scope<'_> {
    fn op(&self, op: &Op) -> Result<Effect, Fault> {
        use Visibility::{Public, Secret};
        let effect = |width: u32, visibility, work: u64| {
            Ok(Effect { defines: Defines::Wire(WireInfo { width, visibility }), work })
        };
        match op {
            Op::Const(bits) => {
                let width = word_width(bits.len() as u64)?;
                effect(width, Public, width.into())
            }
            Op::Not(a) | Op::Reveal(a) => {
                let a = self.wire(*a)?;
                let visibility = if matches!(op, Op::Reveal(_)) { Public } else { a.visibility };
                effect(a.width, visibility, a.width.into())
            }
            Op::Xor(a, b) | Op::And(a, b) | Op::Or(a, b) => {
                let word = self.same_width(*a, *b)?;
                effect(word.width, word.visibility, word.width.into())
            }
            Op::Eq(a, b) => {
                let word = self.same_width(*a, *b)?;
                effect(1, word.visibility, 2 * u64::from(word.width))
            }
            Op::Add(a, b) | Op::Sub(a, b) => {
                let word = self.arithmetic(*a, *b)?;
                effect(word.width, word.visibility, adder_work(word.width))
            }
            Op::Neg(a) => {
                let word = self.arithmetic(*a, *a)?;
                effect(word.width, word.visibility, adder_work(word.width))
            }
            Op::Less { a, b, .. } => {
                let word = self.arithmetic(*a, *b)?;
                effect(1, word.visibility, 4 * u64::from(word.width))
            }
            Op::Mul(a, b) => {
                let word = self.arithmetic(*a, *b)?;
                // The bits that widening gave cost nothing.
                let width = |wire| u64::from(self.extended.get(wire).copied().unwrap_or(word.width));
                let rows = 3 * width(a) * width(b);
                effect(word.width, word.visibility, rows + adder_work(word.width))
            }
            Op::Div { a, b, .. } | Op::Rem { a, b, .. } => {
                let word = self.arithmetic(*a, *b)?;
                let width = u64::from(word.width);
                effect(word.width, word.visibility, 20 * width * width + 10_000)
            }
            Op::Select { condition, when_true, when_false } => {
                let condition = self.condition(*condition)?;
                let word = self.same_width(*when_true, *when_false)?;
                effect(word.width, word.visibility.max(condition.visibility), 3 * u64::from(word.width))
            }
            Op::Concat(words) => {
                let (mut width, mut visibility) = (0u64, Public);
                for &word in words {
                    let word = self.wire(word)?;
                    width += u64::from(word.width);
                    visibility = visibility.max(word.visibility);
                }
                effect(word_width(width)?, visibility, width)
            }
            Op::Slice { a, offset, width } => {
                let a = self.wire(*a)?;
                let slice = word_width((*width).into())?;
                if offset.checked_add(slice).is_none_or(|end| end > a.width) {
                    return Err(Fault::SliceRange { offset: *offset, slice, width: a.width });
                }
                effect(slice, a.visibility, slice.into())
            }
            Op::Extend { a, width, .. } => {
                let a = self.wire(*a)?;
                let to = word_width((*width).into())?;
                if to < a.width {
                    return Err(Fault::ExtendNarrower { width: a.width, to });
                }
                effect(to, a.visibility, to.into())
            }
            Op::Shl { a, by } | Op::Shr { a, by } | Op::Sar { a, by } => {
                let (a, by) = (self.wire(*a)?, self.wire(*by)?);
                let stages = u64::from(by.width.min(17));
                let work = 3 * u64::from(a.width) * stages + u64::from(by.width);
                effect(a.width, a.visibility.max(by.visibility), work)
            }
            Op::Random { width } => {
                let width = word_width((*width).into())?;
                effect(width, Secret, width.into())
            }
            Op::Lookup { index, words } => {
                let (index, word) = (self.wire(*index)?, self.words(words)?);
                let count = words.len() as u64;
                let work = count * (2 * u64::from(word.width) + 6) + 2 * u64::from(index.width);
                effect(word.width, word.visibility.max(index.visibility), work)
            }
            Op::Table { index, width, entries } => {
                let (index, width) = (self.wire(*index)?, word_width((*width).into())?);
                let bits = u32::try_from(entries.len()).unwrap_or(u32::MAX);
                if bits == 0 || bits > MAX_TABLE_BITS || !bits.is_multiple_of(width) {
                    return Err(Fault::TableSize { bits, width });
                }
                effect(
                    width,
                    index.visibility,
                    2 * u64::from(bits) + 6 * u64::from(bits / width + index.width),
                )
            }
            Op::Update { index, value, condition, words } => {
                let (index, condition) = (self.wire(*index)?, self.condition(*condition)?);
                let (value, word) = (self.wire(*value)?, self.words(words)?);
                if value.width != word.width {
                    return Err(Fault::WidthMismatch { a: word.width, b: value.width });
                }
                let visibility = [index, value, condition].map(|wire| wire.visibility);
                let visibility = visibility.into_iter().fold(word.visibility, Visibility::max);
                let count = words.len() as u64;
                let work = count * (3 * u64::from(word.width) + 6) + 2 * u64::from(index.width);
                Ok(Effect { defines: Defines::Wires(words.len(), WireInfo { visibility, ..word }), work })
            }
            Op::Shuffle { words } => {
                let word = self.words(words)?;
                // By each of so many parties.
                let switches = SHUFFLE_PARTIES * switch_count(words.len()) as u64;
                let work = (switches + words.len() as u64) * (4 * u64::from(word.width) + 1);
                Ok(Effect {
                    defines: Defines::Wires(words.len(), WireInfo { visibility: Secret, ..word }),
                    work,
                })
            }
            Op::Sum { words } => {
                let word = self.words(words)?;
                if word.width > MAX_ARITHMETIC_WIDTH {
                    return Err(Fault::ArithmeticWidth { width: word.width });
                }
                let adders = words.len() as u64 * 6 * u64::from(word.width);
                effect(word.width, word.visibility, adders + adder_work(word.width))
            }
            Op::Sign { message } => {
                let mut bits = 0_u64;
                for (index, &word) in message.iter().enumerate() {
                    let word = self.wire(word)?;
                    if word.visibility == Secret {
                        return Err(Fault::SecretMessage { word: index });
                    }
                    bits += u64::from(word.width);
                }
                if !bits.is_multiple_of(8) || bits > 8 * u64::from(MAX_MESSAGE_BYTES) {
                    return Err(Fault::MessageLength { bits });
                }
                effect(SIGNATURE_BITS, Public, SIGNATURE_WORK + bits)
            }
            Op::LeadingZeros(a) | Op::CountOnes(a) => {
                let a = self.wire(*a)?;
                let count = count_width(a.width);
                effect(count, a.visibility, u64::from(a.width) * (8 + 2 * u64::from(count)))
            }
            Op::Call { function, args } => self.call(*function, args),
        }
    }

    fn condition(&self, wire: WireId) -> Result<WireInfo, Fault> {
        let condition = self.wire(wire)?;
        if condition.width != 1 {
            return Err(Fault::ConditionWidth { width: condition.width });
        }
        Ok(condition)
    }

    /// Width of a list of words, and the visibility of what is made of them.
    fn words(&self, words: &[WireId]) -> Result<WireInfo, Fault> {
        let (&first, others) = words.split_first().ok_or(Fault::NoWords)?;
        let mut word = self.wire(first)?;
        for &other in others {
            word.visibility = word.visibility.max(self.same_width(first, other)?.visibility);
        }
        Ok(word)
    }

    fn call(&self, callee: u32, args: &[WireId]) -> Result<Effect, Fault> {
        let index = callee as usize;
        let Some(summary) = self.done.get(index) else {
            return Err(Fault::UnknownFunction { callee });
        };
        let inputs = &self.circuit.functions[index].inputs;
        if args.len() != inputs.len() {
            return Err(Fault::ArgumentCount { callee, expected: inputs.len(), actual: args.len() });
        }
        // Passing words back and forth is work as well, or calls of an empty function would be free.
        let mut work = summary.work.saturating_add(1);
        for (index, (&arg, input)) in args.iter().zip(inputs).enumerate() {
            let arg = self.wire(arg)?;
            if arg.width != input.width {
                return Err(Fault::ArgumentWidth { callee, index, expected: input.width, actual: arg.width });
            }
            if arg.visibility > input.visibility {
                return Err(Fault::SecretArgument { callee, index });
            }
            work = work.saturating_add(arg.width.into());
        }
        work = summary.outputs.iter().fold(work, |work, output| work.saturating_add(output.width.into()));
        Ok(Effect { defines: Defines::OutputsOf(index), work })
    }

    fn wire(&self, wire: WireId) -> Result<WireInfo, Fault> {
        let defined = self.wires.len();
        self.wires.get(wire as usize).copied().ok_or(Fault::UndefinedWire { wire, defined })
    }

    /// Width of two operands, and the visibility of what is made of them.
    fn same_width(&self, a: WireId, b: WireId) -> Result<WireInfo, Fault> {
        let (a, b) = (self.wire(a)?, self.wire(b)?);
        if a.width != b.width {
            return Err(Fault::WidthMismatch { a: a.width, b: b.width });
        }
        Ok(WireInfo { width: a.width, visibility: a.visibility.max(b.visibility) })
    }

    fn arithmetic(&self, a: WireId, b: WireId) -> Result<WireInfo, Fault> {
        let word = self.same_width(a, b)?;
        if word.width > MAX_ARITHMETIC_WIDTH {
            return Err(Fault::ArithmeticWidth { width: word.width });
        }
        Ok(word)
    }
}

fn word_width(width: u64) -> Result<u32, Fault> {
    u32::try_from(width)
        .ok()
        .filter(|width| (1..=MAX_WORD_WIDTH).contains(width))
        .ok_or(Fault::Width { width })
}

fn adder_work(width: u32) -> u64 {
    u64::from(width) * (4 + u64::from(width.ilog2()))
}
