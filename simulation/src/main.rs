//! Plays a scenario and prints what happens: to see one, or to see again one that failed.

use std::process::ExitCode;
use std::time::Instant;

use arx_simulation::run::{Show, replay_command, run};
use arx_simulation::scenarios::{self, Scenario};
use arx_simulation::seed::Seed;
use clap::Parser;

/// The node's own code on a simulated network, chain and clock.
#[derive(Parser)]
#[command(version, about)]
struct Arguments {
    /// What to play; all scenarios are listed if none is named.
    #[arg(long)]
    scenario: Option<String>,
    /// The first seed.
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// How many seeds, one after another. Events are printed for a single one only.
    #[arg(long, default_value_t = 1)]
    seeds: u64,
    /// Print what nodes log for debugging, too.
    #[arg(long)]
    debug: bool,
    /// Print the outcome alone.
    #[arg(long, conflicts_with = "debug")]
    quiet: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let Some(name) = &arguments.scenario else {
        for scenario in scenarios::ALL {
            println!("{:<20} {}", scenario.name, scenario.about);
        }
        return ExitCode::SUCCESS;
    };
    let Some(scenario) = scenarios::find(name) else {
        eprintln!("there is no scenario `{name}`; without --scenario all are listed");
        return ExitCode::from(2);
    };
    let failed = (arguments.seed..arguments.seed.saturating_add(arguments.seeds))
        .filter(|seed| !play(scenario, Seed(*seed), &arguments))
        .count();
    if failed > 0 {
        eprintln!("{failed} of {} runs failed", arguments.seeds);
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Plays one seed, and says whether it went as it must.
fn play(scenario: &Scenario, seed: Seed, arguments: &Arguments) -> bool {
    let show = match arguments {
        Arguments { debug: true, .. } => Show::EventsAndDebug,
        Arguments { quiet: false, seeds: 1, .. } => Show::Events,
        _ => Show::Nothing,
    };
    let start = Instant::now();
    let report = run(scenario, seed, show);
    println!(
        "{} seed {}: {} events, {} frames, {} bytes, {:.1} simulated seconds in {:.0} ms, trace {}",
        scenario.name,
        seed.0,
        report.events.len(),
        report.counters.frames,
        report.counters.bytes,
        report.simulated.as_secs_f64(),
        start.elapsed().as_secs_f64() * 1000.0,
        hex::encode(&report.hash[..8]),
    );
    match report.failure {
        None => true,
        Some(failure) => {
            eprintln!("failed: {failure}\nreplay: {}", replay_command(scenario, seed));
            false
        }
    }
}
