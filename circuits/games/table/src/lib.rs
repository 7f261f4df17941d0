//! Texas hold'em without the cards: who sits where, whose turn it is, what everybody has bet, who can win which pot, and what
//! happens when somebody does not act. All of it is public, so it is plain code, the same in the Solana program and in
//! clients; cards are the circuits' matter.
//!
//! Time is a slot that the caller passes in. Nothing here allocates.
//!
//! # Layout
//! - [`table`]: seats and phases: sitting down, hands from the deal to the end, timeouts
//! - [`betting`]: what a player may do in turn
//! - [`pots`]: side pots, and who gets what
//! - [`rules`]: what a table is set up with; [`seats`]: sets of seats; [`error`]
//!
//! # Example
//! ```
//! use games_table::{Action, Phase, Rules, Street, Table};
//!
//! let rules = Rules { small_blind: 1, big_blind: 2, least_buy_in: 40, ..Rules::default() };
//! let mut table = Table::new(rules)?;
//! table.sit_down(0, 100)?;
//! table.sit_down(4, 100)?;
//! table.start_hand(1_000)?; // The button, at seat 0, has the small blind, and acts first.
//! table.dealt(1_001)?; // The deal's computation has come.
//! table.act(0, Action::RaiseTo(6), 1_002)?;
//! table.act(4, Action::Call, 1_003)?;
//! assert!(matches!(table.phase, Phase::Revealing { street: Street::Flop, .. }));
//! # Ok::<(), games_table::Error>(())
//! ```

#![no_std]

pub mod betting;
pub mod error;
pub mod pots;
pub mod rules;
pub mod seats;
pub mod table;

pub use betting::Action;
pub use error::Error;
pub use pots::{Pot, Pots};
pub use rules::Rules;
pub use seats::{SEATS, Seats};
pub use table::{Payouts, Phase, Progress, Seat, SeatState, Street, Table};

/// An amount of money, in the smallest unit of what the table plays for.
pub type Chips = u64;
/// A slot of the chain.
pub type Slot = u64;
