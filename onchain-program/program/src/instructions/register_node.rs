//! `register_node`: enters a node, with proof that it knows its encryption key's secret.

use anchor_lang::prelude::*;

use crate::{
    constants::MAX_ENDPOINT_LENGTH,
    error::ArxError,
    events::NodeChanged,
    pda, possession,
    state::{EncryptionKeyRecord, Node, NodeStatus},
};

/// A node's registration.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub struct RegisterNodeArguments {
    /// Hot key that pays for the node's transactions.
    pub fee_payer: Pubkey,
    /// Encryption key N.
    pub encryption_key: [u8; 32],
    /// See [`crate::possession`].
    pub proof_of_possession: [u8; 64],
    /// `host:port`.
    pub endpoint: String,
}

/// Accounts of `register_node`.
#[derive(Accounts)]
#[instruction(arguments: RegisterNodeArguments)]
pub struct RegisterNode<'info> {
    /// Pays for the accounts.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The node's cold key.
    pub authority: Signer<'info>,
    /// The node's hot key: signs, so that nobody registers another's.
    pub identity: Signer<'info>,
    /// The registration.
    #[account(
        init, payer = payer, space = 8 + Node::INIT_SPACE,
        seeds = [pda::NODE_SEED, identity.key().as_ref()], bump,
    )]
    pub node: Box<Account<'info, Node>>,
    /// The mark that the encryption key is taken; creating it fails where it is.
    #[account(
        init, payer = payer, space = 8 + EncryptionKeyRecord::INIT_SPACE,
        seeds = [pda::KEY_SEED, arguments.encryption_key.as_ref()], bump,
    )]
    pub encryption_key_record: Box<Account<'info, EncryptionKeyRecord>>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}

impl<'info> RegisterNode<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, arguments: RegisterNodeArguments) -> Result<()> {
        check_endpoint(&arguments.endpoint)?;
        let accounts = ctx.accounts;
        let identity = accounts.identity.key();
        possession::verify(&identity, &arguments.encryption_key, &arguments.proof_of_possession)?;
        accounts
            .encryption_key_record
            .set_inner(EncryptionKeyRecord { identity, bump: ctx.bumps.encryption_key_record });
        let node = &mut accounts.node;
        node.authority = accounts.authority.key();
        node.identity = identity;
        node.fee_payer = arguments.fee_payer;
        node.encryption_key = arguments.encryption_key;
        node.proof_of_possession = arguments.proof_of_possession;
        node.endpoint = arguments.endpoint;
        node.status = NodeStatus::Joining;
        node.cluster = None;
        node.registered_slot = Clock::get()?.slot;
        node.bump = ctx.bumps.node;
        emit!(NodeChanged { identity, authority: node.authority, endpoint: node.endpoint.clone() });
        Ok(())
    }
}

/// An endpoint is printable and fits its place.
pub(crate) fn check_endpoint(endpoint: &str) -> Result<()> {
    let printable = endpoint.bytes().all(|byte| byte.is_ascii_graphic());
    require!(
        !endpoint.is_empty() && endpoint.len() <= MAX_ENDPOINT_LENGTH && printable,
        ArxError::InvalidEndpoint
    );
    Ok(())
}
