//! Several calls on one cell.

use arx_program::error::ArxError;
use arx_program::state::ComputationStatus;

use super::signatures::{finalize, statement_of};
use super::{Scenario, calm, rough};
use crate::application::Kind;
use crate::chain::Outcome;
use crate::failure::{Failure, ensure};
use crate::prepared::USERS;
use crate::trace::Actor;
use crate::user::Plan;
use crate::world::World;

/// Calls of several users on one cell arrive together.
pub static CALLS_IN_FLIGHT: Scenario = Scenario {
    name: "calls-in-flight",
    about: "several users' calls on one cell are in flight at once; none is lost, and the cell holds what they make one after \
            another",
    conditions: rough,
    furnished: true,
    play: |world| Box::pin(in_flight(world)),
    occurs: &[],
};

async fn in_flight(world: &mut World) -> Result<(), Failure> {
    world.start_all()?;
    let cell = world.prepared.cells[0];
    let patience = 2_000;
    let open = world.call(0, &Plan { patience, ..Plan::new(Kind::Open, &[10], Some(cell)) }).await?;
    world.expect(&open, ComputationStatus::Finalized).await?;
    let mut calls = Vec::new();
    for user in 0..USERS {
        let kind = *world.random.choose(&[Kind::Raise, Kind::Add]);
        let (number, priority_fee) = (world.random.below(50), world.random.below(2) * 500);
        calls.push(
            world.plan(user, &Plan { patience, priority_fee, ..Plan::new(kind, &[number], Some(cell)) }),
        );
    }
    world.send_together(&calls).await?;
    world.all_settled().await?;
    for call in &calls {
        world.expect(call, ComputationStatus::Finalized).await?;
    }
    let version = world.cell(&cell).map(|cell| cell.version);
    ensure(version == Some(1 + USERS as u64), || {
        format!("after {USERS} writes the cell has version {version:?}")
    })
}

/// All members sign a result that is based on an old version of a cell.
pub static OLD_CELL_VERSION: Scenario = Scenario {
    name: "old-cell-version",
    about: "even a result that all members signed is refused by the program when a cell has changed since the version it is \
            based on; the nodes then compute it on the new version",
    conditions: calm,
    furnished: true,
    play: |world| Box::pin(old_version(world)),
    occurs: &[],
};

async fn old_version(world: &mut World) -> Result<(), Failure> {
    world.start_all()?;
    let cell = world.prepared.cells[2];
    for plan in [Plan::new(Kind::Open, &[3], Some(cell)), Plan::new(Kind::Raise, &[8], Some(cell))] {
        let call = world.call(0, &plan).await?;
        world.expect(&call, ComputationStatus::Finalized).await?;
    }
    world.kill_all().await?;
    let call = world.call(1, &Plan { patience: 1_000, ..Plan::new(Kind::Add, &[1], Some(cell)) }).await?;
    let outcome = {
        let computation = statement_of(world, &call)?;
        // The cell is at version 2. This result, correct in every other way, loaded version 1.
        let body = world.cell(&cell).map(|cell| cell.data).unwrap_or_default();
        let instructions = finalize(world, &call, &computation, vec![1], vec![body]);
        world.submit(Actor::Scenario, "a result on an old version", instructions).await
    };
    let code = match outcome {
        Outcome::Refused { code, .. } => code,
        other => return Err(Failure::new(format!("a result on an old version {other}"))),
    };
    ensure(code == Some(u32::from(ArxError::CellChanged)), || format!("it is refused with {code:?}"))?;
    world.start_all()?;
    world.expect(&call, ComputationStatus::Finalized).await
}
