//! Parties that do not follow the protocol, for tests.
//!
//! Two kinds of cheating differ in what the cheater itself believes:
//! - A [`Cheat`] sits above the signatures: the cheater lies to everybody alike, signs the lie and counts it
//!   into its own transcript. It is what a party with a modified engine does ([`MemoryChannel::cheating`]).
//! - A [`Forger`] sits on the wire and holds the cheater's signing key: it tells different parties different
//!   things, each under valid signatures that continue what that party heard before.
//!
//! [`MemoryChannel::cheating`]: crate::memory::MemoryChannel::cheating

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::channel::{PartyId, Phase, PhaseKind};
use crate::memory::{Message, Tamper};
use crate::message::{ENVELOPE_LENGTH, Header, Identity, SignedHeader, payload_hash};

/// What a cheat does to a payload, by phase and recipient.
type Change = Box<dyn FnMut(Phase, Option<PartyId>, &mut Vec<u8>) + Send>;

/// Changes what the cheater says in a phase: to everybody (`None`) or to one party.
// Never locked: it makes a session with a cheat as shareable as one without.
pub struct Cheat(Mutex<Change>);

impl Cheat {
    /// A cheat from a function over all payloads of the session.
    pub fn new(change: impl FnMut(Phase, Option<PartyId>, &mut Vec<u8>) + Send + 'static) -> Self {
        Self(Mutex::new(Box::new(change)))
    }

    /// Changes the payload of one phase only.
    pub fn in_phase(target: Phase, mut change: impl FnMut(&mut Vec<u8>) + Send + 'static) -> Self {
        Self::new(move |phase, _, payload| {
            if phase == target {
                change(payload);
            }
        })
    }

    pub(crate) fn apply(&mut self, phase: Phase, recipient: Option<PartyId>, payload: &mut Vec<u8>) {
        let change = self.0.get_mut().unwrap_or_else(PoisonError::into_inner);
        change(phase, recipient, payload);
    }
}

impl fmt::Debug for Cheat {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Cheat")
    }
}

/// Whether messages of a kind go to one party alone, in the engines whose sessions are signed.
const fn is_private(kind: PhaseKind) -> bool {
    matches!(kind, PhaseKind::Check | PhaseKind::Setup)
}

/// A [`Tamper`] that changes payloads of signed messages by peer and signs them anew.
pub struct Forger {
    identity: Identity,
    session: [u8; 32],
    me: PartyId,
    /// By peer: what it takes the cheater's chain to be.
    chains: BTreeMap<PartyId, (u32, [u8; 32])>,
    /// By peer: the last phase and piece.
    pieces: BTreeMap<PartyId, (Phase, u32)>,
}

impl Forger {
    /// A forger for party `me`, whose key `identity` holds.
    pub const fn new(identity: Identity, session: [u8; 32], me: PartyId) -> Self {
        Self { identity, session, me, chains: BTreeMap::new(), pieces: BTreeMap::new() }
    }

    /// The tamper function that applies `change` to every payload, by recipient.
    pub fn tamper(mut self, mut change: impl FnMut(PartyId, Phase, &mut Vec<u8>) + Send + 'static) -> Tamper {
        Box::new(move |mut message: Message| {
            let mut payload = message.payload.split_off(ENVELOPE_LENGTH.min(message.payload.len()));
            change(message.to, message.phase, &mut payload);
            vec![self.sign(message.to, message.phase, payload)]
        })
    }

    fn sign(&mut self, to: PartyId, phase: Phase, payload: Vec<u8>) -> Message {
        let first = (0, Header::first_chain(&self.session, self.me));
        let (broadcasts, chain) = self.chains.get(&to).copied().unwrap_or(first);
        let piece = match self.pieces.get(&to) {
            Some((last, piece)) if *last == phase => piece + 1,
            _ => 0,
        };
        self.pieces.insert(to, (phase, piece));
        let members = self.identity.members();
        let header = Header {
            cluster: members.cluster,
            epoch: members.epoch,
            session: self.session,
            phase,
            piece,
            sender: self.me,
            recipient: is_private(phase.kind).then_some(to),
            broadcasts,
            payload: payload_hash(&payload),
            chain,
        };
        let signed = self.identity.sign_header(header);
        if header.recipient.is_none() {
            self.chains.insert(to, (broadcasts + 1, header.next_chain()));
        }
        Message { to, phase, payload: [&signed.signature[..], &chain, &payload].concat() }
    }
}

/// Signs any header with a party's key.
pub fn sign(identity: &Identity, header: Header) -> SignedHeader {
    identity.sign_header(header)
}
