//! The example circuits, as nodes run them: every protocol computes what the source computes natively.
//!
//! Together with the tests of `circuit-examples`, which compare native runs with the reference evaluator and the gates, this
//! makes the comparison a three-way one.

mod support;

use std::path::Path;
use std::sync::{Arc, OnceLock};

use arcis::{ArcisEd25519Signature, ArcisRNG, ArcisX25519Pubkey, Mxe, Shared, SolanaPublicKey, VerifyingKey};
use arcis_circuit::gates::Shape;
use arcis_circuit::{Artifact, Bits, OutputKind, ParameterKind, Value};
use arx_wire::{Base, PROTOCOL_REPLICATED3_MALICIOUS};
use circuit_examples::blackjack::circuits as blackjack;
use circuit_examples::models::circuits as models;
use circuit_examples::order_book::circuits as order_book;
use circuit_examples::record_sharing::circuits as records;
use circuit_examples::rock_paper_scissors::circuits as rps;
use circuit_examples::signing::circuits as signing;
use circuit_examples::voting::circuits as voting;
use circuit_examples::{FILES, SOURCES};
use mpc::PartyId;
use mpc::signature::{KeyName, KeyShare, PublicShares, SigningKey};
use mxe_runtime::{Argument, CellTarget, Finished, INITIAL_STATE_KEY_VERSION, Outcome, Plan, Task};
use support::malicious::*;
use support::*;

/// How the nodes compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    SemiHonest,
    Verified,
    DishonestMajority,
}

const PROTOCOLS: [Protocol; 3] = [Protocol::SemiHonest, Protocol::Verified, Protocol::DishonestMajority];

/// The version of all cells that are read.
const VERSION: u64 = 8;

fn artifacts() -> &'static [Artifact] {
    static ARTIFACTS: OnceLock<Vec<Artifact>> = OnceLock::new();
    ARTIFACTS.get_or_init(|| {
        let files = FILES
            .iter()
            .map(|file| arcis_compiler::compile(Path::new(SOURCES).join(file), &Default::default()));
        files.flat_map(|compiled| compiled.expect("an example compiles")).map(|it| it.artifact).collect()
    })
}

fn me() -> Shared {
    Shared::new(ArcisX25519Pubkey::from_bytes([1; 32]))
}

fn cell(parameter: usize) -> [u8; 32] {
    named(&format!("cell of {parameter}"))
}

fn target(output: usize, kind: OutputKind) -> Option<CellTarget> {
    match kind {
        OutputKind::Cell { source: Some(source) } => {
            Some(CellTarget { cell: cell(source.into()), new_version: VERSION + 1 })
        }
        OutputKind::Cell { source: None } => {
            Some(CellTarget { cell: named(&format!("new cell {output}")), new_version: 1 })
        }
        _ => None,
    }
}

/// A call on the bits of all arguments, one after another.
fn task(protocol: Protocol, shape: Shape, artifact: &Artifact, arguments: &Bits, counter: u64) -> Task {
    let plan = Arc::new(Plan::with_shape(artifact.clone(), shape).expect("a valid artifact"));
    let base = match protocol {
        Protocol::SemiHonest => base_of(&plan, counter),
        Protocol::Verified => {
            Base { protocol: PROTOCOL_REPLICATED3_MALICIOUS, ..malicious_base(&plan, NODES, counter) }
        }
        Protocol::DishonestMajority => malicious_base(&plan, NODES, counter),
    };
    let mut offset = 0;
    let mut all = Vec::new();
    for (index, parameter) in artifact.interface.parameters.iter().enumerate() {
        let width = parameter.ty.bits() as usize;
        let value = arguments.slice(offset, width);
        offset += width;
        all.push(match parameter.kind {
            ParameterKind::Plaintext => {
                let bytes = parameter.ty.bits_to_plain(&value).expect("a value of the type");
                Argument::Plaintext(bytes)
            }
            ParameterKind::Shared { slot } => Argument::Input(encrypted(&base, slot, &value).to_bytes()),
            ParameterKind::Recipient { slot } => {
                Argument::Input(recipient_key(slot).public_key().to_bytes().into())
            }
            ParameterKind::Cell => {
                let address = cell(index);
                let body = match protocol {
                    Protocol::SemiHonest => written_cell(&address, VERSION, &value),
                    Protocol::Verified => bound_cell(&address, VERSION, &value),
                    Protocol::DishonestMajority => tagged_cell(NODES, &address, VERSION, &value),
                };
                Argument::Cell { address, version: VERSION, body: body.to_bytes() }
            }
            ParameterKind::Mxe => Argument::None,
        });
    }
    assert_eq!(offset, arguments.len(), "{} takes other arguments", artifact.interface.name);
    let outputs = artifact.interface.outputs.iter().enumerate();
    Task {
        base,
        plan,
        session: named(&format!("session {counter}")),
        computation: named(&format!("computation {counter}")),
        arguments: all,
        output_cells: outputs.map(|(index, output)| target(index, output.kind)).collect(),
        state_key_version: INITIAL_STATE_KEY_VERSION,
    }
}

