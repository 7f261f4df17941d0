//! Whole computations of honest nodes with the engine for dishonest majorities: on what a dealer gave and on what the nodes made.

mod support;

use std::sync::Arc;

use arcis_circuit::gates::Shape;
use arcis_circuit::{
    Artifact, Bits, Circuit, Function, Input, Interface, Op, Output, OutputKind, Parameter, ParameterKind,
    Type, Visibility,
};
use arx_wire::output::{EncryptedOutput, OutputPlace};
use mpc::ProtocolError;
use mpc::correlation::BatchId;
use mpc::correlation::dealer::Stock;
use mpc::message::Identity;
use mpc::preprocessing::{Parameters, PartBits, Producer, StateKey};
use mxe_runtime::stock::{Directory, FileGuard, Segments};
use mxe_runtime::{
    Argument, CellTarget, ExecuteError, Finished, Outcome, Participant, Plan, Task, execute_malicious,
};
use support::malicious::*;
use support::*;
use zeroize::Zeroizing;

fn decrypted(task: &Task, finished: &Finished, index: u16, slot: u16, bits: u32) -> Bits {
    let output = EncryptedOutput::parse(&finished.outputs[usize::from(index)]).expect("an output's bytes");
    let place = OutputPlace { computation: task.computation, session: task.session, index, bits };
    let value = output.decrypt(&task.base, &place, &recipient_key(slot)).expect("every tag fits");
    Bits::from_bytes(value.as_bytes(), bits as usize).expect("canonical bits")
}

#[test]
fn every_kind_of_parameter_and_output_works_and_state_lives_on() {
    for (nodes, shape) in [(2, Shape::Small), (3, Shape::Fast), (5, Shape::Fast)] {
        let logs = logs(nodes);
        let state = state_bits(1 << 40, 0x00ff_00ff);
        let mut task = malicious_task(nodes, shape, &VALUES, &state, 1);
        let mut amount = 1_u64 << 40;
        let mut mark = 0x00ff_00ff_u32;
        for counter in 1..=3_u64 {
            let finished = all_finish(&task, &logs);
            assert_eq!(finished.outputs[0], [u8::from(VALUES.bid < 1000)]);
            assert_eq!(finished.outputs[5], 1000_u16.to_le_bytes());
            assert_eq!(decrypted(&task, &finished, 2, 1, 96), state_bits(amount, mark));
            amount += VALUES.bid;
            mark ^= u32::from(VALUES.hint);
            assert_eq!(decrypted(&task, &finished, 1, 0, 64), Bits::from_u64(amount, 64));
            let version = 8 + counter;
            let body = &finished.outputs[3];
            assert_eq!(tagged_cell_value(nodes, &CELL, version, body), state_bits(amount, mark));
            let other = tagged_cell_value(nodes, &OTHER_CELL, counter, &finished.outputs[4]);
            assert_eq!(other, Bits::from_u64(1000, 16));

            // The next call loads what this one stored, in another batch of preprocessing.
            let body = body.clone();
            let mut next = malicious_task(nodes, shape, &VALUES, &state, counter + 1);
            next.arguments[3] = Argument::Cell { address: CELL, version, body };
            next.output_cells[3] = Some(CellTarget { cell: CELL, new_version: version + 1 });
            next.output_cells[4] = Some(CellTarget { cell: OTHER_CELL, new_version: counter + 1 });
            task = next;
            for log in &logs {
                log.journal.opened.lock().expect("not poisoned").clear();
            }
        }
    }
}

