//! A writer of functions: wires with their widths, and the small steps that every gadget is made of.

use std::collections::BTreeMap;

use super::{Gadget, Library};
use crate::bits::Bits;
use crate::circuit::{Function, Input, Op, Visibility, WireId, count_width};

/// A wire of the function being written, with its width.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// The wire.
    pub wire: WireId,
    /// Its bits.
    pub width: u32,
}

/// Writes one function. Widths have to fit as [`Op`] says; what does not is found when the circuit is validated.
pub struct Builder<'a> {
    library: &'a mut Library,
    inputs: Vec<Input>,
    ops: Vec<Op>,
    /// Wires defined so far.
    wires: u32,
    constants: BTreeMap<Bits, WireId>,
}

impl<'a> Builder<'a> {
    /// A function with secret inputs of these widths, and those.
    pub fn new(library: &'a mut Library, inputs: &[u32]) -> (Self, Vec<Word>) {
        let words = (0..).zip(inputs).map(|(wire, &width)| Word { wire, width }).collect();
        let inputs: Vec<_> =
            inputs.iter().map(|&width| Input { width, visibility: Visibility::Secret }).collect();
        let wires = inputs.len() as u32;
        (Self { library, inputs, ops: Vec::new(), wires, constants: BTreeMap::new() }, words)
    }

    /// The function.
    pub fn finish(self, name: String, outputs: &[Word]) -> Function {
        let outputs = outputs.iter().map(|word| word.wire).collect();
        Function { name, inputs: self.inputs, ops: self.ops, outputs }
    }

    /// Appends an operation that defines one wire, of a width.
    pub fn push(&mut self, op: Op, width: u32) -> Word {
        self.ops.push(op);
        self.wires += 1;
        Word { wire: self.wires - 1, width }
    }

    /// The words that a gadget makes of others.
    pub fn call(&mut self, gadget: &Gadget, args: &[Word]) -> Vec<Word> {
        let function = self.library.require(gadget);
        self.call_function(function, args, &gadget.signature().outputs)
    }

    /// The words that a function of the library makes, of these widths.
    pub fn call_function(&mut self, function: u32, args: &[Word], outputs: &[u32]) -> Vec<Word> {
        self.ops.push(Op::Call { function, args: args.iter().map(|word| word.wire).collect() });
        let first = self.wires;
        self.wires += outputs.len() as u32;
        (first..).zip(outputs).map(|(wire, &width)| Word { wire, width }).collect()
    }

    /// The index of a function of its own that another one calls.
    pub fn add_function(&mut self, write: impl FnOnce(&mut Library) -> Function) -> u32 {
        let function = write(self.library);
        self.library.add(function)
    }

    /// A constant; the same one is one wire.
    pub fn constant(&mut self, bits: Bits) -> Word {
        let width = bits.len() as u32;
        if let Some(&wire) = self.constants.get(&bits) {
            return Word { wire, width };
        }
        let word = self.push(Op::Const(bits.clone()), width);
        self.constants.insert(bits, word.wire);
        word
    }

    /// A constant of at most 128 bits other than zero.
    pub fn number(&mut self, value: u128, width: u32) -> Word {
        self.constant(Bits::from_u128(value, width as usize))
    }

    /// `!a`
    pub fn not(&mut self, a: Word) -> Word {
        self.push(Op::Not(a.wire), a.width)
    }

    /// `a ^ b`
    pub fn xor(&mut self, a: Word, b: Word) -> Word {
        self.push(Op::Xor(a.wire, b.wire), a.width)
    }

    /// `a & b`
    pub fn and(&mut self, a: Word, b: Word) -> Word {
        self.push(Op::And(a.wire, b.wire), a.width)
    }

    /// `a | b`
    pub fn or(&mut self, a: Word, b: Word) -> Word {
        self.push(Op::Or(a.wire, b.wire), a.width)
    }

    /// `a + b`
    pub fn add(&mut self, a: Word, b: Word) -> Word {
        self.push(Op::Add(a.wire, b.wire), a.width)
    }

    /// `a - b`
    pub fn sub(&mut self, a: Word, b: Word) -> Word {
        self.push(Op::Sub(a.wire, b.wire), a.width)
    }

    /// `-a`
    pub fn neg(&mut self, a: Word) -> Word {
        self.push(Op::Neg(a.wire), a.width)
    }

    /// `a < b`
    pub fn less(&mut self, a: Word, b: Word, signed: bool) -> Word {
        self.push(Op::Less { a: a.wire, b: b.wire, signed }, 1)
    }

    /// `a == b`
    pub fn eq(&mut self, a: Word, b: Word) -> Word {
        self.push(Op::Eq(a.wire, b.wire), 1)
    }

    /// `condition ? when_true : when_false`
    pub fn select(&mut self, condition: Word, when_true: Word, when_false: Word) -> Word {
        let op =
            Op::Select { condition: condition.wire, when_true: when_true.wire, when_false: when_false.wire };
        self.push(op, when_true.width)
    }

