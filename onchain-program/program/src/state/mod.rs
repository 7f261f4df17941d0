//! The program's accounts. Each file holds one account: its seeds, its size, and which instruction may write it.

pub mod attestation;
pub mod buffer;
pub mod cell;
pub mod challenge;
pub mod circuit;
pub mod cluster;
pub mod computation;
pub mod computation_definition;
pub mod config;
pub mod dispute;
pub mod encryption_key_record;
pub mod mxe;
pub mod node;
pub mod offence;
pub mod queue;
pub mod result_buffer;
pub mod stake;

pub use attestation::*;
pub use buffer::*;
pub use cell::*;
pub use challenge::*;
pub use circuit::*;
pub use cluster::*;
pub use computation::*;
pub use computation_definition::*;
pub use config::*;
pub use dispute::*;
pub use encryption_key_record::*;
pub use mxe::*;
pub use node::*;
pub use offence::*;
pub use queue::*;
pub use result_buffer::*;
pub use stake::*;
