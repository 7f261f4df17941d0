//! What was computed so far, and the check of it by adjoints.
//!
//! The gate loop works on shares alone: a wire is one bit. Which wire came of which others is written down on a
//! *tape*, and the MACs stay where they are, in the items of the stock. The number that a check sends, `mu_i^j = sum_k
//! chi_k M_(k,i)^j` over the openings `k`, is linear in the MACs of the items; its coefficients are found by going
//! through the tape backwards, each wire `w` with its *adjoint* `A_w`, the coefficient of its MAC:
//!
//! | on the tape | adjoints |
//! | --- | --- |
//! | `w` is opened as opening `k` | `A_w += chi_k` |
//! | `w = u + v` | `A_u += A_w`, `A_v += A_w` |
//! | `w = u + 1` | `A_u += A_w`, `C += A_w` |
//! | `w = uv` by `(a, b, c)`, `e = u + a` and `f = v + b` opened as `k`, `l` | `A_c = A_w`, `A_a = f A_w + chi_k`, `A_b = e A_w + chi_l`, `A_u += chi_k`, `A_v += chi_l`, `C += e f A_w` |
//! | `w` is an item `s` of the stock | `A_s = A_w` |
//!
//! Then `mu_i^j = sum_s A_s M_(s,i)^j`, and `P_j` requires that it is `sum_s A_s K_(s,j)^i + D_j (sum_k chi_k x_(k,i) +
//! [i = 0] C)`. Adjoints, `C`, `e` and `f` are public. It is the same number as if every wire had carried its MACs;
//! the cost is one inner product over the items for every peer and side, and no word of memory for a wire.
//!
//! An opening enters one check alone; in later ones its `chi` is zero, and what has the adjoint zero is skipped. So
//! checks after the first pay for what is new, and a look at what is not.

use mpc_field::{Gf128, inner_product, powers};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::masked;

/// Openings whose powers of `chi` are made at once.
const BLOCK: usize = 1 << 10;

/// One party's share of a bit: a wire of the engine's tape, or its negation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Zeroize)]
pub struct Share(u32);

impl Share {
    /// The constant zero.
    pub(super) const ZERO: Self = Self(0);

    const fn wire(self) -> usize {
        (self.0 >> 1) as usize
    }

    const fn is_negated(self) -> bool {
        self.0 & 1 == 1
    }

    pub(super) const fn negated_if(self, negate: bool) -> Self {
        Self(self.0 ^ negate as u32)
    }
}

/// MACs and keys of items, by peer. A column may be empty: then the items have none with that peer. Wiped when dropped.
#[derive(Clone, Default, Zeroize, ZeroizeOnDrop)]
pub(super) struct Columns {
    pub(super) macs: Vec<Vec<Gf128>>,
    pub(super) keys: Vec<Vec<Gf128>>,
}

/// Shares of bits that one broadcast opened: which, and what each party said.
struct Opening {
    /// The number of the first of them among all openings of the session.
    first: u64,
    count: usize,
    /// By party: its shares, eight to a byte.
    said: Vec<Vec<u8>>,
}

/// Gates and items, in the order in which they were made. Outputs of a segment are consecutive wires from `first` on.
enum Segment {
    /// Items of the stock.
    Items { first: usize, count: usize, columns: Columns },
    /// Sums of two wires.
    Sums { first: usize, pairs: Vec<[u32; 2]> },
    /// Products. `e` and `f` are what was opened.
    Products {
        first: usize,
        left: Vec<Share>,
        right: Vec<Share>,
        items: [Columns; 3],
        e: Vec<u8>,
        f: Vec<u8>,
        opening: u64,
    },
    /// Bits that were opened.
    Opened { shares: Vec<Share>, opening: u64 },
}

/// One party's tape of a session.
pub(super) struct Tape {
    me: usize,
    /// By wire: this party's share.
    values: Vec<u8>,
    segments: Vec<Segment>,
    /// Openings that no check covers yet.
    openings: Vec<Opening>,
    /// Openings of the session, and those before the first that no check covers.
    opened: u64,
    checked: u64,
    overflown: bool,
}

