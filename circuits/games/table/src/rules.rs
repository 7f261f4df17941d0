//! What a table is set up with.

use crate::error::Error;
use crate::{Chips, SEATS, Slot};

/// More chips than this no player brings, so that no sum of a table overflows.
const MOST_CHIPS: Chips = u64::MAX / (4 * SEATS as u64);

/// The rules of a table, fixed when it is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// What the player after the button puts in.
    pub small_blind: Chips,
    /// What the next one puts in, and the smallest bet.
    pub big_blind: Chips,
    /// The fewest chips to sit down with.
    pub least_buy_in: Chips,
    /// The most chips to sit down with, or to have after adding some.
    pub most_buy_in: Chips,
    /// What goes into the pot from the stack of a player who does not act in time, besides what they bet.
    pub forfeit: Chips,
    /// How many times in a row a player may not act before they have to leave.
    pub most_timeouts: u8,
    /// How long a player has to act.
    pub action_slots: Slot,
    /// How long a computation may take, with all attempts, before the hand is void.
    pub computation_slots: Slot,
}

impl Default for Rules {
    /// Blinds of 50 and 100, twenty to two hundred big blinds, half a minute to act, ten minutes for a computation.
    fn default() -> Self {
        Self {
            small_blind: 50,
            big_blind: 100,
            least_buy_in: 2_000,
            most_buy_in: 20_000,
            forfeit: 100,
            most_timeouts: 2,
            action_slots: 75,
            computation_slots: 1_500,
        }
    }
}

impl Rules {
    /// # Errors
    /// Says what does not work.
    pub fn check(&self) -> Result<(), Error> {
        let rules = [
            (self.small_blind > 0, "the small blind is nothing"),
            (self.small_blind <= self.big_blind, "the small blind is more than the big one"),
            (self.least_buy_in > 0, "players may sit down with nothing"),
            (self.least_buy_in <= self.most_buy_in, "the least buy-in is above the most"),
            (self.most_buy_in <= MOST_CHIPS, "the most buy-in is so high that sums of chips overflow"),
            (self.big_blind <= self.most_buy_in, "nobody can bring a big blind"),
            (self.most_timeouts > 0, "players would have to leave before they can act"),
            (self.action_slots > 0, "there is no time to act"),
            (self.computation_slots > 0, "there is no time for a computation"),
        ];
        match rules.iter().find(|(holds, _)| !holds) {
            Some((_, why)) => Err(Error::Rules(why)),
            None => Ok(()),
        }
    }
}
