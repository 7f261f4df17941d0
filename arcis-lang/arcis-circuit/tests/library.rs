//! The library's functions against plain computations, with their costs.

mod common;

use arcis_circuit::gates::{Cost, GateProgram, cost, lower};
use arcis_circuit::library::{FieldFunction, Gadget, Hash, Library, Sort};
use arcis_circuit::testing::words;
use arcis_circuit::{Bits, Circuit, Function, Op, evaluate};
use common::{SHAPES, no_random, secret};
use num_bigint::BigUint;
use proptest::collection::vec;
use proptest::prelude::*;
use sha2::Digest;

/// A circuit that is one call of a gadget.
fn circuit_of(gadget: &Gadget) -> Circuit {
    let signature = gadget.signature();
    let mut library = Library::new();
    let function = library.require(gadget);
    let inputs: Vec<_> = signature.inputs.iter().map(|&width| secret(width)).collect();
    let count = inputs.len() as u32;
    let mut functions = library.into_functions();
    functions.push(Function {
        name: "main".to_owned(),
        ops: vec![Op::Call { function, args: (0..count).collect() }],
        outputs: (count..count + signature.outputs.len() as u32).collect(),
        inputs,
    });
    Circuit { functions }
}

fn programs(circuit: &Circuit) -> [GateProgram; 2] {
    SHAPES.map(|shape| lower(circuit, shape).unwrap())
}

fn costs(gadget: &Gadget) -> [Cost; 2] {
    programs(&circuit_of(gadget)).map(|program| cost(&program))
}

/// What the evaluator and both programs give.
fn run(circuit: &Circuit, programs: &[GateProgram], inputs: &[Bits]) -> Vec<Bits> {
    let expected = evaluate(circuit, inputs, &mut no_random).unwrap();
    for program in programs {
        assert_eq!(program.run_clear(inputs, &mut no_random).unwrap(), expected);
    }
    expected
}

/// Sorts as the standard library does: keys in order, payloads with them.
fn check_sort(sort: &Sort, keys: &[Bits], payloads: &[Bits]) {
    let circuit = circuit_of(&Gadget::Sort(sort.clone()));
    let inputs = [keys, payloads].concat();
    let sorted = run(&circuit, &programs(&circuit), &inputs);
    let value = |key: &Bits| {
        let value = key.to_u128().unwrap();
        let top = key.len() - 1;
        if sort.signed { (value ^ 1 << top) as i128 } else { value as i128 }
    };
    let mut order: Vec<usize> = (0..keys.len()).collect();
    if sort.descending {
        order.sort_by_key(|&index| std::cmp::Reverse(value(&keys[index])));
    } else {
        order.sort_by_key(|&index| value(&keys[index]));
    }
    let mut expected: Vec<_> = order.iter().map(|&index| keys[index].clone()).collect();
    expected.extend(order.iter().filter_map(|&index| payloads.get(index).cloned()));
    assert_eq!(sorted, expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn words_are_sorted_stably(
        records in vec((words(5), words(9)), 1..40),
        signed: bool,
        descending: bool,
        with_payload: bool,
    ) {
        let (keys, payloads): (Vec<_>, Vec<_>) = records.into_iter().unzip();
        let payload = if with_payload { 9 } else { 0 };
        let sort = Sort { count: keys.len() as u32, key: 5, payload, signed, descending };
        check_sort(&sort, &keys, if with_payload { &payloads } else { &[] });
    }
}

/// A network that sorts all words of zeros and ones sorts everything (Knuth, 5.3.4, theorem Z).
#[test]
fn networks_sort_all_zeros_and_ones() {
    for count in 0..=12 {
        let network = arcis_circuit::library::sort::network(count);
        for word in 0..1u32 << count {
            let mut bits: Vec<_> = (0..count).map(|place| word >> place & 1).collect();
            for &(low, high) in &network {
                if bits[low] > bits[high] {
                    bits.swap(low, high);
                }
            }
            assert!(bits.is_sorted(), "{word:b} of {count}");
        }
    }
}

#[test]
fn sorting_32_words_costs_as_said() {
    let sort = Sort { count: 32, key: 32, payload: 0, signed: false, descending: false };
    let [small, fast] = costs(&Gadget::Sort(sort));
    assert_eq!((small.ands, fast.and_rounds), (191 * 64, 15 * 7));
    assert!(fast.ands < 6 * small.ands);
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|byte| u8::from_str_radix(&text[2 * byte..2 * byte + 2], 16).unwrap()).collect()
}

