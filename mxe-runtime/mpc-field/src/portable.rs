//! The same in plain Rust, for any processor: what [`crate::simd`] is tested against.
//!
//! Multiplication without carries is done with ordinary integer multiplications on operands thinned out to
//! every fourth bit, so that carries die in the gaps: the technique published with BearSSL ("constant-time
//! multiplications in GHASH"). It is constant time on processors whose 64-bit multiplier is, which is all
//! that this project names as targets.

/// The low 64 bits of the carry-less product.
#[inline]
fn carryless_low(x: u64, y: u64) -> u64 {
    const LANES: [u64; 4] =
        [0x1111_1111_1111_1111, 0x2222_2222_2222_2222, 0x4444_4444_4444_4444, 0x8888_8888_8888_8888];
    let x = LANES.map(|lane| x & lane);
    let y = LANES.map(|lane| y & lane);
    let mut product = 0;
    for (lane, mask) in LANES.into_iter().enumerate() {
        // Of two lanes i and j the product lies in lane i + j mod 4. At most 15 summands meet at any kept
        // position but the topmost of a lane, and the carry of that one leaves the word.
        let mut sum = 0;
        for i in 0..4 {
            sum ^= x[i].wrapping_mul(y[(4 + lane - i) % 4]);
        }
        product |= sum & mask;
    }
    product
}

/// The carry-less product of two 64-bit words as (low, high).
#[inline]
fn carryless_word(x: u64, y: u64) -> (u64, u64) {
    // Reversing both operands reverses the 127-bit product, so its high half is a low half too.
    let high = carryless_low(x.reverse_bits(), y.reverse_bits()).reverse_bits() >> 1;
    (carryless_low(x, y), high)
}

/// The 255-bit carry-less product as (low, high) halves, by Karatsuba's three multiplications.
#[inline]
pub(crate) fn carryless_product(x: u128, y: u128) -> (u128, u128) {
    let (x0, x1) = (x as u64, (x >> 64) as u64);
    let (y0, y1) = (y as u64, (y >> 64) as u64);
    let join = |(low, high): (u64, u64)| u128::from(low) | u128::from(high) << 64;
    let low = join(carryless_word(x0, y0));
    let high = join(carryless_word(x1, y1));
    let middle = join(carryless_word(x0 ^ x1, y0 ^ y1)) ^ low ^ high;
    (low ^ middle << 64, high ^ middle >> 64)
}

/// The sum of the carry-less products of two lists of one length, not yet reduced.
pub(crate) fn sum_of_products(x: &[u128], y: &[u128]) -> (u128, u128) {
    x.iter().zip(y).fold((0, 0), |(low, high), (x, y)| {
        let product = carryless_product(*x, *y);
        (low ^ product.0, high ^ product.1)
    })
}

/// Transposes a 128 x 128 bit matrix: afterwards bit `j` of row `i` is what bit `i` of row `j` was.
///
/// Eklundh's method: the off-diagonal quarters of every block of `2 s` rows and columns change places, for
/// `s = 64, 32, .., 1`. Written over pairs of words so that a compiler can use vectors of any width.
#[inline(always)]
pub(crate) fn transpose(rows: &mut [u128; 128]) {
    let (upper, lower) = rows.split_at_mut(64);
    for (x, y) in upper.iter_mut().zip(lower) {
        let moved = (*x >> 64) ^ (*y & u128::from(u64::MAX));
        *x ^= moved << 64;
        *y ^= moved;
    }
    swap::<32>(rows, 0x0000_0000_ffff_ffff);
    swap::<16>(rows, 0x0000_ffff_0000_ffff);
    swap::<8>(rows, 0x00ff_00ff_00ff_00ff);
    swap::<4>(rows, 0x0f0f_0f0f_0f0f_0f0f);
    swap::<2>(rows, 0x3333_3333_3333_3333);
    swap::<1>(rows, 0x5555_5555_5555_5555);
}

#[inline(always)]
fn swap<const SIZE: usize>(rows: &mut [u128; 128], mask: u64) {
    let mask = u128::from(mask) << 64 | u128::from(mask);
    for block in rows.chunks_exact_mut(2 * SIZE) {
        let (upper, lower) = block.split_at_mut(SIZE);
        for (x, y) in upper.iter_mut().zip(lower) {
            // Both words of a row are moved alike; what a shift carries across them is masked away.
            let moved = (*x >> SIZE ^ *y) & mask;
            *x ^= moved << SIZE;
            *y ^= moved;
        }
    }
}
