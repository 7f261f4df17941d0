//! Three parties compute what the reference evaluator computes, in the rounds and bytes they should.

mod support;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use arcis_circuit::gates::{Shape, Target, cost, lower};
use arcis_circuit::testing::{Limits, bit_stream, cases};
use arcis_circuit::{Bits, Circuit, Function, Input, Op, Visibility, evaluate};
use mpc::memory::mesh;
use mpc::protocol::Protocol;
use mpc::{Channel, PhaseKind};
use proptest::prelude::*;
use support::{must_run, share, start, to_bits};

fn secret(width: u32) -> Input {
    Input { width, visibility: Visibility::Secret }
}

fn circuit(inputs: Vec<Input>, ops: Vec<Op>, outputs: Vec<u32>) -> Circuit {
    Circuit { functions: vec![Function { name: "main".into(), inputs, ops, outputs }] }
}

/// The random bits that parties with these seeds draw first.
fn random_bits(count: usize, seed: u64) -> Bits {
    let opened = must_run(|index, channel| async move {
        let mut party = start(index, channel, seed).await?;
        let shares = party.random(count).await?;
        party.open(&shares).await
    });
    to_bits(&opened[0])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn parties_agree_with_the_reference(case in cases(Limits::default()), fast: bool) {
        let shape = if fast { Shape::Fast } else { Shape::Small };
        let program = lower(&case.circuit, shape)?;
        let random = random_bits(cost(&program).random_bits as usize, case.seed);
        let mut used = 0;
        let mut next_random = |width: u32| {
            let word = random.slice(used, width as usize);
            used += width as usize;
            word
        };
        let expected = evaluate(&case.circuit, &case.inputs, &mut next_random)?;

        let results = must_run(|index, channel| support::evaluate(index, channel, &program, &case.inputs, case.seed));
        for (outputs, _, transcript) in &results {
            prop_assert_eq!(outputs, &expected);
            prop_assert_eq!(transcript, &results[0].2);
        }
    }
}

#[test]
fn a_wide_layer_is_one_round_of_one_bit_per_gate() {
    // Not a multiple of 64, of 8, or of anything else.
    let width = 1021;
    let circuit = circuit(vec![secret(width), secret(width)], vec![Op::And(0, 1)], vec![2]);
    let program = lower(&circuit, Shape::Fast).expect("a valid circuit");
    let mut random = bit_stream(7);
    let inputs = [random(width), random(width)];
    let mut product = inputs[0].clone();
    product &= &inputs[1];
    let results = must_run(|index, channel| support::evaluate(index, channel, &program, &inputs, 3));
    for (outputs, traffic, _) in results {
        assert_eq!(outputs, [product.clone()]);
        let and = traffic.of(PhaseKind::And);
        assert_eq!((and.rounds, and.messages_sent, and.bytes_sent, and.bytes_received), (1, 1, 128, 128));
        let open = traffic.of(PhaseKind::Open);
        assert_eq!((open.rounds, open.messages_sent, open.bytes_sent), (1, 1, 128));
        assert_eq!(traffic.of(PhaseKind::Setup).bytes_sent, 32);
        assert_eq!(traffic.of(PhaseKind::Enter).bytes_sent, 256);
    }
}

#[test]
fn rounds_and_bytes_are_those_of_the_cost_report() {
    let circuit = circuit(
        vec![secret(64), secret(64)],
        vec![Op::Less { a: 0, b: 1, signed: true }, Op::Mul(0, 1), Op::Reveal(2)],
        vec![3, 4],
    );
    for shape in [Shape::Small, Shape::Fast] {
        let program = lower(&circuit, shape).expect("a valid circuit");
        let inputs = [Bits::from_u64(u64::MAX - 3, 64), Bits::from_u64(12345, 64)];
        let results = must_run(|index, channel| support::evaluate(index, channel, &program, &inputs, 3));
        let cost = cost(&program);
        for (outputs, traffic, _) in results {
            let product = 12345_u64.wrapping_mul(u64::MAX - 3);
            assert_eq!(outputs, [Bits::from_u64(product, 64), Bits::from_u64(1, 1)]);
            let and = traffic.of(PhaseKind::And);
            assert_eq!(and.rounds, u64::from(cost.and_rounds), "{shape:?}");
            // A layer is rounded up to whole bytes.
            assert!(and.bytes_sent >= cost.ands.div_ceil(8), "{shape:?}");
            assert!(and.bytes_sent < cost.ands.div_ceil(8) + u64::from(cost.and_rounds), "{shape:?}");
        }
    }
}

