//! Believing a result: because all pinned members signed it, not because someone served it.
//!
//! A computation's account holds what the members signed but not their signatures: those are in the transaction that
//! finalised it, for the program to check and for anyone to check again. [`Evidence`] is what is taken from there,
//! [`VerifiedResult`] what follows from it and the pinned keys alone. An RPC server, or a whole chain made up for one
//! client, can withhold a result; it cannot change one.
//!
//! The tags of an encrypted output prove to its recipient that no *node* altered its pad; that it is the output of this
//! computation on these arguments, and that public outputs are, is proven by these signatures.

use std::collections::BTreeMap;

use anchor_lang::{AnchorDeserialize, Discriminator};
use arx_program::{
    instruction::{AttestResult, FinalizeComputation},
    instructions::FinalizeArguments,
    message::{self, ResultStatement},
    state::{Computation, ComputationStatus},
};
use ed25519_dalek::{Signature, VerifyingKey};
use solana_pubkey::Pubkey;

use crate::{Error, PinnedCluster};

/// One instruction of a transaction, with its accounts resolved to addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainInstruction {
    /// The program.
    pub program: Pubkey,
    /// Its accounts.
    pub accounts: Vec<Pubkey>,
    /// Its data.
    pub data: Vec<u8>,
}

/// What proves a result: the members' signatures and the bytes of every output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The signatures in the members' order.
    pub signatures: Vec<[u8; 64]>,
    /// All outputs in order, those that went to cells included. Empty where they travelled in a result buffer: the
    /// account has what the members signed for, so they are only compared.
    pub outputs: Vec<Vec<u8>>,
}

impl Evidence {
    /// Finds the evidence for `computation` among the instructions of the transaction that finalised it; `None` if this
    /// is not that transaction.
    pub fn find(computation: &Pubkey, instructions: &[PlainInstruction]) -> Option<Self> {
        Self::find_with(computation, instructions, &Attestations::default(), &[])
    }

    /// As [`find`](Self::find), where the signatures may have been collected before: in `attestations`, by these
    /// members.
    pub fn find_with(
        computation: &Pubkey,
        instructions: &[PlainInstruction],
        attestations: &Attestations,
        members: &[Pubkey],
    ) -> Option<Self> {
        instructions.iter().find_map(|instruction| {
            let names_it = instruction.accounts.get(1) == Some(computation);
            if instruction.program != arx_program::ID || !names_it {
                return None;
            }
            let mut data = instruction.data.strip_prefix(FinalizeComputation::DISCRIMINATOR)?;
            let arguments = FinalizeArguments::deserialize(&mut data).ok()?;
            let source = instruction.accounts.get(SIGNATURES_ACCOUNT)?;
            if *source != solana_sdk_ids::sysvar::instructions::ID {
                let signatures = attestations.of(computation, source, members)?;
                return Some(Self { signatures, outputs: arguments.outputs });
            }
            let verification = instructions.get(usize::from(arguments.signature_instruction))?;
            if verification.program != solana_sdk_ids::ed25519_program::ID {
                return None;
            }
            let signatures = signatures_in(&verification.data)?;
            Some(Self { signatures, outputs: arguments.outputs })
        })
    }
}

/// Signatures that the program collected over several transactions, because those of a large cluster do not fit one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attestations(BTreeMap<[u8; 32], BTreeMap<Pubkey, [u8; 64]>>);

impl Attestations {
    /// Takes in what a transaction of `computation`, or of the signing key at that address, has of them.
    pub fn collect(&mut self, computation: &Pubkey, instructions: &[PlainInstruction]) {
        for instruction in instructions {
            let names_it = instruction.accounts.get(1) == Some(computation);
            if instruction.program != arx_program::ID || !names_it {
                continue;
            }
            let Some([index, ..]) = instruction.data.strip_prefix(AttestResult::DISCRIMINATOR) else {
                continue;
            };
            let verification = instructions.get(usize::from(*index));
            let verification =
                verification.filter(|other| other.program == solana_sdk_ids::ed25519_program::ID);
            for (member, message, signature) in
                verification.and_then(|other| entries_in(&other.data)).unwrap_or_default()
            {
                self.0.entry(message::sha256(&[message])).or_default().insert(member, signature);
            }
        }
    }

