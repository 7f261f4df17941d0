//! Numbers with a point: circuits agree with native runs within the precision of fixed-point numbers.

#![allow(missing_docs)]

mod support;

use arcis::{ArcisX25519Pubkey, Shared};
use proptest::prelude::*;
use support::Instructions;

circuit_module! {
    mod circuits {
        use arcis::*;

        #[instruction]
        pub fn arithmetic(a: Enc<Shared, (f64, f64)>) -> Enc<Shared, [f64; 9]> {
            let (x, y) = a.to_arcis();
            let mut z = x + y;
            z *= 0.5;
            a.owner.from_arcis([x + y, x - y, x * y, x / (y.abs() + 1.0), -x, x.min(y), x.max(y), z, [x, y, 1.5].iter().sum()])
        }

        #[instruction]
        pub fn functions(a: Enc<Shared, f64>) -> Enc<Shared, [f64; 5]> {
            let x = a.to_arcis();
            a.owner.from_arcis([x.sqrt(), (-x).exp(), (x + 0.125).ln(), (x + 0.125).log2(), (-x).exp2()])
        }

        #[instruction]
        pub fn casts(a: Enc<Shared, (f64, i32)>) -> Enc<Shared, (i64, u8, i16, bool, f64)> {
            let (x, n) = a.to_arcis();
            a.owner.from_arcis((x as i64, x as u8, x as i16, x < n as f64, n as f64))
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

/// Close to each other, for their size.
fn close(circuit: &[f64], native: &[f64]) -> Result<(), TestCaseError> {
    for (circuit, native) in circuit.iter().zip(native) {
        let bound = 1e-10 * native.abs().max(1.0);
        prop_assert!((circuit - native).abs() <= bound, "{circuit} and {native}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn arithmetic(x in -1e6..1e6, y in -1e3..1e3) {
        let circuit: [f64; 9] = instructions().run("arithmetic", &(x, y));
        close(&circuit, &circuits::arithmetic(me().from_arcis((x, y))).to_arcis())?;
    }

    #[test]
    fn functions(x in 0.0..20.0) {
        let circuit: [f64; 5] = instructions().run("functions", &x);
        close(&circuit, &circuits::functions(me().from_arcis(x)).to_arcis())?;
    }

    #[test]
    fn casts(x in prop_oneof![-400.0..400.0, -1e6..1e6], n in any::<i32>()) {
        let circuit: (i64, u8, i16, bool, f64) = instructions().run("casts", &(x, n));
        prop_assert_eq!(circuit, circuits::casts(me().from_arcis((x, n))).to_arcis());
    }
}
