//! `queue_computation`: puts a computation into the cluster's queue and its fee into escrow. Called by the
//! application's program, which signs with its PDA; the end user signs too.

use anchor_lang::prelude::*;

use crate::{
    call::Call,
    constants::{
        MAX_CALLBACK_ACCOUNTS, MAX_DEADLINE_SLOTS, MAX_GROWTH, MAX_NOT_AFTER_SLOTS, RESULT_CHUNK,
        TRANSACTION_FEE,
    },
    error::ArxError,
    events::ComputationQueued,
    message::InputStatement,
    money, pda,
    record::{self, ensure, ensure_same},
    state::{
        Argument, CallbackSpec, Cluster, ClusterState, Computation, ComputationDefinition, ComputationStatus,
        DefinitionStatus, Delivery, Escrow, Mxe, QueueMut, ResultBuffer,
    },
};

/// A call.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub struct QueueArguments {
    /// The user's own number of this call: never used twice for one definition, instance and user.
    pub counter: u64,
    /// Which instance of the application it concerns.
    pub instance: Pubkey,
    /// The cluster's epoch, as the client knows it.
    pub epoch: u64,
    /// Last slot in which this call may be queued; in the inputs' heads too.
    pub not_after: u64,
    /// Slot after which the computation expires with a full refund.
    pub deadline: u64,
    /// Lamports for a better place.
    pub priority_fee: u64,
    /// The arguments, in the definition's order.
    pub arguments: Vec<Argument>,
    /// Per output: for a cell output, the index of the cell among the remaining accounts.
    pub output_cells: Vec<Option<u8>>,
    /// Whom to call with the outcome; `None` if the application takes it by `consume_result`.
    pub callback: Option<CallbackSpec>,
}

/// Accounts of `queue_computation`. The remaining accounts are the cells and the accounts of slices.
#[derive(Accounts)]
pub struct QueueComputation<'info> {
    /// Pays rent and fees; refunds go there.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The end user, so that no application can put one user's ciphertext into another's call.
    pub authority: Signer<'info>,
    /// The application.
    pub application_signer: Signer<'info>,
    /// CHECK: its MXE.
    pub mxe: UncheckedAccount<'info>,
    /// CHECK: what to run.
    pub definition: UncheckedAccount<'info>,
    /// CHECK: the MXE's cluster.
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: its queue: type and cluster are checked when it is opened.
    #[account(mut)]
    pub queue: UncheckedAccount<'info>,
    /// CHECK: the computation, at the address of this call; it must not exist yet and is created here.
    #[account(mut)]
    pub computation: UncheckedAccount<'info>,
    /// Creates the account.
    pub system_program: Program<'info, System>,
}

