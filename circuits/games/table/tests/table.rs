//! Hands that are played: by rule, and at random with players who do what they want or nothing at all.

#![allow(missing_docs)]

use games_table::{Action, Error, Phase, Pots, Progress, Rules, SEATS, SeatState, Seats, Street, Table};
use proptest::prelude::*;

const RULES: Rules = Rules {
    small_blind: 5,
    big_blind: 10,
    least_buy_in: 1,
    most_buy_in: 1_000,
    forfeit: 7,
    most_timeouts: 2,
    action_slots: 10,
    computation_slots: 100,
};

/// A table whose seats 0, 1, .. have so many chips, in a hand with the button at seat 0, dealt.
fn dealt(stacks: &[u64]) -> Table {
    let mut table = Table::new(RULES).unwrap();
    for (seat, chips) in (0..).zip(stacks) {
        table.sit_down(seat, *chips).unwrap();
    }
    table.start_hand(0).unwrap();
    assert_eq!(table.button, 0);
    table.dealt(0).unwrap();
    table
}

fn turn(table: &Table) -> Option<u8> {
    match table.phase {
        Phase::Betting { turn, .. } => Some(turn),
        _ => None,
    }
}

/// Lets seats act one after another, each of whom has to be in turn.
fn play(table: &mut Table, actions: &[(u8, Action)]) -> Progress {
    let mut progress = Progress::Continues;
    for (seat, action) in actions {
        progress = table.act(*seat, *action, 0).unwrap_or_else(|error| panic!("{seat} {action:?}: {error}"));
    }
    progress
}

fn stacks(table: &Table) -> Vec<u64> {
    table.seats.iter().filter(|seat| seat.state != SeatState::Empty).map(|seat| seat.stack).collect()
}

use Action::{Call, Check, Fold, RaiseTo};

#[test]
fn a_hand_goes_from_the_blinds_to_the_showdown() {
    let mut table = dealt(&[100, 100, 100]);
    assert_eq!(stacks(&table), [100, 95, 90]);
    play(&mut table, &[(0, Call), (1, Call), (2, Check)]);
    for street in [Street::Flop, Street::Turn, Street::River] {
        assert!(matches!(table.phase, Phase::Revealing { street: it, .. } if it == street));
        assert_eq!(table.act(1, Check, 0), Err(Error::WrongPhase));
        table.revealed(street, 0).unwrap();
        play(&mut table, &[(1, Check), (2, Check), (0, Check)]);
    }
    assert!(matches!(table.phase, Phase::Showdown { .. }));
    assert_eq!(Pots::of(&table).for_showdown(), [0b111, 0, 0, 0, 0, 0, 0, 0]);
    let progress = table.settle(&[0b110, 0, 0, 0, 0, 0, 0, 0]).unwrap();
    assert_eq!(progress, Progress::Won([0, 15, 15, 0, 0, 0, 0, 0, 0]));
    assert_eq!(stacks(&table), [90, 105, 105]);
    assert_eq!(table.phase, Phase::Waiting);
}

#[test]
fn with_two_players_the_button_has_the_small_blind_and_acts_first() {
    let mut table = dealt(&[100, 100]);
    assert_eq!(stacks(&table), [95, 90]);
    play(&mut table, &[(0, Call), (1, Check)]);
    table.revealed(Street::Flop, 0).unwrap();
    assert_eq!(turn(&table), Some(1));
}

#[test]
fn the_big_blind_may_raise_what_only_called_it() {
    let mut table = dealt(&[100, 100, 100]);
    play(&mut table, &[(0, Call), (1, Call), (2, RaiseTo(30)), (0, Call), (1, Fold)]);
    assert!(matches!(table.phase, Phase::Revealing { street: Street::Flop, .. }));
    assert_eq!(Pots::of(&table).as_slice()[0].chips, 70);
}

#[test]
fn who_is_left_wins_without_a_card_being_shown() {
    let mut table = dealt(&[100, 100, 100]);
    // What nobody matched is no part of the pot.
    let progress = play(&mut table, &[(0, RaiseTo(80)), (1, Fold), (2, Fold)]);
    assert_eq!(progress, Progress::Won([25, 0, 0, 0, 0, 0, 0, 0, 0]));
    assert_eq!(stacks(&table), [115, 95, 90]);
}

