//! Seats and phases: sitting down, hands from the deal to the end, timeouts.
//!
//! Every phase but [`Phase::Waiting`] ends by itself: where a player or a computation is awaited there is a last slot, after
//! which anyone may call [`Table::timeout`]. A player who did not act is folded and forfeits chips to the pot; where a
//! computation has not come, the hand is void and everybody has back what they put in.

use crate::betting::Round;
use crate::error::Error;
use crate::pots::{CONTESTED, Pots};
use crate::rules::Rules;
use crate::seats::seats_after;
use crate::{Chips, SEATS, Seats, Slot};

/// A betting round, by the cards on the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Street {
    /// None.
    Preflop,
    /// Three.
    Flop,
    /// Four.
    Turn,
    /// Five.
    River,
}

impl Street {
    /// The next one.
    pub fn next(self) -> Option<Self> {
        match self {
            Self::Preflop => Some(Self::Flop),
            Self::Flop => Some(Self::Turn),
            Self::Turn => Some(Self::River),
            Self::River => None,
        }
    }
}

/// What a table waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// For someone to start a hand.
    Waiting,
    /// For the cards.
    Dealing {
        /// The last slot in which they may come.
        until: Slot,
    },
    /// For a player.
    Betting {
        /// In which betting round.
        street: Street,
        /// Whose turn it is.
        turn: u8,
        /// The last slot in which they may act.
        until: Slot,
    },
    /// For cards of the board.
    Revealing {
        /// The betting round after them.
        street: Street,
        /// The last slot in which they may come.
        until: Slot,
    },
    /// For the winners.
    Showdown {
        /// The last slot in which they may come.
        until: Slot,
    },
}

/// What a seat is to the hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SeatState {
    /// Nobody sits there.
    #[default]
    Empty,
    /// Not in the hand.
    Sitting,
    /// Can win: with no chips left, all in.
    Contending,
    /// Out of the hand; what they put in stays.
    Folded,
}

/// A seat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seat {
    /// What it is to the hand.
    pub state: SeatState,
    /// Chips before the player.
    pub stack: Chips,
    /// Chips put in in this betting round.
    pub bet: Chips,
    /// Chips put in in this hand, this round's with them.
    pub committed: Chips,
    /// Chips taken in this hand for not acting.
    pub forfeited: Chips,
    /// Whether the player has acted in this betting round.
    pub acted: bool,
    /// How many times in a row they have not acted in time.
    pub timeouts: u8,
    /// Whether they play no more hands, and fold when it is their turn.
    pub leaving: bool,
}

/// What each seat was paid at the end of a hand.
pub type Payouts = [Chips; SEATS];

/// What a step led to. What is next says [`Table::phase`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// The hand goes on.
    Continues,
    /// The hand is over, and the pots are paid out.
    Won(Payouts),
    /// The hand is void, and everybody has back what they put in.
    Misdeal(Payouts),
}

/// A table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Its rules.
    pub rules: Rules,
    /// Its seats.
    pub seats: [Seat; SEATS],
    /// What it waits for.
    pub phase: Phase,
    /// Where the button is.
    pub button: u8,
    /// This betting round.
    pub round: Round,
    /// How many hands were begun.
    pub hands: u64,
}

impl Table {
    /// An empty table.
    ///
    /// # Errors
    /// [`Error::Rules`] if the rules do not work.
    pub fn new(rules: Rules) -> Result<Self, Error> {
        rules.check()?;
        Ok(Self {
            rules,
            seats: [Seat::default(); SEATS],
            phase: Phase::Waiting,
            button: SEATS as u8 - 1,
            round: Round::default(),
            hands: 0,
        })
    }

    fn seat(&mut self, seat: u8) -> Result<&mut Seat, Error> {
        let place = self.seats.get_mut(usize::from(seat)).ok_or(Error::NoSuchSeat(seat))?;
        if place.state == SeatState::Empty { Err(Error::SeatEmpty(seat)) } else { Ok(place) }
    }

    /// Whether a seat can win this hand.
    pub fn is_contending(&self, seat: u8) -> bool {
        self.seats.get(usize::from(seat)).is_some_and(|seat| seat.state == SeatState::Contending)
    }

    /// The seats that can win this hand.
    pub fn contenders(&self) -> Seats {
        (0..SEATS as u8).filter(|seat| self.is_contending(*seat)).collect()
    }

    /// All chips on the table: what players brought, less what they took away.
    pub fn chips(&self) -> Chips {
        self.seats.iter().map(|seat| seat.stack + seat.committed + seat.forfeited).sum()
    }

