//! Keccak-p\[1600\] and the sponges on it (FIPS 202; RFC 9861).
//!
//! The only ANDs are those of chi: 1,600 a round, one deep.

use super::{padded, split};
use crate::circuit::Function;
use crate::library::{Builder, Gadget, Library, Word};

/// A sponge: how messages are padded and how much of the state they go into.
pub(super) struct Sponge {
    /// Bytes of a block.
    rate: usize,
    /// What follows the message, before the last bit of the padding.
    suffix: u8,
    rounds: u32,
    digest_bits: u32,
}

pub(super) const SHA3_256: Sponge = Sponge { rate: 136, suffix: 0x06, rounds: 24, digest_bits: 256 };
pub(super) const SHA3_512: Sponge = Sponge { rate: 72, suffix: 0x06, rounds: 24, digest_bits: 512 };
pub(super) const KECCAK256: Sponge = Sponge { rate: 136, suffix: 0x01, rounds: 24, digest_bits: 256 };
pub(super) const TURBOSHAKE128: Sponge = Sponge { rate: 168, suffix: 0x1f, rounds: 12, digest_bits: 256 };

impl Sponge {
    pub(super) fn digest(&self, builder: &mut Builder<'_>, message: Option<Word>) -> Word {
        let bytes = message.map_or(0, |message| message.width as usize / 8);
        let mut padding = vec![0; self.rate - bytes % self.rate];
        padding[0] = self.suffix;
        if let Some(last) = padding.last_mut() {
            *last ^= 0x80;
        }
        let words = padded(builder, message, &padding);
        let lanes = split(builder, &words, 64);
        let zero = builder.number(0, 64);
        let mut state = vec![zero; 25];
        for (index, block) in lanes.chunks(self.rate / 8).enumerate() {
            for (lane, &word) in state.iter_mut().zip(block) {
                *lane = if index == 0 { word } else { builder.xor(*lane, word) };
            }
            state = builder.call(&Gadget::Keccak { rounds: self.rounds }, &state);
        }
        builder.concat(&state[..self.digest_bits as usize / 64])
    }
}

/// The last `rounds` rounds of Keccak-f\[1600\], each a call of one function with its constant.
pub(in crate::library) fn write(library: &mut Library, rounds: u32) -> Function {
    let function = write_round(library);
    let round = library.add(function);
    let (mut builder, mut state) = Builder::new(library, &[64; 25]);
    for constant in &round_constants()[24 - rounds.min(24) as usize..] {
        let constant = builder.number((*constant).into(), 64);
        let args: Vec<_> = state.iter().copied().chain([constant]).collect();
        state = builder.call_function(round, &args, &[64; 25]);
    }
    builder.finish(format!("keccak_{rounds}"), &state)
}

/// One round on lanes `x + 5 y` and a constant.
fn write_round(library: &mut Library) -> Function {
    let (mut builder, inputs) = Builder::new(library, &[64; 26]);
    let b = &mut builder;
    let lane = |x: usize, y: usize| inputs[x % 5 + 5 * (y % 5)];
    // Theta.
    let columns: Vec<_> = (0..5).map(|x| (1..5).fold(lane(x, 0), |sum, y| b.xor(sum, lane(x, y)))).collect();
    let mixed: Vec<_> = (0..5)
        .map(|x| {
            let turned = b.rotate_up(columns[(x + 1) % 5], 1);
            b.xor(columns[(x + 4) % 5], turned)
        })
        .collect();
    // Rho and pi.
    let mut moved = [inputs[0]; 25];
    for x in 0..5 {
        for y in 0..5 {
            let word = b.xor(lane(x, y), mixed[x]);
            moved[y + 5 * ((2 * x + 3 * y) % 5)] = b.rotate_up(word, rotation(x, y));
        }
    }
    // Chi, then iota.
    let mut state: Vec<_> = (0..25)
        .map(|index| {
            let (x, row) = (index % 5, index / 5 * 5);
            let not = b.not(moved[row + (x + 1) % 5]);
            let both = b.and(not, moved[row + (x + 2) % 5]);
            b.xor(moved[index], both)
        })
        .collect();
    state[0] = b.xor(state[0], inputs[25]);
    builder.finish("keccak_round".to_owned(), &state)
}

/// By how much a lane is rotated: (t + 1)(t + 2) / 2 at the t-th place of the walk from (1, 0) by (y, 2 x + 3 y).
fn rotation(x: usize, y: usize) -> u32 {
    let mut place = (1, 0);
    for t in 0..24 {
        if place == (x, y) {
            return (t + 1) * (t + 2) / 2 % 64;
        }
        place = (place.1, (2 * place.0 + 3 * place.1) % 5);
    }
    0
}

/// From the linear feedback shift register of FIPS 202, algorithm 5.
fn round_constants() -> [u64; 24] {
    let mut register = 1u8;
    std::array::from_fn(|_| {
        (0..7).fold(0, |constant, j| {
            let bit = u64::from(register & 1);
            // x^8 + x^6 + x^5 + x^4 + 1.
            register = register << 1 ^ if register & 0x80 == 0 { 0 } else { 0x71 };
            constant | bit << ((1 << j) - 1)
        })
    })
}
