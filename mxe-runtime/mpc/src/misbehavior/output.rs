//! A tag of an output that its node's pad does not have.
//!
//! The recipient of an output can derive every node's pad; a tag that does not fit one is its node's fault alone. The recipient
//! makes its Diffie-Hellman value with that node public, with a proof that it is the right one, and everyone derives the
//! tag that was due. Everything that the derivation binds was certified by the node before it opened anything, and the
//! tag is in the result that it signed: an honest node signs no result with a wrong tag of its own.
//!
//! What is revealed is one node's pad of one output; the others' still hide the value.

use arx_wire::Base;
use arx_wire::equality::{LENGTH, RevealedValue};
use arx_wire::hash::sha256;
use arx_wire::keys::EncryptionSecretKey;
use arx_wire::output::{EncryptedOutput, OutputContext, OutputPlace};
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};

use super::EvidenceError;
use super::result::SignedResult;
use crate::PartyId;
use crate::certificate::{Recipient, task_digest};
use crate::message::Members;

/// A tag of an output that its node's pad does not have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrongOutputTag {
    result: SignedResult,
    /// The base of all derivations, and the digest of the rest of the task.
    base: ByteBuf,
    work: ByteArray<32>,
    index: u16,
    output: ByteBuf,
    revealed: ByteArray<LENGTH>,
}

impl WrongOutputTag {
    /// Accuses the signer of `result`. `output` is its output `index`, and `secret` the recipient key of it; `work` is
    /// the digest of the task without its base.
    ///
    /// # Errors
    /// [`EvidenceError::Unrelated`] if the output is none to a client of this cluster.
    pub fn new(
        result: SignedResult,
        base: &Base,
        work: [u8; 32],
        index: u16,
        output: &[u8],
        secret: &EncryptionSecretKey,
    ) -> Result<Self, EvidenceError> {
        let none = EvidenceError::Unrelated { what: "this is no output to a client of the cluster" };
        let encrypted = EncryptedOutput::parse(output).map_err(|_| none)?;
        let context = context(&result, base, index, &encrypted)?;
        let node = base.members.get(result.signer().index()).ok_or(none)?;
        let revealed = RevealedValue::reveal(secret, &node.encryption_key, &context.digest());
        Ok(Self {
            result,
            base: ByteBuf::from(base.to_bytes().map_err(|_| none)?),
            work: ByteArray::new(work),
            index,
            output: ByteBuf::from(output),
            revealed: ByteArray::new(revealed.to_bytes()),
        })
    }

    /// The result.
    pub const fn result(&self) -> &SignedResult {
        &self.result
    }

    /// Which output.
    pub const fn index(&self) -> u16 {
        self.index
    }

    pub(super) fn verify(&self, members: &Members) -> Result<PartyId, EvidenceError> {
        let unrelated = |what| EvidenceError::Unrelated { what };
        self.result.verify(members)?;
        let accused = self.result.signer();
        let (statement, opening) = (self.result.statement(), self.result.opening());
        let base = Base::from_bytes(&self.base).map_err(|_| unrelated("the base cannot be read"))?;
        let digest = base.digest().map_err(|_| unrelated("the base has no digest"))?;
        if task_digest(&digest, &self.work) != *opening.opening.inputs {
            return Err(unrelated("the accused certified another task"));
        }
        let recipient = opening.recipients.get(usize::from(self.index));
        let Some(Recipient::Client(recipient)) = recipient else {
            return Err(unrelated("the output is not for a client"));
        };
        let hash = statement.outputs.get(usize::from(self.index));
        if hash.is_none_or(|hash| **hash != sha256(&self.output)) {
            return Err(unrelated("the output is not that of the result"));
        }
        let output =
            EncryptedOutput::parse(&self.output).map_err(|_| unrelated("the output cannot be read"))?;
        let here = output.session == *statement.session && output.index == self.index;
        if !here || output.recipient.to_bytes() != **recipient {
            return Err(unrelated("the output is of another session, place or recipient"));
        }
        let node = base.members.get(accused.index());
        let node = node.ok_or(unrelated("the accused is not in the base"))?;
        let context = context(&self.result, &base, self.index, &output)?;
        let h = context.hash_key(&output.d_open, &output.coin_o, &output.ciphertext);
        let revealed = RevealedValue::from_bytes(&self.revealed);
        let due = context.revealed_tag(accused.0, &revealed, &node.encryption_key, h);
        let due = due.map_err(|_| unrelated("the value that is revealed is not proven"))?;
        if output.tags.get(accused.index()) == Some(&due.to_bytes()) {
            return Err(EvidenceError::Innocent);
        }
        Ok(accused)
    }
}

fn context(
    result: &SignedResult,
    base: &Base,
    index: u16,
    output: &EncryptedOutput,
) -> Result<OutputContext, EvidenceError> {
    let statement = result.statement();
    let place = OutputPlace {
        computation: *statement.computation,
        session: *statement.session,
        index,
        bits: output.ciphertext.len(),
    };
    let context = OutputContext::new(base, &place, &output.coin_s, &output.recipient);
    context.map_err(|_| EvidenceError::Unrelated { what: "there is no cluster of that size" })
}