#[test]
fn messages_longer_than_a_payload_are_cut() {
    let bits = 8 * mpc::MAX_PAYLOAD_BYTES + 13;
    let opened = must_run(|index, channel| async move {
        let mut party = start(index, channel, 1).await?;
        let left = party.random(bits).await?;
        let right = party.random(bits).await?;
        let products = party.and_layer(&left, &right).await?;
        let traffic = party.session().traffic().of(PhaseKind::And);
        assert_eq!((traffic.rounds, traffic.messages_sent), (1, 2));
        Ok([party.open(&left).await?, party.open(&right).await?, party.open(&products).await?]
            .map(|bits| to_bits(&bits)))
    });
    let [left, right, products] = &opened[0];
    let mut expected = left.clone();
    expected &= right;
    assert!(products == &expected && !products.is_zero() && left != right);
}

#[test]
fn what_a_party_sees_is_uniform_whatever_the_inputs() {
    // Every bit of the layers' messages and of the entered pads must be one about half of the time, over many
    // runs with the same inputs. 512 runs put six standard deviations at 68; about 1,500 bits are watched.
    const RUNS: u64 = 512;
    let width = 96;
    for input in [Bits::zeros(width), Bits::ones(width)] {
        let ones = Arc::new(Mutex::new(BTreeMap::new()));
        for seed in 0..RUNS {
            let channels = mesh(3).into_iter().map(|channel| {
                let (me, ones) = (channel.me(), Arc::clone(&ones));
                channel.tampered(Box::new(move |message| {
                    let mut ones = ones.lock().expect("no panic while it was held");
                    for (index, byte) in message.payload.iter().enumerate() {
                        for place in 0..8 {
                            *ones.entry((me, message.phase, index, place)).or_insert(0) +=
                                u64::from(byte >> place & 1);
                        }
                    }
                    vec![message]
                }))
            });
            let inputs = [input.clone(), input.clone()];
            let done = support::run(channels.collect(), |index, channel| {
                let inputs = inputs.clone();
                async move {
                    let mut party = start(index, channel, seed).await?;
                    let shared = share(&mut party, index, &inputs, seed).await?;
                    let products = party.and_layer(&shared[0], &shared[1]).await?;
                    party.and_layer(&products, &shared[0]).await
                }
            });
            assert!(done.iter().all(Result::is_ok));
        }
        let ones = ones.lock().expect("no panic while it was held");
        // Setup, two pads and two layers from each of three parties.
        assert_eq!(ones.len(), 3 * 8 * (32 + 2 * 12 + 2 * 12));
        for (place, ones) in ones.iter() {
            assert!(ones.abs_diff(RUNS / 2) < 68, "{place:?}: {ones} of {RUNS}");
        }
    }
}

/// 52 numbers, shuffled by parties with these seeds.
fn shuffle_deck(seeds: [u64; 3]) -> (Vec<u64>, mpc::Traffic) {
    let cards = 52;
    let shuffle = Op::Shuffle { words: (0..cards).collect() };
    let circuit = circuit(vec![secret(6); cards as usize], vec![shuffle], (cards..2 * cards).collect());
    let program = lower(&circuit, Shape::Small).expect("a valid circuit");
    let inputs: Vec<_> = (0..cards).map(|card| Bits::from_u64(card.into(), 6)).collect();
    let (program, inputs) = (&program, &inputs);
    let results = must_run(|index, channel| async move {
        let mut party = start(index, channel, seeds[usize::from(index)]).await?;
        support::evaluate_on(&mut party, index, program, inputs, 9).await
    });
    let values =
        |outputs: &[Bits]| outputs.iter().map(|card| card.to_u64().expect("six bits")).collect::<Vec<_>>();
    assert_eq!(results[0].0, results[1].0);
    assert_eq!(results[0].0, results[2].0);
    (values(&results[0].0), results[0].1.clone())
}

#[test]
fn every_party_shuffles_the_deck() {
    let (order, traffic) = shuffle_deck([1, 2, 3]);
    let mut sorted = order.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, (0..52).collect::<Vec<_>>());
    assert_ne!(order, sorted);
    assert_eq!(traffic.of(PhaseKind::And).rounds, 33);
    // Another party's randomness makes another order, whoever's it is.
    for other in [[4, 2, 3], [1, 4, 3], [1, 2, 4]] {
        assert_ne!(shuffle_deck(other).0, order);
    }
    assert_eq!(shuffle_deck([1, 2, 3]).0, order);
}

#[test]
fn a_shuffle_for_another_number_of_parties_is_refused() {
    let circuit = circuit(vec![secret(1); 2], vec![Op::Shuffle { words: vec![0, 1] }], vec![2, 3]);
    let program = lower(&circuit, Target { shape: Shape::Small, parties: 2 }).expect("a valid circuit");
    let inputs = [Bits::zeros(1), Bits::ones(1)];
    let results =
        support::run(mesh(3), |index, channel| support::evaluate(index, channel, &program, &inputs, 1));
    for result in results {
        assert!(matches!(result, Err(mpc::ProtocolError::WidthMismatch { expected: 2, actual: 3, .. })));
    }
}
