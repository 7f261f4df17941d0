//! `VerifyingKey::verify`. What runs in the clear is tested where there is a sandbox, in `circuit-examples`.

use arcis_circuit::gates::{Shape, cost, lower};
use arcis_circuit::{Bits, evaluate};
use arcis_compiler::CompiledInstruction;

use crate::me;

crate::circuit_module! {
    mod circuits {
        use arcis::*;

        #[instruction]
        pub fn all_public(key: VerifyingKey, message: [u8; 3], signature: ArcisEd25519Signature, condition: Enc<Shared, bool>) -> Enc<Shared, bool> {
            let mut valid = false;
            if condition.to_arcis() {
                valid = key.verify(&message, &signature);
            }
            condition.owner.from_arcis(valid)
        }

        const KEY: VerifyingKey = VerifyingKey::from_bytes([
            61, 64, 23, 195, 232, 67, 137, 90, 146, 183, 10, 167, 77, 27, 126, 188, 156, 152, 44, 207, 46, 196, 150, 140, 192, 205, 85, 241, 42, 244, 102, 12,
        ]);

        #[instruction]
        pub fn constants(owner: Shared) -> (Enc<Shared, bool>, bool) {
            let mut bytes = [
                146, 160, 9, 169, 240, 212, 202, 184, 114, 14, 130, 11, 95, 100, 37, 64, 162, 178, 123, 84, 22, 80, 63, 143, 179, 118, 34, 35, 235, 219, 105, 218,
                8, 90, 193, 228, 62, 21, 153, 110, 69, 143, 54, 19, 208, 241, 29, 140, 56, 123, 46, 174, 180, 48, 42, 238, 176, 13, 41, 22, 18, 187, 12, 0,
            ];
            let valid = KEY.verify(&[0x72], &ArcisEd25519Signature::from_bytes(bytes));
            bytes[40] ^= 1;
            (owner.from_arcis(valid), KEY.verify(&[0x72], &ArcisEd25519Signature::from_bytes(bytes)))
        }
    }
}

fn must_compile(name: &str) -> CompiledInstruction {
    let all = arcis_compiler::compile_source("test.rs", SOURCE).expect("the source is good");
    all.into_iter().find(|it| it.artifact.interface.name == name).expect("there is this instruction")
}

#[test]
fn what_is_public_is_verified_before_the_circuit() {
    let compiled = must_compile("all_public");
    let public = compiled.artifact.public.as_ref().expect("there is public code");
    assert_eq!((public.prepare.len(), public.finish.is_none()), (1, true));
    // The condition, and nothing else.
    let cost = cost(&lower(&compiled.artifact.circuit, Shape::Small).expect("it can be lowered"));
    assert_eq!(cost.ands, 0, "{cost:?}");
    assert!(compiled.bytes.len() < 50_000, "{}", compiled.bytes.len());
}

#[test]
fn constants_are_verified_when_compiling() {
    let compiled = must_compile("constants");
    assert!(compiled.artifact.public.is_none());
    assert!(compiled.bytes.len() < 200, "{}", compiled.bytes.len());
    let outputs = evaluate(&compiled.artifact.circuit, &[], &mut |_| Bits::new()).expect("it runs");
    let (valid, altered) = circuits::constants(me());
    assert_eq!([outputs[0].is_zero(), outputs[1].is_zero()], [!valid.to_arcis(), !altered]);
    assert!(!outputs[0].is_zero());
}
