//! `create_cluster`: invites nodes to run computations together, at a price.

use anchor_lang::prelude::*;

use crate::{
    constants::{MAX_MEMBERS, MIN_MEMBERS, PROTOCOL_REPLICATED3_SEMI_HONEST},
    error::ArxError,
    events::ClusterCreated,
    pda,
    state::{Cluster, ClusterState, Config, Queue},
};

/// A new cluster.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub struct CreateClusterArguments {
    /// Its number; any that is free.
    pub id: u64,
    /// Identities of the invited nodes; the order gives them their party numbers.
    pub members: Vec<Pubkey>,
    /// The protocol they will run.
    pub protocol: u16,
    /// Lamports per cost unit.
    pub price_per_unit: u64,
    /// Lamports per computation.
    pub base_fee: u64,
}

/// Accounts of `create_cluster`.
#[derive(Accounts)]
#[instruction(arguments: CreateClusterArguments)]
pub struct CreateCluster<'info> {
    /// Pays for the accounts.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// Will set prices.
    pub authority: Signer<'info>,
    /// The network's parameters.
    pub config: Box<Account<'info, Config>>,
    /// The cluster.
    #[account(
        init, payer = payer, space = Cluster::space(arguments.members.len()),
        seeds = [pda::CLUSTER_SEED, arguments.id.to_le_bytes().as_ref()], bump,
    )]
    pub cluster: Box<Account<'info, Cluster>>,
    /// Its queue.
    #[account(
        init, payer = payer, space = Queue::SPACE,
        seeds = [pda::QUEUE_SEED, cluster.key().as_ref()], bump,
    )]
    pub queue: AccountLoader<'info, Queue>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}

impl<'info> CreateCluster<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, arguments: CreateClusterArguments) -> Result<()> {
        check_members(&arguments)?;
        let accounts = ctx.accounts;
        let count = arguments.members.len();
        accounts.queue.load_init()?.cluster = accounts.cluster.key();
        accounts.cluster.set_inner(Cluster {
            id: arguments.id,
            authority: accounts.authority.key(),
            members: arguments.members.clone(),
            encryption_keys: vec![[0; 32]; count],
            joined: 0,
            protocol: arguments.protocol,
            epoch: 0,
            price_per_unit: arguments.price_per_unit,
            base_fee: arguments.base_fee,
            state: ClusterState::Forming,
            treasury_basis_points: accounts.config.treasury_basis_points,
            accrued: vec![0; count],
            treasury_accrued: 0,
            finalized: 0,
            failed: 0,
            bump: ctx.bumps.cluster,
        });
        emit!(ClusterCreated {
            cluster: accounts.cluster.key(),
            members: arguments.members,
            protocol: arguments.protocol,
        });
        Ok(())
    }
}

fn check_members(arguments: &CreateClusterArguments) -> Result<()> {
    let members = &arguments.members;
    require!(arguments.protocol == PROTOCOL_REPLICATED3_SEMI_HONEST, ArxError::UnknownProtocol);
    require!((MIN_MEMBERS..=MAX_MEMBERS).contains(&members.len()), ArxError::InvalidMembers);
    require!(members.len() == 3, ArxError::InvalidMembers);
    for (index, member) in members.iter().enumerate() {
        require!(!members[..index].contains(member), ArxError::InvalidMembers);
    }
    Ok(())
}