fn share(node: u8) -> KeyShare {
    let name = KeyName { mxe: named("mxe"), version: INITIAL_STATE_KEY_VERSION };
    KeyShare::derive(&node_secrets(node).state_secret, &name)
}

/// What verifies the application's signatures.
fn public_shares() -> PublicShares {
    let shares: Vec<_> = (0..NODES).map(|node| share(node).public()).collect();
    PublicShares::parse(&shares).expect("points")
}

fn finished(protocol: Protocol, task: &Task) -> Finished {
    if protocol == Protocol::SemiHonest {
        return must_finish(nodes(task, &journals()));
    }
    let mut nodes = malicious_nodes(task, &logs(NODES));
    if task.plan.signs() {
        for (node, index) in nodes.iter_mut().zip(0..) {
            let key = SigningKey::new(public_shares(), share(index), PartyId(index));
            node.signing_key = Some(key.expect("its own share"));
        }
    }
    let ended = match protocol {
        Protocol::Verified => run_verified_until_stalled(nodes),
        _ => run_malicious_until_stalled(nodes),
    };
    let mut all = ended.into_iter().map(|ended| match ended.expect("a node waits for ever").result {
        Ok(Outcome::Finished(finished)) => finished,
        other => panic!("{other:?}"),
    });
    let first = all.next().expect("three nodes");
    assert!(all.all(|other| other.outputs == first.outputs));
    first
}

/// Runs an instruction as three nodes do; gives the results.
fn run<A: Value, R: Value>(protocol: Protocol, shape: Shape, name: &str, arguments: &A) -> R {
    static COUNTER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    let counter = COUNTER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let artifact =
        artifacts().iter().find(|it| it.interface.name == name).expect("there is this instruction");
    let task = task(protocol, shape, artifact, &arguments.to_bits(), counter);
    let finished = finished(protocol, &task);
    let mut results = Bits::new();
    for (index, output) in artifact.interface.outputs.iter().enumerate() {
        let bits = output.ty.bits() as usize;
        let bytes = &finished.outputs[index];
        results.extend_from_bits(&match output.kind {
            OutputKind::Public => output.ty.plain_to_bits(bytes).expect("a value of the type"),
            OutputKind::Shared { slot } => must_decrypt(&task, &finished, index as u16, slot, bits as u32),
            OutputKind::Cell { .. } => {
                let target = target(index, output.kind).expect("a cell");
                cell_value(&target.cell, target.new_version, bytes)
            }
        });
    }
    R::from_bits(&results).expect("the results are of this type")
}

/// Every protocol gives what the native run gives.
fn must_agree_with<A: Value, R: Value + PartialEq + std::fmt::Debug>(name: &str, arguments: &A, native: &R) {
    for protocol in PROTOCOLS {
        for shape in [Shape::Small, Shape::Fast] {
            let computed: R = run(protocol, shape, name, arguments);
            assert_eq!(&computed, native, "{name} by {protocol:?} in the {shape:?} shape");
        }
    }
}