impl<'info> QueueComputation<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, arguments: QueueArguments) -> Result<()> {
        let accounts = ctx.accounts;
        let mxe: Box<Mxe> = record::open(&accounts.mxe)?;
        let definition: Box<ComputationDefinition> = record::open(&accounts.definition)?;
        let cluster: Box<Cluster> = record::open(&accounts.cluster)?;
        let signer = *accounts.application_signer.key;
        ensure_same!(mxe.application_signer, signer, ArxError::WrongApplicationSigner);
        ensure!(!mxe.closed, ArxError::MxeClosed);
        ensure!(
            mxe.cluster == *accounts.cluster.key && definition.mxe == *accounts.mxe.key,
            ArxError::AccountsDoNotBelongTogether
        );
        ensure!(definition.status == DefinitionStatus::Active, ArxError::DefinitionNotActive);
        ensure!(cluster.state == ClusterState::Active, ArxError::ClusterNotActive);
        let slot = Clock::get()?.slot;
        check_times(&arguments, cluster.epoch, slot)?;
        let mut computation =
            accounts.build(&mxe, &definition, &cluster, arguments, ctx.remaining_accounts, slot)?;
        accounts.enter_queue(&mut computation)?;
        accounts.create(&computation)?;
        crate::events::emit(&ComputationQueued {
            computation: accounts.computation.key(),
            cluster: computation.cluster,
            definition: computation.definition,
            sequence: computation.sequence,
            deadline: computation.deadline,
            escrow: computation.escrow.total()?,
        });
        Ok(())
    }

    /// Checks the call and makes the account's content from it.
    fn build(
        &self,
        mxe: &Mxe,
        definition_data: &ComputationDefinition,
        cluster: &Cluster,
        arguments: QueueArguments,
        accounts: &'info [AccountInfo<'info>],
        slot: u64,
    ) -> Result<Box<Computation>> {
        let callback_accounts = arguments.callback.as_ref().map_or(0, |callback| callback.accounts.len());
        ensure!(callback_accounts <= MAX_CALLBACK_ACCOUNTS, ArxError::TooManyCallbackAccounts);

        let members = cluster.members.len();
        let definition = self.definition.key();
        let mut call = Call {
            definition: definition_data,
            mxe: self.mxe.key(),
            members,
            protocol: mxe.protocol,
            counter: arguments.counter,
            not_after: arguments.not_after,
            accounts,
            cells: Vec::new(),
            latest_slices: 0,
        };
        let stored = call.store_arguments(arguments.arguments)?;
        let output_cells = call.store_output_cells(&arguments.output_cells, &stored)?;
        let cells = call.cells;
        let output_lengths =
            definition_data.outputs.iter().map(|output| output.data_length(members, mxe.protocol) as u32);

        let input_digest = InputStatement {
            definition: &definition,
            instance: &arguments.instance,
            authority: self.authority.key,
            counter: arguments.counter,
            not_after: arguments.not_after,
            arguments: &stored,
            cells: &cells,
            output_cells: &output_cells,
        }
        .digest()?;
        let escrow = Escrow::quote(cluster, definition_data.cost_units, arguments.priority_fee)?;

        let mut computation = Box::new(Computation {
            definition,
            mxe: self.mxe.key(),
            application: mxe.application,
            cluster: self.cluster.key(),
            epoch: arguments.epoch,
            protocol: mxe.protocol,
            state_key_version: mxe.state_key_version,
            circuit_hash: definition_data.circuit_hash,
            instance: arguments.instance,
            authority: self.authority.key(),
            counter: arguments.counter,
            not_after: arguments.not_after,
            deadline: arguments.deadline,
            payer: self.payer.key(),
            escrow,
            arguments: stored,
            cells,
            output_cells,
            output_lengths: output_lengths.collect(),
            input_digest,
            callback: arguments.callback,
            sequence: 0,
            queued_slot: slot,
            bump: 0,
            cancel_slot: 0,
            settled_slot: 0,
            status: ComputationStatus::Queued,
            delivery: Delivery::Pending,
            callback_error: None,
            result: None,
        });
        computation.escrow.output_rent = output_rent(&computation)?;
        Ok(computation)
    }

    fn enter_queue(&self, computation: &mut Computation) -> Result<()> {
        record::check_owner(&self.queue)?;
        let mut data = self.queue.try_borrow_mut_data()?;
        let mut queue = QueueMut::open(&mut data, &computation.cluster)?;
        if let Some(retry_after) = queue.retry_after() {
            msg!("the queue is full: a place is free after slot {} at the latest", retry_after);
        }
        computation.sequence = queue.insert(
            self.computation.key(),
            computation.escrow.priority_fee,
            computation.queued_slot,
            computation.deadline,
        )?;
        Ok(())
    }

    /// Creates the account, with rent and escrow, at the one address this call can have.
    fn create(&self, computation: &Computation) -> Result<()> {
        let (address, bump) = pda::computation(
            &computation.definition,
            &computation.instance,
            &computation.authority,
            computation.counter,
        );
        ensure_same!(self.computation.key(), address, ArxError::AccountsDoNotBelongTogether);
        ensure!(self.computation.data_is_empty(), ArxError::CounterUsed);
        let counter = computation.counter.to_le_bytes();
        let seeds: &[&[u8]] = &[
            pda::COMPUTATION_SEED,
            computation.definition.as_ref(),
            computation.instance.as_ref(),
            computation.authority.as_ref(),
            &counter,
            &[bump],
        ];
        let space = computation.space()?;
        ensure!(space <= MAX_GROWTH, ArxError::ComputationTooLarge);
        let lamports = Rent::get()?
            .minimum_balance(space)
            .checked_add(computation.escrow.total()?)
            .ok_or(ArxError::Overflow)?;
        money::create_account(&self.payer, &self.computation, seeds, lamports, space)?;
        record::save(computation, &self.computation)
    }
}

/// What large outputs will cost the member that submits them: rent of their account and fees of writing it.
fn output_rent(computation: &Computation) -> Result<u64> {
    if !computation.is_large() {
        return Ok(0);
    }
    let length = computation.outputs_length();
    let fees = TRANSACTION_FEE.checked_mul(length.div_ceil(RESULT_CHUNK) as u64).ok_or(ArxError::Overflow)?;
    let rent = Rent::get()?.minimum_balance(ResultBuffer::HEADER + length);
    rent.checked_add(fees).ok_or_else(|| ArxError::Overflow.into())
}

/// Refuses another epoch, and times out of bounds.
fn check_times(arguments: &QueueArguments, epoch: u64, slot: u64) -> Result<()> {
    ensure_same!(arguments.epoch, epoch, ArxError::WrongEpoch);
    let last_deadline = slot.saturating_add(MAX_DEADLINE_SLOTS);
    ensure!(arguments.deadline > slot && arguments.deadline <= last_deadline, ArxError::InvalidDeadline);
    let last_not_after = slot.saturating_add(MAX_NOT_AFTER_SLOTS);
    ensure!(
        arguments.not_after >= arguments.deadline && arguments.not_after <= last_not_after,
        ArxError::InvalidNotAfter
    );
    Ok(())
}
