//! Verification of Ed25519 signatures on the reference evaluator, against the standard's vectors and another implementation.

#[path = "common/by_function.rs"]
mod by_function;
mod common;

use arcis_circuit::gates::Shape;
use arcis_circuit::library::{Gadget, Known, Library};
use arcis_circuit::{Artifact, Bits, Circuit, Function, Interface, Op, Visibility, evaluate};
use by_function::bound;
use common::secret;
use curve25519_dalek::constants::EIGHT_TORSION;
use curve25519_dalek::{EdwardsPoint, Scalar};
use ed25519_dalek::{Signer, SigningKey, Verifier as _};
use num_bigint::BigUint;
use sha2::{Digest, Sha512};

/// RFC 8032, section 7.1: public key, message, signature.
const RFC_8032: [(&str, &str, &str); 3] = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155\
         5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da\
         085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
         18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
];

/// A y of a point of order 8.
const ORDER_8: &str = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";

fn bytes(text: &str) -> Vec<u8> {
    hex::decode(text).expect("hexadecimal")
}

fn word(bytes: &[u8]) -> Bits {
    Bits::from_bytes(bytes, 8 * bytes.len()).expect("whole bytes")
}

/// A circuit that verifies a signature of a message of so many bytes.
struct Verifier {
    known: Known,
    circuit: Circuit,
}

impl Verifier {
    fn all(bytes: u32) -> [Self; 3] {
        [Known::Nothing, Known::Key, Known::Everything].map(|known| Self::new(known, bytes))
    }

    fn new(known: Known, bytes: u32) -> Self {
        let gadget = Gadget::Ed25519Verify { known, bytes };
        let mut library = Library::new();
        let function = library.require(&gadget);
        let inputs: Vec<_> = gadget.signature().inputs.iter().map(|&width| secret(width)).collect();
        let count = inputs.len() as u32;
        let mut functions = library.into_functions();
        functions.push(Function {
            name: "main".to_owned(),
            inputs,
            ops: vec![Op::Call { function, args: (0..count).collect() }],
            outputs: vec![count],
        });
        Self { known, circuit: Circuit { functions } }
    }

    fn verifies(&self, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let message = Some(word(message)).filter(|message| !message.is_empty());
        let inputs: Vec<_> = [word(key), word(signature)].into_iter().chain(message).collect();
        // A mask that is not uniform hides nothing and is as good here.
        let mut random = |width: u32| Bits::from_u128(0x1234_5678_9abc_def1, width as usize);
        !evaluate(&self.circuit, &inputs, &mut random).expect("valid")[0].is_zero()
    }
}

fn check(key: &[u8], message: &[u8], signature: &[u8], expected: bool) {
    for verifier in Verifier::all(message.len() as u32) {
        let is_valid = verifier.verifies(key, message, signature);
        assert_eq!(is_valid, expected, "{:?}: {}", verifier.known, hex::encode(signature));
    }
}

/// The order of the base point.
fn order() -> BigUint {
    (BigUint::from(1u8) << 252) + 27_742_317_777_372_353_535_851_937_790_883_648_493_u128
}

fn padded(number: &BigUint) -> [u8; 32] {
    let mut bytes = number.to_bytes_le();
    bytes.resize(32, 0);
    bytes.try_into().expect("less than 2^256")
}

#[test]
fn signatures_of_the_standard_are_accepted() {
    for (key, message, signature) in RFC_8032 {
        check(&bytes(key), &bytes(message), &bytes(signature), true);
    }
}

#[test]
fn what_is_altered_is_rejected() {
    let (key, message, signature) = RFC_8032[2];
    let (key, message, signature) = (bytes(key), bytes(message), bytes(signature));
    let flipped = |bytes: &[u8], bit: usize| {
        let mut bytes = bytes.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        bytes
    };
    for bit in [0, 100, 254, 255] {
        check(&flipped(&key, bit), &message, &signature, false);
    }
    for bit in [0, 15] {
        check(&key, &flipped(&message, bit), &signature, false);
    }
    for bit in [0, 255, 256, 400, 508, 511] {
        check(&key, &message, &flipped(&signature, bit), false);
    }
}

#[test]
fn other_writings_of_a_signature_are_rejected() {
    let (key, message, signature) = RFC_8032[1];
    let signature = bytes(signature);
    let s = BigUint::from_bytes_le(&signature[32..]);
    // s + l and s + 15 l are the same scalar.
    for times in [1u8, 14] {
        let other = [&signature[..32], &padded(&(&s + order() * times))].concat();
        check(&bytes(key), &bytes(message), &other, false);
    }
}

