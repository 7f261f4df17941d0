//! Methods that do not panic: `x.pow(n)` becomes `(&Number::of(&x)).arcis_number().pow(n)`.
//!
//! `arcis_number` is chosen as operators are: for integers and references to them it gives an [`Exact`], whose methods have
//! the circuit's meaning; for everything else a reference to what there was.

use std::iter::Iterator;

use super::integers::Integer;

/// What a method is called on.
pub struct Number<'a, T: ?Sized>(&'a T);

impl<'a, T: ?Sized> Number<'a, T> {
    /// What this refers to.
    pub fn of(value: &'a T) -> Self {
        Self(value)
    }
}

/// An integer with methods as in a circuit.
#[derive(Clone, Copy, Debug)]
pub struct Exact<T>(T);

/// Integers.
pub trait OfIntegers {
    /// The integer's type.
    type Integer;
    /// The integer.
    fn arcis_number(&self) -> Exact<Self::Integer>;
}
impl<T: Integer> OfIntegers for Number<'_, T> {
    type Integer = T;
    fn arcis_number(&self) -> Exact<T> {
        Exact(*self.0)
    }
}

/// References to integers.
pub trait OfReferences {
    /// The integer's type.
    type Integer;
    /// The integer.
    fn arcis_number(&self) -> Exact<Self::Integer>;
}
impl<T: Integer> OfReferences for Number<'_, &T> {
    type Integer = T;
    fn arcis_number(&self) -> Exact<T> {
        Exact(**self.0)
    }
}

/// References that can be written through.
pub trait OfMutableReferences {
    /// The integer's type.
    type Integer;
    /// The integer.
    fn arcis_number(&self) -> Exact<Self::Integer>;
}
impl<T: Integer> OfMutableReferences for Number<'_, &mut T> {
    type Integer = T;
    fn arcis_number(&self) -> Exact<T> {
        Exact(**self.0)
    }
}

/// Everything else.
pub trait OfOthers<'a> {
    /// What there was.
    type Value: ?Sized;
    /// A reference to it.
    fn arcis_number(&self) -> &'a Self::Value;
}
impl<'a, T: ?Sized> OfOthers<'a> for &Number<'a, T> {
    type Value = T;
    fn arcis_number(&self) -> &'a T {
        self.0
    }
}

macro_rules! methods {
    ($($ty:ty: $signed:literal, $unsigned:ty;)*) => {$(
        impl Exact<$ty> {
            /// The magnitude, wrapping.
            #[allow(unused_comparisons, clippy::unnecessary_cast, reason = "one macro for all types")]
            pub fn abs(self) -> $ty {
                if self.0 < 0 { (0 as $ty).wrapping_sub(self.0) } else { self.0 }
            }
            /// The power, wrapping.
            pub fn pow(self, exponent: u32) -> $ty {
                self.0.wrapping_pow(exponent)
            }
            /// The quotient, rounded up; all ones by zero.
            #[allow(unused_comparisons, reason = "one macro for all types")]
            pub fn div_ceil(self, other: $ty) -> $ty {
                let (quotient, remainder) = (Integer::div(self.0, other), Integer::rem(self.0, other));
                let up = remainder != 0 && other != 0 && (!$signed || (remainder > 0) == (other > 0));
                if up { quotient.wrapping_add(1) } else { quotient }
            }
            /// The quotient to a remainder that is not negative; all ones by zero.
            pub fn div_euclid(self, other: $ty) -> $ty {
                if other == 0 { !0 } else { self.0.wrapping_div_euclid(other) }
            }
            /// The remainder that is not negative; the dividend by zero.
            pub fn rem_euclid(self, other: $ty) -> $ty {
                if other == 0 { self.0 } else { self.0.wrapping_rem_euclid(other) }
            }
            /// The next multiple, wrapping.
            pub fn next_multiple_of(self, other: $ty) -> $ty {
                let remainder = Integer::rem(self.0, other);
                if remainder == 0 { self.0 } else { self.0.wrapping_add(other.wrapping_sub(remainder)) }
            }
            /// The next power of two, wrapping to zero.
            pub fn next_power_of_two(self) -> $ty {
                (self.0 as $unsigned).checked_next_power_of_two().unwrap_or(0) as $ty
            }
            /// One less than how many bits the number takes, wrapping for zero.
            pub fn ilog2(self) -> u32 {
                (<$ty>::BITS - 1).wrapping_sub(self.0.leading_zeros())
            }
            /// The square root, rounded down; that of the bits for a negative number.
            pub fn isqrt(self) -> $ty {
                (self.0 as $unsigned).isqrt() as $ty
            }
            /// The quotient; all ones by zero.
            pub fn wrapping_div(self, other: $ty) -> $ty {
                Integer::div(self.0, other)
            }
            /// The remainder; the dividend by zero.
            pub fn wrapping_rem(self, other: $ty) -> $ty {
                Integer::rem(self.0, other)
            }
        }
    )*};
}
methods! {
    u8: false, u8;
    u16: false, u16;
    u32: false, u32;
    u64: false, u64;
    u128: false, u128;
    usize: false, usize;
    i8: true, u8;
    i16: true, u16;
    i32: true, u32;
    i64: true, u64;
    i128: true, u128;
    isize: true, usize;
}

