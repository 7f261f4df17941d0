//! Numbers modulo p = 2^255 - 19 and points of edwards25519 in the clear, from which the constants of the circuits are
//! worked out. Nothing here is secret.

use crate::bits::Bits;

/// A number modulo p, less than p, in limbs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number([u64; 4]);

const MODULUS: [u64; 4] = [u64::MAX - 18, u64::MAX, u64::MAX, u64::MAX >> 1];

impl Number {
    pub(super) const ZERO: Self = Self([0; 4]);
    pub(super) const ONE: Self = Self::small(1);

    pub(super) const fn small(value: u64) -> Self {
        Self([value, 0, 0, 0])
    }

    pub(super) fn bits(self) -> Bits {
        Bits::from_limbs(self.0.to_vec(), 256)
    }

    /// The rest of a number of 256 bits.
    fn reduced(mut limbs: [u64; 4]) -> Self {
        // Less than 2 p + 38: at most twice.
        for _ in 0..2 {
            let (difference, borrow) = subtract(limbs, MODULUS);
            limbs = if borrow { limbs } else { difference };
        }
        Self(limbs)
    }

    pub(super) fn plus(self, other: Self) -> Self {
        let mut carry = 0u128;
        let sum = std::array::from_fn(|place| {
            carry = (carry >> 64) + u128::from(self.0[place]) + u128::from(other.0[place]);
            carry as u64
        });
        Self::reduced(sum)
    }

    pub(super) fn negated(self) -> Self {
        Self::reduced(subtract(MODULUS, self.0).0)
    }

    pub(super) fn minus(self, other: Self) -> Self {
        self.plus(other.negated())
    }

    pub(super) fn times(self, other: Self) -> Self {
        let mut product = [0u64; 8];
        for (place, &a) in self.0.iter().enumerate() {
            let mut carry = 0u128;
            for (&b, sum) in other.0.iter().zip(&mut product[place..]) {
                carry += u128::from(a) * u128::from(b) + u128::from(*sum);
                *sum = carry as u64;
                carry >>= 64;
            }
            product[place + 4] = carry as u64;
        }
        // 2^256 is 38.
        let mut low = [product[0], product[1], product[2], product[3]];
        let mut carry = 0u128;
        for (place, sum) in low.iter_mut().enumerate() {
            carry += u128::from(*sum) + 38 * u128::from(product[place + 4]);
            *sum = carry as u64;
            carry >>= 64;
        }
        while carry > 0 {
            carry *= 38;
            for sum in &mut low {
                carry += u128::from(*sum);
                *sum = carry as u64;
                carry >>= 64;
            }
        }
        Self::reduced(low)
    }

    /// To the power of p plus something, over a power of two: `(p + plus) / 2^halvings`.
    fn power(self, plus: i64, halvings: u32) -> Self {
        let exponent = Bits::from_limbs(MODULUS.to_vec(), 256);
        let change = Bits::from_u64(plus.unsigned_abs(), 256);
        let exponent = if plus < 0 {
            crate::word::sub(&exponent, &change)
        } else {
            crate::word::add(&exponent, &change)
        };
        (halvings as usize..256).rev().fold(Self::ONE, |power, place| {
            let square = power.times(power);
            if exponent.get(place) == Some(true) { square.times(self) } else { square }
        })
    }

    pub(super) fn inverse(self) -> Self {
        self.power(-2, 0)
    }

    /// The even one of the two square roots.
    pub(super) fn square_root(self) -> Option<Self> {
        let root = self.power(3, 3);
        [root, root.times(square_root_of_minus_one())]
            .into_iter()
            .find(|root| root.times(*root) == self)
            .map(|root| if root.0[0] & 1 == 0 { root } else { root.negated() })
    }
}

fn subtract(a: [u64; 4], b: [u64; 4]) -> ([u64; 4], bool) {
    let mut borrow = false;
    let difference = std::array::from_fn(|place| {
        let (first, one) = a[place].overflowing_sub(b[place]);
        let (second, other) = first.overflowing_sub(borrow.into());
        borrow = one | other;
        second
    });
    (difference, borrow)
}

/// 2^((p - 1) / 4), as RFC 8032 has it.
pub(super) fn square_root_of_minus_one() -> Number {
    Number::small(2).power(-1, 2)
}

/// The curve's d: -121665 / 121666.
pub(super) fn curve_constant() -> Number {
    Number::small(121_665).negated().times(Number::small(121_666).inverse())
}

