//! Importing clients' inputs: from ciphertexts to verified shares, without decrypting anything.
//!
//! The steps, for all inputs of a computation together (`docs/protocol.md`, "Inputs"):
//! 1. `P_i` derives `p_i`, `m_i`, `a_i` of every input ([`ClientInput::derive`]) and enters `p_i`, `m_i` as a
//!    private vector.
//! 2. `P_i` records every input as spent, durably, and says which it could ([`reveal_seeds`]); for those it
//!    reveals `a_i`. If any party refuses an input as spent for something else, the computation is rejected.
//! 3. Everyone checks each `a_i` against `g_i`, derives `h` and `w_i`, and has `U_h(p_i) ^ m_i` of every
//!    party opened. If all of them fit the input's tags ([`verify`]), `x = c ^ p_0 ^ .. ^ p_(n-1)` is shared
//!    ([`shares`]).
//!
//! The verdict is a function of broadcasts, so all parties that saw the same broadcasts come to the same one.

use arx_wire::hash::{LabelledHash, sha256};
use arx_wire::input::{InputArgument, InputContext, NodeInputSecrets};
use arx_wire::{Base, EncryptionSecretKey, WireError};
use zeroize::Zeroizing;

use crate::ProtocolError;
use crate::channel::{Channel, PartyId, PhaseKind};
use crate::protocol::{PrivateVector, Protocol};
use crate::session::Session;

/// One client's input, with what this party derived from it.
#[derive(Debug)]
pub struct ClientInput {
    argument: InputArgument,
    context: InputContext,
    secrets: NodeInputSecrets,
}

impl ClientInput {
    /// Derives party `me`'s secrets of an input of the computation `base`.
    ///
    /// # Errors
    /// [`WireError`] if the input is for another cluster size, counter or last slot.
    pub fn derive(
        argument: InputArgument,
        base: &Base,
        me: PartyId,
        secret: &EncryptionSecretKey,
    ) -> Result<Self, WireError> {
        let context = argument.input.context(base, &[argument.recipient])?;
        let secrets = context.node_secrets(me.0, secret);
        Ok(Self { argument, context, secrets })
    }

    /// What this party enters for the input.
    pub fn private_vector(&self) -> PrivateVector {
        PrivateVector { pad: self.secrets.pad.clone(), mask: self.secrets.mask }
    }

    /// The name under which the input is recorded as spent.
    pub fn spent_id(&self) -> [u8; 32] {
        self.context.spent_id()
    }

    /// What the input is spent for: this input, to the bit, as argument `index` of this computation. The same
    /// in every attempt at it.
    pub fn spent_for(&self, computation: &[u8; 32], index: u16) -> [u8; 32] {
        let hash = LabelledHash::new("arx/v1/spent-for").bytes(computation).u16(index);
        hash.bytes(&self.context.digest()).bytes(&sha256(&self.argument.to_bytes())).finish()
    }
}

/// The seeds that all parties revealed, by input and party.
#[derive(Debug)]
pub struct RevealedSeeds(Vec<Vec<[u8; 32]>>);

