//! `VerifyingKey::verify`. With something secret a circuit has more gates than a program may, so words alone are run; what
//! is all public runs in the clear (`circuit-examples` tests that).

use arcis::{ArcisEd25519Signature, VerifyingKey};
use arcis_circuit::gates::{LowerError, Shape, cost, lower};
use arcis_circuit::{Artifact, Bits, Value, evaluate};
use arcis_compiler::CompiledInstruction;
use ed25519_dalek::{Signer, SigningKey};

use crate::me;

crate::circuit_module! {
    mod circuits {
        use arcis::*;

        #[instruction]
        pub fn all_secret(input: Enc<Shared, (VerifyingKey, [u8; 3], ArcisEd25519Signature)>) -> Enc<Shared, bool> {
            let (key, message, signature) = input.to_arcis();
            input.owner.from_arcis(key.verify(&message, &signature))
        }

        #[instruction]
        pub fn public_key(key: VerifyingKey, input: Enc<Shared, ([u8; 3], ArcisEd25519Signature)>) -> Enc<Shared, bool> {
            let (message, signature) = input.to_arcis();
            input.owner.from_arcis(key.verify(&message, &signature))
        }

        #[instruction]
        pub fn secret_message(key: VerifyingKey, signature: ArcisEd25519Signature, message: Enc<Shared, [u8; 3]>) -> Enc<Shared, bool> {
            message.owner.from_arcis(key.verify(&message.to_arcis(), &signature))
        }

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

/// One bit, by the reference evaluator, of arguments one after another.
fn run(artifact: &Artifact, arguments: &Bits) -> bool {
    let mut offset = 0;
    let inputs = artifact.circuit.entry().expect("there is an entry").inputs.iter();
    let words: Vec<_> = inputs
        .map(|input| {
            offset += input.width as usize;
            arguments.slice(offset - input.width as usize, input.width as usize)
        })
        .collect();
    let mut any_bits = |count: u32| (0..count).map(|place| place % 3 == 0).collect();
    let outputs = evaluate(&artifact.circuit, &words, &mut any_bits).expect("the reference evaluator runs it");
    !outputs[0].is_zero()
}

fn cases() -> impl Iterator<Item = (VerifyingKey, [u8; 3], ArcisEd25519Signature, bool)> {
    [None, Some(0), Some(31), Some(32), Some(63)].into_iter().map(|altered| {
        let key = SigningKey::from_bytes(&[3; 32]);
        let mut signature = key.sign(b"abc").to_bytes();
        if let Some(byte) = altered {
            signature[byte] ^= 0x10;
        }
        let key = VerifyingKey::from_bytes(key.verifying_key().to_bytes());
        (key, *b"abc", ArcisEd25519Signature::from_bytes(signature), altered.is_none())
    })
}

#[test]
fn secrets_are_verified() {
    let names = ["all_secret", "public_key", "secret_message"];
    let [secret, public_key, secret_message] = names.map(must_compile);
    for (key, message, signature, expected) in cases() {
        let native = circuits::all_secret(me().from_arcis((key, message, signature))).to_arcis();
        assert_eq!(native, expected);
        assert_eq!(run(&secret.artifact, &(key, message, signature).to_bits()), expected);
        assert_eq!(run(&public_key.artifact, &(key, message, signature).to_bits()), expected);
        assert_eq!(run(&secret_message.artifact, &(key, signature, message).to_bits()), expected);
    }
    for compiled in [secret, public_key, secret_message] {
        assert!(compiled.bytes.len() < 50_000, "{}: {}", compiled.artifact.interface.name, compiled.bytes.len());
        // More than nodes run today, which they say.
        let lowered = lower(&compiled.artifact.circuit, Shape::Small);
        assert!(matches!(lowered, Err(LowerError::TooManyGates { .. })));
    }
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
    assert_eq!([outputs[0].is_zero(), outputs[1].is_zero()], [false, true]);
}
