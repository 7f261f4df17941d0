//! What the members of a cluster sign, byte for byte. Used by the program, by nodes and by clients alike.
//!
//! `L(s)` is the label's length in one byte, then the label; integers are little-endian; hashes are SHA-256.
//!
//! ```text
//! input digest   = H(L("arx/v1/arguments") || definition || instance || authority || counter u64 || not_after u64
//!                    || borsh(arguments) || borsh(cells) || borsh(output_cells))
//! output digest  = H(L("arx/v1/outputs") || count u16 || per output: H(bytes))
//! result message = "arx/v1/result" || H(cluster || epoch u64 || session || computation || circuit hash
//!                    || input digest || count u8 || versions u64 .. || output digest || transcript digest || coin)
//! protocol message = L("arx/v1/message") || cluster || epoch u64 || session || phase 5 || piece u32 || sender u8
//!                    || recipient u8 (255: all) || broadcasts u32 || payload hash || running digest
//!                                                                                   (166 bytes, signed as they are)
//! chain after it = H(L("arx/v1/chain/next") || running digest || phase 5 || piece u32 || payload hash), after a broadcast
//! opening certificate = H(L("arx/v1/ready-to-open") || cluster || epoch u64 || session || computation || circuit hash
//!                    || task digest || transcript digest || recipients digest)
//! leaked key message = L("arx/v1/leaked-key") || identity || finder
//! signing key message = "arx/v1/signing-key" || H(cluster || epoch u64 || mxe || version u32 || key || count u8 || shares ..)
//! failure message = "arx/v1/failure" || H(cluster || epoch u64 || computation || input digest || reason u16 || detail u32)
//! ```

use anchor_lang::prelude::*;
use solana_sha256_hasher::hashv;

use crate::state::{CellUse, Computation, FailureReason, StoredArgument};

/// First bytes of a signed result.
pub const RESULT_PREFIX: &[u8; 13] = b"arx/v1/result";
/// First bytes of a signed failure.
pub const FAILURE_PREFIX: &[u8; 14] = b"arx/v1/failure";
/// First bytes of a signed signing key.
pub const SIGNING_KEY_PREFIX: &[u8; 18] = b"arx/v1/signing-key";

/// First bytes of every signed message of the protocol between members.
pub const MESSAGE_PREFIX: &[u8; 15] = b"\x0earx/v1/message";
/// Length of such a message's signed header.
pub const MESSAGE_LENGTH: usize = 15 + 32 + 8 + 32 + 5 + 4 + 1 + 1 + 4 + 32 + 32;

/// The signed header of a message of the protocol between members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageHeader {
    /// The cluster's address.
    pub cluster: Pubkey,
    /// Its epoch.
    pub epoch: u64,
    /// The session.
    pub session: [u8; 32],
    /// The phase within the session, as the members encode it.
    pub phase: [u8; 5],
    /// The piece of the phase's payload.
    pub piece: u32,
    /// The sender's index among the members.
    pub sender: u8,
    /// The recipient's index, or 255 for a broadcast.
    pub recipient: u8,
    /// How many broadcasts the sender made before in the session.
    pub broadcasts: u32,
    /// SHA-256 of the payload.
    pub payload_hash: [u8; 32],
    /// Digest of those broadcasts.
    pub running_digest: [u8; 32],
}

impl MessageHeader {
    /// The bytes to sign.
    pub fn message(&self) -> [u8; MESSAGE_LENGTH] {
        let mut message = [0; MESSAGE_LENGTH];
        message[..15].copy_from_slice(MESSAGE_PREFIX);
        message[15..47].copy_from_slice(self.cluster.as_ref());
        message[47..55].copy_from_slice(&self.epoch.to_le_bytes());
        message[55..87].copy_from_slice(&self.session);
        message[87..92].copy_from_slice(&self.phase);
        message[92..96].copy_from_slice(&self.piece.to_le_bytes());
        message[96] = self.sender;
        message[97] = self.recipient;
        message[98..102].copy_from_slice(&self.broadcasts.to_le_bytes());
        message[102..134].copy_from_slice(&self.payload_hash);
        message[134..].copy_from_slice(&self.running_digest);
        message
    }

    /// Reads signed bytes; `None` if they are not a protocol message.
    pub fn parse(message: &[u8]) -> Option<Self> {
        let message: &[u8; MESSAGE_LENGTH] = message.try_into().ok()?;
        if !message.starts_with(MESSAGE_PREFIX) {
            return None;
        }
        let hash = |at: usize| -> Option<[u8; 32]> { message[at..at + 32].try_into().ok() };
        Some(Self {
            cluster: Pubkey::new_from_array(hash(15)?),
            epoch: u64::from_le_bytes(message[47..55].try_into().ok()?),
            session: hash(55)?,
            phase: message[87..92].try_into().ok()?,
            piece: u32::from_le_bytes(message[92..96].try_into().ok()?),
            sender: message[96],
            recipient: message[97],
            broadcasts: u32::from_le_bytes(message[98..102].try_into().ok()?),
            payload_hash: hash(102)?,
            running_digest: hash(134)?,
        })
    }