    /// The signatures that the account `attestation` of `computation` stands for, in the order of `members`.
    pub(crate) fn of(
        &self,
        computation: &Pubkey,
        attestation: &Pubkey,
        members: &[Pubkey],
    ) -> Option<Vec<[u8; 64]>> {
        let mut messages = self.0.iter();
        let (_, signatures) =
            messages.find(|(hash, _)| arx_program::pda::attestation(computation, hash).0 == *attestation)?;
        members.iter().map(|member| signatures.get(member).copied()).collect()
    }
}

/// Member, message and signature of every entry of an Ed25519 precompile instruction.
fn entries_in(data: &[u8]) -> Option<Vec<(Pubkey, &[u8], [u8; 64])>> {
    const HEAD: usize = 2;
    const ENTRY: usize = 14;
    let count = usize::from(*data.first()?);
    let entries = data.get(HEAD..HEAD + ENTRY * count)?;
    let entry = |entry: &[u8]| {
        let number = |index: usize| {
            Some(usize::from(u16::from_le_bytes([*entry.get(2 * index)?, *entry.get(2 * index + 1)?])))
        };
        let (signature, key, message) = (number(0)?, number(2)?, number(4)?);
        let length = number(5)?;
        let signature = data.get(signature..signature + 64)?.try_into().ok()?;
        let key: [u8; 32] = data.get(key..key + 32)?.try_into().ok()?;
        Some((Pubkey::from(key), data.get(message..message + length)?, signature))
    };
    entries.chunks_exact(ENTRY).map(entry).collect()
}

/// The signatures in the data of an Ed25519 precompile instruction, in its order. Whether they are the right ones, over
/// the right message, is not asked here.
pub(crate) fn signatures_in(data: &[u8]) -> Option<Vec<[u8; 64]>> {
    const HEAD: usize = 2;
    const ENTRY: usize = 14;
    let count = usize::from(*data.first()?);
    let entries = data.get(HEAD..HEAD + ENTRY * count)?;
    let signature = |entry: &[u8]| {
        let offset = usize::from(u16::from_le_bytes([*entry.first()?, *entry.get(1)?]));
        data.get(offset..offset + 64)?.try_into().ok()
    };
    entries.chunks_exact(ENTRY).map(signature).collect()
}

/// Where `finalize_computation` is told where the signatures are.
const SIGNATURES_ACCOUNT: usize = 5;

/// A result that all pinned members signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedResult {
    computation: Pubkey,
    session: [u8; 32],
    cell_versions: Vec<u64>,
    outputs: Vec<Vec<u8>>,
}

