//! What a client can prove about a node.
//!
//! A node that opens another tag of an input than its pad has, under its signature, makes the input look tampered with. The
//! client, and nobody else, can show that it was the node: it makes its Diffie-Hellman values public, with proofs, and everyone
//! derives the tag that was due ([`WrongTag`]).
//!
//! What is revealed is the pad of the accused alone, of one input; the other nodes' pads still hide the value. The hash
//! key takes the seeds of all nodes, which the nodes reveal themselves before they open tags.

use arx_wire::WireError;
use arx_wire::equality::{LENGTH, RevealedValue};
use arx_wire::input::{EphemeralKeys, InputArgument, InputContext};
use mpc::message::{Members, SignedHeader, payload_hash};
use mpc::misbehavior::EvidenceError;
use mpc::{PartyId, Phase, PhaseKind, Records};
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};

use crate::{Argument, Task};

/// The version of the encoding.
pub const ACCUSATION_VERSION: u8 = 1;
const ELEMENT: usize = 16;

/// The longest encoding that is read.
const MAX_BYTES: usize = 1 << 20;

/// What a client makes public of one input, to accuse one node: the value that the node's pad comes from, and all values that
/// seeds come from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RevealedInput {
    accused: u8,
    pad: ByteArray<LENGTH>,
    /// By node.
    seeds: Vec<ByteArray<LENGTH>>,
}

impl RevealedInput {
    /// Reveals what accuses node `accused` of the input of `argument`, which was encrypted with `ephemeral`.
    ///
    /// # Errors
    /// [`WireError`] if the input is not one of the call.
    pub fn new(
        task: &Task,
        argument: &InputArgument,
        ephemeral: &EphemeralKeys,
        accused: PartyId,
    ) -> Result<Self, WireError> {
        let purpose = argument.input.context(&task.base, &[argument.recipient])?.digest();
        let members = &task.base.members;
        let count = members.len();
        let member = members.get(accused.index());
        let member =
            member.ok_or(WireError::ImpossibleMemberCount { what: "an accusation", actual: count })?;
        let reveal = |secret, member: &arx_wire::Member| {
            ByteArray::new(RevealedValue::reveal(secret, &member.encryption_key, &purpose).to_bytes())
        };
        Ok(Self {
            accused: accused.0,
            pad: reveal(&ephemeral.pads, member),
            seeds: members.iter().map(|member| reveal(&ephemeral.seeds, member)).collect(),
        })
    }
}

/// A node opened another tag of an input than its pad has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrongTag {
    /// The node's agreement to the task.
    agreed: SignedHeader,
    agreement: ByteBuf,
    /// The tags that it opened.
    opened: SignedHeader,
    tags: ByteBuf,
    /// Which of the task's arguments.
    argument: u16,
    revealed: RevealedInput,
}

impl WrongTag {
    /// Puts what the nodes have on record together with what the client reveals; `None` if the accused opened no tags.
    pub fn new(records: &Records, argument: u16, revealed: RevealedInput) -> Option<Self> {
        let accused = PartyId(revealed.accused);
        let (agreed, agreement) = records.agreement(accused)?;
        let first = Phase { kind: PhaseKind::Tags, index: 0 };
        let (opened, tags) = records
            .tags()
            .into_iter()
            .find(|(signed, _)| signed.header.sender == accused && signed.header.phase == first)?;
        let (agreement, tags) = (ByteBuf::from(agreement), ByteBuf::from(tags));
        Some(Self { agreed, agreement, opened, tags, argument, revealed })
    }

