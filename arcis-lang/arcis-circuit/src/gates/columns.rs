//! Sums of many bits of different weights: what multiplications and divisions end in.
//!
//! [`Columns`] holds bits by place. Full adders make of three bits of a place one of it and one of the next: one AND, one
//! round. When no place has more than two bits left, the two rows are added as words.
//!
//! *Small* goes through the columns from the low end and leaves no column before it is down to two bits. Its carries run
//! along, as those of the last addition do anyway, and it needs full adders only.
//!
//! *Fast* goes in rounds (L. Dadda, "Some schemes for parallel multipliers", 1965): each makes all columns at once lower
//! than the next one in 2, 3, 4, 6, 9, 13 .., every one half as high again as the one before, with a half adder here and
//! there to hit the height exactly: 10 rounds for 64 rows.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Shape;
use super::add::add;
use super::graph::{Graph, Literal};

/// Bits to be added, by place; sums wrap at the last place.
#[derive(Clone)]
pub(super) struct Columns {
    columns: Vec<Vec<Literal>>,
    /// A constant to be added: all ones of the columns are gathered here.
    constant: Vec<bool>,
    /// The place of the first column: bits below are dropped.
    first: usize,
}

impl Columns {
    /// An empty sum of `width` places.
    pub(super) fn new(width: usize) -> Self {
        Self::from_place(0, width)
    }

    /// An empty sum of the places `first .. first + width`: everything positive that is added below is dropped, so that
    /// the sum is too small by less than the number of words added.
    pub(super) fn from_place(first: usize, width: usize) -> Self {
        Self { columns: vec![Vec::new(); width], constant: vec![false; width], first }
    }

    /// How many places there are.
    pub(super) fn width(&self) -> usize {
        self.columns.len()
    }

    /// Whether nothing at a place counts.
    pub(super) fn is_dropped(&self, place: usize) -> bool {
        place < self.first || place - self.first >= self.columns.len()
    }

    /// Adds a bit; past the last place it is dropped.
    pub(super) fn push(&mut self, place: usize, bit: Literal) {
        match bit {
            Literal::ZERO => {}
            Literal::ONE => self.add_power(place),
            bit => {
                if !self.is_dropped(place) {
                    self.columns[place - self.first].push(bit);
                }
            }
        }
    }

    /// Adds two to the power of `place`.
    pub(super) fn add_power(&mut self, place: usize) {
        if self.is_dropped(place) {
            return;
        }
        for bit in self.constant.iter_mut().skip(place - self.first) {
            *bit = !*bit;
            if *bit {
                return;
            }
        }
    }

    /// Subtracts two to the power of `place`, which is not below the first one.
    pub(super) fn subtract_power(&mut self, place: usize) {
        if self.is_dropped(place) {
            return;
        }
        for bit in self.constant.iter_mut().skip(place - self.first) {
            *bit = !*bit;
            if !*bit {
                return;
            }
        }
    }

    /// Adds an unsigned word whose bit 0 is at `place`.
    pub(super) fn push_word(&mut self, place: usize, word: &[Literal]) {
        word.iter().enumerate().for_each(|(at, &bit)| self.push(place + at, bit));
    }

    /// Adds a signed word whose bit 0 is at `place`, and whose last bit is the sign; nothing if that is below the first
    /// place.
    pub(super) fn push_signed(&mut self, place: usize, word: &[Literal]) {
        if let Some((&sign, magnitude)) = word.split_last()
            && place + magnitude.len() >= self.first
        {
            self.push_word(place, magnitude);
            let top = place + magnitude.len();
            // -s = !s - 1.
            if sign != Literal::ZERO {
                self.push(top, !sign);
                self.subtract_power(top);
            }
        }
    }

    /// Subtracts an unsigned word whose bit 0 is at `place`.
    pub(super) fn subtract_word(&mut self, place: usize, word: &[Literal]) {
        // -x = !x + 1 - 2^len.
        word.iter().enumerate().for_each(|(at, &bit)| self.push(place + at, !bit));
        self.add_power(place);
        self.subtract_power(place + word.len());
    }

