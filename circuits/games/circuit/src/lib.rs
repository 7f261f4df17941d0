//! A card table: the circuits.
//!
//! # Layout
//! - [`holdem`]: Texas hold'em for up to nine players
//! - [`blackjack`]: against the house, with two decks
//! - [`rock_paper_scissors`]: two players, or one and the house
//!
//! Cards and what they are worth are in the library crate `cards`, in `circuits/cards`.

pub mod blackjack;
pub mod holdem;
pub mod rock_paper_scissors;

/// Where the source of the circuits is, for the compiler.
pub const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs");