fn digest(hash: Hash, message: &[u8]) -> Vec<u8> {
    let circuit = circuit_of(&Gadget::Hash { hash, bytes: message.len() as u32 });
    let input = Bits::from_bytes(message, 8 * message.len()).unwrap();
    let inputs: Vec<_> = Some(input).filter(|input| !input.is_empty()).into_iter().collect();
    run(&circuit, &programs(&circuit), &inputs)[0].to_bytes()
}

/// Examples of NIST's "Secure Hash Standard" and "SHA-3 Standard" collections ("abc", the empty message, the 448- and
/// 896-bit messages), of the Keccak team, and of RFC 9861, section 5.
#[test]
fn digests_of_the_standards() {
    let two_blocks = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    let long = b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu";
    for (hash, message, expected) in [
        (Hash::Sha256, &b"abc"[..], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (Hash::Sha256, b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        (Hash::Sha256, two_blocks, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"),
        (
            Hash::Sha512,
            b"abc",
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
        ),
        (
            Hash::Sha512,
            long,
            "8e959b75dae313da8cf4f72814fc143f8f7779c6eb9f7fa17299aeadb6889018501d289e4900f7e4331b99dec4b5433ac7d329eeb6dd26545e96e55b874be909",
        ),
        (Hash::Sha3_256, b"abc", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"),
        (Hash::Sha3_256, b"", "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"),
        (
            Hash::Sha3_512,
            b"abc",
            "b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
        ),
        (Hash::Keccak256, b"", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
        (Hash::TurboShake128, b"", "1e415f1c5983aff2169217277d17bb538cd945a397ddec541f1ce41af2c1b74c"),
    ] {
        assert_eq!(digest(hash, message), hex(expected), "{hash:?}");
    }
}

#[test]
fn digests_of_all_lengths_about_a_block() {
    let message: Vec<u8> = (0..=255).cycle().take(300).collect();
    let lengths = |rate: usize| [1, rate / 2, rate - 9, rate - 1, rate, rate + 1, 2 * rate - 1];
    let check = |hash, rate: usize, expected: fn(&[u8]) -> Vec<u8>| {
        for length in lengths(rate) {
            let circuit = circuit_of(&Gadget::Hash { hash, bytes: length as u32 });
            let input = Bits::from_bytes(&message[..length], 8 * length).unwrap();
            let digest = evaluate(&circuit, &[input], &mut no_random).unwrap()[0].to_bytes();
            assert_eq!(digest, expected(&message[..length]), "{hash:?} of {length} bytes");
        }
    };
    use sha3::digest::{ExtendableOutput, Update};
    check(Hash::Sha256, 64, |message| sha2::Sha256::digest(message).to_vec());
    check(Hash::Sha512, 128, |message| sha2::Sha512::digest(message).to_vec());
    check(Hash::Sha3_256, 136, |message| {
        sha3::Digest::finalize(sha3::Sha3_256::default().chain(message)).to_vec()
    });
    check(Hash::Sha3_512, 72, |message| {
        sha3::Digest::finalize(sha3::Sha3_512::default().chain(message)).to_vec()
    });
    check(Hash::Keccak256, 136, |message| {
        sha3::Digest::finalize(sha3::Keccak256::default().chain(message)).to_vec()
    });
    check(Hash::TurboShake128, 148, |message| {
        let core = sha3::TurboShake128Core::new(0x1f);
        let mut digest = vec![0; 32];
        sha3::TurboShake128::from_core(core).chain(message).finalize_xof_into(&mut digest);
        digest
    });
}

#[test]
fn hashing_costs_as_said() {
    let of = |hash, bytes| costs(&Gadget::Hash { hash, bytes });
    let [small, fast] = of(Hash::Sha3_256, 32);
    assert_eq!((small.ands, small.and_rounds), (37_056, 24));
    assert_eq!((fast.ands, fast.and_rounds), (small.ands, 24));
    let [small, _] = of(Hash::TurboShake128, 32);
    assert!(small.ands <= 19_200 && small.and_rounds == 12);
    let [small, fast] = of(Hash::Sha256, 32);
    assert!(small.ands < 25_000 && fast.and_rounds < 600, "{small:?} {fast:?}");
}

fn modulus() -> BigUint {
    (BigUint::from(1u8) << 255) - 19u8
}

fn element(value: &BigUint) -> Bits {
    let mut bytes = value.to_bytes_le();
    bytes.resize(32, 0);
    Bits::from_bytes(&bytes, 256).unwrap()
}

#[test]
fn field_elements_are_computed_with() {
    let p = modulus();
    let small = (0u8..20).map(BigUint::from);
    let edges: Vec<_> = small.clone().chain(small.map(|off| &p - 1u8 - off)).collect();
    let functions = [FieldFunction::Add, FieldFunction::Sub, FieldFunction::Mul, FieldFunction::Square];
    let circuits = functions.map(|function| {
        let circuit = circuit_of(&Gadget::Field25519(function));
        let programs = programs(&circuit);
        (circuit, programs)
    });
    let check = |a: &BigUint, b: &BigUint, with_gates: bool| {
        let expected = [(a + b) % &p, (a + &p - b) % &p, a * b % &p, a * a % &p];
        for ((circuit, programs), expected) in circuits.iter().zip(expected) {
            let programs = if with_gates { &programs[..] } else { &[] };
            let inputs = &[element(a), element(b)][..circuit.functions.last().unwrap().inputs.len()];
            assert_eq!(run(circuit, programs, inputs), [element(&expected)], "{a} {b}");
        }
    };
    for a in &edges {
        for b in &edges {
            check(a, b, false);
        }
    }
    let config = ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(a: [u8; 32], b: [u8; 32])| {
        check(&(BigUint::from_bytes_le(&a) % &p), &(BigUint::from_bytes_le(&b) % &p), true);
    });
    let cost = |function| costs(&Gadget::Field25519(function));
    let [small, fast] = cost(FieldFunction::Mul);
    assert!(small.ands < 51_000 && fast.and_rounds <= 50, "{small:?} {fast:?}");
    let [small, fast] = cost(FieldFunction::Square);
    assert!(small.ands < 32_500 && fast.and_rounds <= 50, "{small:?} {fast:?}");
}

#[test]
fn field_elements_are_inverted() {
    let p = modulus();
    let inverse = |a: &BigUint| element(&a.modpow(&(&p - 2u8), &p));
    let [secret, public] = [FieldFunction::Inverse, FieldFunction::PublicInverse].map(|function| {
        let circuit = circuit_of(&Gadget::Field25519(function));
        let programs = programs(&circuit);
        (circuit, programs)
    });
    let check = |a: &BigUint, mask: &Bits, with_gates: bool| {
        let (circuit, programs) = &public;
        assert_eq!(run(circuit, if with_gates { programs } else { &[] }, &[element(a)]), [inverse(a)], "{a}");
        let (circuit, programs) = &secret;
        let mut random = |_: u32| mask.clone();
        assert_eq!(evaluate(circuit, &[element(a)], &mut random).unwrap(), [inverse(a)], "{a}");
        for program in programs.iter().filter(|_| with_gates) {
            assert_eq!(program.run_clear(&[element(a)], &mut random).unwrap(), [inverse(a)], "{a}");
        }
    };
    let small = (0u8..20).map(BigUint::from);
    for a in small.clone().chain(small.map(|off| &p - 1u8 - off)) {
        check(&a, &Bits::from_u64(3, 255), a.bits() < 2);
    }
    let config = ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(a: [u8; 32], mask in words(255))| {
        prop_assume!(!mask.is_zero());
        check(&(BigUint::from_bytes_le(&a) % &p), &mask, true);
    });
    let [small, fast] = costs(&Gadget::Field25519(FieldFunction::Inverse));
    assert!(small.ands < 75_000 && fast.and_rounds + fast.reveal_rounds <= 110, "{small:?} {fast:?}");
    // Zero or not, what is revealed is the product of something other than zero with the mask.
    assert_eq!((small.reveals, small.random_bits), (255, 255));
    let [small, fast] = costs(&Gadget::Field25519(FieldFunction::PublicInverse));
    assert!(small.reveals == 0 && fast.reveals == 0);
}
