//! `arx-node create-cluster`: forms a cluster of registered nodes, which then join it.

use std::path::Path;

use anyhow::{Context, Result, bail};
use arx_program::constants::PROTOCOL_REPLICATED3_SEMI_HONEST;
use arx_program::instructions::CreateClusterArguments;
use arx_program::state::Cluster;
use arx_program::{client, pda};
use clap::Args;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::output::say;
use super::{AuthorityArguments, authority, run};
use crate::chain::rpc::RpcChain;
use crate::config::Config;

/// Arguments of `create-cluster`.
#[derive(Debug, Args)]
pub struct CreateClusterCommand {
    /// The cluster's number; any that is free.
    #[arg(long, value_name = "ID")]
    cluster: u64,
    /// Identity of an invited node. Three times: the order gives the nodes their party numbers.
    #[arg(long = "member", value_name = "IDENTITY", required = true)]
    members: Vec<Pubkey>,
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
        protocol: PROTOCOL_REPLICATED3_SEMI_HONEST,
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
