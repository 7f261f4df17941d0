//! Rock, paper, scissors: for two players who need not be there at the same time, and against the house.

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
    pub enum Outcome {
        /// Someone has not shown anything yet.
        Open,
        /// Both showed the same.
        Tie,
        /// The first player wins.
        Win,
        /// The second player wins.
        Loss,
    }

    /// What each player has shown.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Round {
        /// The first player's hand.
        pub first: Option<Shape>,
        /// The second player's hand.
        pub second: Option<Shape>,
    }

    impl Shape {
        fn beats(self, other: Shape) -> bool {
            matches!(
                (self, other),
                (Shape::Rock, Shape::Scissors)
                    | (Shape::Paper, Shape::Rock)
                    | (Shape::Scissors, Shape::Paper)
            )
        }

        fn against(self, other: Shape) -> Outcome {
            if self == other {
                Outcome::Tie
            } else if self.beats(other) {
                Outcome::Win
            } else {
                Outcome::Loss
            }
        }
    }

    /// Starts a round.
    #[instruction]
    pub fn start_round() -> Enc<Mxe, Round> {
        Mxe::get().from_arcis(Round { first: None, second: None })
    }

    /// Takes the hand of a player: of the first, or of the second. The application knows who is who; a hand that was
    /// shown stays.
    #[instruction]
    pub fn show(hand: Enc<Shared, Shape>, round: Enc<Mxe, Round>, is_first: bool) -> Enc<Mxe, Round> {
        let mut shown = round.to_arcis();
        let place = if is_first { &mut shown.first } else { &mut shown.second };
        place.get_or_insert(hand.to_arcis());
        round.owner.from_arcis(shown)
    }

    /// Says who wins, once both have shown their hands.
    #[instruction]
    pub fn judge(round: Enc<Mxe, Round>) -> Outcome {
        let round = round.to_arcis();
        let outcome = if let (Some(first), Some(second)) = (round.first, round.second) {
            first.against(second)
        } else {
            Outcome::Open
        };
        outcome.reveal()
    }

    /// Plays against a house that shows each hand with the same chance. Rejects a draw out of four, many times over.
    #[instruction]
    pub fn play_house(hand: Enc<Shared, Shape>) -> (Enc<Shared, Shape>, Outcome) {
        let (drawn, _) = ArcisRNG::gen_integer_in_range(0, 2, 40);
        let house = match drawn {
            0 => Shape::Rock,
            1 => Shape::Paper,
            _ => Shape::Scissors,
        };
        (hand.owner.from_arcis(house), hand.to_arcis().against(house).reveal())
    }
}
