//! Which lines of the source cost most.

use std::collections::BTreeMap;
use std::sync::Arc;

use arcis_circuit::gates::{LowerError, NO_POSITION, SourceMap, Target, attribute};
use serde::Serialize;

use crate::CompiledInstruction;

/// What a line of the source costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LineCost {
    /// The file, as it was named to the compiler; empty for what belongs to no line.
    pub file: Arc<str>,
    /// The line, from 1; 0 for what belongs to no line.
    pub line: u32,
    /// ANDs of secret bits.
    pub ands: u64,
    /// Bits revealed.
    pub reveals: u64,
    /// Rounds of a longest chain of gates that need one another: those that making this line faster could save.
    pub rounds: u32,
}

/// What each line costs, the one with most ANDs first, then by rounds. Gates that several lines share count for the
/// first of them; lines that cost nothing are left out.
///
/// # Errors
/// When the circuit takes too many gates.
pub fn explain(
    instruction: &CompiledInstruction,
    target: impl Into<Target>,
) -> Result<Vec<LineCost>, LowerError> {
    let positions = &instruction.operation_positions;
    let mut numbers = BTreeMap::new();
    let mut lines = Vec::new();
    let mut entry = Vec::with_capacity(positions.len());
    for position in positions {
        let line = (position.file.clone(), position.line);
        entry.push(*numbers.entry(line.clone()).or_insert_with(|| {
            lines.push(line);
            lines.len() as u32 - 1
        }));
    }
    let circuit = &instruction.artifact.circuit;
    // The entry is the last function; what it calls counts for the line that calls it.
    let mut functions = vec![Vec::new(); circuit.functions.len().saturating_sub(1)];
    functions.push(entry);
    let costs = attribute(circuit, &SourceMap { functions }, target)?;
    let mut costs: Vec<_> = costs
        .into_iter()
        .map(|cost| {
            let known = cost.position.filter(|&position| position != NO_POSITION);
            let (file, line) = known
                .and_then(|position| lines.get(position as usize).cloned())
                .unwrap_or_else(|| ("".into(), 0));
            LineCost { file, line, ands: cost.ands, reveals: cost.reveals, rounds: cost.rounds }
        })
        .filter(|cost| cost.ands > 0 || cost.reveals > 0)
        .collect();
    costs.sort_by_key(|cost| (std::cmp::Reverse((cost.ands, cost.rounds, cost.reveals)), cost.line));
    Ok(costs)
}
