//! `create_cluster`: invites nodes to run computations together, at a price.

use anchor_lang::prelude::*;

use crate::{
    constants::{
        MAX_MEMBERS, MIN_MEMBERS, PROTOCOL_DISHONEST_MAJORITY, PROTOCOL_REPLICATED3_MALICIOUS,
        PROTOCOL_REPLICATED3_SEMI_HONEST,
    },
    error::ArxError,
    events::ClusterCreated,
    pda,
    record::{self, ensure},
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
pub struct CreateCluster<'info> {
    /// Pays for the accounts.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// Will set prices.
    pub authority: Signer<'info>,
    /// CHECK: the network's parameters.
    pub config: UncheckedAccount<'info>,
    /// CHECK: the cluster, created here at its number's address.
    #[account(mut)]
    pub cluster: UncheckedAccount<'info>,
    /// CHECK: its queue, created here at the cluster's address.
    #[account(mut)]
    pub queue: UncheckedAccount<'info>,
    /// Creates the accounts.
    pub system_program: Program<'info, System>,
}

impl<'info> CreateCluster<'info> {
    pub(crate) fn run(ctx: Context<'info, Self>, arguments: CreateClusterArguments) -> Result<()> {
        check_members(&arguments)?;
        let accounts = ctx.accounts;
        let config: Box<Config> = record::open(&accounts.config)?;
        let count = arguments.members.len();
        let id = arguments.id.to_le_bytes();
        let address = pda::cluster(arguments.id);
        let cluster = Cluster {
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
            treasury_basis_points: config.treasury_basis_points,
            accrued: vec![0; count],
            treasury_accrued: 0,
            finalized: 0,
            failed: 0,
            down: 0,
            epoch_slot: 0,
            maintenance_start: 0,
            maintenance_end: 0,
            bump: address.1,
        };
        record::create(
            &accounts.payer,
            &accounts.cluster,
            address,
            &[pda::CLUSTER_SEED, &id],
            &cluster,
            Cluster::space(count),
            ArxError::AlreadyExists,
        )?;
        let (payer, cluster) = (&accounts.payer, accounts.cluster.key);
        let seeds: &[&[u8]] = &[pda::QUEUE_SEED, cluster.as_ref()];
        record::allocate(
            payer,
            &accounts.queue,
            pda::queue(cluster),
            seeds,
            Queue::SPACE,
            ArxError::AlreadyExists,
        )?;
        Queue::initialize(&mut accounts.queue.try_borrow_mut_data()?, cluster)?;
        crate::events::emit(&ClusterCreated {
            cluster: accounts.cluster.key(),
            members: arguments.members,
            protocol: arguments.protocol,
        });
        Ok(())
    }
}

fn check_members(arguments: &CreateClusterArguments) -> Result<()> {
    let members = &arguments.members;
    let fits = match arguments.protocol {
        PROTOCOL_REPLICATED3_SEMI_HONEST | PROTOCOL_REPLICATED3_MALICIOUS => members.len() == 3,
        PROTOCOL_DISHONEST_MAJORITY => true,
        _ => return Err(ArxError::UnknownProtocol.into()),
    };
    ensure!(fits, ArxError::InvalidMembers);
    ensure!((MIN_MEMBERS..=MAX_MEMBERS).contains(&members.len()), ArxError::InvalidMembers);
    for (index, member) in members.iter().enumerate() {
        ensure!(!members[..index].contains(member), ArxError::InvalidMembers);
    }
    Ok(())
}
