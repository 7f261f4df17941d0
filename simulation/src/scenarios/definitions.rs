//! Circuits that are not what their definition says.

use arx_program::pda;
use arx_program::state::{ComputationStatus, FailureReason};

use super::{Scenario, rough};
use crate::application::Kind;
use crate::failure::{Failure, ensure};
use crate::user::Plan;
use crate::world::World;

/// The bytes of a circuit on chain are not those of its hash.
pub static CIRCUIT_MISMATCH: Scenario = Scenario {
    name: "circuit-mismatch",
    about: "the circuit's bytes do not have the definition's hash (as served by a faulty chain, for the program checks them \
            once); every node refuses with CircuitMismatch, and all sign that",
    conditions: rough,
    // Nodes that have run a circuit keep it, and are not misled.
    furnished: false,
    play: |world| Box::pin(mismatch(world)),
    occurs: &[],
};

async fn mismatch(world: &mut World) -> Result<(), Failure> {
    world.start_all()?;
    let kind = *world.random.choose(&[Kind::Next, Kind::Open]);
    let circuit = pda::circuit(&world.prepared.definition(0, kind).address).0;
    let account = world.ledger.tip(&circuit).ok_or_else(|| Failure::new("the circuit's account is gone"))?;
    let length = kind.artifact().to_bytes().len();
    let mut data = account.data;
    let start = data.len() - length;
    let position = start + world.random.index(length);
    data[position] ^= 1 << world.random.below(8);
    world.ledger.overwrite(circuit, data);
    world.note(format!("bit flipped in byte {position} of the circuit `{}`", kind.name()));

    let cell = kind.writes_cell().then_some(world.prepared.cells[0]);
    let call = world.call(0, &Plan { patience: 1_000, ..Plan::new(kind, &[4], cell) }).await?;
    let status = world.settled(&call).await?;
    let failed = matches!(status, ComputationStatus::Failed { reason: FailureReason::CircuitMismatch, .. });
    ensure(failed, || format!("a circuit with another hash ends as {status:?}"))?;
    let plan = Plan::new(other(kind), &[4], Some(world.prepared.cells[1]));
    let untouched = world.call(1, &Plan { patience: 1_000, ..plan }).await?;
    world.expect(&untouched, ComputationStatus::Finalized).await
}

fn other(kind: Kind) -> Kind {
    if kind == Kind::Open { Kind::Next } else { Kind::Open }
}
