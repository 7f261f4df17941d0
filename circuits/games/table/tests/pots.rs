//! Pots against a reference that lays down one chip at a time.

#![allow(missing_docs)]

use games_table::pots::CONTESTED;
use games_table::{Error, Pots, Rules, SEATS, SeatState, Seats, Table};
use proptest::prelude::*;

/// A seat: in the hand or folded, what it put in, what it forfeited.
type Stake = (bool, u64, u64);

fn table(stakes: &[Stake; SEATS]) -> Table {
    let mut table = Table::new(Rules::default()).unwrap();
    for (seat, (contends, committed, forfeited)) in table.seats.iter_mut().zip(*stakes) {
        seat.state = if contends { SeatState::Contending } else { SeatState::Folded };
        (seat.committed, seat.forfeited) = (committed, forfeited);
    }
    table
}

/// Chip by chip: the seats that can win it, and how many chips there are for the same seats.
fn reference(stakes: &[Stake; SEATS]) -> Vec<(u16, u64)> {
    let mut pots: Vec<(u16, u64)> = Vec::new();
    for chip in 1..=stakes.iter().map(|it| it.1).max().unwrap() {
        let mut players = 0;
        for (seat, (contends, committed, _)) in stakes.iter().enumerate() {
            if *contends && *committed >= chip {
                players |= 1 << seat;
            }
        }
        let chips = stakes.iter().filter(|it| it.1 >= chip).count() as u64;
        match pots.last_mut() {
            // Beyond what all contenders put in, chips lie with the last of theirs.
            Some(last) if players == 0 || last.0 == players => last.1 += chips,
            _ => pots.push((players, chips)),
        }
    }
    pots[0].1 += stakes.iter().map(|it| it.2).sum::<u64>();
    pots
}

/// Who gets what, if strengths decide: chips are handed out one at a time, round after round, from behind the button on.
fn dealt_out(pots: &[(u16, u64)], strengths: &[u8; SEATS], button: usize) -> [u64; SEATS] {
    let mut payouts = [0; SEATS];
    for (players, chips) in pots {
        let best =
            (0..SEATS).filter(|seat| players >> seat & 1 == 1).map(|seat| strengths[seat]).max().unwrap();
        let wins = |seat: &usize| players >> seat & 1 == 1 && strengths[*seat] == best;
        let winners: Vec<usize> = (1..=SEATS).map(|step| (button + step) % SEATS).filter(wins).collect();
        for chip in 0..*chips {
            payouts[winners[chip as usize % winners.len()]] += 1;
        }
    }
    payouts
}

fn stakes() -> impl Strategy<Value = [Stake; SEATS]> {
    // Few amounts, so that many are the same.
    let committed = prop_oneof![0..6u64, Just(10), Just(20), 0..60u64];
    let seat = (any::<bool>(), committed, prop_oneof![3 => Just(0u64), 1 => 0..9u64]);
    proptest::array::uniform9(seat).prop_filter("someone with chips in the hand", |stakes| {
        stakes.iter().any(|(contends, committed, _)| *contends && *committed > 0)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn pots_are_those_of_the_reference(stakes in stakes(), strengths in any::<[u8; SEATS]>(), few in any::<bool>(), button in 0..SEATS) {
        let strengths = strengths.map(|it| if few { it % 3 } else { it });
        let pots = Pots::of(&table(&stakes));
        let laid: Vec<(u16, u64)> = pots.as_slice().iter().map(|pot| (pot.players.0, pot.chips)).collect();
        let expected = reference(&stakes);
        prop_assert_eq!(&laid, &expected);

        let contested = pots.for_showdown();
        let winners = contested.map(|players| {
            let strength = |seat: &u8| strengths[usize::from(*seat)];
            let best = Seats(players).after(0).map(|seat| strength(&seat)).max();
            Seats(players).after(0).filter(|seat| Some(strength(seat)) == best).collect::<Seats>().0
        });
        let payouts = pots.divide(&winners, button as u8).unwrap();
        prop_assert_eq!(payouts, dealt_out(&expected, &strengths, button));
        prop_assert_eq!(payouts.iter().sum::<u64>(), stakes.iter().map(|it| it.1 + it.2).sum::<u64>());
    }
}

#[test]
fn winners_that_cannot_be_are_refused() {
    let mut stakes = [(false, 0, 0); SEATS];
    stakes[1] = (true, 10, 0);
    stakes[3] = (true, 20, 0);
    stakes[8] = (true, 20, 0);
    let pots = Pots::of(&table(&stakes));
    assert_eq!(pots.for_showdown()[..3], [1 << 1 | 1 << 3 | 1 << 8, 1 << 3 | 1 << 8, 0]);
    let divide = |first: u16, second: u16, third: u16| {
        let mut winners = [0; CONTESTED];
        winners[..3].copy_from_slice(&[first, second, third]);
        pots.divide(&winners, 0)
    };
    assert_eq!(divide(1 << 1, 1 << 3, 0), Ok([0, 30, 0, 20, 0, 0, 0, 0, 0]));
    for (first, second, third, pot) in
        [(0, 1 << 3, 0, 0), (1 << 0, 1 << 3, 0, 0), (1 << 1, 1 << 1, 0, 1), (1 << 1, 1 << 3, 1, 2)]
    {
        assert_eq!(divide(first, second, third), Err(Error::WrongWinners { pot }));
    }
}

#[test]
fn odd_chips_go_to_those_behind_the_button() {
    let mut stakes = [(false, 0, 0); SEATS];
    for seat in [2, 4, 7] {
        stakes[seat] = (true, 5, 0);
    }
    stakes[0] = (false, 2, 0);
    let pots = Pots::of(&table(&stakes));
    let mut winners = [0; CONTESTED];
    winners[0] = 1 << 2 | 1 << 4 | 1 << 7;
    assert_eq!(pots.divide(&winners, 4), Ok([0, 0, 6, 0, 5, 0, 0, 6, 0]));
    assert_eq!(pots.divide(&winners, 8), Ok([0, 0, 6, 0, 6, 0, 0, 5, 0]));
}
