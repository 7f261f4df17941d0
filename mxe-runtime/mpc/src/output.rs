//! Outputs to clients: from shares to ciphertexts whose tags prove that no party altered its pad.
//!
//! The steps, for all outputs of a computation together (`docs/protocol.md`, "Outputs"):
//! 1. After `coin_s` is known `P_i` derives `p_i`, `m_i` of every output and enters them
//!    ([`ClientOutput::derive`]).
//! 2. Once the value `y` is shared: `c = y ^ p_0 ^ .. ^ p_(n-1)` is opened ([`ClientOutput::masked`] has its
//!    shares).
//! 3. All agree on `D_open`, the digest of everything broadcast and opened so far, and toss `coin_o`.
//! 4. `h` follows from both; `t_i = U_h(p_i) ^ m_i` of every party is opened ([`seal`]).

use arx_wire::bits::PackedBits;
use arx_wire::output::{EncryptedOutput, NodeOutputSecrets, OutputContext, OutputPlace};
use arx_wire::{Base, EncryptionPublicKey, EncryptionSecretKey, WireError};

use crate::ProtocolError;
use crate::channel::PartyId;
use crate::protocol::{PrivateVector, Protocol, mask};

/// One output to a client, with what this party derived for it.
#[derive(Debug)]
pub struct ClientOutput {
    place: OutputPlace,
    recipient: EncryptionPublicKey,
    epoch: u64,
    coin_s: [u8; 32],
    context: OutputContext,
    secrets: NodeOutputSecrets,
}

impl ClientOutput {
    /// Derives party `me`'s secrets of the output at `place` for `recipient`.
    ///
    /// # Errors
    /// [`WireError::ImpossibleMemberCount`].
    pub fn derive(
        base: &Base,
        place: OutputPlace,
        coin_s: [u8; 32],
        recipient: EncryptionPublicKey,
        me: PartyId,
        secret: &EncryptionSecretKey,
    ) -> Result<Self, WireError> {
        let context = OutputContext::new(base, &place, &coin_s, &recipient)?;
        let secrets = context.node_secrets(me.0, secret);
        Ok(Self { place, recipient, epoch: base.epoch, coin_s, context, secrets })
    }

    /// What this party enters for the output.
    pub fn private_vector(&self) -> PrivateVector {
        PrivateVector { pad: self.secrets.pad.clone(), mask: self.secrets.mask }
    }

    /// Whom the output is for.
    pub const fn recipient(&self) -> &EncryptionPublicKey {
        &self.recipient
    }

    /// Shares of `c`, to be opened.
    ///
    /// # Errors
    /// [`ProtocolError::WidthMismatch`] if `y` has another length than was derived for.
    pub fn masked<P: Protocol>(
        &self,
        protocol: &mut P,
        y: &[P::Share],
        entry: &P::Entry,
    ) -> Result<Vec<P::Share>, ProtocolError> {
        let pads = protocol.pad_sum(entry);
        mask(protocol, y, pads)
    }
}

/// Opens the tags of all outputs and puts the outputs together, each from its opened `c`. One round.
///
/// # Errors
/// Errors of peers.
pub async fn seal<P: Protocol>(
    protocol: &mut P,
    outputs: Vec<(&ClientOutput, &P::Entry, PackedBits)>,
    d_open: [u8; 32],
    coin_o: [u8; 32],
) -> Result<Vec<EncryptedOutput>, ProtocolError> {
    let claims: Vec<_> = outputs
        .iter()
        .map(|(output, entry, c)| (output.context.hash_key(&d_open, &coin_o, c), *entry))
        .collect();
    let tags = protocol.open_tags(&claims).await?;
    let seal = |((output, _, ciphertext), tags): ((&ClientOutput, _, PackedBits), Vec<mpc_field::Gf128>)| {
        EncryptedOutput {
            index: output.place.index,
            epoch: output.epoch,
            session: output.place.session,
            coin_s: output.coin_s,
            d_open,
            coin_o,
            recipient: output.recipient,
            tags: tags.into_iter().map(mpc_field::Gf128::to_bytes).collect(),
            ciphertext,
        }
    };
    Ok(outputs.into_iter().zip(tags).map(seal).collect())
}
