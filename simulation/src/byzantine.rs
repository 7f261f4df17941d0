//! Nodes that do not follow the protocol: each a way of changing what a node sends.

use arx_node::frame::{Ending, Frame, MAX_FRAME_BYTES};
use arx_node::secrets::NodeKeys;
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
