//! What a circuit costs to run: in both shapes, in what the nodes need beforehand, in bytes and in time.
//!
//! Counts are exact. Times are estimates from them for two networks, [`LAN`] and [`WAN`]: a round costs its latency, a
//! message its bytes at the network's rate, an AND [`AND_NANOSECONDS`] of a processor.

use serde::Serialize;

use crate::artifact::Artifact;
use crate::gates::{Cost, LowerError, SIGNING_ROUNDS, Shape, Target, cost, lower};
use crate::public::{PAGE_BYTES, PublicCode};

/// Time of a processor per AND, in nanoseconds, all engines taken together.
pub const AND_NANOSECONDS: u64 = 500;
/// Rounds of a computation besides those of its circuit: coins, seeds, private inputs, tags, confirmation and the opening
/// of outputs. What a computation with all of these takes in the runtime.
pub const COMPUTATION_ROUNDS: u32 = 12;
/// Time of a processor per multiplication of a point by a scalar, in nanoseconds.
pub const POINT_NANOSECONDS: u64 = 50_000;
/// Bytes about the payload of a message: the signed header, at most.
pub const HEADER_BYTES: u64 = 200;

/// A network for which times are estimated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// What one exchange takes, in microseconds.
    pub round_microseconds: u64,
    /// Bytes per second and node.
    pub bytes_per_second: u64,
}

/// Nodes in one place: half a millisecond, 1 Gbit/s.
pub const LAN: Network = Network { round_microseconds: 500, bytes_per_second: 125_000_000 };
/// Nodes across an ocean: 50 milliseconds, 100 Mbit/s.
pub const WAN: Network = Network { round_microseconds: 50_000, bytes_per_second: 12_500_000 };

/// Which engine runs the circuit, as far as its traffic goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    /// Three parties, honest majority: one bit per AND, to one neighbour; nothing beforehand.
    Replicated,
    /// Up to all but one dishonest: two bits per AND, to everybody else; triples and authenticated bits beforehand.
    DishonestMajority {
        /// How many parties.
        parties: u8,
    },
}

impl Engine {
    /// How many parties there are.
    pub const fn parties(self) -> u8 {
        match self {
            Self::Replicated => 3,
            Self::DishonestMajority { parties } => parties,
        }
    }
}

/// What is made ahead of a run, and used up by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Preprocessing {
    /// Triples: one per AND.
    pub and_triples: u64,
    /// Random authenticated bits: random ones of the circuit, and a mask for every bit that is entered: inputs, switches.
    pub random_bits: u64,
    /// Random authenticated scalars: one per signature.
    pub scalars: u64,
}

/// What a run in one shape costs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ShapeReport {
    /// ANDs of secret bits.
    pub ands: u64,
    /// Multiplications of a point by a scalar that each node does, for signatures.
    pub scalar_multiplications: u64,
    /// Rounds of the circuit: layers of ANDs, reveals, signatures, the entering of switches.
    pub rounds: u32,
    /// Rounds of a whole computation: those of the circuit and [`COMPUTATION_ROUNDS`].
    pub computation_rounds: u32,
    /// Bits revealed.
    pub reveals: u64,
    /// Signatures.
    pub signatures: u64,
    /// What is used up.
    pub preprocessing: Preprocessing,
    /// Bytes that one node sends while the circuit runs.
    pub bytes_per_node: u64,
    /// Estimated seconds on [`LAN`], a whole computation.
    pub lan_seconds: f64,
    /// Estimated seconds on [`WAN`], a whole computation.
    pub wan_seconds: f64,
}

/// What public code may use, at each node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PublicCodeReport {
    /// Calls before and after the circuit.
    pub calls: u64,
    /// Fuel of all calls, as declared.
    pub fuel: u64,
    /// Most KiB of memory of a call.
    pub memory_kib: u64,
    /// Bytes of the module.
    pub module_bytes: u64,
}

impl PublicCodeReport {
    /// What public code declares.
    pub fn of(code: &PublicCode) -> Self {
        Self {
            calls: code.calls().count() as u64,
            fuel: code.fuel(),
            memory_kib: u64::from(code.memory_pages) * u64::from(PAGE_BYTES / 1024),
            module_bytes: code.module.len() as u64,
        }
    }
}