#[test]
fn raises_are_as_large_as_the_last_one() {
    let mut table = dealt(&[500, 500, 500]);
    assert_eq!(table.act(0, RaiseTo(19), 0), Err(Error::RaiseTooSmall { least: 20 }));
    assert_eq!(table.act(0, RaiseTo(501), 0), Err(Error::NotEnoughChips { chips: 500, most: 500 }));
    play(&mut table, &[(0, RaiseTo(50))]);
    assert_eq!(table.act(1, RaiseTo(89), 0), Err(Error::RaiseTooSmall { least: 90 }));
    assert_eq!(table.act(1, Check, 0), Err(Error::CannotCheck { to_call: 45 }));
    assert_eq!(table.act(2, Call, 0), Err(Error::NotYourTurn { seat: 2, turn: 1 }));
    assert_eq!(table.act(1, Call, 11), Err(Error::TooLate { until: 10 }));
    play(&mut table, &[(1, RaiseTo(90)), (2, Call), (0, Call)]);
    table.revealed(Street::Flop, 0).unwrap();
    assert_eq!(table.act(1, Call, 0), Err(Error::NothingToCall));
    assert_eq!(table.act(1, RaiseTo(9), 0), Err(Error::RaiseTooSmall { least: 10 }));
}

#[test]
fn a_small_all_in_gives_nobody_another_raise_but_two_may() {
    let mut table = dealt(&[500, 500, 500, 65]);
    play(&mut table, &[(3, Call), (0, RaiseTo(50)), (1, Call), (2, Call), (3, RaiseTo(65))]);
    assert_eq!(table.act(0, RaiseTo(200), 0), Err(Error::RaiseNotOpen));
    play(&mut table, &[(0, Call), (1, Call), (2, Call)]);
    assert!(matches!(table.phase, Phase::Revealing { street: Street::Flop, .. }));

    let mut table = dealt(&[500, 95, 500, 65]);
    play(&mut table, &[(3, Call), (0, RaiseTo(50)), (1, Call), (2, Call), (3, RaiseTo(65))]);
    assert_eq!(table.act(0, RaiseTo(200), 0), Err(Error::RaiseNotOpen));
    play(&mut table, &[(0, Call)]);
    assert_eq!(table.act(1, RaiseTo(95), 0), Err(Error::RaiseNotOpen));

    let mut table = dealt(&[500, 70, 95, 500]);
    play(&mut table, &[(3, RaiseTo(50)), (0, Call), (1, RaiseTo(70)), (2, RaiseTo(95)), (3, RaiseTo(135))]);
    play(&mut table, &[(0, Call)]);
    assert!(matches!(table.phase, Phase::Revealing { street: Street::Flop, .. }));
}

#[test]
fn what_those_who_are_all_in_cannot_match_goes_back() {
    let mut table = dealt(&[500, 500, 90, 65]);
    play(
        &mut table,
        &[(3, Call), (0, RaiseTo(50)), (1, Fold), (2, RaiseTo(90)), (3, Call), (0, RaiseTo(130))],
    );
    assert!(matches!(table.phase, Phase::Showdown { .. }));
    assert_eq!(table.seats[0].stack, 410);
}

#[test]
fn side_pots_lie_where_players_are_all_in() {
    // The button is seat 0, the blinds are 1 and 2.
    let mut table = dealt(&[30, 60, 200, 200]);
    play(&mut table, &[(3, RaiseTo(100)), (0, Call), (1, Call), (2, Call)]);
    table.revealed(Street::Flop, 0).unwrap();
    play(&mut table, &[(2, RaiseTo(50)), (3, Call)]);
    table.revealed(Street::Turn, 0).unwrap();
    assert_eq!(turn(&table), Some(2));
    let pots = Pots::of(&table);
    let laid: Vec<_> = pots.as_slice().iter().map(|pot| (pot.chips, pot.players.0)).collect();
    assert_eq!(laid, [(120, 0b1111), (90, 0b1110), (180, 0b1100)]);
    // Seat 2 leaves the side pot to seat 3, who plays the others for the rest without further bets.
    play(&mut table, &[(2, Fold)]);
    assert!(matches!(table.phase, Phase::Showdown { .. }));
    assert_eq!(Pots::of(&table).for_showdown(), [0b1011, 0b1010, 0, 0, 0, 0, 0, 0]);
    table.settle(&[0b0001, 0b0010, 0, 0, 0, 0, 0, 0]).unwrap();
    assert_eq!(stacks(&table), [120, 90, 50, 230]);
}

#[test]
fn a_big_blind_that_is_short_is_called_in_full() {
    let mut table = dealt(&[100, 100, 3]);
    play(&mut table, &[(0, Call)]);
    assert_eq!(table.seats[0].bet, 10);
    // With nobody else left, there is nothing to add to a small blind that covers the big one's player.
    let mut table = dealt(&[100, 100, 3]);
    play(&mut table, &[(0, Fold)]);
    assert!(matches!(table.phase, Phase::Showdown { .. }));
    assert_eq!(stacks(&table), [100, 97, 0]);
}

