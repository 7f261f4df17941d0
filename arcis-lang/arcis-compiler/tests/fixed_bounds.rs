//! Numbers with a point through the language: what a source computes is within the bounds that the documentation of `arcis`
//! states, against exact arithmetic.

#![allow(missing_docs)]

#[path = "../../arcis-circuit/tests/common/exact.rs"]
mod exact;
mod support;

use std::cell::Cell;

use arcis_circuit::library::{FixedFormat, FixedFunction};
use arcis_circuit::{Bits, Type, Value};
use exact::{judge, numbers};
use proptest::prelude::*;
use support::Instructions;

/// One instruction of each function; `FLOAT` is the type.
const SOURCE: &str = "
#[encrypted]
mod circuits {
    use arcis::*;

    #[instruction]
    pub fn sums(input: Enc<Shared, (FLOAT, FLOAT)>) -> Enc<Shared, ([FLOAT; 7], [bool; 6])> {
        let (x, y) = input.to_arcis();
        let mut z = x;
        z += y;
        z -= x;
        input.owner.from_arcis((
            [x + y, x - y, -x, x.abs(), x.min(y), x.max(y), z],
            [x < y, x <= y, x > y, x >= y, x == y, x != y],
        ))
    }
    #[instruction]
    pub fn mul(input: Enc<Shared, (FLOAT, FLOAT)>) -> Enc<Shared, FLOAT> {
        let (x, y) = input.to_arcis();
        input.owner.from_arcis(x * y)
    }
    #[instruction]
    pub fn div(input: Enc<Shared, (FLOAT, FLOAT)>) -> Enc<Shared, FLOAT> {
        let (x, y) = input.to_arcis();
        input.owner.from_arcis(x / y)
    }
    #[instruction]
    pub fn sqrt(x: Enc<Shared, FLOAT>) -> Enc<Shared, FLOAT> {
        let root = x.to_arcis().sqrt();
        x.owner.from_arcis(root)
    }
    #[instruction]
    pub fn exp(x: Enc<Shared, FLOAT>) -> Enc<Shared, FLOAT> {
        let power = x.to_arcis().exp();
        x.owner.from_arcis(power)
    }
    #[instruction]
    pub fn exp2(x: Enc<Shared, FLOAT>) -> Enc<Shared, FLOAT> {
        let power = x.to_arcis().exp2();
        x.owner.from_arcis(power)
    }
    #[instruction]
    pub fn ln(x: Enc<Shared, FLOAT>) -> Enc<Shared, FLOAT> {
        let logarithm = x.to_arcis().ln();
        x.owner.from_arcis(logarithm)
    }
    #[instruction]
    pub fn log2(x: Enc<Shared, FLOAT>) -> Enc<Shared, FLOAT> {
        let logarithm = x.to_arcis().log2();
        x.owner.from_arcis(logarithm)
    }
    #[instruction]
    pub fn sigmoids(x: Enc<Shared, FLOAT>) -> Enc<Shared, [FLOAT; 3]> {
        let inner = x.to_arcis();
        x.owner.from_arcis([sigmoid(inner), expit(inner), ArcisMath::sigmoid(inner)])
    }
    #[instruction]
    pub fn logits(x: Enc<Shared, FLOAT>) -> Enc<Shared, [FLOAT; 2]> {
        let inner = x.to_arcis();
        x.owner.from_arcis([logit(inner), ArcisMath::logit(inner)])
    }
    #[instruction]
    pub fn casts(input: Enc<Shared, (FLOAT, i64)>) -> Enc<Shared, (i128, u128, i16, u8, FLOAT)> {
        let (x, n) = input.to_arcis();
        input.owner.from_arcis((x as i128, x as u128, x as i16, x as u8, (n >> 26) as FLOAT))
    }
    #[instruction]
    pub fn constants() -> [FLOAT; 9] {
        const X: FLOAT = 0.3125;
        [X / 3.0, X.sqrt(), X.exp(), X.exp2(), X.ln(), X.log2(), sigmoid(X), logit(X), X * X]
    }
}
";

/// A type of numbers with a point: its name, its format, its values in steps.
trait Steps: Value + Copy + std::fmt::Debug + PartialEq {
    const NAME: &'static str;
    const FORMAT: FixedFormat;
    /// Bits of the word of steps.
    fn from_steps(steps: i128) -> Self;
    fn steps(self) -> i128;
}

/// As `f64` goes in and out of circuits.
#[derive(Clone, Copy, Debug, PartialEq)]
struct F64(i128);
/// As `f32` goes in and out of circuits.
#[derive(Clone, Copy, Debug, PartialEq)]
struct F32(i64);

macro_rules! steps {
    ($($name:ident, $inner:ty, $text:literal;)*) => {$(
        impl Value for $name {
            fn ty() -> Type {
                <$inner>::ty()
            }
            fn write_bits(&self, out: &mut Bits) {
                self.0.write_bits(out);
            }
            fn read_bits(reader: &mut arcis_circuit::BitReader<'_>) -> Result<Self, arcis_circuit::ValueError> {
                <$inner>::read_bits(reader).map(Self)
            }
        }
        impl Steps for $name {
            const NAME: &'static str = $text;
            const FORMAT: FixedFormat = FixedFormat::$name;
            fn from_steps(steps: i128) -> Self {
                Self(steps as $inner)
            }
            fn steps(self) -> i128 {
                self.0.into()
            }
        }
    )*};
}
steps! {
    F64, i128, "f64";
    F32, i64, "f32";
}

