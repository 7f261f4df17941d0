//! Encrypted inputs that are not what they should be, and account slices that changed.

use std::time::Duration;

use arx_program::error::ArxError;
use arx_program::state::{ComputationStatus, FailureReason};

use super::{Scenario, calm, rough};
use crate::application::Kind;
use crate::failure::{Failure, ensure};
use crate::prepared::FEED_BYTES;
use crate::user::{Given, Plan};
use crate::world::World;

/// Bytes of the recipient key and of the input's header, which the program and everyone checks openly.
const CLEAR_BYTES: usize = 32 + 24;

/// One bit of a ciphertext is flipped on its way.
pub static TAMPERED_INPUT: Scenario = Scenario {
    name: "tampered-input",
    about: "one bit of an encrypted input is flipped on its way; it ends as InputTampered (or InputMalformed, where a key is no \
            point any more), the base fee is kept, and the same value encrypted anew is computed",
    conditions: rough,
    furnished: true,
    play: |world| Box::pin(tampered(world)),
    occurs: &[("InputTampered", 40), ("InputMalformed", 5)],
};

async fn tampered(world: &mut World) -> Result<(), Failure> {
    world.start_all()?;
    let honest = world.plan(0, &Plan::new(Kind::Next, &[41], None));
    let mut bytes = honest.input.clone().unwrap_or_default();
    let position = CLEAR_BYTES + world.random.index(bytes.len() - CLEAR_BYTES);
    bytes[position] ^= 1 << world.random.below(8);
    let plan = Plan {
        given: vec![Given::Bytes(bytes)],
        counter: Some(honest.counter),
        not_after: Some(honest.not_after),
        patience: 600,
        ..Plan::new(Kind::Next, &[], None)
    };
    let plan = Plan { not_after: Some(honest.not_after), patience: 60, ..plan };
    let call = world.call(0, &plan).await?;
    let status = world.settled(&call).await?;
    world.note(format!("byte {position}: {status:?}"));
    let reasons = [FailureReason::InputTampered, FailureReason::InputMalformed];
    let expected = reasons.map(|reason| ComputationStatus::Failed { reason, detail: 0 });
    ensure(expected.contains(&status), || {
        format!("an input tampered with at byte {position} ends as {status:?}")
    })?;
    let again = world.call(0, &Plan { patience: 1_000, ..Plan::new(Kind::Next, &[41], None) }).await?;
    world.expect(&again, ComputationStatus::Finalized).await
}

/// A ciphertext that was computed on comes back, with its header changed to fit.
pub static SPENT_INPUT: Scenario = Scenario {
    name: "spent-input",
    about: "a ciphertext that was computed on is sent again by its owner for another call: with its own header the program refuses it, \
            with a changed one the nodes do, as InputSpent",
    conditions: rough,
    furnished: true,
    play: |world| Box::pin(spent(world)),
    occurs: &[("InputSpent", 95)],
};

async fn spent(world: &mut World) -> Result<(), Failure> {
    world.start_all()?;
    let first = world.call(0, &Plan { patience: 1_000, ..Plan::new(Kind::Next, &[1], None) }).await?;
    world.expect(&first, ComputationStatus::Finalized).await?;
    world.pause(Duration::ZERO..=Duration::from_secs(10)).await;

    let input = first.input.clone().unwrap_or_default();
    let unchanged = Plan {
        given: vec![Given::Bytes(input.clone())],
        patience: 1_000,
        ..Plan::new(Kind::Next, &[], None)
    };
    let call = world.plan(0, &unchanged);
    let code = world.refused(&call).await?;
    ensure(code == u32::from(ArxError::WrongInputCounter), || {
        format!("an input of another call is refused with {code}")
    })?;

    let call = resend(world, 0, Kind::Next, 0, input).await?;
    let spent = ComputationStatus::Failed { reason: FailureReason::InputSpent, detail: 0 };
    let status = world.settled(&call).await?;
    world.note(format!("second use: {status:?}"));
    ensure(status == spent, || format!("a second use ends as {status:?}"))
}

/// Sends someone's input bytes in a call of one's own, with counter and `not_after` in the header changed to fit.
async fn resend(
    world: &mut World,
    user: usize,
    kind: Kind,
    mxe: usize,
    input: Vec<u8>,
) -> Result<crate::user::Call, Failure> {
    let cell = kind.reads_cell().then_some(world.prepared.cells[0]);
    let plan = Plan { mxe, patience: 400, ..Plan::new(kind, &[0], cell) };
    loop {
        let slot = world.plan(user, &plan);
        let mut bytes = input.clone();
        bytes[32 + 8..32 + 16].copy_from_slice(&slot.counter.to_le_bytes());
        bytes[32 + 16..32 + 24].copy_from_slice(&slot.not_after.to_le_bytes());
        let forged = Plan {
            given: vec![Given::Bytes(bytes)],
            counter: Some(slot.counter),
            not_after: Some(slot.not_after),
            ..plan.clone()
        };
        let call = world.plan(user, &forged);
        match world.send(&call).await {
            crate::chain::Outcome::Executed(_) => return Ok(call),
            crate::chain::Outcome::Dropped { .. } => {}
            refused => {
                return Err(Failure::new(format!("the chain refused what only nodes can see: {refused}")));
            }
        }
    }
}

