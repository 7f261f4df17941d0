//! The program's tests, on its bytecode in a Solana runtime. `world` builds the situation, each other module tests one
//! subject; a test whose name says what is refused performs that attack.

mod buffers;
mod cells;
mod compute_units;
mod court;
mod definitions;
mod delivery;
mod disputes;
mod equivocation;
mod every_instruction;
mod governance;
mod leaked_keys;
mod ledger;
mod life_cycle;
mod liveness;
mod mempool;
mod network;
mod queueing;
mod results;
mod settling;
mod signing_keys;
mod stake;
mod stake_ledger;
mod substitutes;
mod victims;
mod whole_ledger;
mod withholding;
mod world;
