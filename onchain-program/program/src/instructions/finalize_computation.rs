//! `finalize_computation`: stores a result that all members signed, writes its cells by compare-and-swap, and pays.
//! Anyone may send it: the signatures are what counts.

use anchor_lang::prelude::*;

use crate::{
    constants::{CELL_HEADER_LENGTH, WIRE_VERSION},
    error::ArxError,
    events::ComputationFinalized,
    message::{ResultStatement, output_digest, sha256},
    money, proof,
    record::{self, ensure, ensure_same, error},
    settle::{Settlement, Settling},
    state::{Cell, Cluster, Computation, ComputationResult, ComputationStatus, ResultBuffer},
};

/// A result.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub struct FinalizeArguments {
    /// The cluster's epoch.
    pub epoch: u64,
    /// The session that computed it.
    pub session: [u8; 32],
    /// Digest of the session's broadcasts.
    pub transcript_digest: [u8; 32],
    /// The session's first joint coin.
    pub coin: [u8; 32],
    /// The version each of the computation's cells had at the start.
    pub cell_versions: Vec<u64>,
    /// The outputs, in order; empty where a result buffer is passed.
    pub outputs: Vec<Vec<u8>>,
    /// Which instruction of the transaction verifies the signatures, where they are not an attestation.
    pub signature_instruction: u8,
}

/// Accounts of `finalize_computation`. The remaining accounts are the computation's cells, in its order, those it
/// writes writable.
#[derive(Accounts)]
pub struct FinalizeComputation<'info> {
    /// Sends the transaction; owns the result buffer, if there is one.
    #[account(mut)]
    pub submitter: Signer<'info>,
    /// CHECK: the computation.
    #[account(mut)]
    pub computation: UncheckedAccount<'info>,
    /// CHECK: its cluster.
    #[account(mut)]
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: the cluster's queue.
    #[account(mut)]
    pub queue: UncheckedAccount<'info>,
    /// CHECK: the submitter's buffer with the outputs, where they do not fit the transaction; closed here.
    #[account(mut)]
    pub result_buffer: Option<UncheckedAccount<'info>>,
    /// CHECK: the instructions sysvar, by its address; or the bitmap of signatures that `attest_result` collected.
    pub signatures: UncheckedAccount<'info>,
}

impl<'info> FinalizeComputation<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, arguments: FinalizeArguments) -> Result<()> {
        let accounts = ctx.accounts;
        let mut computation: Box<Computation> = record::open(&accounts.computation)?;
        let mut cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        let epoch = arguments.epoch;
        ensure_same!(computation.cluster, *accounts.cluster.key, ArxError::AccountsDoNotBelongTogether);
        ensure!(computation.status == ComputationStatus::Queued, ArxError::AlreadySettled);
        ensure!(Clock::get()?.slot <= computation.deadline, ArxError::DeadlinePassed);
        ensure!(epoch == computation.epoch && epoch == cluster.epoch, ArxError::WrongEpoch);
        let outputs = accounts.take_outputs(arguments.outputs)?;
        check_outputs(&computation, &outputs)?;

        let address = accounts.computation.key();
        let output_digest = output_digest(&outputs);
        let message = ResultStatement {
            cluster: &computation.cluster,
            epoch,
            session: &arguments.session,
            computation: &address,
            circuit_hash: &computation.circuit_hash,
            input_digest: &computation.input_digest,
            cell_versions: &arguments.cell_versions,
            output_digest: &output_digest,
            transcript_digest: &arguments.transcript_digest,
            coin: &arguments.coin,
        }
        .message();
        let index = arguments.signature_instruction;
        proof::check(&accounts.signatures, &cluster, &address, index, &message)?;

        let outputs =
            swap_cells(&computation, &address, &arguments.cell_versions, outputs, ctx.remaining_accounts)?;
        let (paid, _) = Settling {
            address,
            computation: &mut computation,
            computation_info: &accounts.computation,
            cluster: &mut cluster,
            cluster_info: &accounts.cluster,
            queue: &accounts.queue,
        }
        .settle(ComputationStatus::Finalized, Settlement::Pay, None)?;
        computation.result = Some(ComputationResult {
            session: arguments.session,
            transcript_digest: arguments.transcript_digest,
            coin: arguments.coin,
            cell_versions: arguments.cell_versions,
            output_digest,
            outputs,
        });
        record::save(&*computation, &accounts.computation)?;
        record::save(&*cluster, &accounts.cluster)?;
        emit!(ComputationFinalized { computation: address, session: arguments.session, paid });
        Ok(())
    }

    /// The outputs from the arguments or from the buffer, which is emptied and closed.
    fn take_outputs(&self, inline: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>> {
        let Some(info) = &self.result_buffer else { return Ok(inline) };
        ensure!(inline.is_empty(), ArxError::WrongOutputs);
        let buffer: Box<ResultBuffer> = record::open(info)?;
        ensure_same!(buffer.computation, *self.computation.key, ArxError::AccountsDoNotBelongTogether);
        ensure_same!(buffer.writer, *self.submitter.key, ArxError::WrongAuthority);
        let outputs = {
            let data = info.try_borrow_data()?;
            let mut bytes = ResultBuffer::bytes(&data, buffer.length).ok_or(ArxError::ResultOutOfRange)?;
            let outputs: Vec<Vec<u8>> =
                AnchorDeserialize::deserialize(&mut bytes).map_err(|_| error(ArxError::WrongOutputs))?;
            ensure!(bytes.is_empty(), ArxError::WrongOutputs);
            outputs
        };
        money::close_account(info, &self.submitter)?;
        Ok(outputs)
    }
}

