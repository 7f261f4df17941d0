//! `arx-node create-cluster`: forms a cluster of registered nodes, which then join it.

use std::path::Path;

use anyhow::{Context, Result, bail};
use arx_program::instructions::CreateClusterArguments;
use arx_program::state::Cluster;
use arx_program::{client, pda};
use arx_wire::{
    PROTOCOL_DISHONEST_MAJORITY, PROTOCOL_REPLICATED3_MALICIOUS, PROTOCOL_REPLICATED3_SEMI_HONEST,
};
use clap::{Args, ValueEnum};
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::output::say;
use super::{AuthorityArguments, authority, run};
use crate::chain::rpc::RpcChain;
use crate::config::Config;

/// The protocols that clusters run (docs/threat-model.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ProtocolName {
    /// 2 to 16 members, all but one of which may be malicious.
    DishonestMajority,
    /// 3 members, one of which may be malicious.
    HonestMajority,
    /// 3 members that all follow the protocol: for trying things out.
    SemiHonest,
}

impl ProtocolName {
    /// Its number on chain.
    pub const fn id(self) -> u16 {
        match self {
            ProtocolName::DishonestMajority => PROTOCOL_DISHONEST_MAJORITY,
            ProtocolName::HonestMajority => PROTOCOL_REPLICATED3_MALICIOUS,
            ProtocolName::SemiHonest => PROTOCOL_REPLICATED3_SEMI_HONEST,
        }
    }
}

/// Arguments of `create-cluster`.
#[derive(Debug, Args)]
pub struct CreateClusterCommand {
    /// The cluster's number; any that is free.
    #[arg(long, value_name = "ID")]
    cluster: u64,
    /// Identity of an invited node, as often as there are members: the order gives the nodes their party numbers.
    #[arg(long = "member", value_name = "IDENTITY", required = true)]
    members: Vec<Pubkey>,
    /// What the members run, fixed for the cluster's life.
    #[arg(long, value_enum, default_value = "dishonest-majority")]
    protocol: ProtocolName,
    /// Lamports per cost unit.
    #[arg(long, value_name = "LAMPORTS", default_value_t = 10)]
    price_per_unit: u64,
    /// Lamports per computation.
    #[arg(long, value_name = "LAMPORTS", default_value_t = 50_000)]
    base_fee: u64,
    #[command(flatten)]
    authority: AuthorityArguments,
}

pub(super) async fn create_cluster(path: &Path, arguments: &CreateClusterCommand) -> Result<()> {
    let config = Config::load(path)?;
    let authority = authority::read(&arguments.authority.authority)?;
    // The authority pays; the node's own keys stay shut.
    let payer = Keypair::new_from_array(*authority.secret_bytes());
    let chain = RpcChain::new(&config.chain.rpc_url, &config.websocket_url(), config.commitment(), payer);
    let address = pda::cluster(arguments.cluster).0;
    if run::read::<Cluster>(&chain, "cluster", &address).await?.is_some() {
        bail!("there is a cluster {} already; choose another number", arguments.cluster);
    }
    let members = arguments.members.len();
    let possible = match arguments.protocol {
        ProtocolName::DishonestMajority => (2..=16).contains(&members),
        ProtocolName::HonestMajority | ProtocolName::SemiHonest => members == 3,
    };
    if !possible {
        bail!("{members} members: dishonest-majority takes 2 to 16, the other protocols take 3");
    }
    for member in &arguments.members {
        match run::registration(&chain, member).await? {
            None => bail!("{member} is not registered (arx-node register)"),
            Some(node) => {
                if let Some(cluster) = node.cluster {
                    bail!("{member} is in the cluster {cluster} already");
                }
            }
        }
    }
    let create = CreateClusterArguments {
        id: arguments.cluster,
        members: arguments.members.clone(),
        protocol: arguments.protocol.id(),
        price_per_unit: arguments.price_per_unit,
        base_fee: arguments.base_fee,
    };
    let create = client::create_cluster(authority.pubkey(), authority.pubkey(), create);
    chain.submit_signed(&[create], &[&authority]).await.context("the cluster was not created")?;
    say(format_args!("created         cluster {}, {address}", arguments.cluster));
    say(format_args!(
        "next            each member: arx-node join --cluster {} --authority FILE",
        arguments.cluster
    ));
    Ok(())
}
