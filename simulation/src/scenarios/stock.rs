//! Correlated randomness: made from nothing, interrupted, spoiled.

use std::time::Duration;

use arx_program::state::ComputationStatus;

use super::{Scenario, calm, rough};
use crate::application::Kind;
use crate::byzantine::{Misdeed, Vandal};
use crate::failure::Failure;
use crate::prepared::NODES;
use crate::user::Plan;
use crate::world::World;

/// Nodes without stock make it, and a state key, before they compute.
pub static FIRST_STOCK: Scenario = Scenario {
    name: "first-stock",
    about: "nodes begin with nothing, on a rough network; they make stock and a state key together, and everything is finalised",
    conditions: rough,
    furnished: false,
    play: |world| Box::pin(first(world)),
    occurs: &[("a batch is in the stock", 100), ("a state key was made", 100)],
};

async fn first(world: &mut World) -> Result<(), Failure> {
    world.start_all()?;
    let cell = world.prepared.cells[0];
    for kind in [Kind::Open, Kind::Raise, Kind::Close] {
        let numbers: &[u64] = if kind == Kind::Close { &[] } else { &[5] };
        let call = world.call(0, &Plan { patience: 1_500, ..Plan::new(kind, numbers, Some(cell)) }).await?;
        world.expect(&call, ComputationStatus::Finalized).await?;
    }
    Ok(())
}

/// A node is killed while stock is made, and comes back.
pub static STOCK_INTERRUPTED: Scenario = Scenario {
    name: "stock-interrupted",
    about: "a node is killed once or twice while the first stock and state key are made, and restarted; the batch is burned, another \
            is made, and the computation is finalised",
    conditions: calm,
    furnished: false,
    play: |world| Box::pin(interrupted(world)),
    occurs: &[("a batch is in the stock", 100)],
};

async fn interrupted(world: &mut World) -> Result<(), Failure> {
    world.start_all()?;
    let cell = world.prepared.cells[0];
    let call = world.call(0, &Plan { patience: 1_500, ..Plan::new(Kind::Open, &[5], Some(cell)) }).await?;
    for _ in 0..1 + world.random.below(2) {
        let frames = world.network.counters().frames + world.random.below(800);
        world.until_or_settled(&call, move |world| world.network.counters().frames >= frames).await?;
        let victim = world.random.index(NODES);
        world.kill(victim).await?;
        world.pause(Duration::from_millis(10)..=Duration::from_secs(4)).await;
        world.start(victim)?;
    }
    world.expect(&call, ComputationStatus::Finalized).await?;
    let close = world.call(0, &Plan { patience: 1_000, ..Plan::new(Kind::Close, &[], Some(cell)) }).await?;
    world.expect(&close, ComputationStatus::Finalized).await
}

/// A node flips bits of what it sends while stock is made.
pub static STOCK_SPOILED: Scenario = Scenario {
    name: "stock-spoiled",
    about: "a node flips bits of what it sends while stock is made: such a batch is burned and the node accused by whoever saw it; \
            computations are finalised with the right result, or refunded",
    conditions: calm,
    furnished: false,
    play: |world| Box::pin(spoiled(world)),
    occurs: &[("a batch was burned", 25)],
};

async fn spoiled(world: &mut World) -> Result<(), Failure> {
    let culprit = world.random.index(NODES);
    world.corrupt(culprit, Vandal::new(&[Misdeed::Flip], 3, world.seed.stream("vandal")));
    world.note(format!("node {culprit} spoils stock"));
    world.start_all()?;
    let call = world.call(0, &Plan { patience: 120, ..Plan::new(Kind::Next, &[1], None) }).await?;
    world.finalized_or_refunded(&call).await?;
    Ok(())
}
