//! `create_definition`: declares a circuit; its bytes follow by `write_circuit`.

use anchor_lang::prelude::*;

use crate::{
    constants::{MAX_GROWTH, MAX_MEMBERS, MAX_NAME_LENGTH, MAX_RESULT_LENGTH},
    error::ArxError,
    events::DefinitionChanged,
    pda,
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
#[instruction(arguments: CreateDefinitionArguments)]
pub struct CreateDefinition<'info> {
    /// Pays for the accounts.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The MXE's authority.
    pub authority: Signer<'info>,
    /// The MXE.
    #[account(has_one = authority @ ArxError::WrongAuthority)]
    pub mxe: Box<Account<'info, Mxe>>,
    /// The definition.
    #[account(
        init, payer = payer,
        space = ComputationDefinition::space(&arguments.name, arguments.parameters.len(), arguments.outputs.len()),
        seeds = [pda::DEFINITION_SEED, mxe.key().as_ref(), name_seed(&arguments.name)], bump,
    )]
    pub definition: Box<Account<'info, ComputationDefinition>>,
    /// The circuit's bytes.
    #[account(
        init, payer = payer, space = CircuitData::HEADER + first_part(arguments.circuit_length),
        seeds = [pda::CIRCUIT_SEED, definition.key().as_ref()], bump,
    )]
    pub circuit: Box<Account<'info, CircuitData>>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}

/// A seed has at most 32 bytes; a longer name is refused by the handler.
fn name_seed(name: &str) -> &[u8] {
    let name = name.as_bytes();
    &name[..name.len().min(MAX_NAME_LENGTH)]
}

/// As much of the circuit as an account can be created with.
fn first_part(circuit_length: u32) -> usize {
    (circuit_length as usize).min(MAX_GROWTH - CircuitData::HEADER)
}

impl<'info> CreateDefinition<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, arguments: CreateDefinitionArguments) -> Result<()> {
        let accounts = ctx.accounts;
        let definition = ComputationDefinition {
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
            bump: ctx.bumps.definition,
        };
        definition.validate()?;
        let result: usize = definition.outputs.iter().map(|output| 4 + output.data_length(MAX_MEMBERS)).sum();
        require!(4 + result <= MAX_RESULT_LENGTH as usize, ArxError::ResultTooLarge);
        accounts.definition.set_inner(definition);
        accounts.circuit.definition = accounts.definition.key();
        emit!(DefinitionChanged {
            definition: accounts.definition.key(),
            circuit_hash: arguments.circuit_hash,
            status: 0,
        });
        Ok(())
    }
}
