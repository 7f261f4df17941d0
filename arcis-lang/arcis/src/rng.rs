//! Randomness of native runs. On the network random values come from all nodes together; here from ChaCha20, with a seed
//! that a test may choose.

use std::cell::RefCell;

use rand_chacha::ChaCha20Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

thread_local! {
    /// Until a test seeds it, every thread begins alike: native runs are repeatable, and nothing for secrets.
    static STREAM: RefCell<ChaCha20Rng> = RefCell::new(ChaCha20Rng::from_seed([0; 32]));
}

fn draw<const BYTES: usize>() -> [u8; BYTES] {
    let mut drawn = [0; BYTES];
    STREAM.with_borrow_mut(|stream| stream.fill_bytes(&mut drawn));
    drawn
}

/// The lowest `width` bits of a fresh draw; all 128 from there on.
fn draw_bits(width: usize) -> u128 {
    let spare = 128 - width.min(128) as u32;
    u128::from_le_bytes(draw()).checked_shr(spare).unwrap_or(0)
}

/// Random values.
#[derive(Clone, Copy, Debug)]
pub struct ArcisRNG;

impl ArcisRNG {
    /// Makes this thread's further draws repeatable. For tests: a circuit has no seed.
    pub fn seed(seed: u64) {
        STREAM.set(ChaCha20Rng::seed_from_u64(seed));
    }

    /// A fair coin.
    pub fn bool() -> bool {
        bool::uniform()
    }

    /// A value of any type of which every bit pattern is a value.
    pub fn gen_uniform<T: Uniform>() -> T {
        T::uniform()
    }

    /// A secret number of `width` bits, at most 128.
    pub fn gen_integer_from_width(width: usize) -> u128 {
        draw_bits(width)
    }

    /// A number of `width` bits, at most 128, that everybody knows.
    pub fn gen_public_integer_from_width(width: usize) -> u128 {
        draw_bits(width)
    }

    /// A number from `min` to `max`, both included, and whether the attempts were enough to find one: each of them is with
    /// a chance of more than one half. If they were not, the number is `min`.
    pub fn gen_integer_in_range(min: u128, max: u128, attempts: usize) -> (u128, bool) {
        let span = max.wrapping_sub(min);
        let width = (u128::BITS - span.leading_zeros()) as usize;
        // As in a circuit, every attempt is made; the last one that fits counts.
        let mut fitting = None;
        for _ in 0..attempts {
            let offset = draw_bits(width);
            if offset <= span {
                fitting = Some(offset);
            }
        }
        (min.wrapping_add(fitting.unwrap_or_default()), fitting.is_some())
    }

    /// Puts the elements in an order that nobody knows, every order with the same chance.
    pub fn shuffle<T>(slice: &mut [T]) {
        // Fisher and Yates: each place in turn takes one of the elements that are left.
        for place in 0..slice.len() {
            let left = (slice.len() - place) as u128;
            // 128 bits are too many for a bias that a test could see.
            slice.swap(place, place + (draw_bits(128) % left) as usize);
        }
    }
}

/// What [`ArcisRNG::gen_uniform`] can make.
pub trait Uniform {
    /// One of all values, each with the same chance.
    fn uniform() -> Self;
}

impl Uniform for bool {
    fn uniform() -> Self {
        draw_bits(1) != 0
    }
}

macro_rules! uniform_integers {
    ($($integer:ty),*) => {
        $(impl Uniform for $integer {
            fn uniform() -> Self {
                Self::from_le_bytes(draw())
            }
        })*
    };
}

uniform_integers!(u8, u16, u32, u64, u128, usize, i8, i16, i32, i64, i128, isize);

impl<T: Uniform, const LENGTH: usize> Uniform for [T; LENGTH] {
    fn uniform() -> Self {
        [(); LENGTH].map(|()| T::uniform())
    }
}

impl<Left: Uniform, Right: Uniform> Uniform for (Left, Right) {
    fn uniform() -> Self {
        let left = Left::uniform();
        (left, Right::uniform())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_values_and_another_others() {
        let values = |seed| {
            ArcisRNG::seed(seed);
            (ArcisRNG::gen_uniform::<[u64; 3]>(), ArcisRNG::gen_uniform::<(i8, bool)>())
        };
        assert_eq!(values(1), values(1));
        assert_ne!(values(1).0, values(2).0);
    }

    #[test]
    fn numbers_keep_to_their_bounds_and_reach_them() {
        ArcisRNG::seed(3);
        let drawn: Vec<u128> = (0..400).map(|_| ArcisRNG::gen_integer_from_width(3)).collect();
        assert_eq!((drawn.iter().min(), drawn.iter().max()), (Some(&0), Some(&7)));
        assert_eq!(ArcisRNG::gen_integer_from_width(0), 0);
        let drawn: Vec<_> = (0..400).map(|_| ArcisRNG::gen_integer_in_range(17, 27, 30)).collect();
        assert!(drawn.iter().all(|(_, found)| *found));
        let numbers = || drawn.iter().map(|(number, _)| *number);
        assert_eq!((numbers().min(), numbers().max()), (Some(17), Some(27)));
        assert_eq!(ArcisRNG::gen_integer_in_range(5, 9, 0), (5, false));
        assert_eq!(ArcisRNG::gen_integer_in_range(8, 8, 1), (8, true));
    }

    #[test]
    fn a_shuffle_keeps_every_element_and_moves_some() {
        ArcisRNG::seed(4);
        let ordered: Vec<u8> = (0..52).collect();
        let mut deck = ordered.clone();
        ArcisRNG::shuffle(&mut deck);
        assert_ne!(deck, ordered);
        deck.sort_unstable();
        assert_eq!(deck, ordered);
    }
}
