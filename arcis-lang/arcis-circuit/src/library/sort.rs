//! Sorting networks: Batcher's merge exchange for any number of words (K. Batcher, "Sorting networks and their
//! applications", 1968; D. Knuth, The Art of Computer Programming 3, 5.2.2, algorithm M).
//!
//! A network of comparisons that do not depend on data: for 32 words 191 of them, one after another at most 15 deep. Each
//! takes a comparison and a selection, so 32 words of 32 bits take 64 ANDs 191 times, and 7 rounds 15 times.

use super::{Builder, Gadget, Library, Signature, Word};
use crate::circuit::Function;

/// What is sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sort {
    /// How many words.
    pub count: u32,
    /// Bits of a key.
    pub key: u32,
    /// Bits that go with each key; where there are any, equal keys keep their order.
    pub payload: u32,
    /// Whether keys are signed.
    pub signed: bool,
    /// Whether the greatest key comes first.
    pub descending: bool,
}

impl Sort {
    pub(super) fn signature(&self) -> Signature {
        let mut words = vec![self.key; self.count as usize];
        if self.payload > 0 {
            words.extend(vec![self.payload; self.count as usize]);
        }
        Signature { inputs: words.clone(), outputs: words }
    }

    pub(super) fn write(&self, library: &mut Library) -> Function {
        let name = format!("sort_{}x{}", self.count, self.key);
        let gadget = Gadget::Sort(self.clone());
        let exchange = (self.count > 1).then(|| {
            let function = self.write_exchange(library);
            library.add(function)
        });
        let (mut builder, inputs) = Builder::new(library, &gadget.signature().inputs);
        let (keys, payloads) = inputs.split_at(self.count as usize);
        let mut records: Vec<_> = (0..self.count as usize)
            .map(|index| {
                let mut parts: Vec<Word> = payloads.get(index).copied().into_iter().collect();
                if self.order_bits() > 0 {
                    parts.push(builder.number(index as u128, self.order_bits()));
                }
                parts.push(keys[index]);
                builder.concat(&parts)
            })
            .collect();
        for (low, high) in network(self.count as usize) {
            if let Some(exchange) = exchange {
                let width = records[low].width;
                let sorted = builder.call_function(exchange, &[records[low], records[high]], &[width; 2]);
                (records[low], records[high]) = (sorted[0], sorted[1]);
            }
        }
        let key_at = self.payload + self.order_bits();
        let mut outputs: Vec<_> =
            records.iter().map(|&record| builder.slice(record, key_at, self.key)).collect();
        if self.payload > 0 {
            outputs.extend(records.iter().map(|&record| builder.slice(record, 0, self.payload)));
        }
        builder.finish(name, &outputs)
    }

    /// Bits of a record's first place, by which equal keys are told apart.
    fn order_bits(&self) -> u32 {
        if self.payload > 0 { self.count.next_power_of_two().trailing_zeros() } else { 0 }
    }

    /// Two records in order.
    fn write_exchange(&self, library: &mut Library) -> Function {
        let order = self.order_bits();
        let width = self.payload + order + self.key;
        let (mut builder, records) = Builder::new(library, &[width; 2]);
        let [a, b] = [0, 1].map(|record| {
            let compared = builder.slice(records[record], self.payload, order + self.key);
            if !self.descending || order == 0 {
                return compared;
            }
            // Greatest first, but of equal ones the first first: their places are compared the other way round.
            let place = builder.slice(compared, 0, order);
            let place = builder.not(place);
            let key = builder.slice(compared, order, self.key);
            builder.concat(&[place, key])
        });
        let wrong =
            if self.descending { builder.less(a, b, self.signed) } else { builder.less(b, a, self.signed) };
        let difference = builder.xor(records[0], records[1]);
        let zero = builder.constant(crate::bits::Bits::zeros(width as usize));
        let change = builder.select(wrong, difference, zero);
        let sorted = [builder.xor(records[0], change), builder.xor(records[1], change)];
        builder.finish("compare_exchange".to_owned(), &sorted)
    }
}

/// The comparisons, in an order in which they can be made: pairs of places, of which the smaller word goes to the first.
pub fn network(count: usize) -> Vec<(usize, usize)> {
    let mut pairs = Vec::new();
    let top = count.next_power_of_two() / 2;
    let mut p = top;
    while p > 0 {
        let (mut q, mut r, mut d) = (top, 0, p);
        loop {
            pairs.extend((0..count.saturating_sub(d)).filter(|i| i & p == r).map(|i| (i, i + d)));
            if q == p {
                break;
            }
            d = q - p;
            q /= 2;
            r = p;
        }
        p /= 2;
    }
    pairs
}
