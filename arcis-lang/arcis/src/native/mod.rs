//! What the source rewritten by [`encrypted`](crate::encrypted) calls. Not for authors.
//!
//! `a + b` becomes
//!
//! ```text
//! match (a, b) {
//!     (left, right) => if false { left + right } else { (&Operands::new(left, right)).arcis_add() },
//! }
//! ```
//!
//! The branch never taken keeps rustc's type inference for operators, literals included. The other one picks, by the
//! operands' types, between two traits that have the same method: [`integers`] for Rust's integers and references to
//! them, with the circuit's meaning, and [`others`] for everything that implements the operator itself, with that
//! implementation. Method lookup tries the receiver as it is before it borrows it once more, and `others` is implemented
//! for `&Operands`: so the integers' method wins wherever it applies. (The technique is known as autoref specialisation.)

pub mod index;
pub mod numbers;

use std::cell::Cell;

pub use arcis_circuit::value::{read_variant, skip, write_zeros};
pub use arcis_circuit::{BitReader, Bits, Type, Value, ValueError, Variant};

/// The two operands of an operator, until it takes them.
pub struct Operands<L, R>(Cell<Option<(L, R)>>);

/// The operand of a negation, until it takes it.
pub struct Operand<T>(Cell<Option<T>>);

impl<L, R> Operands<L, R> {
    /// Holds the operands.
    pub fn new(left: L, right: R) -> Self {
        Self(Cell::new(Some((left, right))))
    }

    fn take(&self) -> (L, R) {
        self.0.take().expect("generated code applies one operator, once")
    }
}

impl<T> Operand<T> {
    /// Holds the operand.
    pub fn new(operand: T) -> Self {
        Self(Cell::new(Some(operand)))
    }

    fn take(&self) -> T {
        self.0.take().expect("generated code applies one operator, once")
    }
}

/// The circuit's meaning of the operators on Rust's integers.
pub mod integers {
    use super::{Operand, Operands};

    /// An integer type of Rust.
    pub trait Integer: Copy {
        /// Sum, wrapping.
        fn add(self, other: Self) -> Self;
        /// Difference, wrapping.
        fn sub(self, other: Self) -> Self;
        /// Product, wrapping.
        fn mul(self, other: Self) -> Self;
        /// Quotient; all ones by zero, wrapping for the minimum by -1.
        fn div(self, other: Self) -> Self;
        /// Remainder; the dividend by zero, zero for the minimum by -1.
        fn rem(self, other: Self) -> Self;
        /// Shift to the left by an amount modulo the width.
        fn shl(self, amount: u32) -> Self;
        /// Shift to the right by an amount modulo the width.
        fn shr(self, amount: u32) -> Self;
    }

    /// A signed integer type of Rust.
    pub trait Signed: Integer {
        /// Negation, wrapping.
        fn neg(self) -> Self;
    }

