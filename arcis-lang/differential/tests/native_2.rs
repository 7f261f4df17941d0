//! Every fourth program, compiled by rustc.

#![allow(warnings, clippy::all, clippy::pedantic, reason = "nobody wrote this")]

mod native;

use arcis::encrypted;
use arcis::native::Value;
use arcis_circuit::Bits;
use native::reader;

include!(concat!(env!("OUT_DIR"), "/programs_2.rs"));

#[test]
fn one_half_agrees() {
    native::all_agree(&PROGRAMS[..PROGRAMS.len() / 2]);
}

#[test]
fn other_half_agrees() {
    native::all_agree(&PROGRAMS[PROGRAMS.len() / 2..]);
}