    /// Takes a seat. The player is dealt in from the next hand on.
    ///
    /// # Errors
    /// [`Error::SeatTaken`], [`Error::BuyIn`].
    pub fn sit_down(&mut self, seat: u8, chips: Chips) -> Result<(), Error> {
        let (least, most) = (self.rules.least_buy_in, self.rules.most_buy_in);
        let place = self.seats.get_mut(usize::from(seat)).ok_or(Error::NoSuchSeat(seat))?;
        if place.state != SeatState::Empty {
            return Err(Error::SeatTaken(seat));
        }
        if !(least..=most).contains(&chips) {
            return Err(Error::BuyIn { chips, least, most });
        }
        *place = Seat { state: SeatState::Sitting, stack: chips, ..Seat::default() };
        Ok(())
    }

    /// Adds chips to a stack, between hands.
    ///
    /// # Errors
    /// [`Error::InHand`], [`Error::BuyIn`].
    pub fn add_chips(&mut self, seat: u8, chips: Chips) -> Result<(), Error> {
        let (least, most) = (self.rules.least_buy_in, self.rules.most_buy_in);
        let place = self.seat(seat)?;
        if place.state != SeatState::Sitting {
            return Err(Error::InHand(seat));
        }
        match place.stack.checked_add(chips) {
            Some(sum) if (least..=most).contains(&sum) => place.stack = sum,
            sum => return Err(Error::BuyIn { chips: sum.unwrap_or(chips), least, most }),
        }
        Ok(())
    }

    /// The player plays no more hands. In this one they fold when it is their turn, at once if it is.
    ///
    /// # Errors
    /// [`Error::SeatEmpty`].
    pub fn leave(&mut self, seat: u8, now: Slot) -> Result<Progress, Error> {
        self.seat(seat)?.leaving = true;
        match self.phase {
            Phase::Betting { street, turn, .. } if turn == seat => {
                self.fold(seat);
                Ok(self.go_on(street, seat, now))
            }
            _ => Ok(Progress::Continues),
        }
    }

    /// The player stays after all.
    ///
    /// # Errors
    /// [`Error::SeatEmpty`].
    pub fn stay(&mut self, seat: u8) -> Result<(), Error> {
        let place = self.seat(seat)?;
        place.leaving = false;
        place.timeouts = 0;
        Ok(())
    }

    /// Empties a seat that is not in a hand; gives the chips that its player takes away. Whether someone may do so for
    /// another is the program's to say: for players who are leaving, there is no reason against it.
    ///
    /// # Errors
    /// [`Error::InHand`], [`Error::SeatEmpty`].
    pub fn cash_out(&mut self, seat: u8) -> Result<Chips, Error> {
        let place = self.seat(seat)?;
        if place.state != SeatState::Sitting {
            return Err(Error::InHand(seat));
        }
        let chips = place.stack;
        *place = Seat::default();
        Ok(chips)
    }

    /// Begins a hand, which anyone may: moves the button, takes the blinds, and says who is dealt in.
    ///
    /// With two players the button has the small blind. A player with fewer chips than a blind is all in with it.
    ///
    /// # Errors
    /// [`Error::WrongPhase`], [`Error::TooFewPlayers`].
    pub fn start_hand(&mut self, now: Slot) -> Result<Seats, Error> {
        if self.phase != Phase::Waiting {
            return Err(Error::WrongPhase);
        }
        let plays = |seat: &u8| {
            let place = &self.seats[usize::from(*seat)];
            place.state == SeatState::Sitting && place.stack > 0 && !place.leaving
        };
        let players: Seats = (0..SEATS as u8).filter(plays).collect();
        let mut behind_button = players.after(self.button);
        let (Some(button), Some(_)) = (behind_button.next(), behind_button.next()) else {
            return Err(Error::TooFewPlayers);
        };
        for seat in players.after(button) {
            self.seats[usize::from(seat)].state = SeatState::Contending;
        }
        self.button = button;
        self.hands += 1;
        self.round = Round::first(&self.rules);
        let (small, big) = self.blinds();
        self.put_in(small, self.rules.small_blind);
        self.put_in(big, self.rules.big_blind);
        self.phase = Phase::Dealing { until: now.saturating_add(self.rules.computation_slots) };
        Ok(players)
    }

    /// The seats of the small and the big blind.
    fn blinds(&self) -> (u8, u8) {
        let players = self.contenders();
        let mut order = players.after(self.button);
        let first = order.next().unwrap_or(self.button);
        match order.next() {
            // Two players: the button comes second in this order.
            Some(second) if players.count() > 2 => (first, second),
            _ => (self.button, first),
        }
    }

