//! One node that does not follow the protocol.

use arx_program::state::ComputationStatus;

use super::{Scenario, calm};
use crate::application::Kind;
use crate::byzantine::{Forger, Misdeed, Vandal};
use crate::failure::Failure;
use crate::prepared::NODES;
use crate::user::Plan;
use crate::world::World;

/// A node sends bytes that are no frames, or frames that are far too long.
pub static MALFORMED_MESSAGES: Scenario = Scenario {
    name: "malformed-messages",
    about: "a node sends garbage and oversize frames now and then; the others log a typed error and close the connection, and \
            computations are finalised or refunded",
    conditions: calm,
    furnished: true,
    play: |world| Box::pin(malformed(world)),
    occurs: &[("a peer broke the protocol", 90)],
};

async fn malformed(world: &mut World) -> Result<(), Failure> {
    misbehave(world, &[Misdeed::Oversize, Misdeed::Garbage], 60).await
}

/// A node drops, repeats, delays and replays what it sends.
pub static UNRELIABLE_PEER: Scenario = Scenario {
    name: "unreliable-peer",
    about: "a node drops, repeats, reorders and replays frames; computations are finalised with the right result or refunded",
    conditions: calm,
    furnished: true,
    play: |world| Box::pin(unreliable(world)),
    occurs: &[],
};

async fn unreliable(world: &mut World) -> Result<(), Failure> {
    misbehave(world, &[Misdeed::Drop, Misdeed::Duplicate, Misdeed::Reorder, Misdeed::Replay], 60).await
}

/// A node flips bits of what it sends, shares among them.
pub static WRONG_SHARES: Scenario = Scenario {
    name: "wrong-shares",
    about: "a node flips bits of its frames, shares among them; no wrong result passes, the node is named by whoever saw it, and \
            computations are finalised or refunded",
    conditions: calm,
    furnished: true,
    play: |world| Box::pin(wrong_shares(world)),
    occurs: &[("a peer broke the protocol", 50), ("a member accuses another", 30)],
};

async fn wrong_shares(world: &mut World) -> Result<(), Failure> {
    let culprit = corrupt(world, &[Misdeed::Flip], 60)?;
    let call = world.call(0, &Plan { patience: 100, ..Plan::new(Kind::Next, &[1], None) }).await?;
    let status = world.finalized_or_refunded(&call).await?;
    world.note(format!("with wrong shares of node {culprit}: {status:?}"));
    Ok(())
}

/// A node signs another result than the one that was computed.
pub static WRONG_RESULT: Scenario = Scenario {
    name: "wrong-result",
    about: "a node says that it stored, and signs, another result; the others never sign or submit it, and the computation \
            expires with a full refund",
    conditions: calm,
    furnished: true,
    play: |world| Box::pin(wrong_result(world)),
    occurs: &[],
};

async fn wrong_result(world: &mut World) -> Result<(), Failure> {
    let culprit = world.random.index(NODES);
    let keys = world.prepared.node(culprit).clone();
    world.corrupt(culprit, Forger::new(keys));
    world.note(format!("node {culprit} forges results"));
    world.start_all()?;
    let call = world.call(0, &Plan { patience: 80, ..Plan::new(Kind::Next, &[1], None) }).await?;
    world.expect(&call, ComputationStatus::Expired).await
}

fn corrupt(world: &mut World, misdeeds: &[Misdeed], often: u32) -> Result<usize, Failure> {
    let culprit = world.random.index(NODES);
    let vandal = Vandal::new(misdeeds, often, world.seed.stream("vandal"));
    world.corrupt(culprit, vandal);
    world.note(format!("node {culprit} does {misdeeds:?}"));
    world.start_all()?;
    Ok(culprit)
}

async fn misbehave(world: &mut World, misdeeds: &[Misdeed], often: u32) -> Result<(), Failure> {
    let culprit = corrupt(world, misdeeds, often)?;
    for number in 0..2 {
        let call = world.call(0, &Plan { patience: 150, ..Plan::new(Kind::Next, &[number], None) }).await?;
        let status = world.finalized_or_refunded(&call).await?;
        world.note(format!("with node {culprit} misbehaving: {status:?}"));
    }
    Ok(())
}