impl Drop for Tape {
    fn drop(&mut self) {
        self.values.zeroize();
    }
}

impl Tape {
    pub(super) fn new(me: usize) -> Self {
        Self {
            me,
            values: vec![0],
            segments: Vec::new(),
            openings: Vec::new(),
            opened: 0,
            checked: 0,
            overflown: false,
        }
    }

    /// Whether there were more wires than have numbers: then nothing on the tape means anything.
    pub(super) const fn is_overflown(&self) -> bool {
        self.overflown
    }

    /// Openings that no check covers yet.
    pub(super) const fn pending(&self) -> u64 {
        self.opened - self.checked
    }

    /// This party's share of a bit.
    pub(super) fn value(&self, share: Share) -> u8 {
        // The constant one is the first party's.
        self.values[share.wire()] ^ u8::from(share.is_negated() && self.me == 0)
    }

    fn push(&mut self, value: u8) -> u32 {
        let wire = self.values.len();
        if wire >= 1 << 31 {
            self.overflown = true;
            return 0;
        }
        self.values.push(value);
        wire as u32
    }

    /// The sum of two bits.
    #[inline]
    pub(super) fn sum(&mut self, left: Share, right: Share) -> Share {
        let negate = left.is_negated() != right.is_negated();
        let (u, v) = (left.0 >> 1, right.0 >> 1);
        if u == 0 || v == 0 {
            return Share((u | v) << 1).negated_if(negate);
        }
        let wire = self.push(self.values[u as usize] ^ self.values[v as usize]);
        match self.segments.last_mut() {
            Some(Segment::Sums { pairs, .. }) => pairs.push([u, v]),
            _ => self.segments.push(Segment::Sums { first: wire as usize, pairs: vec![[u, v]] }),
        }
        Share(wire << 1).negated_if(negate)
    }

    /// Puts items of the stock on the tape.
    pub(super) fn items(&mut self, values: impl Iterator<Item = u8>, columns: Columns) -> Vec<Share> {
        let first = self.values.len();
        let shares: Vec<_> = values.map(|value| Share(self.push(value) << 1)).collect();
        self.segments.push(Segment::Items { first, count: shares.len(), columns });
        shares
    }

    /// Puts products on the tape, whose shares are `values` and whose masked factors were opened as `e` and `f`, in the
    /// opening that was noted last.
    pub(super) fn products(
        &mut self,
        [left, right]: [&[Share]; 2],
        values: impl Iterator<Item = u8>,
        items: [Columns; 3],
        [e, f]: [Vec<u8>; 2],
        products: &mut Vec<Share>,
    ) {
        let first = self.values.len();
        products.extend(values.map(|value| Share(self.push(value) << 1)));
        let opening = self.opened - 2 * left.len() as u64;
        let (left, right) = (left.to_vec(), right.to_vec());
        self.segments.push(Segment::Products { first, left, right, items, e, f, opening });
    }

    /// Notes that the shares on the tape were opened, as what was noted last.
    pub(super) fn shares_opened(&mut self, shares: &[Share]) {
        let opening = self.opened - shares.len() as u64;
        self.segments.push(Segment::Opened { shares: shares.to_vec(), opening });
    }

    /// Notes what each party said in an opening of `count` bits.
    pub(super) fn said(&mut self, count: usize, said: Vec<Vec<u8>>) {
        self.openings.push(Opening { first: self.opened, count, said });
        self.opened += count as u64;
    }

    /// Numbers `count` openings that are not on the tape; gives the first number.
    pub(super) fn number(&mut self, count: usize) -> u64 {
        self.opened += count as u64;
        self.opened - count as u64
    }

    /// The exponent of `chi` of an opening, by its number; `None` for one that was checked before.
    pub(super) fn exponent(&self, opening: u64) -> Option<u64> {
        opening.checked_sub(self.checked).map(|place| place + 1)
    }

