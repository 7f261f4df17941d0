//! Nodes that are killed, restarted, or cut off.

use std::time::Duration;

use arx_program::state::ComputationStatus;

use super::{Scenario, calm, rough};
use crate::application::Kind;
use crate::failure::Failure;
use crate::prepared::NODES;
use crate::user::Plan;
use crate::world::World;

/// A node is killed in the middle of a computation and stays away until after the deadline.
pub static KILLED_NODE: Scenario = Scenario {
    name: "killed-node",
    about: "a node is killed in the middle of a computation and comes back after the deadline: the computation expires with a \
            full refund (or was through already), and the cluster computes again",
    conditions: calm,
    furnished: true,
    play: |world| Box::pin(killed(world)),
    occurs: &[("while it was away: Expired", 60)],
};

async fn killed(world: &mut World) -> Result<(), Failure> {
    world.start_all()?;
    let cell = world.prepared.cells[0];
    let open = world.call(0, &Plan::new(Kind::Open, &[5], Some(cell))).await?;
    world.expect(&open, ComputationStatus::Finalized).await?;

    let victim = world.random.index(NODES);
    let before = world.network.counters().frames;
    let call = world.call(1, &Plan { patience: 60, ..Plan::new(Kind::Raise, &[9], Some(cell)) }).await?;
    let frames = before + 1 + world.random.below(40);
    world.until_or_settled(&call, move |world| world.network.counters().frames >= frames).await?;
    world.kill(victim).await?;
    let status = world.finalized_or_refunded(&call).await?;
    world.note(format!("while it was away: {status:?}"));
    world.start(victim)?;
    let again = world.call(1, &Plan { patience: 1_000, ..Plan::new(Kind::Raise, &[9], Some(cell)) }).await?;
    world.expect(&again, ComputationStatus::Finalized).await
}

/// Nodes are killed and restarted again and again while computations go on.
pub static RESTARTED_NODES: Scenario = Scenario {
    name: "restarted-nodes",
    about: "nodes are killed at random moments and restarted soon after, while computations are in flight; each of these is \
            finalised or refunded, and nothing is computed or written twice",
    conditions: rough,
    furnished: true,
    play: |world| Box::pin(restarted(world)),
    occurs: &[],
};

async fn restarted(world: &mut World) -> Result<(), Failure> {
    world.start_all()?;
    let cell = world.prepared.cells[0];
    let open = world.call(0, &Plan { patience: 1_000, ..Plan::new(Kind::Open, &[5], Some(cell)) }).await?;
    world.expect(&open, ComputationStatus::Finalized).await?;
    let calls = [
        world.plan(0, &Plan { patience: 200, ..Plan::new(Kind::Raise, &[9], Some(cell)) }),
        world.plan(1, &Plan { patience: 200, ..Plan::new(Kind::Add, &[2], Some(cell)) }),
        world.plan(2, &Plan { patience: 200, ..Plan::new(Kind::Next, &[6], None) }),
    ];
    world.send_together(&calls).await?;
    for _ in 0..1 + world.random.below(3) {
        world.pause(Duration::ZERO..=Duration::from_millis(2_500)).await;
        let victim = world.random.index(NODES);
        world.kill(victim).await?;
        world.pause(Duration::from_millis(10)..=Duration::from_secs(4)).await;
        world.start(victim)?;
    }
    for call in &calls {
        let status = world.finalized_or_refunded(call).await?;
        world.note(format!("{} of user {}: {status:?}", call.kind.name(), call.user));
    }
    let last = world.call(3, &Plan { patience: 1_000, ..Plan::new(Kind::Close, &[], Some(cell)) }).await?;
    world.expect(&last, ComputationStatus::Finalized).await
}

/// Two nodes cannot reach each other for a while.
pub static PARTITION: Scenario = Scenario {
    name: "partition",
    about: "two nodes cannot reach each other for a while; computations wait, or end with a refund, and go on when they can",
    conditions: calm,
    furnished: true,
    play: |world| Box::pin(partition(world)),
    occurs: &[],
};

async fn partition(world: &mut World) -> Result<(), Failure> {
    world.start_all()?;
    let a = world.random.index(NODES);
    let b = (a + 1) % NODES;
    let early = world.random.chance(500);
    if early {
        world.network.cut(a, b);
    }
    let call = world.call(0, &Plan { patience: 400, ..Plan::new(Kind::Next, &[1], None) }).await?;
    if !early {
        world.pause(Duration::ZERO..=Duration::from_millis(1_200)).await;
        world.network.cut(a, b);
    }
    world.pause(Duration::from_millis(100)..=Duration::from_secs(40)).await;
    world.network.heal(a, b);
    let status = world.finalized_or_refunded(&call).await?;
    world.note(format!("after the partition: {status:?}"));
    let again = world.call(0, &Plan { patience: 1_000, ..Plan::new(Kind::Next, &[1], None) }).await?;
    world.expect(&again, ComputationStatus::Finalized).await
}
