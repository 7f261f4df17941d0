//! The engine for a dishonest majority, all parties honest: it computes what the reference evaluator computes,
//! in the rounds, bytes and correlations that it should.

mod support;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex};

use arcis_circuit::gates::{Shape, Target, cost, lower};
use arcis_circuit::testing::{Limits, cases};
use arcis_circuit::{Bits, Circuit, Function, Input, Op, Visibility, evaluate};
use arx_wire::bits::PackedBits;
use mpc::correlation::dealer::{Dealer, Stock};
use mpc::correlation::{CorrelationSource, StateKeyId, StockError};
use mpc::dishonest_majority::DishonestMajority;
use mpc::memory::mesh;
use mpc::message::ENVELOPE_LENGTH;
use mpc::protocol::{PrivateVector, Protocol, StateVector};
use mpc::{Channel, PartyId, Phase, PhaseKind, ProtocolError, Session};
use mpc_field::{Gf128, polynomial_hash};
use proptest::prelude::*;
use support::{must_run_with, pad, run, run_until_stalled, start_dishonest, start_dishonest_with, to_bits};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn parties_agree_with_the_reference(
        case in cases(Limits::default()),
        fast: bool,
        parties in prop::sample::select(vec![2_u8, 3, 5]),
    ) {
        let program = lower(&case.circuit, if fast { Shape::Fast } else { Shape::Small })?;
        // The dealer gives the same bits to whoever draws as much in the same order: inputs, then random bits.
        let entered: usize = case.inputs.iter().map(|input| input.len() + 128).sum();
        let (count, seed) = (cost(&program).random_bits as usize, case.seed);
        let random = must_run_with(parties, |index, channel| async move {
            let mut party = start_dishonest(index, channel, seed)?;
            party.random(entered).await?;
            let shares = party.random(count).await?;
            Ok(to_bits(&party.open(&shares).await?))
        }).remove(0);
        let mut used = 0;
        let mut next_random = |width: u32| {
            let word = random.slice(used, width as usize);
            used += width as usize;
            word
        };
        let expected = evaluate(&case.circuit, &case.inputs, &mut next_random)?;

        let results = must_run_with(parties, |index, channel| {
            let (program, inputs) = (&program, &case.inputs);
            async move {
                let mut party = start_dishonest(index, channel, seed)?;
                support::evaluate_on(&mut party, index, program, inputs, seed).await
            }
        });
        for (outputs, _, transcript) in &results {
            prop_assert_eq!(outputs, &expected);
            prop_assert_eq!(transcript, &results[0].2);
        }
    }
}

fn secret(width: u32) -> Input {
    Input { width, visibility: Visibility::Secret }
}

fn circuit(inputs: Vec<Input>, ops: Vec<Op>, outputs: Vec<u32>) -> Circuit {
    Circuit { functions: vec![Function { name: "main".into(), inputs, ops, outputs }] }
}

