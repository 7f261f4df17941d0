//! Verification of Ed25519 signatures (RFC 8032, section 5.1.7).
//!
//! **What is a signature.** With key A, signature R, S and `h = SHA-512(R, A, message)` modulo the order l of the base point
//! B, all of these hold:
//! - S is less than l.
//! - A is the encoding of a point: its y is less than p, it has an x, and x = 0 comes without a sign (RFC 8032, 5.1.3).
//! - R is the encoding of `[S] B - [h] A`, the one with y less than p: the equation without the cofactor.
//! - Neither A nor R has order 1, 2, 4 or 8.
//!
//! That is what `verify_strict` of ed25519-dalek and Solana's Ed25519 program decide, but for keys A and points R that write
//! the y of a point of great order as y + p, which they take: there are 20 of these encodings, and nobody has a secret key
//! or a nonce for one.
//!
//! **How.** `[S] B - [h] A` is a comb (C. Lim and P. Lee, "More flexible exponentiation with precomputation", 1994): the
//! bits of a scalar are cut into as many parts as the comb has teeth, and every doubling takes the same bit of all parts to
//! choose from a table of sums. The table of B is constant, of 8 teeth. That of A is made of A: for a public A it costs no
//! AND, so it has 7 teeth; for a secret one 4, which is where making the table costs what it saves. Points are in extended
//! twisted Edwards coordinates, with the complete formulas (H. Hisil, K. Wong, G. Carter and E. Dawson, "Twisted Edwards
//! curves revisited", 2008, section 3.1 and 3.3), so that no case is an exception.
//!
//! **What it costs.** Some 1,660 products and 1,280 squares modulo p for a secret key, about 130 million ANDs; 670 and 150 where the
//! key is public, about 40 million, and hundreds of millions of public gates for its table. That is more than the
//! [`MAX_GATES`](crate::gates::MAX_GATES) of a program, so that the compiler takes this for constants only, and has what is
//! public verified outside of the circuit.
//!
//! # Layout
//! - `native`: numbers modulo p and points in the clear, for constants.
//! - `point`: decoding, doubling and addition of points in a circuit.
//! - `scalar`: numbers modulo l in a circuit.

mod native;
mod point;
mod scalar;

use super::field25519::FieldFunction;
use super::{Builder, Gadget, Hash, Library, Word};
use crate::bits::Bits;
use crate::circuit::{Function, Op};
use point::{Cached, Point, Points};

/// Longest message whose signature is verified, in bytes: the hash is of 64 bytes more.
pub const MAX_MESSAGE_BYTES: u32 = super::hash::MAX_BYTES - 64;

/// What everybody knows where a signature is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Known {
    /// Nothing, or not the key.
    Nothing,
    /// The key: tables are made of it.
    Key,
    /// Key, signature and message: nothing has to be hidden.
    Everything,
}

/// Bits of a scalar as it is cut into parts, a few more than it has.
const SCALAR_BITS: u32 = 256;
const BASE_TEETH: u32 = 8;

impl Known {
    const fn key_teeth(self) -> u32 {
        match self {
            Self::Nothing => 4,
            Self::Key | Self::Everything => 7,
        }
    }
}

/// The function: takes key, signature and message, if that has any bytes; gives one bit.
pub(super) fn write(library: &mut Library, known: Known, bytes: u32) -> Function {
    let points = Points::new(library);
    let gadget = Gadget::Ed25519Verify { known, bytes };
    let (mut builder, words) = Builder::new(library, &gadget.signature().inputs);
    let b = &mut builder;
    let (key, signature) = (words[0], words[1]);
    let (r, s) = (b.slice(signature, 0, 256), b.slice(signature, 256, 256));

    let hashed: Vec<_> = [r, key].iter().chain(&words[2..]).copied().collect();
    let hashed = b.concat(&hashed);
    let digest = b.call(&Gadget::Hash { hash: Hash::Sha512, bytes: 64 + bytes }, &[hashed])[0];
    let h = scalar::reduce(b, digest);

    let (minus_a, is_point) = points.decode_negated(b, key);
    let sum = comb(b, &points, known, minus_a, h, s);
    let expected = point::encode(b, sum, known);

    let order = b.constant(scalar::order());
    let is_reduced = b.less(s, order, false);
    let is_expected = b.eq(expected, r);
    let small_orders = [key, r].map(|encoding| {
        let is_small = point::has_small_order(b, encoding);
        b.not(is_small)
    });
    let all = [is_reduced, is_point, is_expected].into_iter().chain(small_orders);
    let valid = all.reduce(|both, one| b.and(both, one)).unwrap_or(is_expected);
    builder.finish(format!("ed25519_verify_{bytes}"), &[valid])
}

