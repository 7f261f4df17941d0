//! A node that misbehaves, so that tests can see on a real network what comes of it.
//!
//! Compiled only with the feature `danger-misbehave`, into the program `arx-node-misbehaving`; it runs on chains of this
//! machine alone ([`Misdeed::of_folder`]) and does nothing wrong unless a file beside its configuration says what.

use std::net::IpAddr;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use mpc::malicious::Forger;
use mpc::memory::{Message, Tamper};
use mpc::message::Identity;
use mpc::{PartyId, Phase, PhaseKind};

/// The file, in the node's folder, that says what it does wrong.
const FILE: &str = "misdeed";

/// What a misbehaving node does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misdeed {
    /// Tells one peer another digest of the transcript than the others, under valid signatures.
    Equivocate,
    /// Signs that it is ready to open, and then says nothing any more; nor does it answer a challenge about that.
    WithholdOpening,
    /// The same, but it shows its opening when the chain demands it: as if it had been lost on its way.
    LoseOpening,
}

/// Why a misbehaving node does not run.
#[derive(Debug, thiserror::Error)]
pub enum MisdeedError {
    /// Other people's chains are no place for it.
    #[error(
        "this is a program for tests that misbehaves: it runs on chains of this machine only, not on {rpc_url}"
    )]
    NotLocal {
        /// The chain.
        rpc_url: String,
    },
    /// The file cannot be read.
    #[error("cannot read what to do wrong: {0}")]
    Read(#[from] std::io::Error),
    /// Nothing that it can do.
    #[error("`{what}` is no misdeed; there are: equivocate, withhold-opening, lose-opening")]
    Unknown {
        /// What the file says.
        what: String,
    },
}

impl Misdeed {
    /// What the file in this folder says; `None` without a file.
    ///
    /// # Errors
    /// [`MisdeedError`], above all where the chain is not on this machine.
    pub fn of_folder(folder: &Path, rpc_url: &str) -> Result<Option<Self>, MisdeedError> {
        if !is_local(rpc_url) {
            return Err(MisdeedError::NotLocal { rpc_url: rpc_url.to_owned() });
        }
        let path = folder.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        match std::fs::read_to_string(path)?.trim() {
            "equivocate" => Ok(Some(Misdeed::Equivocate)),
            "withhold-opening" => Ok(Some(Misdeed::WithholdOpening)),
            "lose-opening" => Ok(Some(Misdeed::LoseOpening)),
            what => Err(MisdeedError::Unknown { what: what.to_owned() }),
        }
    }
}

fn is_local(rpc_url: &str) -> bool {
    let Some((_, rest)) = rpc_url.split_once("://") else { return false };
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// A session of a misbehaving node.
pub(crate) struct Misbehaving {
    misdeed: Misdeed,
    // Never locked: it makes a session as shareable as an honest one.
    forge: Mutex<Tamper>,
}

impl Misbehaving {
    pub(crate) fn new(misdeed: Misdeed, identity: Identity, session: [u8; 32], me: PartyId) -> Self {
        let victim = PartyId((me.0 + 1) % identity.members().len() as u8);
        let forge = Forger::new(identity, session, me).tamper(move |to, phase, payload| {
            let told_otherwise = to == victim && phase == (Phase { kind: PhaseKind::Confirm, index: 0 });
            if let (true, Some(byte)) = (told_otherwise, payload.first_mut()) {
                *byte ^= 1;
            }
        });
        Misbehaving { misdeed, forge: Mutex::new(forge) }
    }

    /// What it says in the place of a message; it may never come to say it.
    pub(crate) async fn say(&mut self, to: PartyId, phase: Phase, payload: Vec<u8>) -> Vec<u8> {
        match self.misdeed {
            Misdeed::Equivocate => {
                let forge = self.forge.get_mut().unwrap_or_else(PoisonError::into_inner);
                let said = forge(Message { to, phase, payload });
                said.into_iter().flat_map(|message| message.payload).collect()
            }
            _ if phase.kind == PhaseKind::Open => std::future::pending().await,
            _ => payload,
        }
    }
}
