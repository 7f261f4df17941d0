//! Randomness in native runs: a generator that a test can seed.

use std::cell::Cell;

thread_local! {
    static STATE: Cell<u64> = const { Cell::new(0x9e37_79b9_7f4a_7c15) };
}

/// Random values that nobody knows.
///
/// On the network they come from all nodes together. Natively they come from a generator for tests, which is not for
/// secrets: [`ArcisRNG::seed`] makes a run repeatable.
#[derive(Clone, Copy, Debug)]
pub struct ArcisRNG;

/// Values that can be drawn uniformly.
pub trait Uniform {
    /// Draws one.
    fn uniform() -> Self;
}

impl ArcisRNG {
    /// Starts the generator of this thread anew. For tests only: circuits have no seed.
    pub fn seed(seed: u64) {
        STATE.set(seed);
    }

    /// SplitMix64.
    fn next() -> u64 {
        let state = STATE.get().wrapping_add(0x9e37_79b9_7f4a_7c15);
        STATE.set(state);
        let mut mixed = state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn bits(width: usize) -> u128 {
        let drawn = u128::from(Self::next()) << 64 | u128::from(Self::next());
        if width >= 128 { drawn } else { drawn & ((1 << width) - 1) }
    }

    /// A random bool.
    pub fn bool() -> bool {
        Self::bits(1) == 1
    }

    /// A uniformly random value.
    pub fn gen_uniform<T: Uniform>() -> T {
        T::uniform()
    }

    /// A uniformly random number of so many bits, at most 128, which nobody knows.
    pub fn gen_integer_from_width(width: usize) -> u128 {
        Self::bits(width)
    }

    /// A uniformly random number of so many bits, at most 128, which everybody knows.
    pub fn gen_public_integer_from_width(width: usize) -> u128 {
        Self::bits(width)
    }

    /// A uniformly random number between two, both included, and whether one was found: each attempt finds one with a
    /// chance of more than a half. When none was, the number is `min`.
    pub fn gen_integer_in_range(min: u128, max: u128, attempts: usize) -> (u128, bool) {
        let range = max.wrapping_sub(min);
        let width = 128 - range.leading_zeros() as usize;
        let mut found = None;
        for _ in 0..attempts {
            let drawn = Self::bits(width);
            found = found.or((drawn <= range).then_some(drawn));
        }
        (min.wrapping_add(found.unwrap_or(0)), found.is_some())
    }

    /// Brings the elements into a uniformly random order that nobody knows.
    pub fn shuffle<T>(slice: &mut [T]) {
        for last in (1..slice.len()).rev() {
            // The bias of a remainder of 64 bits does not matter to a test.
            let place = (Self::next() % (last as u64 + 1)) as usize;
            slice.swap(last, place);
        }
    }
}

impl Uniform for bool {
    fn uniform() -> Self {
        ArcisRNG::bool()
    }
}

macro_rules! integers {
    ($($ty:ty)*) => {$(
        impl Uniform for $ty {
            fn uniform() -> Self {
                ArcisRNG::bits(128) as $ty
            }
        }
    )*};
}
integers! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize }

impl<T: Uniform, const N: usize> Uniform for [T; N] {
    fn uniform() -> Self {
        std::array::from_fn(|_| T::uniform())
    }
}

impl<A: Uniform, B: Uniform> Uniform for (A, B) {
    fn uniform() -> Self {
        (A::uniform(), B::uniform())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_it_repeatable_and_ranges_hold() {
        ArcisRNG::seed(7);
        let first: [u64; 4] = ArcisRNG::gen_uniform();
        ArcisRNG::seed(7);
        assert_eq!(first, ArcisRNG::gen_uniform::<[u64; 4]>());
        for _ in 0..200 {
            assert!(ArcisRNG::gen_integer_from_width(3) < 8);
            let (number, found) = ArcisRNG::gen_integer_in_range(17, 27, 24);
            assert!(found && (17..=27).contains(&number));
        }
        let mut deck: [u8; 52] = std::array::from_fn(|card| card as u8);
        ArcisRNG::shuffle(&mut deck);
        assert_ne!(deck, std::array::from_fn(|card| card as u8));
        deck.sort();
        assert_eq!(deck, std::array::from_fn(|card| card as u8));
    }
}
