//! Blackjack against the house. Nobody knows the order of the cards; the player sees their own, everybody the dealer's
//! first. The dealer draws up to 17 and stands on any 17.

use arcis::encrypted;

/// The circuits.
#[encrypted]
pub mod circuits {
    use arcis::*;
    use cards::{DECK, HAND, Hand, best_total, hand_total, is_blackjack, points, rank, shuffled};

    /// Where a game is.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Stage {
        /// The player may hit, stand or double.
        Player,
        /// The dealer plays.
        Dealer,
        /// All cards are drawn.
        Over,
    }

    /// How a game ends, for the player.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Outcome {
        /// It has not ended.
        Open,
        /// The stake is lost.
        Loss,
        /// The stake is returned.
        Push,
        /// The stake is won.
        Win,
        /// One and a half stakes are won.
        Blackjack,
    }

    /// A game.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Table {
        /// The cards, as they were shuffled.
        pub deck: [u8; DECK],
        /// How many of them are drawn.
        pub drawn: u8,
        /// The player's cards.
        pub player: Hand,
        /// The dealer's cards.
        pub dealer: Hand,
        /// Where the game is.
        pub stage: Stage,
        /// Whether the player has doubled the stake.
        pub doubled: bool,
    }

    impl Table {
        fn draw(&mut self) -> u8 {
            let card = self.deck[self.drawn as usize];
            self.drawn += 1;
            card
        }

        /// A card for the player, whose turn it is; the game is over when they go bust.
        fn hit(&mut self) {
            let card = self.draw();
            self.player.push(card);
            let total = hand_total(&self.player);
            if total > 21 {
                self.stage = Stage::Over;
            } else if total == 21 {
                self.stage = Stage::Dealer;
            }
        }
    }

    /// Shuffles and deals: two cards each. Everybody sees the dealer's first.
    #[instruction]
    pub fn deal(player: Shared) -> (Enc<Mxe, Table>, Enc<Shared, Hand>, u8) {
        let deck = shuffled();
        let mut table = Table {
            deck,
            drawn: 4,
            player: Hand::from_slice(&[deck[0], deck[2]]),
            dealer: Hand::from_slice(&[deck[1], deck[3]]),
            stage: Stage::Player,
            doubled: false,
        };
        if is_blackjack(&table.player) {
            table.stage = Stage::Dealer;
        }
        (Mxe::get().from_arcis(table), player.from_arcis(table.player), deck[1].reveal())
    }

    /// One more card for the player. The second result is where the game is then.
    #[instruction]
    pub fn hit(table: Enc<Mxe, Table>, player: Shared) -> (Enc<Mxe, Table>, Enc<Shared, Hand>, Stage) {
        let mut game = table.to_arcis();
        if game.stage == Stage::Player {
            game.hit();
        }
        (table.owner.from_arcis(game), player.from_arcis(game.player), game.stage.reveal())
    }

    /// Doubles the stake for exactly one more card: with the first two cards only.
    #[instruction]
    pub fn double_down(table: Enc<Mxe, Table>, player: Shared) -> (Enc<Mxe, Table>, Enc<Shared, Hand>, bool) {
        let mut game = table.to_arcis();
        let may = game.stage == Stage::Player && game.player.len() == 2;
        if may {
            game.doubled = true;
            game.stage = Stage::Dealer;
            game.hit();
        }
        (table.owner.from_arcis(game), player.from_arcis(game.player), may.reveal())
    }

    /// The player takes no more cards.
    #[instruction]
    pub fn stand(table: Enc<Mxe, Table>) -> Enc<Mxe, Table> {
        let mut game = table.to_arcis();
        if game.stage == Stage::Player {
            game.stage = Stage::Dealer;
        }
        table.owner.from_arcis(game)
    }

    /// The dealer draws until they have 17 or more. Everybody sees the dealer's cards then; before, none of them.
    #[instruction]
    pub fn dealer_play(table: Enc<Mxe, Table>) -> (Enc<Mxe, Table>, Hand) {
        let mut game = table.to_arcis();
        // The next cards of the deck: the dealer takes some of the first of them.
        let mut next = game.deck;
        next.rotate_left(game.drawn as usize);
        let mut total: u8 = game.dealer.iter().map(|card| points(*card)).sum();
        let mut has_ace = game.dealer.iter().any(|card| rank(*card) == 1);
        let plays = game.stage == Stage::Dealer;
        for card in next.into_iter().take(HAND - 2) {
            if plays && best_total(total, has_ace) < 17 {
                game.dealer.push(card);
                game.drawn += 1;
                total += points(card);
                has_ace |= rank(card) == 1;
            }
        }
        if plays {
            game.stage = Stage::Over;
        }
        let shown = if game.stage == Stage::Over { game.dealer } else { Hand::new() };
        (table.owner.from_arcis(game), shown.reveal())
    }

    /// Who wins, and whether the stake was doubled.
    #[instruction]
    pub fn resolve(table: Enc<Mxe, Table>) -> (Outcome, bool) {
        let game = table.to_arcis();
        let (player, dealer) = (hand_total(&game.player), hand_total(&game.dealer));
        let outcome = match (is_blackjack(&game.player), is_blackjack(&game.dealer)) {
            _ if game.stage != Stage::Over => Outcome::Open,
            _ if player > 21 => Outcome::Loss,
            (true, true) => Outcome::Push,
            (true, false) => Outcome::Blackjack,
            (false, true) => Outcome::Loss,
            _ if dealer > 21 || player > dealer => Outcome::Win,
            _ if player == dealer => Outcome::Push,
            _ => Outcome::Loss,
        };
        (outcome.reveal(), game.doubled.reveal())
    }
}
