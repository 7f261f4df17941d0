//! One number drives a run: every part draws from a stream of its own, derived from the seed and a label.
//!
//! Streams by label keep runs comparable: a new draw in the network does not change what the chain does.

use std::ops::RangeInclusive;
use std::time::Duration;

use arx_node::secrets::{Entropy, EntropyError};
use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// The seed of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed(pub u64);

impl Seed {
    /// The stream of the part called `label`. The same label gives the same stream again.
    pub fn stream(self, label: &str) -> Stream {
        let hash = Sha256::new().chain_update(self.0.to_le_bytes()).chain_update(label);
        Stream(ChaCha12Rng::from_seed(hash.finalize().into()))
    }
}

/// A stream of reproducible choices.
#[derive(Clone, Debug)]
pub struct Stream(ChaCha12Rng);

impl Stream {
    /// 32 bytes.
    pub fn bytes32(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        self.0.fill_bytes(&mut bytes);
        bytes
    }

    /// Any number.
    pub fn number(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// A number below `limit`, or 0 where there is none. The bias of the remainder does not matter here.
    pub fn below(&mut self, limit: u64) -> u64 {
        if limit == 0 { 0 } else { self.0.next_u64() % limit }
    }

    /// An index into something of this length.
    pub fn index(&mut self, length: usize) -> usize {
        self.below(length as u64) as usize
    }

    /// Whether something happens that happens so many times in a thousand.
    pub fn chance(&mut self, per_thousand: u32) -> bool {
        self.below(1000) < u64::from(per_thousand)
    }

    /// A duration between the two, to the millisecond.
    pub fn duration(&mut self, range: &RangeInclusive<Duration>) -> Duration {
        let (low, high) = (range.start().as_millis() as u64, range.end().as_millis() as u64);
        Duration::from_millis(low + self.below(high.saturating_sub(low) + 1))
    }

    /// One of these.
    ///
    /// # Panics
    /// When there are none.
    pub fn choose<'a, T>(&mut self, options: &'a [T]) -> &'a T {
        &options[self.index(options.len())]
    }
}

/// A node's entropy. A restarted node goes on in the same stream, so that it never sees a seed twice.
impl Entropy for Stream {
    fn seed(&mut self) -> Result<[u8; 32], EntropyError> {
        Ok(self.bytes32())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_repeat_by_label_and_differ_by_seed() {
        let draw = |seed: u64, label: &str| Seed(seed).stream(label).bytes32();
        assert_eq!(draw(1, "network"), draw(1, "network"));
        assert_ne!(draw(1, "network"), draw(1, "chain"));
        assert_ne!(draw(1, "network"), draw(2, "network"));
    }

    #[test]
    fn choices_stay_in_range() {
        let mut stream = Seed(3).stream("test");
        let range = Duration::from_millis(5)..=Duration::from_millis(7);
        for _ in 0..200 {
            assert!(stream.below(3) < 3);
            assert!(range.contains(&stream.duration(&range)));
        }
        assert_eq!(stream.below(0), 0);
        assert!(!stream.chance(0) && stream.chance(1000));
    }
}
