//! Points of edwards25519 in a circuit: functions on words of 256 bits below p.

use super::native;
use super::{Known, field};
use crate::circuit::Function;
use crate::library::field25519::FieldFunction;
use crate::library::{Builder, Library, Word};

/// Bits of a coordinate.
const BITS: u32 = 255;
/// Bits of the word that holds one.
const WIDTH: u32 = 256;

/// A point, in extended coordinates: x = X / Z, y = Y / Z, x y = T / Z.
#[derive(Clone, Copy)]
pub(super) struct Point([Word; 4]);

/// A point as it is added to others: Y + X, Y - X, 2 d T and 2 Z.
#[derive(Clone, Copy)]
pub(super) struct Cached([Word; 4]);

impl Point {
    pub(super) fn identity(b: &mut Builder<'_>) -> Self {
        let (zero, one) = (b.number(0, WIDTH), b.number(1, WIDTH));
        Self([zero, one, one, zero])
    }
}

impl Cached {
    /// Bits of [`Cached::packed`].
    pub(super) const WIDTH: u32 = 4 * BITS;

    /// As one word.
    pub(super) fn packed(self, b: &mut Builder<'_>) -> Word {
        let words = self.0.map(|word| b.slice(word, 0, BITS));
        b.concat(&words)
    }

    pub(super) fn unpacked(b: &mut Builder<'_>, word: Word) -> Self {
        Self(unpacked(b, word))
    }
}

/// Coordinates of 255 bits, one after another.
fn unpacked<const N: usize>(b: &mut Builder<'_>, word: Word) -> [Word; N] {
    std::array::from_fn(|place| {
        let coordinate = b.slice(word, BITS * place as u32, BITS);
        b.resize(coordinate, WIDTH)
    })
}

/// The functions on points, by their indices in the library.
pub(super) struct Points {
    double: u32,
    add: u32,
    add_affine: u32,
    cached: u32,
    decode_negated: u32,
}

impl Points {
    pub(super) fn new(library: &mut Library) -> Self {
        let functions = [write_double, write_add, write_add_affine, write_cached, write_decode_negated];
        let [double, add, add_affine, cached, decode_negated] = functions.map(|write| {
            let function = write(library);
            library.add(function)
        });
        Self { double, add, add_affine, cached, decode_negated }
    }

    /// Twice a point.
    pub(super) fn double(&self, b: &mut Builder<'_>, point: Point) -> Point {
        Point(call(b, self.double, &point.0))
    }

    /// 2^times times a point.
    pub(super) fn double_times(&self, b: &mut Builder<'_>, point: Point, times: u32) -> Point {
        (0..times).fold(point, |point, _| self.double(b, point))
    }

    /// The sum of two points, whichever they are.
    pub(super) fn add(&self, b: &mut Builder<'_>, point: Point, other: Cached) -> Point {
        Point(call(b, self.add, &[point.0, other.0].concat()))
    }

    /// The sum of a point and one of [`native::affine_table`].
    pub(super) fn add_affine(&self, b: &mut Builder<'_>, point: Point, entry: Word) -> Point {
        let [x, y, z, t] = point.0;
        Point(call(b, self.add_affine, &[x, y, z, t, entry]))
    }

    pub(super) fn cached(&self, b: &mut Builder<'_>, point: Point) -> Cached {
        Cached(call(b, self.cached, &point.0))
    }

    /// The negative of the point that 32 bytes encode, and whether they encode one.
    pub(super) fn decode_negated(&self, b: &mut Builder<'_>, encoding: Word) -> (Point, Word) {
        let words = b.call_function(self.decode_negated, &[encoding], &[WIDTH, WIDTH, WIDTH, 1]);
        let one = b.number(1, WIDTH);
        (Point([words[0], words[1], one, words[2]]), words[3])
    }
}

fn call(b: &mut Builder<'_>, function: u32, words: &[Word]) -> [Word; 4] {
    let made = b.call_function(function, words, &[WIDTH; 4]);
    [made[0], made[1], made[2], made[3]]
}

fn add(b: &mut Builder<'_>, x: Word, y: Word) -> Word {
    field(b, FieldFunction::Add, &[x, y])
}

