//! State at rest: pads that are authenticated under a long-lived key too, and tags `T_b = D_state x_b`.
//!
//! `D_state = D_0 + .. + D_(n-1)`, `P_j` holds `D_j`. A pad's bits carry MACs under the batch's keys, for the
//! circuit, and under the state keys: `M'_i^j = K'_j^i + p_i D_j`. So the product of `D_state` with a block of
//! 128 bits is shared additively without a message: `P_i` takes `D_i p_i + sum_j (M'_i^j + K'_i^j)`, where bits
//! stand for the field's elements that they make, and for the public ciphertext `D_i c`.
//!
//! - **Write.** After `c` is opened, `P_i` broadcasts its share of `D_state x_b` under a pad `q_(i,b)`; the sum is
//!   the stored tag. Then the check of a load is run on it.
//! - **Load check.** `z_b`: the shared difference between the stored and the recomputed tag. With `chi` tossed
//!   after all is fixed, `z = sum_b chi^(b+1) z_b` over all states, and a triple `(a, rho, a rho)`: open `e = z +
//!   a`; each party commits to `w_i = e rho_i + (a rho)_i`, then opens it; the `w_i` must add up to zero, for
//!   they add up to `z rho`.
//!
//! # Why `rho`
//! A party that enters a pad with the difference `delta` makes `z = chi^(b+1) delta D_state`. Opening that gives it
//! `D_state`, and with it the power to alter any state. Times `rho`, which nobody knows, it is uniformly random
//! if it is not zero, and `e` is masked by `a`.
//!
//! # Why the commitments
//! The last to speak could otherwise make the sum zero whatever it is.

use arx_wire::bits::PackedBits;
use arx_wire::hash::LabelledHash;
use mpc_field::Gf128;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::entry::{Entered, to_element};
use super::share::AuthShare;
use super::{DishonestMajority, Share};
use crate::ProtocolError;
use crate::channel::{Channel, PhaseKind};
use crate::correlation::{AuthBits, CorrelationSource, StateKeyId, StockError};
use crate::protocol::StateVector;
use crate::session::Broadcast;

/// Bits of a block.
const BLOCK_BITS: usize = 128;

/// All parties' pads of one state.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct StateEntry {
    pad: Vec<Share>,
    /// By block: this party's additive share of `D_state` times the sum of all pads.
    products: Vec<Gf128>,
    /// This party's share of `D_state`.
    delta: Gf128,
    /// This party's pads of the tags.
    tag_pads: Vec<Gf128>,
}

impl StateEntry {
    pub(super) fn pad_sum(&self) -> Vec<Share> {
        self.pad.clone()
    }

    /// By block: this party's share of `D_state x_b` under its pad of the tag.
    fn masked_products<'a>(&'a self, c: &'a PackedBits) -> impl Iterator<Item = Gf128> + 'a {
        let terms = self.products.iter().zip(&self.tag_pads).zip(blocks(c));
        terms.map(|((product, pad), block)| *product + *pad + self.delta * block)
    }
}

/// Random bits for one state: as shares under the batch's keys and as shares under the state keys.
pub(super) struct DoubleShares<const N: usize> {
    pub(super) shares: Zeroizing<Vec<AuthShare<N>>>,
    under_state_key: Zeroizing<Vec<AuthShare<N>>>,
    delta: Gf128,
}

impl<C: Channel, S: CorrelationSource, const N: usize> DishonestMajority<C, S, N> {
    pub(super) fn state_bits(
        &mut self,
        key: &StateKeyId,
        count: usize,
    ) -> Result<DoubleShares<N>, ProtocolError> {
        let delta = self.source.state_delta(key)?;
        let items = self.source.state_bits(key, count)?;
        let shares = self.shares_of(items.bits())?;
        let (macs, keys) = (items.state_macs().to_vec(), items.state_keys().to_vec());
        let me = self.session.me();
        let under_state_key = AuthBits::new(me, count, items.bits().shares().to_vec(), macs, keys)?;
        let under_state_key = self.shares_of(&under_state_key)?;
        Ok(DoubleShares { shares, under_state_key, delta })
    }

    /// The entry of a state whose pad was entered on `bits`. What the parties' corrections do to the keys of the
    /// batch, they do to the state keys.
    pub(super) fn state_entry(
        &mut self,
        state: StateVector,
        bits: &DoubleShares<N>,
        entered: Entered<N>,
    ) -> StateEntry {
        let mut products = Vec::with_capacity(entered.bits.len().div_ceil(BLOCK_BITS));
        let blocks = entered.bits.chunks(BLOCK_BITS).zip(bits.under_state_key.chunks(BLOCK_BITS));
        for (index, (pads, random)) in blocks.enumerate() {
            let random = to_element(random);
            let mut product = bits.delta * to_element(pads).macs[self.me];
            for peer in self.peers() {
                let correction = element_at(&entered.corrections[peer], index);
                product += random.macs[peer] + random.keys[peer] + bits.delta * correction;
            }
            products.push(product);
        }
        let mut tag_pads = state.tag_pads.to_vec();
        tag_pads.truncate(products.len());
        StateEntry { pad: self.wires_of(&entered.bits, None), products, delta: bits.delta, tag_pads }
    }