#[test]
fn rock_paper_scissors() {
    use rps::{Outcome, Round, Shape as Hand};
    let mxe = Mxe::get();
    let mut state = rps::start_round().to_arcis();
    must_agree_with("start_round", &(), &state);
    for (hand, is_first) in [(Hand::Paper, true), (Hand::Rock, false), (Hand::Scissors, false)] {
        let next: Round = rps::show(me().from_arcis(hand), mxe.from_arcis(state), is_first).to_arcis();
        must_agree_with("show", &(hand, state, is_first), &next);
        must_agree_with("judge", &next, &rps::judge(mxe.from_arcis(next)));
        state = next;
    }
    assert_eq!(rps::judge(mxe.from_arcis(state)), Outcome::Win);
    for protocol in PROTOCOLS {
        let (house, outcome): (Hand, Outcome) = run(protocol, Shape::Fast, "play_house", &Hand::Rock);
        let expected = [Outcome::Tie, Outcome::Loss, Outcome::Win][house as usize];
        assert_eq!(outcome, expected, "{protocol:?}");
    }
}

#[test]
fn votes() {
    let mxe = Mxe::get();
    let mut tally = voting::init_vote(mxe).to_arcis();
    for (option, weight) in [(3u8, 10u64), (0, u64::MAX), (9, 5), (3, 7), (7, 2)] {
        let ballot = voting::Ballot { option };
        let next = voting::vote(me().from_arcis(ballot), mxe.from_arcis(tally), weight).to_arcis();
        must_agree_with("vote", &(ballot, tally, weight), &next);
        tally = next;
    }
    must_agree_with("close_vote", &tally, &voting::close_vote(mxe.from_arcis(tally)));
    for option in [0, 3, 8] {
        let adopted = voting::is_adopted(mxe.from_arcis(tally), option, 1);
        must_agree_with("is_adopted", &(tally, option, 1u64), &adopted);
    }
}

#[test]
fn medical_records() {
    let mxe = Mxe::get();
    let visit = records::Visit { day: 20_000, diagnosis: 77 };
    let record = records::Record {
        patient: u64::MAX,
        born: 1234,
        blood: records::BloodGroup::AB,
        allergies: std::array::from_fn(|substance| substance % 3 == 1),
        visits: [Some(visit), None, Some(records::Visit { day: 1, diagnosis: 2 }), None],
    };
    must_agree_with(
        "share_record",
        &record,
        &records::share_record(me(), me().from_arcis(record)).to_arcis(),
    );
    for consent in [
        records::Consent { born: true, emergency: false, visits: 1 },
        records::Consent { born: false, emergency: true, visits: 9 },
    ] {
        let excerpt = records::share_excerpt(mxe.from_arcis(record), consent, me()).to_arcis();
        must_agree_with("share_excerpt", &(record, consent), &excerpt);
    }
    let entered = records::enter_visit(mxe.from_arcis(record), me().from_arcis(visit)).to_arcis();
    must_agree_with("enter_visit", &(record, visit), &entered);
    let had = records::had_diagnosis(mxe.from_arcis(entered), 77, me()).to_arcis();
    assert!(had);
    must_agree_with("had_diagnosis", &(entered, 77u16), &had);
}

#[test]
fn orders() {
    use order_book::{Order, Side};
    let mut book = order_book::open_book().to_arcis();
    for (side, price, amount) in
        [(Side::Sell, 10, 5), (Side::Sell, 9, 3), (Side::Buy, 8, 4), (Side::Buy, 10, 20), (Side::Sell, 1, 30)]
    {
        let order = Order { side, price, amount };
        let (next, fill) = order_book::place_order(me().from_arcis(order), Mxe::get().from_arcis(book));
        must_agree_with("place_order", &(order, book), &(next.to_arcis(), fill.to_arcis()));
        book = next.to_arcis();
    }
}

#[test]
fn blackjack_games() {
    let mxe = Mxe::get();
    for (seed, hits) in [(1, 0), (2, 2), (3, 1)] {
        ArcisRNG::seed(seed);
        let mut table = blackjack::deal(me()).0.to_arcis();
        for _ in 0..hits {
            let (next, hand, stage) = blackjack::hit(mxe.from_arcis(table), me());
            must_agree_with("hit", &table, &(next.to_arcis(), hand.to_arcis(), stage));
            table = next.to_arcis();
        }
        let (next, hand, done) = blackjack::double_down(mxe.from_arcis(table), me());
        must_agree_with("double_down", &table, &(next.to_arcis(), hand.to_arcis(), done));
        table = blackjack::stand(next).to_arcis();
        let (next, shown) = blackjack::dealer_play(mxe.from_arcis(table));
        must_agree_with("dealer_play", &table, &(next.to_arcis(), shown));
        must_agree_with("resolve", &next.to_arcis(), &blackjack::resolve(next));
    }
}

