//! Rock, paper, scissors.

use arcis::{ArcisRNG, ArcisX25519Pubkey, Shared};
use games_circuit::rock_paper_scissors::circuits::{self as game, Shape, Verdict};

use crate::circuits::instruction;

const SHAPES: [Shape; 3] = [Shape::Rock, Shape::Paper, Shape::Scissors];

/// Each shape beats the one before.
fn expected(first: Shape, second: Shape) -> Verdict {
    match (3 + first as u8 - second as u8) % 3 {
        0 => Verdict::Tie,
        1 => Verdict::Win,
        _ => Verdict::Loss,
    }
}

fn client(number: u8) -> Shared {
    Shared::new(ArcisX25519Pubkey::from_bytes([number; 32]))
}

#[test]
fn the_better_shape_wins() {
    for first in SHAPES {
        let kept = || game::show_first(client(1).from_arcis(first));
        assert_eq!(kept().to_arcis(), first);
        assert_eq!(instruction("show_first").run::<_, Shape>(&first, 0), first);
        for second in SHAPES {
            let verdict = (first, second, expected(first, second));
            assert_eq!(game::show_second(client(2).from_arcis(second), kept()), verdict);
            let show = instruction("show_second");
            assert_eq!(show.run::<_, (Shape, Shape, Verdict)>(&(second, first), 0), verdict);
            for seed in 0..2 {
                let by_parties: (Shape, Shape, Verdict) =
                    show.run_by_parties(&(second, first), seed, seed == 0);
                assert_eq!(by_parties, verdict);
            }
        }
    }
}

/// A shape that is none is rock, so that nobody wins with it.
#[test]
fn there_is_no_fourth_shape() {
    for other in SHAPES {
        let circuit = instruction("show_second");
        let (_, shown, verdict): (Shape, Shape, Verdict) = circuit.run(&(3u8, other), 0);
        assert_eq!((shown, verdict), (Shape::Rock, expected(other, Shape::Rock)));
    }
}

/// Chi-squared with two degrees of freedom, which a fair house exceeds once in a million seeds.
#[test]
fn the_house_shows_every_shape_as_often() {
    let mut seen = [[0u32; 3]; 2];
    for seed in 0..900u64 {
        for hand in SHAPES {
            ArcisRNG::seed(3 * seed + hand as u64);
            let native = game::play_house(client(1).from_arcis(hand));
            let circuit = instruction("play_house").run(&hand, 3 * seed + hand as u64);
            for (place, (shown, house, verdict)) in [native, circuit].into_iter().enumerate() {
                assert_eq!((shown, verdict), (hand, expected(hand, house)));
                seen[place][house as usize] += 1;
            }
        }
    }
    for counts in seen {
        let chi_squared: f64 = counts.iter().map(|it| (f64::from(*it) - 900.0).powi(2) / 900.0).sum();
        assert!(chi_squared < 27.6, "{counts:?}");
    }
}
