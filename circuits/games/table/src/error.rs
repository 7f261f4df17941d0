//! What a table refuses, and why.

use thiserror::Error;

use crate::{Chips, Slot};

/// A table refuses a request. Nothing has changed then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// There is no such seat.
    #[error("there is no seat {0}: seats are numbered 0 to 8")]
    NoSuchSeat(u8),
    /// Someone sits there.
    #[error("seat {0} is taken: choose another one")]
    SeatTaken(u8),
    /// Nobody sits there.
    #[error("nobody sits at seat {0}")]
    SeatEmpty(u8),
    /// Too many or too few chips.
    #[error("a player sits down with {least} to {most} chips in all, not {chips}")]
    BuyIn {
        /// What was offered.
        chips: Chips,
        /// The fewest.
        least: Chips,
        /// The most.
        most: Chips,
    },
    /// A player of the hand cannot take chips away, nor add any.
    #[error("seat {0} is in the hand: wait for its end")]
    InHand(u8),
    /// A hand takes two players.
    #[error("a hand takes two players with chips who are not leaving")]
    TooFewPlayers,
    /// Something else is to happen first.
    #[error("the table waits for something else first")]
    WrongPhase,
    /// It is another player's turn.
    #[error("it is the turn of seat {turn}, not of seat {seat}")]
    NotYourTurn {
        /// Who asked.
        seat: u8,
        /// Whose turn it is.
        turn: u8,
    },
    /// The time is over.
    #[error("the time to act was over at slot {until}: anyone may call the timeout")]
    TooLate {
        /// The last slot of it.
        until: Slot,
    },
    /// The time is not over.
    #[error("there is time until slot {until}")]
    TooEarly {
        /// The last slot of it.
        until: Slot,
    },
    /// There is a bet to match.
    #[error("there is a bet: call {to_call} chips, raise, or fold")]
    CannotCheck {
        /// What is missing.
        to_call: Chips,
    },
    /// There is no bet to match.
    #[error("there is nothing to call: check, or bet")]
    NothingToCall,
    /// A raise that is not one, or a smaller one than allowed.
    #[error("a raise goes to {least} chips at least in this betting round, or all in")]
    RaiseTooSmall {
        /// The smallest.
        least: Chips,
    },
    /// More than the player has.
    #[error("with {chips} chips nobody raises to more than {most}")]
    NotEnoughChips {
        /// The chips left.
        chips: Chips,
        /// The highest bet they allow.
        most: Chips,
    },
    /// Since the player acted, nobody raised by a full raise.
    #[error("the bet was raised by less than a full raise since: call or fold")]
    RaiseNotOpen,
    /// What the showdown said cannot be.
    #[error("the winners of pot {pot} are none of its players: take them from the table's own showdown")]
    WrongWinners {
        /// Which of the contested pots.
        pot: usize,
    },
    /// A table that could not be played at.
    #[error("these rules do not work: {0}")]
    Rules(&'static str),
}