    macro_rules! integers {
        ($($ty:ty)*) => {$(
            impl Integer for $ty {
                fn add(self, other: Self) -> Self {
                    self.wrapping_add(other)
                }
                fn sub(self, other: Self) -> Self {
                    self.wrapping_sub(other)
                }
                fn mul(self, other: Self) -> Self {
                    self.wrapping_mul(other)
                }
                fn div(self, other: Self) -> Self {
                    if other == 0 { !0 } else { self.wrapping_div(other) }
                }
                fn rem(self, other: Self) -> Self {
                    if other == 0 { self } else { self.wrapping_rem(other) }
                }
                fn shl(self, amount: u32) -> Self {
                    self.wrapping_shl(amount)
                }
                fn shr(self, amount: u32) -> Self {
                    self.wrapping_shr(amount)
                }
            }
            impl Amount for $ty {
                fn places(self) -> u32 {
                    self as u32
                }
            }
            impl Amount for &$ty {
                fn places(self) -> u32 {
                    *self as u32
                }
            }
        )*};
    }
    integers! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize }

    macro_rules! signed {
        ($($ty:ty)*) => {$(
            impl Signed for $ty {
                fn neg(self) -> Self {
                    self.wrapping_neg()
                }
            }
        )*};
    }
    signed! { i8 i16 i32 i64 i128 isize }

    // An integer and a reference to one need traits of their own, as `&T` might implement `Integer` one day.
    macro_rules! operators {
        ($($(#[$doc:meta])* $trait:ident { $($method:ident)* })*) => {$(
            $(#[$doc])*
            pub trait $trait {
                /// The integer type.
                type Output;
                $(
                    /// Applies the operator.
                    fn $method(&self) -> Self::Output;
                )*
            }
        )*};
    }
    operators! {
        /// `+ - * / %` on two integers of one type, at most one of them a reference.
        Arithmetic { arcis_add arcis_sub arcis_mul arcis_div arcis_rem }
        /// `+ - * / %` on two references to integers of one type.
        ArithmeticOfReferences { arcis_add arcis_sub arcis_mul arcis_div arcis_rem }
        /// `<< >>` on an integer.
        Shift { arcis_shl arcis_shr }
        /// `<< >>` on a reference to an integer.
        ShiftOfReference { arcis_shl arcis_shr }
        /// `-` before an integer.
        Negation { arcis_neg }
        /// `-` before a reference to an integer.
        NegationOfReference { arcis_neg }
    }

    /// What an integer can be shifted by: integers and references to them.
    pub trait Amount {
        /// Its low 32 bits; no width needs more.
        fn places(self) -> u32;
    }

    /// `+= -= *= /= %=` on integers.
    pub trait ArithmeticAssign {
        /// `+=`
        fn arcis_add_assign(&self);
        /// `-=`
        fn arcis_sub_assign(&self);
        /// `*=`
        fn arcis_mul_assign(&self);
        /// `/=`
        fn arcis_div_assign(&self);
        /// `%=`
        fn arcis_rem_assign(&self);
    }

    /// `<<= >>=` on integers.
    pub trait ShiftAssign {
        /// `<<=`
        fn arcis_shl_assign(&self);
        /// `>>=`
        fn arcis_shr_assign(&self);
    }

    macro_rules! arithmetic {
        ($trait:ident for ($left:ty, $right:ty) = ($l:ident, $r:ident) => ($a:expr, $b:expr) {
            $($method:ident $operation:ident)*
        }) => {
            impl<T: Integer> $trait for Operands<$left, $right> {
                type Output = T;
                $(fn $method(&self) -> T {
                    let ($l, $r) = self.take();
                    $a.$operation($b)
                })*
            }
        };
        ($($trait:ident for $types:tt = $names:tt => $values:tt;)*) => {$(
            arithmetic! { $trait for $types = $names => $values {
                arcis_add add arcis_sub sub arcis_mul mul arcis_div div arcis_rem rem
            } }
        )*};
    }
    arithmetic! {
        Arithmetic for (T, T) = (l, r) => (l, r);
        Arithmetic for (&T, T) = (l, r) => ((*l), r);
        Arithmetic for (T, &T) = (l, r) => (l, *r);
        ArithmeticOfReferences for (&T, &T) = (l, r) => ((*l), *r);
    }
    macro_rules! arithmetic_assign {
        ($right:ty = $r:ident => $b:expr; $($method:ident $operation:ident)*) => {
            impl<T: Integer> ArithmeticAssign for Operands<&mut T, $right> {
                $(fn $method(&self) {
                    let (l, $r) = self.take();
                    *l = (*l).$operation($b);
                })*
            }
        };
        ($($right:ty = $r:ident => $b:expr,)*) => {$(
            arithmetic_assign! {
                $right = $r => $b;
                arcis_add_assign add arcis_sub_assign sub arcis_mul_assign mul arcis_div_assign div arcis_rem_assign rem
            }
        )*};
    }
    arithmetic_assign! {
        T = r => r,
        &T = r => *r,
    }
    impl<T: Integer, A: Amount> Shift for Operands<T, A> {
        type Output = T;
        fn arcis_shl(&self) -> T {
            let (l, r) = self.take();
            l.shl(r.places())
        }
        fn arcis_shr(&self) -> T {
            let (l, r) = self.take();
            l.shr(r.places())
        }
    }
    impl<T: Integer, A: Amount> ShiftOfReference for Operands<&T, A> {
        type Output = T;
        fn arcis_shl(&self) -> T {
            let (l, r) = self.take();
            (*l).shl(r.places())
        }
        fn arcis_shr(&self) -> T {
            let (l, r) = self.take();
            (*l).shr(r.places())
        }
    }
    impl<T: Integer, A: Amount> ShiftAssign for Operands<&mut T, A> {
        fn arcis_shl_assign(&self) {
            let (l, r) = self.take();
            *l = (*l).shl(r.places());
        }
        fn arcis_shr_assign(&self) {
            let (l, r) = self.take();
            *l = (*l).shr(r.places());
        }
    }
    impl<T: Signed> Negation for Operand<T> {
        type Output = T;
        fn arcis_neg(&self) -> T {
            self.take().neg()
        }
    }
    impl<T: Signed> NegationOfReference for Operand<&T> {
        type Output = T;
        fn arcis_neg(&self) -> T {
            (*self.take()).neg()
        }
    }
}

/// The operators of all other types, as they implement them.
pub mod others {
    use std::ops;

    use super::{Operand, Operands};

    macro_rules! binary {
        ($($trait:ident $method:ident $std_method:ident;)*) => {$(
            /// The operator of this name.
            pub trait $trait {
                /// What it gives.
                type Output;
                /// Applies it.
                fn $method(&self) -> Self::Output;
            }
            impl<L: ops::$trait<R>, R> $trait for &Operands<L, R> {
                type Output = L::Output;
                fn $method(&self) -> L::Output {
                    let (left, right) = self.take();
                    left.$std_method(right)
                }
            }
        )*};
    }
    binary! {
        Add arcis_add add;
        Sub arcis_sub sub;
        Mul arcis_mul mul;
        Div arcis_div div;
        Rem arcis_rem rem;
        Shl arcis_shl shl;
        Shr arcis_shr shr;
    }

    macro_rules! assign {
        ($($trait:ident $method:ident $std_method:ident;)*) => {$(
            /// The operator of this name.
            pub trait $trait {
                /// Applies it.
                fn $method(&self);
            }
            impl<L: ops::$trait<R>, R> $trait for &Operands<&mut L, R> {
                fn $method(&self) {
                    let (left, right) = self.take();
                    left.$std_method(right);
                }
            }
        )*};
    }
    assign! {
        AddAssign arcis_add_assign add_assign;
        SubAssign arcis_sub_assign sub_assign;
        MulAssign arcis_mul_assign mul_assign;
        DivAssign arcis_div_assign div_assign;
        RemAssign arcis_rem_assign rem_assign;
        ShlAssign arcis_shl_assign shl_assign;
        ShrAssign arcis_shr_assign shr_assign;
    }

    /// Negation.
    pub trait Neg {
        /// What it gives.
        type Output;
        /// Applies it.
        fn arcis_neg(&self) -> Self::Output;
    }
    impl<T: ops::Neg> Neg for &Operand<T> {
        type Output = T::Output;
        fn arcis_neg(&self) -> T::Output {
            self.take().neg()
        }
    }
}

/// The traits of both, for the generated code to import.
pub mod operators {
    pub use super::index::{Defaulted as _, Own as _, Plain as _};
    pub use super::integers::{
        Arithmetic as _, ArithmeticAssign as _, ArithmeticOfReferences as _, Negation as _,
        NegationOfReference as _, Shift as _, ShiftAssign as _, ShiftOfReference as _,
    };
    pub use super::numbers::{
        Folds as _, OfIntegers as _, OfMutableReferences as _, OfOthers as _, OfReferences as _, Places as _,
        Rotated as _,
    };
    pub use super::others::{
        Add as _, AddAssign as _, Div as _, DivAssign as _, Mul as _, MulAssign as _, Neg as _, Rem as _,
        RemAssign as _, Shl as _, ShlAssign as _, Shr as _, ShrAssign as _, Sub as _, SubAssign as _,
    };
}
