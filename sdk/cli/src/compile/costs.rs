//! What circuits cost, for people and for machines.

use std::{fmt::Write, fs, path::Path};

use arcis_circuit::{
    gates::{Shape, Target},
    report::{Engine, ShapeReport, report},
};
use arcis_compiler::{
    CompiledInstruction,
    explain::{LineCost, explain},
};
use serde::Serialize;

/// Which protocol an estimate is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Protocol {
    /// Secure against all nodes but one.
    #[default]
    DishonestMajority,
    /// Three nodes, of which one may cheat.
    HonestMajority,
}

/// The engine that runs `protocol` among so many nodes.
///
/// # Errors
/// When it does not run among so many.
pub fn engine(protocol: Protocol, nodes: u8) -> anyhow::Result<Engine> {
    match protocol {
        Protocol::DishonestMajority => {
            anyhow::ensure!(
                (2..=16).contains(&nodes),
                "dishonest-majority runs among 2 to 16 nodes, not {nodes}"
            );
            Ok(Engine::DishonestMajority { parties: nodes })
        }
        Protocol::HonestMajority => {
            anyhow::ensure!(nodes == 3, "honest-majority runs among 3 nodes, not {nodes}");
            Ok(Engine::Replicated)
        }
    }
}

/// What one instruction costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The counts and estimates.
    #[serde(flatten)]
    pub report: arcis_circuit::report::Report,
    /// The public measure that fees are computed from.
    pub cost_units: u64,
    /// With `--explain`: the source lines in the form with the fewest rounds, the one with most ANDs first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lines: Option<Vec<LineCost>>,
}

impl Summary {
    /// Of a compiled instruction.
    ///
    /// # Errors
    /// When its circuit takes too many gates.
    pub fn of(instruction: &CompiledInstruction, engine: Engine, with_lines: bool) -> anyhow::Result<Self> {
        let target = Target { shape: Shape::Fast, parties: engine.parties() };
        Ok(Self {
            report: report(&instruction.artifact, engine)?,
            cost_units: instruction.cost_units,
            lines: with_lines.then(|| explain(instruction, target)).transpose()?,
        })
    }
}

/// The costs for people: a line an instruction.
pub fn table(summaries: &[Summary]) -> String {
    let mut out = format!(
        "{:<24} {:>8} {:>9} {:>6} {:>9} {:>6} {:>9} {:>10} {:>8} {:>9} {:>9}\n",
        "instruction",
        "artifact",
        "ANDs",
        "rounds",
        "ANDs",
        "rounds",
        "triples",
        "bytes",
        "cost",
        "LAN",
        "WAN"
    );
    out.push_str(&format!(
        "{:<24} {:>8} {:>16} {:>16} {:>9} {:>10} {:>8} {:>9} {:>9}\n",
        "", "bytes", "fewest ANDs", "fewest rounds", "", "per node", "units", "0.5 ms", "50 ms"
    ));
    for Summary { report, cost_units, .. } in summaries {
        let (small, fast) = (&report.small, &report.fast);
        out.push_str(&format!(
            "{:<24} {:>8} {:>9} {:>6} {:>9} {:>6} {:>9} {:>10} {:>8} {:>9} {:>9}\n",
            report.name,
            report.artifact_bytes,
            small.ands,
            small.rounds,
            fast.ands,
            fast.rounds,
            fast.preprocessing.and_triples,
            fast.bytes_per_node,
            cost_units,
            time(small, fast, |shape| shape.lan_seconds),
            time(small, fast, |shape| shape.wan_seconds),
        ));
    }
    for Summary { report, .. } in summaries {
        if let Some(code) = report.public_code {
            out.push_str(&format!(
                "{}: {} calls of public code with {} fuel and {} KiB of memory, {} bytes of WebAssembly\n",
                report.name, code.calls, code.fuel, code.memory_kib, code.module_bytes
            ));
        }
    }
    out.push_str(
        "Triples and bytes are those of the form with the fewest rounds; times are estimates of a whole computation in \
         the faster form, inputs, checks and outputs included.\n",
    );
    out
}

fn time(small: &ShapeReport, fast: &ShapeReport, of: impl Fn(&ShapeReport) -> f64) -> String {
    let seconds = of(small).min(of(fast));
    if seconds < 1.0 { format!("{:.0} ms", seconds * 1e3) } else { format!("{seconds:.1} s") }
}

/// How many lines of each instruction are shown.
const LINES: usize = 12;

/// The lines that cost most, with their text, for people.
pub fn lines(summaries: &[Summary]) -> String {
    let mut out = String::new();
    for Summary { report, lines, .. } in summaries {
        let Some(lines) = lines else { continue };
        let total = report.fast.ands.max(1);
        let _ = writeln!(out, "\n{}: {} ANDs, {} rounds", report.name, report.fast.ands, report.fast.rounds);
        for cost in lines.iter().take(LINES) {
            let place = match cost.line {
                0 => "(no line)".to_owned(),
                line => {
                    format!("{}:{line}", Path::new(&*cost.file).file_name().unwrap_or_default().display())
                }
            };
            let _ = writeln!(
                out,
                "  {:>9} ANDs {:>5.1} % {:>5} rounds {:>7} bits revealed  {place:<20} {}",
                cost.ands,
                cost.ands as f64 * 100.0 / total as f64,
                cost.rounds,
                cost.reveals,
                text_of(&cost.file, cost.line),
            );
        }
        if lines.len() > LINES {
            let rest: u64 = lines.iter().skip(LINES).map(|cost| cost.ands).sum();
            let _ = writeln!(out, "  {rest:>9} ANDs on {} more lines (--json has all)", lines.len() - LINES);
        }
    }
    out
}

/// A line of a file as it stands; empty where it cannot be read, as of the library's own text.
fn text_of(file: &str, line: u32) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    let index = (line as usize).checked_sub(1);
    index.and_then(|index| text.lines().nth(index)).unwrap_or_default().trim().to_owned()
}