#[test]
fn rounds_bytes_and_correlations_are_those_of_the_cost_report() {
    let circuit = circuit(
        vec![secret(64), secret(64)],
        vec![Op::Less { a: 0, b: 1, signed: true }, Op::Mul(0, 1), Op::Reveal(2)],
        vec![3, 4],
    );
    let inputs = [Bits::from_u64(u64::MAX - 3, 64), Bits::from_u64(12345, 64)];
    for (shape, parties) in [(Shape::Small, 2_u8), (Shape::Fast, 3), (Shape::Fast, 16)] {
        let program = lower(&circuit, shape).expect("a valid circuit");
        let cost = cost(&program);
        let results = must_run_with(parties, |index, channel| {
            let (program, inputs) = (&program, &inputs);
            async move {
                let mut party = start_dishonest(index, channel, 3)?;
                let (outputs, traffic, _) =
                    support::evaluate_on(&mut party, index, program, inputs, 3).await?;
                Ok((outputs, traffic, party.source().given().clone()))
            }
        });
        for (outputs, traffic, given) in results {
            let product = 12345_u64.wrapping_mul(u64::MAX - 3);
            assert_eq!(outputs, [Bits::from_u64(product, 64), Bits::from_u64(1, 1)]);
            let (and, peers) = (traffic.of(PhaseKind::And), u64::from(parties) - 1);
            assert_eq!(and.rounds, u64::from(cost.and_rounds), "{shape:?}");
            assert_eq!(and.messages_sent, and.rounds * peers, "one message to each peer and layer");
            // Two bits for each AND to each peer; each of the two is rounded up to whole bytes per layer.
            let (bits, envelopes) = (2 * cost.ands.div_ceil(8), 96 * and.rounds);
            assert!(
                (bits..bits + 2 * and.rounds).contains(&(and.bytes_sent / peers - envelopes)),
                "{shape:?}"
            );
            assert_eq!(given.triples as u64, cost.ands, "one triple for each AND");
            assert_eq!(given.bits, 2 * (64 + 128));
            // The reveal and the output: a check before each, unless there is nothing to check, and one after.
            let check = traffic.of(PhaseKind::Check);
            assert!((2..=4).contains(&check.rounds), "{} checks", check.rounds);
            assert_eq!(check.bytes_sent, (96 + 16) * peers * check.rounds);
        }
    }
}

#[test]
fn wide_layers_are_cut_and_checked_on_the_way() {
    let gates = (1 << 20) + 77;
    let opened = must_run_with(2, |index, channel| async move {
        let mut party = start_dishonest(index, channel, 1)?;
        let left = party.random(gates).await?;
        let right = party.random(gates).await?;
        let products = party.and_layer(&left, &right).await?;
        let traffic = party.session().traffic();
        assert_eq!((traffic.of(PhaseKind::And).rounds, traffic.of(PhaseKind::Check).rounds), (5, 0));
        Ok([party.open(&left).await?, party.open(&right).await?, party.open(&products).await?]
            .map(|bits| to_bits(&bits)))
    });
    let [left, right, products] = &opened[0];
    let mut expected = left.clone();
    expected &= right;
    assert!(products == &expected && !products.is_zero() && left != right);
}

#[test]
fn tags_are_those_of_the_polynomial_hash_for_every_party() {
    let h = Gf128::from_bits(0x1234_5678_9abc_def0_0fed_cba9_8765_4321);
    for bits in [0, 1, 127, 128, 300] {
        let opened = must_run_with(4, |index, channel| async move {
            let mut party = start_dishonest(index, channel, 9)?;
            let vector = |word| PrivateVector {
                pad: pad(9, word, index, bits),
                mask: Gf128::from_bits(u128::from(index) + 5),
            };
            let entries = party.enter(vec![vector(0), vector(1)]).await?;
            let sums: Vec<_> = entries.iter().flat_map(|entry| party.pad_sum(entry)).collect();
            let tags = party.open_tags(&[(h, &entries[0]), (h * h, &entries[1])]).await?;
            Ok((tags, to_bits(&party.open(&sums).await?)))
        });
        for (tags, sums) in opened {
            for (word, (tags, h)) in tags.iter().zip([h, h * h]).enumerate() {
                for (index, tag) in (0..4).zip(tags) {
                    let pad = pad(9, word, index, bits);
                    let expected = polynomial_hash(h, pad.as_bytes(), bits);
                    assert!(
                        *tag == expected + Gf128::from_bits(u128::from(index) + 5),
                        "{bits} bits of {index}"
                    );
                }
                let sum = (0..4).map(|index| pad(9, word, index, bits));
                let sum = sum.reduce(|sum, pad| sum.xor(&pad).expect("one length")).expect("four pads");
                assert_eq!(sums.slice(word * bits as usize, bits as usize), to_bits(&sum));
            }
        }
    }
}