/// The y of the points of order 1, 2, 4 and 8.
pub(super) fn small_order_ordinates() -> Vec<Number> {
    // The double of a point of order 8 has y = 0, that is d y^4 + 2 y^2 = 1: y^2 = (-1 +- sqrt(1 + d)) / d.
    let d = curve_constant();
    let mut ordinates = vec![Number::ZERO, Number::ONE, Number::ONE.negated()];
    if let Some(root) = d.plus(Number::ONE).square_root() {
        for root in [root, root.negated()] {
            let square = root.minus(Number::ONE).times(d.inverse());
            ordinates.extend(square.square_root().into_iter().flat_map(|y| [y, y.negated()]));
        }
    }
    ordinates
}

/// A point, in extended coordinates: x = X / Z, y = Y / Z, x y = T / Z.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    x: Number,
    y: Number,
    z: Number,
    t: Number,
}

impl Point {
    pub(super) fn identity() -> Self {
        Self { x: Number::ZERO, y: Number::ONE, z: Number::ONE, t: Number::ZERO }
    }

    /// The one with y = 4 / 5 and an even x.
    pub(super) fn base() -> Self {
        let y = Number::small(4).times(Number::small(5).inverse());
        let square = y.times(y);
        let divisor = curve_constant().times(square).plus(Number::ONE);
        let x = square.minus(Number::ONE).times(divisor.inverse()).square_root().unwrap_or(Number::ZERO);
        Self { x, y, z: Number::ONE, t: x.times(y) }
    }

    /// RFC 8032, 5.1.4; complete, so for a point and itself as well.
    pub(super) fn add(&self, other: &Self) -> Self {
        let a = self.y.minus(self.x).times(other.y.minus(other.x));
        let b = self.y.plus(self.x).times(other.y.plus(other.x));
        let c = self.t.times(other.t).times(curve_constant().plus(curve_constant()));
        let d = self.z.times(other.z);
        let d = d.plus(d);
        let (e, f, g, h) = (b.minus(a), d.minus(c), d.plus(c), b.plus(a));
        Self { x: e.times(f), y: g.times(h), t: e.times(h), z: f.times(g) }
    }
}

/// Bits of an entry of [`affine_table`].
pub(super) const AFFINE_BITS: u32 = 3 * 255;

/// Of every point y + x, y - x and 2 d x y, 255 bits each.
pub(super) fn affine_table(points: &[Point]) -> Bits {
    let twice = curve_constant().plus(curve_constant());
    // All inverses by one (P. Montgomery, 1987).
    let mut products = vec![Number::ONE];
    for point in points {
        products.push(products[products.len() - 1].times(point.z));
    }
    let mut inverse = products[points.len()].inverse();
    let mut entries = Vec::with_capacity(points.len());
    for (point, before) in points.iter().zip(&products).rev() {
        let (x, y) = (point.x.times(inverse.times(*before)), point.y.times(inverse.times(*before)));
        inverse = inverse.times(point.z);
        entries.push([y.plus(x), y.minus(x), x.times(y).times(twice)]);
    }
    let words: Vec<_> = entries.iter().rev().flatten().map(|number| number.bits().slice(0, 255)).collect();
    Bits::concat(&words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(number: Number) -> Vec<u8> {
        number.bits().to_bytes()
    }

    #[test]
    fn constants_are_those_of_the_standard() {
        // RFC 8032, 5.1: d and the base point.
        assert_eq!(
            hex::encode(bytes(curve_constant())),
            "a3785913ca4deb75abd841414d0a700098e879777940c78c73fe6f2bee6c0352"
        );
        let base = Point::base();
        assert_eq!(
            hex::encode(bytes(base.y)),
            "5866666666666666666666666666666666666666666666666666666666666666"
        );
        assert_eq!(
            hex::encode(bytes(base.x)),
            "1ad5258f602d56c9b2a7259560c72c695cdcd6fd31e2a4c0fe536ecdd3366921"
        );
        let root = square_root_of_minus_one();
        assert_eq!(root.times(root), Number::ONE.negated());
    }

    #[test]
    fn points_of_small_order_are_all_there() {
        let ordinates = small_order_ordinates();
        assert_eq!(ordinates.len(), 5);
        for y in ordinates {
            let square = y.times(y);
            let divisor = curve_constant().times(square).plus(Number::ONE);
            let x = square.minus(Number::ONE).times(divisor.inverse()).square_root().expect("a point");
            let point = Point { x, y, z: Number::ONE, t: x.times(y) };
            let eight = (0..3).fold(point, |point, _| point.add(&point));
            assert_eq!((eight.x, eight.y), (Number::ZERO, eight.z));
        }
    }
}