#[test]
fn who_does_not_act_folds_forfeits_and_has_to_leave_in_the_end() {
    let mut table = dealt(&[100, 100, 100]);
    assert_eq!(table.timeout(10), Err(Error::TooEarly { until: 10 }));
    table.timeout(11).unwrap();
    assert_eq!((table.seats[0].stack, table.seats[0].state), (93, SeatState::Folded));
    assert_eq!(turn(&table), Some(1));
    let progress = table.timeout(22).unwrap();
    // Seat 2 has both blinds and what the two have forfeited.
    assert_eq!(progress, Progress::Won([0, 0, 5 + 5 + 7 + 7, 0, 0, 0, 0, 0, 0]));
    assert_eq!(stacks(&table), [93, 88, 119]);
    table.start_hand(30).unwrap();
    table.dealt(30).unwrap();
    // The button is seat 1 now.
    table.timeout(41).unwrap();
    table.timeout(52).unwrap();
    assert_eq!(table.seats.map(|seat| seat.leaving)[..3], [false, true, false]);
    table.cash_out(1).unwrap();
    // Who acts begins anew.
    table.start_hand(60).unwrap();
    table.dealt(60).unwrap();
    let seat = turn(&table).unwrap();
    assert_eq!((seat, table.seats[2].timeouts), (2, 1));
    table.act(seat, Call, 60).unwrap();
    assert_eq!(table.seats[2].timeouts, 0);
}

#[test]
fn who_leaves_folds_in_turn() {
    let mut table = dealt(&[100, 100, 100]);
    table.leave(1, 0).unwrap();
    assert_eq!(table.cash_out(1), Err(Error::InHand(1)));
    play(&mut table, &[(0, Call)]);
    assert_eq!((turn(&table), table.seats[1].state), (Some(2), SeatState::Folded));
    let progress = table.leave(2, 0).unwrap();
    assert_eq!(progress, Progress::Won([25, 0, 0, 0, 0, 0, 0, 0, 0]));
    assert_eq!((table.cash_out(1), table.cash_out(2)), (Ok(95), Ok(90)));
    assert_eq!(table.start_hand(0), Err(Error::TooFewPlayers));
}

#[test]
fn a_computation_that_does_not_come_voids_the_hand() {
    let mut table = dealt(&[100, 100, 100]);
    table.timeout(11).unwrap();
    play(&mut table, &[(1, Call), (2, Check)]);
    assert_eq!(table.timeout(100), Err(Error::TooEarly { until: 100 }));
    let progress = table.timeout(101).unwrap();
    assert_eq!(progress, Progress::Misdeal([7, 10, 10, 0, 0, 0, 0, 0, 0]));
    assert_eq!(stacks(&table), [100, 100, 100]);
    assert_eq!(table.timeout(1_000), Err(Error::WrongPhase));
}

#[test]
fn rules_that_do_not_work_are_refused() {
    assert!(matches!(Table::new(Rules { small_blind: 11, ..RULES }), Err(Error::Rules(_))));
    assert!(matches!(Table::new(Rules { most_buy_in: u64::MAX, ..RULES }), Err(Error::Rules(_))));
    let mut table = Table::new(RULES).unwrap();
    assert_eq!(table.sit_down(9, 10), Err(Error::NoSuchSeat(9)));
    assert_eq!(table.sit_down(1, 0), Err(Error::BuyIn { chips: 0, least: 1, most: 1_000 }));
    table.sit_down(1, 10).unwrap();
    assert_eq!(table.sit_down(1, 10), Err(Error::SeatTaken(1)));
    assert_eq!(table.add_chips(1, 991), Err(Error::BuyIn { chips: 1_001, least: 1, most: 1_000 }));
    assert_eq!(table.add_chips(2, 1), Err(Error::SeatEmpty(2)));
}

/// What happens at a table: by number, what it means depends on where the table is.
type Event = (u8, u8, u64);