fn check_outputs(computation: &Computation, outputs: &[Vec<u8>]) -> Result<()> {
    let lengths = &computation.output_lengths;
    ensure!(outputs.len() == lengths.len(), ArxError::WrongOutputs);
    for (output, length) in outputs.iter().zip(lengths) {
        ensure!(output.len() == *length as usize, ArxError::WrongOutputs);
    }
    Ok(())
}

/// Compares the version of every cell with the one the computation started from, and writes those it writes.
/// Returns the outputs with the hash in the place of those that went to cells.
fn swap_cells<'info>(
    computation: &Computation,
    address: &Pubkey,
    versions: &[u64],
    mut outputs: Vec<Vec<u8>>,
    accounts: &[AccountInfo<'info>],
) -> Result<Vec<Vec<u8>>> {
    let cells = &computation.cells;
    ensure!(accounts.len() == cells.len() && versions.len() == cells.len(), ArxError::WrongCell);
    for (index, (used, info)) in cells.iter().zip(accounts).enumerate() {
        ensure_same!(*info.key, used.address, ArxError::WrongCell);
        let mut cell: Box<Cell> = record::open(info)?;
        ensure_same!(cell.version, versions[index], ArxError::CellChanged);
        if !used.write {
            continue;
        }
        let place = Some(index as u8);
        let output = computation.output_cells.iter().position(|target| *target == place);
        let output = output.ok_or(ArxError::WrongOutputs)?;
        let stored = outputs.get_mut(output).ok_or(ArxError::WrongOutputs)?;
        let hash = sha256(&[stored]).to_vec();
        let body = std::mem::replace(stored, hash);
        check_cell_body(&body, computation.epoch, cell.bits)?;
        cell.data = body;
        cell.version = cell.version.checked_add(1).ok_or(ArxError::Overflow)?;
        cell.writer = *address;
        record::save(&*cell, info)?;
    }
    Ok(outputs)
}

/// The head of a cell body: version byte, key epoch, coin, length in bits.
fn check_cell_body(body: &[u8], epoch: u64, bits: u32) -> Result<()> {
    let head = body.get(..CELL_HEADER_LENGTH).ok_or(ArxError::WrongCellBody)?;
    let right =
        head[0] == WIRE_VERSION && head[1..9] == epoch.to_le_bytes() && head[41..45] == bits.to_le_bytes();
    ensure!(right, ArxError::WrongCellBody);
    Ok(())
}
