//! The instructions, one a file: their accounts, what these must be, and what happens.

pub mod auction_closed;
pub mod auction_initialized;
pub mod bid_placed;
pub mod close_auction;
pub mod create_auction;
pub mod initialize_application;
pub mod place_bid;
pub mod remove_auction;
pub mod settle;
pub mod take_closing;
pub mod withdraw;

pub use auction_closed::*;
pub use auction_initialized::*;
pub use bid_placed::*;
pub use close_auction::*;
pub use create_auction::*;
pub use initialize_application::*;
pub use place_bid::*;
pub use remove_auction::*;
pub use settle::*;
pub use take_closing::*;
pub use withdraw::*;
