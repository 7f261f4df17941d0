//! The program's instructions, one a file: what it is for, its arguments, its accounts with their checks, its body.
//!
//! Every account of this program is made at the address its seeds give and names what it belongs to; so owner and
//! discriminator (checked by Anchor) and these relations (`has_one`) say which account it is, without deriving its
//! address again.

pub mod accept_authority;
pub mod claim_fees;
pub mod close_definition;
pub mod close_result;
pub mod consume_result;
pub mod create_cell;
pub mod create_cluster;
pub mod create_definition;
pub mod create_mxe;
pub mod deliver_callback;
pub mod deprecate_definition;
pub mod expire_computation;
pub mod fail_computation;
pub mod finalize_computation;
pub mod finalize_definition;
pub mod initialize;
pub mod join_cluster;
pub mod queue_computation;
pub mod reclaim_rent;
pub mod register_node;
pub mod report_callback_failure;
pub mod set_price;
pub mod sweep_treasury;
pub mod update_config;
pub mod update_node;
pub mod write_circuit;
pub mod write_result;

pub use accept_authority::*;
pub use claim_fees::*;
pub use close_definition::*;
pub use close_result::*;
pub use consume_result::*;
pub use create_cell::*;
pub use create_cluster::*;
pub use create_definition::*;
pub use create_mxe::*;
pub use deliver_callback::*;
pub use deprecate_definition::*;
pub use expire_computation::*;
pub use fail_computation::*;
pub use finalize_computation::*;
pub use finalize_definition::*;
pub use initialize::*;
pub use join_cluster::*;
pub use queue_computation::*;
pub use reclaim_rent::*;
pub use register_node::*;
pub use report_callback_failure::*;
pub use set_price::*;
pub use sweep_treasury::*;
pub use update_config::*;
pub use update_node::*;
pub use write_circuit::*;
pub use write_result::*;