fn instructions<T: Steps>() -> Instructions {
    Instructions::must_compile(&SOURCE.replace("FLOAT", T::NAME))
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// Runs the instruction of a function on numbers of all sizes and judges all its results.
fn bounded<T: Steps, const RESULTS: usize>(name: &str, function: FixedFunction) {
    let instructions = instructions::<T>();
    let worst = Cell::new(0f64);
    proptest!(config(60), |(x in numbers(T::FORMAT), y in numbers(T::FORMAT), inside in any::<bool>())| {
        // Between zero and one, where it has values.
        let x = if inside && function == FixedFunction::Logit { x & ((1 << T::FORMAT.fraction()) - 1) } else { x };
        let inputs = &[x, y][..function.arity()];
        let results: [T; RESULTS] = if function.arity() == 2 {
            instructions.run(name, &(T::from_steps(x), T::from_steps(y)))
        } else {
            instructions.run(name, &T::from_steps(x))
        };
        for result in results {
            worst.set(worst.get().max(judge(T::FORMAT, function, inputs, result.steps())));
        }
    });
    // A test whose errors are all nothing has measured nothing.
    assert!(worst.get() > 0.0 && worst.get() <= 1.0, "{name}: at most {} of the bound", worst.get());
}

macro_rules! bounds {
    ($($test:ident: $name:literal, $function:ident, $results:literal;)*) => {$(
        #[test]
        fn $test() {
            bounded::<F64, $results>($name, FixedFunction::$function);
            bounded::<F32, $results>($name, FixedFunction::$function);
        }
    )*};
}

bounds! {
    products: "mul", Mul, 1;
    quotients: "div", Div, 1;
    square_roots: "sqrt", Sqrt, 1;
    powers_of_e: "exp", Exp, 1;
    powers_of_two: "exp2", Exp2, 1;
    natural_logarithms: "ln", Ln, 1;
    binary_logarithms: "log2", Log2, 1;
    sigmoids: "sigmoids", Sigmoid, 3;
    logits: "logits", Logit, 2;
}

fn wrap(format: FixedFormat, steps: i128) -> i128 {
    let unused = 128 - format.width();
    steps << unused >> unused
}

/// Sums, differences, negation, comparisons, extremes: exact, and they wrap.
fn sums_are_exact<T: Steps>() {
    let instructions = instructions::<T>();
    proptest!(config(100), |(x in numbers(T::FORMAT), y in numbers(T::FORMAT))| {
        let (sums, comparisons): ([T; 7], [bool; 6]) =
            instructions.run("sums", &(T::from_steps(x), T::from_steps(y)));
        let wrapped = |steps| wrap(T::FORMAT, steps);
        let expected = [
            wrapped(x.wrapping_add(y)), wrapped(x.wrapping_sub(y)), wrapped(x.wrapping_neg()),
            wrapped(x.wrapping_abs()), x.min(y), x.max(y), y,
        ];
        prop_assert_eq!(sums.map(T::steps), expected);
        prop_assert_eq!(comparisons, [x < y, x <= y, x > y, x >= y, x == y, x != y]);
    });
}

/// To integers: towards zero, and the nearest that there is.
fn casts_saturate<T: Steps>() {
    let instructions = instructions::<T>();
    proptest!(config(100), |(x in numbers(T::FORMAT), n in any::<i64>())| {
        let (wide, unsigned, narrow, byte, back): (i128, u128, i16, u8, T) =
            instructions.run("casts", &(T::from_steps(x), n));
        let whole = x / (1 << T::FORMAT.fraction());
        prop_assert_eq!(wide, whole);
        prop_assert_eq!(unsigned, whole.max(0) as u128);
        prop_assert_eq!(narrow, whole.clamp(i16::MIN.into(), i16::MAX.into()) as i16);
        prop_assert_eq!(byte, whole.clamp(0, 255) as u8);
        prop_assert_eq!(back.steps(), i128::from(n >> 26) << T::FORMAT.fraction());
    });
}

/// What is known when compiling is computed by the compiler, within the same bounds.
fn constants_are_bounded<T: Steps>() {
    let results: [T; 9] = instructions::<T>().run("constants", &());
    let one = 1i128 << T::FORMAT.fraction();
    let x = one / 16 * 5;
    let functions = [
        FixedFunction::Sqrt,
        FixedFunction::Exp,
        FixedFunction::Exp2,
        FixedFunction::Ln,
        FixedFunction::Log2,
        FixedFunction::Sigmoid,
        FixedFunction::Logit,
    ];
    judge(T::FORMAT, FixedFunction::Div, &[x, 3 * one], results[0].steps());
    for (function, result) in functions.into_iter().zip(&results[1..]) {
        judge(T::FORMAT, function, &[x], result.steps());
    }
    judge(T::FORMAT, FixedFunction::Mul, &[x, x], results[8].steps());
}

#[test]
fn what_is_exact() {
    sums_are_exact::<F64>();
    sums_are_exact::<F32>();
    casts_saturate::<F64>();
    casts_saturate::<F32>();
    constants_are_bounded::<F64>();
    constants_are_bounded::<F32>();
}