fn subtract(b: &mut Builder<'_>, x: Word, y: Word) -> Word {
    field(b, FieldFunction::Sub, &[x, y])
}

fn multiply(b: &mut Builder<'_>, x: Word, y: Word) -> Word {
    field(b, FieldFunction::Mul, &[x, y])
}

fn square(b: &mut Builder<'_>, x: Word) -> Word {
    field(b, FieldFunction::Square, &[x])
}

/// RFC 8032, 5.1.4.
fn write_double(library: &mut Library) -> Function {
    let (mut builder, words) = Builder::new(library, &[WIDTH; 4]);
    let b = &mut builder;
    let (x, y, z) = (words[0], words[1], words[2]);
    let (xx, yy, zz) = (square(b, x), square(b, y), square(b, z));
    let twice_zz = add(b, zz, zz);
    let h = add(b, xx, yy);
    let sum = add(b, x, y);
    let sum_squared = square(b, sum);
    let e = subtract(b, h, sum_squared);
    let g = subtract(b, xx, yy);
    let f = add(b, twice_zz, g);
    let result = combined(b, e, f, g, h);
    builder.finish("ed25519_double".to_owned(), &result)
}

/// RFC 8032, 5.1.4.
fn write_add(library: &mut Library) -> Function {
    let (mut builder, words) = Builder::new(library, &[WIDTH; 8]);
    let b = &mut builder;
    let d = multiply(b, words[2], words[7]);
    let result = added(b, &words[..4], [words[4], words[5], words[6]], d);
    builder.finish("ed25519_add".to_owned(), &result)
}

/// As [`write_add`], of a point with Z = 1.
fn write_add_affine(library: &mut Library) -> Function {
    let (mut builder, words) = Builder::new(library, &[WIDTH, WIDTH, WIDTH, WIDTH, native::AFFINE_BITS]);
    let b = &mut builder;
    let d = add(b, words[2], words[2]);
    let entry = unpacked(b, words[4]);
    let result = added(b, &words[..4], entry, d);
    builder.finish("ed25519_add_affine".to_owned(), &result)
}

/// The sum of a point and one of which Y + X, Y - X and 2 d T are given, with `d` twice the product of their Z.
fn added(b: &mut Builder<'_>, point: &[Word], [plus, minus, product]: [Word; 3], d: Word) -> [Word; 4] {
    let (x, y, t) = (point[0], point[1], point[3]);
    let (difference, sum) = (subtract(b, y, x), add(b, y, x));
    let (a, c) = (multiply(b, difference, minus), multiply(b, t, product));
    let big_b = multiply(b, sum, plus);
    let (e, f) = (subtract(b, big_b, a), subtract(b, d, c));
    let (g, h) = (add(b, d, c), add(b, big_b, a));
    combined(b, e, f, g, h)
}

fn combined(b: &mut Builder<'_>, e: Word, f: Word, g: Word, h: Word) -> [Word; 4] {
    [multiply(b, e, f), multiply(b, g, h), multiply(b, f, g), multiply(b, e, h)]
}

fn write_cached(library: &mut Library) -> Function {
    let (mut builder, words) = Builder::new(library, &[WIDTH; 4]);
    let b = &mut builder;
    let (x, y, z, t) = (words[0], words[1], words[2], words[3]);
    let d = native::curve_constant();
    let twice_d = b.constant(d.plus(d).bits());
    let result = [add(b, y, x), subtract(b, y, x), multiply(b, t, twice_d), add(b, z, z)];
    builder.finish("ed25519_cached".to_owned(), &result)
}

