//! The transactions that make a cluster of nodes.

use std::{fmt, path::Path};

use anyhow::bail;
use arx_sdk::{
    Client,
    program::{client as build, instructions::CreateClusterArguments, pda},
    wire::{PROTOCOL_DISHONEST_MAJORITY, PROTOCOL_REPLICATED3_MALICIOUS, PROTOCOL_REPLICATED3_SEMI_HONEST},
};
use clap::{Args, ValueEnum};
use futures::future::try_join_all;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;
use solana_system_interface::instruction::transfer;

use super::LocalNode;

/// What the nodes of a cluster run; what each protects against is in docs/threat-model.md.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Protocol {
    /// All nodes but one may be malicious; 2 to 16 nodes.
    #[default]
    DishonestMajority,
    /// One of three nodes may be malicious.
    HonestMajority,
    /// Three nodes that all follow the protocol.
    SemiHonest,
}

impl Protocol {
    /// Its number on chain.
    pub const fn id(self) -> u16 {
        match self {
            Self::DishonestMajority => PROTOCOL_DISHONEST_MAJORITY,
            Self::HonestMajority => PROTOCOL_REPLICATED3_MALICIOUS,
            Self::SemiHonest => PROTOCOL_REPLICATED3_SEMI_HONEST,
        }
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::DishonestMajority => "dishonest-majority",
            Self::HonestMajority => "honest-majority",
            Self::SemiHonest => "semi-honest",
        })
    }
}

/// How many nodes a local cluster has, and what they run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Args)]
pub struct ClusterShape {
    /// How many nodes: 2 to 16 under dishonest-majority, else 3.
    #[arg(long, value_name = "NUMBER", default_value_t = 3, value_parser = clap::value_parser!(u8).range(2..=16))]
    pub nodes: u8,
    /// What they run.
    #[arg(long, value_enum, default_value_t)]
    pub protocol: Protocol,
}

impl Default for ClusterShape {
    fn default() -> Self {
        Self { nodes: 3, protocol: Protocol::default() }
    }
}

impl ClusterShape {
    /// This shape, if a cluster can have it.
    pub(super) fn check(self) -> anyhow::Result<Self> {
        if self.protocol != Protocol::DishonestMajority && self.nodes != 3 {
            bail!(
                "{} runs with 3 nodes, not with {}; dishonest-majority takes 2 to 16",
                self.protocol,
                self.nodes
            );
        }
        Ok(self)
    }
}

/// What a cluster charges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prices {
    /// Lamports per cost unit.
    pub price_per_unit: u64,
    /// Lamports per computation.
    pub base_fee: u64,
}

impl Default for Prices {
    fn default() -> Self {
        Self { price_per_unit: 10, base_fee: 50_000 }
    }
}

/// The local cluster's number.
const CLUSTER: u64 = 0;
/// The treasury's part of fees: 2.5 %.
const TREASURY_BASIS_POINTS: u16 = 250;
/// Lamports of a node for its transactions.
const NODE_LAMPORTS: u64 = 10_000_000_000;

/// Nodes whose fee payers get their lamports in the transaction that makes the cluster: as many as fit.
const TRANSFERS_WITH_CREATION: usize = 3;
/// Nodes that join in one transaction.
const JOINS_AT_ONCE: usize = 4;

fn transfers(owner: &Pubkey, nodes: &[LocalNode]) -> Vec<solana_instruction::Instruction> {
    nodes.iter().map(|node| transfer(owner, &node.fee_payer(), NODE_LAMPORTS)).collect()
}

/// Where the local cluster will be.
pub fn cluster_address() -> Pubkey {
    pda::cluster(CLUSTER).0
}

/// Initialises the network's program, registers the nodes, and makes them a cluster. The wallet pays and is the
/// authority of everything. Two waits for the chain where they can be two.
pub async fn make_cluster(
    client: &Client,
    wallet: &Keypair,
    wallet_path: &Path,
    nodes: &[LocalNode],
    protocol: Protocol,
    prices: Prices,
) -> anyhow::Result<Pubkey> {
    let owner = wallet.pubkey();
    let members: Vec<_> = nodes.iter().map(LocalNode::identity).collect();
    let arguments = CreateClusterArguments {
        id: CLUSTER,
        members: members.clone(),
        protocol: protocol.id(),
        price_per_unit: prices.price_per_unit,
        base_fee: prices.base_fee,
    };
    let mut first = vec![
        build::initialize(owner, owner, owner, TREASURY_BASIS_POINTS),
        build::create_cluster(owner, owner, arguments),
    ];
    if nodes.len() <= TRANSFERS_WITH_CREATION {
        first.extend(transfers(&owner, nodes));
        client.send("setting the network up", &first, &[wallet]).await?;
    } else {
        client.send("setting the network up", &first, &[wallet]).await?;
        client.send("funding the nodes", &transfers(&owner, nodes), &[wallet]).await?;
    }

    try_join_all(nodes.iter().map(|node| node.register(wallet_path))).await?;
    let cluster = cluster_address();
    let joins: Vec<_> =
        members.iter().map(|identity| build::join_cluster(owner, *identity, cluster)).collect();
    for joins in joins.chunks(JOINS_AT_ONCE) {
        client.send("joining the cluster", joins, &[wallet]).await?;
    }
    Ok(cluster)
}