    /// The running digest after this message, which must be a broadcast.
    pub fn next_chain(&self) -> [u8; 32] {
        let piece = self.piece.to_le_bytes();
        sha256(&[b"\x11arx/v1/chain/next", &self.running_digest, &self.phase, &piece, &self.payload_hash])
    }

    /// Whether both cannot have been sent by one honest node: they belong to the same place of the protocol and differ, or
    /// they follow the same number of the sender's broadcasts and differ in what these were.
    pub fn contradicts(&self, other: &Self) -> bool {
        let of = |header: &Self| (header.cluster, header.epoch, header.session, header.sender);
        let place = |header: &Self| (header.phase, header.piece, header.recipient);
        if of(self) != of(other) {
            return false;
        }
        let one_past = self.broadcasts == other.broadcasts && self.running_digest != other.running_digest;
        one_past || (place(self) == place(other) && self != other)
    }
}

/// What someone signs with a node's identity key that it has found out.
pub fn leaked_key_message(identity: &Pubkey, finder: &Pubkey) -> Vec<u8> {
    [&b"\x11arx/v1/leaked-key"[..], identity.as_ref(), finder.as_ref()].concat()
}

/// What all members sign before any of them shows anything: the certificate "ready to open".
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The session.
    pub session: [u8; 32],
    /// Digest of the task that the members agreed on.
    pub task_digest: [u8; 32],
    /// Digest of all broadcasts so far.
    pub transcript_digest: [u8; 32],
    /// Digest of the recipients' keys.
    pub recipients_digest: [u8; 32],
}

impl Opening {
    /// The bytes to sign, about this computation.
    pub fn message(&self, address: &Pubkey, computation: &Computation) -> [u8; 32] {
        sha256(&[
            b"\x14arx/v1/ready-to-open",
            computation.cluster.as_ref(),
            &computation.epoch.to_le_bytes(),
            &self.session,
            address.as_ref(),
            &computation.circuit_hash,
            &self.task_digest,
            &self.transcript_digest,
            &self.recipients_digest,
        ])
    }
}

/// SHA-256.
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    hashv(parts).to_bytes()
}

/// What a computation is run on.
#[derive(Clone, Copy, Debug)]
pub struct InputStatement<'a> {
    /// The definition's address.
    pub definition: &'a Pubkey,
    /// Which instance of the application.
    pub instance: &'a Pubkey,
    /// The end user.
    pub authority: &'a Pubkey,
    /// The user's number of this call.
    pub counter: u64,
    /// Last slot in which it may be queued.
    pub not_after: u64,
    /// The arguments as stored.
    pub arguments: &'a [StoredArgument],
    /// The cells.
    pub cells: &'a [CellUse],
    /// Per output, its cell.
    pub output_cells: &'a [Option<u8>],
}

impl InputStatement<'_> {
    /// The input digest.
    pub fn digest(&self) -> Result<[u8; 32]> {
        let arguments = borsh::to_vec(self.arguments)?;
        let cells = borsh::to_vec(self.cells)?;
        let output_cells = borsh::to_vec(self.output_cells)?;
        Ok(sha256(&[
            b"\x10arx/v1/arguments",
            self.definition.as_ref(),
            self.instance.as_ref(),
            self.authority.as_ref(),
            &self.counter.to_le_bytes(),
            &self.not_after.to_le_bytes(),
            &arguments,
            &cells,
            &output_cells,
        ]))
    }
}

/// The input digest of a computation, recomputed from its account.
pub fn input_digest(computation: &Computation) -> Result<[u8; 32]> {
    InputStatement {
        definition: &computation.definition,
        instance: &computation.instance,
        authority: &computation.authority,
        counter: computation.counter,
        not_after: computation.not_after,
        arguments: &computation.arguments,
        cells: &computation.cells,
        output_cells: &computation.output_cells,
    }
    .digest()
}

/// The SHA-256 of a latest slice's bytes as it stands among a result's cell versions.
pub fn slice_words(bytes: &[u8]) -> [u64; 4] {
    hash_words(&sha256(&[bytes]))
}

/// A hash as four little-endian words.
pub fn hash_words(hash: &[u8; 32]) -> [u64; 4] {
    std::array::from_fn(|word| {
        let mut part = [0; 8];
        part.copy_from_slice(&hash[8 * word..8 * word + 8]);
        u64::from_le_bytes(part)
    })
}

