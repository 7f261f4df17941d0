//! Randomness. What is drawn natively and on the network is not the same; its range is.

use arcis::ArcisRNG;
use arcis_circuit::{Bits, Value, evaluate};

use crate::me;
use crate::support::Instructions;

crate::circuit_module! {
    mod circuits {
        use arcis::*;

        #[instruction]
        pub fn draws(client: Shared) -> (Enc<Shared, (bool, u128, u128, [u8; 4], (i16, bool), usize)>, u128) {
            let public = ArcisRNG::gen_public_integer_from_width(10);
            let drawn = (
                ArcisRNG::bool(),
                ArcisRNG::gen_integer_from_width(12),
                ArcisRNG::gen_integer_from_width(0),
                ArcisRNG::gen_uniform::<[u8; 4]>(),
                ArcisRNG::gen_uniform::<(i16, bool)>(),
                ArcisRNG::gen_uniform(),
            );
            (client.from_arcis(drawn), public)
        }

        #[instruction]
        pub fn dice(client: Shared) -> (Enc<Shared, ([u128; 4], bool)>, u8) {
            let mut rolls = [0; 4];
            let mut all = true;
            for roll in &mut rolls {
                let (value, found) = ArcisRNG::gen_integer_in_range(1, 6, 30);
                *roll = value;
                all &= found;
            }
            let few = ArcisRNG::gen_integer_in_range(5, 5, 1);
            (client.from_arcis((rolls, all)), (few.0 as u8 + few.1 as u8).reveal())
        }

        #[instruction]
        pub fn deck(client: Shared) -> Enc<Shared, [(u8, bool); 6]> {
            let mut cards = [(0, false), (1, true), (2, false), (3, true), (4, false), (5, true)];
            ArcisRNG::shuffle(&mut cards);
            client.from_arcis(cards)
        }
    }
}

/// Runs an instruction without arguments on bits that a counter makes.
fn drawn<R: Value>(instructions: &Instructions, name: &str, seed: u64) -> R {
    let mut state = seed;
    let mut random = |count: u32| {
        let bit = |_| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            state >> 63 == 1
        };
        let mut bits = Bits::new();
        (0..count).map(bit).for_each(|bit| bits.push(bit));
        bits
    };
    let circuit = &instructions.must_find(name).compiled.artifact.circuit;
    let words = evaluate(circuit, &[], &mut random).expect("the reference evaluator runs it");
    R::from_bits(&Bits::concat(&words)).expect("the results are of this type")
}

#[test]
fn draws_are_within_their_ranges() {
    let instructions = Instructions::must_compile(SOURCE);
    let mut seen = [false; 7];
    for seed in 0..200 {
        type Drawn = (bool, u128, u128, [u8; 4], (i16, bool), usize);
        let (secret, public): (Drawn, u128) = drawn(&instructions, "draws", seed);
        ArcisRNG::seed(seed);
        let (native, native_public) = circuits::draws(me());
        for (secret, public) in [(secret, public), (native.to_arcis(), native_public)] {
            assert!(secret.1 < 1 << 12 && secret.2 == 0 && public < 1 << 10);
        }
        let ((rolls, found), five): (([u128; 4], bool), u8) = drawn(&instructions, "dice", seed);
        let (native, native_five) = circuits::dice(me());
        let (native_rolls, native_found) = native.to_arcis();
        assert!(found && native_found && five == 6 && native_five == 6);
        for roll in rolls.into_iter().chain(native_rolls) {
            seen[roll as usize] = true;
        }
        let shuffled: [(u8, bool); 6] = drawn(&instructions, "deck", seed);
        for mut cards in [shuffled, circuits::deck(me()).to_arcis()] {
            cards.sort();
            assert_eq!(cards, [(0, false), (1, true), (2, false), (3, true), (4, false), (5, true)]);
        }
    }
    assert_eq!(seen, [false, true, true, true, true, true, true]);
}
