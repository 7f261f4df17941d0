//! Multiplication triples over GF(2^128), additively shared, without MACs: MASCOT [KOS16], section 4 (figure 4),
//! with correlated transfers in the place of the base transfers of COPEe.
//!
//! For each triple, with `t = 1, 2, 3` and bits `b_h`, `h = 0 .. 127`:
//!
//! 1. `P_i` has random elements `a_i` and `s_i`, and 3 times 128 authenticated bits, which are the elements
//!    `rho_i^t = sum_h b_h X^h`. (No fixed key: every triple has a second factor of its own.)
//! 2. For every ordered pair and bit `h` of `P_j`, `P_i` sends `u = H(K_i) + H(K_i + D_i) + a_i`. `P_i` has
//!    `H(K_i)` and `P_j` has `H(M_j) + b_h u`, which differ by `b_h a_i`. Summed up with `X^h`: shares of `a_i rho_j^t`.
//!    The same for `s_i` under other tweaks.
//! 3. *Combine*: a coin gives `r_1, r_2, r_3`; `rho = sum r_t rho^t`, and the products likewise. A `P_i` that uses
//!    other elements for some bits learns, from whether it is caught, bits of some `rho_j^t`; of the combination
//!    nothing is known.
//! 4. *Sacrifice*: a coin gives `w`; open `v = w a + s`. Then `w (a rho) + (s rho) + v rho = 0` in shares: all
//!    commit to theirs, open, and compare the sum with zero.
//!
//! Shares have no MACs, and a party may add what it likes to its own. That is no more than using another share,
//! and what triples are for (the check of a load, `docs/protocol.md`) bears it: there a product with an unknown
//! `rho` must be zero. What 4. catches is an error that depends on the secrets of others.

use mpc_field::{Gf128, inner_product, powers};
use mpc_ot::hash::{TweakRange, hash_in_place};
use mpc_ot::prg::Prg;
use zeroize::{Zeroize, Zeroizing};

use super::PreprocessingError;
use super::extension::{Extension, Rows};
use super::keys::KeySet;
use super::leaky::masks;
use super::party::{Cheat, Party};
use crate::PartyId;
use crate::channel::{Channel, PhaseKind};
use crate::correlation::FieldTriple;

/// Elements that are combined to a second factor.
const COMBINED: usize = 3;
const ELEMENT_BITS: usize = 128;

/// Authenticated bits that a triple takes of each party.
pub(super) const BITS_PER_TRIPLE: usize = COMBINED * ELEMENT_BITS;

/// Stages of the hash's tweaks: products with `a` and with `s`.
const STAGES: [u8; 2] = [1, 2];

/// Triples whose messages go together.
const STRETCH: usize = 64;

/// Makes `count` triples. `first_bit` counts the bits that were used before in the batch.
pub(super) async fn make<C: Channel>(
    party: &mut Party<C>,
    keys: &mut KeySet,
    count: usize,
    first_bit: u64,
) -> Result<Vec<FieldTriple>, PreprocessingError> {
    let mut triples = Vec::with_capacity(count);
    while triples.len() < count {
        let first_bit = first_bit + (triples.len() * BITS_PER_TRIPLE) as u64;
        triples.extend(stretch(party, keys, STRETCH.min(count - triples.len()), first_bit).await?);
    }
    Ok(triples)
}

