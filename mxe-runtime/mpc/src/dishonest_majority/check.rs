//! The batched check of everything that was opened ([DPSZ12] section 4.3 in its batching, pairwise).
//!
//! 1. Every party states the digest of the transcript, which covers every individual share that was opened,
//!    with a commitment to its part of a coin; all statements must be equal.
//! 2. The coin is opened: `chi`. It was not known to anyone when the shares were fixed.
//! 3. `P_i` sends `mu_i^j = sum_k chi^(k+1) M_(k,i)^j` to `P_j` alone, which compares it with `sum_k chi^(k+1)
//!    (K_(k,j)^i + x_(k,i) D_j)`.
//!
//! A party that opened any share wrongly passes at an honest `P_j` only if it guesses a value that is
//! `D_j` times a non-zero polynomial in `chi`: probability at most `(m + 1) / 2^128` for `m` openings.

use arx_wire::coin::{CoinName, challenge};
use arx_wire::hash::LabelledHash;
use mpc_field::{Gf128, inner_product, powers};
use subtle::ConstantTimeEq;

use super::DishonestMajority;
use super::tape::{Answers, Columns, power};
use crate::channel::{Channel, PartyId, PhaseKind};
use crate::correlation::CorrelationSource;
use crate::{ProtocolError, coin};

/// Openings of elements of the field that no check covers yet, which are not on the tape: the MACs of what this party
/// sent, and in the place of keys what the others' must be.
#[derive(Default)]
pub(super) struct Pending(Vec<(u64, Columns)>);

impl Pending {
    /// Notes openings, the first of which has the number `first`.
    pub(super) fn push(&mut self, first: u64, columns: Columns) {
        self.0.push((first, columns));
    }
}

impl<C: Channel, S: CorrelationSource, const N: usize> DishonestMajority<C, S, N> {
    pub(super) async fn check_pending(&mut self) -> Result<(), ProtocolError> {
        if self.tape.pending() == 0 {
            return Ok(());
        }
        if self.tape.is_overflown() {
            let (expected, actual) = (u32::MAX as usize / 2, usize::MAX);
            return Err(ProtocolError::WidthMismatch { what: "the list of wires", expected, actual });
        }
        let chi = self.toss_challenge().await?;
        let Answers { mine: mut answers, theirs: mut expected } =
            self.tape.answers(chi, self.parties, self.delta);
        for (first, columns) in &self.pending.0 {
            let Some(exponent) = self.tape.exponent(*first) else { continue };
            let factor = power(chi, exponent - 1);
            for (sums, columns) in [(&mut answers, &columns.macs), (&mut expected, &columns.keys)] {
                let products = powers_products(chi, columns);
                sums.iter_mut().zip(products).for_each(|(sum, product)| *sum += factor * product);
            }
        }
        let answers = self.peers().map(|peer| (PartyId(peer as u8), answers[peer].to_bytes().to_vec()));
        let answers = answers.collect();
        let received = self.session.scatter(PhaseKind::Check, answers).await?;
        // All are compared before any is named, so that nobody's time depends on whose share was wrong.
        let mut liar = None;
        for (party, answer) in &received {
            let expected = expected[party.index()].to_bytes();
            if !bool::from(answer.as_slice().ct_eq(&expected)) {
                liar.get_or_insert(*party);
            }
        }
        self.pending.0.clear();
        self.tape.clear();
        match liar {
            None => Ok(()),
            Some(party) => Err(ProtocolError::WrongShare { party }),
        }
    }

    /// A coin that nobody knew when the transcript, as it stands, was fixed.
    pub(super) async fn toss_challenge(&mut self) -> Result<Gf128, ProtocolError> {
        let name = CoinName::Challenge(self.checks);
        let value =
            LabelledHash::new("arx/v1/dishonest/coin").bytes(&*self.seed).u32(self.checks).finish_secret();
        // A session ends long before: every check takes three rounds.
        self.checks = self.checks.saturating_add(1);
        let statement = self.session.transcript_digest();
        let diverged = |party| ProtocolError::TranscriptDiverged { party };
        let coin = coin::toss(&mut self.session, name, &value, &statement, diverged).await?;
        Ok(challenge(&coin))
    }
}

/// `sum_k chi^(k+1) column[k]` of every column; all have one length or none.
fn powers_products(chi: Gf128, columns: &[Vec<Gf128>]) -> Vec<Gf128> {
    const BLOCK: usize = 1 << 12;
    let length = columns.iter().map(Vec::len).max().unwrap_or_default();
    let block_powers = powers(chi, length.min(BLOCK));
    let mut sums = vec![Gf128::ZERO; columns.len()];
    let mut factor = Gf128::ONE;
    for start in (0..length).step_by(BLOCK) {
        let end = length.min(start + BLOCK);
        for (sum, column) in sums.iter_mut().zip(columns).filter(|(_, column)| !column.is_empty()) {
            *sum += factor * inner_product(&block_powers[..end - start], &column[start..end]);
        }
        factor *= block_powers[end - start - 1];
    }
    sums
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn blocks_add_up_to_the_polynomial(chi: u128, elements in prop_oneof![vec(any::<u128>(), 0..23), vec(any::<u128>(), 4090..4100)]) {
            let chi = Gf128::from_bits(chi);
            let elements: Vec<_> = elements.into_iter().map(Gf128::from_bits).collect();
            let (mut power, mut sum) = (chi, Gf128::ZERO);
            for element in &elements {
                sum += power * *element;
                power *= chi;
            }
            prop_assert_eq!(powers_products(chi, &[elements, Vec::new()]), [sum, Gf128::ZERO]);
        }
    }
}
