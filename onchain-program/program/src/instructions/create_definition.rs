//! `create_definition`: declares a circuit; its bytes follow by `write_circuit`.

use anchor_lang::prelude::*;

use crate::{
    constants::{MAX_GROWTH, MAX_MEMBERS, MAX_RESULT_LENGTH},
    error::ArxError,
    events::DefinitionChanged,
    pda,
    record::{self, ensure, ensure_same},
    state::{CircuitData, ComputationDefinition, DefinitionStatus, Mxe, OutputSpec, ParameterSpec},
};

/// A new definition.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub struct CreateDefinitionArguments {
    /// Name of the circuit's entry function.
    pub name: String,
    /// SHA-256 of the circuit artifact.
    pub circuit_hash: [u8; 32],
    /// SHA-256 of the canonical interface.
    pub interface_hash: [u8; 32],
    /// Length of the artifact in bytes.
    pub circuit_length: u32,
    /// Cost of one run.
    pub cost_units: u64,
    /// Shapes of the arguments.
    pub parameters: Vec<ParameterSpec>,
    /// Shapes of the outputs.
    pub outputs: Vec<OutputSpec>,
}

/// Accounts of `create_definition`.
#[derive(Accounts)]
pub struct CreateDefinition<'info> {
    /// Pays for the accounts.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The MXE's authority.
    pub authority: Signer<'info>,
    /// CHECK: the MXE.
    pub mxe: UncheckedAccount<'info>,
    /// CHECK: the definition, created here at its name's address.
    #[account(mut)]
    pub definition: UncheckedAccount<'info>,
    /// CHECK: the account of the circuit's bytes, created here.
    #[account(mut)]
    pub circuit: UncheckedAccount<'info>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}

/// As much of the circuit as an account can be created with.
fn first_part(circuit_length: u32) -> usize {
    (circuit_length as usize).min(MAX_GROWTH - CircuitData::HEADER)
}

impl<'info> CreateDefinition<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, arguments: CreateDefinitionArguments) -> Result<()> {
        let accounts = ctx.accounts;
        let mxe: Box<Mxe> = record::open(&accounts.mxe)?;
        ensure_same!(mxe.authority, *accounts.authority.key, ArxError::WrongAuthority);
        let mut definition = ComputationDefinition {
            mxe: accounts.mxe.key(),
            name: arguments.name,
            circuit_hash: arguments.circuit_hash,
            interface_hash: arguments.interface_hash,
            circuit_length: arguments.circuit_length,
            cost_units: arguments.cost_units,
            parameters: arguments.parameters,
            outputs: arguments.outputs,
            status: DefinitionStatus::Draft,
            created_slot: Clock::get()?.slot,
            bump: 0,
        };
        definition.validate()?;
        let lengths = definition.outputs.iter().map(|output| output.data_length(MAX_MEMBERS, mxe.protocol));
        let result: usize = lengths.map(|length| 4 + length).sum();
        ensure!(4 + result <= MAX_RESULT_LENGTH as usize, ArxError::ResultTooLarge);
        let address = pda::definition(&accounts.mxe.key(), &definition.name);
        definition.bump = address.1;
        let (payer, mxe) = (&accounts.payer, accounts.mxe.key());
        record::create(
            payer,
            &accounts.definition,
            address,
            &[pda::DEFINITION_SEED, mxe.as_ref(), definition.name.as_bytes()],
            &definition,
            ComputationDefinition::space(
                &definition.name,
                definition.parameters.len(),
                definition.outputs.len(),
            ),
            ArxError::AlreadyExists,
        )?;
        record::create(
            payer,
            &accounts.circuit,
            pda::circuit(accounts.definition.key),
            &[pda::CIRCUIT_SEED, accounts.definition.key.as_ref()],
            &CircuitData { definition: accounts.definition.key() },
            CircuitData::HEADER + first_part(definition.circuit_length),
            ArxError::AlreadyExists,
        )?;
        crate::events::emit(&DefinitionChanged {
            definition: accounts.definition.key(),
            circuit_hash: arguments.circuit_hash,
            status: 0,
        });
        Ok(())
    }
}
