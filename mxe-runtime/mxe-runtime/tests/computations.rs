//! Whole computations by honest nodes: every kind of parameter and output, cells over several versions,
//! rounds and bytes.

mod support;

use arcis_circuit::gates::Shape;
use arcis_circuit::{
    Artifact, Bits, Circuit, Function, Input, Interface, Op, Output, OutputKind, Type, Visibility,
};
use arx_wire::output::EncryptedOutput;
use mpc::PhaseKind;
use mxe_runtime::{Argument, CellTarget, JournalError, Outcome, Plan, Task};
use proptest::prelude::*;
use support::*;

fn values() -> impl Strategy<Value = Values> {
    let bid = prop_oneof![any::<u64>(), 0_u64..70_000];
    (any::<u16>(), bid, any::<bool>(), any::<[u8; 3]>(), any::<u8>())
        .prop_map(|(limit, bid, flag, bytes, hint)| Values { limit, bid, flag, bytes, hint })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_kind_of_parameter_and_output(values in values(), amount: u64, mark: u32, fast: bool, counter: u64) {
        let shape = if fast { Shape::Fast } else { Shape::Small };
        let task = everything_task(shape, &values, &state_bits(amount, mark), counter);
        let finished = must_finish(nodes(&task, &journals()));

        let sum = amount.wrapping_add(values.bid);
        prop_assert_eq!(&finished.outputs[0], &[u8::from(values.bid < u64::from(values.limit))]);
        prop_assert_eq!(must_decrypt(&task, &finished, 1, 0, 64), Bits::from_u64(sum, 64));
        prop_assert_eq!(must_decrypt(&task, &finished, 2, 1, 96), state_bits(amount, mark));
        let state = cell_value(&CELL, 9, &finished.outputs[3]);
        prop_assert_eq!(state, state_bits(sum, mark ^ u32::from(values.hint)));
        let other = cell_value(&OTHER_CELL, 1, &finished.outputs[4]);
        prop_assert_eq!(other, Bits::from_u64(values.limit.into(), 16));
        prop_assert_eq!(&finished.outputs[5], &values.limit.to_le_bytes());
    }
}

#[test]
fn a_cell_lives_through_many_versions() {
    let mut state = state_bits(100, 0);
    let mut body = written_cell(&CELL, 8, &state).to_bytes();
    for version in 8..13 {
        let values = Values { bid: version * 1000, hint: version as u8, ..VALUES };
        let mut task = everything_task(Shape::Fast, &values, &state, version);
        task.arguments[3] = Argument::Cell { address: CELL, version, body: body.clone() };
        task.output_cells[3] = Some(CellTarget { cell: CELL, new_version: version + 1 });
        let finished = must_finish(nodes(&task, &journals()));
        let (old_amount, old_mark) = (state.slice(0, 64), state.slice(64, 32));
        let amount = old_amount.to_u64().expect("64 bits") + values.bid;
        let mark = old_mark.to_u64().expect("32 bits") as u32 ^ u32::from(values.hint);
        assert_ne!(finished.outputs[3], body);
        (state, body) = (state_bits(amount, mark), finished.outputs[3].clone());
        assert_eq!(cell_value(&CELL, version + 1, &body), state, "version {version}");
    }
}

#[test]
fn another_version_or_cell_than_was_written_is_a_random_value() {
    // This engine's cells carry no tags: the chain's compare-and-swap, and the nodes' agreement on version
    // and body, guard them. A body loaded under another version or address gives noise, and no error; what it
    // never gives is the old value.
    let state = state_bits(100, 7);
    let body = written_cell(&CELL, 8, &state).to_bytes();
    for (address, version) in [(CELL, 7), (CELL, 9), (OTHER_CELL, 8)] {
        let mut task = everything_task(Shape::Fast, &VALUES, &state, 1);
        task.arguments[3] = Argument::Cell { address, version, body: body.clone() };
        let finished = must_finish(nodes(&task, &journals()));
        let seen = must_decrypt(&task, &finished, 2, 1, 96);
        assert_ne!(seen, state);
        // 96 random bits: fewer than 16 of them differ from the state with probability below 2^-30.
        let differing = seen.iter().zip(state.iter()).filter(|(seen, state)| seen != state).count();
        assert!((16..80).contains(&differing), "{differing} bits differ");
    }
}

