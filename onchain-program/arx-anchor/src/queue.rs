//! Queueing a computation.

use anchor_lang::prelude::*;
use arx_program::{
    cpi::{self, accounts::QueueComputation},
    instructions::QueueArguments,
    state::{Argument, CallbackSpec},
};

use crate::{
    Application, ArxAnchorError, CircuitType, EncryptedCell, EncryptedInput, Outputs, QueueAccounts,
    RecipientKey,
};

/// What the client chooses about a call. An application passes it on as its client gave it, for the client's encrypted
/// inputs are bound to it.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Call {
    /// The user's own number of this call: never used twice for one definition, instance and user.
    pub counter: u64,
    /// The cluster's epoch, as the client knows it.
    pub epoch: u64,
    /// Last slot in which this call may be queued.
    pub not_after: u64,
    /// Slot after which the computation expires with a full refund.
    pub deadline: u64,
    /// Lamports for a better place in the queue.
    pub priority_fee: u64,
}

/// What the application chooses about a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueOptions {
    /// What the client chose.
    pub call: Call,
    /// Which instance of the application it concerns, e.g. the address of one auction. Encrypted inputs are bound to it.
    pub instance: Pubkey,
    /// Whom to tell the outcome ([`callback_to`](crate::callback_to)); `None` where the application takes it itself
    /// ([`PullAccounts`](crate::PullAccounts)).
    pub callback: Option<CallbackSpec>,
}

/// The arguments of one instruction of the circuit. Implemented by generated code.
pub trait Arguments<'info> {
    /// The outputs of the same instruction.
    type Outputs: Outputs;

    /// Writes the arguments, and then the output cells, in order.
    fn write(self, writer: &mut ArgumentWriter<'info>) -> Result<()>;
}

/// Collects the arguments of a call. Used by generated code.
#[derive(Debug, Default)]
pub struct ArgumentWriter<'info> {
    arguments: Vec<Argument>,
    output_cells: Vec<Option<u8>>,
    accounts: Vec<AccountInfo<'info>>,
}

impl<'info> ArgumentWriter<'info> {
    /// The next argument, in the clear.
    pub fn plaintext<T: CircuitType>(&mut self, value: &T) -> Result<()> {
        let mut bytes = Vec::with_capacity(T::PLAIN_LENGTH);
        value.write_plain(&mut bytes)?;
        self.arguments.push(Argument::Plaintext(bytes));
        Ok(())
    }

    /// The next argument, encrypted by a client.
    pub fn encrypted<T>(&mut self, input: EncryptedInput<T>) {
        self.arguments.push(Argument::Input(input.into_bytes()));
    }

    /// The next argument, which only names a client.
    pub fn recipient(&mut self, recipient: RecipientKey) {
        self.arguments.push(Argument::Input(recipient.0.to_vec()));
    }

    /// The next argument, from a cell.
    pub fn cell<T>(&mut self, cell: &EncryptedCell<'info, T>) -> Result<()> {
        let account = self.account(cell.as_ref())?;
        self.arguments.push(Argument::Cell { account });
        Ok(())
    }

    /// The next argument, which carries nothing.
    pub fn marker(&mut self) {
        self.arguments.push(Argument::Empty);
    }

    /// The next output, which goes to no cell.
    pub fn no_output_cell(&mut self) {
        self.output_cells.push(None);
    }

    /// The next output, which goes to a cell.
    pub fn output_cell<T>(&mut self, cell: &EncryptedCell<'info, T>) -> Result<()> {
        let account = self.account(cell.as_ref())?;
        self.output_cells.push(Some(account));
        Ok(())
    }

    /// The place of an account among those passed along; each is passed once.
    fn account(&mut self, info: &AccountInfo<'info>) -> Result<u8> {
        let place = self.accounts.iter().position(|known| known.key == info.key).unwrap_or_else(|| {
            self.accounts.push(info.clone());
            self.accounts.len() - 1
        });
        u8::try_from(place).map_err(|_| error!(ArxAnchorError::TooManyAccounts))
    }
}

/// Puts a computation into the queue. `authority` is the end user, who must have signed (or the application's own signer,
/// for calls that no user makes).
///
/// Applications call the function of the same name as the circuit's instruction, in their generated module.
pub fn queue<'info, A: Arguments<'info>>(
    accounts: &QueueAccounts<'info>,
    authority: &AccountInfo<'info>,
    arguments: A,
    options: QueueOptions,
) -> Result<()> {
    let definition = <A::Outputs as Outputs>::DEFINITION;
    let application: Application = definition.application;
    require_keys_eq!(accounts.mxe.key(), application.mxe, ArxAnchorError::WrongMxe);
    require_keys_eq!(accounts.definition.key(), definition.address, ArxAnchorError::WrongDefinition);

    let mut writer = ArgumentWriter::default();
    arguments.write(&mut writer)?;
    let QueueOptions { call, instance, callback } = options;
    let arguments = QueueArguments {
        counter: call.counter,
        instance,
        epoch: call.epoch,
        not_after: call.not_after,
        deadline: call.deadline,
        priority_fee: call.priority_fee,
        arguments: writer.arguments,
        output_cells: writer.output_cells,
        callback,
    };
    let cpi_accounts = QueueComputation {
        payer: accounts.payer.to_account_info(),
        authority: authority.clone(),
        application_signer: accounts.application_signer.to_account_info(),
        mxe: accounts.mxe.to_account_info(),
        definition: accounts.definition.to_account_info(),
        cluster: accounts.cluster.to_account_info(),
        queue: accounts.queue.to_account_info(),
        computation: accounts.computation.to_account_info(),
        system_program: accounts.system_program.to_account_info(),
    };
    application.sign(|seeds| {
        let context = CpiContext::new_with_signer(accounts.arx_program.key(), cpi_accounts, seeds)
            .with_remaining_accounts(writer.accounts);
        cpi::queue_computation(context, arguments)
    })
}
