//! `register_node`: enters a node, with proof that it knows its encryption key's secret.

use anchor_lang::prelude::*;

use crate::{
    constants::MAX_ENDPOINT_LENGTH,
    error::ArxError,
    events::NodeChanged,
    pda, possession,
    record::{self, ensure},
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
pub struct RegisterNode<'info> {
    /// Pays for the accounts.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The node's cold key.
    pub authority: Signer<'info>,
    /// The node's hot key: signs, so that nobody registers another's.
    pub identity: Signer<'info>,
    /// CHECK: the registration, created here at the identity's address.
    #[account(mut)]
    pub node: UncheckedAccount<'info>,
    /// CHECK: the mark that the encryption key is taken; creating it fails where it is.
    #[account(mut)]
    pub encryption_key_record: UncheckedAccount<'info>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}

impl<'info> RegisterNode<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, arguments: RegisterNodeArguments) -> Result<()> {
        check_endpoint(&arguments.endpoint)?;
        let accounts = ctx.accounts;
        let identity = accounts.identity.key();
        possession::verify(&identity, &arguments.encryption_key, &arguments.proof_of_possession)?;
        let address = pda::encryption_key_record(&arguments.encryption_key);
        record::create(
            &accounts.payer,
            &accounts.encryption_key_record,
            address,
            &[pda::KEY_SEED, &arguments.encryption_key],
            &EncryptionKeyRecord { identity, before: [0; 32], bump: address.1 },
            8 + EncryptionKeyRecord::INIT_SPACE,
            ArxError::EncryptionKeyTaken,
        )?;
        let address = pda::node(&identity);
        let node = Node {
            authority: accounts.authority.key(),
            identity,
            fee_payer: arguments.fee_payer,
            encryption_key: arguments.encryption_key,
            proof_of_possession: arguments.proof_of_possession,
            endpoint: arguments.endpoint,
            status: NodeStatus::Joining,
            cluster: None,
            registered_slot: Clock::get()?.slot,
            last_cluster: None,
            next_encryption_key: None,
            strikes: 0,
            last_miss: 0,
            last_strike: 0,
            jailed_until: 0,
            bump: address.1,
        };
        record::create(
            &accounts.payer,
            &accounts.node,
            address,
            &[pda::NODE_SEED, identity.as_ref()],
            &node,
            8 + Node::INIT_SPACE,
            ArxError::AlreadyExists,
        )?;
        crate::events::emit(&NodeChanged { identity, authority: node.authority, endpoint: node.endpoint });
        Ok(())
    }
}

/// An endpoint is printable and fits its place.
pub(crate) fn check_endpoint(endpoint: &str) -> Result<()> {
    let printable = endpoint.bytes().all(|byte| byte.is_ascii_graphic());
    ensure!(
        !endpoint.is_empty() && endpoint.len() <= MAX_ENDPOINT_LENGTH && printable,
        ArxError::InvalidEndpoint
    );
    Ok(())
}
