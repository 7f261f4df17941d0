//! Every scenario over several seeds. More: `cargo run --release -p arx-simulation -- --scenario NAME --seeds 100`.

use arx_simulation::run::{Show, replay_command, run};
use arx_simulation::scenarios::{self, Scenario};
use arx_simulation::seed::Seed;

const SEEDS: u64 = 20;

fn play_all(name: &str) {
    let scenario: &Scenario = scenarios::find(name).unwrap_or_else(|| panic!("no scenario `{name}`"));
    let mut failures = Vec::new();
    let mut occurred = vec![0; scenario.occurs.len()];
    for seed in (0..SEEDS).map(Seed) {
        let report = run(scenario, seed, Show::Nothing);
        for (count, (words, _)) in occurred.iter_mut().zip(scenario.occurs) {
            *count += usize::from(report.events.iter().any(|event| event.what.contains(words)));
        }
        if let Some(failure) = report.failure {
            failures.push(format!("{failure}\n    replay: {}", replay_command(scenario, seed)));
        }
    }
    assert!(failures.is_empty(), "{} of {SEEDS} runs failed:\n{}", failures.len(), failures.join("\n"));
    for (count, (words, least)) in occurred.iter().zip(scenario.occurs) {
        assert!(
            count * 100 >= least * SEEDS as usize,
            "`{words}` occurred in {count} of {SEEDS} runs, the scenario is to bring it about in {least} of a hundred"
        );
    }
}

macro_rules! scenarios {
    ($($test:ident: $name:literal,)*) => {
        $(#[test] fn $test() { play_all($name); })*

        #[test]
        fn every_scenario_has_its_test() {
            let tested = [$($name),*];
            for scenario in scenarios::ALL {
                assert!(tested.contains(&scenario.name), "`{}` is not tested", scenario.name);
            }
        }
    };
}

scenarios! {
    happy_path: "happy-path",
    rough_weather: "rough-weather",
    tampered_input: "tampered-input",
    spent_input: "spent-input",
    replayed_input: "replayed-input",
    stale_slice: "stale-slice",
    calls_in_flight: "calls-in-flight",
    old_cell_version: "old-cell-version",
    circuit_mismatch: "circuit-mismatch",
    bad_signatures: "bad-signatures",
    killed_node: "killed-node",
    restarted_nodes: "restarted-nodes",
    partition: "partition",
    first_stock: "first-stock",
    stock_interrupted: "stock-interrupted",
    stock_spoiled: "stock-spoiled",
    signing_key: "signing-key",
    malformed_messages: "malformed-messages",
    unreliable_peer: "unreliable-peer",
    wrong_shares: "wrong-shares",
    wrong_result: "wrong-result",
    forks: "forks",
    deep_forks: "deep-forks",
}
