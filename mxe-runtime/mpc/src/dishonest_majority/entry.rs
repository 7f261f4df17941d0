//! Private vectors: authenticated input, and tags as linear functions of it.

use arx_wire::bits::PackedBits;
use mpc_field::Gf128;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::share::AuthShare;
use super::tape::Columns;
use super::{DishonestMajority, Share, StateEntry, last_byte_mask, masked};
use crate::ProtocolError;
use crate::channel::{Channel, PhaseKind};
use crate::correlation::CorrelationSource;
use crate::protocol::{PrivateVector, StateVector};

/// Bits of a mask.
const MASK_BITS: usize = 128;

/// All parties' private vectors of one entry. Place `k` of a list has bit `k` of *every* party: its own bit as
/// its share, and MACs and keys on each. The sum of the shares is therefore the sum of the vectors.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Entry<const N: usize> {
    pad: Vec<AuthShare<N>>,
    mask: Vec<AuthShare<N>>,
    /// The pad on the tape.
    wires: Vec<Share>,
}

impl<const N: usize> Entry<N> {
    /// Shares of the sum of all pads.
    pub(super) fn pad_sum(&self) -> Vec<Share> {
        self.wires.clone()
    }

    /// `U_h(pad) + mask` of every party without the constant term of `U_h`: this party's own tag, its MACs,
    /// and the keys to the others' tags.
    fn tag(&self, h: Gf128) -> AuthShare<N> {
        let blocks = self.pad.chunks(128).map(to_element);
        let hash = blocks.fold(AuthShare::ZERO, |sum: AuthShare<N>, block| sum.plus(&block).times(h));
        hash.times(h).plus(&to_element(&self.mask))
    }
}

/// A group of bits that all parties entered.
pub(super) struct Entered<const N: usize> {
    /// As in an [`Entry`].
    pub(super) bits: Vec<AuthShare<N>>,
    /// By party: what it broadcast, its bits plus the random ones.
    pub(super) corrections: Vec<Vec<u8>>,
}

/// The field's element that up to 128 bits make, in every place.
pub(super) fn to_element<const N: usize>(bits: &[AuthShare<N>]) -> AuthShare<N> {
    bits.iter().rev().fold(AuthShare::ZERO, |sum, bit| sum.times_x().plus(bit))
}

impl<C: Channel, S: CorrelationSource, const N: usize> DishonestMajority<C, S, N> {
    /// `P_i` broadcasts `x + r` for each of its bits, where `r` is its share of a random authenticated bit. From
    /// then on it is bound to `x`: another value would have another MAC.
    pub(super) async fn enter_vectors(
        &mut self,
        mine: Vec<PrivateVector>,
        states: Vec<StateVector>,
    ) -> Result<(Vec<Entry<N>>, Vec<StateEntry>), ProtocolError> {
        let mut groups: Vec<_> =
            mine.iter().flat_map(|vector| [vector.pad.len() as usize, MASK_BITS]).collect();
        let random = self.source.bits(groups.iter().sum())?;
        let mut random = self.shares_of(&random)?;
        let mut values: Vec<_> = mine
            .iter()
            .flat_map(|vector| [vector.pad.as_bytes().to_vec(), vector.mask.to_bytes().to_vec()])
            .map(Zeroizing::new)
            .collect();
        let mut under_state_keys = Vec::with_capacity(states.len());
        for state in &states {
            let bits = self.state_bits(&state.key, state.pad.len() as usize)?;
            random.extend_from_slice(&bits.shares);
            groups.push(bits.shares.len());
            values.push(Zeroizing::new(state.pad.as_bytes().to_vec()));
            under_state_keys.push(bits);
        }
        let groups: Vec<_> =
            groups.into_iter().zip(&values).map(|(count, value)| (count, &value[..])).collect();
        let mut entered = self.enter_groups(&groups, &random).await?.into_iter();
        let mut entries = Vec::with_capacity(mine.len());
        for (_, (pad, mask)) in mine.iter().zip(std::iter::from_fn(|| entered.next().zip(entered.next()))) {
            let wires = self.wires_of(&pad.bits, None);
            entries.push(Entry { pad: pad.bits, mask: mask.bits, wires });
        }
        let states = states.into_iter().zip(under_state_keys.into_iter().zip(entered));
        let states = states.map(|(state, (bits, entered))| self.state_entry(state, &bits, entered)).collect();
        Ok((entries, states))
    }

