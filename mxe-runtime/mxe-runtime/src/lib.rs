//! Plans and executes computations on shares.
//!
//! A node hands in a [`Task`] (what all nodes know of one attempt at a computation), its own [`NodeSecrets`],
//! a [`Journal`] that remembers what must not happen twice, fresh randomness and a channel to the other
//! nodes; [`execute`] runs the protocol and gives back an [`Outcome`] that is the same at every node: the
//! outputs in the bytes in which they are signed and published, or the reason for which the computation is
//! refused.
//!
//! Nothing in here knows a chain, a socket, a clock or a file, but for [`stock`].
//!
//! # Layout
//! - [`Plan`]: a circuit made ready to run; made once per circuit, used by every computation of it.
//! - [`Task`], [`Argument`], [`CellTarget`]: one attempt at one computation.
//! - [`Journal`]: what a node records, durably, before it goes on.
//! - [`execute_malicious`], [`execute_honest_majority`], [`Participant`], [`DurableLog`]: the same among malicious
//!   peers, with every message signed.
//! - [`accusation`]: what a client can prove about a node.
//! - [`Sandbox`]: where the public code of an instruction runs, before and after its circuit.
//! - [`stock`]: correlated randomness on disk, each item of which is used once.
//! - [`execute`], [`Progress`], [`Outcome`], [`ExecuteError`]: running it.
//!
//! ```
//! # use std::sync::Arc;
//! # use arcis_circuit::{Artifact, Circuit, Function, Input, Interface, Op, Output, OutputKind, Parameter, ParameterKind};
//! # use arcis_circuit::{Type, Visibility};
//! # use arx_wire::{Base, EncryptionSecretKey, Member, bits::PackedBits, input};
//! # use futures::{executor::block_on, future::try_join_all};
//! use mxe_runtime::*;
//!
//! // fn is_small(value: Enc<Shared, u8>) -> bool { (value < 100).reveal() }
//! # let u8_type = Type::Integer { bits: 8, signed: false };
//! # let artifact = Artifact {
//! #     interface: Interface {
//! #         name: "is_small".into(),
//! #         parameters: vec![Parameter { name: "value".into(), kind: ParameterKind::Shared { slot: 0 }, ty: u8_type }],
//! #         outputs: vec![Output { kind: OutputKind::Public, ty: Type::Bool }],
//! #     },
//! #     circuit: Circuit { functions: vec![Function {
//! #         name: "is_small".into(),
//! #         inputs: vec![Input { width: 8, visibility: Visibility::Secret }],
//! #         ops: vec![
//! #             Op::Const(arcis_circuit::Bits::from_u64(100, 8)),
//! #             Op::Less { a: 0, b: 1, signed: false },
//! #             Op::Reveal(2),
//! #         ],
//! #         outputs: vec![3],
//! #     }] },
//! #     public: None,
//! # };
//! let plan = Arc::new(Plan::new(artifact)?);
//! # let keys: Vec<_> = (0..3).map(|i| EncryptionSecretKey::from_seed(&[i; 32])).collect();
//! # let members = keys.iter().map(|key| Member { identity: [0; 32], encryption_key: key.public_key() }).collect();
//! # let base = Base {
//! #     genesis: [1; 32], program: [2; 32], cluster: [3; 32], epoch: 1, members, mxe: [4; 32],
//! #     protocol: arx_wire::PROTOCOL_REPLICATED3_SEMI_HONEST, circuit: plan.circuit_hash(),
//! #     interface: plan.interface_hash(), instance: [5; 32], authority: [6; 32], counter: 7, not_after: 8,
//! # };
//! // The client: 42, encrypted to the three nodes.
//! let recipient = EncryptionSecretKey::from_seed(&[20; 32]).public_key();
//! let ephemeral = input::EphemeralKeys::from_seed(&[21; 32]);
//! let input = input::encrypt(&base, 0, &[recipient], &PackedBits::new(8, vec![42])?, &ephemeral)?;
//! let argument = input::InputArgument { recipient, input };
//!
//! // The nodes: all have one task, and none ever sees 42.
//! let task = Task {
//!     base,
//!     plan,
//!     session: [9; 32],
//!     computation: [10; 32],
//!     arguments: vec![Argument::Input(argument.to_bytes())],
//!     output_cells: vec![None],
//!     state_key_version: INITIAL_STATE_KEY_VERSION,
//! };
//! # struct Memory;
//! # impl Journal for Memory {
//! #     fn spend(&mut self, _: [u8; 32], _: [u8; 32]) -> Result<SpendOutcome, JournalError> { Ok(SpendOutcome::Granted) }
//! #     fn ready_to_open(&mut self, _: [u8; 32], _: [u8; 32]) -> Result<(), JournalError> { Ok(()) }
//! # }
//! let nodes = mpc::memory::mesh(3).into_iter().zip(keys).map(|(mut channel, encryption_key)| {
//!     let task = &task;
//!     async move {
//!         let secrets = NodeSecrets { encryption_key, state_secret: [30; 32].into() };
//!         let seed = [mpc::Channel::me(&channel).0; 32]; // In a node: drawn at random.
//!         execute(task, &secrets, &mut Memory, seed, &mut channel, &mut |_| ()).await
//!     }
//! });
//! for outcome in block_on(try_join_all(nodes))? {
//!     let Outcome::Finished(finished) = outcome else { panic!("refused") };
//!     assert_eq!(finished.outputs, [vec![1]]);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod accusation;
mod error;
mod execute;
mod journal;
mod outcome;
mod plan;
mod prepare;
mod public;
pub mod stock;
mod task;

pub use error::{ExecuteError, TaskError};
pub use execute::{Ended, Participant, execute, execute_honest_majority, execute_malicious};
pub use journal::{DurableLog, Journal, JournalError, SpendOutcome};
pub use outcome::{ArgumentFault, Finished, Outcome, Progress, PublicFault, PublicStage, Rejection};
pub use plan::{Plan, PlanError, StockNeed};
pub use public::{Sandbox, SandboxCallError, SandboxError, SandboxFault};
pub use task::{Argument, AttemptNeed, CellTarget, INITIAL_STATE_KEY_VERSION, NodeSecrets, Task};
