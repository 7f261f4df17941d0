//! What is played: every failure that a user or an operator can meet, and what must come of it.
//!
//! # Layout
//! - [`ordinary`]: nothing goes wrong, or only what always goes wrong: slow networks, lost packets and transactions
//! - [`inputs`]: ciphertexts that were altered, used twice, or copied into another call; stale account slices
//! - [`cells`]: several calls on one cell, results based on old versions
//! - [`definitions`]: circuits that are not what their hash says
//! - [`signatures`]: results with missing, repeated and foreign signatures
//! - [`signing_keys`]: an application's signing key is made while nodes come and go
//! - [`crashes`]: nodes that are killed, restarted, cut off
//! - [`stock`]: correlated randomness is made while nodes are killed, or one of them spoils it
//! - [`byzantine`]: nodes that do not follow the protocol
//! - [`forks`]: a chain that changes its mind

mod byzantine;
mod cells;
mod crashes;
mod definitions;
mod forks;
mod inputs;
mod ordinary;
mod signatures;
mod signing_keys;
mod stock;

use std::pin::Pin;

use crate::chain::ChainConditions;
use crate::failure::Failure;
use crate::network::Conditions;
use crate::world::World;

/// A scenario being played.
pub type Play<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + 'a>>;

/// One scenario.
pub struct Scenario {
    /// Its name on the command line.
    pub name: &'static str,
    /// What happens in it, and what must come of it.
    pub about: &'static str,
    /// How network and chain behave.
    pub conditions: fn() -> (Conditions, ChainConditions),
    /// Whether nodes begin with stock, as after a first computation.
    pub furnished: bool,
    /// What is done. What must be true after every run is checked besides ([`crate::invariants`]).
    pub play: for<'a> fn(&'a mut World) -> Play<'a>,
    /// Words that must occur in the events of at least so many of a hundred runs: shows that the scenario does bring about
    /// what it is about.
    pub occurs: &'static [(&'static str, usize)],
}

/// All scenarios.
pub static ALL: &[&Scenario] = &[
    &ordinary::HAPPY_PATH,
    &ordinary::ROUGH_WEATHER,
    &inputs::TAMPERED_INPUT,
    &inputs::SPENT_INPUT,
    &inputs::REPLAYED_INPUT,
    &inputs::STALE_SLICE,
    &cells::CALLS_IN_FLIGHT,
    &cells::OLD_CELL_VERSION,
    &definitions::CIRCUIT_MISMATCH,
    &signatures::BAD_SIGNATURES,
    &signing_keys::SIGNING_KEY,
    &crashes::KILLED_NODE,
    &crashes::RESTARTED_NODES,
    &crashes::PARTITION,
    &stock::FIRST_STOCK,
    &stock::STOCK_INTERRUPTED,
    &stock::STOCK_SPOILED,
    &byzantine::MALFORMED_MESSAGES,
    &byzantine::UNRELIABLE_PEER,
    &byzantine::WRONG_SHARES,
    &byzantine::WRONG_RESULT,
    &forks::FORKS,
    &forks::DEEP_FORKS,
];

/// The scenario with this name.
pub fn find(name: &str) -> Option<&'static Scenario> {
    ALL.iter().find(|scenario| scenario.name == name).copied()
}

/// Nothing goes wrong by itself.
fn calm() -> (Conditions, ChainConditions) {
    (Conditions::calm(), ChainConditions::calm())
}

/// Everything goes wrong now and then.
fn rough() -> (Conditions, ChainConditions) {
    (Conditions::rough(), ChainConditions::rough())
}
