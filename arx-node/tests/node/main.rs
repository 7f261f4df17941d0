//! The node core on doubles of chain and network, under simulated time.
//!
//! - `scheduler`: every way in which an attempt, an agreement or a submission can go wrong.
//! - `protocols`: the same with members that may be malicious: stock, cheats, what is on record.
//! - `court`: challenges, evidence and votes on chain.
//! - `support`: the doubles.

mod court;
mod protocols;
mod scheduler;
mod signing;
mod support;
