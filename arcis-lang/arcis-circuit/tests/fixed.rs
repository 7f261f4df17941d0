//! Fixed-point functions: their error against arithmetic on 200 places, gates against the evaluator, and their costs.

mod common;
#[path = "common/exact.rs"]
mod exact;

use arcis_circuit::gates::{Cost, cost, lower};
use arcis_circuit::library::{FixedFormat, FixedFunction, Gadget, Library};
use arcis_circuit::{Bits, Circuit, Function, Op, evaluate};
use common::{SHAPES, no_random, secret};
use exact::{greatest, judge, numbers};
use num_bigint::BigInt;
use proptest::prelude::*;

const FORMATS: [FixedFormat; 2] = [FixedFormat::F32, FixedFormat::F64];

fn circuit_of(format: FixedFormat, function: FixedFunction) -> Circuit {
    let mut library = Library::new();
    let callee = library.require(&Gadget::Fixed { format, function });
    let arity = function.arity() as u32;
    let mut functions = library.into_functions();
    functions.push(Function {
        name: "main".to_owned(),
        inputs: vec![secret(format.width()); arity as usize],
        ops: vec![Op::Call { function: callee, args: (0..arity).collect() }],
        outputs: vec![arity],
    });
    Circuit { functions }
}

/// A number of so many steps.
fn word(format: FixedFormat, steps: i128) -> Bits {
    Bits::from_u128(steps as u128, format.width() as usize)
}

fn steps(format: FixedFormat, word: &Bits) -> i128 {
    let unused = 128 - format.width();
    (word.to_u128().unwrap() << unused) as i128 >> unused
}

/// Checks one result of the evaluator; gives the error in units of the bound.
fn check(format: FixedFormat, function: FixedFunction, circuit: &Circuit, inputs: &[i128]) -> f64 {
    let words: Vec<_> = inputs.iter().map(|&steps| word(format, steps)).collect();
    let result = steps(format, &evaluate(circuit, &words, &mut no_random).unwrap()[0]);
    judge(format, function, inputs, result)
}

const FUNCTIONS: [FixedFunction; 9] = [
    FixedFunction::Mul,
    FixedFunction::Div,
    FixedFunction::Sqrt,
    FixedFunction::Exp2,
    FixedFunction::Exp,
    FixedFunction::Log2,
    FixedFunction::Ln,
    FixedFunction::Sigmoid,
    FixedFunction::Logit,
];

/// Quotients just inside and just outside the range.
#[test]
fn quotients_at_the_end_of_the_range() {
    for format in FORMATS {
        let circuit = circuit_of(format, FixedFunction::Div);
        let (width, fraction) = (format.width(), format.fraction());
        for divisor in [1i128, 3, 513, (1 << 10) - 1, (1 << fraction) - 1, 1 << fraction] {
            // The dividend whose quotient is the end of the range.
            let end = (BigInt::from(divisor) << (width - 1)) >> fraction;
            let end = i128::try_from(end).unwrap_or(i128::MAX);
            for off in -3..=3 {
                let dividend = end.saturating_add(off).min(greatest(format));
                check(format, FixedFunction::Div, &circuit, &[dividend, divisor]);
                check(format, FixedFunction::Div, &circuit, &[dividend, -divisor]);
            }
        }
    }
}

fn errors_are_bounded(function: FixedFunction) {
    for format in FORMATS {
        let circuit = circuit_of(format, function);
        let worst = std::cell::Cell::new(0f64);
        let config = ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() };
        proptest!(config, |(x in numbers(format), y in numbers(format))| {
            let inputs = &[x, y][..function.arity()];
            worst.set(worst.get().max(check(format, function, &circuit, inputs)));
            if function == FixedFunction::Logit {
                // Between zero and one.
                let inside = x & ((1 << format.fraction()) - 1);
                worst.set(worst.get().max(check(format, function, &circuit, &[inside])));
            }
        });
        println!("{format:?} {function:?}: at most {:.3} of the bound", worst.get());
    }
}

macro_rules! bounded {
    ($($test:ident: $function:ident;)*) => {$(
        #[test]
        fn $test() {
            errors_are_bounded(FixedFunction::$function);
        }
    )*};
}

bounded! {
    products: Mul;
    quotients: Div;
    square_roots: Sqrt;
    powers_of_two: Exp2;
    powers_of_e: Exp;
    binary_logarithms: Log2;
    natural_logarithms: Ln;
    sigmoids: Sigmoid;
    logits: Logit;
}

#[test]
fn gates_compute_the_same() {
    for format in FORMATS {
        for function in FUNCTIONS {
            let circuit = circuit_of(format, function);
            let programs = SHAPES.map(|shape| lower(&circuit, shape).unwrap());
            proptest!(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() }, |(x in numbers(format), y in numbers(format))| {
                let inputs: Vec<_> = [x, y][..function.arity()].iter().map(|&x| word(format, x)).collect();
                let expected = evaluate(&circuit, &inputs, &mut no_random).unwrap();
                for program in &programs {
                    prop_assert_eq!(&program.run_clear(&inputs, &mut no_random).unwrap(), &expected);
                }
            });
        }
    }
}

#[test]
fn functions_take_few_rounds() {
    for format in FORMATS {
        for function in FUNCTIONS {
            let circuit = circuit_of(format, function);
            let [small, fast]: [Cost; 2] = SHAPES.map(|shape| cost(&lower(&circuit, shape).unwrap()));
            println!(
                "{format:?} {function:?}: small {} / {}, fast {} / {}",
                small.ands, small.and_rounds, fast.ands, fast.and_rounds
            );
            let most = match function {
                FixedFunction::Mul => 20,
                FixedFunction::Div => 120,
                FixedFunction::Sqrt => 140,
                FixedFunction::Exp2 | FixedFunction::Exp => 100,
                FixedFunction::Log2 | FixedFunction::Ln | FixedFunction::Logit => 110,
                FixedFunction::Sigmoid => 180,
            };
            assert!(fast.and_rounds <= most, "{format:?} {function:?}: {}", fast.and_rounds);
            assert!(fast.ands < 6 * small.ands);
        }
    }
}