/// RFC 8032, 5.1.3: gives x and y of the negative point, their product, and whether there is such a point.
fn write_decode_negated(library: &mut Library) -> Function {
    let (mut builder, words) = Builder::new(library, &[WIDTH]);
    let b = &mut builder;
    let sign = b.bit(words[0], BITS);
    let y = b.slice(words[0], 0, BITS);
    let y = b.resize(y, WIDTH);
    let modulus = b.constant(crate::library::field25519::modulus());
    let is_reduced = b.less(y, modulus, false);

    // x^2 = u / v.
    let (zero, one) = (b.number(0, WIDTH), b.number(1, WIDTH));
    let d = b.constant(native::curve_constant().bits());
    let yy = square(b, y);
    let u = subtract(b, yy, one);
    let dyy = multiply(b, yy, d);
    let v = add(b, dyy, one);
    let vv = square(b, v);
    let v3 = multiply(b, vv, v);
    let v6 = square(b, v3);
    let v7 = multiply(b, v6, v);
    let uv7 = multiply(b, u, v7);
    let power = power(b, uv7);
    let uv3 = multiply(b, u, v3);
    let root = multiply(b, uv3, power);
    let squared = square(b, root);
    let squared = multiply(b, squared, v);
    let minus_u = subtract(b, zero, u);
    let (is_root, is_other_root) = (b.eq(squared, u), b.eq(squared, minus_u));
    let has_root = b.or(is_root, is_other_root);
    let turn = b.constant(native::square_root_of_minus_one().bits());
    let turned = multiply(b, root, turn);
    let x = b.select(is_other_root, turned, root);

    let is_zero = b.eq(x, zero);
    let is_signed_zero = b.and(is_zero, sign);
    let is_plain = b.not(is_signed_zero);
    let is_odd = b.bit(x, 0);
    let is_negative = b.xor(is_odd, sign);
    // The one with the sign is negated, the other one is the negative already.
    let minus_x = subtract(b, zero, x);
    let x = b.select(is_negative, x, minus_x);
    let product = multiply(b, x, y);
    let is_point = b.and(is_reduced, has_root);
    let is_point = b.and(is_point, is_plain);
    builder.finish("ed25519_decode_negated".to_owned(), &[x, y, product, is_point])
}

/// To the power of (p - 5) / 8 = 2^252 - 3.
fn power(b: &mut Builder<'_>, z: Word) -> Word {
    // `ones(n)` is z to the power of 2^n - 1.
    let z2 = square(b, z);
    let z8 = square_times(b, z2, 2);
    let z9 = multiply(b, z8, z);
    let z11 = multiply(b, z9, z2);
    let z22 = square(b, z11);
    let ones_5 = multiply(b, z22, z9);
    let mut joined = |high, low, places| {
        let moved = square_times(b, high, places);
        multiply(b, moved, low)
    };
    let ones_10 = joined(ones_5, ones_5, 5);
    let ones_20 = joined(ones_10, ones_10, 10);
    let ones_40 = joined(ones_20, ones_20, 20);
    let ones_50 = joined(ones_40, ones_10, 10);
    let ones_100 = joined(ones_50, ones_50, 50);
    let ones_200 = joined(ones_100, ones_100, 100);
    let ones_250 = joined(ones_200, ones_50, 50);
    joined(ones_250, z, 2)
}

fn square_times(b: &mut Builder<'_>, x: Word, times: u32) -> Word {
    (0..times).fold(x, |x, _| square(b, x))
}

/// RFC 8032, 5.1.2: y, and the lowest bit of x above it.
pub(super) fn encode(b: &mut Builder<'_>, point: Point, known: Known) -> Word {
    let [x, y, z, _] = point.0;
    let inverse = match known {
        Known::Everything => FieldFunction::PublicInverse,
        Known::Nothing | Known::Key => FieldFunction::Inverse,
    };
    let inverse = field(b, inverse, &[z]);
    let (x, y) = (multiply(b, x, inverse), multiply(b, y, inverse));
    let (y, sign) = (b.slice(y, 0, BITS), b.bit(x, 0));
    b.concat(&[y, sign])
}

/// Whether 32 bytes encode a point of order 1, 2, 4 or 8, by their y, where it is less than p.
pub(super) fn has_small_order(b: &mut Builder<'_>, encoding: Word) -> Word {
    let y = b.slice(encoding, 0, BITS);
    let mut any = b.number(0, 1);
    for ordinate in native::small_order_ordinates() {
        let ordinate = b.constant(ordinate.bits().slice(0, BITS as usize));
        let is_equal = b.eq(y, ordinate);
        any = b.or(any, is_equal);
    }
    any
}
