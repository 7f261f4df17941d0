//! One run: a runtime with paused time, a world, a scenario, the invariants.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use arx_node::clock::TokioClock;
use tracing::Level;
use tracing::subscriber::with_default;

use crate::chain::{ChainConditions, SLOT};
use crate::failure::Failure;
use crate::invariants;
use crate::log;
use crate::network::Counters;
use crate::scenarios::Scenario;
use crate::seed::Seed;
use crate::trace::{Event, Trace};
use crate::world::World;

/// How much of a run is shown while it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Show {
    /// Nothing.
    Nothing,
    /// Every event.
    Events,
    /// Every event, and what nodes log for debugging. (The trace's hash covers that too, so it differs.)
    EventsAndDebug,
}

/// What is left of a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// Hash of all events.
    pub hash: [u8; 32],
    /// All events.
    pub events: Vec<Event>,
    /// How long it took in simulated time.
    pub simulated: Duration,
    /// What went over the network.
    pub counters: Counters,
    /// What went wrong, if something did.
    pub failure: Option<Failure>,
}

/// Runs a scenario.
///
/// # Panics
/// If the runtime cannot be built, which no input causes.
pub fn run(scenario: &Scenario, seed: Seed, show: Show) -> Report {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a current-thread runtime needs nothing from the system");
    let trace = runtime.block_on(async { Trace::new(TokioClock::new(), show != Show::Nothing) });
    let level = if show == Show::EventsAndDebug { Level::DEBUG } else { Level::INFO };
    let played = with_default(log::subscriber(trace.clone(), level), || {
        catch_unwind(AssertUnwindSafe(|| runtime.block_on(play(scenario, seed, trace.clone()))))
    });
    // Whatever still runs is dropped here, inside of nothing that could be waited for.
    drop(runtime);
    let (counters, outcome) = played.unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().map(String::as_str);
        let words = words.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without words");
        (Counters::default(), Err(Failure::new(format!("panicked: {words}"))))
    });
    let events = trace.events();
    Report {
        hash: trace.hash(),
        simulated: events.last().map(|event| event.at).unwrap_or_default(),
        events,
        counters,
        failure: outcome.err(),
    }
}

async fn play(scenario: &Scenario, seed: Seed, trace: Trace) -> (Counters, Result<(), Failure>) {
    let (network, chain) = (scenario.conditions)();
    let clock = trace.clock();
    let mut world = World::new(seed, clock, trace, network, chain);
    if scenario.furnished {
        world.furnish();
    }
    let outcome = finish(scenario, &mut world).await;
    (world.network.counters(), outcome)
}

async fn finish(scenario: &Scenario, world: &mut World) -> Result<(), Failure> {
    (scenario.play)(world).await?;
    world.all_settled().await?;
    // What is settled is confirmed now; the tip, where balances are read, agrees with it once it stops changing its mind.
    world.ledger.set_conditions(ChainConditions::calm());
    world.sleep(10 * SLOT).await;
    world.all_settled().await?;
    world.stop().await?;
    invariants::check(world)
}

/// The command that repeats a run.
pub fn replay_command(scenario: &Scenario, seed: Seed) -> String {
    format!("cargo run --release -p arx-simulation -- --scenario {} --seed {}", scenario.name, seed.0)
}
