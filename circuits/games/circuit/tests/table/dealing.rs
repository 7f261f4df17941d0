//! Shuffles are uniform: chi-squared tests on fixed seeds, natively, in the reference evaluator, as gates and by parties.
//!
//! What is counted is which card comes to which place, and which pairs of cards come to two neighbouring places. Every test
//! says how far its statistic may be from its mean: six standard deviations, which a fair shuffle exceeds less than once
//! in ten million seeds (the tail of chi-squared is heavier than a normal one's).

use arcis::{ArcisRNG, ArcisX25519Pubkey, Shared};
use games_circuit::blackjack::circuits::{self as blackjack, Game};
use games_circuit::holdem::circuits::{self as holdem, Hand, Hole, SEATS};

use crate::circuits::instruction;
use crate::poker::deck;

/// All seats are dealt in.
const ALL: u16 = (1 << SEATS) - 1;

fn client(seat: usize) -> Shared {
    Shared::new(ArcisX25519Pubkey::from_bytes([seat as u8 + 1; 32]))
}

/// A deal, natively. What a seat receives is what the state holds, under the seat's own key.
pub fn native(seats: u16, seed: u64) -> Hand {
    ArcisRNG::seed(seed);
    let keys: [Shared; SEATS] = std::array::from_fn(client);
    let [a, b, c, d, e, f, g, h, i] = keys;
    let dealt = holdem::deal_holdem(seats, a, b, c, d, e, f, g, h, i);
    let hand = dealt.0.to_arcis();
    let holes = [dealt.1, dealt.2, dealt.3, dealt.4, dealt.5, dealt.6, dealt.7, dealt.8, dealt.9];
    for (seat, hole) in holes.into_iter().enumerate() {
        assert_eq!(hole.owner, client(seat));
        assert_eq!(hole.to_arcis(), hand.holes[seat]);
    }
    hand
}

/// The cards of a hand in the order in which they come out of the deck. Checks that each is there once.
fn in_order(hand: &Hand) -> Vec<u8> {
    let cards: Vec<u8> = hand.board.into_iter().chain(hand.holes.into_iter().flatten()).collect();
    let mut sorted = cards.clone();
    sorted.sort_unstable();
    sorted.dedup();
    assert_eq!(sorted.len(), 5 + 2 * SEATS, "no card is there twice");
    assert!(sorted.iter().all(|card| deck().contains(card)));
    cards
}

/// Chi-squared of counts that should all be the same, in standard deviations above its mean.
fn deviation(counts: &[u32]) -> f64 {
    let expected = f64::from(counts.iter().sum::<u32>()) / counts.len() as f64;
    let chi_squared: f64 = counts.iter().map(|it| (f64::from(*it) - expected).powi(2) / expected).sum();
    let freedom = counts.len() as f64 - 1.0;
    (chi_squared - freedom) / (2.0 * freedom).sqrt()
}

fn assert_uniform(deals: impl Iterator<Item = Vec<u8>>) {
    let number = |card: u8| usize::from(card >> 4) * 13 + usize::from(card & 15) - 1;
    let mut places = [[0; 52]; 5 + 2 * SEATS];
    let mut pairs = vec![0; 52 * 51];
    for cards in deals {
        for (place, card) in cards.iter().enumerate() {
            places[place][number(*card)] += 1;
        }
        for pair in cards.windows(2) {
            let (first, second) = (number(pair[0]), number(pair[1]));
            pairs[first * 51 + second - usize::from(second > first)] += 1;
        }
    }
    for (place, counts) in places.iter().enumerate() {
        assert!(deviation(counts) < 6.0, "place {place}: {}", deviation(counts));
    }
    assert!(deviation(&pairs) < 6.0, "pairs: {}", deviation(&pairs));
}

#[test]
fn the_native_shuffle_is_uniform() {
    assert_uniform((0..20_000).map(|seed| in_order(&native(ALL, seed))));
}

#[test]
fn the_shuffle_of_the_evaluator_is_uniform() {
    let deal = instruction("deal_holdem");
    assert_uniform((0..4_000).map(|seed| in_order(&deal.evaluate::<_, (Hand, [Hole; SEATS])>(&ALL, seed).0)));
}

#[test]
fn the_shuffle_of_the_gates_is_uniform() {
    let deal = instruction("deal_holdem");
    assert_uniform((0..520).map(|seed| in_order(&deal.run::<_, (Hand, [Hole; SEATS])>(&ALL, seed).0)));
}

/// Here every party draws a permutation of its own.
#[test]
fn the_shuffle_of_the_parties_is_uniform() {
    let deal = instruction("deal_holdem");
    let run = |seed| deal.run_by_parties::<_, (Hand, [Hole; SEATS])>(&ALL, seed, seed % 8 == 0);
    assert_uniform((0..156).map(|seed| in_order(&run(seed).0)));
}

#[test]
fn who_is_not_dealt_in_has_no_cards() {
    let deal = instruction("deal_holdem");
    for (seed, seats) in (0..).zip([0, 1, 0b1_0000_0001, 0b0_1010_0110, ALL, u16::MAX]) {
        let (circuit, holes): (Hand, [Hole; SEATS]) = deal.run(&seats, seed);
        for hand in [native(seats, seed), circuit] {
            for seat in 0..SEATS {
                assert_eq!(hand.holes[seat] == [0, 0], seats >> seat & 1 == 0);
            }
            assert!(hand.board.iter().all(|card| deck().contains(card)));
        }
        assert_eq!(holes, circuit.holes);
    }
}

/// Of two decks each card is there twice, and every place has each of them as often.
#[test]
fn several_decks_are_shuffled_uniformly() {
    let number = |card: u8| usize::from(card >> 4) * 13 + usize::from(card & 15) - 1;
    let deal = instruction("deal_blackjack");
    let mut places = [[0; 52]; blackjack::PLAYER + blackjack::DEALER];
    for seed in 0..3_000 {
        let game: Game = match seed % 3 {
            0 => deal.run::<_, (Game, [u8; 2], u8, blackjack::Total)>(&(), seed).0,
            _ => {
                ArcisRNG::seed(seed);
                blackjack::deal_blackjack(client(0)).0.to_arcis()
            }
        };
        let cards: Vec<u8> = game.player.into_iter().chain(game.dealer).collect();
        for (place, card) in cards.iter().enumerate() {
            places[place][number(*card)] += 1;
            assert!(cards.iter().filter(|it| *it == card).count() <= 2, "there are two decks");
        }
    }
    for (place, counts) in places.iter().enumerate() {
        assert!(deviation(counts) < 6.0, "place {place}: {}", deviation(counts));
    }
}