/// With a key or an R of small order there are signatures of every message.
#[test]
fn keys_of_small_order_are_rejected() {
    let modulus: BigUint = (BigUint::from(1u8) << 255) - 19u8;
    let order_8 = BigUint::from_bytes_le(&bytes(ORDER_8));
    let ordinates = [
        BigUint::from(0u8),
        BigUint::from(1u8),
        &modulus - 1u8,
        &modulus - &order_8,
        order_8,
        // The first two, not reduced.
        modulus.clone(),
        &modulus + 1u8,
    ];
    let verifiers = Verifier::all(1);
    // R = [0] B: right wherever h is a multiple of the order of the key.
    let mut signature = [0; 64];
    signature[0] = 1;
    let mut turn = verifiers.iter().cycle();
    for ordinate in ordinates {
        for sign in [0, 128] {
            let mut key = padded(&ordinate);
            key[31] |= sign;
            let Ok(lenient) = ed25519_dalek::VerifyingKey::from_bytes(&key) else { continue };
            let mut messages = (0..=255u8).map(|byte| [byte]);
            let signed = messages.find(|message| lenient.verify(message, &signature.into()).is_ok());
            let message = signed.expect("every eighth message is signed");
            let verifier = turn.next().expect("there are some");
            assert!(!verifier.verifies(&key, &message, &signature), "{}", hex::encode(key));
        }
    }
}

/// `h` counts modulo l where it multiplies a key that is not in the subgroup, too.
#[test]
fn keys_outside_of_the_subgroup_are_treated_as_elsewhere() {
    let verifier = Verifier::new(Known::Key, 2);
    let (mut accepted, mut rejected) = (0, 0);
    for seed in 0..24u8 {
        // A key with a point of small order added: what is signed under it holds where h is a multiple of that order.
        let wide = |purpose: &[&[u8]]| {
            let mut hash = Sha512::new();
            purpose.iter().for_each(|part| hash.update(part));
            Scalar::from_bytes_mod_order_wide(&hash.finalize().into())
        };
        let (secret, nonce, message) = (wide(&[b"secret", &[seed]]), wide(&[b"nonce", &[seed]]), [seed, 1]);
        let torsion = EIGHT_TORSION[usize::from(1 + seed % 7)];
        let key = (EdwardsPoint::mul_base(&secret) + torsion).compress().to_bytes();
        let r = EdwardsPoint::mul_base(&nonce).compress().to_bytes();
        let s = nonce + wide(&[&r, &key, &message]) * secret;
        let signature: [u8; 64] = [r, s.to_bytes()].concat().try_into().expect("64 bytes");
        let other = ed25519_dalek::VerifyingKey::from_bytes(&key).expect("a point");
        let expected = other.verify_strict(&message, &signature.into()).is_ok();
        assert_eq!(verifier.verifies(&key, &message, &signature), expected, "{seed}");
        *if expected { &mut accepted } else { &mut rejected } += 1;
    }
    assert!(accepted > 0 && rejected > 0, "{accepted} {rejected}");
}

#[test]
fn signatures_of_long_messages_are_verified() {
    let key = SigningKey::from_bytes(&[7; 32]);
    for length in [47, 48, 64, 200] {
        let message = vec![length as u8; length];
        let signature = key.sign(&message).to_bytes();
        let verifier = Verifier::new(Known::Nothing, length as u32);
        let public = key.verifying_key().to_bytes();
        assert!(verifier.verifies(&public, &message, &signature));
        let mut other = message;
        other[length - 1] ^= 1;
        assert!(!verifier.verifies(&public, &other, &signature));
    }
}

/// What `docs/language.md` says, in millions of ANDs.
#[test]
fn verification_costs_as_said() {
    use Visibility::{Public, Secret};
    for (known, inputs, millions) in [
        (Known::Nothing, [Secret; 3], 120..140),
        (Known::Key, [Public, Secret, Secret], 35..45),
        (Known::Everything, [Public; 3], 0..1),
    ] {
        let circuit = Verifier::new(known, 32).circuit;
        let bound = bound(&circuit, Shape::Small, &inputs);
        assert!(millions.contains(&(bound.ands / 1_000_000)), "{known:?}: {bound:?}");
        assert_eq!(bound.ands == 0, known == Known::Everything, "{bound:?}");
        let interface = Interface { name: "verify".to_owned(), parameters: vec![], outputs: vec![] };
        let bytes = Artifact { interface, circuit, public: None }.to_bytes().len();
        assert!(bytes < 1_000_000, "{known:?}: {bytes} bytes");
    }
}