impl VerifiedResult {
    /// Checks that every pinned member signed this result of this computation on these arguments.
    ///
    /// # Errors
    /// [`Error::NotFinalized`]; [`Error::OtherCluster`]; [`Error::InconsistentAccount`] if the account contradicts
    /// itself; [`Error::OutputsDoNotMatch`]; [`Error::BadResultSignature`], which names the member.
    pub fn verify(
        cluster: &PinnedCluster,
        address: Pubkey,
        computation: &Computation,
        evidence: Evidence,
    ) -> Result<Self, Error> {
        let result = match (&computation.status, &computation.result) {
            (ComputationStatus::Finalized, Some(result)) => result,
            _ => return Err(Error::NotFinalized { computation: address }),
        };
        if computation.cluster != cluster.address || computation.epoch != cluster.epoch {
            return Err(Error::OtherCluster {
                computation: address,
                expected: (cluster.address, cluster.epoch),
                actual: (computation.cluster, computation.epoch),
            });
        }
        let inconsistent = |what| Error::InconsistentAccount { computation: address, what };
        let Computation { definition, instance, authority, counter, .. } = computation;
        if arx_program::pda::computation(definition, instance, authority, *counter).0 != address {
            return Err(inconsistent("its address"));
        }
        let in_buffer = result.buffer.is_some();
        let stored = message::stored_output_digest(&result.outputs, &computation.output_cells, in_buffer);
        if stored != Some(result.output_digest) {
            return Err(inconsistent("its stored outputs"));
        }
        let served = &evidence.outputs;
        let missing = in_buffer && served.is_empty() && !result.outputs.is_empty();
        if missing || (!served.is_empty() && message::output_digest(served) != result.output_digest) {
            return Err(Error::OutputsDoNotMatch { computation: address });
        }
        let message = signed_message(address, computation)?;
        require_signatures(cluster, address, &evidence.signatures, &message)?;
        Ok(Self {
            computation: address,
            session: result.session,
            cell_versions: result.cell_versions.clone(),
            // Of a large result the account has only the hashes; the bytes were checked against their digest above.
            outputs: if in_buffer { served.clone() } else { result.outputs.clone() },
        })
    }

    /// The computation.
    pub const fn computation(&self) -> Pubkey {
        self.computation
    }

    /// The session that computed it.
    pub const fn session(&self) -> &[u8; 32] {
        &self.session
    }

    /// The version each of the computation's cells had when it started.
    pub fn cell_versions(&self) -> &[u64] {
        &self.cell_versions
    }

    /// All outputs; in the place of one that went to a cell, its SHA-256.
    pub fn outputs(&self) -> &[Vec<u8>] {
        &self.outputs
    }
}

/// What all members sign about a computation that has its result, recomputed from the account.
///
/// # Errors
/// [`Error::NotFinalized`]; [`Error::InconsistentAccount`].
pub fn signed_message(address: Pubkey, computation: &Computation) -> Result<[u8; 45], Error> {
    let result = computation.result.as_ref().ok_or(Error::NotFinalized { computation: address })?;
    let input_digest = message::input_digest(computation)
        .map_err(|_| Error::InconsistentAccount { computation: address, what: "its arguments" })?;
    let statement = ResultStatement {
        cluster: &computation.cluster,
        epoch: computation.epoch,
        session: &result.session,
        computation: &address,
        circuit_hash: &computation.circuit_hash,
        input_digest: &input_digest,
        cell_versions: &result.cell_versions,
        output_digest: &result.output_digest,
        transcript_digest: &result.transcript_digest,
        coin: &result.coin,
    };
    Ok(statement.message())
}

fn require_signatures(
    cluster: &PinnedCluster,
    computation: Pubkey,
    given: &[[u8; 64]],
    message: &[u8],
) -> Result<(), Error> {
    all_signed(cluster, given, message).map_err(|member| match member {
        Some(member) => Error::BadResultSignature { computation, member },
        None => {
            let (expected, actual) = (cluster.members.len(), given.len());
            Error::ResultSignatureCount { computation, expected, actual }
        }
    })
}

/// Whether `given` has every pinned member's signature of the message, in order; if not, the first whose it has not, or
/// `None` where there is not one for each.
pub(crate) fn all_signed(
    cluster: &PinnedCluster,
    given: &[[u8; 64]],
    message: &[u8],
) -> Result<(), Option<Pubkey>> {
    if given.len() != cluster.members.len() {
        return Err(None);
    }
    for (member, signature) in cluster.members.iter().zip(given) {
        let key = VerifyingKey::from_bytes(member.identity.as_array());
        let valid =
            key.is_ok_and(|key| key.verify_strict(message, &Signature::from_bytes(signature)).is_ok());
        if !valid {
            return Err(Some(member.identity));
        }
    }
    Ok(())
}
