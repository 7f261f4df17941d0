//! Blackjack against the house, with two decks shuffled for every hand.
//!
//! How many cards a player has taken is public, so the circuits are told it: no secret counts the cards, and a hit looks at
//! one card. All cards that a hand can come to are drawn when it is dealt, the player's and the dealer's apart, which of
//! shuffled cards is as good as drawing them in turn. The dealer draws up to 17 and stands on any 17.

use arcis::encrypted;

/// The circuits.
#[encrypted]
pub mod circuits {
    use arcis::*;
    use cards::{ACE, DECK, NO_CARD, best_total, points, rank, shuffled_decks};

    /// Cards in two decks.
    pub const CARDS: usize = 2 * DECK;
    /// Most cards that a player can come to have: eight aces and six deuces are 20, and one more.
    pub const PLAYER: usize = 15;
    /// Most cards that the dealer can come to have: six aces, a six, two aces and two deuces.
    pub const DEALER: usize = 11;

    /// The cards of a game, in the order in which they are taken.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Game {
        /// The player's.
        pub player: [u8; PLAYER],
        /// The dealer's.
        pub dealer: [u8; DEALER],
    }

    /// What everybody learns of the player's hand.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Total {
        /// Less than 21: the player may go on.
        Below,
        /// 21: the player stands.
        Full,
        /// More: the player has lost.
        Bust,
    }

    /// How a game ends, for the player.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Outcome {
        /// The stake is lost.
        Loss,
        /// The stake is returned.
        Push,
        /// The stake is won.
        Win,
        /// One and a half stakes are won.
        Blackjack,
    }

    /// What everybody sees in the end; [`NO_CARD`] where none was taken.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Settlement {
        /// The player's cards.
        pub player: [u8; PLAYER],
        /// The dealer's cards.
        pub dealer: [u8; DEALER],
        /// Who wins.
        pub outcome: Outcome,
    }

    /// What the first cards of a hand are worth.
    fn worth(cards: &[u8], count: usize) -> u8 {
        let mut total = 0;
        let mut has_ace = false;
        for (place, card) in cards.iter().enumerate() {
            if place < count {
                total += points(*card);
                has_ace |= rank(*card) == ACE;
            }
        }
        best_total(total, has_ace)
    }

    fn judge(total: u8) -> Total {
        if total > 21 {
            Total::Bust
        } else if total == 21 {
            Total::Full
        } else {
            Total::Below
        }
    }

    /// Shuffles and deals: two cards each. Everybody sees the dealer's first, and whether the player has 21 at once.
    #[instruction]
    pub fn deal_blackjack(player: Shared) -> (Enc<Mxe, Game>, Enc<Shared, [u8; 2]>, u8, Total) {
        let cards = shuffled_decks::<CARDS>();
        let mut game = Game { player: [NO_CARD; PLAYER], dealer: [NO_CARD; DEALER] };
        for place in 0..PLAYER {
            game.player[place] = cards[place];
        }
        for place in 0..DEALER {
            game.dealer[place] = cards[PLAYER + place];
        }
        let total = judge(worth(&game.player, 2));
        let first = [game.player[0], game.player[1]];
        (Mxe::get().from_arcis(game), player.from_arcis(first), game.dealer[0].reveal(), total.reveal())
    }

    /// One more card for the player, who has `held`. After a double it is the last one, which is for the program to see to.
    #[instruction]
    pub fn hit(game: Enc<Mxe, Game>, player: Shared, held: u8) -> (Enc<Shared, u8>, Total) {
        let cards = game.to_arcis().player;
        let total = judge(worth(&cards, held as usize + 1));
        (player.from_arcis(cards[held as usize]), total.reveal())
    }

    /// The player, who has `held` cards, stands: the dealer plays, all cards taken are shown, and someone wins. All others
    /// are gone.
    #[instruction]
    pub fn stand(game: Enc<Mxe, Game>, held: u8) -> (Enc<Mxe, Game>, Settlement) {
        let cards = game.to_arcis();
        let player = worth(&cards.player, held as usize);
        let player_has_blackjack = (player == 21) & (held == 2);

        // The dealer's totals, card by card, until one of them is enough.
        let mut shown = [NO_CARD; DEALER];
        let mut dealer = 0;
        let mut draws = true;
        for place in 0..DEALER {
            if draws {
                shown[place] = cards.dealer[place];
            }
            let total = worth(&cards.dealer, place + 1);
            if draws {
                dealer = total;
            }
            // The first two are dealt in any case; of these a total of 17 or more is the last one too.
            draws &= (place == 0) | (total < 17);
        }
        let dealer_has_blackjack = (dealer == 21) & (shown[2] == NO_CARD);

        let outcome = if player > 21 {
            Outcome::Loss
        } else if player_has_blackjack | dealer_has_blackjack {
            if player_has_blackjack & dealer_has_blackjack {
                Outcome::Push
            } else if player_has_blackjack {
                Outcome::Blackjack
            } else {
                Outcome::Loss
            }
        } else if (dealer > 21) | (player > dealer) {
            Outcome::Win
        } else if player == dealer {
            Outcome::Push
        } else {
            Outcome::Loss
        };
        let mut taken = [NO_CARD; PLAYER];
        for place in 0..PLAYER {
            if place < held as usize {
                taken[place] = cards.player[place];
            }
        }
        let result = Settlement { player: taken.reveal(), dealer: shown.reveal(), outcome: outcome.reveal() };
        (game.owner.from_arcis(Game { player: [NO_CARD; PLAYER], dealer: [NO_CARD; DEALER] }), result)
    }
}