#[test]
fn writings_of_one_version_in_two_sessions_share_no_pad() {
    // An attempt that was given up and the one that followed write different ciphertexts of different values;
    // if the pads were equal, the two on chain or on the wire would show the difference of the values.
    let task = everything_task(Shape::Fast, &VALUES, &state_bits(1, 2), 1);
    let first = must_finish(nodes(&task, &journals()));
    let again = Task { session: named("another session"), ..task };
    let second = must_finish(nodes(&again, &journals()));
    assert_eq!(cell_value(&CELL, 9, &first.outputs[3]), cell_value(&CELL, 9, &second.outputs[3]));
    let body = |bytes: &[u8]| arx_wire::cell::CellBody::parse(bytes).expect("a cell's body");
    let (first_body, second_body) = (body(&first.outputs[3]), body(&second.outputs[3]));
    assert_ne!(first_body.coin_s, second_body.coin_s);
    assert_ne!(first_body.ciphertext, second_body.ciphertext);
    assert_ne!(first.outputs[1], second.outputs[1]);
}

#[test]
fn rounds_and_bytes_are_as_specified() {
    for shape in [Shape::Small, Shape::Fast] {
        let task = everything_task(shape, &VALUES, &state_bits(1, 2), 1);
        let cost = *task.plan.cost();
        for result in run(nodes(&task, &journals())) {
            let Ok(Outcome::Finished(finished)) = result else { panic!("an honest run") };
            let traffic = &finished.traffic;
            let rounds = |kind| traffic.of(kind).rounds;
            let bytes = |kind| traffic.of(kind).bytes_sent;
            assert_eq!((rounds(PhaseKind::CoinCommit), bytes(PhaseKind::CoinCommit)), (2, 2 * 2 * 64));
            assert_eq!((rounds(PhaseKind::CoinReveal), bytes(PhaseKind::CoinReveal)), (2, 2 * 2 * 32));
            assert_eq!((rounds(PhaseKind::Setup), bytes(PhaseKind::Setup)), (1, 32));
            // Pads: bid 89 bits, hint 8, state 96; outputs 64, 96, 96, 16.
            assert_eq!(
                (rounds(PhaseKind::Enter), bytes(PhaseKind::Enter)),
                (1, 12 + 1 + 12 + 8 + 12 + 12 + 2)
            );
            assert_eq!((rounds(PhaseKind::InputSeeds), bytes(PhaseKind::InputSeeds)), (1, 2 * 2 * 33));
            // Tags of two inputs, then of two outputs.
            assert_eq!((rounds(PhaseKind::Tags), bytes(PhaseKind::Tags)), (2, 2 * (32 + 32)));
            assert_eq!(rounds(PhaseKind::And), u64::from(cost.and_rounds));
            assert_eq!((rounds(PhaseKind::Confirm), bytes(PhaseKind::Confirm)), (1, 64));
            // The revealed bit; then all four masked values in one message.
            assert_eq!((rounds(PhaseKind::Open), bytes(PhaseKind::Open)), (2, 1 + (64 + 96 + 96 + 16) / 8));
            assert_eq!(traffic.total().rounds, 12 + u64::from(cost.and_rounds));
            let by_kind: u64 = traffic.by_kind().map(|(_, kind)| kind.bytes_received).sum();
            assert_eq!(by_kind, traffic.total().bytes_sent);
        }
    }
}

#[test]
fn nothing_is_sent_before_what_it_depends_on_is_recorded() {
    let task = everything_task(Shape::Fast, &VALUES, &state_bits(1, 2), 1);
    let journals = journals();
    let log = journals[0].log.clone();
    let mut nodes = nodes(&task, &journals);
    for index in 0..3_u8 {
        let log = log.clone();
        let record = move |message: mpc::memory::Message| {
            log.lock().expect("not poisoned").push(Event::Sent(index, message.phase.kind));
            vec![message]
        };
        nodes = tampered(nodes, index.into(), Box::new(record));
    }
    must_finish(nodes);
    let log = log.lock().expect("not poisoned");
    for node in 0..3 {
        let first = |wanted: &Event| log.iter().position(|event| event == wanted).expect("it happened");
        let last = |wanted: &Event| log.iter().rposition(|event| event == wanted).expect("it happened");
        assert!(last(&Event::Spent(node)) < first(&Event::Sent(node, PhaseKind::InputSeeds)));
        assert!(last(&Event::Sent(node, PhaseKind::Confirm)) < first(&Event::Ready(node)));
        assert!(last(&Event::Ready(node)) < first(&Event::Sent(node, PhaseKind::Open)));
        assert_eq!(log.iter().filter(|event| **event == Event::Ready(node)).count(), 1);
        assert_eq!(log.iter().filter(|event| **event == Event::Spent(node)).count(), 2);
    }
}

