//! What the online phase of replicated sharing costs: three parties as threads of one process on the in-memory
//! mesh. Nothing is sent over a network: the numbers are the protocol's own work, an upper bound for what nodes
//! reach.

use std::thread;
use std::time::{Duration, Instant};

use arcis_circuit::gates::{GateProgram, Shape, cost, lower};
use arcis_circuit::{Circuit, Function, Input, Op, Visibility};
use futures::executor::block_on;
use mpc::evaluate::Evaluator;
use mpc::memory::{MemoryChannel, mesh};
use mpc::protocol::{Protocol, Word};
use mpc::replicated::Replicated;
use mpc::{ProtocolError, Session};

const RUNS: usize = 5;
const LAYER: usize = 1 << 20;
const LAYERS: usize = 8;
const ROUNDS: usize = 10_000;
const COMPARISONS: usize = 1000;

/// Measures and prints, medians of five runs.
pub fn run(json: bool) -> Result<(), ProtocolError> {
    let wide = median(|| timed(wide_layers))?;
    let narrow = median(|| timed(narrow_rounds))?;
    let program = comparisons();
    let compare = median(|| timed(|party| evaluate(party, &program)))?;

    let ands_per_second = (LAYER * LAYERS) as f64 / wide.as_secs_f64();
    let round_microseconds = narrow.as_secs_f64() * 1e6 / ROUNDS as f64;
    let comparisons_milliseconds = compare.as_secs_f64() * 1e3;
    let cost = cost(&program);
    if json {
        println!(
            "{{\"parties\":3,\"protocol\":\"replicated3-semi-honest\",\"online_ands_per_s\":{ands_per_second:.0},\
             \"round_us\":{round_microseconds:.2},\"comparisons_1000_ms\":{comparisons_milliseconds:.2}}}"
        );
    } else {
        println!("three parties, replicated sharing, semi-honest, in-memory mesh, {} cores", cores());
        println!("{:<44}{:>14.1} million/s", format!("ANDs, layers of {LAYER}"), ands_per_second / 1e6);
        println!("{:<44}{round_microseconds:>14.2} us", "one round of one AND");
        println!(
            "{:<44}{comparisons_milliseconds:>14.2} ms ({} ANDs, {} rounds)",
            format!("{COMPARISONS} comparisons of 64 bits"),
            cost.ands,
            cost.and_rounds
        );
    }
    Ok(())
}

type Party = Replicated<MemoryChannel>;

/// How long `work` takes all three parties, from the moment they have agreed on seeds.
fn timed<F>(work: F) -> Result<Duration, ProtocolError>
where
    F: Fn(&mut Party) -> Result<(), ProtocolError> + Sync,
{
    let run = |(index, channel): (u8, MemoryChannel)| {
        let mut party = block_on(Replicated::start(Session::new(channel, [1; 32]), [index; 32]))?;
        let start = Instant::now();
        work(&mut party)?;
        Ok(start.elapsed())
    };
    let results: Vec<Result<Duration, ProtocolError>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..).zip(mesh(3)).map(|party| scope.spawn(|| run(party))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap_or(Ok(Duration::MAX))).collect()
    });
    results.into_iter().try_fold(Duration::ZERO, |longest, result| Ok(longest.max(result?)))
}

fn median(run: impl Fn() -> Result<Duration, ProtocolError>) -> Result<Duration, ProtocolError> {
    let mut times = (0..RUNS).map(|_| run()).collect::<Result<Vec<_>, _>>()?;
    times.sort();
    Ok(times[RUNS / 2])
}

fn wide_layers(party: &mut Party) -> Result<(), ProtocolError> {
    block_on(async {
        let left = party.random(LAYER).await?;
        let mut right = party.random(LAYER).await?;
        for _ in 0..LAYERS {
            right = party.and_layer(&left, &right).await?;
        }
        Ok(())
    })
}

fn narrow_rounds(party: &mut Party) -> Result<(), ProtocolError> {
    block_on(async {
        let left = party.random(1).await?;
        let mut right = party.random(1).await?;
        for _ in 0..ROUNDS {
            right = party.and_layer(&left, &right).await?;
        }
        Ok(())
    })
}

/// Comparisons of unrelated words, all at once.
fn comparisons() -> GateProgram {
    let input = Input { width: 64, visibility: Visibility::Secret };
    let less = |k: u32| Op::Less { a: 2 * k, b: 2 * k + 1, signed: false };
    let inputs = 2 * COMPARISONS as u32;
    let function = Function {
        name: "compare".into(),
        inputs: vec![input; 2 * COMPARISONS],
        ops: (0..COMPARISONS as u32).map(less).collect(),
        outputs: (inputs..inputs + COMPARISONS as u32).collect(),
    };
    match lower(&Circuit { functions: vec![function] }, Shape::Fast) {
        Ok(program) => program,
        Err(error) => panic!("the benchmark's own circuit: {error}"),
    }
}

fn evaluate(party: &mut Party, program: &GateProgram) -> Result<(), ProtocolError> {
    block_on(async {
        let mut inputs = Vec::with_capacity(program.inputs.len());
        for wires in &program.inputs {
            inputs.push(Word::Secret(party.random(wires.width as usize).await?.into()));
        }
        let mut evaluator = Evaluator::new(party, program, &inputs)?;
        while evaluator.next_step().is_some() {
            evaluator.advance(party).await?;
        }
        Ok(())
    })
}

fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}
