//! Multiplication.
//!
//! Partial products are one AND per pair of bits, all in one round (less where a factor is public or constant). They are
//! added column by column with full adders, which make of three bits of a place one of it and one of the next: one AND,
//! one round. When two rows are left, they are added as words.
//!
//! *Small* goes through the columns from the low end and leaves no column before it is down to two bits. Its carries run
//! along, as those of the last addition do anyway, and it needs full adders only.
//!
//! *Fast* goes in rounds (L. Dadda, "Some schemes for parallel multipliers", 1965): each makes all columns at once lower
//! than the next one in 2, 3, 4, 6, 9, 13 .., every one half as high again as the one before, with a half adder here and
//! there to hit the height exactly: 10 rounds for 64 rows.
//!
//! A constant factor is recoded to signed digits without two neighbours other than zero, so that at most every second
//! digit costs a row.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Shape;
use super::add::add;
use super::graph::{Graph, Literal};

/// The low half of `a * b`.
pub(super) fn multiply(graph: &mut Graph, shape: Shape, a: &[Literal], b: &[Literal]) -> Vec<Literal> {
    let mut columns = Columns::new(a.len());
    match (constant(a), constant(b)) {
        (_, Some(factor)) => columns.add_constant_multiple(a, &factor),
        (Some(factor), None) => columns.add_constant_multiple(b, &factor),
        (None, None) => {
            for (place, &bit) in b.iter().enumerate() {
                for (column, &other) in (place..).zip(&a[..a.len() - place]) {
                    let product = graph.and(bit, other);
                    columns.push(column, product);
                }
            }
        }
    }
    columns.sum(graph, shape)
}

fn constant(word: &[Literal]) -> Option<Vec<bool>> {
    word.iter().map(|bit| bit.as_constant()).collect()
}

/// Bits to be added, by place; sums wrap at the last place.
struct Columns {
    columns: Vec<Vec<Literal>>,
}

impl Columns {
    fn new(width: usize) -> Self {
        Self { columns: vec![Vec::new(); width] }
    }

    fn push(&mut self, column: usize, bit: Literal) {
        if let Some(column) = self.columns.get_mut(column)
            && bit != Literal::ZERO
        {
            column.push(bit);
        }
    }

    fn add_constant_multiple(&mut self, word: &[Literal], factor: &[bool]) {
        for (place, digit) in signed_digits(factor) {
            let row = &word[..word.len() - place];
            match digit {
                Digit::PlusOne => row.iter().enumerate().for_each(|(at, &bit)| self.push(place + at, bit)),
                Digit::MinusOne => {
                    // -x = !x + 1, and the ones below the row's first place carry through: 2^place is added.
                    row.iter().enumerate().for_each(|(at, &bit)| self.push(place + at, !bit));
                    self.push(place, Literal::ONE);
                }
            }
        }
    }

    fn sum(mut self, graph: &mut Graph, shape: Shape) -> Vec<Literal> {
        for place in 0..self.columns.len() {
            self.join_equal_bits(place);
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

    /// Adds the bits of one column until two are left, those known earliest first.
    fn lower_column(&mut self, graph: &mut Graph, place: usize) {
        let bits = std::mem::take(&mut self.columns[place]);
        let mut heap: BinaryHeap<_> = bits.into_iter().map(|bit| Reverse((graph.level(bit), bit))).collect();
        while heap.len() > 2 {
            let mut next = || heap.pop().map_or(Literal::ZERO, |Reverse((_, bit))| bit);
            let (a, b, c) = (next(), next(), next());
            let (sum, carry) = graph.full_adder(a, b, c);
            self.push(place + 1, carry);
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
        loop {
            bits.sort_unstable();
            let mut left: Vec<Literal> = Vec::with_capacity(bits.len());
            let mut ones = 0usize;
            for bit in bits {
                match left.last() {
                    Some(&last) if last == bit => {
                        left.pop();
                        self.push(place + 1, bit);
                    }
                    Some(&last) if last == !bit => {
                        left.pop();
                        ones += 1;
                    }
                    _ => left.push(bit),
                }
            }
            if ones == 0 {
                self.columns[place] = left;
                return;
            }
            left.extend(std::iter::repeat_n(Literal::ONE, ones));
            bits = left;
        }
    }
}

#[derive(Clone, Copy)]
enum Digit {
    PlusOne,
    MinusOne,
}

/// The non-adjacent form of a constant modulo two to its width: places and digits other than zero.
fn signed_digits(factor: &[bool]) -> Vec<(usize, Digit)> {
    let mut digits = Vec::new();
    let mut carry = false;
    for (place, &bit) in factor.iter().enumerate() {
        let next = factor.get(place + 1).copied().unwrap_or(false);
        match (bit, carry) {
            (false, false) => {}
            (true, true) => {}
            _ if next => {
                digits.push((place, Digit::MinusOne));
                carry = true;
            }
            _ => {
                digits.push((place, Digit::PlusOne));
                carry = false;
            }
        }
    }
    digits
}
