//! The auction's bytecode and the arx program's bytecode together, in a real Solana runtime. Results are signed by test
//! nodes, which compute the auction in the clear; their cryptography is tested elsewhere.

mod callbacks;
mod calls;
mod failures;
mod money;
mod story;
mod world;
