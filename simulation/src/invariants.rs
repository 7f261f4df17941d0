//! What must be true at the end of every run, whatever happened in it.

use std::collections::BTreeMap;

use anchor_lang::AccountDeserialize;
use arcis_circuit::{Bits, OutputKind, ParameterKind, evaluate};
use arx_program::state::{
    Cell, Cluster, Computation, ComputationResult, ComputationStatus, FailureReason, Queue,
};
use arx_wire::cell::{CellBody, MxeKey};
use arx_wire::output::{EncryptedOutput, OutputPlace};
use solana_pubkey::Pubkey;

use crate::application::Kind;
use crate::failure::{Failure, ensure};
use crate::trace::Actor;
use crate::user::Call;
use crate::world::World;

/// Checks everything.
///
/// # Errors
/// The first thing that is not as it must be.
pub fn check(world: &World) -> Result<(), Failure> {
    let settled = world
        .calls
        .iter()
        .map(|call| {
            let computation = world.computation(&call.computation);
            let computation = computation.filter(Computation::is_settled);
            let what = || Failure::new(format!("{} of user {} is not settled", call.kind.name(), call.user));
            Ok((call, computation.ok_or_else(what)?))
        })
        .collect::<Result<Vec<_>, Failure>>()?;
    no_task_panicked(world)?;
    nobody_honest_is_blamed(world)?;
    queue_is_empty(world)?;
    lamports_are_kept(world)?;
    wallets_are_charged(world, &settled)?;
    results_are_right(world, &settled)
}

fn no_task_panicked(world: &World) -> Result<(), Failure> {
    match world.trace.events().iter().find(|event| event.what.contains("panicked")) {
        Some(event) => Err(Failure::new(format!("{}: {}", event.actor, event.what))),
        None => Ok(()),
    }
}

/// No honest node says of another that it broke the protocol, and none has evidence of it or believes an accusation that a
/// culprit did not make.
fn nobody_honest_is_blamed(world: &World) -> Result<(), Failure> {
    let culprit = world.culprit.map(|index| world.prepared.node(index).identity().to_string());
    for event in world.trace.events() {
        let Actor::Node(node) = event.actor else { continue };
        let blames = ["a peer broke the protocol", "is proven to have misbehaved", "accuses another"];
        if Some(node) != world.culprit && blames.iter().any(|words| event.what.contains(words)) {
            let just = culprit.as_ref().is_some_and(|culprit| event.what.contains(culprit.as_str()));
            ensure(just, || format!("node {node} blames an honest one: {}", event.what))?;
        }
    }
    Ok(())
}

fn queue_is_empty(world: &World) -> Result<(), Failure> {
    let address = arx_program::pda::queue(&world.prepared.cluster).0;
    let account = world.ledger.confirmed(&address).ok_or_else(|| Failure::new("the queue is gone"))?;
    // Anchor's discriminator, the cluster's address, the next sequence number, then the length.
    let length = account.data.get(8 + 32 + 8..8 + 32 + 16).map_or(&[][..], |bytes| bytes);
    ensure(account.data.len() == Queue::SPACE && length == [0; 8], || {
        "the queue still holds computations".to_owned()
    })
}

/// No lamport comes from nowhere, and none is lost but the fees that the runtime burns.
fn lamports_are_kept(world: &World) -> Result<(), Failure> {
    let (held, fees) = world.ledger.lamports();
    ensure(held + fees == world.lamports, || {
        format!("there were {} lamports, there are {held} and {fees} of fees", world.lamports)
    })
}

/// What the members keep of a settled computation's escrow.
fn kept(computation: &Computation) -> u64 {
    let escrow = computation.escrow;
    match computation.status {
        ComputationStatus::Finalized => escrow.base_fee + escrow.work_fee + escrow.priority_fee,
        ComputationStatus::Failed { reason, .. } => match reason {
            FailureReason::CellUnreadable | FailureReason::ProtocolFailed => 0,
            FailureReason::InputTampered
            | FailureReason::InputSpent
            | FailureReason::InputMalformed
            | FailureReason::InputStale
            | FailureReason::CircuitMismatch
            | FailureReason::DefinitionMismatch => escrow.base_fee,
        },
        ComputationStatus::Queued | ComputationStatus::Expired => 0,
        ComputationStatus::Cancelled => escrow.base_fee,
    }
}

/// Every user paid the rent of its computations and the fees that were kept; the cluster owes exactly those.
fn wallets_are_charged(world: &World, settled: &[(&Call, Computation)]) -> Result<(), Failure> {
    for (user, before) in world.wallets.iter().enumerate() {
        let mut spent = 0;
        for (call, computation) in settled.iter().filter(|(call, _)| call.user == user) {
            let rent = world.ledger.confirmed(&call.computation).map_or(0, |account| account.lamports);
            spent += rent + kept(computation);
        }
        let after = world.balance(user);
        ensure(after + spent == *before, || {
            format!("user {user} had {before} lamports and has {after}, but owes {spent}")
        })?;
    }
    let account = world.ledger.confirmed(&world.prepared.cluster);
    let cluster = account.and_then(|account| Cluster::try_deserialize(&mut account.data.as_slice()).ok());
    let cluster = cluster.ok_or_else(|| Failure::new("the cluster is gone"))?;
    let owed = cluster.accrued.iter().sum::<u64>() + cluster.treasury_accrued;
    let earned: u64 = settled.iter().map(|(_, computation)| kept(computation)).sum();
    ensure(owed == earned, || format!("the cluster owes {owed} lamports of {earned} earned"))?;
    let unequal = cluster.accrued.iter().any(|share| Some(share) != cluster.accrued.first());
    ensure(!unequal, || format!("the members' shares differ: {:?}", cluster.accrued))
}

