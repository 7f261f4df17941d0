//! A coin that no one can predict, and no one can bias: all nodes throw it together.

use arcis::encrypted;

/// The circuits.
#[encrypted]
pub mod circuits {
    use arcis::*;

    /// A player's guess.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Guess {
        /// Heads, rather than tails.
        pub heads: bool,
    }

    /// Throws the coin; says whether the player guessed it. The guess stays secret.
    #[instruction]
    pub fn flip(guess: Enc<Shared, Guess>) -> bool {
        let guess = guess.to_arcis();
        let heads = ArcisRNG::bool();
        (guess.heads == heads).reveal()
    }

    /// A die with as many sides as a byte can say, thrown for a player alone. The second part is whether there was a throw:
    /// without sides, or once in four billion times, there is none.
    #[instruction]
    pub fn roll_die(player: Shared) -> Enc<Shared, (u8, bool)> {
        let (value, thrown) = ArcisRNG::gen_integer_in_range(1, 6, 32);
        player.from_arcis((value as u8, thrown))
    }
}