/// Digest of all outputs in order, those of cells included.
pub fn output_digest<T: AsRef<[u8]>>(outputs: &[T]) -> [u8; 32] {
    let hashes: Vec<_> = outputs.iter().map(|output| sha256(&[output.as_ref()])).collect();
    digest_of_hashes(&hashes)
}

/// The digest of all outputs, recomputed from a computation's account, which has the hash alone in the place of an output
/// that went to a cell, and of all outputs where they are `in_buffer`. `None` if the account contradicts itself.
pub fn stored_output_digest(
    outputs: &[Vec<u8>],
    output_cells: &[Option<u8>],
    in_buffer: bool,
) -> Option<[u8; 32]> {
    if outputs.len() != output_cells.len() {
        return None;
    }
    let hashes: Option<Vec<[u8; 32]>> = outputs
        .iter()
        .zip(output_cells)
        .map(|(stored, cell)| match cell {
            None if !in_buffer => Some(sha256(&[stored])),
            _ => stored.as_slice().try_into().ok(),
        })
        .collect();
    Some(digest_of_hashes(&hashes?))
}

/// Digest of outputs by their hashes.
pub fn digest_of_hashes(hashes: &[[u8; 32]]) -> [u8; 32] {
    let count = (hashes.len() as u16).to_le_bytes();
    let mut parts: Vec<&[u8]> = Vec::with_capacity(2 + hashes.len());
    parts.push(b"\x0earx/v1/outputs");
    parts.push(&count);
    parts.extend(hashes.iter().map(|hash| hash.as_slice()));
    sha256(&parts)
}

/// What all members sign about a result.
#[derive(Clone, Copy, Debug)]
pub struct ResultStatement<'a> {
    /// The cluster's address.
    pub cluster: &'a Pubkey,
    /// Its epoch.
    pub epoch: u64,
    /// The session that computed it.
    pub session: &'a [u8; 32],
    /// The computation's address.
    pub computation: &'a Pubkey,
    /// The circuit's hash.
    pub circuit_hash: &'a [u8; 32],
    /// The computation's input digest.
    pub input_digest: &'a [u8; 32],
    /// The version of each of the computation's cells at the start, then four words per latest slice ([`slice_words`]).
    pub cell_versions: &'a [u64],
    /// See [`output_digest`].
    pub output_digest: &'a [u8; 32],
    /// Digest of the session's broadcasts.
    pub transcript_digest: &'a [u8; 32],
    /// The session's first joint coin.
    pub coin: &'a [u8; 32],
}

impl ResultStatement<'_> {
    /// The bytes to sign.
    pub fn message(&self) -> [u8; 45] {
        let versions: Vec<u8> = self.cell_versions.iter().flat_map(|version| version.to_le_bytes()).collect();
        let hash = sha256(&[
            self.cluster.as_ref(),
            &self.epoch.to_le_bytes(),
            self.session,
            self.computation.as_ref(),
            self.circuit_hash,
            self.input_digest,
            &[self.cell_versions.len() as u8],
            &versions,
            self.output_digest,
            self.transcript_digest,
            self.coin,
        ]);
        let mut message = [0; 45];
        message[..13].copy_from_slice(RESULT_PREFIX);
        message[13..].copy_from_slice(&hash);
        message
    }
}

/// What all members sign about a computation that cannot be computed.
#[derive(Clone, Copy, Debug)]
pub struct FailureStatement<'a> {
    /// The cluster's address.
    pub cluster: &'a Pubkey,
    /// Its epoch.
    pub epoch: u64,
    /// The computation's address.
    pub computation: &'a Pubkey,
    /// The computation's input digest.
    pub input_digest: &'a [u8; 32],
    /// Why.
    pub reason: FailureReason,
    /// Which argument, where the reason concerns one; else 0.
    pub detail: u32,
}

impl FailureStatement<'_> {
    /// The bytes to sign.
    pub fn message(&self) -> [u8; 46] {
        let hash = sha256(&[
            self.cluster.as_ref(),
            &self.epoch.to_le_bytes(),
            self.computation.as_ref(),
            self.input_digest,
            &self.reason.code().to_le_bytes(),
            &self.detail.to_le_bytes(),
        ]);
        let mut message = [0; 46];
        message[..14].copy_from_slice(FAILURE_PREFIX);
        message[14..].copy_from_slice(&hash);
        message
    }
}

/// What all members sign about a signing key that they have made.
#[derive(Clone, Copy, Debug)]
pub struct SigningKeyStatement<'a> {
    /// The cluster's address.
    pub cluster: &'a Pubkey,
    /// Its epoch.
    pub epoch: u64,
    /// The MXE.
    pub mxe: &'a Pubkey,
    /// Version of the members' long-term keys for it.
    pub version: u32,
    /// The key.
    pub key: &'a Pubkey,
    /// Each member's public share, in the cluster's order.
    pub shares: &'a [[u8; 32]],
}

