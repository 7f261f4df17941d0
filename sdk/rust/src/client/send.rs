//! Transactions: signing, sending, waiting until they landed, and reading what they cost.

use std::time::Duration;

use solana_commitment_config::{CommitmentConfig, CommitmentLevel};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_message::Message;
use solana_pubkey::Pubkey;
use solana_rpc_client_api::{
    client_error::{Error as ClientError, ErrorKind},
    config::{RpcSendTransactionConfig, RpcTransactionConfig, UiTransactionEncoding},
    request::{RpcError, RpcResponseErrorData},
    response::{EncodedTransactionWithStatusMeta, OptionSerializer},
};
use solana_signature::Signature;
use solana_transaction::{Transaction, versioned::VersionedTransaction};

use super::Client;
use crate::{Error, TransactionFailure, verify::PlainInstruction};

/// How often the status of a transaction on its way is asked for.
const STATUS_INTERVAL: Duration = Duration::from_millis(80);

/// A transaction that is confirmed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landed {
    /// Its signature.
    pub signature: Signature,
    /// The slot it ran in.
    pub slot: u64,
}

/// What one invocation of a program used, as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The program.
    pub program: Pubkey,
    /// Name of its instruction, where it logged one.
    pub instruction: Option<String>,
    /// Compute units, those of programs it called included.
    pub compute_units: u64,
}

/// A transaction with its log.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub slot: u64,
    pub logs: Vec<String>,
    pub instructions: Vec<PlainInstruction>,
}

impl Client {
    /// Signs and sends a transaction and waits until it is confirmed. The first signer pays.
    ///
    /// # Errors
    /// [`Error::Transaction`] if it was refused, with the program's own words; [`Error::TransactionExpired`];
    /// [`Error::Unsignable`]; [`Error::Rpc`].
    pub async fn send(
        &self,
        what: &str,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Landed, Error> {
        let payer = signers.first().ok_or_else(|| Error::Unsignable { why: "nobody pays".into() })?;
        let payer = solana_signer::Signer::pubkey(*payer);
        let (blockhash, last_valid) = self
            .rpc
            .get_latest_blockhash_with_commitment(CommitmentConfig::confirmed())
            .await
            .map_err(Error::rpc("cannot fetch a blockhash"))?;
        let message = Message::new(instructions, Some(&payer));
        let mut transaction = Transaction::new_unsigned(message);
        transaction
            .try_sign(&signers.to_vec(), blockhash)
            .map_err(|error| Error::Unsignable { why: error.to_string() })?;
        self.send_signed(what, &transaction.into(), last_valid).await
    }

    /// Sends a signed transaction and waits until it is confirmed, or until block height `last_valid` passed.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_signed(
        &self,
        what: &str,
        transaction: &VersionedTransaction,
        last_valid: u64,
    ) -> Result<Landed, Error> {
        let config = RpcSendTransactionConfig {
            preflight_commitment: Some(CommitmentLevel::Processed),
            ..RpcSendTransactionConfig::default()
        };
        let signature = self
            .rpc
            .send_transaction_with_config(transaction, config)
            .await
            .map_err(|error| refused(what, error))?;
        loop {
            let statuses = self.rpc.get_signature_statuses(&[signature]).await;
            let statuses = statuses.map_err(Error::rpc(format!("cannot fetch the status of {signature}")))?;
            let status = statuses.value.into_iter().next().flatten();
            if let Some(status) =
                status.filter(|status| status.satisfies_commitment(CommitmentConfig::confirmed()))
            {
                return match status.err {
                    None => Ok(Landed { signature, slot: status.slot }),
                    Some(error) => {
                        let logs =
                            self.record(&signature).await.map(|record| record.logs).unwrap_or_default();
                        Err(Box::new(TransactionFailure::from_logs(what, error.to_string(), logs)).into())
                    }
                };
            }
            let height =
                self.rpc.get_block_height().await.map_err(Error::rpc("cannot fetch the block height"))?;
            if height > last_valid {
                return Err(Error::TransactionExpired { signature });
            }
            tokio::time::sleep(STATUS_INTERVAL).await;
        }
    }

    /// What every program invocation of a confirmed transaction used, in the order they ended.
    ///
    /// # Errors
    /// [`Error::Rpc`].
    pub async fn costs(&self, signature: &Signature) -> Result<Vec<Cost>, Error> {
        Ok(costs_in(&self.record(signature).await?.logs))
    }

