//! Texas hold'em for up to nine players: who sees which card, and who wins.
//!
//! A hand's cards are drawn once, when it is dealt, and stay in one encrypted cell: hole cards of all seats, and the board.
//! The rest of the deck is not kept. Bets, folds and whose turn it is are public, so the circuits know nothing of them; which
//! of them runs when is the program's to say.

use arcis::encrypted;

/// The circuits.
#[encrypted]
pub mod circuits {
    use arcis::*;
    use cards::poker::{BOARD, Board, HOLE};
    use cards::{NO_CARD, deal_to, shuffled};

    /// Seats at a table.
    pub const SEATS: usize = 9;
    /// Pots that can be contested: with nine players all in for nine amounts, all but the last one.
    pub const POTS: usize = 8;

    /// The cards of a player.
    pub type Hole = [u8; HOLE];

    /// The cards of a hand, as they were dealt.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Hand {
        /// Of every seat; [`NO_CARD`] where nobody was dealt in.
        pub holes: [Hole; SEATS],
        /// The board: flop, turn and river.
        pub board: [u8; BOARD],
    }

    /// What everybody sees at the showdown.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Showdown {
        /// The whole board.
        pub board: [u8; BOARD],
        /// For each pot the seats that win it, as bits: several where they tie.
        pub winners: [u16; POTS],
        /// The cards of the seats that show theirs; [`NO_CARD`] of the others.
        pub holes: [Hole; SEATS],
    }

    impl Hand {
        fn empty() -> Hand {
            Hand { holes: [[NO_CARD; HOLE]; SEATS], board: [NO_CARD; BOARD] }
        }
    }

    /// Whether a seat is among those that a word's bits say.
    fn has(seats: u16, seat: usize) -> bool {
        (seats >> seat) & 1 == 1
    }

    /// Shuffles and deals: two cards to each of `seats`, which only they can read, and the board, which nobody sees yet.
    /// A seat that is not dealt in needs a key nevertheless, of anybody: it is told that it has no cards.
    #[instruction]
    pub fn deal_holdem(
        seats: u16,
        seat_0: Shared,
        seat_1: Shared,
        seat_2: Shared,
        seat_3: Shared,
        seat_4: Shared,
        seat_5: Shared,
        seat_6: Shared,
        seat_7: Shared,
        seat_8: Shared,
    ) -> (
        Enc<Mxe, Hand>,
        Enc<Shared, Hole>,
        Enc<Shared, Hole>,
        Enc<Shared, Hole>,
        Enc<Shared, Hole>,
        Enc<Shared, Hole>,
        Enc<Shared, Hole>,
        Enc<Shared, Hole>,
        Enc<Shared, Hole>,
        Enc<Shared, Hole>,
    ) {
        let deck = shuffled();
        let holes: [Hole; SEATS] = deal_to(&deck, BOARD, seats);
        let hand = Hand { holes, board: [deck[0], deck[1], deck[2], deck[3], deck[4]] };
        (
            Mxe::get().from_arcis(hand),
            seat_0.from_arcis(holes[0]),
            seat_1.from_arcis(holes[1]),
            seat_2.from_arcis(holes[2]),
            seat_3.from_arcis(holes[3]),
            seat_4.from_arcis(holes[4]),
            seat_5.from_arcis(holes[5]),
            seat_6.from_arcis(holes[6]),
            seat_7.from_arcis(holes[7]),
            seat_8.from_arcis(holes[8]),
        )
    }

    /// Shows the first three cards of the board.
    #[instruction]
    pub fn reveal_flop(hand: Enc<Mxe, Hand>) -> [u8; 3] {
        let board = hand.to_arcis().board;
        [board[0], board[1], board[2]].reveal()
    }

    /// Shows the fourth card of the board.
    #[instruction]
    pub fn reveal_turn(hand: Enc<Mxe, Hand>) -> u8 {
        hand.to_arcis().board[3].reveal()
    }

    /// Shows the fifth card of the board.
    #[instruction]
    pub fn reveal_river(hand: Enc<Mxe, Hand>) -> u8 {
        hand.to_arcis().board[4].reveal()
    }

    /// Says who wins, and shows the winners' cards: of the seats in a pot, those with the best five of seven. With `show_all`
    /// all seats that are in a pot show theirs. Who is in none, having folded, never does: all cards are gone afterwards.
    ///
    /// `pots` are the seats that can win each, as bits; none where there is no such pot.
    #[instruction]
    pub fn showdown(hand: Enc<Mxe, Hand>, pots: [u16; POTS], show_all: bool) -> (Enc<Mxe, Hand>, Showdown) {
        let cards = hand.to_arcis();
        let board = Board::of(&cards.board);
        let strengths = cards.holes.map(|hole| board.strength(hole));

        // Of every seat those that are stronger, as bits.
        let mut stronger = [0; SEATS];
        for a in 0..SEATS {
            for b in 0..a {
                let is_stronger = strengths[a] > strengths[b];
                let is_same = strengths[a] == strengths[b];
                stronger[b] |= (is_stronger as u16) << a;
                stronger[a] |= (!(is_stronger | is_same) as u16) << b;
            }
        }
        let mut winners = [0; POTS];
        for pot in 0..POTS {
            for seat in 0..SEATS {
                let wins = has(pots[pot], seat) & ((pots[pot] & stronger[seat]) == 0);
                winners[pot] |= (wins as u16) << seat;
            }
        }
        let winners = winners.reveal();

        // That is public now, so that it costs nothing to choose by it.
        let mut shown = [[NO_CARD; HOLE]; SEATS];
        for seat in 0..SEATS {
            let shows = |seats: u16| has(seats, seat);
            if winners.iter().any(|it| shows(*it)) || (show_all && pots.iter().any(|it| shows(*it))) {
                shown[seat] = cards.holes[seat];
            }
        }
        let result = Showdown { board: cards.board.reveal(), winners, holes: shown.reveal() };
        (hand.owner.from_arcis(Hand::empty()), result)
    }
}
