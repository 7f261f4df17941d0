//! The key that an application signs with: asked for, made while nodes come and go, published once.

use std::time::Duration;

use anchor_lang::AccountDeserialize;
use arx_program::state::SigningKey;
use arx_program::{client, constants, pda};
use arx_testing::harness::key;
use mpc::signature::{KeyName, KeyShare, PublicShares};
use solana_signer::Signer;

use super::{Scenario, rough};
use crate::chain::Outcome;
use crate::failure::{Failure, ensure};
use crate::prepared::{NODES, relay_key};
use crate::trace::Actor;
use crate::world::World;

/// An application asks for its signing key, and nodes are killed while it is made.
pub static SIGNING_KEY: Scenario = Scenario {
    name: "signing-key",
    about: "an application asks for its signing key on a rough network, and nodes are killed and restarted while it is made and \
            published; the key that is on the chain in the end is the one that follows from all members' secrets",
    conditions: rough,
    furnished: true,
    play: |world| Box::pin(signing_key(world)),
    occurs: &[("asked for a signing key", 100), ("while the key is made", 60)],
};

async fn signing_key(world: &mut World) -> Result<(), Failure> {
    world.start_all()?;
    let (mxe, cluster) = (world.prepared.mxes[0], world.prepared.cluster);
    let version = constants::FIRST_STATE_KEY_VERSION;
    let (relay, authority) = (relay_key(), key("application authority"));
    let request = client::request_signing_key(relay.pubkey(), authority.pubkey(), mxe, version, cluster);
    loop {
        let signers = vec![relay_key(), authority.insecure_clone()];
        let what = "a request for a signing key";
        match world.ledger.send(Actor::Scenario, what, vec![request.clone()], signers).await {
            Outcome::Executed(_) => break,
            Outcome::Dropped { .. } => {}
            // What was taken for lost has landed.
            Outcome::Refused { .. } if published_or_asked(world) => break,
            refused => return Err(Failure::new(format!("the request was refused: {refused}"))),
        }
    }
    world.note("asked for a signing key");
    for _ in 0..1 + world.random.below(3) {
        world.pause(Duration::ZERO..=Duration::from_secs(8)).await;
        let victim = world.random.index(NODES);
        let when =
            if published(world).is_some() { "after the key is there" } else { "while the key is made" };
        world.note(format!("node {victim} is killed {when}"));
        world.kill(victim).await?;
        world.pause(Duration::from_millis(10)..=Duration::from_secs(4)).await;
        world.start(victim)?;
    }
    world.until("the signing key is published", |world| published(world).is_some()).await?;
    let found = published(world).ok_or_else(|| Failure::new("the signing key is gone again"))?;

    let name = KeyName { mxe: mxe.to_bytes(), version: version.into() };
    let share = |index: usize| KeyShare::derive(&world.prepared.node(index).state_secret(), &name).public();
    let shares: Vec<[u8; 32]> = (0..NODES).map(share).collect();
    let expected = PublicShares::parse(&shares)
        .map_err(|error| Failure::new(format!("the nodes' secrets give no key: {error}")))?;
    ensure(found.shares == shares && found.key.to_bytes() == expected.key(), || {
        "the published key is not the one that follows from the members' secrets".to_owned()
    })?;
    // It stays, whatever nodes that come back still send.
    world.sleep(Duration::from_secs(30)).await;
    ensure(published(world) == Some(found), || "the published key has changed".to_owned())
}

fn published(world: &World) -> Option<SigningKey> {
    let address = pda::signing_key(&world.prepared.mxes[0], constants::FIRST_STATE_KEY_VERSION).0;
    let account = world.ledger.confirmed(&address)?;
    SigningKey::try_deserialize(&mut account.data.as_slice()).ok()
}

fn published_or_asked(world: &World) -> bool {
    let address = pda::signing_key(&world.prepared.mxes[0], constants::FIRST_STATE_KEY_VERSION).0;
    world.ledger.tip(&address).is_some()
}