/// `fn initial(start: u32) -> Enc<Mxe, (u32, u32)>`, with a random second half.
fn initial() -> Artifact {
    let integer = || Type::Integer { bits: 32, signed: false };
    let start = arcis_circuit::Parameter {
        name: "start".into(),
        kind: arcis_circuit::ParameterKind::Plaintext,
        ty: integer(),
    };
    let interface = Interface {
        name: "initial".into(),
        parameters: vec![start],
        outputs: vec![Output {
            kind: OutputKind::Cell { source: None },
            ty: Type::Tuple(vec![integer(), integer()]),
        }],
    };
    let function = Function {
        name: "initial".into(),
        inputs: vec![Input { width: 32, visibility: Visibility::Public }],
        ops: vec![Op::Random { width: 32 }],
        outputs: vec![0, 1],
    };
    Artifact { interface, circuit: Circuit { functions: vec![function] }, public: None }
}

#[test]
fn a_computation_that_only_writes_state_opens_nothing() {
    let plan = std::sync::Arc::new(Plan::new(initial()).expect("a valid artifact"));
    let task = |counter: u64| Task {
        base: base_of(&plan, counter),
        plan: plan.clone(),
        session: named(&format!("session {counter}")),
        computation: named("computation"),
        arguments: vec![Argument::Plaintext(vec![4, 3, 2, 1])],
        output_cells: vec![Some(CellTarget { cell: CELL, new_version: 1 })],
        state_key_version: 1,
    };
    let journals = journals();
    let first = must_finish(nodes(&task(1), &journals));
    let second = must_finish(nodes(&task(2), &journals));
    // Neither attempt was recorded as the one that opens, so a second one may be made.
    assert!(journals.iter().all(|journal| journal.opened.lock().expect("not poisoned").is_empty()));
    let value = |finished: &mxe_runtime::Finished| cell_value(&CELL, 1, &finished.outputs[0]);
    let (first, second) = (value(&first), value(&second));
    assert_eq!(first.slice(0, 32), Bits::from_u64(0x0102_0304, 32));
    assert_eq!(second.slice(0, 32), Bits::from_u64(0x0102_0304, 32));
    assert_ne!(first.slice(32, 32), second.slice(32, 32), "random bits of two sessions");
}

#[test]
fn after_one_attempt_opened_no_other_can() {
    let task = everything_task(Shape::Fast, &VALUES, &state_bits(1, 2), 1);
    let journals = journals();
    must_finish(nodes(&task, &journals));
    let again = Task { session: named("another session"), ..task };
    for result in run(nodes(&again, &journals)) {
        assert!(
            matches!(result, Err(mxe_runtime::ExecuteError::Journal(JournalError::AlreadyOpened))),
            "{result:?}"
        );
    }
}

#[test]
fn an_input_serves_every_attempt_at_its_computation() {
    let task = everything_task(Shape::Fast, &VALUES, &state_bits(1, 2), 1);
    let journals = journals();
    // The first attempt dies when a node's disk fails before it opens anything.
    let mut failing = nodes(&task, &journals);
    failing[2].journal.opened = std::sync::Arc::new(std::sync::Mutex::new(vec![named("something else")]));
    let results = run(failing);
    assert!(results.iter().all(Result::is_err));
    journals.iter().for_each(|journal| journal.opened.lock().expect("not poisoned").clear());
    let again = Task { session: named("another session"), ..task };
    let finished = must_finish(nodes(&again, &journals));
    assert_eq!(must_decrypt(&again, &finished, 1, 0, 64), Bits::from_u64(778, 64));
}

#[test]
fn the_client_needs_nothing_but_the_result() {
    let task = everything_task(Shape::Small, &VALUES, &state_bits(5, 6), 1);
    let finished = must_finish(nodes(&task, &journals()));
    let output = EncryptedOutput::parse(&finished.outputs[1]).expect("an output's bytes");
    assert_eq!((output.session, output.coin_s, output.epoch), (task.session, finished.coin, task.base.epoch));
    assert_eq!(output.recipient, recipient_key(0).public_key());
    assert_eq!(must_decrypt(&task, &finished, 1, 0, 64), Bits::from_u64(782, 64));
}
