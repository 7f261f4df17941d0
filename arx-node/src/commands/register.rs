//! `arx-node register`: enters the node on chain, with proof that it knows its encryption key.

use std::path::Path;

use anyhow::{Context, Result, bail};
use arx_program::client;
use arx_program::instructions::{RegisterNodeArguments, UpdateNodeArguments};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::output::{say, sol};
use super::{AuthorityArguments, authority, run};
use crate::config::Config;

/// Below this the fee payer is said to need more: a few hundred transactions.
const LITTLE: u64 = 10_000_000;

pub(super) async fn register(path: &Path, arguments: &AuthorityArguments) -> Result<()> {
    let config = Config::load(path)?;
    let keys = run::open_keys(&config)?;
    let authority = authority::read(&arguments.authority)?;
    let chain = run::connect(&config, &keys);
    let identity = Pubkey::from(keys.identity());
    let fee_payer = keys.fee_payer().pubkey();
    let (encryption_key, proof_of_possession) = keys.registered_encryption_key();
    let endpoint = config.mesh.endpoint.clone();

    match run::registration(&chain, &identity).await? {
        None => {
            let arguments = RegisterNodeArguments {
                fee_payer,
                encryption_key,
                proof_of_possession,
                endpoint: endpoint.clone(),
            };
            let register = client::register_node(authority.pubkey(), authority.pubkey(), identity, arguments);
            let identity_keypair = run::identity_keypair(&keys);
            chain
                .submit_signed(&[register], &[&authority, &identity_keypair])
                .await
                .context("the node was not registered (does the authority have SOL for rent?)")?;
            say(format_args!("registered      {identity}"));
        }
        Some(node) if node.authority != authority.pubkey() => {
            bail!("{identity} is registered under another authority, {}", node.authority);
        }
        Some(node) if node.encryption_key != encryption_key => {
            bail!(
                "{identity} is registered with another encryption key: this is not the key file it was registered with"
            );
        }
        Some(node) if node.endpoint == endpoint && node.fee_payer == fee_payer => {
            say(format_args!("registered      {identity}  (already, and up to date)"));
        }
        Some(_) => {
            let arguments =
                UpdateNodeArguments { endpoint: Some(endpoint.clone()), fee_payer: Some(fee_payer) };
            let update = client::update_node(authority.pubkey(), identity, arguments);
            chain
                .submit_signed(&[update], &[&authority])
                .await
                .context("the registration was not updated")?;
            say(format_args!("updated         {identity}"));
        }
    }
    say(format_args!("endpoint        {endpoint}"));
    let balance = chain.balance(&fee_payer).await?;
    say(format_args!("fee payer       {fee_payer}  {}", sol(balance)));
    if balance < LITTLE {
        say(format_args!("                send it some SOL, or this node cannot submit results"));
    }
    say(
        "next            give the identity to whoever forms the cluster, then: arx-node join --cluster ID --authority FILE",
    );
    Ok(())
}
