//! What a transaction did, read from its result and its log.

use std::{collections::BTreeMap, fmt};

use litesvm::types::{FailedTransactionMetadata, TransactionMetadata};
use solana_pubkey::Pubkey;

/// A transaction that succeeded.
#[derive(Clone, Debug)]
pub struct Receipt {
    /// Compute units of the whole transaction.
    pub units: u64,
    /// Compute units of each of the `arx` program's instructions in it, by CPI or not, without those of other programs
    /// it called. By Rust name, e.g. `QueueComputation`.
    pub instruction_units: Vec<(String, u64)>,
    /// The log.
    pub logs: Vec<String>,
    /// Its serialised size in bytes.
    pub size: usize,
    /// Its fee in lamports.
    pub fee: u64,
}

/// A transaction that was refused.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The runtime's error, as text.
    pub error: String,
    /// The program's error code, where a program refused.
    pub code: Option<u32>,
    /// The log.
    pub logs: Vec<String>,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{}", self.error)?;
        for line in &self.logs {
            writeln!(formatter, "    {line}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusal {}

impl Refusal {
    /// Whether the `arx` program refused with this error.
    pub fn is(&self, error: arx_program::error::ArxError) -> bool {
        self.code == Some(u32::from(error))
    }

    pub(crate) fn new(failed: FailedTransactionMetadata) -> Self {
        let error = format!("{:?}", failed.err);
        // `InstructionError(index, Custom(code))`
        let code = error
            .split_once("Custom(")
            .and_then(|(_, rest)| rest.split_once(')'))
            .and_then(|(digits, _)| digits.parse().ok());
        Self { error, code, logs: failed.meta.logs }
    }
}

impl Receipt {
    pub(crate) fn new(metadata: TransactionMetadata, size: usize) -> Self {
        Self {
            units: metadata.compute_units_consumed,
            instruction_units: instruction_units(&metadata.logs, &arx_program::ID),
            logs: metadata.logs,
            size,
            fee: metadata.fee,
        }
    }

    /// Compute units of the first of the program's instructions with this name.
    pub fn units_of(&self, instruction: &str) -> Option<u64> {
        self.instruction_units.iter().find(|(name, _)| name == instruction).map(|(_, units)| *units)
    }
}

/// The largest compute units seen of each instruction.
pub type UnitsTable = BTreeMap<String, u64>;

/// Reads the runtime's log lines `Program ID invoke [depth]`, `Program log: Instruction: NAME` and
/// `Program ID consumed N of M compute units`, which nest.
fn instruction_units(logs: &[String], program: &Pubkey) -> Vec<(String, u64)> {
    struct Frame {
        program: String,
        name: String,
        of_callees: u64,
    }
    let program = program.to_string();
    let mut stack: Vec<Frame> = Vec::new();
    let mut found = Vec::new();
    for line in logs {
        let mut words = line.split_whitespace();
        if words.next() != Some("Program") {
            continue;
        }
        match (words.next(), words.next(), words.next()) {
            (Some(id), Some("invoke"), _) => {
                stack.push(Frame { program: id.to_owned(), name: String::new(), of_callees: 0 });
            }
            (Some("log:"), Some("Instruction:"), Some(name)) => {
                if let Some(frame) = stack.last_mut().filter(|frame| frame.name.is_empty()) {
                    frame.name = name.to_owned();
                }
            }
            (Some(_), Some("consumed"), Some(units)) => {
                let units: u64 = units.parse().unwrap_or(0);
                if let Some(frame) = stack.last() {
                    if frame.program == program {
                        found.push((frame.name.clone(), units.saturating_sub(frame.of_callees)));
                    }
                    let depth = stack.len();
                    if depth >= 2 {
                        stack[depth - 2].of_callees += units;
                    }
                }
            }
            (Some(_), Some("success"), _) => {
                stack.pop();
            }
            (Some(_), Some("failed:"), _) => {
                stack.pop();
            }
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_nested_calls_are_told_apart() {
        let arx = arx_program::ID;
        let logs: Vec<String> = [
            "Program App1111111111111111111111111111111111111111 invoke [1]".to_owned(),
            "Program log: Instruction: Bid".to_owned(),
            format!("Program {arx} invoke [2]"),
            "Program log: Instruction: QueueComputation".to_owned(),
            "Program 11111111111111111111111111111111 invoke [3]".to_owned(),
            "Program 11111111111111111111111111111111 success".to_owned(),
            format!("Program {arx} consumed 31000 of 180000 compute units"),
            format!("Program {arx} success"),
            "Program App1111111111111111111111111111111111111111 consumed 50000 of 200000 compute units"
                .to_owned(),
            "Program App1111111111111111111111111111111111111111 success".to_owned(),
            format!("Program {arx} invoke [1]"),
            "Program log: Instruction: DeliverCallback".to_owned(),
            "Program App1111111111111111111111111111111111111111 invoke [2]".to_owned(),
            "Program log: Instruction: Receive".to_owned(),
            "Program App1111111111111111111111111111111111111111 consumed 7000 of 90000 compute units"
                .to_owned(),
            "Program App1111111111111111111111111111111111111111 success".to_owned(),
            format!("Program {arx} consumed 20000 of 100000 compute units"),
            format!("Program {arx} success"),
        ]
        .to_vec();
        let expected = [("QueueComputation".to_owned(), 31_000), ("DeliverCallback".to_owned(), 13_000)];
        assert_eq!(instruction_units(&logs, &arx), expected);
    }
}
