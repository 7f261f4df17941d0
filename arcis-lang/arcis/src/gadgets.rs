//! What circuits often need, as functions: selection, tables, sums of products, statistics.
//!
//! Lengths are known when compiling. What has methods of its own in Rust is used by those: `sort`, `sort_by_key` with any
//! payload that goes with the key, [`ArcisRNG::shuffle`](crate::ArcisRNG), the hash functions ([`crate::SHA3_256`] and its kin).
//!
//! ```
//! use arcis::*;
//!
//! #[encrypted]
//! mod circuits {
//!     use arcis::*;
//!
//!     #[instruction]
//!     pub fn middle(bids: Enc<Shared, [u64; 5]>) -> Enc<Shared, u64> {
//!         let values = bids.to_arcis();
//!         bids.owner.from_arcis(gadgets::median(&values))
//!     }
//! }
//!
//! let alice = Shared::new(ArcisX25519Pubkey::from_bytes([1; 32]));
//! assert_eq!(circuits::middle(alice.from_arcis([9, 2, 7, 3, 8])).to_arcis(), 7);
//! ```
//!
//! # Costs
//! Of 16 values, as `arcis-compiler`'s tests count them: ANDs of the small shape, rounds of the fast one.
//!
//! | gadget | of | ANDs | rounds |
//! | --- | --- | --- | --- |
//! | [`top_k`], 3 | u32 | 2752 | 70 |
//! | [`median`] | u32 | 3392 | 70 |
//! | [`histogram`], 8 buckets | u8 | 296 | 11 |
//! | [`lookup`] | u32 | 531 | 6 |
//! | [`dot`] | u32 | 13254 | 21 |
//! | [`matrix_vector`], 4 rows | u32 | 53016 | 21 |
//! | [`mean`] | f64 | 2117 | 20 |
//! | [`variance`] | f64 | 219514 | 63 |
//! | [`standard_deviation`] | f64 | 252317 | 181 |

/// Numbers that are added and multiplied as in circuits: integers wrap.
pub trait Number: Copy + Default {
    /// `self + a * b`
    fn plus_product(self, a: Self, b: Self) -> Self;
}

macro_rules! integers {
    ($($ty:ty)*) => {$(
        impl Number for $ty {
            fn plus_product(self, a: Self, b: Self) -> Self {
                self.wrapping_add(a.wrapping_mul(b))
            }
        }
    )*};
}
integers! { u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize }

macro_rules! floats {
    ($($ty:ty)*) => {$(
        impl Number for $ty {
            fn plus_product(self, a: Self, b: Self) -> Self {
                self + a * b
            }
        }
    )*};
}
floats! { f32 f64 }

/// The `K` greatest values, the greatest first.
///
/// # Panics
/// When there are fewer; the compiler reports that.
pub fn top_k<const K: usize, T: Ord + Copy>(values: &[T]) -> [T; K] {
    assert!(values.len() >= K, "there are fewer values than are asked for");
    let mut sorted = values.to_vec();
    sorted.sort();
    std::array::from_fn(|i| sorted[sorted.len() - 1 - i])
}

/// The value in the middle of the order; of two, the lower one.
///
/// # Panics
/// When there is none; the compiler reports that.
pub fn median<T: Ord + Copy>(values: &[T]) -> T {
    assert!(!values.is_empty(), "there is no median of nothing");
    let mut sorted = values.to_vec();
    sorted.sort();
    sorted[(sorted.len() - 1) / 2]
}

/// How many of the numbers are 0, 1 and so on. Those from `BUCKETS` on are not counted.
pub fn histogram<const BUCKETS: usize>(places: &[usize]) -> [u64; BUCKETS] {
    let mut counts = [0; BUCKETS];
    for place in places {
        if let Some(count) = counts.get_mut(*place) {
            *count += 1;
        }
    }
    counts
}

/// The entry of a table at a place that may be secret; the default beyond the end.
pub fn lookup<T: Copy + Default>(table: &[T], place: usize) -> T {
    table.get(place).copied().unwrap_or_default()
}

/// The sum of the products of two lists' elements.
///
/// # Panics
/// When they have different lengths; the compiler reports that.
pub fn dot<T: Number>(a: &[T], b: &[T]) -> T {
    assert_eq!(a.len(), b.len(), "the two have different lengths");
    a.iter().zip(b).fold(T::default(), |sum, (a, b)| sum.plus_product(*a, *b))
}

/// A matrix, given by its rows, times a vector.
pub fn matrix_vector<const ROWS: usize, const COLUMNS: usize, T: Number>(
    matrix: &[[T; COLUMNS]; ROWS],
    vector: &[T; COLUMNS],
) -> [T; ROWS] {
    std::array::from_fn(|row| dot(&matrix[row], vector))
}

/// The mean.
///
/// # Panics
/// When there are no values; the compiler reports that.
pub fn mean(values: &[f64]) -> f64 {
    assert!(!values.is_empty(), "there is no mean of nothing");
    values.iter().sum::<f64>() / values.len() as f64
}

/// The mean of the products of how much each value differs from its list's mean.
///
/// # Panics
/// When the lists have different lengths, or none; the compiler reports that.
pub fn covariance(a: &[f64], b: &[f64]) -> f64 {
    assert_eq!(a.len(), b.len(), "the two have different lengths");
    let (mean_a, mean_b) = (mean(a), mean(b));
    a.iter().zip(b).map(|(a, b)| (a - mean_a) * (b - mean_b)).sum::<f64>() / a.len() as f64
}

/// The variance, of all there are (divided by how many, not by one less).
///
/// # Panics
/// When there are no values; the compiler reports that.
pub fn variance(values: &[f64]) -> f64 {
    covariance(values, values)
}

/// The square root of the [`variance`].
///
/// # Panics
/// When there are no values; the compiler reports that.
pub fn standard_deviation(values: &[f64]) -> f64 {
    variance(values).sqrt()
}