    /// Broadcasts this party's shares of the tags of states that are written, under their pads.
    pub(super) async fn open_state_tags(
        &mut self,
        writes: &[(&PackedBits, &StateEntry)],
    ) -> Result<Vec<Vec<Gf128>>, ProtocolError> {
        let mut message = Vec::new();
        for (c, entry) in writes {
            require_length(c, entry)?;
            message.extend(entry.masked_products(c).flat_map(Gf128::to_bytes));
        }
        let broadcast = self.session.broadcast(PhaseKind::StateTags, message).await?;
        let mut sums = element_sums(&broadcast).into_iter();
        Ok(writes.iter().map(|(_, entry)| sums.by_ref().take(entry.products.len()).collect()).collect())
    }

    /// The load check of all these states together. Everything opened so far is checked first.
    pub(super) async fn check_stored(
        &mut self,
        stored: &[(&PackedBits, &[Gf128], &StateEntry)],
    ) -> Result<(), ProtocolError> {
        if stored.is_empty() {
            return Ok(());
        }
        self.check_pending().await?;
        let chi = self.toss_challenge().await?;
        let mut power = Gf128::ONE;
        let mut z = Gf128::ZERO;
        for (c, tags, entry) in stored {
            require_length(c, entry)?;
            if tags.len() != entry.products.len() {
                return Err(width_mismatch(entry.products.len(), tags.len()));
            }
            for (tag, product) in tags.iter().zip(entry.masked_products(c)) {
                power *= chi;
                // The tag is public: it is the first party's.
                z += power * if self.me == 0 { *tag + product } else { product };
            }
        }
        let triple = self.source.field_triples(1)?.pop();
        let triple = triple.ok_or(StockError::Damaged { what: "a triple over the field is missing" })?;

        let e = (z + triple.a).to_bytes().to_vec();
        let e = self.session.broadcast(PhaseKind::LoadCheck, e).await?;
        let e = element_sums(&e).pop().unwrap_or_default();
        let w = (e * triple.b + triple.c).to_bytes();
        z.zeroize();

        let nonce = LabelledHash::new("arx/v1/dishonest/load").bytes(&*self.seed).u32(self.checks);
        let nonce = nonce.finish_secret();
        let commitment = self.load_commitment(self.me as u8, &w, &*nonce);
        let commitments = self.session.broadcast(PhaseKind::LoadCheck, commitment.to_vec()).await?;
        let opening = [&w[..], &*nonce].concat();
        let openings = self.session.broadcast(PhaseKind::LoadCheck, opening).await?;
        for ((party, opening), (_, committed)) in openings.iter().zip(commitments.iter()) {
            let (w, nonce) = opening.split_at(16);
            if self.load_commitment(party.0, w, nonce) != committed {
                return Err(ProtocolError::LoadCheckOpenedWrong { party });
            }
        }
        let sum = element_sums(&openings).first().copied().unwrap_or(Gf128::ONE);
        if bool::from(sum.ct_eq(&Gf128::ZERO)) { Ok(()) } else { Err(ProtocolError::StateMismatch) }
    }

    fn load_commitment(&self, party: u8, w: &[u8], nonce: &[u8]) -> [u8; 32] {
        let hash = LabelledHash::new("arx/v1/load/c").bytes(self.session.id()).u32(self.checks).u8(party);
        hash.bytes(w).bytes(nonce).finish()
    }
}

/// The blocks of a bit string as elements of the field.
fn blocks(bits: &PackedBits) -> impl Iterator<Item = Gf128> + '_ {
    let count = bits.as_bytes().len().div_ceil(BLOCK_BITS / 8);
    (0..count).map(|index| element_at(bits.as_bytes(), index))
}

/// A block of bits, padded with zeros, as an element of the field.
fn element_at(bits: &[u8], index: usize) -> Gf128 {
    let mut bytes = [0; BLOCK_BITS / 8];
    bits.iter().skip(index * bytes.len()).zip(&mut bytes).for_each(|(from, to)| *to = *from);
    Gf128::from_bytes(bytes)
}

/// The sums over all parties of the elements at the front of their payloads.
fn element_sums(broadcast: &Broadcast) -> Vec<Gf128> {
    let mut sums = Vec::new();
    for (_, payload) in broadcast.iter() {
        let elements = payload.as_chunks::<16>().0;
        sums.resize(elements.len(), Gf128::ZERO);
        sums.iter_mut().zip(elements).for_each(|(sum, bytes)| *sum += Gf128::from_bytes(*bytes));
    }
    sums
}

fn require_length(c: &PackedBits, entry: &StateEntry) -> Result<(), ProtocolError> {
    if c.len() as usize == entry.pad.len() && entry.tag_pads.len() == entry.products.len() {
        Ok(())
    } else {
        Err(width_mismatch(entry.pad.len(), c.len() as usize))
    }
}

const fn width_mismatch(expected: usize, actual: usize) -> ProtocolError {
    ProtocolError::WidthMismatch { what: "a stored state", expected, actual }
}