/// Reveals this party's seeds. `granted[k]` says that this party has input `k` durably recorded as spent for
/// this computation; the seed of an input that is not granted stays secret. One round.
///
/// # Errors
/// Errors of peers. The inner error is the first input that some party did not grant.
pub async fn reveal_seeds<C: Channel>(
    session: &mut Session<C>,
    inputs: &[ClientInput],
    granted: &[bool],
) -> Result<Result<RevealedSeeds, RefusedInput>, ProtocolError> {
    if inputs.len() != granted.len() {
        let (expected, actual) = (inputs.len(), granted.len());
        return Err(ProtocolError::WidthMismatch { what: "the list of granted inputs", expected, actual });
    }
    let mut payload = Vec::with_capacity(inputs.len() * 33);
    for (input, granted) in inputs.iter().zip(granted) {
        payload.push(u8::from(*granted));
        payload.extend(if *granted { input.secrets.seed } else { [0; 32] });
    }
    let broadcast = session.broadcast(PhaseKind::InputSeeds, payload).await?;

    let mut seeds = vec![Vec::with_capacity(session.parties().into()); inputs.len()];
    let mut refused = None;
    for (party, payload) in broadcast.iter() {
        for (index, (entry, seeds)) in payload.chunks(33).zip(&mut seeds).enumerate() {
            match entry {
                [1, seed @ ..] => seeds.push(
                    seed.try_into()
                        .map_err(|_| broadcast.malformed(party, "an input's seed is not 32 bytes"))?,
                ),
                [0, zeros @ ..] if zeros.iter().all(|byte| *byte == 0) => {
                    refused = Some(refused.map_or(index, |earlier: usize| earlier.min(index)));
                }
                [0, ..] => return Err(broadcast.malformed(party, "a refused input carries a seed")),
                _ => return Err(broadcast.malformed(party, "an input is neither granted nor refused")),
            }
        }
    }
    Ok(match refused {
        None => Ok(RevealedSeeds(seeds)),
        Some(index) => Err(RefusedInput { index }),
    })
}

/// An input that at least one party has recorded as spent for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefusedInput {
    /// Its place among the inputs.
    pub index: usize,
}

/// Checks all inputs: every seed against its binding, then every party's tag. Returns the first input that
/// fails, or `None` when all are good. One round.
///
/// # Errors
/// Errors of peers.
pub async fn verify<P: Protocol>(
    protocol: &mut P,
    inputs: &[ClientInput],
    seeds: &RevealedSeeds,
    entries: &[&P::Entry],
) -> Result<Option<usize>, ProtocolError> {
    if inputs.len() != entries.len() || inputs.len() != seeds.0.len() {
        let (expected, actual) = (inputs.len(), entries.len().min(seeds.0.len()));
        return Err(ProtocolError::WidthMismatch { what: "the list of entered inputs", expected, actual });
    }
    let bound = |input: &ClientInput, seeds: &[[u8; 32]]| {
        let nodes = &input.argument.input.nodes;
        let fits = |(node, (seed, tag)): (u8, (&[u8; 32], &arx_wire::input::NodeTag))| {
            input.context.binding(node, seed) == tag.binding
        };
        nodes.len() == seeds.len() && (0..).zip(seeds.iter().zip(nodes)).all(fits)
    };
    if let Some(index) = inputs.iter().zip(&seeds.0).position(|(input, seeds)| !bound(input, seeds)) {
        return Ok(Some(index));
    }

    let keys: Vec<_> =
        inputs.iter().zip(&seeds.0).map(|(input, seeds)| input.context.tag_keys(seeds)).collect();
    protocol.check().await?;
    let claims: Vec<_> = keys.iter().zip(entries).map(|(keys, entry)| (keys.hash_key(), *entry)).collect();
    let opened = protocol.open_tags(&claims).await?;
    let fits =
        |((input, keys), opened): ((&ClientInput, &arx_wire::input::TagKeys), &Vec<mpc_field::Gf128>)| {
            let nodes = &input.argument.input.nodes;
            let tag = |node, opened: &mpc_field::Gf128| (*opened + keys.tag_mask(node)).to_bytes();
            opened.len() == nodes.len()
                && (0..)
                    .zip(opened.iter().zip(nodes))
                    .all(|(node, (opened, expected))| tag(node, opened) == expected.tag)
        };
    Ok(inputs.iter().zip(&keys).zip(&opened).position(|input| !fits(input)))
}

/// The shares of a verified input: `c ^ p_0 ^ .. ^ p_(n-1)`.
pub fn shares<P: Protocol>(
    protocol: &mut P,
    input: &ClientInput,
    entry: &P::Entry,
) -> Zeroizing<Vec<P::Share>> {
    let pads = protocol.pad_sum(entry);
    crate::protocol::unmask(protocol, &input.argument.input.ciphertext, pads)
}