#[test]
fn an_execution_takes_exactly_what_its_plan_says() {
    for shape in [Shape::Small, Shape::Fast] {
        let task = malicious_task(NODES, shape, &VALUES, &state_bits(1, 2), 1);
        let need = task.plan.stock_need();
        assert_eq!((need.loaded_bits, need.stored_bits, need.field_triples), (96, 96 + 16, 2));
        for (bits, triples) in [(0, 0), (1, 0), (0, 1)] {
            let stock = Stock { bits: need.bits as usize - bits, triples: need.triples as usize - triples };
            let mut nodes = malicious_nodes(&task, &logs(NODES));
            for node in 0..NODES.into() {
                nodes = with_node(nodes, node, |node| MaliciousNode {
                    dealer: node.dealer.with_stock(stock),
                    ..node
                });
            }
            for ended in run_malicious(nodes) {
                match ended.result {
                    Ok(Outcome::Finished(_)) if (bits, triples) == (0, 0) => {}
                    Err(ExecuteError::Protocol(ProtocolError::Stock(_))) if bits + triples == 1 => {}
                    other => panic!("{other:?}"),
                }
            }
        }
    }
}

/// Two circuits that share a state of one byte: one writes it, one gives it to a client, with whether the client's
/// byte is less, and replaces it by that.
fn initial_and_swap() -> [Artifact; 2] {
    let byte = || Type::Integer { bits: 8, signed: false };
    let parameter = |name: &str, kind| Parameter { name: name.into(), kind, ty: byte() };
    let output = |kind, ty| Output { kind, ty };
    let word = |visibility| Input { width: 8, visibility };
    let artifact = |name: &str, parameters, outputs, inputs, ops, results| Artifact {
        interface: Interface { name: name.into(), parameters, outputs },
        circuit: Circuit { functions: vec![Function { name: name.into(), inputs, ops, outputs: results }] },
        public: None,
    };
    let initial = artifact(
        "initial",
        vec![parameter("start", ParameterKind::Plaintext)],
        vec![output(OutputKind::Cell { source: None }, byte())],
        vec![word(Visibility::Public)],
        vec![],
        vec![0],
    );
    let swap = artifact(
        "swap",
        vec![parameter("value", ParameterKind::Shared { slot: 0 }), parameter("state", ParameterKind::Cell)],
        vec![
            output(OutputKind::Public, Type::Bool),
            output(OutputKind::Shared { slot: 0 }, byte()),
            output(OutputKind::Cell { source: Some(1) }, byte()),
        ],
        vec![word(Visibility::Secret), word(Visibility::Secret)],
        vec![Op::Less { a: 0, b: 1, signed: false }, Op::Reveal(2)],
        vec![3, 1, 0],
    );
    [initial, swap]
}