    /// Enters groups of bits, each a count with this party's own value in whole bytes, on as many random
    /// authenticated bits. One broadcast.
    pub(super) async fn enter_groups(
        &mut self,
        groups: &[(usize, &[u8])],
        random: &[AuthShare<N>],
    ) -> Result<Vec<Entered<N>>, ProtocolError> {
        let mut message = Vec::new();
        let mut rest = random.iter();
        for (count, value) in groups {
            for (index, byte) in value.iter().enumerate() {
                let bits = rest.by_ref().take(8.min(count.saturating_sub(index * 8))).enumerate();
                message.push(bits.fold(*byte, |byte, (place, bit)| byte ^ bit.own_bit(self.me) << place));
            }
        }
        let broadcast = self.session.broadcast(PhaseKind::Enter, message).await?;

        let mut entered = Vec::with_capacity(groups.len());
        let (mut from, mut used) = (0, 0);
        for (count, value) in groups {
            let mut bits = random.get(used..used + count).unwrap_or_default().to_vec();
            let mut all_corrections = Vec::with_capacity(self.parties);
            for (party, payload) in broadcast.iter() {
                let corrections = payload.get(from..from + value.len()).unwrap_or_default();
                if corrections.last().is_some_and(|last| last & !last_byte_mask(*count) != 0) {
                    return Err(broadcast.malformed(party, "bits are set past the end of a private vector"));
                }
                all_corrections.push(corrections.to_vec());
                let correction = |index: usize| corrections[index / 8] >> (index % 8) & 1;
                let party = party.index();
                for (index, bit) in bits.iter_mut().enumerate() {
                    // x = r + d: the party's own share changes by d, everybody's key to it by d times its D.
                    if party == self.me {
                        bit.macs[party] += masked(Gf128::ONE, correction(index));
                    } else {
                        bit.keys[party] += masked(self.delta, correction(index));
                    }
                }
            }
            from += value.len();
            used += count;
            entered.push(Entered { bits, corrections: all_corrections });
        }
        Ok(entered)
    }

    /// Enters bits of this party's own, and gives shares of every party's, by party: of what was entered in one place
    /// by all, each party's part alone.
    pub(super) async fn enter_private_bits(
        &mut self,
        mine: &PackedBits,
    ) -> Result<Vec<Vec<Share>>, ProtocolError> {
        let count = mine.len() as usize;
        let random = self.source.bits(count)?;
        let random = self.shares_of(&random)?;
        let entered = self.enter_groups(&[(count, mine.as_bytes())], &random).await?;
        let together: Vec<_> = entered.into_iter().flat_map(|group| group.bits).collect();
        let together = Zeroizing::new(together);
        Ok((0..self.parties).map(|party| self.wires_of(&together, Some(party))).collect())
    }

    /// Puts bits that all parties entered on the tape: their sums, or one party's alone. That one holds its bit and the
    /// MACs on it, everybody else the keys.
    pub(super) fn wires_of(&mut self, bits: &[AuthShare<N>], party: Option<usize>) -> Vec<Share> {
        let (me, parties) = (self.me, self.parties);
        let of = |owner: usize| party.is_none_or(|party| party == owner);
        let column = |peer: usize, wanted: bool, element: fn(&AuthShare<N>, usize) -> Gf128| -> Vec<Gf128> {
            if !wanted || peer == me {
                Vec::new()
            } else {
                bits.iter().map(|bit| element(bit, peer)).collect()
            }
        };
        let columns = Columns {
            macs: (0..parties).map(|peer| column(peer, of(me), AuthShare::mac)).collect(),
            keys: (0..parties).map(|peer| column(peer, of(peer), AuthShare::key)).collect(),
        };
        self.tape.items(bits.iter().map(|bit| bit.own_bit(me) & u8::from(of(me))), columns)
    }

    /// Broadcasts this party's tags and notes everybody's for the next check.
    pub(super) async fn open_entry_tags(
        &mut self,
        entries: &[(Gf128, &Entry<N>)],
    ) -> Result<Vec<Vec<Gf128>>, ProtocolError> {
        let mut shares = Vec::with_capacity(entries.len());
        for (h, entry) in entries {
            // The polynomial hash ends in the length, which is no secret: times h, a constant in every tag.
            let length = Gf128::from_bits(entry.pad.len() as u128) * *h;
            let mut tag = entry.tag(*h);
            tag.macs[self.me] += length;
            for peer in self.peers() {
                tag.keys[peer] += length * self.delta;
            }
            shares.push(tag);
        }
        self.open_elements(PhaseKind::Tags, &shares).await
    }

    /// Broadcasts elements of the field that each party knows its own of, and notes everybody's for the next
    /// check. The result has one list per element, with one value per party.
    pub(super) async fn open_elements(
        &mut self,
        kind: PhaseKind,
        shares: &[AuthShare<N>],
    ) -> Result<Vec<Vec<Gf128>>, ProtocolError> {
        let message = shares.iter().flat_map(|share| share.macs[self.me].to_bytes()).collect();
        let broadcast = self.session.broadcast(kind, message).await?;
        let mut opened = vec![Vec::with_capacity(self.parties); shares.len()];
        let mut macs = vec![Vec::new(); self.parties];
        let mut keys = macs.clone();
        for (party, payload) in broadcast.iter() {
            let values = payload.as_chunks::<16>().0.iter().map(|bytes| Gf128::from_bytes(*bytes));
            let values: Vec<_> = values.collect();
            opened.iter_mut().zip(&values).for_each(|(opened, value)| opened.push(*value));
            let (peer, delta) = (party.index(), self.delta);
            if peer != self.me {
                macs[peer] = shares.iter().map(|share| share.mac(peer)).collect();
                let expected = shares.iter().zip(&values);
                keys[peer] = expected.map(|(share, value)| share.key(peer) + *value * delta).collect();
            }
        }
        let first = self.tape.number(shares.len());
        self.pending.push(first, Columns { macs, keys });
        Ok(opened)
    }
}
