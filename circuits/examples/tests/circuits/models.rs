use arcis::Mxe;
use circuit_examples::models::circuits::{
    HIDDEN, Matrix, Network, classify, estimate_rent, fit_line, multiply, score,
};
use proptest::prelude::*;

use crate::support::{Circuits, check};
use crate::{me, runner};

fn close(a: f64, b: f64, bound: f64) {
    assert!((a - b).abs() <= bound, "{a} and {b} differ by more than {bound}");
}

#[test]
fn models_are_close_to_floats() {
    let circuits = Circuits::of("models.rs");
    let feature = || -20.0..20.0f64;
    let point = || (feature(), feature());
    let points = [point(), point(), point(), point(), point(), point(), point(), point()];
    runner(20)
        .run(&([feature(), feature(), feature(), feature()], points), |(features, points)| {
            let (chance, enough): (f64, bool) = circuits.run("score", &features, 0);
            let (native, native_enough) = score(me().from_arcis(features)).to_arcis();
            close(chance, native, 1e-10);
            assert!(enough == native_enough || (native - 0.5).abs() < 1e-10);
            let flat = [features[0], features[1], features[2]];
            close(
                circuits.run("estimate_rent", &flat, 0),
                estimate_rent(me().from_arcis(flat)).to_arcis(),
                1e-9,
            );
            let (slope, intercept): (f64, f64) = circuits.run("fit_line", &points, 0);
            let native = fit_line(me().from_arcis(points)).to_arcis();
            close(slope, native.0, 1e-9);
            close(intercept, native.1, 1e-8);
            Ok(())
        })
        .unwrap();
}

#[test]
fn a_line_is_found_again() {
    let points = [-3.0, -1.5, 0.0, 0.25, 1.0, 2.0, 4.0, 8.0].map(|x| (x, 2.5 * x - 7.0));
    let (slope, intercept): (f64, f64) = Circuits::of("models.rs").run("fit_line", &points, 0);
    close(slope, 2.5, 1e-12);
    close(intercept, -7.0, 1e-12);
}

#[test]
fn matrices_and_networks_are_exact() {
    let circuits = Circuits::of("models.rs");
    let rows = (any::<[[i8; 8]; HIDDEN]>(), any::<[[i8; HIDDEN]; 3]>());
    runner(40)
        .run(
            &(any::<[i16; 8]>(), rows, any::<[[i16; 3]; 3]>(), any::<[[i16; 3]; 3]>()),
            |(inputs, rows, a, b)| {
                let network = Network { hidden: Matrix { rows: rows.0 }, output: Matrix { rows: rows.1 } };
                let class = classify(me().from_arcis(inputs), Mxe::get().from_arcis(network)).to_arcis();
                check(&circuits, "classify", &(inputs, network), &class)?;
                let product = multiply(me().from_arcis(a), me().from_arcis(b)).to_arcis();
                let entry = |i: usize, j: usize| {
                    (0..3).fold(0i32, |sum, k| sum.wrapping_add(i32::from(a[i][k]) * i32::from(b[k][j])))
                };
                prop_assert_eq!(product[2][1], entry(2, 1));
                check(&circuits, "multiply", &(a, b), &product)
            },
        )
        .unwrap();
}
