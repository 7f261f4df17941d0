//! Computations of several users, in good and in bad weather.

use std::time::Duration;

use arx_program::state::{ComputationStatus, Delivery};

use super::{Scenario, calm, rough};
use crate::application::Kind;
use crate::chain::SLOT;
use crate::failure::{Failure, ensure};
use crate::prepared::USERS;
use crate::user::Plan;
use crate::world::World;

/// Users open a cell, raise and add to it at random times, and reveal it.
pub static HAPPY_PATH: Scenario = Scenario {
    name: "happy-path",
    about: "users open a cell, raise and add to it at random times, and reveal it; everything is finalised and delivered",
    conditions: calm,
    furnished: true,
    play: |world| Box::pin(happy_path(world)),
    occurs: &[],
};

/// The same on slow and lossy ways to the chain and between nodes.
pub static ROUGH_WEATHER: Scenario = Scenario {
    name: "rough-weather",
    about: "the same with lost packets, dropped connections and transactions, missed notifications, failing requests",
    conditions: rough,
    furnished: true,
    play: |world| Box::pin(happy_path(world)),
    occurs: &[("is gone", 10), ("connection lost", 10)],
};

async fn happy_path(world: &mut World) -> Result<(), Failure> {
    world.start_all()?;
    let cell = *world.random.choose(&world.prepared.cells);
    let patience = 1_500;
    let start = world.random.below(1_000);
    let open = world.call(0, &Plan { patience, ..Plan::new(Kind::Open, &[start], Some(cell)) }).await?;
    world.expect(&open, ComputationStatus::Finalized).await?;
    for _ in 0..2 + world.random.below(3) {
        let user = world.random.index(USERS);
        let number = world.random.below(2_000);
        let kind = *world.random.choose(&[Kind::Raise, Kind::Raise, Kind::Add, Kind::Next]);
        let cell = (kind != Kind::Next).then_some(cell);
        let priority_fee = world.random.below(3) * 1_000;
        world.call(user, &Plan { patience, priority_fee, ..Plan::new(kind, &[number], cell) }).await?;
        world.pause(Duration::ZERO..=Duration::from_secs(3)).await;
    }
    world.call(1, &Plan { patience, ..Plan::new(Kind::Close, &[], Some(cell)) }).await?;
    all_finalized_and_delivered(world).await
}

/// Waits until every call is finalised and the application was told.
pub(super) async fn all_finalized_and_delivered(world: &World) -> Result<(), Failure> {
    for call in &world.calls {
        world.expect(call, ComputationStatus::Finalized).await?;
    }
    let mut waited = 0;
    while !world.calls.iter().all(|call| {
        world
            .computation(&call.computation)
            .is_some_and(|computation| computation.delivery == Delivery::Delivered)
    }) {
        ensure(waited < 500, || "a result is never delivered".to_owned())?;
        waited += 1;
        world.sleep(SLOT).await;
    }
    Ok(())
}
