//! A chain that changes its mind.

use std::time::Duration;

use arx_program::state::ComputationStatus;

use super::Scenario;
use crate::application::Kind;
use crate::chain::ChainConditions;
use crate::failure::Failure;
use crate::network::Conditions;
use crate::prepared::USERS;
use crate::user::Plan;
use crate::world::World;

/// Forks short of confirmation.
pub static FORKS: Scenario = Scenario {
    name: "forks",
    about: "forks drop blocks that were not confirmed yet, with users' calls and nodes' results in them; whatever was \
            confirmed stands, and everything is finalised once",
    conditions: || (Conditions::calm(), ChainConditions::forking()),
    furnished: true,
    play: |world| Box::pin(forks(world)),
    occurs: &[("fork drops", 95)],
};

async fn forks(world: &mut World) -> Result<(), Failure> {
    world.start_all()?;
    let cell = world.prepared.cells[0];
    let patience = 2_000;
    let open = world.call(0, &Plan { patience, ..Plan::new(Kind::Open, &[1], Some(cell)) }).await?;
    world.expect(&open, ComputationStatus::Finalized).await?;
    for number in 0..3 {
        let user = world.random.index(USERS);
        let kind = *world.random.choose(&[Kind::Raise, Kind::Add]);
        world.call(user, &Plan { patience, ..Plan::new(kind, &[number], Some(cell)) }).await?;
    }
    for call in &world.calls {
        world.expect(call, ComputationStatus::Finalized).await?;
    }
    Ok(())
}

/// A fork below what was confirmed.
pub static DEEP_FORKS: Scenario = Scenario {
    name: "deep-forks",
    about: "a fork drops blocks that were confirmed, with a call or its result in them; the nodes survive it, never sign two \
            results of one computation, and later calls are computed",
    conditions: || (Conditions::calm(), ChainConditions::calm()),
    furnished: true,
    play: |world| Box::pin(deep_forks(world)),
    occurs: &[("the fork took the call back", 10)],
};

async fn deep_forks(world: &mut World) -> Result<(), Failure> {
    world.start_all()?;
    let cell = world.prepared.cells[0];
    let open = world.call(0, &Plan::new(Kind::Open, &[1], Some(cell))).await?;
    world.expect(&open, ComputationStatus::Finalized).await?;
    world.sleep(Duration::from_secs(12)).await;

    let call = world.call(1, &Plan { patience: 250, ..Plan::new(Kind::Raise, &[5], Some(cell)) }).await?;
    world.pause(Duration::ZERO..=Duration::from_secs(5)).await;
    world.ledger.fork(5 + world.random.index(10));
    // What the fork put back into the queue is in a block by then.
    world.sleep(Duration::from_secs(4)).await;
    if world.computation(&call.computation).is_none() {
        world.note("the fork took the call back");
        world.calls.retain(|other| other.computation != call.computation);
    } else {
        let status = world.finalized_or_refunded(&call).await?;
        world.note(format!("after the fork: {status:?}"));
    }
    let again = world.call(1, &Plan { patience: 1_000, ..Plan::new(Kind::Raise, &[9], Some(cell)) }).await?;
    world.expect(&again, ComputationStatus::Finalized).await
}
