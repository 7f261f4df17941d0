//! Where every account lies: one function per kind, each returning the address and its bump.

use anchor_lang::prelude::Pubkey;

use crate::ID;

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
