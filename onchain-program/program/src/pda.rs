//! Where every account lies: one function per kind, each returning the address and its bump.

use anchor_lang::prelude::Pubkey;

use crate::{ID, state::OffenceClass};

/// Seed of [`config`].
pub const CONFIG_SEED: &[u8] = b"config";
/// Seed of [`node`].
pub const NODE_SEED: &[u8] = b"node";
/// Seed of [`encryption_key_record`].
pub const KEY_SEED: &[u8] = b"key";
/// Seed of [`cluster`].
pub const CLUSTER_SEED: &[u8] = b"cluster";
/// Seed of [`queue`].
pub const QUEUE_SEED: &[u8] = b"queue";
/// Seed of [`mxe`].
pub const MXE_SEED: &[u8] = b"mxe";
/// Seed of [`definition`].
pub const DEFINITION_SEED: &[u8] = b"definition";
/// Seed of [`circuit`].
pub const CIRCUIT_SEED: &[u8] = b"circuit";
/// Seed of [`computation`].
pub const COMPUTATION_SEED: &[u8] = b"computation";
/// Seed of [`cell`].
pub const CELL_SEED: &[u8] = b"cell";
/// Seed of [`result_buffer`].
pub const RESULT_SEED: &[u8] = b"result";
/// Seed of [`stake_pool`].
pub const STAKE_SEED: &[u8] = b"stake";
/// Seed of [`vault`].
pub const VAULT_SEED: &[u8] = b"vault";
/// Seed of [`node_stake`].
pub const NODE_STAKE_SEED: &[u8] = b"node-stake";
/// Seed of [`delegation`].
pub const DELEGATION_SEED: &[u8] = b"delegation";
/// Seed of [`unbonding`].
pub const UNBONDING_SEED: &[u8] = b"unbonding";
/// Seed of [`offence`].
pub const OFFENCE_SEED: &[u8] = b"offence";
/// Seed of [`challenge`].
pub const CHALLENGE_SEED: &[u8] = b"challenge";
/// Seed of [`misses`].
pub const MISSES_SEED: &[u8] = b"misses";
/// Seed of [`dispute`].
pub const DISPUTE_SEED: &[u8] = b"dispute";
/// Seed of [`vote`].
pub const VOTE_SEED: &[u8] = b"vote";
/// Seed of [`buffer`].
pub const BUFFER_SEED: &[u8] = b"buffer";
/// Seed of [`declared_value`].
pub const VALUE_SEED: &[u8] = b"value";
/// Seed of [`signing_key`].
pub const SIGNING_KEY_SEED: &[u8] = b"signing-key";
/// Seed of [`attestation`].
pub const ATTESTATION_SEED: &[u8] = b"attestation";
/// Seed of [`callback_signer`].
pub const CALLBACK_SEED: &[u8] = b"callback";
/// Seed of [`application_signer`], an address of the *application's* program.
pub const APPLICATION_SEED: &[u8] = b"arx";

/// The network's parameters.
pub fn config() -> (Pubkey, u8) {
    Pubkey::find_program_address(&[CONFIG_SEED], &ID)
}

/// A node, by its Ed25519 identity key.
pub fn node(identity: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[NODE_SEED, identity.as_ref()], &ID)
}

/// The mark that an encryption key is taken.
pub fn encryption_key_record(encryption_key: &[u8; 32]) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[KEY_SEED, encryption_key], &ID)
}

/// A cluster, by its number.
pub fn cluster(id: u64) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[CLUSTER_SEED, &id.to_le_bytes()], &ID)
}

/// A cluster's queue.
pub fn queue(cluster: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[QUEUE_SEED, cluster.as_ref()], &ID)
}

/// An application's MXE; an application may have several, told apart by `id`.
pub fn mxe(application: &Pubkey, id: u64) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[MXE_SEED, application.as_ref(), &id.to_le_bytes()], &ID)
}

/// A computation definition, by its name within the MXE.
pub fn definition(mxe: &Pubkey, name: &str) -> (Pubkey, u8) {
    let name = name.as_bytes();
    Pubkey::find_program_address(&[DEFINITION_SEED, mxe.as_ref(), &name[..name.len().min(32)]], &ID)
}

/// The bytes of a definition's circuit.
pub fn circuit(definition: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[CIRCUIT_SEED, definition.as_ref()], &ID)
}