impl SigningKeyStatement<'_> {
    /// The bytes to sign.
    pub fn message(&self) -> [u8; 50] {
        let hash = sha256(&[
            self.cluster.as_ref(),
            &self.epoch.to_le_bytes(),
            self.mxe.as_ref(),
            &self.version.to_le_bytes(),
            self.key.as_ref(),
            &[self.shares.len() as u8],
            self.shares.as_flattened(),
        ]);
        let mut message = [0; 50];
        message[..18].copy_from_slice(SIGNING_KEY_PREFIX);
        message[18..].copy_from_slice(&hash);
        message
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The expected values were computed from the definitions in this module's documentation by a script of its own.
    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn key(byte: u8) -> Pubkey {
        Pubkey::new_from_array([byte; 32])
    }

    fn example_input_digest() -> [u8; 32] {
        InputStatement {
            definition: &key(1),
            instance: &key(2),
            authority: &key(3),
            counter: 4,
            not_after: 5,
            arguments: &[
                StoredArgument::Plaintext(vec![7, 8]),
                StoredArgument::Input(vec![9]),
                StoredArgument::Cell { cell: 0 },
                StoredArgument::AccountSlice { account: key(20), offset: 4, length: 8, hash: [21; 32] },
                StoredArgument::Empty,
            ],
            cells: &[CellUse { address: key(22), read: true, write: true }],
            output_cells: &[None, Some(0)],
        }
        .digest()
        .unwrap()
    }

    #[test]
    fn the_input_digest_is_the_documented_one() {
        assert_eq!(
            hex(&example_input_digest()),
            "2e312ba451bf3ed17aa148fff99649ebbe694da569451c605cf1d19a7715ffb7"
        );
    }

    #[test]
    fn the_output_digest_is_the_documented_one() {
        assert_eq!(
            hex(&output_digest(&[&b"abc"[..], b""])),
            "474a2d16f4d29787627030afab542df29af141a1fb4a6fc3f8454a748188f5fd"
        );
    }

    #[test]
    fn the_output_digest_follows_from_the_account_without_the_cells() {
        let outputs = [b"abc".to_vec(), b"to a cell".to_vec()];
        let stored = [b"abc".to_vec(), sha256(&[b"to a cell"]).to_vec()];
        assert_eq!(stored_output_digest(&stored, &[None, Some(0)], false), Some(output_digest(&outputs)));
        assert_eq!(stored_output_digest(&stored, &[None], false), None);
        assert_eq!(stored_output_digest(&outputs, &[None, Some(0)], false), None);
        let hashes = outputs.clone().map(|output| sha256(&[&output]).to_vec());
        assert_eq!(stored_output_digest(&hashes, &[None, None], true), Some(output_digest(&outputs)));
        assert_eq!(stored_output_digest(&outputs, &[None, None], true), None);
    }

    #[test]
    fn the_result_message_is_the_documented_one() {
        let message = ResultStatement {
            cluster: &key(6),
            epoch: 7,
            session: &[8; 32],
            computation: &key(9),
            circuit_hash: &[10; 32],
            input_digest: &example_input_digest(),
            cell_versions: &[11],
            output_digest: &output_digest(&[&b"abc"[..], b""]),
            transcript_digest: &[12; 32],
            coin: &[13; 32],
        }
        .message();
        assert_eq!(&message[..13], b"arx/v1/result");
        assert_eq!(hex(&message[13..]), "99e47deed7627d08b90d7e7999212c3af07f855bee180ec9ed8875e01232deb0");
    }

    #[test]
    fn the_signing_key_message_is_the_documented_one() {
        let message = SigningKeyStatement {
            cluster: &key(6),
            epoch: 7,
            mxe: &key(8),
            version: 9,
            key: &key(10),
            shares: &[[11; 32], [12; 32]],
        }
        .message();
        assert_eq!(&message[..18], b"arx/v1/signing-key");
        assert_eq!(hex(&message[18..]), "2a0c1d99d0caf80b13a54f7f9e3931d6b5a0c460049e77d06ae74c8d987c8d05");
    }

    #[test]
    fn the_failure_message_is_the_documented_one() {
        let message = FailureStatement {
            cluster: &key(6),
            epoch: 7,
            computation: &key(9),
            input_digest: &example_input_digest(),
            reason: FailureReason::InputStale,
            detail: 3,
        }
        .message();
        assert_eq!(&message[..14], b"arx/v1/failure");
        assert_eq!(hex(&message[14..]), "8aa289fc50bdf4755b3d7db1b51a88733747301f07164e0406d689d6b5dc7c4d");
    }
}