/// Everything that was finalised is what the reference evaluator makes of the same arguments, in the order in which the
/// cells were written.
fn results_are_right(world: &World, settled: &[(&Call, Computation)]) -> Result<(), Failure> {
    let mut finalized: Vec<_> = settled
        .iter()
        .filter_map(|(call, computation)| Some((*call, computation, computation.result.as_ref()?)))
        .collect();
    // Those that write a version before those that only read it, so that the model has it.
    finalized.sort_by_key(|(call, _, result)| (version_before(result), call.kind.writes_cell()));
    let mut model: BTreeMap<(Pubkey, u64), u64> = BTreeMap::new();
    for (call, computation, result) in finalized {
        let name = || format!("{} of user {} (number {})", call.kind.name(), call.user, call.counter);
        let mut numbers = call.numbers.clone().ok_or_else(|| {
            Failure::new(format!("{} was finalised although its arguments are no values", name()))
        })?;
        let cell = call.cell.unwrap_or_default();
        if call.kind.reads_cell() {
            let state = model.get(&(cell, version_before(result)));
            let state =
                state.ok_or_else(|| Failure::new(format!("{} read a version nobody wrote", name())))?;
            let place = call.kind.parameters().iter().position(|(_, kind)| *kind == ParameterKind::Cell);
            numbers.insert(place.unwrap_or_default(), *state);
        }
        let expected = reference(call.kind, &numbers)?;
        for (index, (output, expected)) in call.kind.outputs().iter().zip(expected).enumerate() {
            let actual = match output.kind {
                OutputKind::Cell { .. } => {
                    let version = version_before(result) + 1;
                    let former = model.insert((cell, version), expected);
                    ensure(former.is_none(), || format!("version {version} of a cell was written twice"))?;
                    continue;
                }
                OutputKind::Public => number(result.outputs.get(index))?,
                OutputKind::Shared { .. } => {
                    opened(world, call, computation, result, index, output.ty.bits() as u32)?
                }
            };
            ensure(actual == expected, || {
                format!("output {index} of {} is {actual}, the reference says {expected}", name())
            })?;
        }
    }
    for cell in world.prepared.cells {
        cell_is_right(world, cell, &model)?;
    }
    Ok(())
}

fn version_before(result: &ComputationResult) -> u64 {
    result.cell_versions.first().copied().unwrap_or_default()
}

fn reference(kind: Kind, numbers: &[u64]) -> Result<Vec<u64>, Failure> {
    let inputs: Vec<_> = numbers.iter().map(|number| Bits::from_u64(*number, 64)).collect();
    let outputs = evaluate(&kind.artifact().circuit, &inputs, &mut |_| Bits::new())
        .map_err(|error| Failure::new(format!("the reference does not run {}: {error}", kind.name())))?;
    Ok(outputs.iter().map(|output| output.to_u64().unwrap_or_default()).collect())
}

fn number(bytes: Option<&Vec<u8>>) -> Result<u64, Failure> {
    let bytes = bytes.and_then(|bytes| bytes.as_slice().try_into().ok());
    bytes.map(u64::from_le_bytes).ok_or_else(|| Failure::new("a public output has not eight bytes"))
}

/// Opens an output as its client does.
fn opened(
    world: &World,
    call: &Call,
    computation: &Computation,
    result: &ComputationResult,
    index: usize,
    bits: u32,
) -> Result<u64, Failure> {
    let wrong =
        |error: &dyn std::fmt::Display| Failure::new(format!("output {index} cannot be opened: {error}"));
    let bytes = result.outputs.get(index).map_or(&[][..], Vec::as_slice);
    let output = EncryptedOutput::parse(bytes).map_err(|error| wrong(&error))?;
    let place = OutputPlace {
        computation: call.computation.to_bytes(),
        session: result.session,
        index: index as u16,
        bits,
    };
    let key = world.users[call.user].recipient_key(computation.counter);
    let value =
        output.decrypt(&call.base(world.ledger.genesis()), &place, &key).map_err(|error| wrong(&error))?;
    Ok(little_endian(value.as_bytes()))
}

/// Opens a cell with the secrets of all nodes together, which nobody but a simulation has.
fn cell_is_right(
    world: &World,
    address: Pubkey,
    model: &BTreeMap<(Pubkey, u64), u64>,
) -> Result<(), Failure> {
    let account = world.ledger.confirmed(&address);
    let cell = account.and_then(|account| Cell::try_deserialize(&mut account.data.as_slice()).ok());
    let cell = cell.ok_or_else(|| Failure::new("a cell is gone"))?;
    let versions = model.range((address, 0)..=(address, u64::MAX)).count() as u64;
    ensure(cell.version == versions, || {
        format!("a cell has version {}, but {versions} results wrote it", cell.version)
    })?;
    let Some(expected) = model.get(&(address, cell.version)) else { return Ok(()) };
    let wrong = |error: &dyn std::fmt::Display| Failure::new(format!("a cell cannot be opened: {error}"));
    let body = CellBody::parse(&cell.data).map_err(|error| wrong(&error))?;
    let mut value = body.ciphertext.clone();
    for node in world.prepared.nodes() {
        let key = MxeKey::derive(&node.state_secret(), &cell.mxe.to_bytes(), body.key_version);
        let pad = key.pad(&address.to_bytes(), cell.version, &body.coin_s, body.ciphertext.len());
        value = value.xor(&pad).map_err(|error| wrong(&error))?;
    }
    let actual = little_endian(value.as_bytes());
    ensure(actual == *expected, || format!("a cell holds {actual}, the reference says {expected}"))
}

fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
