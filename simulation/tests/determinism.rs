//! The same seed gives the same run, event by event; another seed another one.

use arx_simulation::run::{Show, run};
use arx_simulation::scenarios;
use arx_simulation::seed::Seed;

#[test]
fn a_seed_is_a_run() {
    for scenario in scenarios::ALL {
        for seed in [Seed(1_000), Seed(1_001)] {
            let (first, second) = (run(scenario, seed, Show::Nothing), run(scenario, seed, Show::Nothing));
            if first.hash != second.hash {
                let pairs = first.events.iter().zip(&second.events);
                let differ = pairs.map(|(a, b)| (a.to_string(), b.to_string())).find(|(a, b)| a != b);
                panic!("two runs of {} with seed {} differ: {differ:?}", scenario.name, seed.0);
            }
        }
    }
}

#[test]
fn another_seed_is_another_run() {
    let scenario = scenarios::ALL[0];
    assert_ne!(run(scenario, Seed(1), Show::Nothing).hash, run(scenario, Seed(2), Show::Nothing).hash);
}
