//! `finalize_computation`: stores a result that all members signed, writes its cells by compare-and-swap, and pays.
//! Anyone may send it: the signatures are what counts.

use anchor_lang::prelude::*;

use crate::{
    constants::CELL_HEADER_LENGTH,
    error::ArxError,
    events::ComputationFinalized,
    message::{ResultStatement, digest_of_hashes, sha256, slice_words},
    money, proof,
    record::{self, ensure, ensure_same},
    settle::{Settlement, Settling},
    state::{Cell, Cluster, Computation, ComputationResult, ComputationStatus, ResultBuffer, cell_version},
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
    /// The version each of the computation's cells had at the start, then four words per latest slice.
    pub cell_versions: Vec<u64>,
    /// The outputs, in order; empty where a result buffer is passed.
    pub outputs: Vec<Vec<u8>>,
    /// Which instruction of the transaction verifies the signatures, where they are not an attestation.
    pub signature_instruction: u8,
}

/// Accounts of `finalize_computation`. The remaining accounts are the computation's cells, in its order, those it
/// writes writable, then the accounts of its latest slices.
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
    /// CHECK: the submitter's buffer with the outputs, where they do not fit the transaction; closed here, or sealed where
    /// they are too long for the computation's account.
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
        let address = accounts.computation.key();
        let buffer = accounts.open_buffer(arguments.outputs.is_empty())?;
        let data = match &accounts.result_buffer {
            Some(info) => Some(info.try_borrow_data()?),
            None => None,
        };
        let outputs: Vec<&[u8]> = match (&data, &buffer) {
            (Some(data), Some(buffer)) => ResultBuffer::bytes(data, buffer.length)
                .and_then(ResultBuffer::split)
                .ok_or(ArxError::WrongOutputs)?,
            _ => arguments.outputs.iter().map(Vec::as_slice).collect(),
        };
        check_outputs(&computation, &outputs)?;
        // Every output is hashed once, however long: a megabyte costs half a million units.
        let hashes: Vec<[u8; 32]> = outputs.iter().map(|output| sha256(&[output])).collect();
        let output_digest = digest_of_hashes(&hashes);
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

        let passed = ctx.remaining_accounts;
        let (cells, slices) = passed.split_at(computation.cells.len().min(passed.len()));
        check_slices(&computation, &arguments.cell_versions, slices)?;
        swap_cells(&computation, &address, &arguments.cell_versions, &outputs, cells)?;
        let large = computation.is_large();
        ensure!(!large || buffer.is_some(), ArxError::WrongOutputs);
        let stored = outputs
            .iter()
            .zip(&hashes)
            .zip(&computation.output_cells)
            .map(|((output, hash), cell)| match cell {
                None if !large => output.to_vec(),
                _ => hash.to_vec(),
            })
            .collect();
        drop(outputs);
        drop(data);
        accounts.release_buffer(buffer, &computation)?;
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
            outputs: stored,
            buffer: accounts.result_buffer.as_ref().filter(|_| large).map(|info| info.key()),
        });
        record::save(&*computation, &accounts.computation)?;
        record::save(&*cluster, &accounts.cluster)?;
        crate::events::emit(&ComputationFinalized { computation: address, session: arguments.session, paid });
        Ok(())
    }

    /// The submitter's buffer, if there is one; the outputs are then in it alone.
    fn open_buffer(&self, no_inline: bool) -> Result<Option<Box<ResultBuffer>>> {
        let Some(info) = &self.result_buffer else { return Ok(None) };
        ensure!(no_inline, ArxError::WrongOutputs);
        let buffer: Box<ResultBuffer> = record::open(info)?;
        ensure_same!(buffer.computation, *self.computation.key, ArxError::AccountsDoNotBelongTogether);
        ensure_same!(buffer.writer, *self.submitter.key, ArxError::WrongAuthority);
        Ok(Some(buffer))
    }

    /// Closes the buffer; a large result stays in it, and its rent, which the caller has put down, goes to the submitter.
    fn release_buffer(&self, buffer: Option<Box<ResultBuffer>>, computation: &Computation) -> Result<()> {
        let (Some(info), Some(mut buffer)) = (&self.result_buffer, buffer) else { return Ok(()) };
        if !computation.is_large() {
            return money::close_account(info, &self.submitter);
        }
        buffer.final_for = Some(computation.payer);
        record::save(&*buffer, info)?;
        money::move_lamports(&self.computation, &self.submitter, computation.escrow.output_rent)
    }
}

fn check_outputs(computation: &Computation, outputs: &[&[u8]]) -> Result<()> {
    let lengths = &computation.output_lengths;
    ensure!(outputs.len() == lengths.len(), ArxError::WrongOutputs);
    for (output, length) in outputs.iter().zip(lengths) {
        ensure!(output.len() == *length as usize, ArxError::WrongOutputs);
    }
    Ok(())
}

/// Compares the bytes of every latest slice with those that were used.
fn check_slices(computation: &Computation, versions: &[u64], accounts: &[AccountInfo<'_>]) -> Result<()> {
    let words = versions.get(computation.cells.len()..).ok_or(ArxError::WrongCell)?;
    let slices: Vec<_> = computation.latest_slices().collect();
    ensure!(accounts.len() == slices.len() && words.len() == 4 * slices.len(), ArxError::WrongCell);
    for (index, ((address, offset, length), info)) in slices.into_iter().zip(accounts).enumerate() {
        ensure_same!(info.key, address, ArxError::WrongCell);
        let data = info.try_borrow_data()?;
        let bytes = data
            .get(offset as usize..)
            .and_then(|rest| rest.get(..length as usize))
            .ok_or(ArxError::CellChanged)?;
        ensure!(slice_words(bytes) == words[4 * index..4 * index + 4], ArxError::CellChanged);
    }
    Ok(())
}

/// Compares the version of every cell with the one the computation started from, and writes those it writes.
fn swap_cells(
    computation: &Computation,
    address: &Pubkey,
    versions: &[u64],
    outputs: &[&[u8]],
    accounts: &[AccountInfo<'_>],
) -> Result<()> {
    let cells = &computation.cells;
    ensure!(accounts.len() == cells.len() && versions.len() >= cells.len(), ArxError::WrongCell);
    for (index, (used, info)) in cells.iter().zip(accounts).enumerate() {
        ensure_same!(*info.key, used.address, ArxError::WrongCell);
        let cell = Cell::head(info)?;
        ensure_same!(cell.version, versions[index], ArxError::CellChanged);
        if !used.write {
            continue;
        }
        let place = Some(index as u8);
        let output = computation.output_cells.iter().position(|target| *target == place);
        let body = *output.and_then(|output| outputs.get(output)).ok_or(ArxError::WrongOutputs)?;
        check_cell_body(body, computation, cell.bits)?;
        Cell::write(info, &cell, address, body)?;
    }
    Ok(())
}

/// The head of a cell body: version byte, version of the state keys, coin, length in bits.
fn check_cell_body(body: &[u8], computation: &Computation, bits: u32) -> Result<()> {
    let head = body.get(..CELL_HEADER_LENGTH).ok_or(ArxError::WrongCellBody)?;
    let right = head[0] == cell_version(computation.protocol)
        && head[1..9] == u64::from(computation.state_key_version).to_le_bytes()
        && head[41..45] == bits.to_le_bytes();
    ensure!(right, ArxError::WrongCellBody);
    Ok(())
}