#[test]
fn sessions_of_an_impossible_size_or_with_foreign_stock_are_refused() {
    type Small = DishonestMajority<mpc::memory::MemoryChannel, Dealer, 4>;
    let start = |parties: u8, dealer: Dealer| {
        let session = Session::new(mesh(parties).remove(0), [42; 32]);
        Small::start(session, dealer, [0; 32]).err()
    };
    for parties in [1, 5, 17] {
        let expected = ProtocolError::UnsupportedPartyCount { least: 2, most: 4, actual: parties };
        assert_eq!(start(parties, Dealer::new([0; 32], PartyId(0), parties)), Some(expected));
    }
    assert_eq!(start(3, Dealer::new([0; 32], PartyId(0), 4)), Some(ProtocolError::ForeignStock));
    assert_eq!(start(3, Dealer::new([0; 32], PartyId(1), 3)), Some(ProtocolError::ForeignStock));
    assert_eq!(start(3, Dealer::new([0; 32], PartyId(0), 3)), None);
}

#[test]
fn an_exhausted_stock_ends_the_session_without_blame() {
    let results = run(mesh(3), |_, channel| async move {
        let dealer = Dealer::new([1; 32], channel.me(), 3).with_stock(Stock { bits: 20, triples: 4 });
        let session = Session::new(channel, [42; 32]);
        let mut party = DishonestMajority::<_, _, 3>::start(session, dealer, [1; 32])?;
        let bits = party.random(10).await?;
        party.and_layer(&bits[..5], &bits[5..]).await
    });
    for result in results {
        let error = result.expect_err("four triples for five gates");
        assert_eq!(error, StockError::Exhausted { what: "triples", wanted: 5, left: 4 }.into());
        assert_eq!(error.party(), None);
    }
}

#[test]
fn batches_differ_in_keys_and_not_in_state_keys() {
    let key = StateKeyId { mxe: [1; 32], version: 1 };
    let (first, second) =
        (Dealer::new([1; 32], PartyId(0), 3), Dealer::new([1; 32], PartyId(0), 3).with_batch(7));
    assert!(first.delta() != second.delta() && first.batch() != second.batch());
    assert!(first.state_delta(&key) == second.state_delta(&key));
}

#[test]
fn every_party_shuffles_by_switches_of_its_own() {
    let words = 13;
    let shuffle = Op::Shuffle { words: (0..words).collect() };
    let circuit = circuit(vec![secret(6); words as usize], vec![shuffle], (words..2 * words).collect());
    let inputs: Vec<_> = (0..words).map(|word| Bits::from_u64(word.into(), 6)).collect();
    for parties in [2_u8, 3, 5] {
        let target = Target { shape: Shape::Small, parties };
        let program = lower(&circuit, target).expect("a valid circuit");
        let shuffled = |moved: u8| {
            let results = must_run_with(parties, |index, channel| {
                let (program, inputs) = (&program, &inputs);
                // The dealer's stock is one for all; a party's own seed may differ.
                let own = if index == moved { 1 } else { 0 };
                async move {
                    let mut party = start_dishonest_with(index, support::signed_session(channel), 7, own)?;
                    support::evaluate_on(&mut party, index, program, inputs, 3).await
                }
            });
            let orders: Vec<Vec<u64>> = results
                .iter()
                .map(|(outputs, ..)| outputs.iter().map(|word| word.to_u64().expect("six bits")).collect())
                .collect();
            assert!(orders.iter().all(|order| *order == orders[0]));
            let mut sorted = orders[0].clone();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..u64::from(words)).collect::<Vec<_>>());
            orders[0].clone()
        };
        let order = shuffled(u8::MAX);
        for party in 0..parties {
            assert_ne!(shuffled(party), order, "party {party} of {parties} changes nothing");
        }
    }
}

/// How often each bit of what parties send is one, over many runs with other randomness.
type Ones = BTreeMap<(PartyId, Phase, usize, u32), u64>;

