//! The ranking of hands, natively: all hands of five cards, and samples of six and seven.

use std::collections::HashMap;

use cards::poker::Board;

use crate::poker::{Category, Random, Value, best, cards, deck, value};

/// Of each strength what a hand is worth that has it.
fn all_five() -> HashMap<u32, (Value, u32)> {
    let deck = deck();
    let mut strengths: HashMap<u32, (Value, u32)> = HashMap::new();
    for a in 0..52 {
        for b in 0..a {
            for c in 0..b {
                for d in 0..c {
                    for e in 0..d {
                        let hand = [a, b, c, d, e].map(|place| deck[place]);
                        let (strength, value) = (Board::of(&hand).strength([]), value(hand));
                        let known = strengths.entry(strength).or_insert((value, 0));
                        assert_eq!(known.0, value, "{hand:x?} has the strength of a hand of another value");
                        known.1 += 1;
                    }
                }
            }
        }
    }
    strengths
}

/// The frequencies are those of the literature, and of any book on poker: 7,462 classes of 2,598,960 hands.
#[test]
fn all_five_card_hands_are_ranked_by_the_rules() {
    let strengths = all_five();
    assert_eq!(strengths.len(), 7_462);
    let mut in_order: Vec<_> = strengths.iter().collect();
    in_order.sort_unstable();
    assert!(in_order.windows(2).all(|pair| pair[0].1.0 < pair[1].1.0), "stronger hands are worth more");

    let mut frequencies: HashMap<Category, u32> = HashMap::new();
    for ((category, _), count) in strengths.values() {
        *frequencies.entry(*category).or_default() += count;
    }
    let expected = [
        (Category::HighCard, 1_302_540),
        (Category::Pair, 1_098_240),
        (Category::TwoPair, 123_552),
        (Category::Trips, 54_912),
        (Category::Straight, 10_200),
        (Category::Flush, 5_108),
        (Category::FullHouse, 3_744),
        (Category::Quads, 624),
        (Category::StraightFlush, 40),
    ];
    assert_eq!(frequencies, HashMap::from(expected));
    assert_eq!(frequencies.values().sum::<u32>(), 2_598_960);

    // With more cards, a hand has the strength that the best five of them have alone.
    let mut random = Random(7);
    let mut seen: HashMap<Category, u32> = HashMap::new();
    for _ in 0..150_000 {
        let deck = random.deck();
        let board = Board::of(deck[..5].first_chunk().unwrap());
        let of = |hand: &[u8]| best(hand);
        assert_eq!(strengths[&board.strength([deck[5]])].0, of(&deck[..6]), "{:x?}", &deck[..6]);
        let expected = of(&deck[..7]);
        assert_eq!(strengths[&board.strength([deck[5], deck[6]])].0, expected, "{:x?}", &deck[..7]);
        *seen.entry(expected.0).or_default() += 1;
    }
    assert!(seen.len() == 9 && seen.values().all(|count| *count > 500), "{seen:?}");
}

/// The hands of seven cards in which five cards are chosen out of more that count.
#[test]
fn the_best_five_of_seven_count() {
    let strength = |text: &str| {
        let all: [u8; 7] = cards(text);
        Board::of(all.first_chunk().unwrap()).strength([all[5], all[6]])
    };
    // Three pairs: the best two, and the best card of the others; of two trips, the lower is a pair.
    assert_eq!(strength("Kc Kd 9c 9d 4c 4d Qh"), strength("Kc Kd 9c 9d Qh 2c 3d"));
    assert_eq!(strength("Kc Kd 9c 9d 4c 4d 3h"), strength("Kc Kd 9c 9d 4c 2d 3h"));
    assert_eq!(strength("Kc Kd Kh 9c 9d 9h 3h"), strength("Kc Kd Kh 9c 9d 4h 3h"));
    assert_eq!(strength("Kc Kd Kh 9c 9d 4h 4c"), strength("Kc Kd Kh 9c 9d Qh 3h"));
    // Beside quads the best card counts, be it of trips.
    assert_eq!(strength("5c 5d 5h 5s 9c 9d 9h"), strength("5c 5d 5h 5s 9c 2d 3h"));
    assert_eq!(strength("5c 5d 5h 5s 9c 9d Th"), strength("5c 5d 5h 5s Tc 2d 3h"));
    // The lowest of seven cards of a suit make no difference, nor do longer straights.
    assert_eq!(strength("Ac Jc 9c 8c 7c 3c 2c"), strength("Ac Jc 9c 8c 7c Kd Kh"));
    assert_eq!(strength("3c 4d 5h 6s 7c 8d 9h"), strength("Kc Kd 5h 6s 7c 8d 9h"));
    assert_eq!(strength("Ac 2d 3h 4s 5c 6d Kh"), strength("2c 3d 4h 5s 6c Kd Kh"));
    // A flush beats the straight beside it; both together only count in one suit.
    assert_eq!(strength("4c 5c 6c 7c 8d Kc Ah"), strength("4c 5c 6c 7c Kc 2h 2d"));
    assert!(strength("Ac 2c 3c 4c 5c 9d 9h") > strength("9d 9h 9c 9s Ac Kc Qc"));
}
