//! What a player may do in turn.
//!
//! No limit. A raise is at least as large as the last one in the round, the first at least the big blind; only who goes all in
//! may raise by less. Who has acted may raise again only when what they have to call is a full raise: so an all-in that is
//! less does not give the others another one, while several that add up to it do.

use crate::error::Error;
use crate::rules::Rules;
use crate::table::{Phase, Progress, SeatState, Table};
use crate::{Chips, SEATS, Slot};

/// What a player does in turn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Gives up the hand.
    Fold,
    /// Bets nothing, where there is nothing to match.
    Check,
    /// Matches the bet, or goes all in with less.
    Call,
    /// Bets, or raises, to so much in this betting round. All chips: all in.
    RaiseTo(Chips),
}

/// A betting round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// The bet to match.
    pub bet: Chips,
    /// By how much the next raise is to raise it at least.
    pub least_raise: Chips,
}

impl Round {
    /// The first round, with the blinds. The big blind is to be matched, also if its player had less.
    pub(crate) fn first(rules: &Rules) -> Self {
        Self { bet: rules.big_blind, least_raise: rules.big_blind }
    }
}

impl Table {
    /// What the player does whose turn it is.
    ///
    /// # Errors
    /// Says what is not allowed, and what is.
    pub fn act(&mut self, seat: u8, action: Action, now: Slot) -> Result<Progress, Error> {
        let Phase::Betting { street, turn, until } = self.phase else { return Err(Error::WrongPhase) };
        if seat != turn {
            return Err(Error::NotYourTurn { seat, turn });
        }
        if now > until {
            return Err(Error::TooLate { until });
        }
        let to_call = self.to_call(seat);
        match action {
            Action::Fold => self.fold(seat),
            Action::Check if to_call > 0 => return Err(Error::CannotCheck { to_call }),
            Action::Check => {}
            Action::Call if to_call == 0 => return Err(Error::NothingToCall),
            Action::Call => self.put_in(seat, to_call),
            Action::RaiseTo(bet) => self.raise(seat, bet)?,
        }
        let place = &mut self.seats[usize::from(seat)];
        place.acted = true;
        place.timeouts = 0;
        Ok(self.go_on(street, seat, now))
    }

    /// What a seat has to put in to match the bet.
    pub fn to_call(&self, seat: u8) -> Chips {
        self.seats.get(usize::from(seat)).map_or(0, |place| self.round.bet.saturating_sub(place.bet))
    }

    fn raise(&mut self, seat: u8, bet: Chips) -> Result<(), Error> {
        let place = &self.seats[usize::from(seat)];
        let most = place.bet + place.stack;
        let least = self.round.bet.saturating_add(self.round.least_raise);
        if bet > most {
            return Err(Error::NotEnoughChips { chips: place.stack, most });
        }
        if bet <= self.round.bet || (bet < least && bet < most) {
            return Err(Error::RaiseTooSmall { least });
        }
        if place.acted && self.to_call(seat) < self.round.least_raise {
            return Err(Error::RaiseNotOpen);
        }
        self.put_in(seat, bet - place.bet);
        self.round.least_raise = self.round.least_raise.max(bet - self.round.bet);
        self.round.bet = bet;
        Ok(())
    }

    /// Moves chips from a stack into the pot, or all that there are.
    pub(crate) fn put_in(&mut self, seat: u8, chips: Chips) {
        let place = &mut self.seats[usize::from(seat)];
        let chips = chips.min(place.stack);
        place.stack -= chips;
        place.bet += chips;
        place.committed += chips;
    }

    pub(crate) fn fold(&mut self, seat: u8) {
        self.seats[usize::from(seat)].state = SeatState::Folded;
    }

    /// Contenders with chips left.
    fn with_chips(&self) -> impl Iterator<Item = u8> {
        (0..SEATS as u8).filter(|seat| self.is_contending(*seat) && self.seats[usize::from(*seat)].stack > 0)
    }

    /// Whether a further betting round is of any use.
    pub(crate) fn can_bet(&self) -> bool {
        self.with_chips().count() > 1
    }

    /// Whether the betting round waits for a seat.
    pub(crate) fn is_to_act(&self, seat: u8) -> bool {
        let place = &self.seats[usize::from(seat)];
        if !self.is_contending(seat) || place.stack == 0 {
            return false;
        }
        if self.can_bet() {
            return !place.acted || place.bet < self.round.bet;
        }
        // All others are all in: there is a decision only where one of them has bet more.
        (0..SEATS as u8)
            .any(|other| self.is_contending(other) && self.seats[usize::from(other)].bet > place.bet)
    }

    /// Ends a betting round: what nobody matched goes back.
    pub(crate) fn end_round(&mut self) {
        let highest = (0..SEATS).max_by_key(|seat| self.seats[*seat].bet).unwrap_or(0);
        let matched = (0..SEATS).filter(|seat| *seat != highest).map(|seat| self.seats[seat].bet).max();
        let place = &mut self.seats[highest];
        if place.state == SeatState::Contending {
            let unmatched = place.bet - matched.unwrap_or(0);
            place.stack += unmatched;
            place.committed -= unmatched;
        }
        for seat in &mut self.seats {
            (seat.bet, seat.acted) = (0, false);
        }
        self.round = Round { bet: 0, least_raise: self.rules.big_blind };
    }
}