/// What an instruction costs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Name of the instruction.
    pub name: String,
    /// The engine that it is for.
    pub engine: Engine,
    /// Bytes of the artifact.
    pub artifact_bytes: u64,
    /// What runs in the clear beside the circuit, if there is any.
    pub public_code: Option<PublicCodeReport>,
    /// Few ANDs.
    pub small: ShapeReport,
    /// Few rounds.
    pub fast: ShapeReport,
}

/// What an instruction costs with an engine.
///
/// # Errors
/// When the circuit is invalid or takes too many gates.
pub fn report(artifact: &Artifact, engine: Engine) -> Result<Report, LowerError> {
    let shape = |shape| {
        let target = Target { shape, parties: engine.parties() };
        Ok::<_, LowerError>(ShapeReport::of(&cost(&lower(&artifact.circuit, target)?), engine))
    };
    Ok(Report {
        name: artifact.interface.name.clone(),
        engine,
        artifact_bytes: artifact.to_bytes().len() as u64,
        public_code: artifact.public.as_ref().map(PublicCodeReport::of),
        small: shape(Shape::Small)?,
        fast: shape(Shape::Fast)?,
    })
}

impl ShapeReport {
    /// From the counts of a program.
    pub fn of(cost: &Cost, engine: Engine) -> Self {
        let has_switches = cost.switch_bits > 0;
        let signing_rounds = cost.signing_steps * SIGNING_ROUNDS;
        let rounds = cost.and_rounds + cost.reveal_rounds + signing_rounds + u32::from(has_switches);
        let computation_rounds = rounds + COMPUTATION_ROUNDS;
        let parties = u64::from(engine.parties());
        // Bits that a node sends to one peer, and to how many.
        let own_switches = cost.switch_bits / parties;
        let (bits, peers) = match engine {
            Engine::Replicated => (cost.ands + cost.reveals + own_switches, 1),
            Engine::DishonestMajority { .. } => (2 * cost.ands + cost.reveals + own_switches, parties - 1),
        };
        // Whole bytes in every message, so at most one more each.
        // Of a signature every node sends its part of the nonce, with a MAC for every peer or a commitment, and its share.
        let points = match engine {
            Engine::Replicated => 3,
            Engine::DishonestMajority { .. } => parties + 1,
        };
        let signature_bytes = cost.signatures * 32 * points;
        let bytes_per_node =
            peers * (bits.div_ceil(8) + signature_bytes + u64::from(rounds) * (1 + HEADER_BYTES));
        let scalar_multiplications = cost.signatures * point_multiplications(engine);
        let seconds = |network: Network| {
            let latency = u64::from(computation_rounds) * network.round_microseconds;
            let sending = bytes_per_node as f64 / network.bytes_per_second as f64;
            let computing = cost.ands * AND_NANOSECONDS + scalar_multiplications * POINT_NANOSECONDS;
            latency as f64 * 1e-6 + sending + computing as f64 * 1e-9
        };
        let entered = cost.input_bits + cost.switch_bits;
        let preprocessing = match engine {
            Engine::Replicated => Preprocessing { and_triples: 0, random_bits: 0, scalars: 0 },
            Engine::DishonestMajority { .. } => {
                let random_bits = cost.random_bits + entered;
                Preprocessing { and_triples: cost.ands, random_bits, scalars: cost.signatures }
            }
        };
        Self {
            ands: cost.ands,
            scalar_multiplications,
            rounds,
            computation_rounds,
            reveals: cost.reveals,
            signatures: cost.signatures,
            preprocessing,
            bytes_per_node,
            lan_seconds: seconds(LAN),
            wan_seconds: seconds(WAN),
        }
    }
}

/// Multiplications of a point by a scalar that each node does for one signature: the nonce and, with stock, its MACs; of
/// every peer's nonce the subgroup it is in, with stock its MAC, which takes two, and the share, which takes two; the
/// signature itself, which takes two.
fn point_multiplications(engine: Engine) -> u64 {
    let peers = u64::from(engine.parties()) - 1;
    match engine {
        Engine::Replicated => 1 + 3 * peers + 2,
        Engine::DishonestMajority { .. } => 1 + peers + 5 * peers + 2,
    }
}