/// Runs a session many times and counts; every bit of the phases of `kinds` must be one about half of the time. 512
/// runs put six standard deviations at 68.
fn require_uniform<F, Fut>(kinds: &[PhaseKind], bits: usize, run: F)
where
    F: Fn(u64, u8, mpc::memory::MemoryChannel) -> Fut,
    Fut: Future<Output = Result<(), ProtocolError>>,
{
    const RUNS: u64 = 512;
    let ones = Arc::new(Mutex::new(Ones::new()));
    for seed in 0..RUNS {
        let channels = mesh(3).into_iter().map(|channel| {
            let (me, ones, kinds) = (channel.me(), Arc::clone(&ones), kinds.to_vec());
            channel.tampered(Box::new(move |message| {
                // Every broadcast is counted once, without its signature and chain.
                let first_copy = message.to == PartyId(u8::from(me.0 == 0));
                if kinds.contains(&message.phase.kind) && first_copy {
                    let mut ones = ones.lock().expect("not poisoned");
                    for (index, byte) in message.payload[ENVELOPE_LENGTH..].iter().enumerate() {
                        for place in 0..8 {
                            *ones.entry((me, message.phase, index, place)).or_insert(0) +=
                                u64::from(byte >> place & 1);
                        }
                    }
                }
                vec![message]
            }))
        });
        for result in run_until_stalled(channels.collect(), |index, channel| run(seed, index, channel)) {
            // A session may end in an error that is under test; what was sent before counts.
            drop(result);
        }
    }
    let ones = ones.lock().expect("not poisoned");
    assert_eq!(ones.len(), bits);
    for (place, ones) in ones.iter() {
        assert!(ones.abs_diff(RUNS / 2) < 68, "{place:?}: {ones} of {RUNS}");
    }
}

/// Another dealer for every run, with the same state keys.
fn dealer(seed: u64, channel: &mpc::memory::MemoryChannel) -> Dealer {
    Dealer::new([3; 32], channel.me(), channel.parties()).with_batch(seed + 1)
}

#[test]
fn what_is_opened_is_uniform_whatever_the_inputs() {
    for value in [Bits::zeros(96), Bits::ones(96)] {
        let inputs = [value.clone(), value];
        let bits = 3 * 8 * (2 * (12 + 16) + 2 * (12 + 12));
        require_uniform(&[PhaseKind::Enter, PhaseKind::And], bits, |seed, index, channel| {
            let inputs = inputs.clone();
            async move {
                let dealer = dealer(seed, &channel);
                let session = support::signed_session(channel);
                let mut party = DishonestMajority::<_, _, 3>::start(session, dealer, [index; 32])?;
                // The pads are the same in every run: what hides them is the stock.
                let shared = support::share(&mut party, index, &inputs, 1).await?;
                let products = party.and_layer(&shared[0], &shared[1]).await?;
                party.and_layer(&products, &shared[0]).await?;
                Ok(())
            }
        });
    }
}

/// Why `rho`: a party that enters a pad with a known difference makes the checked sum `delta D_state`. What is opened
/// of it is uniform, though `D_state` and `delta` are the same in every run.
#[test]
fn a_failing_load_shows_nothing_about_the_state_key() {
    for lie in [0_u8, 1] {
        // Two elements and a nonce of each party; commitments are hashes.
        require_uniform(&[PhaseKind::LoadCheck], 3 * 8 * (16 + 32 + 48), |seed, index, channel| async move {
            let dealer = dealer(seed, &channel);
            let session = support::signed_session(channel);
            let mut own = [index; 32];
            own[1..9].copy_from_slice(&seed.to_le_bytes());
            let mut party = DishonestMajority::<_, _, 3>::start(session, dealer, own)?;
            let key = StateKeyId { mxe: [1; 32], version: 1 };
            // A state of zeros under pads of zeros, so that all tags are zero but for one party's lie.
            let pad = PackedBits::truncating(100, vec![if index == 1 { lie } else { 0 }; 13]);
            let state = StateVector { key, pad, tag_pads: vec![Gf128::ZERO].into() };
            let (_, entries) = party.enter_all(Vec::new(), vec![state]).await?;
            let stored = PackedBits::zeros(100);
            let result = party.check_states(&[(&stored, &[Gf128::ZERO], &entries[0])]).await;
            assert_eq!(result.err(), (lie == 1).then_some(ProtocolError::StateMismatch));
            Ok(())
        });
    }
}
