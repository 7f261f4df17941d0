//! Nodes that do not follow the protocol: each a way of changing what a node sends.

use arx_node::frame::{Data, Ending, Frame, MAX_FRAME_BYTES, SessionId};
use arx_node::secrets::NodeKeys;
use mpc::message::{ENVELOPE_LENGTH, Header, Members, SignedHeader, payload_hash};
use mpc::{PartyId, Phase, PhaseKind};
use sha2::{Digest, Sha256};

use crate::network::Tamper;
use crate::seed::Stream;

/// What a byzantine node does to its frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misdeed {
    /// Flips a bit of a frame.
    Flip,
    /// Sends nothing.
    Drop,
    /// Sends a frame twice.
    Duplicate,
    /// Keeps a frame back and sends it after the next one.
    Reorder,
    /// Sends far more than a frame may have.
    Oversize,
    /// Sends bytes that are no frame.
    Garbage,
    /// Sends an old frame again.
    Replay,
}

impl Misdeed {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Flip, Self::Drop, Self::Duplicate, Self::Reorder, Self::Oversize, Self::Garbage, Self::Replay];
}

/// Does these misdeeds, so many times in a thousand frames.
pub struct Vandal {
    misdeeds: Vec<Misdeed>,
    often: u32,
    random: Stream,
    kept_back: Vec<Vec<u8>>,
    old: Vec<Vec<u8>>,
}

impl Vandal {
    /// A vandal whose choices come from `random`.
    pub fn new(misdeeds: &[Misdeed], often: u32, random: Stream) -> Self {
        Self { misdeeds: misdeeds.to_vec(), often, random, kept_back: Vec::new(), old: Vec::new() }
    }
}

impl Tamper for Vandal {
    fn outgoing(&mut self, _: usize, _: &Frame, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        if self.old.len() < 64 {
            self.old.push(bytes.clone());
        }
        let mut sent = Vec::new();
        if self.random.chance(self.often) {
            match *self.random.choose(&self.misdeeds) {
                Misdeed::Flip => {
                    let mut flipped = bytes;
                    let position = self.random.index(flipped.len());
                    if let Some(byte) = flipped.get_mut(position) {
                        *byte ^= 1 << self.random.below(8);
                    }
                    sent.push(flipped);
                }
                Misdeed::Drop => {}
                Misdeed::Duplicate => sent.extend([bytes.clone(), bytes]),
                Misdeed::Reorder => {
                    self.kept_back.push(bytes);
                    return sent;
                }
                Misdeed::Oversize => sent.push(vec![1; MAX_FRAME_BYTES + 1]),
                Misdeed::Garbage => {
                    let length = self.random.index(200);
                    sent.push((0..length).map(|_| self.random.number() as u8).collect());
                }
                Misdeed::Replay => {
                    sent.push(self.random.choose(&self.old).clone());
                    sent.push(bytes);
                }
            }
        } else {
            sent.push(bytes);
        }
        sent.append(&mut self.kept_back);
        sent
    }
}

/// Signs another result than the one that was computed, and says that it stored that one.
pub struct Forger {
    keys: NodeKeys,
}

impl Forger {
    /// A forger with a node's own keys.
    pub fn new(keys: NodeKeys) -> Self {
        Self { keys }
    }
}

impl Tamper for Forger {
    fn outgoing(&mut self, _: usize, frame: &Frame, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        let Frame::Ending(ending) = frame else { return vec![bytes] };
        let message = [&b"arx/v1/result"[..], &Sha256::digest(ending.computation.0)].concat();
        let forged = Frame::Ending(Ending {
            computation: ending.computation,
            digest: Sha256::digest(&message).into(),
            signature: ending.signature.map(|_| self.keys.sign(&message)),
            reply: ending.reply,
        });
        vec![forged.encode().unwrap_or(bytes)]
    }
}

/// Says something else in one message of preprocessing, under its signature: to whom the message is for, or, of a
/// broadcast, to everyone or to one member alone.
pub struct Liar {
    keys: NodeKeys,
    members: Members,
    me: PartyId,
    random: Stream,
    /// Messages of preprocessing until the lie.
    until: u64,
    /// The message that it lies in, and what it says in it, once it has lied.
    lie: Option<(SessionId, Phase, Vec<u8>)>,
    /// Whether it says the same to everyone.
    to_all: bool,
}

impl Liar {
    /// A liar with the keys of the member `me`.
    pub fn new(keys: NodeKeys, members: Members, me: usize, mut random: Stream) -> Self {
        let (until, to_all) = (random.below(24), random.chance(500));
        Self { keys, members, me: PartyId(me as u8), random, until, lie: None, to_all }
    }

    /// Which header the node signed for this message: of a broadcast, or to `to` alone.
    fn signed(&self, to: usize, data: &Data, phase: Phase) -> Option<Header> {
        let (signature, rest) = data.payload.split_first_chunk::<64>()?;
        let (chain, payload) = rest.split_first_chunk::<32>()?;
        let recipients = [None, Some(PartyId(to as u8))];
        // The message does not say how many broadcasts there were before.
        let places = (0..200).flat_map(|broadcasts| recipients.map(|recipient| (broadcasts, recipient)));
        let header = |(broadcasts, recipient)| Header {
            cluster: self.members.cluster,
            epoch: self.members.epoch,
            session: data.session.0,
            phase,
            piece: 0,
            sender: self.me,
            recipient,
            broadcasts,
            payload: payload_hash(payload),
            chain: *chain,
        };
        let is_signed =
            |header: &Header| self.members.vouch(&SignedHeader { header: *header, signature: *signature });
        places.map(header).find(is_signed)
    }

    /// The message with another payload.
    fn resigned(&self, data: &Data, header: Header, payload: &[u8]) -> Option<Vec<u8>> {
        let header = Header { payload: payload_hash(payload), ..header };
        let envelope = [&self.keys.sign(&header.to_bytes())[..], &header.chain, payload].concat();
        Frame::Data(Data { payload: envelope, ..data.clone() }).encode().ok()
    }

    fn lie(&mut self, to: usize, data: &Data) -> Option<Vec<u8>> {
        let phase = Phase::from_bytes(data.phase)?;
        let kinds = [
            PhaseKind::Transfers,
            PhaseKind::Corrections,
            PhaseKind::Responses,
            PhaseKind::Products,
            PhaseKind::Commitments,
        ];
        if !kinds.contains(&phase.kind) || data.payload.len() <= ENVELOPE_LENGTH {
            return None;
        }
        if let Some((session, place, lie)) = &self.lie {
            let again = self.to_all && *session == data.session && *place == phase;
            let header = if again { self.signed(to, data, phase) } else { None };
            return self.resigned(data, header.filter(|header| header.recipient.is_none())?, lie);
        }
        if self.until > 0 {
            self.until -= 1;
            return None;
        }
        let header = self.signed(to, data, phase)?;
        let mut lie = data.payload.get(ENVELOPE_LENGTH..)?.to_vec();
        // In every block: half of those of some messages are of no use to their receiver.
        let (first, flip) = (self.random.index(lie.len().min(16)), 1 << self.random.below(8));
        lie.iter_mut().skip(first).step_by(16).for_each(|byte| *byte ^= flip);
        let sent = self.resigned(data, header, &lie);
        self.lie = Some((data.session, phase, lie));
        sent
    }
}

impl Tamper for Liar {
    fn outgoing(&mut self, to: usize, frame: &Frame, bytes: Vec<u8>) -> Vec<Vec<u8>> {
        let lie = if let Frame::Data(data) = frame { self.lie(to, data) } else { None };
        vec![lie.unwrap_or(bytes)]
    }
}
