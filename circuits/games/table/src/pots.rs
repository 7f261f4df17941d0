//! Side pots, and who gets what.
//!
//! A player who is all in wins from each other player no more than they put in themselves. So the chips lie in layers: up to
//! the smallest amount that a player still in the hand has put in, from there to the next smallest, and so on. Each layer is a
//! pot of its own, for those who paid it in full. Chips of those who folded lie in the layers that they reach; what was
//! forfeited for not acting lies in the lowest, the main pot.
//!
//! **Odd chips.** A pot is divided evenly among its winners. Chips that do not divide go one each to the winners in the order of
//! the table, beginning behind the button.

use crate::error::Error;
use crate::seats::seats_after;
use crate::{Chips, SEATS, SeatState, Seats, Table};

/// Most pots that can be contested: with all players all in for different amounts, the last one has one player.
pub const CONTESTED: usize = SEATS - 1;

/// Chips that one of some seats wins, or several divide.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pot {
    /// How much it is.
    pub chips: Chips,
    /// Who can win it.
    pub players: Seats,
}

/// The pots of a hand, the main pot first; each one's players are among those of the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pots {
    pots: [Pot; SEATS],
    count: usize,
}

impl Pots {
    /// The pots as they lie now.
    pub fn of(table: &Table) -> Self {
        let contenders = || table.seats.iter().filter(|seat| seat.state == SeatState::Contending);
        let mut pots = Self::default();
        let mut below = 0;
        while let Some(level) = contenders().map(|seat| seat.committed).filter(|it| *it > below).min() {
            let layer = |committed: Chips| committed.clamp(below, level) - below;
            let reaches =
                |seat: &u8| table.is_contending(*seat) && table.seats[usize::from(*seat)].committed >= level;
            pots.pots[pots.count] = Pot {
                chips: table.seats.iter().map(|seat| layer(seat.committed)).sum(),
                players: (0..SEATS as u8).filter(reaches).collect(),
            };
            pots.count += 1;
            below = level;
        }
        // Nobody who folded has put in more than all who did not, for nobody folds to no bet; were it so, it is in the last.
        let beyond: Chips = table.seats.iter().map(|seat| seat.committed.saturating_sub(below)).sum();
        let forfeited: Chips = table.seats.iter().map(|seat| seat.forfeited).sum();
        if let Some(last) = pots.count.checked_sub(1) {
            pots.pots[last].chips += beyond;
            pots.pots[0].chips += forfeited;
        }
        pots
    }

    /// All of them.
    pub fn as_slice(&self) -> &[Pot] {
        &self.pots[..self.count]
    }

    /// Those with two players or more: what the showdown is about.
    fn contested(&self) -> impl Iterator<Item = &Pot> {
        self.as_slice().iter().filter(|pot| pot.players.count() > 1)
    }

    /// The players of the contested pots, as the circuit of the showdown takes them: none where there is no such pot.
    pub fn for_showdown(&self) -> [u16; CONTESTED] {
        let mut players = [0; CONTESTED];
        for (place, pot) in players.iter_mut().zip(self.contested()) {
            *place = pot.players.0;
        }
        players
    }

    /// Who gets what, when the showdown has said who wins the contested pots.
    ///
    /// # Errors
    /// [`Error::WrongWinners`] where a pot has no winner, or one who is none of its players.
    pub fn divide(&self, winners: &[u16; CONTESTED], button: u8) -> Result<[Chips; SEATS], Error> {
        let mut payouts = [0; SEATS];
        let mut contested = 0;
        for pot in self.as_slice() {
            let mut winning = pot.players;
            if pot.players.count() > 1 {
                winning = Seats(winners[contested]);
                if winning.is_empty() || !winning.is_within(pot.players) {
                    return Err(Error::WrongWinners { pot: contested });
                }
                contested += 1;
            }
            let count = Chips::from(winning.count());
            let (each, odd) = (pot.chips / count, pot.chips % count);
            let in_order = seats_after(button).filter(|seat| winning.contains(*seat));
            for (place, seat) in (0..).zip(in_order) {
                payouts[usize::from(seat)] += each + Chips::from(place < odd);
            }
        }
        if winners[contested..].iter().any(|it| *it != 0) {
            return Err(Error::WrongWinners { pot: contested });
        }
        Ok(payouts)
    }
}