/// A computation. `authority` is the end user, `counter` the user's own number for this call.
pub fn computation(definition: &Pubkey, instance: &Pubkey, authority: &Pubkey, counter: u64) -> (Pubkey, u8) {
    let counter = counter.to_le_bytes();
    let seeds =
        [COMPUTATION_SEED, definition.as_ref(), instance.as_ref(), authority.as_ref(), counter.as_ref()];
    Pubkey::find_program_address(&seeds, &ID)
}

/// A cell of an MXE, by the label its application gave it.
pub fn cell(mxe: &Pubkey, label: &[u8; 32]) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[CELL_SEED, mxe.as_ref(), label], &ID)
}

/// Where `writer` collects the outputs of a computation that are too long for one transaction.
pub fn result_buffer(computation: &Pubkey, writer: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[RESULT_SEED, computation.as_ref(), writer.as_ref()], &ID)
}

/// Signs the callbacks to one application: a handler that sees it sign was called by this program. Each application has
/// its own, or an application that is being called could pass the signature on to another's handler.
pub fn callback_signer(application: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[CALLBACK_SEED, application.as_ref()], &ID)
}

/// Signs an application's CPIs: an address of the application's own program.
pub fn application_signer(application: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[APPLICATION_SEED], application)
}

/// Where the upgradeable loader keeps a program's data and upgrade authority.
pub fn program_data(program: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(
        &[program.as_ref()],
        &anchor_lang::solana_program::bpf_loader_upgradeable::ID,
    )
}

/// The network's stake as a whole.
pub fn stake_pool() -> (Pubkey, u8) {
    Pubkey::find_program_address(&[STAKE_SEED], &ID)
}

/// The token account that holds all stake.
pub fn vault() -> (Pubkey, u8) {
    Pubkey::find_program_address(&[VAULT_SEED], &ID)
}

/// The stake behind a node.
pub fn node_stake(identity: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[NODE_STAKE_SEED, identity.as_ref()], &ID)
}

/// An owner's part of a node's stake.
pub fn delegation(identity: &Pubkey, owner: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[DELEGATION_SEED, identity.as_ref(), owner.as_ref()], &ID)
}

/// Stake on its way out; an owner may have several, told apart by `id`.
pub fn unbonding(delegation: &Pubkey, id: u64) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[UNBONDING_SEED, delegation.as_ref(), &id.to_le_bytes()], &ID)
}

/// The mark that a node was punished for this class and session.
pub fn offence(identity: &Pubkey, class: OffenceClass, session: &[u8; 32]) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[OFFENCE_SEED, identity.as_ref(), &[class.code()], session], &ID)
}

/// What an application declared to be at stake.
pub fn declared_value(mxe: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[VALUE_SEED, mxe.as_ref()], &ID)
}

/// An MXE's signing key, by the version of its members' long-term keys; or the request for it.
pub fn signing_key(mxe: &Pubkey, version: u32) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[SIGNING_KEY_SEED, mxe.as_ref(), &version.to_le_bytes()], &ID)
}

/// A challenge to a member about a computation, or, with a session in its place, about an opening.
pub fn challenge(computation: &Pubkey, identity: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[CHALLENGE_SEED, computation.as_ref(), identity.as_ref()], &ID)
}

/// How much of the network missed challenges in a window.
pub fn misses(window: u64) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[MISSES_SEED, &window.to_le_bytes()], &ID)
}

/// An accusation.
pub fn dispute(accused: &Pubkey, class: OffenceClass, session: &[u8; 32]) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[DISPUTE_SEED, accused.as_ref(), &[class.code()], session], &ID)
}

/// A juror's vote.
pub fn vote(dispute: &Pubkey, identity: &Pubkey) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[VOTE_SEED, dispute.as_ref(), identity.as_ref()], &ID)
}

/// Bytes that are too long for one transaction, by the name their owner gave them.
pub fn buffer(owner: &Pubkey, label: &[u8; 32]) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[BUFFER_SEED, owner.as_ref(), label], &ID)
}

/// Which members signed a message about a computation or a signing key.
pub fn attestation(computation: &Pubkey, message_hash: &[u8; 32]) -> (Pubkey, u8) {
    Pubkey::find_program_address(&[ATTESTATION_SEED, computation.as_ref(), message_hash], &ID)
}