    /// Checks the accusation against the task, which is public, and returns who is guilty.
    ///
    /// # Errors
    /// [`EvidenceError`] if it proves nothing.
    pub fn verify(&self, task: &Task) -> Result<PartyId, EvidenceError> {
        let unrelated = |what| EvidenceError::Unrelated { what };
        let identities: Vec<_> = task.base.members.iter().map(|member| member.identity).collect();
        let members = Members::new(task.base.cluster, task.base.epoch, &identities);
        let members = members.map_err(|_| EvidenceError::Signature)?;
        let accused = PartyId(self.revealed.accused);
        let parts = [
            (&self.agreed, &self.agreement, PhaseKind::CoinCommit),
            (&self.opened, &self.tags, PhaseKind::Tags),
        ];
        for (signed, payload, kind) in parts {
            let header = &signed.header;
            if !members.vouch(signed) {
                return Err(EvidenceError::Signature);
            }
            if header.sender != accused || header.session != task.session || header.recipient.is_some() {
                return Err(unrelated("a message is not of the accused to all, in the task's session"));
            }
            if header.phase != (Phase { kind, index: 0 }) || header.piece != 0 {
                return Err(unrelated("they are not an agreement and tags"));
            }
            if payload_hash(payload) != header.payload {
                return Err(unrelated("a payload is not the one that was signed"));
            }
        }
        let digest = task.digest().map_err(|_| unrelated("the task has no digest"))?;
        if self.agreement.get(..32) != Some(&digest[..]) {
            return Err(unrelated("the accused agreed to another task"));
        }
        let (place, context, due_seeds) = self.input(task)?;
        let due = self.due_tag(task, &context, &due_seeds)?;
        let tag = self.tags.get(place * ELEMENT..(place + 1) * ELEMENT);
        let tag = tag.ok_or(unrelated("the accused opened no tag of this input"))?;
        if tag == due { Err(EvidenceError::Innocent) } else { Ok(accused) }
    }

    /// The input, its place among those of clients, and the bindings `g_i` in it.
    fn input(&self, task: &Task) -> Result<(usize, InputContext, Vec<[u8; 16]>), EvidenceError> {
        let none = EvidenceError::Unrelated { what: "the argument is no input of a client" };
        let inputs = task.arguments.iter().enumerate().filter_map(|(index, argument)| match argument {
            Argument::Input(bytes) => InputArgument::parse(bytes).ok().map(|input| (index, input)),
            _ => None,
        });
        let mut inputs = inputs.enumerate();
        let found = inputs.find(|(_, (index, _))| *index == usize::from(self.argument));
        let (place, (_, argument)) = found.ok_or(none)?;
        let context = argument.input.context(&task.base, &[argument.recipient]).map_err(|_| none)?;
        Ok((place, context, argument.input.nodes.iter().map(|node| node.binding).collect()))
    }

    /// The tag that the accused's pad has.
    fn due_tag(
        &self,
        task: &Task,
        context: &InputContext,
        bindings: &[[u8; 16]],
    ) -> Result<[u8; ELEMENT], EvidenceError> {
        let unproven = EvidenceError::Unrelated { what: "a value that is revealed is not proven" };
        let members = &task.base.members;
        if self.revealed.seeds.len() != members.len() || bindings.len() != members.len() {
            return Err(unproven);
        }
        let mut seeds = Vec::with_capacity(members.len());
        for (node, (member, revealed)) in (0_u8..).zip(members.iter().zip(&self.revealed.seeds)) {
            let revealed = RevealedValue::from_bytes(revealed);
            let seed = context.revealed_seed(node, &revealed, &member.encryption_key);
            let seed = seed.map_err(|_| unproven)?;
            if bindings.get(usize::from(node)) != Some(&context.binding(node, &seed)) {
                return Err(EvidenceError::Unrelated { what: "the input's own seeds do not fit it" });
            }
            seeds.push(seed);
        }
        let node = self.revealed.accused;
        let member = members.get(usize::from(node)).ok_or(unproven)?;
        let pad = RevealedValue::from_bytes(&self.revealed.pad);
        let tag = context.revealed_tag(node, &pad, &member.encryption_key, &context.tag_keys(&seeds));
        tag.map(|tag| tag.to_bytes()).map_err(|_| unproven)
    }

    /// The encoding: CBOR of `[version, accusation]`.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        // Writing to memory cannot fail, and the types have no maps with keys that could.
        let _ = ciborium::into_writer(&(ACCUSATION_VERSION, self), &mut bytes);
        bytes
    }

    /// Reads the bytes of [`to_bytes`](Self::to_bytes), and nothing else.
    ///
    /// # Errors
    /// [`EvidenceError::Encoding`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EvidenceError> {
        if bytes.len() > MAX_BYTES {
            return Err(EvidenceError::Encoding);
        }
        let (version, accusation): (u8, Self) =
            ciborium::from_reader(bytes).map_err(|_| EvidenceError::Encoding)?;
        if version != ACCUSATION_VERSION || accusation.to_bytes() != bytes {
            return Err(EvidenceError::Encoding);
        }
        Ok(accusation)
    }
}
