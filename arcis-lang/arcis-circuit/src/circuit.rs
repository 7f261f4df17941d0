//! Circuits: functions of word operations.
//!
//! A circuit says *what* is computed on words of bits; how a word operation becomes gates is [`gates`](crate::gates)'
//! business (or that of a protocol that has something better). Functions are called, not copied, so that a circuit
//! stays small on the chain however often a part is used.
//!
//! Wires of a function are numbered: `0..inputs.len()` are its inputs, then every operation defines the next one
//! ([`Op::Call`] as many as the callee has outputs). An operation reads only wires defined before it, a call only
//! functions listed before its own. So a circuit has no cycles by construction of the numbering.

use crate::bits::Bits;

/// Number of a word wire within its function.
pub type WireId = u32;

/// Widest word, in bits.
pub const MAX_WORD_WIDTH: u32 = 65_535;
/// Widest word that arithmetic (`Add`, `Sub`, `Neg`, `Mul`, `Div`, `Rem`, `Less`) takes, in bits.
pub const MAX_ARITHMETIC_WIDTH: u32 = 512;

/// Most bits of a constant table.
pub const MAX_TABLE_BITS: u32 = 1 << 20;

/// Longest message of a signature ([`Op::Sign`]), in bytes.
pub const MAX_MESSAGE_BYTES: u32 = 1 << 16;
/// Bits of a signature: the 64 bytes `R || s` of RFC 8032.
pub const SIGNATURE_BITS: u32 = 512;

/// Bits of a number of bits of a word: enough for its width.
pub const fn count_width(width: u32) -> u32 {
    u32::BITS - width.leading_zeros()
}

/// A circuit: functions, callee before caller; the last one is the entry.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Circuit {
    /// The functions, callee before caller; the last one is the entry.
    pub functions: Vec<Function>,
}

/// A function: straight-line code over word wires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// For people who read listings; it has no meaning.
    pub name: String,
    /// Wires `0..inputs.len()`.
    pub inputs: Vec<Input>,
    /// The operations, each defining the next wire (a call the next ones).
    pub ops: Vec<Op>,
    /// The wires that are the result.
    pub outputs: Vec<WireId>,
}

/// An input word of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input {
    /// Bits of the word.
    pub width: u32,
    /// Whether everybody knows it. Only public wires may be passed for a public input; for a secret one, either.
    pub visibility: Visibility,
}

/// Who knows the value of a wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Visibility {
    /// Everybody: plaintext arguments, constants, what was revealed, and all that follows from those.
    Public,
    /// Nobody: shared among the parties.
    Secret,
}