    /// The cards are dealt.
    ///
    /// # Errors
    /// [`Error::WrongPhase`].
    pub fn dealt(&mut self, now: Slot) -> Result<Progress, Error> {
        let Phase::Dealing { .. } = self.phase else { return Err(Error::WrongPhase) };
        Ok(self.go_on(Street::Preflop, self.blinds().1, now))
    }

    /// Cards of the board lie open: those before a betting round.
    ///
    /// # Errors
    /// [`Error::WrongPhase`], also if it is another round that is awaited.
    pub fn revealed(&mut self, street: Street, now: Slot) -> Result<Progress, Error> {
        match self.phase {
            Phase::Revealing { street: awaited, .. } if awaited == street => {
                Ok(self.go_on(street, self.button, now))
            }
            _ => Err(Error::WrongPhase),
        }
    }

    /// The showdown has said who wins the contested pots ([`Pots::for_showdown`]).
    ///
    /// # Errors
    /// [`Error::WrongPhase`], [`Error::WrongWinners`].
    pub fn settle(&mut self, winners: &[u16; CONTESTED]) -> Result<Progress, Error> {
        let Phase::Showdown { .. } = self.phase else { return Err(Error::WrongPhase) };
        let payouts = Pots::of(self).divide(winners, self.button)?;
        Ok(Progress::Won(self.end(payouts)))
    }

    /// What is awaited has not come, which anyone may say. A player is folded and forfeits chips to the pot, and has to leave
    /// if that happens too often; where a computation was awaited, the hand is void.
    ///
    /// # Errors
    /// [`Error::TooEarly`]; [`Error::WrongPhase`] where nothing is awaited.
    pub fn timeout(&mut self, now: Slot) -> Result<Progress, Error> {
        let (Phase::Dealing { until }
        | Phase::Betting { until, .. }
        | Phase::Revealing { until, .. }
        | Phase::Showdown { until }) = self.phase
        else {
            return Err(Error::WrongPhase);
        };
        if now <= until {
            return Err(Error::TooEarly { until });
        }
        let Phase::Betting { street, turn, .. } = self.phase else {
            let paid = self.seats.map(|seat| seat.committed + seat.forfeited);
            return Ok(Progress::Misdeal(self.end(paid)));
        };
        let place = &mut self.seats[usize::from(turn)];
        let forfeit = self.rules.forfeit.min(place.stack);
        place.stack -= forfeit;
        place.forfeited += forfeit;
        place.timeouts = place.timeouts.saturating_add(1);
        place.leaving |= place.timeouts >= self.rules.most_timeouts;
        self.fold(turn);
        Ok(self.go_on(street, turn, now))
    }

    /// Finds out what is next after a seat has acted, or, behind it, a betting round begins.
    pub(crate) fn go_on(&mut self, street: Street, after: u8, now: Slot) -> Progress {
        for seat in seats_after(after) {
            if self.contenders().count() == 1 {
                break;
            }
            if self.is_to_act(seat) {
                if !self.seats[usize::from(seat)].leaving {
                    let until = now.saturating_add(self.rules.action_slots);
                    self.phase = Phase::Betting { street, turn: seat, until };
                    return Progress::Continues;
                }
                self.fold(seat);
            }
        }
        self.end_round();
        if self.contenders().count() == 1 {
            // Nobody sees anybody's cards.
            let pots = Pots::of(self).as_slice().iter().map(|pot| pot.chips).sum();
            let winner = self.contenders();
            let payout = |seat: usize| if winner.contains(seat as u8) { pots } else { 0 };
            return Progress::Won(self.end(core::array::from_fn(payout)));
        }
        let until = now.saturating_add(self.rules.computation_slots);
        self.phase = match street.next() {
            Some(street) if self.can_bet() => Phase::Revealing { street, until },
            // The showdown shows the whole board.
            _ => Phase::Showdown { until },
        };
        Progress::Continues
    }

    /// Pays out, and clears the table for the next hand.
    fn end(&mut self, payouts: Payouts) -> Payouts {
        for (seat, payout) in self.seats.iter_mut().zip(payouts) {
            if seat.state != SeatState::Empty {
                let stack = seat.stack + payout;
                *seat = Seat {
                    state: SeatState::Sitting,
                    stack,
                    timeouts: seat.timeouts,
                    // Without chips nobody keeps a seat.
                    leaving: seat.leaving || stack == 0,
                    ..Seat::default()
                };
            }
        }
        self.phase = Phase::Waiting;
        self.round = Round::default();
        payouts
    }
}
