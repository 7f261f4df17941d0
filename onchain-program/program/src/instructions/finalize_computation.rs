//! `finalize_computation`: stores a result that all members signed, writes its cells by compare-and-swap, and pays.
//! Anyone may send it: the signatures are what counts.

use anchor_lang::prelude::*;
use solana_sdk_ids::sysvar::instructions::ID as INSTRUCTIONS_ID;

use crate::{
    constants::{CELL_HEADER_LENGTH, WIRE_VERSION},
    error::ArxError,
    events::ComputationFinalized,
    message::{ResultStatement, output_digest, sha256},
    money,
    settle::{Settlement, Settling},
    signatures,
    state::{Cell, Cluster, Computation, ComputationResult, ComputationStatus, Queue, ResultBuffer},
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
    /// Which instruction of the transaction verifies the signatures.
    pub signature_instruction: u8,
}

/// Accounts of `finalize_computation`. The remaining accounts are the computation's cells, in its order, those it
/// writes writable.
#[derive(Accounts)]
pub struct FinalizeComputation<'info> {
    /// Sends the transaction; owns the result buffer, if there is one.
    #[account(mut)]
    pub submitter: Signer<'info>,
    /// The computation.
    #[account(mut, has_one = cluster @ ArxError::AccountsDoNotBelongTogether)]
    pub computation: Box<Account<'info, Computation>>,
    /// Its cluster.
    #[account(mut)]
    pub cluster: Box<Account<'info, Cluster>>,
    /// The cluster's queue.
    #[account(mut, has_one = cluster @ ArxError::AccountsDoNotBelongTogether)]
    pub queue: AccountLoader<'info, Queue>,
    /// The submitter's buffer with the outputs, where they do not fit the transaction; closed here.
    #[account(
        mut,
        has_one = computation @ ArxError::AccountsDoNotBelongTogether,
        constraint = result_buffer.writer == submitter.key() @ ArxError::WrongAuthority,
    )]
    pub result_buffer: Option<Box<Account<'info, ResultBuffer>>>,
    /// CHECK: the instructions sysvar, by its address.
    #[account(address = INSTRUCTIONS_ID)]
    pub instructions: UncheckedAccount<'info>,
}

impl<'info> FinalizeComputation<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, arguments: FinalizeArguments) -> Result<()> {
        let accounts = ctx.accounts;
        accounts.check_open(&arguments)?;
        let outputs = accounts.take_outputs(arguments.outputs)?;
        accounts.check_outputs(&outputs)?;

        let computation = accounts.computation.key();
        let output_digest = output_digest(&outputs);
        let message = ResultStatement {
            cluster: &accounts.cluster.key(),
            epoch: arguments.epoch,
            session: &arguments.session,
            computation: &computation,
            circuit_hash: &accounts.computation.circuit_hash,
            input_digest: &accounts.computation.input_digest,
            cell_versions: &arguments.cell_versions,
            output_digest: &output_digest,
            transcript_digest: &arguments.transcript_digest,
            coin: &arguments.coin,
        }
        .message();
        signatures::verify(
            &accounts.instructions,
            arguments.signature_instruction,
            &accounts.cluster.members,
            &message,
        )?;

        let outputs = accounts.swap_cells(&arguments.cell_versions, outputs, ctx.remaining_accounts)?;
        let (paid, _) = Settling {
            computation: &mut accounts.computation,
            cluster: &mut accounts.cluster,
            queue: &accounts.queue,
        }
        .settle(ComputationStatus::Finalized, Settlement::Pay, None)?;
        accounts.computation.result = Some(ComputationResult {
            session: arguments.session,
            transcript_digest: arguments.transcript_digest,
            coin: arguments.coin,
            cell_versions: arguments.cell_versions,
            output_digest,
            outputs,
        });
        emit!(ComputationFinalized { computation, session: arguments.session, paid });
        Ok(())
    }

    fn check_open(&self, arguments: &FinalizeArguments) -> Result<()> {
        require!(self.computation.status == ComputationStatus::Queued, ArxError::AlreadySettled);
        require!(Clock::get()?.slot <= self.computation.deadline, ArxError::DeadlinePassed);
        require!(
            arguments.epoch == self.computation.epoch && arguments.epoch == self.cluster.epoch,
            ArxError::WrongEpoch
        );
        Ok(())
    }

    /// The outputs from the arguments or from the buffer, which is emptied and closed.
    fn take_outputs(&mut self, inline: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>> {
        let Some(buffer) = &self.result_buffer else { return Ok(inline) };
        require!(inline.is_empty(), ArxError::WrongOutputs);
        let info: &AccountInfo<'info> = AsRef::as_ref(&**buffer);
        let outputs = {
            let data = info.try_borrow_data()?;
            let mut bytes = ResultBuffer::bytes(&data, buffer.length).ok_or(ArxError::ResultOutOfRange)?;
            let outputs: Vec<Vec<u8>> =
                AnchorDeserialize::deserialize(&mut bytes).map_err(|_| error!(ArxError::WrongOutputs))?;
            require!(bytes.is_empty(), ArxError::WrongOutputs);
            outputs
        };
        money::close_account(info, &self.submitter)?;
        Ok(outputs)
    }

    fn check_outputs(&self, outputs: &[Vec<u8>]) -> Result<()> {
        let lengths = &self.computation.output_lengths;
        require!(outputs.len() == lengths.len(), ArxError::WrongOutputs);
        for (output, length) in outputs.iter().zip(lengths) {
            require!(output.len() == *length as usize, ArxError::WrongOutputs);
        }
        Ok(())
    }

    /// Compares the version of every cell with the one the computation started from, and writes those it writes.
    /// Returns the outputs with the hash in the place of those that went to cells.
    fn swap_cells(
        &self,
        versions: &[u64],
        mut outputs: Vec<Vec<u8>>,
        accounts: &'info [AccountInfo<'info>],
    ) -> Result<Vec<Vec<u8>>> {
        let cells = &self.computation.cells;
        require!(accounts.len() == cells.len() && versions.len() == cells.len(), ArxError::WrongCell);
        for (index, (used, info)) in cells.iter().zip(accounts).enumerate() {
            require_keys_eq!(*info.key, used.address, ArxError::WrongCell);
            let mut cell: Box<Account<'info, Cell>> = Box::new(Account::try_from(info)?);
            require_eq!(cell.version, versions[index], ArxError::CellChanged);
            if !used.write {
                continue;
            }
            let place = Some(index as u8);
            let output = self.computation.output_cells.iter().position(|target| *target == place);
            let output = output.ok_or(ArxError::WrongOutputs)?;
            let stored = outputs.get_mut(output).ok_or(ArxError::WrongOutputs)?;
            let hash = sha256(&[stored]).to_vec();
            let body = std::mem::replace(stored, hash);
            check_cell_body(&body, self.computation.epoch, cell.bits)?;
            cell.data = body;
            cell.version = cell.version.checked_add(1).ok_or(ArxError::Overflow)?;
            cell.writer = self.computation.key();
            cell.exit(&crate::ID)?;
        }
        Ok(outputs)
    }
}

/// The head of a cell body: version byte, key epoch, coin, length in bits.
fn check_cell_body(body: &[u8], epoch: u64, bits: u32) -> Result<()> {
    let head = body.get(..CELL_HEADER_LENGTH).ok_or(ArxError::WrongCellBody)?;
    let right =
        head[0] == WIRE_VERSION && head[1..9] == epoch.to_le_bytes() && head[41..45] == bits.to_le_bytes();
    require!(right, ArxError::WrongCellBody);
    Ok(())
}