/// A word operation.
///
/// Integers are two's complement, least significant bit first, and wrap. The result has the width of the operands
/// unless said otherwise; operands of a two-operand operation have the same width. It is public when all operands
/// are (and the operation is not [`Op::Random`]), otherwise secret; [`Op::Reveal`] makes it public.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// A constant word.
    Const(Bits),
    /// Every bit flipped.
    Not(WireId),
    /// Bitwise exclusive or.
    Xor(WireId, WireId),
    /// Bitwise and.
    And(WireId, WireId),
    /// Bitwise or.
    Or(WireId, WireId),
    /// Sum, wrapping.
    Add(WireId, WireId),
    /// Difference, wrapping.
    Sub(WireId, WireId),
    /// Low half of the product, wrapping.
    Mul(WireId, WireId),
    /// Two's complement negation, wrapping.
    Neg(WireId),
    /// Quotient, rounded towards zero. By zero it is all ones; the signed minimum by -1 is itself.
    Div {
        /// Dividend.
        a: WireId,
        /// Divisor.
        b: WireId,
        /// Whether both are signed.
        signed: bool,
    },
    /// Remainder of [`Op::Div`], with the sign of the dividend. By zero it is the dividend.
    Rem {
        /// Dividend.
        a: WireId,
        /// Divisor.
        b: WireId,
        /// Whether both are signed.
        signed: bool,
    },
    /// Whether the words are equal: 1 bit.
    Eq(WireId, WireId),
    /// Whether `a < b`: 1 bit.
    Less {
        /// Left operand.
        a: WireId,
        /// Right operand.
        b: WireId,
        /// Whether both are signed.
        signed: bool,
    },
    /// `when_true` if the one-bit `condition` is set, else `when_false`.
    Select {
        /// One bit.
        condition: WireId,
        /// Result when it is set.
        when_true: WireId,
        /// Result when it is not.
        when_false: WireId,
    },
    /// The words one after another, the first in the low bits. At least one.
    Concat(Vec<WireId>),
    /// Bits `offset .. offset + width` of `a`.
    Slice {
        /// The word.
        a: WireId,
        /// First bit taken.
        offset: u32,
        /// Bits taken; at least one.
        width: u32,
    },
    /// `a` widened to `width` bits with zeros, or with its top bit when `signed`.
    Extend {
        /// The word.
        a: WireId,
        /// New width, at least that of `a`.
        width: u32,
        /// Whether the top bit is repeated.
        signed: bool,
    },
    /// `a` shifted towards the high bits, zeros come in; all zero when `by` (unsigned, of any width) is the width or more.
    Shl {
        /// The word.
        a: WireId,
        /// Number of places.
        by: WireId,
    },
    /// `a` shifted towards the low bits, zeros come in; all zero when `by` (unsigned, of any width) is the width or more.
    Shr {
        /// The word.
        a: WireId,
        /// Number of places.
        by: WireId,
    },
    /// `a` shifted towards the low bits, its top bit comes in; all top bit when `by` is the width or more.
    Sar {
        /// The word.
        a: WireId,
        /// Number of places.
        by: WireId,
    },
    /// The same value, known to everybody from here on.
    Reveal(WireId),
    /// Uniformly random bits that nobody knows.
    Random {
        /// How many.
        width: u32,
    },
    /// The word of `words` that the unsigned `index` (of any width) names, zero when there is none.
    Lookup {
        /// Which word.
        index: WireId,
        /// At least one, all of one width.
        words: Vec<WireId>,
    },
    /// The entry of a constant table that the unsigned `index` (of any width) names, zero when there is none.
    Table {
        /// Which entry.
        index: WireId,
        /// Bits of an entry.
        width: u32,
        /// The entries one after another, at most [`MAX_TABLE_BITS`] bits.
        entries: Bits,
    },
    /// All of `words`, with `value` in place of the one that `index` names, if there is one and the one-bit `condition`
    /// is set. Defines as many wires.
    Update {
        /// Which word, unsigned, of any width.
        index: WireId,
        /// What to write, of the width of the words.
        value: WireId,
        /// One bit: whether to write at all.
        condition: WireId,
        /// At least one, all of one width.
        words: Vec<WireId>,
    },
    /// All of `words` in a uniformly random order that nobody knows, also if some parties work together. Defines as many
    /// wires, secret ones.
    Shuffle {
        /// At least one, all of one width.
        words: Vec<WireId>,
    },
    /// How many zeros `a` has above its highest set bit: its width if there is none. As many bits as the width takes
    /// ([`count_width`]).
    LeadingZeros(WireId),
    /// How many bits of `a` are set. As many bits as the width takes ([`count_width`]).
    CountOnes(WireId),
    /// Sum of all of these words, wrapping. What many additions one after another cost a round or more each for, one
    /// operation does in few.
    Sum {
        /// At least one, all of one width.
        words: Vec<WireId>,
    },
    /// An Ed25519 signature (RFC 8032) of a message that everybody knows, under the key of the application, which no
    /// one has: the parties sign together. Public, [`SIGNATURE_BITS`] wide: the bytes `R || s`, bit `k` of the word
    /// being bit `k % 8` of byte `k / 8`. Which of the valid signatures it is, is up to the engine: parties that sign
    /// together draw `R` at random, the reference evaluator takes what its signer gives.
    Sign {
        /// Public words, one after another as in [`Op::Concat`]: in all a whole number of bytes, at most
        /// [`MAX_MESSAGE_BYTES`]. No word at all is the empty message.
        message: Vec<WireId>,
    },
    /// Runs another function; defines one wire per output of it.
    Call {
        /// Index in [`Circuit::functions`], less than the caller's own.
        function: u32,
        /// One wire per input of the callee.
        args: Vec<WireId>,
    },
}

