//! Computations that must not run: arguments altered, used before, copied from elsewhere, or never well
//! formed. All nodes come to the same verdict.

mod support;

use std::sync::{Arc, Mutex};

use arcis_circuit::Bits;
use arcis_circuit::gates::Shape;
use arx_wire::WireError;
use arx_wire::bits::PackedBits;
use arx_wire::input::InputArgument;
use mpc::{PartyId, PhaseKind, ProtocolError};
use mpc_field::{Gf128, polynomial_hash};
use mxe_runtime::{
    Argument, ArgumentFault, CellTarget, ExecuteError, JournalError, Outcome, Rejection, Task, TaskError,
};
use proptest::collection::vec;
use proptest::prelude::*;
use support::*;

fn task() -> Task {
    everything_task(Shape::Fast, &VALUES, &state_bits(1, 2), 1)
}

fn must_reject(task: &Task) -> Rejection {
    match must_agree(nodes(task, &journals())) {
        Outcome::Rejected(rejection) => rejection,
        Outcome::Finished(_) => panic!("finished"),
    }
}

fn input_bytes(task: &mut Task, argument: usize) -> &mut Vec<u8> {
    match &mut task.arguments[argument] {
        Argument::Input(bytes) | Argument::Plaintext(bytes) | Argument::Cell { body: bytes, .. } => bytes,
        Argument::None => panic!("argument {argument} has no bytes"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_altered_bit_of_an_input_is_refused(bit: prop::sample::Index, second: bool) {
        let argument = if second { 5 } else { 1 };
        let mut task = task();
        let bytes = input_bytes(&mut task, argument);
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let rejection = must_reject(&task);
        match rejection {
            Rejection::InputTampered { argument: named } | Rejection::InputMalformed { argument: named, .. } => {
                prop_assert_eq!(usize::from(named), argument, "bit {}", bit);
            }
            other => prop_assert!(false, "bit {bit}: {other:?}"),
        }
    }

    #[test]
    fn arguments_of_any_bytes_come_to_one_verdict(which in 0_usize..5, bytes in vec(any::<u8>(), 0..300)) {
        let which = [0, 1, 2, 3, 5][which];
        let mut task = task();
        *input_bytes(&mut task, which) = bytes;
        // Two bytes are a plaintext, whatever they are, and 32 may be a key.
        let _ = must_agree(nodes(&task, &journals()));
    }
}

#[test]
fn a_flipped_bit_of_the_ciphertext_is_tampering() {
    let mut task = task();
    *input_bytes(&mut task, 1).last_mut().expect("bytes") ^= 1;
    assert_eq!(must_reject(&task), Rejection::InputTampered { argument: 1 });
}

#[test]
fn a_swapped_recipient_is_tampering() {
    // The application's program hands in its own key, to read the client's output.
    let mut task = task();
    input_bytes(&mut task, 1)[..32].copy_from_slice(&recipient_key(9).public_key().to_bytes());
    assert_eq!(must_reject(&task), Rejection::InputTampered { argument: 1 });
}

#[test]
fn an_input_of_another_call_is_refused() {
    let other = everything_task(Shape::Fast, &VALUES, &state_bits(1, 2), 2);
    let mut copied = task();
    copied.arguments[1] = other.arguments[1].clone();
    let Rejection::InputMalformed {
        argument: 1,
        why: ArgumentFault::Wire(WireError::OtherComputation { field, .. }),
    } = must_reject(&copied)
    else {
        panic!("not refused as another call's");
    };
    assert_eq!(field, "counter");

    // With the header made to fit, everything derived from it no longer does.
    let Argument::Input(bytes) = &other.arguments[1] else { panic!("an input") };
    let mut argument = InputArgument::parse(bytes).expect("a client's argument");
    argument.input.header.counter = 1;
    copied.arguments[1] = Argument::Input(argument.to_bytes());
    assert_eq!(must_reject(&copied), Rejection::InputTampered { argument: 1 });

    // Another user, another application, another instance of it.
    let changes: [fn(&mut Task); 4] = [
        |task| task.base.authority = named("someone else"),
        |task| task.base.mxe = named("another application"),
        |task| task.base.instance = named("another auction"),
        |task| task.base.program = named("another program"),
    ];
    for change in changes {
        let mut copied = task();
        change(&mut copied);
        assert_eq!(must_reject(&copied), Rejection::InputTampered { argument: 1 });
    }
}

#[test]
fn an_input_for_another_parameter_is_refused() {
    let mut task = task();
    task.arguments.swap(1, 5);
    let why = ArgumentFault::Slot { expected: 0, actual: 2 };
    assert_eq!(must_reject(&task), Rejection::InputMalformed { argument: 1, why });
}

#[test]
fn a_second_use_is_refused_by_all_if_one_remembers() {
    let first = task();
    for remembering in 0..3_usize {
        let journals = journals();
        must_finish(nodes(&first, &journals));
        for (node, journal) in journals.iter().enumerate() {
            journal.opened.lock().expect("not poisoned").clear();
            if node != remembering {
                journal.spent.lock().expect("not poisoned").clear();
            }
        }
        let second = Task {
            computation: named("another computation"),
            session: named("another session"),
            ..first.clone()
        };
        let outcome = must_agree(nodes(&second, &journals));
        assert_eq!(outcome, Outcome::Rejected(Rejection::InputSpent { argument: 1 }));
    }
}

#[test]
fn an_altered_input_spends_the_honest_one() {
    // Once its seeds are revealed under the altered ciphertext, tags for another could be made; so the first
    // one seen counts.
    let journals = journals();
    let mut altered = task();
    *input_bytes(&mut altered, 1).last_mut().expect("bytes") ^= 1;
    assert_eq!(
        must_agree(nodes(&altered, &journals)),
        Outcome::Rejected(Rejection::InputTampered { argument: 1 })
    );
    assert_eq!(
        must_agree(nodes(&task(), &journals)),
        Outcome::Rejected(Rejection::InputSpent { argument: 1 })
    );
}

#[test]
fn a_tampered_ciphertext_opens_nothing_about_the_plaintext() {
    // The attack: alter c, collect the tags that the nodes open for it, and take them apart with the tags of
    // the honest input, which are public. Both tags of a node hash the same pad, under keys h and h' that
    // anyone with the seeds knows. If both had one mask, their sum would be (U_h + U_h')(p_i) and known
    // values; over all nodes, a linear equation in x = c + sum p_i.
    let honest = task();
    let Argument::Input(bytes) = &honest.arguments[1] else { panic!("an input") };
    let input = InputArgument::parse(bytes).expect("a client's argument");
    let mut altered = input.clone();
    let mut ciphertext = altered.input.ciphertext.as_bytes().to_vec();
    ciphertext[3] ^= 0x10;
    altered.input.ciphertext = PackedBits::new(89, ciphertext).expect("as long as before");
    let mut attack = honest.clone();
    attack.arguments[1] = Argument::Input(altered.to_bytes());

    let opened = Arc::new(Mutex::new(vec![Vec::new(); 3]));
    let mut eavesdropped = nodes(&attack, &journals());
    for index in 0..3 {
        let opened = Arc::clone(&opened);
        let record = move |message: mpc::memory::Message| {
            if message.phase.kind == PhaseKind::Tags {
                opened.lock().expect("not poisoned")[index] = message.payload.clone();
            }
            vec![message]
        };
        eavesdropped = tampered(eavesdropped, index, Box::new(record));
    }
    assert!(run(eavesdropped).iter().all(Result::is_ok));
    let opened = opened.lock().expect("not poisoned");
    let tag = |bytes: &[u8]| Gf128::from_bytes(bytes[..16].try_into().expect("16 bytes"));

    // What a corrupted node knows: contexts, seeds, hash keys.
    let context = |argument: &InputArgument| {
        argument.input.context(&honest.base, &[argument.recipient]).expect("its own call")
    };
    let (context, altered_context) = (context(&input), context(&altered));
    let seeds: Vec<_> =
        (0..3).map(|node| context.node_secrets(node, &node_secrets(node).encryption_key).seed).collect();
    let (keys, altered_keys) = (context.tag_keys(&seeds), altered_context.tag_keys(&seeds));
    let (h, altered_h) = (keys.hash_key(), altered_keys.hash_key());
    let hash_both = |bits: &PackedBits| {
        polynomial_hash(h, bits.as_bytes(), bits.len())
            + polynomial_hash(altered_h, bits.as_bytes(), bits.len())
    };

    let mut learned = Gf128::ZERO;
    for (node, (opened, honest)) in (0..).zip(opened.iter().zip(&input.input.nodes)) {
        // Opened is the hash and the mask, without w.
        learned += tag(opened) + Gf128::from_bytes(honest.tag) + keys.tag_mask(node);
    }
    let plaintext = to_packed(&VALUES.bid_bits());
    let pads = plaintext.xor(&input.input.ciphertext).expect("strings of one length");
    // The sum of three affine functions is affine with the same constant.
    assert_ne!(learned, hash_both(&pads), "the opened tags give linear equations in the plaintext");
}

#[test]
fn plaintexts_have_one_encoding() {
    for bytes in [vec![], vec![1], vec![1, 2, 3]] {
        let mut task = task();
        task.arguments[0] = Argument::Plaintext(bytes);
        assert!(matches!(
            must_reject(&task),
            Rejection::InputMalformed { argument: 0, why: ArgumentFault::Value(_) }
        ));
    }
}

#[test]
fn recipient_keys_are_points_other_than_the_identity() {
    for (bytes, why) in [
        (vec![0; 32], WireError::IdentityPoint { what: "the recipient key" }),
        (vec![0xff; 32], WireError::NotAPoint { what: "the recipient key" }),
        (vec![1; 31], WireError::WrongLength { what: "the recipient key", expected: 32, actual: 31 }),
    ] {
        let mut task = task();
        task.arguments[2] = Argument::Input(bytes);
        assert_eq!(
            must_reject(&task),
            Rejection::InputMalformed { argument: 2, why: ArgumentFault::Wire(why) }
        );
    }
}

#[test]
fn cells_that_are_not_of_the_type_are_unreadable() {
    let short = written_cell(&CELL, 8, &Bits::zeros(95)).to_bytes();
    let mut task = task();
    *input_bytes(&mut task, 3) = short;
    let why = ArgumentFault::Bits { expected: 96, actual: 95 };
    assert_eq!(must_reject(&task), Rejection::CellUnreadable { argument: 3, why });
    *input_bytes(&mut task, 3) = Vec::new();
    assert!(matches!(
        must_reject(&task),
        Rejection::CellUnreadable { argument: 3, why: ArgumentFault::Wire(_) }
    ));
}

#[test]
fn nodes_with_different_tasks_find_out_first() {
    let changes: [fn(&mut Task); 7] = [
        |task| task.computation = named("another computation"),
        |task| task.base.epoch += 1,
        |task| task.base.counter += 1,
        |task| task.state_key_version += 1,
        |task| task.output_cells[3] = Some(CellTarget { cell: CELL, new_version: 10 }),
        |task| task.arguments[0] = Argument::Plaintext(vec![9, 9]),
        |task| {
            let body = written_cell(&CELL, 7, &state_bits(1, 2)).to_bytes();
            task.arguments[3] = Argument::Cell { address: CELL, version: 7, body };
        },
    ];
    for change in changes {
        let mut nodes = nodes(&task(), &journals());
        change(&mut nodes[1].task);
        let results = run(nodes);
        for (node, other) in [(0, 1), (1, 0), (2, 1)] {
            let party = PartyId(other);
            let error = ExecuteError::Protocol(ProtocolError::DifferentTask { party });
            assert_eq!(results[node], Err(error.clone()));
            assert_eq!(error.party(), Some(party));
        }
    }
    // Another shape of the same circuit is another program.
    let mut nodes = nodes(&task(), &journals());
    nodes[1].task = everything_task(Shape::Small, &VALUES, &state_bits(1, 2), 1);
    assert!(matches!(
        run(nodes)[0],
        Err(ExecuteError::Protocol(ProtocolError::DifferentTask { party: PartyId(1) }))
    ));
}

#[test]
fn another_session_is_another_task() {
    let mut nodes = nodes(&task(), &journals());
    nodes[2].task.session = named("another session");
    let results = run(nodes);
    for (node, other) in [(0, 2), (1, 2), (2, 0)] {
        let error = ProtocolError::DifferentTask { party: PartyId(other) };
        assert_eq!(results[node], Err(ExecuteError::Protocol(error)));
    }
}

#[test]
fn a_full_disk_ends_the_attempt() {
    let mut nodes = nodes(&task(), &journals());
    nodes[1].journal.fails = true;
    let results = run(nodes);
    assert_eq!(results[1], Err(ExecuteError::Journal(JournalError::Storage("the disk is full".into()))));
    for node in [0, 2] {
        let error = results[node].as_ref().expect_err("a peer left");
        assert_eq!(error.party(), Some(PartyId(1)));
    }
}

#[test]
fn tasks_that_cannot_run_here_send_nothing() {
    let task_error = |change: fn(&mut Task)| {
        let mut task = task();
        change(&mut task);
        let results = run(nodes(&task, &journals()));
        match results.into_iter().next() {
            Some(Err(ExecuteError::Task(error))) => error,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(task_error(|task| task.base.protocol = 2), TaskError::UnknownProtocol(2));
    assert_eq!(
        task_error(|task| task.base.members.truncate(2)),
        TaskError::PartyCount { expected: 2, actual: 3 }
    );
    assert_eq!(task_error(|task| task.base.members.swap(0, 1)), TaskError::ForeignKey { member: 0 });
    assert_eq!(task_error(|task| task.base.circuit[0] ^= 1), TaskError::OtherCircuit { what: "circuit" });
    assert_eq!(task_error(|task| task.base.interface[0] ^= 1), TaskError::OtherCircuit { what: "interface" });
    assert_eq!(
        task_error(|task| task.arguments.truncate(5)),
        TaskError::Count { what: "arguments", expected: 6, actual: 5 }
    );
    assert_eq!(
        task_error(|task| task.output_cells.truncate(5)),
        TaskError::Count { what: "output targets", expected: 6, actual: 5 }
    );
    assert_eq!(
        task_error(|task| task.arguments[4] = Argument::Plaintext(vec![])),
        TaskError::ArgumentKind { argument: 4 }
    );
    assert_eq!(task_error(|task| task.output_cells[3] = None), TaskError::OutputTarget { output: 3 });
    assert_eq!(
        task_error(|task| task.output_cells[0] = Some(CellTarget { cell: CELL, new_version: 1 })),
        TaskError::OutputTarget { output: 0 }
    );
}
