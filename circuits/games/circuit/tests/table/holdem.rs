//! The board and the showdown of hold'em.

use arcis::Mxe;
use games_circuit::holdem::circuits::{
    self as holdem, Hand, POTS, SEATS, Showdown, reveal_flop, reveal_river, reveal_turn,
};

use crate::circuits::instruction;
use crate::poker::{Random, best, cards};

const NO_CARDS: Hand = Hand { holes: [[0; 2]; SEATS], board: [0; 5] };

fn natively(hand: Hand, pots: [u16; POTS], show_all: bool) -> Showdown {
    let (left, shown) = holdem::showdown(Mxe::get().from_arcis(hand), pots, show_all);
    assert_eq!(left.to_arcis(), NO_CARDS, "the cards are gone");
    shown
}

/// The showdown by the rules of poker.
fn expected(hand: &Hand, pots: [u16; POTS], show_all: bool) -> Showdown {
    let worth = |seat: &usize| {
        let mut seven = hand.board.to_vec();
        seven.extend(hand.holes[*seat]);
        best(&seven)
    };
    let winners = pots.map(|players| {
        let of_pot = || (0..SEATS).filter(|seat| players >> seat & 1 == 1);
        let most = of_pot().map(|seat| worth(&seat)).max();
        of_pot().filter(|seat| Some(worth(seat)) == most).fold(0, |winners, seat| winners | 1 << seat)
    });
    let showing = if show_all { pots } else { winners }.into_iter().fold(0, |all, seats| all | seats);
    let shows = |seat: usize| if showing >> seat & 1 == 1 { hand.holes[seat] } else { [0; 2] };
    Showdown { board: hand.board, winners, holes: std::array::from_fn(shows) }
}

/// A hand, and nested pots, as they come from bets; some are any sets of seats.
fn random_case(random: &mut Random) -> (Hand, [u16; POTS], bool) {
    let deck = random.deck();
    let holes = std::array::from_fn(|seat| [deck[5 + 2 * seat], deck[6 + 2 * seat]]);
    let hand = Hand { holes, board: *deck.first_chunk().unwrap() };
    let mut players = random.next() as u16 & 0x1ff;
    let nested = random.below(4) > 0;
    let pots = std::array::from_fn(|_| {
        let pot = players;
        players = if nested {
            players & (random.next() | random.next()) as u16
        } else {
            random.next() as u16 & 0x1ff
        };
        pot
    });
    (hand, pots, random.below(2) == 0)
}

#[test]
fn cards_of_the_board_come_by_rule() {
    let hand = random_case(&mut Random(1)).0;
    let state = || Mxe::get().from_arcis(hand);
    let board = hand.board;
    assert_eq!(reveal_flop(state()), [board[0], board[1], board[2]]);
    assert_eq!((reveal_turn(state()), reveal_river(state())), (board[3], board[4]));
    assert_eq!(instruction("reveal_flop").run::<_, [u8; 3]>(&hand, 0), [board[0], board[1], board[2]]);
    assert_eq!(instruction("reveal_turn").run::<_, u8>(&hand, 0), board[3]);
    assert_eq!(instruction("reveal_river").run::<_, u8>(&hand, 0), board[4]);
}

#[test]
fn the_best_hand_of_each_pot_wins_natively() {
    let mut random = Random(2);
    for _ in 0..4_000 {
        let (hand, pots, show_all) = random_case(&mut random);
        assert_eq!(natively(hand, pots, show_all), expected(&hand, pots, show_all), "{hand:x?} {pots:x?}");
    }
}

#[test]
fn the_circuit_finds_the_winners() {
    let showdown = instruction("showdown");
    let mut random = Random(3);
    for _ in 0..300 {
        let (hand, pots, show_all) = random_case(&mut random);
        let (left, shown): (Hand, Showdown) = showdown.run(&(hand, pots, show_all), 0);
        assert_eq!((left, shown), (NO_CARDS, expected(&hand, pots, show_all)), "{hand:x?} {pots:x?}");
    }
}

#[test]
fn parties_find_the_winners() {
    let showdown = instruction("showdown");
    let mut random = Random(4);
    for seed in 0..24 {
        let (hand, pots, show_all) = random_case(&mut random);
        let (left, shown): (Hand, Showdown) =
            showdown.run_by_parties(&(hand, pots, show_all), seed, seed % 4 == 0);
        assert_eq!((left, shown), (NO_CARDS, expected(&hand, pots, show_all)), "{hand:x?} {pots:x?}");
    }
}

/// A hand that is easy to follow.
#[test]
fn losers_and_those_who_folded_show_nothing() {
    let mut holes = [[0; 2]; SEATS];
    holes[0] = cards("Ac Ad");
    holes[3] = cards("Kc Kd");
    holes[5] = cards("2c 7d");
    holes[6] = cards("As Ah");
    let hand = Hand { holes, board: cards("2d 2h 9s Td 4c") };
    // Seat 0 is all in with less than the others; seat 5 would win, but has folded.
    let pots = [0b100_1001, 0b100_1000, 0, 0, 0, 0, 0, 0];
    let shown = natively(hand, pots, false);
    assert_eq!(shown.winners, [0b100_0001, 0b100_0000, 0, 0, 0, 0, 0, 0]);
    let seen = |shown: &Showdown| (0..SEATS).filter(|seat| shown.holes[*seat] != [0; 2]).collect::<Vec<_>>();
    assert_eq!(seen(&shown), [0, 6]);
    assert_eq!(seen(&natively(hand, pots, true)), [0, 3, 6]);
}
