use arcis::{ArcisRNG, Mxe};
use circuit_examples::coin_flip::circuits::{self as coin, Guess};
use circuit_examples::rock_paper_scissors::circuits::{self as round, Outcome, Round, Shape};

use crate::me;
use crate::support::Circuits;

const SHAPES: [Shape; 3] = [Shape::Rock, Shape::Paper, Shape::Scissors];

/// Rock loses to paper, paper to scissors, scissors to rock.
fn expected(a: Shape, b: Shape) -> Outcome {
    match (b as i32 - a as i32).rem_euclid(3) {
        0 => Outcome::Tie,
        1 => Outcome::Loss,
        _ => Outcome::Win,
    }
}

#[test]
fn the_better_shape_wins() {
    let circuits = Circuits::of("rock_paper_scissors.rs");
    let mxe = Mxe::get();
    for first in [None, Some(Shape::Rock), Some(Shape::Paper), Some(Shape::Scissors)] {
        for second in [None, Some(Shape::Rock), Some(Shape::Paper), Some(Shape::Scissors)] {
            let mut state: Round = circuits.run("start_round", &(), 0);
            assert_eq!(state, round::start_round().to_arcis());
            for (hand, is_first) in [(first, true), (second, false)] {
                let Some(hand) = hand else { continue };
                let native = round::show(me().from_arcis(hand), mxe.from_arcis(state), is_first).to_arcis();
                state = circuits.run("show", &(hand, state, is_first), 0);
                assert_eq!(state, native);
                // Who has shown a hand cannot show another.
                let again = round::show(me().from_arcis(Shape::Rock), mxe.from_arcis(state), is_first);
                assert_eq!(again.to_arcis(), state);
                assert_eq!(circuits.run::<_, Round>("show", &(Shape::Rock, state, is_first), 0), state);
            }
            assert_eq!((state.first, state.second), (first, second));
            let outcome = match (first, second) {
                (Some(first), Some(second)) => expected(first, second),
                _ => Outcome::Open,
            };
            assert_eq!(round::judge(mxe.from_arcis(state)), outcome);
            assert_eq!(circuits.run::<_, Outcome>("judge", &state, 0), outcome);
        }
    }
}

#[test]
fn the_house_plays_all_shapes() {
    let circuits = Circuits::of("rock_paper_scissors.rs");
    let mut seen = [0; 3];
    for seed in 0..60 {
        for hand in SHAPES {
            ArcisRNG::seed(seed);
            let (house, outcome) = round::play_house(me().from_arcis(hand));
            assert_eq!(outcome, expected(hand, house.to_arcis()));
            let (house, outcome): (Shape, Outcome) = circuits.run("play_house", &hand, seed);
            assert_eq!(outcome, expected(hand, house));
            seen[house as usize] += 1;
        }
    }
    assert!(seen.iter().all(|count| *count > 30), "{seen:?}");
}

#[test]
fn coins_and_dice_are_fair_enough() {
    let circuits = Circuits::of("coin_flip.rs");
    let mut right = 0;
    let mut sides = [0; 7];
    for seed in 0..200 {
        let won: bool = circuits.run("flip", &Guess { heads: true }, seed);
        // The coin does not depend on the guess.
        assert_eq!(circuits.run::<_, bool>("flip", &Guess { heads: false }, seed), !won);
        right += u32::from(won);
        let (value, thrown): (u8, bool) = circuits.run("roll_die", &(), seed);
        assert!(thrown);
        sides[usize::from(value)] += 1;
        let (value, thrown) = coin::roll_die(me()).to_arcis();
        assert!(thrown && (1..=6).contains(&value));
    }
    assert!((60..140).contains(&right), "{right} of 200");
    assert!(sides[0] == 0 && sides[1..].iter().all(|count| *count > 15), "{sides:?}");
    let natively = (0..200).filter(|_| coin::flip(me().from_arcis(Guess { heads: true }))).count();
    assert!((60..140).contains(&natively), "{natively} of 200");
}
