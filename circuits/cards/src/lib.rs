//! A deck of cards, for circuits: a library crate. A circuit module writes `use cards::..`, and the `Cargo.toml` of its
//! crate names this one with its path; the compiler then reads it.
//!
//! A card is a byte: its rank from 1 (the ace) to 13 (the king) in the low four bits, its suit above them. So rank and suit
//! of a secret card cost nothing.

use arcis::*;

pub mod poker;

#[encrypted_library]
mod arcis_library {
    use arcis::*;

    /// Cards in a deck.
    pub const DECK: usize = 52;
    /// Most cards that a hand of blackjack can have: 21 of the lowest cards.
    pub const HAND: usize = 11;
    /// The rank of an ace.
    pub const ACE: u8 = 1;

    /// The cards of a player.
    pub type Hand = BoundedVec<u8, HAND>;

    /// All cards, in order.
    pub const fn new_deck() -> [u8; DECK] {
        let mut deck = [0; DECK];
        let mut place = 0;
        while place < DECK {
            deck[place] = (place / 13 * 16 + place % 13) as u8 + ACE;
            place += 1;
        }
        deck
    }

    /// No card: what a place holds where there is none.
    pub const NO_CARD: u8 = 0;

    /// A deck in an order that nobody knows.
    pub fn shuffled() -> [u8; DECK] {
        shuffled_decks::<DECK>()
    }

    /// The cards of several decks, `CARDS / 52` of them, in an order that nobody knows.
    pub fn shuffled_decks<const CARDS: usize>() -> [u8; CARDS] {
        let deck = const { new_deck() };
        let mut cards = [0; CARDS];
        for place in 0..CARDS {
            cards[place] = deck[place % DECK];
        }
        ArcisRNG::shuffle(&mut cards);
        cards
    }

    /// What each of so many players holds: of a shuffled deck the cards from `first` on, one after another. Who is not dealt
    /// in, by the bits of `players`, holds nothing.
    pub fn deal_to<const CARDS: usize, const PLAYERS: usize, const EACH: usize>(
        cards: &[u8; CARDS],
        first: usize,
        players: u16,
    ) -> [[u8; EACH]; PLAYERS] {
        let mut hands = [[NO_CARD; EACH]; PLAYERS];
        for player in 0..PLAYERS {
            for card in 0..EACH {
                if (players >> player) & 1 == 1 {
                    hands[player][card] = cards[first + EACH * player + card];
                }
            }
        }
        hands
    }

    /// From the ace, 1, to the king, 13.
    pub fn rank(card: u8) -> u8 {
        card & 15
    }

    /// Of a total of cards in which each ace counts one, what it is worth in blackjack: one ace may count eleven.
    pub fn best_total(total: u8, has_ace: bool) -> u8 {
        if has_ace && total <= 11 { total + 10 } else { total }
    }

    /// What a card is worth in blackjack, an ace as one.
    pub fn points(card: u8) -> u8 {
        let rank = rank(card);
        if rank > 10 { 10 } else { rank }
    }

    /// What a hand is worth in blackjack.
    pub fn hand_total(hand: &Hand) -> u8 {
        let total = hand.iter().map(|card| points(*card)).sum();
        best_total(total, hand.iter().any(|card| rank(*card) == ACE))
    }

    /// Whether a hand is an ace and a card worth ten, which beats every other.
    pub fn is_blackjack(hand: &Hand) -> bool {
        hand.len() == 2 && hand_total(hand) == 21
    }
}
