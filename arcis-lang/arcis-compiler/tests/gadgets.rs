//! The gadgets of `arcis`, three ways: native run, reference evaluator, gates in both shapes.

#![allow(missing_docs)]

mod support;

use arcis::{ArcisX25519Pubkey, Shared};
use arcis_circuit::gates::{Shape, cost, lower};
use proptest::collection::vec;
use proptest::prelude::*;
use support::{Edge, Instructions, check};

circuit_module! {
    mod circuits {
        use arcis::*;

        #[derive(Clone, Copy, Debug, PartialEq, Default)]
        pub struct Entry {
            pub score: i16,
            pub name: u8,
        }

        #[instruction]
        pub fn top_k(x: Enc<Shared, [u32; 16]>) -> Enc<Shared, [u32; 3]> {
            let a = x.to_arcis();
            x.owner.from_arcis(gadgets::top_k(&a))
        }

        #[instruction]
        pub fn median(x: Enc<Shared, [u32; 16]>) -> Enc<Shared, u32> {
            let a = x.to_arcis();
            x.owner.from_arcis(gadgets::median(&a))
        }

        #[instruction]
        pub fn small(x: Enc<Shared, [i8; 3]>) -> Enc<Shared, (i8, i8, [i8; 1], [i8; 3])> {
            let a = x.to_arcis();
            x.owner.from_arcis((gadgets::median(&a), gadgets::median(&a[1..]), gadgets::top_k(&a), gadgets::top_k::<3, _>(&a)))
        }

        #[instruction]
        pub fn histogram(x: Enc<Shared, [u8; 16]>) -> Enc<Shared, [u64; 8]> {
            let a = x.to_arcis();
            let places: [usize; 16] = std::array::from_fn(|i| a[i] as usize);
            x.owner.from_arcis(gadgets::histogram(&places))
        }

        #[instruction]
        pub fn lookup(x: Enc<Shared, ([u32; 16], u8)>) -> Enc<Shared, u32> {
            let (a, place) = x.to_arcis();
            x.owner.from_arcis(gadgets::lookup(&a, place as usize))
        }

        #[instruction]
        pub fn dot(x: Enc<Shared, ([u32; 16], [u32; 16])>) -> Enc<Shared, u32> {
            let (a, b) = x.to_arcis();
            x.owner.from_arcis(gadgets::dot(&a, &b))
        }

        #[instruction]
        pub fn matrix_vector(x: Enc<Shared, ([[u32; 16]; 4], [u32; 16])>) -> Enc<Shared, [u32; 4]> {
            let (matrix, vector) = x.to_arcis();
            x.owner.from_arcis(gadgets::matrix_vector(&matrix, &vector))
        }

        #[instruction]
        pub fn mean(x: Enc<Shared, [f64; 16]>) -> Enc<Shared, f64> {
            let a = x.to_arcis();
            x.owner.from_arcis(gadgets::mean(&a))
        }

        #[instruction]
        pub fn variance(x: Enc<Shared, [f64; 16]>) -> Enc<Shared, f64> {
            let a = x.to_arcis();
            x.owner.from_arcis(gadgets::variance(&a))
        }

        #[instruction]
        pub fn standard_deviation(x: Enc<Shared, [f64; 16]>) -> Enc<Shared, f64> {
            let a = x.to_arcis();
            x.owner.from_arcis(gadgets::standard_deviation(&a))
        }

        #[instruction]
        pub fn floats(x: Enc<Shared, ([f64; 3], [f64; 3])>) -> Enc<Shared, (f64, f64)> {
            let (a, b) = x.to_arcis();
            x.owner.from_arcis((gadgets::covariance(&a, &b), gadgets::dot(&a, &b)))
        }

        #[instruction]
        pub fn sort_with_payload(x: Enc<Shared, [Entry; 7]>) -> Enc<Shared, [Entry; 7]> {
            let mut a = x.to_arcis();
            a.sort_by_key(|entry| entry.score);
            x.owner.from_arcis(a)
        }

        #[instruction]
        pub fn hashes(x: Enc<Shared, [u8; 9]>) -> Enc<Shared, ([u8; 32], [u8; 32], [u8; 64], [u8; 32], [u8; 64], [u8; 32])> {
            let a = x.to_arcis();
            x.owner.from_arcis((
                SHA256::new().digest(&a),
                SHA3_256::new().digest(&a),
                SHA512::new().digest(&a),
                Keccak256::new().digest(&a),
                SHA3_512::new().digest(&a),
                TurboShake128::new().digest(&a),
            ))
        }
    }
}

fn me() -> Shared {
    Shared::new(ArcisX25519Pubkey::from_bytes([1; 32]))
}