/// A ciphertext is copied into calls it was not made for, before or after its owner's own call.
pub static REPLAYED_INPUT: Scenario = Scenario {
    name: "replayed-input",
    about: "a ciphertext is copied into another call, by another user, for another definition, in another MXE; whoever comes \
            first, the copy is never computed on, and a stranger's copy does not void the owner's own call",
    conditions: calm,
    furnished: true,
    play: |world| Box::pin(replayed(world)),
    occurs: &[("owner first true", 20), ("owner first false", 20), ("InputSpent", 20), ("InputTampered", 20)],
};

async fn replayed(world: &mut World) -> Result<(), Failure> {
    world.start_all()?;
    let cell = world.prepared.cells[0];
    let open = world.call(0, &Plan::new(Kind::Open, &[1], Some(cell))).await?;
    world.expect(&open, ComputationStatus::Finalized).await?;
    let victim = world.plan(0, &Plan { patience: 600, ..Plan::new(Kind::Next, &[77], None) });
    let input = victim.input.clone().unwrap_or_default();
    let owner_first = world.random.chance(500);
    if owner_first {
        world.send(&victim).await;
        world.expect(&victim, ComputationStatus::Finalized).await?;
    }
    let (user, kind, mxe) = *world.random.choose(&[
        (0, Kind::Next, 0),  // another call
        (1, Kind::Next, 0),  // another user
        (0, Kind::Raise, 0), // another definition
        (0, Kind::Next, 1),  // another MXE
    ]);
    let copy = resend(world, user, kind, mxe, input).await?;
    let status = world.settled(&copy).await?;
    world.note(format!(
        "copy into {} of user {user}, MXE {mxe}, owner first {owner_first}: {status:?}",
        kind.name()
    ));
    let failed = |reason| ComputationStatus::Failed { reason, detail: 0 };
    // Nodes remember a message by who sent it to which application.
    let by_owner = (user, mxe) == (0, 0);
    let expected = if owner_first && by_owner {
        failed(FailureReason::InputSpent)
    } else {
        failed(FailureReason::InputTampered)
    };
    ensure(status == expected, || format!("a copy ends as {status:?}"))?;
    if !owner_first {
        world.send(&victim).await;
        let expected =
            if by_owner { failed(FailureReason::InputSpent) } else { ComputationStatus::Finalized };
        world.expect(&victim, expected).await?;
    }
    Ok(())
}

/// An account changes between queueing and running.
pub static STALE_SLICE: Scenario = Scenario {
    name: "stale-slice",
    about: "an account that an argument is taken from changes while no node runs; the call ends as InputStale with the base \
            fee kept, and one on the new bytes is computed",
    conditions: rough,
    furnished: true,
    play: |world| Box::pin(stale(world)),
    occurs: &[],
};

async fn stale(world: &mut World) -> Result<(), Failure> {
    let cell = world.prepared.cells[1];
    world.start_all()?;
    let open = world.call(0, &Plan { patience: 1_000, ..Plan::new(Kind::Open, &[5], Some(cell)) }).await?;
    world.expect(&open, ComputationStatus::Finalized).await?;
    world.kill_all().await?;

    let offset = world.random.index(FEED_BYTES - 8);
    let call = add_slice(world, offset).await?;
    let mut feed = vec![0; FEED_BYTES];
    feed[offset + world.random.index(8)] = 1 + world.random.below(255) as u8;
    world.ledger.overwrite(world.prepared.feed, feed);
    world.note("the feed changes");
    world.start_all()?;
    let stale = ComputationStatus::Failed { reason: FailureReason::InputStale, detail: 0 };
    world.expect(&call, stale).await?;
    let fresh = add_slice(world, offset).await?;
    world.expect(&fresh, ComputationStatus::Finalized).await
}

async fn add_slice(world: &mut World, offset: usize) -> Result<crate::user::Call, Failure> {
    let account = world.prepared.feed;
    let data = world.ledger.tip(&account).map(|account| account.data).unwrap_or_default();
    let bytes: [u8; 8] = std::array::from_fn(|index| data.get(offset + index).copied().unwrap_or_default());
    let given = vec![Given::Slice { account, offset: offset as u32, number: u64::from_le_bytes(bytes) }];
    let plan = Plan::new(Kind::Add, &[], Some(world.prepared.cells[1]));
    world.call(2, &Plan { given, patience: 1_000, ..plan }).await
}
