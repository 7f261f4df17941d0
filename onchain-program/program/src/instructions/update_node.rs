//! `update_node`: moves a node, or changes who pays for its transactions.

use anchor_lang::prelude::*;

use super::register_node::check_endpoint;
use crate::{
    error::ArxError,
    events::NodeChanged,
    record::{self, ensure_same},
    state::Node,
};

/// What to change; `None` leaves it.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateNodeArguments {
    /// `host:port`.
    pub endpoint: Option<String>,
    /// Hot key that pays for the node's transactions.
    pub fee_payer: Option<Pubkey>,
}

/// Accounts of `update_node`.
#[derive(Accounts)]
pub struct UpdateNode<'info> {
    /// The node's cold key.
    pub authority: Signer<'info>,
    /// CHECK: the registration.
    #[account(mut)]
    pub node: UncheckedAccount<'info>,
}

impl<'info> UpdateNode<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, arguments: UpdateNodeArguments) -> Result<()> {
        let accounts = ctx.accounts;
        let mut node: Box<Node> = record::open(&accounts.node)?;
        ensure_same!(node.authority, *accounts.authority.key, ArxError::WrongAuthority);
        if let Some(endpoint) = arguments.endpoint {
            check_endpoint(&endpoint)?;
            node.endpoint = endpoint;
        }
        if let Some(fee_payer) = arguments.fee_payer {
            node.fee_payer = fee_payer;
        }
        record::save(&*node, &accounts.node)?;
        crate::events::emit(&NodeChanged {
            identity: node.identity,
            authority: node.authority,
            endpoint: node.endpoint,
        });
        Ok(())
    }
}
