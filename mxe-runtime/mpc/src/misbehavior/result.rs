//! A signed result that does not follow from what was opened.
//!
//! A result names the transcript that it came of. The transcript is a chain of hashes ([`crate::transcript`]), so its end,
//! from the opening of the outputs on, can be shown to be what the signer had: it signed the result's digest of it. Nothing
//! of what others signed is needed, who may all lie. Which outputs are opened values, and for whom, the signer certified
//! before it opened them.
//!
//! Values that a circuit reveals are not judged: what they follow from takes the circuit.

use arx_wire::cell::CellBody;
use arx_wire::hash::sha256;
use arx_wire::output::EncryptedOutput;
use ed25519_dalek::Signature;
use serde::{Deserialize, Serialize};
use serde_bytes::{ByteArray, ByteBuf};

use super::EvidenceError;
use crate::PartyId;
use crate::certificate::{Recipient, SignedOpening};
use crate::channel::Phase;
use crate::message::Members;
use crate::transcript::LastOpening;

/// What members sign about a result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResultStatement {
    /// The cluster's epoch.
    pub epoch: u64,
    /// The session that computed it.
    pub session: ByteArray<32>,
    /// Address of the computation.
    pub computation: ByteArray<32>,
    /// Hash of the circuit.
    pub circuit: ByteArray<32>,
    /// The computation's digest of its inputs, as the chain has it.
    pub inputs: ByteArray<32>,
    /// Versions of the cells at the start.
    pub cell_versions: Vec<u64>,
    /// SHA-256 of each output, those of cells included.
    pub outputs: Vec<ByteArray<32>>,
    /// Digest of all that was broadcast and opened.
    pub transcript: ByteArray<32>,
    /// The session's first coin.
    pub coin: ByteArray<32>,
}

impl ResultStatement {
    /// The bytes that are signed: `"arx/v1/result" || H(cluster || epoch u64 || session || computation || circuit || inputs ||
    /// count u8 || versions u64 .. || H(L("arx/v1/outputs") || count u16 || hashes) || transcript || coin)`.
    pub fn message(&self, cluster: &[u8; 32]) -> Vec<u8> {
        let mut outputs = b"\x0earx/v1/outputs".to_vec();
        outputs.extend((self.outputs.len() as u16).to_le_bytes());
        self.outputs.iter().for_each(|hash| outputs.extend(**hash));
        let mut bytes = cluster.to_vec();
        bytes.extend(self.epoch.to_le_bytes());
        [self.session, self.computation, self.circuit, self.inputs]
            .iter()
            .for_each(|part| bytes.extend(**part));
        bytes.push(self.cell_versions.len() as u8);
        self.cell_versions.iter().for_each(|version| bytes.extend(version.to_le_bytes()));
        bytes.extend(sha256(&outputs));
        bytes.extend(*self.transcript);
        bytes.extend(*self.coin);
        [&b"arx/v1/result"[..], &sha256(&bytes)].concat()
    }
}

/// A result as one member signed it, with what that member certified before it opened anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedResult {
    signer: PartyId,
    statement: ResultStatement,
    signature: ByteArray<64>,
    opening: SignedOpening,
}

impl SignedResult {
    /// Puts a result together with what its signer certified.
    pub fn new(
        signer: PartyId,
        statement: ResultStatement,
        signature: [u8; 64],
        opening: SignedOpening,
    ) -> Self {
        Self { signer, statement, signature: ByteArray::new(signature), opening }
    }

    pub(super) fn place(&self) -> (u64, [u8; 32]) {
        (self.statement.epoch, *self.statement.session)
    }

    pub(super) const fn signer(&self) -> PartyId {
        self.signer
    }

    pub(super) const fn statement(&self) -> &ResultStatement {
        &self.statement
    }

    pub(super) const fn opening(&self) -> &SignedOpening {
        &self.opening
    }

    /// Checks that the signer signed both, about one session.
    pub(super) fn verify(&self, members: &Members) -> Result<(), EvidenceError> {
        let Self { signer, statement, signature, opening } = self;
        // Both counts are of one and two bytes in what is signed.
        let counted = statement.cell_versions.len() <= usize::from(u8::MAX)
            && statement.outputs.len() <= usize::from(u16::MAX);
        if statement.epoch != members.epoch || !counted {
            return Err(EvidenceError::Signature);
        }
        let key = members.key(*signer).ok_or(EvidenceError::Signature)?;
        let message = statement.message(&members.cluster);
        let signed = key.verify_strict(&message, &Signature::from_bytes(signature));
        signed.map_err(|_| EvidenceError::Signature)?;
        opening.verify(members, *signer)?;
        let certified = &opening.opening;
        if certified.session != statement.session || certified.computation != statement.computation {
            return Err(EvidenceError::Unrelated {
                what: "result and certificate are of different sessions",
            });
        }
        if opening.recipients.len() != statement.outputs.len() {
            return Err(EvidenceError::Unrelated { what: "there is not one recipient for each output" });
        }
        Ok(())
    }
}