#[test]
fn a_deal_is_a_permutation_that_differs_every_time() {
    type Dealt = (blackjack::Table, cards::Hand, u8);
    let mut decks = Vec::new();
    for protocol in PROTOCOLS {
        for shape in [Shape::Small, Shape::Fast] {
            let (table, hand, up): Dealt = run(protocol, shape, "deal", &());
            assert_eq!((hand, up), (table.player, table.deck[1]));
            let mut sorted = table.deck;
            sorted.sort();
            assert_eq!(sorted, cards::new_deck(), "{protocol:?}");
            assert!(!decks.contains(&table.deck));
            decks.push(table.deck);
        }
    }
}

#[test]
fn networks_and_matrices() {
    let network = models::Network {
        hidden: models::Matrix {
            rows: std::array::from_fn(|row| std::array::from_fn(|column| (row * 37 + column * 91) as i8)),
        },
        output: models::Matrix { rows: [[1, -2, 3, -4, 5, -6], [i8::MIN; 6], [7, 6, 5, 4, 3, 2]] },
    };
    for inputs in [[100, -200, 300, i16::MIN, 500, 600, i16::MAX, 8], [0; 8], [-1; 8]] {
        let class = models::classify(me().from_arcis(inputs), Mxe::get().from_arcis(network)).to_arcis();
        must_agree_with("classify", &(inputs, network), &class);
    }
    let (a, b) =
        ([[1i16, -2, 3], [i16::MIN; 3], [7, 8, 9]], [[i16::MAX, 0, 1], [2, -3, 4], [i16::MIN, 5, 6]]);
    must_agree_with(
        "multiply",
        &(a, b),
        &models::multiply(me().from_arcis(a), me().from_arcis(b)).to_arcis(),
    );
}

/// In fixed point: the same bits by every protocol, and close to floats.
#[test]
fn scores() {
    let features = [1.5f64, -0.25, 3.0, 0.125];
    let native = models::score(me().from_arcis(features)).to_arcis();
    let mut computed: Vec<(f64, bool)> =
        PROTOCOLS.iter().map(|protocol| run(*protocol, Shape::Small, "score", &features)).collect();
    computed.dedup();
    let [(chance, enough)] = computed.as_slice() else { panic!("protocols differ: {computed:?}") };
    assert!((chance - native.0).abs() < 1e-10 && *enough == native.1, "{chance} and {}", native.0);
}

/// The nodes draw nonces at random, so signatures are verified, not compared. (Nodes that are only curious do not sign.)
#[test]
fn signatures() {
    let key = VerifyingKey::from_bytes(public_shares().key());
    let to = SolanaPublicKey::from_bytes([9; 32]);
    let quotes = [u64::MAX, 3, 500, 0, 70];
    for protocol in [Protocol::Verified, Protocol::DishonestMajority] {
        let (price, signature): (u64, ArcisEd25519Signature) =
            run(protocol, Shape::Fast, "attest_price", &(quotes, 4u32, 99u64));
        assert_eq!(price, signing::attest_price(Mxe::get().from_arcis(quotes), 4, 99).0);
        assert!(key.verify(&signing::price_message(4, 99, price), &signature), "{protocol:?}");
        assert!(!key.verify(&signing::price_message(4, 98, price), &signature));
        for (held, amount) in [(10u64, 10u64), (10, 11)] {
            type Paid = (u64, Option<ArcisEd25519Signature>);
            let (left, signature): Paid = run(protocol, Shape::Small, "withdraw", &(held, to, amount));
            let native = signing::withdraw(Mxe::get().from_arcis(held), to, amount);
            assert_eq!((left, signature.is_some()), (native.0.to_arcis(), native.1.is_some()));
            assert!(signature.is_none_or(|it| key.verify(&signing::payment_message(to, amount), &it)));
        }
    }
}