    /// Everything opened so far is checked.
    pub(super) fn clear(&mut self) {
        self.checked = self.opened;
        self.openings.clear();
    }

    /// By party: what this party's answer to it is made of, and what its answer is to be without the openings that are not
    /// on the tape.
    pub(super) fn answers(&self, chi: Gf128, parties: usize, delta: Gf128) -> Answers {
        let mut answers = Answers { mine: vec![Gf128::ZERO; parties], theirs: vec![Gf128::ZERO; parties] };
        // What each party opened, times its powers.
        for opening in &self.openings {
            let Some(exponent) = self.exponent(opening.first) else { continue };
            for (party, said) in opening.said.iter().enumerate().filter(|(party, _)| *party != self.me) {
                answers.theirs[party] += weighted_bits(chi, exponent, said, opening.count);
            }
        }
        let mut walk = Walk {
            chi,
            tape: self,
            adjoints: vec![Gf128::ZERO; self.values.len()],
            constant: Gf128::ZERO,
            sums: Answers { mine: vec![Gf128::ZERO; parties], theirs: vec![Gf128::ZERO; parties] },
        };
        self.segments.iter().rev().for_each(|segment| walk.segment(segment));
        answers.theirs[0] += walk.constant;
        for theirs in &mut answers.theirs {
            *theirs *= delta;
        }
        for (answers, sums) in
            [(&mut answers.mine, &walk.sums.mine), (&mut answers.theirs, &walk.sums.theirs)]
        {
            answers.iter_mut().zip(sums).for_each(|(answer, sum)| *answer += *sum);
        }
        answers
    }
}

/// By party: this party's answer to it, and what its answer has to be.
pub(super) struct Answers {
    pub(super) mine: Vec<Gf128>,
    pub(super) theirs: Vec<Gf128>,
}

/// A way back through the tape.
struct Walk<'a> {
    chi: Gf128,
    tape: &'a Tape,
    adjoints: Vec<Gf128>,
    /// The coefficient of the constant one.
    constant: Gf128,
    sums: Answers,
}

impl Walk<'_> {
    fn segment(&mut self, segment: &Segment) {
        match segment {
            Segment::Items { first, count, columns } => {
                for start in (0..*count).step_by(BLOCK) {
                    let end = (start + BLOCK).min(*count);
                    let adjoints = &self.adjoints[first + start..first + end];
                    self.sums.add(columns, start, adjoints);
                }
            }
            Segment::Sums { first, pairs } => {
                for (index, [u, v]) in pairs.iter().enumerate().rev() {
                    let adjoint = self.adjoints[first + index];
                    if adjoint.to_bits() != 0 {
                        self.adjoints[*u as usize] += adjoint;
                        self.adjoints[*v as usize] += adjoint;
                    }
                }
            }
            Segment::Opened { shares, opening } => {
                let Some(exponent) = self.tape.exponent(*opening) else { return };
                let mut powers = Powers::new(self.chi, exponent);
                for shares in shares.chunks(BLOCK) {
                    for (share, chi) in shares.iter().zip(powers.next(shares.len())) {
                        self.add(*share, *chi);
                    }
                }
            }
            Segment::Products { first, left, right, items, e, f, opening } => {
                let exponent = self.tape.exponent(*opening);
                let count = left.len();
                let from =
                    |offset: usize| exponent.map(|exponent| Powers::new(self.chi, exponent + offset as u64));
                let (mut for_e, mut for_f) = (from(0), from(count));
                let mut of_items = [[Gf128::ZERO; BLOCK]; 3];
                for start in (0..count).step_by(BLOCK) {
                    let end = count.min(start + BLOCK);
                    let length = end - start;
                    let outputs = &self.adjoints[first + start..first + end];
                    if exponent.is_none() && outputs.iter().all(|adjoint| adjoint.to_bits() == 0) {
                        continue;
                    }
                    let [of_a, of_b, of_c] = &mut of_items;
                    of_c[..length].copy_from_slice(outputs);
                    for index in 0..length {
                        let (e, f) = (bit(e, start + index), bit(f, start + index));
                        let adjoint = of_c[index];
                        of_a[index] = masked(adjoint, f);
                        of_b[index] = masked(adjoint, e);
                        self.constant += masked(adjoint, e & f);
                    }
                    if let Some((for_e, for_f)) = for_e.as_mut().zip(for_f.as_mut()) {
                        let (for_e, for_f) = (for_e.next(length), for_f.next(length));
                        for (adjoint, chi) in of_a.iter_mut().zip(for_e).chain(of_b.iter_mut().zip(for_f)) {
                            *adjoint += *chi;
                        }
                        for (shares, chi) in [(left, for_e), (right, for_f)] {
                            for (share, chi) in shares[start..end].iter().zip(chi) {
                                self.add(*share, *chi);
                            }
                        }
                    }
                    for (columns, adjoints) in items.iter().zip(&of_items) {
                        self.sums.add(columns, start, &adjoints[..length]);
                    }
                }
            }
        }
    }

    #[inline]
    fn add(&mut self, share: Share, adjoint: Gf128) {
        self.adjoints[share.wire()] += adjoint;
        self.constant += masked(adjoint, share.is_negated().into());
    }
}

