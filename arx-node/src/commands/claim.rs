//! `arx-node claim`: collects the node's fees.

use std::path::Path;

use anyhow::{Context, Result, bail};
use arx_program::client;
use arx_program::state::Cluster;
use clap::Args;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::output::{say, sol};
use super::{AuthorityArguments, authority, run};
use crate::config::Config;

/// Arguments of `claim`.
#[derive(Debug, Args)]
pub struct ClaimArguments {
    /// Who receives the fees; the authority itself unless given.
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Pubkey>,
    #[command(flatten)]
    authority: AuthorityArguments,
}

pub(super) async fn claim(path: &Path, arguments: &ClaimArguments) -> Result<()> {
    let config = Config::load(path)?;
    let keys = run::open_keys(&config)?;
    let authority = authority::read(&arguments.authority.authority)?;
    let chain = run::connect(&config, &keys);
    let identity = Pubkey::from(keys.identity());
    let recipient = arguments.to.unwrap_or_else(|| authority.pubkey());

    let Some(address) = run::registration(&chain, &identity).await?.and_then(|node| node.cluster) else {
        bail!("{identity} is in no cluster");
    };
    let Some(cluster) = run::read::<Cluster>(&chain, "cluster", &address).await? else {
        bail!("the cluster {address} is not there");
    };
    let index = cluster.member_index(&identity);
    let accrued = index.and_then(|index| cluster.accrued.get(index).copied()).unwrap_or(0);
    if accrued == 0 {
        say("claimed         nothing: no fees have accrued");
        return Ok(());
    }
    let claim = client::claim_fees(authority.pubkey(), recipient, identity, address);
    chain.submit_signed(&[claim], &[&authority]).await.context("the fees were not claimed")?;
    say(format_args!("claimed         {} to {recipient}", sol(accrued)));
    Ok(())
}
