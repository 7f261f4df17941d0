//! The transactions that make a cluster of nodes.

use std::path::Path;

use arx_sdk::{
    Client,
    program::{
        client as build, constants::PROTOCOL_REPLICATED3_SEMI_HONEST, instructions::CreateClusterArguments,
        pda,
    },
};
use futures::future::try_join_all;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;
use solana_system_interface::instruction::transfer;

use super::LocalNode;

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
    prices: Prices,
) -> anyhow::Result<Pubkey> {
    let owner = wallet.pubkey();
    let members: Vec<_> = nodes.iter().map(LocalNode::identity).collect();
    let arguments = CreateClusterArguments {
        id: CLUSTER,
        members: members.clone(),
        protocol: PROTOCOL_REPLICATED3_SEMI_HONEST,
        price_per_unit: prices.price_per_unit,
        base_fee: prices.base_fee,
    };
    let mut first = vec![
        build::initialize(owner, owner, owner, TREASURY_BASIS_POINTS),
        build::create_cluster(owner, owner, arguments),
    ];
    first.extend(nodes.iter().map(|node| transfer(&owner, &node.fee_payer(), NODE_LAMPORTS)));
    client.send("setting the network up", &first, &[wallet]).await?;

    try_join_all(nodes.iter().map(|node| node.register(wallet_path))).await?;
    let cluster = cluster_address();
    let joins: Vec<_> =
        members.iter().map(|identity| build::join_cluster(owner, *identity, cluster)).collect();
    client.send("joining the cluster", &joins, &[wallet]).await?;
    Ok(cluster)
}
