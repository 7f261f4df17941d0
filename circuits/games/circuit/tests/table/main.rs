//! The circuits of the card table: on native runs of their source, in the reference evaluator, as gates, and by parties on
//! shares.

#![allow(missing_docs)]

mod blackjack;
mod circuits;
mod dealing;
mod holdem;
mod poker;
mod ranking;
mod rock_paper_scissors;

#[path = "../../../../../mxe-runtime/mpc/tests/support/mod.rs"]
mod support;