/// `[h] a + [s] B`.
fn comb(b: &mut Builder<'_>, points: &Points, known: Known, a: Point, h: Word, s: Word) -> Point {
    let key_comb = Comb::new(known.key_teeth());
    let base_comb = Comb::new(BASE_TEETH);
    let table = key_comb.table(b, points, a);
    let base_table = native_table(&base_comb);
    let mut sum = Point::identity(b);
    for column in (0..key_comb.columns.max(base_comb.columns)).rev() {
        sum = points.double(b, sum);
        if column < key_comb.columns {
            let index = key_comb.digit(b, h, column);
            let words = table.iter().map(|entry| entry.wire).collect();
            let width = Cached::WIDTH;
            let entry = b.push(Op::Lookup { index: index.wire, words }, width);
            let entry = Cached::unpacked(b, entry);
            sum = points.add(b, sum, entry);
        }
        if column < base_comb.columns {
            let index = base_comb.digit(b, s, column);
            let width = native::AFFINE_BITS;
            let entry = b.push(Op::Table { index: index.wire, width, entries: base_table.clone() }, width);
            sum = points.add_affine(b, sum, entry);
        }
    }
    sum
}

/// How a scalar is cut: bit `column` of part `tooth` is bit `columns tooth + column`.
struct Comb {
    teeth: u32,
    columns: u32,
}

impl Comb {
    fn new(teeth: u32) -> Self {
        Self { teeth, columns: SCALAR_BITS.div_ceil(teeth) }
    }

    /// The bits of a column.
    fn digit(&self, b: &mut Builder<'_>, scalar: Word, column: u32) -> Word {
        let places = (0..self.teeth).map(|tooth| tooth * self.columns + column);
        let bits: Vec<_> =
            places.filter(|&place| place < scalar.width).map(|place| b.bit(scalar, place)).collect();
        b.concat(&bits)
    }

    /// For every digit, the sum of the multiples of a point that its bits stand for.
    fn table(&self, b: &mut Builder<'_>, points: &Points, point: Point) -> Vec<Word> {
        let mut sums = vec![Point::identity(b)];
        let mut entries = vec![points.cached(b, sums[0])];
        let mut multiple = point;
        for tooth in 0..self.teeth {
            if tooth > 0 {
                multiple = points.double_times(b, multiple, self.columns);
            }
            let cached = points.cached(b, multiple);
            for lower in 0..sums.len() {
                let (sum, entry) = if lower == 0 {
                    (multiple, cached)
                } else {
                    let sum = points.add(b, sums[lower], cached);
                    (sum, points.cached(b, sum))
                };
                sums.push(sum);
                entries.push(entry);
            }
        }
        entries.into_iter().map(|entry| entry.packed(b)).collect()
    }
}

/// As [`Comb::table`], of the base point.
fn native_table(comb: &Comb) -> Bits {
    let mut sums = vec![native::Point::identity()];
    let mut multiple = native::Point::base();
    for tooth in 0..comb.teeth {
        if tooth > 0 {
            (0..comb.columns).for_each(|_| multiple = multiple.add(&multiple));
        }
        let higher: Vec<_> = sums.iter().map(|sum| sum.add(&multiple)).collect();
        sums.extend(higher);
    }
    native::affine_table(&sums)
}

/// A field function of the library.
fn field(b: &mut Builder<'_>, function: FieldFunction, words: &[Word]) -> Word {
    b.call(&Gadget::Field25519(function), words)[0]
}