    /// One after another, the first in the low bits.
    pub fn concat(&mut self, words: &[Word]) -> Word {
        match words {
            [word] => *word,
            _ => {
                let width = words.iter().map(|word| word.width).sum();
                self.push(Op::Concat(words.iter().map(|word| word.wire).collect()), width)
            }
        }
    }

    /// Bits `offset .. offset + width`.
    pub fn slice(&mut self, a: Word, offset: u32, width: u32) -> Word {
        if offset == 0 && width == a.width {
            return a;
        }
        self.push(Op::Slice { a: a.wire, offset, width }, width)
    }

    /// The bit of a place.
    pub fn bit(&mut self, a: Word, place: u32) -> Word {
        self.slice(a, place, 1)
    }

    /// The highest bit.
    pub fn top(&mut self, a: Word) -> Word {
        self.bit(a, a.width - 1)
    }

    /// Widened with zeros, or cut.
    pub fn resize(&mut self, a: Word, width: u32) -> Word {
        if width <= a.width {
            self.slice(a, 0, width)
        } else {
            self.push(Op::Extend { a: a.wire, width, signed: false }, width)
        }
    }

    /// Widened with its top bit, or cut.
    pub fn resize_signed(&mut self, a: Word, width: u32) -> Word {
        if width <= a.width {
            self.slice(a, 0, width)
        } else {
            self.push(Op::Extend { a: a.wire, width, signed: true }, width)
        }
    }

    /// Shifted up by a fixed number of places, zeros coming in.
    pub fn shift_up(&mut self, a: Word, places: u32) -> Word {
        if places == 0 {
            return a;
        }
        let zeros = self.number(0, places);
        let low = self.slice(a, 0, a.width - places);
        self.concat(&[zeros, low])
    }

    /// Shifted down by a fixed number of places, zeros coming in.
    pub fn shift_down(&mut self, a: Word, places: u32) -> Word {
        let high = self.slice(a, places, a.width - places);
        self.resize(high, a.width)
    }

    /// Rotated towards the high bits.
    pub fn rotate_up(&mut self, a: Word, places: u32) -> Word {
        let places = places % a.width;
        if places == 0 {
            return a;
        }
        let high = self.slice(a, a.width - places, places);
        let low = self.slice(a, 0, a.width - places);
        self.concat(&[high, low])
    }

    /// Shifted up by a word.
    pub fn shl(&mut self, a: Word, by: Word) -> Word {
        self.push(Op::Shl { a: a.wire, by: by.wire }, a.width)
    }

    /// Shifted down by a word, zeros coming in.
    pub fn shr(&mut self, a: Word, by: Word) -> Word {
        self.push(Op::Shr { a: a.wire, by: by.wire }, a.width)
    }

    /// The low half of the product.
    pub fn multiply(&mut self, a: Word, b: Word) -> Word {
        self.push(Op::Mul(a.wire, b.wire), a.width)
    }

    /// The full product of unsigned words.
    pub fn product(&mut self, a: Word, b: Word) -> Word {
        let width = a.width + b.width;
        let wide_a = self.resize(a, width);
        let wide_b = if a == b { wide_a } else { self.resize(b, width) };
        self.multiply(wide_a, wide_b)
    }

    /// The full product of signed words.
    pub fn product_signed(&mut self, a: Word, b: Word) -> Word {
        let width = a.width + b.width;
        let (a, b) = (self.resize_signed(a, width), self.resize_signed(b, width));
        self.multiply(a, b)
    }

    /// Two words whose sum is that of three, after one round.
    pub fn carry_save(&mut self, a: Word, b: Word, c: Word) -> (Word, Word) {
        let from_a = self.xor(a, c);
        let from_b = self.xor(b, c);
        let sum = self.xor(from_a, b);
        let both = self.and(from_a, from_b);
        let carry = self.xor(both, c);
        (sum, self.shift_up(carry, 1))
    }

    /// The sum of words of one width: all but one addition takes one round. Words that are known late go last.
    pub fn sum(&mut self, words: &[Word]) -> Word {
        let mut words: std::collections::VecDeque<_> = words.iter().copied().collect();
        while words.len() > 2 {
            if let (Some(a), Some(b), Some(c)) = (words.pop_front(), words.pop_front(), words.pop_front()) {
                let (sum, carry) = self.carry_save(a, b, c);
                words.extend([sum, carry]);
            }
        }
        match (words.pop_front(), words.pop_front()) {
            (Some(a), Some(b)) => self.add(a, b),
            (Some(a), None) => a,
            (None, _) => self.number(0, 1),
        }
    }

    /// The entry of a constant table; entries have `width` bits.
    pub fn table(&mut self, index: Word, width: u32, entries: &[u128]) -> Word {
        let words: Vec<_> = entries.iter().map(|&entry| Bits::from_u128(entry, width as usize)).collect();
        self.push(Op::Table { index: index.wire, width, entries: Bits::concat(&words) }, width)
    }

    /// Zeros above the highest set bit.
    pub fn leading_zeros(&mut self, a: Word) -> Word {
        self.push(Op::LeadingZeros(a.wire), count_width(a.width))
    }
}