impl Answers {
    /// Adds what items from `start` on contribute, whose adjoints these are.
    fn add(&mut self, columns: &Columns, start: usize, adjoints: &[Gf128]) {
        if adjoints.iter().all(|adjoint| adjoint.to_bits() == 0) {
            return;
        }
        for (sums, columns) in [(&mut self.mine, &columns.macs), (&mut self.theirs, &columns.keys)] {
            for (sum, column) in sums.iter_mut().zip(columns) {
                if let Some(column) = column.get(start..start + adjoints.len()) {
                    *sum += inner_product(adjoints, column);
                }
            }
        }
    }
}

/// Powers of `chi` one after another, in blocks.
struct Powers {
    /// The first `BLOCK` powers.
    table: Vec<Gf128>,
    factor: Gf128,
    block: Vec<Gf128>,
}

impl Powers {
    /// From `chi^exponent` on.
    fn new(chi: Gf128, exponent: u64) -> Self {
        let table = powers(chi, BLOCK);
        Self { table, factor: power(chi, exponent - 1), block: Vec::new() }
    }

    /// The next `count`, at most [`BLOCK`].
    fn next(&mut self, count: usize) -> &[Gf128] {
        self.block.clear();
        self.block.extend(self.table.iter().take(count).map(|power| *power * self.factor));
        if let Some(last) = self.block.last() {
            self.factor = *last;
        }
        &self.block
    }
}

pub(super) fn power(chi: Gf128, mut exponent: u64) -> Gf128 {
    let (mut square, mut power) = (chi, Gf128::ONE);
    while exponent > 0 {
        if exponent & 1 == 1 {
            power *= square;
        }
        square *= square;
        exponent >>= 1;
    }
    power
}

/// `sum_k chi^(exponent + k) x_k` over bits.
fn weighted_bits(chi: Gf128, exponent: u64, bits: &[u8], count: usize) -> Gf128 {
    let mut powers = Powers::new(chi, exponent);
    let mut sum = Gf128::ZERO;
    for start in (0..count).step_by(BLOCK) {
        let length = BLOCK.min(count - start);
        for (index, chi) in powers.next(length).iter().enumerate() {
            sum += masked(*chi, bit(bits, start + index));
        }
    }
    sum
}

#[inline]
pub(super) fn bit(bytes: &[u8], index: usize) -> u8 {
    bytes[index / 8] >> (index % 8) & 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn powers_go_on_over_blocks(chi: u128, exponent in 1_u64..5000, lengths in prop::collection::vec(1..=BLOCK, 1..4)) {
            let chi = Gf128::from_bits(chi);
            let mut powers = Powers::new(chi, exponent);
            let mut expected = power(chi, exponent);
            for length in lengths {
                for actual in powers.next(length) {
                    prop_assert_eq!(*actual, expected);
                    expected *= chi;
                }
            }
        }
    }
}