/// From oblivious transfer through the store on disk to states and results, without a dealer.
#[test]
fn computations_run_on_what_the_nodes_made_and_stored_themselves() {
    let plans = initial_and_swap().map(|artifact| Arc::new(Plan::new(artifact).expect("a valid artifact")));
    let bases = [1, 2].map(|counter| malicious_base(&plans[counter as usize - 1], NODES, counter));
    let batch = [0xba; 32];
    let directories: Vec<_> = (0..NODES).map(|_| tempfile::tempdir().expect("a directory")).collect();
    let identity = |node| Identity::new(members(&bases[0]), &identity_secret(node));
    let identity = &identity;

    let made =
        mpc::memory::mesh(NODES).into_iter().zip(&directories).map(|(channel, directory)| async move {
            let node = mpc::Channel::me(&channel).0;
            let disk = Directory::open(directory.path().join("stock")).expect("a directory");
            let guard = FileGuard::new(directory.path().join("guard"));
            let stock = mxe_runtime::stock::Stock::open(disk, guard, [node; 32]).expect("an empty stock");
            let mut writer = stock.begin(BatchId(batch)).expect("a new batch");
            let mut channel = channel;
            let session = mpc::Session::signed(&mut channel, [0xee; 32], identity(node)).expect("its own");
            let (_, mut key) = StateKey::create(session, state_key(), [node + 9; 32], PartBits::TWO)
                .await
                .expect("honest nodes");
            let session = mpc::Session::signed(&mut channel, batch, identity(node)).expect("its own");
            let parameters = Parameters::for_stock(NODES, 384).expect("enough triples");
            let mut producer = Producer::start(session, [node; 32], parameters).await?;
            producer.bits(384, &mut writer).await?;
            producer.triples(&mut writer).await?;
            producer.field_triples(3, &mut writer).await?;
            producer.state_bits(&mut key, 128, |_| Ok(()), &mut writer).await?;
            let (_, released) = producer.finish().await?;
            writer.release(&released).expect("the batch that was made");
            Ok::<_, mpc::preprocessing::PreprocessingError>((stock, key.share()))
        });
    let stocks = futures::executor::block_on(futures::future::try_join_all(made)).expect("honest nodes");

    // What both computations take, one after the other.
    let mut next = Segments {
        batch: BatchId(batch),
        bits: 0..0,
        triples: 0..0,
        field_triples: 0..0,
        state_bits: std::collections::BTreeMap::from([(state_key(), 0..0)]),
        scalars: 0..0,
    };
    let mut run = |task: &Task| {
        let need = task.plan.stock_need();
        let after = |range: &std::ops::Range<u64>, count| range.end..range.end + count;
        next = Segments {
            batch: BatchId(batch),
            bits: after(&next.bits, need.bits),
            triples: after(&next.triples, need.triples),
            field_triples: after(&next.field_triples, need.field_triples),
            state_bits: next
                .state_bits
                .iter()
                .map(|(key, range)| (*key, after(range, need.loaded_bits + need.stored_bits)))
                .collect(),
            scalars: after(&next.scalars, need.scalars),
        };
        let channels = mpc::memory::mesh(NODES).into_iter().zip(&stocks).zip(logs(NODES));
        let segments = &next;
        let nodes = channels.map(|((mut channel, (stock, share)), mut log)| async move {
            let node = mpc::Channel::me(&channel).0;
            let participant = Participant {
                secrets: &node_secrets(node),
                identity: Identity::new(members(&task.base), &identity_secret(node)),
                source: stock.take(task.session, segments, &[(state_key(), *share)]).expect("free items"),
                seed: Zeroizing::new([node; 32]),
                signing_key: None,
            };
            execute_malicious(task, participant, &mut log, &mut channel, &mut |_| ()).await.result
        });
        let outcomes =
            futures::executor::block_on(futures::future::try_join_all(nodes)).expect("honest nodes");
        assert!(stocks.iter().all(|(stock, _)| stock.take([1; 32], segments, &[]).is_err()));
        let mut finished = outcomes.into_iter().map(|outcome| match outcome {
            Outcome::Finished(finished) => finished,
            Outcome::Rejected(rejection) => panic!("{rejection}"),
        });
        let first = finished.next().expect("three nodes");
        assert!(finished.all(|other| other.outputs == first.outputs));
        first
    };

    let [initial, swap] = plans;
    let [initial_base, swap_base] = bases.clone();
    let task = Task {
        base: initial_base,
        plan: initial,
        session: named("first session"),
        computation: named("first computation"),
        arguments: vec![Argument::Plaintext(vec![77])],
        output_cells: vec![Some(CellTarget { cell: CELL, new_version: 1 })],
        state_key_version: 1,
    };
    let body = run(&task).outputs[0].clone();
    let argument = encrypted(&swap_base, 0, &Bits::from_u64(42, 8));
    let task = Task {
        base: swap_base,
        plan: swap,
        session: named("second session"),
        computation: named("second computation"),
        arguments: vec![
            Argument::Input(argument.to_bytes()),
            Argument::Cell { address: CELL, version: 1, body },
        ],
        output_cells: vec![None, None, Some(CellTarget { cell: CELL, new_version: 2 })],
        state_key_version: 1,
    };
    let finished = run(&task);
    assert_eq!(finished.outputs[0], [1]);
    assert_eq!(decrypted(&task, &finished, 1, 0, 8), Bits::from_u64(77, 8));
    assert_eq!(tagged_cell_value(NODES, &CELL, 2, &finished.outputs[2]), Bits::from_u64(42, 8));
}