    pub(crate) async fn record(&self, signature: &Signature) -> Result<Record, Error> {
        let config = RpcTransactionConfig {
            encoding: Some(UiTransactionEncoding::Base64),
            commitment: Some(CommitmentConfig::confirmed()),
            max_supported_transaction_version: Some(0),
        };
        let answer = self.rpc.get_transaction_with_config(signature, config).await;
        let answer = answer.map_err(Error::rpc(format!("cannot fetch transaction {signature}")))?;
        Ok(read_record(answer.slot, answer.transaction))
    }
}

/// An error of `sendTransaction`: where the simulation failed, the failure in the program's words.
fn refused(what: &str, error: ClientError) -> Error {
    if let ErrorKind::RpcError(RpcError::RpcResponseError { data, message, .. }) = error.kind()
        && let RpcResponseErrorData::SendTransactionPreflightFailure(simulation) = data
    {
        let logs = simulation.logs.clone().unwrap_or_default();
        let runtime = simulation.err.as_ref().map_or_else(|| message.clone(), ToString::to_string);
        return Box::new(TransactionFailure::from_logs(what, runtime, logs)).into();
    }
    Error::rpc(format!("cannot send the transaction of {what}"))(error)
}

fn read_record(slot: u64, answer: EncodedTransactionWithStatusMeta) -> Record {
    let logs = match answer.meta.map(|meta| meta.log_messages) {
        Some(OptionSerializer::Some(logs)) => logs,
        _ => Vec::new(),
    };
    let instructions = answer.transaction.decode().map(|transaction| plain(&transaction)).unwrap_or_default();
    Record { slot, logs, instructions }
}

/// Instructions with addresses in the place of indices. Accounts from lookup tables are left out: what this client looks
/// for is never there.
fn plain(transaction: &VersionedTransaction) -> Vec<PlainInstruction> {
    let keys = transaction.message.static_account_keys();
    let key = |index: u8| keys.get(usize::from(index)).copied();
    let instructions = transaction.message.instructions().iter();
    instructions
        .map(|instruction| PlainInstruction {
            program: key(instruction.program_id_index).unwrap_or_default(),
            accounts: instruction.accounts.iter().map(|index| key(*index).unwrap_or_default()).collect(),
            data: instruction.data.clone(),
        })
        .collect()
}

/// Reads invocations and their compute units from a log.
pub(crate) fn costs_in(logs: &[String]) -> Vec<Cost> {
    let mut open: Vec<Option<String>> = Vec::new();
    let mut costs = Vec::new();
    for line in logs {
        if let Some(name) = line.strip_prefix("Program log: Instruction: ") {
            if let Some(innermost) = open.last_mut().filter(|innermost| innermost.is_none()) {
                *innermost = Some(name.to_owned());
            }
            continue;
        }
        let Some((program, event)) = line.strip_prefix("Program ").and_then(|rest| rest.split_once(' '))
        else {
            continue;
        };
        let Ok(program) = program.parse::<Pubkey>() else { continue };
        if event.starts_with("invoke [") {
            open.push(None);
        } else if let Some(units) = event.strip_prefix("consumed ").and_then(|rest| rest.split(' ').next()) {
            let instruction = open.last().cloned().flatten();
            costs.extend(units.parse().map(|compute_units| Cost { program, instruction, compute_units }));
        } else if event == "success" || event.starts_with("failed") {
            open.pop();
        }
    }
    costs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compute_units_are_attributed_to_the_instruction_that_used_them() {
        let (outer, inner) = (Pubkey::new_from_array([1; 32]), Pubkey::new_from_array([2; 32]));
        let logs = [
            format!("Program {outer} invoke [1]"),
            "Program log: Instruction: PlaceBid".into(),
            format!("Program {inner} invoke [2]"),
            "Program log: Instruction: QueueComputation".into(),
            "Program 11111111111111111111111111111111 invoke [3]".into(),
            "Program 11111111111111111111111111111111 success".into(),
            "Program log: consumed 7 of my patience".into(),
            format!("Program {inner} consumed 61000 of 190000 compute units"),
            format!("Program {inner} success"),
            format!("Program {outer} consumed 75000 of 200000 compute units"),
            format!("Program {outer} success"),
        ];
        let cost = |program, name: &str, compute_units| Cost {
            program,
            instruction: Some(name.into()),
            compute_units,
        };
        assert_eq!(
            costs_in(&logs),
            [cost(inner, "QueueComputation", 61_000), cost(outer, "PlaceBid", 75_000)]
        );
    }
}
