//! The logistic function and models: natively in floats, in circuits in fixed point, within a bound.

use crate::support::Instructions;
use crate::{me, runner};

crate::circuit_module! {
    mod circuits {
        use arcis::*;

        const WEIGHTS: [f64; 3] = [0.5, -1.25, 2.0];

        #[instruction]
        pub fn models(input: Enc<Shared, [f64; 3]>) -> Enc<Shared, ([f64; 4], bool)> {
            let features = input.to_arcis();
            let logistic = LogisticRegression::new(&WEIGHTS, 0.1);
            let linear = LinearRegression::new(WEIGHTS, -3.0);
            input.owner.from_arcis((
                [linear.predict(&features), logistic.predict_proba(&features), logistic.decision_function(features), linear.predict(&features[..])],
                logistic.predict(&features),
            ))
        }

        #[instruction]
        pub fn functions(input: Enc<Shared, (f64, f64)>) -> Enc<Shared, [f64; 4]> {
            let (x, p) = input.to_arcis();
            input.owner.from_arcis([ArcisMath::sigmoid(x), expit(x), ArcisMath::logit(p), logit(sigmoid(x))])
        }
    }
}

fn close(a: f64, b: f64, bound: f64) {
    assert!((a - b).abs() <= bound, "{a} and {b} differ by more than {bound}");
}

#[test]
fn models_are_close() {
    let instructions = Instructions::must_compile(SOURCE);
    let feature = || -100.0..100.0f64;
    runner(40)
        .run(&[feature(), feature(), feature()], |features| {
            let (numbers, class): ([f64; 4], bool) = instructions.run("models", &features);
            let (native, native_class) = circuits::models(me().from_arcis(features)).to_arcis();
            for (a, b) in numbers.into_iter().zip(native) {
                close(a, b, 1e-10);
            }
            assert!(class == native_class || native[2].abs() < 1e-10);
            Ok(())
        })
        .unwrap();
}

#[test]
fn functions_are_close() {
    let instructions = Instructions::must_compile(SOURCE);
    runner(40)
        .run(&(-8.0..8.0f64, 0.01..0.99f64), |argument| {
            let numbers: [f64; 4] = instructions.run("functions", &argument);
            let native = circuits::functions(me().from_arcis(argument)).to_arcis();
            for (a, b) in numbers.into_iter().zip(native) {
                close(a, b, 1e-8);
            }
            Ok(())
        })
        .unwrap();
}
