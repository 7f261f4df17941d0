//! Example circuits. Each module is a file that compiles on its own; `tests` states what it means, natively and in circuits.

pub mod blackjack;
pub mod coin_flip;
pub mod models;
pub mod oracle;
pub mod order_book;
pub mod record_sharing;
pub mod rock_paper_scissors;
pub mod signing;
pub mod voting;

/// The folder of the sources, for the compiler.
pub const SOURCES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src");

/// The files with circuits in it.
pub const FILES: [&str; 9] = [
    "blackjack.rs",
    "coin_flip.rs",
    "models.rs",
    "oracle.rs",
    "order_book.rs",
    "record_sharing.rs",
    "rock_paper_scissors.rs",
    "signing.rs",
    "voting.rs",
];
