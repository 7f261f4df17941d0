//! Arithmetic modulo p = 2^255 - 19, the field of curve25519, on words of 256 bits that are less than p.
//!
//! 2^255 is 19 modulo p: what a product has above bit 254 is multiplied by 19 and added, twice. What then is p or more is
//! less than 2 p, and p is subtracted once: plus 19 it has bit 255.
//!
//! A product takes about 100,000 ANDs, which is why there is no inverse, and no arithmetic on points, as a circuit of
//! bits: some 265 products for an inverse, 4,500 to verify a signature, beyond the most gates of a circuit. Those belong to
//! computations on shares of field elements.

use super::{Builder, Gadget, Library, Word};
use crate::bits::Bits;
use crate::circuit::Function;

/// Bits of an element.
const BITS: u32 = 255;
/// Bits of the word that holds one.
const WIDTH: u32 = 256;

/// A function of two elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FieldFunction {
    /// The sum.
    Add,
    /// The difference.
    Sub,
    /// The product.
    Mul,
}

impl FieldFunction {
    pub(super) fn write(self, library: &mut Library) -> Function {
        let (mut builder, words) = Builder::new(library, &Gadget::Field25519(self).signature().inputs);
        let b = &mut builder;
        let (name, below_twice) = match self {
            Self::Add => ("add", b.add(words[0], words[1])),
            Self::Sub => {
                let modulus = b.constant(modulus());
                let complement = b.not(words[1]);
                let one = b.number(1, WIDTH);
                ("sub", b.sum(&[modulus, one, words[0], complement]))
            }
            Self::Mul => ("mul", product(b, words[0], words[1])),
        };
        let reduced = reduce_once(b, below_twice);
        builder.finish(format!("field25519_{name}"), &[reduced])
    }
}

fn modulus() -> Bits {
    let mut bits = Bits::ones(WIDTH as usize);
    // 2^256 - 1 less 2^255 and 18.
    for place in [1, 4, BITS as usize] {
        bits.set(place, false);
    }
    bits
}

/// A number of 256 bits, less than 2 p, modulo p.
fn reduce_once(b: &mut Builder<'_>, a: Word) -> Word {
    let nineteen = b.number(19, WIDTH);
    let more = b.add(a, nineteen);
    let is_large = b.bit(more, BITS);
    let (more, a) = (b.slice(more, 0, BITS), b.slice(a, 0, BITS));
    let reduced = b.select(is_large, more, a);
    b.resize(reduced, WIDTH)
}

/// The product modulo p, but for one subtraction of p.
fn product(b: &mut Builder<'_>, x: Word, y: Word) -> Word {
    let (x, y) = (b.slice(x, 0, BITS), b.slice(y, 0, BITS));
    let full = b.product(x, y);
    // Less than 20 2^255 after the first time, than 2^255 + 380 after the second.
    let folded = fold(b, full, BITS + 5);
    fold(b, folded, WIDTH)
}

/// The low bits plus 19 times the ones from bit 255 on.
fn fold(b: &mut Builder<'_>, a: Word, width: u32) -> Word {
    let low = b.slice(a, 0, BITS);
    let high = b.slice(a, BITS, a.width - BITS);
    let (low, high) = (b.resize(low, width), b.resize(high, width));
    let (twice, sixteen_times) = (b.shift_up(high, 1), b.shift_up(high, 4));
    b.sum(&[low, high, twice, sixteen_times])
}