/// A signed result that does not follow from what was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WrongResult {
    result: SignedResult,
    /// The outputs that are opened values, in order.
    outputs: Vec<ByteBuf>,
    end: End,
}

/// The end of the transcript.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct End {
    before: ByteArray<32>,
    phase: ByteArray<5>,
    payloads: Vec<ByteBuf>,
    after: Vec<(ByteArray<5>, ByteArray<32>)>,
}

impl End {
    fn new(last: &LastOpening) -> Self {
        let after = |(phase, entry): &(Phase, [u8; 32])| (phase.to_bytes().into(), (*entry).into());
        Self {
            before: last.before.into(),
            phase: last.phase.to_bytes().into(),
            payloads: last.payloads.iter().map(|payload| ByteBuf::from(payload.clone())).collect(),
            after: last.after.iter().map(after).collect(),
        }
    }

    fn read(&self) -> Option<LastOpening> {
        let after = |(phase, entry): &(ByteArray<5>, ByteArray<32>)| {
            Some((Phase::from_bytes(phase.into_array())?, entry.into_array()))
        };
        Some(LastOpening {
            before: self.before.into_array(),
            phase: Phase::from_bytes(self.phase.into_array())?,
            payloads: self.payloads.iter().map(|payload| payload.to_vec()).collect(),
            after: self.after.iter().map(after).collect::<Option<_>>()?,
        })
    }
}

impl WrongResult {
    /// Puts a signed result together with the end of the transcript that it names ([`crate::Records::last_opening`]).
    /// `outputs` are all outputs of the result, in order.
    pub fn new(result: SignedResult, outputs: &[Vec<u8>], end: &LastOpening) -> Self {
        let opened = |recipient: &Recipient| !matches!(recipient, Recipient::Everyone);
        let outputs = outputs.iter().zip(&result.opening.recipients);
        let outputs = outputs.filter(|(_, recipient)| opened(recipient));
        let outputs = outputs.map(|(output, _)| ByteBuf::from(output.clone())).collect();
        Self { result, outputs, end: End::new(end) }
    }

    /// The result.
    pub const fn result(&self) -> &SignedResult {
        &self.result
    }

    pub(super) fn verify(&self, members: &Members) -> Result<PartyId, EvidenceError> {
        self.result.verify(members)?;
        let statement = &self.result.statement;
        let end = self.end.read().ok_or(EvidenceError::Unrelated { what: "a phase is none" })?;
        if end.digest() != Some(statement.transcript.into_array()) {
            return Err(EvidenceError::Unrelated {
                what: "this is not the end of the transcript of the result",
            });
        }
        let opened =
            end.opened().ok_or(EvidenceError::Unrelated { what: "the openings are not of one length" })?;
        let recipients = self.result.opening.recipients.iter().zip(&statement.outputs);
        let masked = recipients.filter(|(recipient, _)| !matches!(recipient, Recipient::Everyone));
        let mut outputs = self.outputs.iter();
        let (mut at, mut follows) = (0, true);
        for (recipient, hash) in masked {
            let output = outputs.next().filter(|output| sha256(output) == **hash);
            let output =
                output.ok_or(EvidenceError::Unrelated { what: "these are not the outputs of the result" })?;
            // What cannot be read does not follow either; what comes after it has no place.
            let Some(bits) = self.masked_value(recipient, output) else { return Ok(self.result.signer) };
            let length = bits.len() as usize;
            follows &= (0..length).all(|bit| bit_of(&opened, at + bit) == bits.bit(bit as u32));
            at += length;
        }
        if at == 0 || outputs.next().is_some() {
            return Err(EvidenceError::Unrelated { what: "nothing in the result was opened" });
        }
        let whole = opened.len() == at.div_ceil(8);
        if follows && whole { Err(EvidenceError::Innocent) } else { Ok(self.result.signer) }
    }

    /// The opened value in an output, if the output is one of this session and for this recipient.
    fn masked_value(&self, recipient: &Recipient, output: &[u8]) -> Option<arx_wire::bits::PackedBits> {
        let ResultStatement { epoch, session, coin, .. } = &self.result.statement;
        match recipient {
            Recipient::Everyone => None,
            Recipient::Client(key) => {
                let output = EncryptedOutput::parse(output).ok()?;
                let here = output.epoch == *epoch && output.session == **session && output.coin_s == **coin;
                (here && output.recipient.to_bytes() == **key).then_some(output.ciphertext)
            }
            Recipient::Cell => {
                let body = CellBody::parse(output).ok()?;
                (body.coin_s == **coin).then_some(body.ciphertext)
            }
        }
    }
}

fn bit_of(bytes: &[u8], bit: usize) -> Option<bool> {
    bytes.get(bit / 8).map(|byte| byte >> (bit % 8) & 1 == 1)
}
