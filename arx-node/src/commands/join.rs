//! `arx-node join`: accepts the invitation of a cluster.

use std::path::Path;

use anyhow::{Context, Result, bail};
use arx_program::state::Cluster;
use arx_program::{client, pda};
use clap::Args;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::output::say;
use super::{AuthorityArguments, authority, run};
use crate::config::Config;

/// Arguments of `join`.
#[derive(Debug, Args)]
pub struct JoinArguments {
    /// The cluster's number.
    #[arg(long, value_name = "ID")]
    cluster: u64,
    #[command(flatten)]
    authority: AuthorityArguments,
}

pub(super) async fn join(path: &Path, arguments: &JoinArguments) -> Result<()> {
    let config = Config::load(path)?;
    let keys = run::open_keys(&config)?;
    let authority = authority::read(&arguments.authority.authority)?;
    let chain = run::connect(&config, &keys);
    let identity = Pubkey::from(keys.identity());
    let address = pda::cluster(arguments.cluster).0;

    let Some(cluster) = run::read::<Cluster>(&chain, "cluster", &address).await? else {
        bail!("there is no cluster {}", arguments.cluster);
    };
    let Some(index) = cluster.member_index(&identity) else {
        bail!("cluster {} has not invited {identity}", arguments.cluster);
    };
    for (accuser, accused, record) in run::current_image(&config)?.0.accusations()? {
        let (accuser, accused) = (Pubkey::from(accuser), Pubkey::from(accused));
        let concerns_us = accuser == identity || accused == identity;
        let is_member = |key: &Pubkey| cluster.member_index(key).is_some();
        if concerns_us && is_member(&accuser) && is_member(&accused) {
            bail!(
                "cluster {} is not joined: {accuser} accused {accused} of cheating in session {} ({}), and two members \
                 of whom one accuses the other are not put together again (arx-node status)",
                arguments.cluster,
                hex::encode(record.session),
                record.what,
            );
        }
    }
    if cluster.has_joined(index) {
        say(format_args!("joined          cluster {} (already)", arguments.cluster));
    } else {
        let join = client::join_cluster(authority.pubkey(), identity, address);
        chain.submit_signed(&[join], &[&authority]).await.context("the node has not joined")?;
        say(format_args!("joined          cluster {}", arguments.cluster));
    }
    say("next            arx-node run");
    Ok(())
}