    /// The sum as a word.
    pub(super) fn sum(mut self, graph: &mut Graph, shape: Shape) -> Vec<Literal> {
        (0..self.columns.len()).for_each(|place| self.join_equal_bits(place));
        for (column, &one) in self.columns.iter_mut().zip(&self.constant) {
            column.extend(one.then_some(Literal::ONE));
        }
        match shape {
            Shape::Small => (0..self.columns.len()).for_each(|place| self.lower_column(graph, place)),
            Shape::Fast => {
                while let Some(height) = self.next_height() {
                    self.lower_all(graph, height);
                }
            }
        }
        let row = |index: usize| -> Vec<_> {
            self.columns.iter().map(|column| column.get(index).copied().unwrap_or(Literal::ZERO)).collect()
        };
        add(graph, shape, &row(0), &row(1), Literal::ZERO)
    }

    /// A bit made by an adder, which stays in its column also when it is constant.
    fn carry(&mut self, place: usize, bit: Literal) {
        if let Some(column) = self.columns.get_mut(place)
            && bit != Literal::ZERO
        {
            column.push(bit);
        }
    }

    /// Adds the bits of one column until two are left, those known earliest first.
    fn lower_column(&mut self, graph: &mut Graph, place: usize) {
        let bits = std::mem::take(&mut self.columns[place]);
        let mut heap: BinaryHeap<_> = bits.into_iter().map(|bit| Reverse((graph.level(bit), bit))).collect();
        while heap.len() > 2 {
            let mut next = || heap.pop().map_or(Literal::ZERO, |Reverse((_, bit))| bit);
            let (a, b, c) = (next(), next(), next());
            let (sum, carry) = graph.full_adder(a, b, c);
            self.carry(place + 1, carry);
            if sum != Literal::ZERO {
                heap.push(Reverse((graph.level(sum), sum)));
            }
        }
        self.columns[place].extend(heap.into_iter().map(|Reverse((_, bit))| bit));
    }

    /// The next height for all columns to get down to; `None` when none has more than two bits.
    fn next_height(&self) -> Option<usize> {
        let highest = self.columns.iter().map(Vec::len).max().unwrap_or(0);
        std::iter::successors(Some(2), |height| Some(height * 3 / 2))
            .take_while(|&height| height < highest)
            .last()
    }

    /// One round of adders, after which no column has more than `height` bits.
    fn lower_all(&mut self, graph: &mut Graph, height: usize) {
        let mut carries: Vec<Literal> = Vec::new();
        for column in &mut self.columns {
            let mut bits = std::mem::take(column);
            // Late ones first: they are taken from the end.
            bits.sort_by_key(|&bit| Reverse((graph.level(bit), bit)));
            let mut done = std::mem::take(&mut carries);
            while bits.len() + done.len() > height && bits.len() >= 2 {
                let mut next = || bits.pop().unwrap_or(Literal::ZERO);
                let (a, b) = (next(), next());
                let c = if bits.len() + done.len() + 1 > height {
                    bits.pop().unwrap_or(Literal::ZERO)
                } else {
                    Literal::ZERO
                };
                let (sum, carry) = graph.full_adder(a, b, c);
                done.extend(Some(sum).filter(|&sum| sum != Literal::ZERO));
                carries.extend(Some(carry).filter(|&carry| carry != Literal::ZERO));
            }
            bits.append(&mut done);
            *column = bits;
        }
    }

    /// A bit twice is that bit once in the next place; a bit and its negation are 1.
    fn join_equal_bits(&mut self, place: usize) {
        let mut bits = std::mem::take(&mut self.columns[place]);
        bits.sort_unstable();
        let mut left: Vec<Literal> = Vec::with_capacity(bits.len());
        for bit in bits {
            match left.last() {
                Some(&last) if last == bit => {
                    left.pop();
                    self.push(self.first + place + 1, bit);
                }
                Some(&last) if last == !bit => {
                    left.pop();
                    self.add_power(self.first + place);
                }
                _ => left.push(bit),
            }
        }
        self.columns[place] = left;
    }
}