async fn stretch<C: Channel>(
    party: &mut Party<C>,
    keys: &mut KeySet,
    count: usize,
    first_bit: u64,
) -> Result<Vec<FieldTriple>, PreprocessingError> {
    let mut extension = Extension::new(count * COMBINED);
    extension.run(party, &mut [&mut *keys]).await?;
    let rows = Rows::of(&extension, 0, 0, count * COMBINED);
    let rhos: &[u128] = extension.choices();

    // 1. and 2., first for a and then for s.
    let mut factors = [vec![Gf128::ZERO; count], vec![Gf128::ZERO; count]];
    let mut products = [Vec::new(), Vec::new()];
    for ((factors, products), stage) in factors.iter_mut().zip(&mut products).zip(STAGES) {
        let mut drawn = Zeroizing::new(vec![0; count]);
        party.draw_choices(&mut drawn);
        factors.iter_mut().zip(drawn.iter()).for_each(|(factor, word)| *factor = Gf128::from_bits(*word));
        *products = multiply(party, keys.global_key(), &rows, factors, rhos, stage, first_bit).await?;
    }

    // 3. Combine.
    let mut coin = [0; COMBINED];
    Prg::new(&party.toss().await?).fill(0, &mut coin);
    let combine = |elements: &[Gf128]| inner_product(&coin.map(Gf128::from_bits), elements);
    let rho = |words: &[u128]| combine(&words.iter().map(|word| Gf128::from_bits(*word)).collect::<Vec<_>>());
    let rho: Zeroizing<Vec<Gf128>> = Zeroizing::new(rhos.chunks(COMBINED).map(rho).collect());
    let [with_a, with_s] =
        products.map(|products| Zeroizing::new(products.chunks(COMBINED).map(combine).collect::<Vec<_>>()));

    // 4. Sacrifice.
    let weight = party.toss().await?;
    let weight = Gf128::from_bytes(weight);
    let masked: Vec<u128> =
        factors[0].iter().zip(&factors[1]).map(|(a, s)| (weight * *a + *s).to_bits()).collect();
    let opened = party.open_words(PhaseKind::Open, &masked).await?;
    let opened = super::leaky::sum_of(&opened);
    let mut zeros = Vec::with_capacity(count * 16);
    for (index, v) in opened.iter().enumerate() {
        let zero = weight * with_a[index] + with_s[index] + Gf128::from_bits(*v) * rho[index];
        zeros.extend(zero.to_bytes());
    }
    let opened = party.commit_and_open("the sacrifice of field triples", &zeros).await?;
    let mut sum = vec![0; zeros.len()];
    for (_, zeros) in &opened {
        sum.iter_mut().zip(zeros).for_each(|(sum, byte)| *sum ^= byte);
    }
    if sum.iter().any(|byte| *byte != 0) {
        return Err(PreprocessingError::Products { what: "triples over GF(2^128)" });
    }
    let triple = |index: usize| FieldTriple { a: factors[0][index], b: rho[index], c: with_a[index] };
    let triples = (0..count).map(triple).collect();
    factors.iter_mut().for_each(|factors| factors.zeroize());
    Ok(triples)
}

/// Shares of the products of the sum of all parties' factors with the sums of their elements `rhos`, of which
/// there are three for each factor.
async fn multiply<C: Channel>(
    party: &mut Party<C>,
    global_key: Gf128,
    rows: &Rows,
    factors: &[Gf128],
    rhos: &[u128],
    stage: u8,
    first_bit: u64,
) -> Result<Vec<Gf128>, PreprocessingError> {
    let me = party.me();
    let session = *party.session.id();
    // X^h, from X^0.
    let mut basis = vec![Gf128::ONE];
    basis.extend(powers(Gf128::from_bits(2), ELEMENT_BITS - 1));
    let factor_of = |element: usize| factors[element / COMBINED];
    let mut products: Vec<Gf128> =
        rhos.iter().enumerate().map(|(element, rho)| factor_of(element) * Gf128::from_bits(*rho)).collect();
    let hashed = |words: &[Gf128], offset: Gf128, key_holder: PartyId, mac_holder: PartyId| {
        let mut hashed =
            Zeroizing::new(words.iter().map(|word| (*word + offset).to_bits()).collect::<Vec<_>>());
        hash_in_place(TweakRange::new(&session, key_holder.0, mac_holder.0, stage), first_bit, &mut hashed);
        hashed
    };
    let mut add = |masks: &[u128]| {
        for (product, masks) in products.iter_mut().zip(masks.chunks(ELEMENT_BITS)) {
            *product += inner_product(&basis, bytemuck::cast_slice(masks));
        }
    };
    let mut messages = Vec::new();
    for (peer, _, keys) in rows.iter() {
        let mine = hashed(keys, Gf128::ZERO, me, peer);
        let other = hashed(keys, global_key, me, peer);
        let mut message = Vec::with_capacity(mine.len() * 16);
        for (bit, (mine, other)) in mine.iter().zip(other.iter()).enumerate() {
            let mut factor = factor_of(bit / ELEMENT_BITS).to_bits();
            if party.cheat == Some(Cheat::OtherElementsTowards(peer)) {
                factor ^= bit as u128;
            }
            message.extend((mine ^ other ^ factor).to_le_bytes());
        }
        add(&mine);
        messages.push((peer, message));
    }
    let received = party.scatter(PhaseKind::Products, messages).await?;
    for ((peer, macs, _), (_, message)) in rows.iter().zip(&received) {
        let mut mine = hashed(macs, Gf128::ZERO, peer, me);
        let bits = rhos.iter().flat_map(|rho| masks(*rho));
        for ((mine, mask), word) in mine.iter_mut().zip(bits).zip(message.as_chunks::<16>().0) {
            *mine ^= u128::from_le_bytes(*word) & mask;
        }
        add(&mine);
    }
    Ok(products)
}