fn instructions() -> &'static Instructions {
    static COMPILED: std::sync::OnceLock<Instructions> = std::sync::OnceLock::new();
    COMPILED.get_or_init(|| Instructions::must_compile(SOURCE))
}

fn array<T: Copy + Default, const N: usize>(values: Vec<T>) -> [T; N] {
    values.try_into().unwrap_or([T::default(); N])
}

/// The table in the docs of `arcis::gadgets`: ANDs of the small shape, rounds of the fast one.
#[test]
fn costs_are_those_of_the_docs() {
    let docs = include_str!("../../arcis/src/gadgets.rs");
    let mut wrong = Vec::new();
    for name in [
        "top_k",
        "median",
        "histogram",
        "lookup",
        "dot",
        "matrix_vector",
        "mean",
        "variance",
        "standard_deviation",
    ] {
        let circuit = &instructions().must_find(name).compiled.artifact.circuit;
        let [small, fast] =
            [Shape::Small, Shape::Fast].map(|shape| cost(&lower(circuit, shape).expect("it can be lowered")));
        let costs = format!("| {} | {} |", small.ands, fast.and_rounds);
        let line = docs.lines().find(|line| line.starts_with(&format!("//! | [`{name}`]")));
        if !line.is_some_and(|line| line.ends_with(&costs)) {
            wrong.push(format!("{name} takes {costs}, the docs say {line:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn selection(a in vec(prop_oneof![u32::edges(), 0..4u32], 16), b in any::<[i8; 3]>()) {
        let a: [u32; 16] = array(a);
        check(instructions(), "top_k", &a, &circuits::top_k(me().from_arcis(a)).to_arcis())?;
        check(instructions(), "median", &a, &circuits::median(me().from_arcis(a)).to_arcis())?;
        check(instructions(), "small", &b, &circuits::small(me().from_arcis(b)).to_arcis())?;
    }

    #[test]
    fn tables(a in vec(0..10u8, 16), b in vec(u32::edges(), 16), place in prop_oneof![0..18u8, any::<u8>()]) {
        let (a, b): ([u8; 16], [u32; 16]) = (array(a), array(b));
        check(instructions(), "histogram", &a, &circuits::histogram(me().from_arcis(a)).to_arcis())?;
        check(instructions(), "lookup", &(b, place), &circuits::lookup(me().from_arcis((b, place))).to_arcis())?;
    }

    #[test]
    fn products(a in vec(u32::edges(), 16), m in vec(vec(u32::edges(), 16), 4)) {
        let a: [u32; 16] = array(a);
        let mut rows = [[0; 16]; 4];
        rows.iter_mut().zip(m).for_each(|(row, values)| *row = array(values));
        check(instructions(), "dot", &(a, rows[0]), &circuits::dot(me().from_arcis((a, rows[0]))).to_arcis())?;
        let native = circuits::matrix_vector(me().from_arcis((rows, a))).to_arcis();
        check(instructions(), "matrix_vector", &(rows, a), &native)?;
    }

    #[test]
    fn statistics(a in vec(-1e4..1e4, 16), b in vec(-1e3..1e3, 3), c in vec(-1e3..1e3, 3)) {
        let a: [f64; 16] = array(a);
        let (b, c): ([f64; 3], [f64; 3]) = (array(b), array(c));
        let close = |circuit: f64, native: f64| (circuit - native).abs() <= 1e-9 * native.abs().max(1.0);
        let mean: f64 = instructions().run("mean", &a);
        prop_assert!(close(mean, circuits::mean(me().from_arcis(a)).to_arcis()));
        let variance: f64 = instructions().run("variance", &a);
        prop_assert!(close(variance, circuits::variance(me().from_arcis(a)).to_arcis()));
        let deviation: f64 = instructions().run("standard_deviation", &a);
        prop_assert!(close(deviation, circuits::standard_deviation(me().from_arcis(a)).to_arcis()));
        let both: (f64, f64) = instructions().run("floats", &(b, c));
        let native = circuits::floats(me().from_arcis((b, c))).to_arcis();
        prop_assert!(close(both.0, native.0) && close(both.1, native.1));
    }

    #[test]
    fn sort_with_payload(a in vec((-3..3i16, any::<u8>()), 7)) {
        let entries = a.into_iter().map(|(score, name)| circuits::Entry { score, name }).collect();
        let a: [circuits::Entry; 7] = array(entries);
        check(instructions(), "sort_with_payload", &a, &circuits::sort_with_payload(me().from_arcis(a)).to_arcis())?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    #[test]
    fn hashes(a in any::<[u8; 9]>()) {
        check(instructions(), "hashes", &a, &circuits::hashes(me().from_arcis(a)).to_arcis())?;
    }
}
