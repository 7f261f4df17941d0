//! `arx-node status`: what the chain says about the node, and what is on record about members. Opens no secret, so it
//! asks for no passphrase.

use std::path::Path;

use anyhow::{Context, Result};
use arx_program::pda;
use arx_program::state::{Cluster, ClusterState};
use clap::Args;
use serde::Serialize;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;

use super::output::{say, sol};
use super::run;
use crate::chain::Chain;
use crate::chain::rpc::RpcChain;
use crate::chain::view::decode_queue;
use crate::config::Config;
use crate::secrets::key_file::KeyFile;

/// Arguments of `status`.
#[derive(Debug, Args)]
pub struct StatusArguments {
    /// As one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Status {
    identity: String,
    fee_payer: String,
    fee_payer_lamports: u64,
    /// `None`: not registered.
    registered_endpoint: Option<String>,
    configured_endpoint: String,
    cluster: Option<ClusterStatus>,
    /// What members are proven to have done.
    evidence: Vec<EvidenceStatus>,
    /// One member's word against another's: the two are not to be in one cluster again.
    accusations: Vec<AccusationStatus>,
}

#[derive(Debug, Serialize)]
struct EvidenceStatus {
    accused: String,
    session: String,
    what: String,
    /// The encoding of the evidence, for whoever is to judge it.
    evidence: String,
}

#[derive(Debug, Serialize)]
struct AccusationStatus {
    accuser: String,
    accused: String,
    session: String,
    what: String,
}

#[derive(Debug, Serialize)]
struct ClusterStatus {
    id: u64,
    address: String,
    active: bool,
    epoch: u64,
    members: Vec<String>,
    /// Members that have not joined yet.
    missing: Vec<String>,
    queue: usize,
    finalized: u64,
    failed: u64,
    accrued_lamports: u64,
}

pub(super) async fn status(path: &Path, arguments: &StatusArguments) -> Result<()> {
    let config = Config::load(path)?;
    let key_path = config.key_file();
    let file = KeyFile::read(&key_path)?;
    let identity: Pubkey = file.identity.parse().context("the identity in the key file is no key")?;
    let fee_payer: Pubkey = file.fee_payer.parse().context("the fee payer in the key file is no key")?;
    // Nothing is sent from here, so whose key would pay does not matter.
    let nobody = Keypair::new_from_array([0; 32]);
    let chain = RpcChain::new(&config.chain.rpc_url, &config.websocket_url(), config.commitment(), nobody);

    let node = run::registration(&chain, &identity).await?;
    let cluster = match node.as_ref().and_then(|node| node.cluster) {
        Some(address) => cluster_status(&chain, &identity, &address).await?,
        None => None,
    };
    // Where the node has never run there is nothing on record.
    let image = run::current_image(&config).ok().map(|(image, _)| image);
    let (evidence, accusations) = match &image {
        Some(image) => (image.evidence()?, image.accusations()?),
        None => (Vec::new(), Vec::new()),
    };
    let status = Status {
        evidence: evidence
            .into_iter()
            .map(|record| EvidenceStatus {
                accused: Pubkey::from(record.accused).to_string(),
                session: hex::encode(record.session),
                what: record.what,
                evidence: hex::encode(record.evidence),
            })
            .collect(),
        accusations: accusations
            .into_iter()
            .map(|(accuser, accused, record)| AccusationStatus {
                accuser: accuser.to_string(),
                accused: accused.to_string(),
                session: hex::encode(record.session),
                what: record.what,
            })
            .collect(),
        fee_payer_lamports: chain.balance(&fee_payer).await?,
        identity: file.identity,
        fee_payer: file.fee_payer,
        registered_endpoint: node.map(|node| node.endpoint),
        configured_endpoint: config.mesh.endpoint,
        cluster,
    };
    if arguments.json {
        say(serde_json::to_string(&status)?);
    } else {
        show(&status);
    }
    Ok(())
}

async fn cluster_status(
    chain: &RpcChain,
    identity: &Pubkey,
    address: &Pubkey,
) -> Result<Option<ClusterStatus>> {
    let Some(cluster) = run::read::<Cluster>(chain, "cluster", address).await? else { return Ok(None) };
    let queue_address = pda::queue(address).0;
    let queue = chain.accounts(&[queue_address]).await?.accounts.into_iter().next().flatten();
    let queue = match queue {
        Some(account) => decode_queue(&queue_address, &account)?.len(),
        None => 0,
    };
    let own = cluster.member_index(identity);
    let missing = cluster.members.iter().enumerate().filter(|(index, _)| !cluster.has_joined(*index));
    Ok(Some(ClusterStatus {
        id: cluster.id,
        address: address.to_string(),
        active: cluster.state == ClusterState::Active,
        epoch: cluster.epoch,
        missing: missing.map(|(_, member)| member.to_string()).collect(),
        members: cluster.members.iter().map(ToString::to_string).collect(),
        queue,
        finalized: cluster.finalized,
        failed: cluster.failed,
        accrued_lamports: own.and_then(|index| cluster.accrued.get(index).copied()).unwrap_or(0),
    }))
}

fn show(status: &Status) {
    say(format_args!("identity        {}", status.identity));
    say(format_args!("fee payer       {}  {}", status.fee_payer, sol(status.fee_payer_lamports)));
    match &status.registered_endpoint {
        None => say("registered      no (arx-node register)"),
        Some(endpoint) if *endpoint == status.configured_endpoint => {
            say(format_args!("registered      {endpoint}"))
        }
        Some(endpoint) => say(format_args!(
            "registered      {endpoint}, but configured is {} (arx-node register)",
            status.configured_endpoint
        )),
    }
    for record in &status.evidence {
        say(format_args!("evidence        {}: {} (session {})", record.accused, record.what, record.session));
    }
    for record in &status.accusations {
        let AccusationStatus { accuser, accused, session, what } = record;
        say(format_args!("accusation      {accuser} of {accused}: {what} (session {session})"));
    }
    let Some(cluster) = &status.cluster else {
        say("cluster         none (arx-node join)");
        return;
    };
    let state =
        if cluster.active { format!("active, epoch {}", cluster.epoch) } else { "forming".to_owned() };
    say(format_args!("cluster         {}  {state}", cluster.id));
    for member in &cluster.members {
        let note = if cluster.missing.contains(member) { "  (has not joined)" } else { "" };
        say(format_args!("  member        {member}{note}"));
    }
    say(format_args!("queue           {} waiting", cluster.queue));
    say(format_args!(
        "computations    {} finalized, {} failed or expired",
        cluster.finalized, cluster.failed
    ));
    say(format_args!("fees            {} to be claimed", sol(cluster.accrued_lamports)));
}
