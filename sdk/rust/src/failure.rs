//! A transaction that failed, in words: which program refused it, and why.
//!
//! Solana reports a number; the words are in the logs, and they name the program whose number it is. Without that, an
//! application's error 6000 and this network's error 6000 look alike.

use std::fmt;

use anchor_lang::error::ERROR_CODE_OFFSET;
use arx_program::error::ArxError;
use solana_pubkey::Pubkey;

/// A transaction that a program or the runtime refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct TransactionFailure {
    /// What was attempted, in the caller's words.
    pub what: String,
    /// The program that refused it, as far as the logs say.
    pub program: Option<Pubkey>,
    /// Its error number.
    pub code: Option<u32>,
    /// The error's name in the program's source.
    pub name: Option<String>,
    /// The program's own explanation.
    pub message: Option<String>,
    /// What the runtime says.
    pub runtime: String,
    /// The transaction's log.
    pub logs: Vec<String>,
}

impl fmt::Display for TransactionFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was refused", self.what)?;
        if let Some(program) = self.program {
            if program == arx_program::ID {
                f.write_str(" by the arx program")?;
            } else {
                write!(f, " by program {program}")?;
            }
        }
        match (&self.message, &self.name) {
            (Some(message), Some(name)) => write!(f, ": {message} ({name})"),
            (Some(message), None) => write!(f, ": {message}"),
            _ => {
                write!(f, ": {}", self.runtime)?;
                self.logs.last().map_or(Ok(()), |last| write!(f, "; last log line: {last}"))
            }
        }
    }
}

impl TransactionFailure {
    /// Reads what the logs say about a failure.
    pub fn from_logs(what: impl Into<String>, runtime: String, logs: Vec<String>) -> Self {
        // The innermost program fails first; those that called it only pass its number on.
        let failed = logs.iter().find_map(|line| {
            let (program, reason) = line.strip_prefix("Program ")?.split_once(" failed: ")?;
            Some((program.parse().ok()?, custom_code(reason)))
        });
        let (program, code) = failed.map_or((None, None), |(program, code)| (Some(program), code));
        let anchor =
            logs.iter().find(|line| line.contains("Error Code: ") && line.contains("Error Message: "));
        let name = anchor.and_then(|line| between(line, "Error Code: ", ". Error Number"));
        let message = anchor
            .and_then(|line| Some(line.split_once("Error Message: ")?.1.trim_end_matches('.').to_owned()));
        let code = code.or_else(|| between(anchor?, "Error Number: ", ".")?.parse().ok());
        Self { what: what.into(), program, code, name, message, runtime, logs }
    }

    /// Whether this network's program refused it with this error.
    pub fn is(&self, error: ArxError) -> bool {
        self.program == Some(arx_program::ID) && self.code == Some(ERROR_CODE_OFFSET + error as u32)
    }
}

/// The number in `custom program error: 0x1771`.
fn custom_code(reason: &str) -> Option<u32> {
    u32::from_str_radix(reason.strip_prefix("custom program error: 0x")?, 16).ok()
}

fn between(line: &str, start: &str, end: &str) -> Option<String> {
    let rest = line.split_once(start)?.1;
    Some(rest.split_once(end).map_or(rest, |(inside, _)| inside).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logs(application: &Pubkey) -> Vec<String> {
        let arx = arx_program::ID;
        [
            format!("Program {application} invoke [1]"),
            "Program log: Instruction: PlaceBid".into(),
            format!("Program {arx} invoke [2]"),
            "Program log: AnchorError thrown in program/src/call.rs:120. Error Code: WrongEpoch. Error Number: 6037. \
             Error Message: the cluster is in another epoch: fetch its keys and encrypt again."
                .into(),
            format!("Program {arx} failed: custom program error: 0x1795"),
            format!("Program {application} failed: custom program error: 0x1795"),
        ]
        .into()
    }

    #[test]
    fn the_innermost_program_is_named() {
        let failure = TransactionFailure::from_logs(
            "placing the bid",
            "custom".into(),
            logs(&Pubkey::new_from_array([7; 32])),
        );
        assert_eq!(failure.program, Some(arx_program::ID));
        assert_eq!(failure.code, Some(0x1795));
        assert_eq!(failure.name.as_deref(), Some("WrongEpoch"));
        assert_eq!(
            failure.to_string(),
            "placing the bid was refused by the arx program: the cluster is in another epoch: fetch its keys and \
             encrypt again (WrongEpoch)"
        );
    }

    #[test]
    fn the_same_number_of_another_program_is_another_error() {
        let number = ERROR_CODE_OFFSET + ArxError::Overflow as u32;
        let line =
            |program: Pubkey| vec![format!("Program {program} failed: custom program error: {number:#x}")];
        assert!(
            TransactionFailure::from_logs("it", String::new(), line(arx_program::ID)).is(ArxError::Overflow)
        );
        let other = TransactionFailure::from_logs("it", String::new(), line(Pubkey::new_from_array([7; 32])));
        assert!(!other.is(ArxError::Overflow));
        assert_eq!(other.code, Some(number));
    }

    #[test]
    fn without_logs_the_runtime_speaks() {
        let failure = TransactionFailure::from_logs("the transfer", "Blockhash not found".into(), Vec::new());
        assert_eq!(failure.to_string(), "the transfer was refused: Blockhash not found");
    }
}