impl Op {
    /// The wires that the operation reads, in order.
    pub fn operands(&self) -> Vec<WireId> {
        match self {
            Self::Const(_) | Self::Random { .. } => vec![],
            Self::Not(a)
            | Self::Neg(a)
            | Self::Reveal(a)
            | Self::LeadingZeros(a)
            | Self::CountOnes(a)
            | Self::Slice { a, .. }
            | Self::Extend { a, .. }
            | Self::Table { index: a, .. } => vec![*a],
            Self::Xor(a, b)
            | Self::And(a, b)
            | Self::Or(a, b)
            | Self::Add(a, b)
            | Self::Sub(a, b)
            | Self::Mul(a, b)
            | Self::Eq(a, b)
            | Self::Div { a, b, .. }
            | Self::Rem { a, b, .. }
            | Self::Less { a, b, .. }
            | Self::Shl { a, by: b }
            | Self::Shr { a, by: b }
            | Self::Sar { a, by: b } => vec![*a, *b],
            Self::Select { condition, when_true, when_false } => vec![*condition, *when_true, *when_false],
            Self::Concat(words)
            | Self::Shuffle { words }
            | Self::Sum { words }
            | Self::Sign { message: words }
            | Self::Call { args: words, .. } => words.clone(),
            Self::Lookup { index, words } => [*index].iter().chain(words).copied().collect(),
            Self::Update { index, value, condition, words } => {
                [*index, *value, *condition].iter().chain(words).copied().collect()
            }
        }
    }

    /// The same operation on other wires.
    pub fn with_operands(&self, mut map: impl FnMut(WireId) -> WireId) -> Self {
        let mut op = self.clone();
        op.operands_mut().into_iter().for_each(|wire| *wire = map(*wire));
        op
    }

    fn operands_mut(&mut self) -> Vec<&mut WireId> {
        match self {
            Self::Const(_) | Self::Random { .. } => vec![],
            Self::Not(a)
            | Self::Neg(a)
            | Self::Reveal(a)
            | Self::LeadingZeros(a)
            | Self::CountOnes(a)
            | Self::Slice { a, .. }
            | Self::Extend { a, .. }
            | Self::Table { index: a, .. } => vec![a],
            Self::Xor(a, b)
            | Self::And(a, b)
            | Self::Or(a, b)
            | Self::Add(a, b)
            | Self::Sub(a, b)
            | Self::Mul(a, b)
            | Self::Eq(a, b)
            | Self::Div { a, b, .. }
            | Self::Rem { a, b, .. }
            | Self::Less { a, b, .. }
            | Self::Shl { a, by: b }
            | Self::Shr { a, by: b }
            | Self::Sar { a, by: b } => vec![a, b],
            Self::Select { condition, when_true, when_false } => vec![condition, when_true, when_false],
            Self::Concat(words)
            | Self::Shuffle { words }
            | Self::Sum { words }
            | Self::Sign { message: words }
            | Self::Call { args: words, .. } => words.iter_mut().collect(),
            Self::Lookup { index, words } => [index].into_iter().chain(words).collect(),
            Self::Update { index, value, condition, words } => {
                [index, value, condition].into_iter().chain(words).collect()
            }
        }
    }

    /// How many wires the operation defines in a circuit of these functions.
    pub fn defines(&self, functions: &[Function]) -> usize {
        match self {
            Self::Update { words, .. } | Self::Shuffle { words } => words.len(),
            Self::Call { function, .. } => {
                functions.get(*function as usize).map_or(0, |callee| callee.outputs.len())
            }
            _ => 1,
        }
    }
}
