//! Rock, paper, scissors: two players who need not be there at the same time, or one against the house.
//!
//! Whoever shows first cannot be peeked at, whoever is second cannot wait for more than the deadline: without their hand the
//! first one's is never opened, and the program gives the stakes to who did show.

use arcis::encrypted;

/// The circuits.
#[encrypted]
pub mod circuits {
    use arcis::*;

    /// What a hand shows.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Shape {
        /// Beats scissors.
        Rock,
        /// Beats rock.
        Paper,
        /// Beats paper.
        Scissors,
    }

    /// How a round ends, for the first player; against the house, for the player.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Verdict {
        /// Both show the same.
        Tie,
        /// The first player wins.
        Win,
        /// The second player, or the house, wins.
        Loss,
    }

    impl Shape {
        fn against(self, other: Shape) -> Verdict {
            match (self, other) {
                (Shape::Rock, Shape::Scissors)
                | (Shape::Paper, Shape::Rock)
                | (Shape::Scissors, Shape::Paper) => Verdict::Win,
                _ if self == other => Verdict::Tie,
                _ => Verdict::Loss,
            }
        }
    }

    /// Keeps the first player's hand.
    #[instruction]
    pub fn show_first(hand: Enc<Shared, Shape>) -> Enc<Mxe, Shape> {
        Mxe::get().from_arcis(hand.to_arcis())
    }

    /// Takes the second player's hand, and says who wins and what both showed.
    #[instruction]
    pub fn show_second(hand: Enc<Shared, Shape>, first: Enc<Mxe, Shape>) -> (Shape, Shape, Verdict) {
        let (first, second) = (first.to_arcis(), hand.to_arcis());
        (first.reveal(), second.reveal(), first.against(second).reveal())
    }

    /// Plays against a house that shows each shape with the same chance. Rejects a draw out of four, many times over.
    #[instruction]
    pub fn play_house(hand: Enc<Shared, Shape>) -> (Shape, Shape, Verdict) {
        let (drawn, _) = ArcisRNG::gen_integer_in_range(0, 2, 64);
        let house = match drawn {
            0 => Shape::Rock,
            1 => Shape::Paper,
            _ => Shape::Scissors,
        };
        let hand = hand.to_arcis();
        (hand.reveal(), house.reveal(), hand.against(house).reveal())
    }
}