macro_rules! folds {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        pub trait $name<A = Self>: Sized {
            /// Folds the elements.
            fn wrapping<I: Iterator<Item = A>>(iterator: I) -> Self;
        }
    )*};
}
folds! {
    /// `Sum`, which wraps for integers.
    WrappingSum;
    /// `Product`, which wraps for integers.
    WrappingProduct;
}

macro_rules! of_integers {
    ($($ty:ty)*) => {$(
        of_integers! { WrappingSum $ty, 0, wrapping_add }
        of_integers! { WrappingProduct $ty, 1, wrapping_mul }
    )*};
    ($name:ident $ty:ty, $first:literal, $method:ident) => {
        impl $name for $ty {
            fn wrapping<I: Iterator<Item = Self>>(iterator: I) -> Self {
                iterator.fold($first, |a, b| a.$method(b))
            }
        }
        impl<'a> $name<&'a $ty> for $ty {
            fn wrapping<I: Iterator<Item = &'a Self>>(iterator: I) -> Self {
                iterator.fold($first, |a, b| a.$method(*b))
            }
        }
    };
}
of_integers! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize }

macro_rules! of_others {
    ($($name:ident $method:ident: $($ty:ty),*;)*) => {$($(
        impl $name for $ty {
            fn wrapping<I: Iterator<Item = Self>>(iterator: I) -> Self {
                iterator.$method()
            }
        }
    )*)*};
}
of_others! {
    WrappingSum sum: f32, f64, crate::BaseField25519;
    WrappingProduct product: f32, f64;
}
impl<'a> WrappingSum<&'a f32> for f32 {
    fn wrapping<I: Iterator<Item = &'a f32>>(iterator: I) -> f32 {
        iterator.sum()
    }
}
impl<'a> WrappingSum<&'a f64> for f64 {
    fn wrapping<I: Iterator<Item = &'a f64>>(iterator: I) -> f64 {
        iterator.sum()
    }
}

/// `sum` and `product` of iterators.
pub trait Folds: Iterator + Sized {
    /// The sum; that of integers wraps.
    fn arcis_sum<S: WrappingSum<Self::Item>>(self) -> S {
        S::wrapping(self)
    }
    /// The product; that of integers wraps.
    fn arcis_product<P: WrappingProduct<Self::Item>>(self) -> P {
        P::wrapping(self)
    }
}
impl<I: Iterator> Folds for I {}

/// Slices.
pub trait Places {
    /// Swaps two elements, if both are there.
    fn arcis_swap(&mut self, a: usize, b: usize);
}
impl<T> Places for [T] {
    fn arcis_swap(&mut self, a: usize, b: usize) {
        if a < self.len() && b < self.len() {
            self.swap(a, b);
        }
    }
}

/// What can be rotated: slices and integers.
pub trait Rotated<A> {
    /// What rotating gives.
    type Output;
    /// Rotates to the left, modulo the length.
    fn arcis_rotate_left(self, by: A) -> Self::Output;
    /// Rotates to the right, modulo the length.
    fn arcis_rotate_right(self, by: A) -> Self::Output;
}
impl<T> Rotated<usize> for &mut [T] {
    type Output = ();
    fn arcis_rotate_left(self, by: usize) {
        if !self.is_empty() {
            self.rotate_left(by % self.len());
        }
    }
    fn arcis_rotate_right(self, by: usize) {
        if !self.is_empty() {
            self.rotate_right(by % self.len());
        }
    }
}
macro_rules! rotated {
    ($($ty:ty)*) => {$(
        impl Rotated<u32> for $ty {
            type Output = Self;
            fn arcis_rotate_left(self, by: u32) -> Self {
                self.rotate_left(by)
            }
            fn arcis_rotate_right(self, by: u32) -> Self {
                self.rotate_right(by)
            }
        }
    )*};
}
rotated! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize }

#[cfg(test)]
mod tests {
    use super::super::operators::*;
    use super::Number;

    #[test]
    #[allow(clippy::needless_borrow, reason = "as in the rewritten source")]
    fn methods_have_the_meaning_of_circuits() {
        assert_eq!((&Number::of(&i8::MIN)).arcis_number().abs(), i8::MIN);
        assert_eq!((&Number::of(&&7u8)).arcis_number().pow(3), 87);
        assert_eq!((&Number::of(&7u8)).arcis_number().div_ceil(0), 255);
        assert_eq!((&Number::of(&-2.5f64)).arcis_number().abs(), 2.5);
        assert_eq!([200u8, 100].iter().arcis_sum::<u8>(), 44);
        let mut list = [1, 2, 3];
        list.arcis_swap(0, 9);
        list.arcis_rotate_left(4);
        assert_eq!(list, [2, 3, 1]);
    }
}