/// Does something, or tries to; gives what left the table and what came to it.
fn step(table: &mut Table, now: &mut u64, (kind, seat, number): Event) -> (u64, u64) {
    let seat = seat % SEATS as u8;
    let in_turn = turn(table).unwrap_or(seat);
    let street = match table.phase {
        Phase::Revealing { street, .. } => street,
        _ => Street::Flop,
    };
    let mut paid = (0, 0);
    let before = *table;
    let result = match kind % 16 {
        0 | 1 => {
            let result = table.sit_down(seat, number % 300);
            paid.1 = if result.is_ok() { number % 300 } else { 0 };
            result.map(|()| Progress::Continues)
        }
        2 => table.cash_out(seat).map(|chips| {
            paid.0 = chips;
            Progress::Continues
        }),
        3 => {
            *now += number % 120;
            table.timeout(*now)
        }
        4 if number % 4 == 0 => table.leave(seat, *now),
        4 => table.stay(seat).map(|()| Progress::Continues),
        5 => table.act(in_turn, Fold, *now),
        6 => table.act(in_turn, RaiseTo(number % 300), *now),
        7 => {
            let place = &table.seats[usize::from(in_turn)];
            table.act(in_turn, RaiseTo(place.bet + place.stack), *now)
        }
        8 => table.act(seat, Call, *now),
        9 | 10 => match table.to_call(in_turn) {
            0 => table.act(in_turn, Check, *now),
            _ => table.act(in_turn, Call, *now),
        },
        _ => match table.phase {
            Phase::Waiting => table.start_hand(*now).map(|_| Progress::Continues),
            Phase::Dealing { .. } => table.dealt(*now),
            Phase::Revealing { .. } => table.revealed(street, *now),
            Phase::Showdown { .. } => {
                // Someone of each pot, or all of it.
                let winners = Pots::of(table).for_showdown().map(|players| match number % 3 {
                    0 => players,
                    1 => players & players.wrapping_neg(),
                    _ => Seats(players).after(seat).next().map_or(0, |it| 1 << it),
                });
                table.settle(&winners)
            }
            Phase::Betting { .. } => Err(Error::WrongPhase),
        },
    };
    if result.is_err() {
        assert_eq!(before, *table, "what is refused changes nothing");
    }
    paid
}

/// What holds at any time.
fn assert_sound(table: &Table) {
    let in_hand = |seat: &games_table::Seat| matches!(seat.state, SeatState::Contending | SeatState::Folded);
    for seat in &table.seats {
        assert!(seat.bet <= seat.committed);
        assert!(in_hand(seat) || seat.committed + seat.forfeited == 0);
    }
    match table.phase {
        Phase::Waiting => assert!(!table.seats.iter().any(in_hand)),
        Phase::Betting { turn, .. } => {
            assert!(table.is_contending(turn) && table.seats[usize::from(turn)].stack > 0);
            assert!(table.contenders().count() > 1);
        }
        _ => {
            assert!(table.contenders().count() > 1);
            // Nobody who folded has put in more than everybody who did not.
            let most = |state| table.seats.iter().filter(|it| it.state == state).map(|it| it.committed).max();
            assert!(most(SeatState::Folded) <= most(SeatState::Contending));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Chips only come from players and go to players, whatever happens; and from wherever a table is, it comes to the end of
    /// the hand though nobody does anything: neither players, nor nodes, nor both.
    #[test]
    fn chips_are_conserved_and_nobody_can_block(
        forfeit in 0..30u64,
        events in proptest::collection::vec((any::<u8>(), any::<u8>(), any::<u64>()), 0..300),
        nodes_answer in any::<bool>(),
    ) {
        let mut table = Table::new(Rules { forfeit, ..RULES }).unwrap();
        let (mut now, mut chips) = (0, 0);
        for event in events {
            let (out, came) = step(&mut table, &mut now, event);
            chips = chips + came - out;
            prop_assert_eq!(table.chips(), chips);
            assert_sound(&table);
        }
        let mut steps = 0;
        while table.phase != Phase::Waiting {
            now += 101;
            match table.phase {
                Phase::Dealing { .. } | Phase::Revealing { .. } | Phase::Showdown { .. } if nodes_answer => {
                    step(&mut table, &mut now, (15, 0, 1));
                }
                _ => {
                    table.timeout(now).unwrap();
                }
            }
            prop_assert_eq!(table.chips(), chips);
            assert_sound(&table);
            steps += 1;
            prop_assert!(steps <= 2 * SEATS + 5, "the table does not come to rest");
        }
        for seat in 0..SEATS as u8 {
            chips -= table.cash_out(seat).unwrap_or(0);
        }
        prop_assert_eq!((chips, table.chips()), (0, 0));
    }
}

/// The events above lead everywhere: to every phase, to side pots, to every end of a hand.
#[test]
fn random_events_lead_everywhere() {
    let mut state = 1u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        state >> 33
    };
    let (mut streets, mut showdowns, mut side_pots, mut hands) = ([0; 4], 0, [0; 4], 0);
    for _ in 0..300 {
        let mut table = Table::new(RULES).unwrap();
        let mut now = 0;
        for _ in 0..300 {
            step(&mut table, &mut now, (next() as u8, next() as u8, next()));
            match table.phase {
                Phase::Betting { street, .. } => streets[street as usize] += 1,
                Phase::Showdown { .. } => {
                    showdowns += 1;
                    let count = Pots::of(&table).for_showdown().iter().filter(|it| **it != 0).count();
                    side_pots[count.min(4) - 1] += 1;
                }
                _ => {}
            }
        }
        hands += table.hands;
    }
    assert!(hands > 1_000 && showdowns > 500, "{hands} {showdowns}");
    assert!(streets.iter().all(|count| *count > 50), "{streets:?}");
    assert!(side_pots.iter().all(|count| *count > 20), "{side_pots:?}");
}
