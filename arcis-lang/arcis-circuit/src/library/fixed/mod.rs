//! Fixed-point numbers, which the language's `f64` and `f32` are.
//!
//! | | word | places after the point | range | step |
//! | --- | --- | --- | --- | --- |
//! | [`FixedFormat::F64`] | 128 bits | 52 | ±2^75 | 2^-52 |
//! | [`FixedFormat::F32`] | 64 bits | 24 | ±2^39 | 2^-24 |
//!
//! A number is a two's complement integer of steps. Between 1 and 2 that is what floating-point numbers of these names
//! have; below they are finer, above coarser. Addition, subtraction, negation and comparison are those of integers,
//! exact, and wrap outside the range. The functions here work on mantissas of ten places more than the format has
//! (`G` below), so that their own error stays small against a step. With `F` the places of the format:
//!
//! | function | error at most | outside its domain |
//! | --- | --- | --- |
//! | product | 2^-F, downwards | wraps outside the range |
//! | quotient `q` | 2^-F + 2^-(F+6) abs(q) | the greatest number, with the dividend's sign (times the divisor's if not zero) |
//! | square root `y` | 2^-F + 2^-(F+6) y | zero for negative numbers |
//! | `exp2`, `exp`, result `y` | 2^-F + 2^-(F+5) y | the greatest number, or zero |
//! | `log2`, `ln` | 2^-F + 2^-(F+5) | the least number for zero and negative numbers |
//! | `sigmoid` | 2^-F + 2^-(F+5) | |
//! | `logit` | 2^-F + 2^-(F+4) | the least number up to zero, the greatest from one on |
//!
//! The least number is minus the greatest. The tests measure these bounds against arithmetic on 200 places.
//!
//! # Layout
//! - `constants`: what the tables are computed from, in integers, so that they are the same on every machine.
//! - `mantissa`: signs, normalisation, and back.
//! - `quotient`, `root`, `exponential`, `logarithm`: the functions.

mod constants;
mod exponential;
mod logarithm;
mod mantissa;
mod quotient;
mod root;

use super::{Builder, Gadget, Library, Signature, Word};
use crate::circuit::Function;

/// A format of fixed-point numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FixedFormat {
    /// 64 bits, 24 of them after the point.
    F32,
    /// 128 bits, 52 of them after the point.
    F64,
}

impl FixedFormat {
    /// Bits of a number.
    pub const fn width(self) -> u32 {
        match self {
            Self::F32 => 64,
            Self::F64 => 128,
        }
    }

    /// Places after the point.
    pub const fn fraction(self) -> u32 {
        match self {
            Self::F32 => 24,
            Self::F64 => 52,
        }
    }

    /// Places that functions work with.
    const fn places(self) -> u32 {
        self.fraction() + 10
    }
}

/// A function on fixed-point numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FixedFunction {
    /// The product of two numbers.
    Mul,
    /// The quotient of two numbers.
    Div,
    /// The square root.
    Sqrt,
    /// Two to a power.
    Exp2,
    /// e to a power.
    Exp,
    /// The logarithm to base two.
    Log2,
    /// The natural logarithm.
    Ln,
    /// `1 / (1 + exp(-x))`
    Sigmoid,
    /// `ln(p / (1 - p))`
    Logit,
}

impl FixedFunction {
    /// How many numbers it takes.
    pub const fn arity(self) -> usize {
        match self {
            Self::Mul | Self::Div => 2,
            _ => 1,
        }
    }

    pub(super) fn signature(self, format: FixedFormat) -> Signature {
        Signature { inputs: vec![format.width(); self.arity()], outputs: vec![format.width()] }
    }

    pub(super) fn write(self, library: &mut Library, format: FixedFormat) -> Function {
        let signature = Gadget::Fixed { format, function: self }.signature();
        let (builder, inputs) = Builder::new(library, &signature.inputs);
        let mut fixed = Fixed { builder, format };
        let x = inputs[0];
        let (name, result) = match self {
            Self::Mul => ("mul", fixed.product(x, inputs[1])),
            Self::Div => ("div", fixed.quotient(x, inputs[1])),
            Self::Sqrt => ("sqrt", fixed.square_root(x)),
            Self::Exp2 => ("exp2", fixed.exp2(x)),
            Self::Exp => ("exp", fixed.exp(x)),
            Self::Log2 => ("log2", fixed.log(x, logarithm::Base::Two)),
            Self::Ln => ("ln", fixed.log(x, logarithm::Base::E)),
            Self::Sigmoid => ("sigmoid", fixed.sigmoid(x)),
            Self::Logit => ("logit", fixed.logit(x)),
        };
        fixed.builder.finish(format!("{name}_{:?}", format).to_lowercase(), &[result])
    }
}

/// Writes functions of a format. In the comments `W` is the width of numbers, `F` their places, `G` those worked with.
struct Fixed<'a> {
    builder: Builder<'a>,
    format: FixedFormat,
}

impl Fixed<'_> {
    fn product(&mut self, a: Word, b: Word) -> Word {
        let (width, fraction) = (self.format.width(), self.format.fraction());
        let b_wide = self.builder.resize_signed(b, width + fraction);
        let a_wide = if a == b { b_wide } else { self.builder.resize_signed(a, width + fraction) };
        let product = self.builder.multiply(a_wide, b_wide);
        self.builder.slice(product, fraction, width)
    }
}
