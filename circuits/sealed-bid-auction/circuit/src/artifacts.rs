//! The compiled circuits, as they are written on chain.
//!
//! `tests/artifacts.rs` fails when they are not what the compiler makes of the source; run it with `ARCIS_BLESS=1` to write
//! them anew.

/// Where the source of the circuits is, for the compiler.
pub const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/lib.rs");

/// Where the artifacts are.
pub const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/artifacts");

/// [`init_auction`](crate::circuits::init_auction)
pub const INIT_AUCTION: &[u8] = include_bytes!("../artifacts/init_auction.arxc");

/// [`place_bid`](crate::circuits::place_bid)
pub const PLACE_BID: &[u8] = include_bytes!("../artifacts/place_bid.arxc");

/// [`close_auction`](crate::circuits::close_auction)
pub const CLOSE_AUCTION: &[u8] = include_bytes!("../artifacts/close_auction.arxc");

/// All of them, by name.
pub const ALL: [(&str, &[u8]); 3] =
    [("init_auction", INIT_AUCTION), ("place_bid", PLACE_BID), ("close_auction", CLOSE_AUCTION)];
