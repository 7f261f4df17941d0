//! The online phase against a dishonest majority, on a stock that the same processes made just before.

use std::error::Error;
use std::time::Instant;

use arcis_circuit::gates::{GateProgram, Shape, cost, lower};
use arcis_circuit::{Circuit, Function, Input, Op, Visibility};
use futures::executor::block_on;
use mpc::dishonest_majority::DishonestMajority;
use mpc::evaluate::Evaluator;
use mpc::message::{Identity, Members};
use mpc::preprocessing::{MemorySource, MemoryStock, Parameters, PreprocessingError, Producer};
use mpc::protocol::{Protocol, Word};
use mpc::signature::key::generate;
use mpc::signature::{KeyName, KeyShare};
use mpc::{Channel, Session};

use crate::process::cpu_seconds;

const COMPARISONS: usize = 1000;
const ROUNDS: usize = 1000;
/// Wide layers, four to a group of triples.
const LAYERS: usize = 12;
const SIGNATURES: usize = 21;

/// What one party measured, in seconds and counts.
pub struct Online {
    /// Of a thousand comparisons of 64 bits with the making of all they take, and of the comparisons alone.
    pub comparisons: [f64; 2],
    /// ANDs in wide layers in a second, with their checks.
    pub ands_per_second: f64,
    /// Processor time of this party for one of these.
    pub and_cpu_seconds: f64,
    /// One layer of one AND.
    pub round: f64,
    /// One signature with its nonce, in a session whose messages are signed: the median.
    pub sign: f64,
}

/// Runs all of it as party `me`.
pub fn measure<C: Channel>(channel: &mut C, me: u8, parties: u8) -> Result<Online, Box<dyn Error>> {
    // A share has room for as many parties as the number says.
    match parties {
        2 => run::<C, 2>(channel, me, parties),
        3 => run::<C, 3>(channel, me, parties),
        4..=5 => run::<C, 5>(channel, me, parties),
        6..=8 => run::<C, 8>(channel, me, parties),
        _ => run::<C, 16>(channel, me, parties),
    }
}

fn run<C: Channel, const N: usize>(channel: &mut C, me: u8, parties: u8) -> Result<Online, Box<dyn Error>> {
    let program = comparisons()?;
    let need = cost(&program);
    let start = Instant::now();
    let source = make(channel, [3; 32], me, parties, need.input_bits as usize, need.ands as usize)?;
    let online = Instant::now();
    let mut party =
        DishonestMajority::<_, _, N>::start(Session::new(&mut *channel, [4; 32]), source, [me; 32])?;
    block_on(async {
        let mut inputs = Vec::with_capacity(program.inputs.len());
        for wires in &program.inputs {
            inputs.push(Word::Secret(party.random(wires.width as usize).await?.into()));
        }
        let mut evaluator = Evaluator::new(&mut party, &program, &inputs)?;
        while evaluator.next_step().is_some() {
            evaluator.advance(&mut party).await?;
        }
        party.check().await
    })?;
    let comparisons = [start.elapsed().as_secs_f64(), online.elapsed().as_secs_f64()];
    drop(party);

    let layer = Parameters::full_group(parties) / 4;
    let source = make(channel, [5; 32], me, parties, 2 * layer, LAYERS * layer + ROUNDS)?;
    let mut party =
        DishonestMajority::<_, _, N>::start(Session::new(&mut *channel, [6; 32]), source, [me; 32])?;
    let cpu = cpu_seconds()?;
    let (wide, and_cpu, narrow) = block_on(async {
        let left = party.random(layer).await?;
        let mut right = party.random(layer).await?;
        let start = Instant::now();
        for _ in 0..LAYERS {
            right = party.and_layer(&left, &right).await?;
        }
        party.check().await?;
        let wide = start.elapsed();
        let and_cpu = cpu_seconds().unwrap_or_default() - cpu;
        let start = Instant::now();
        let (left, mut right) = (&left[..1], right[..1].to_vec());
        for _ in 0..ROUNDS {
            right = party.and_layer(left, &right).await?;
        }
        party.check().await?;
        Ok::<_, mpc::ProtocolError>((wide, and_cpu, start.elapsed()))
    })?;
    drop(party);
    let ands = (LAYERS * layer) as f64;
    Ok(Online {
        comparisons,
        ands_per_second: ands / wide.as_secs_f64(),
        and_cpu_seconds: and_cpu / ands,
        round: narrow.as_secs_f64() / ROUNDS as f64,
        sign: sign::<C, N>(channel, me, parties)?,
    })
}

/// Makes a key and scalars, and signs one message after another.
fn sign<C: Channel, const N: usize>(channel: &mut C, me: u8, parties: u8) -> Result<f64, Box<dyn Error>> {
    let secret = |party: u8| [party + 1; 32];
    let keys: Vec<_> = (0..parties)
        .map(|party| ed25519_dalek::SigningKey::from_bytes(&secret(party)).verifying_key().to_bytes())
        .collect();
    let identity = Identity::new(Members::new([1; 32], 1, &keys)?, &secret(me));
    let name = KeyName { mxe: [2; 32], version: 1 };
    block_on(async {
        let mut session = Session::signed(&mut *channel, [7; 32], identity.clone())?;
        let key = generate(&mut session, &name, KeyShare::derive(&secret(me), &name)).await?;
        let session = Session::new(&mut *channel, [8; 32]);
        let mut producer = Producer::start(session, [me; 32], Parameters::for_stock(parties, 384)?).await?;
        let mut stock = MemoryStock::default();
        producer.signing_scalars(SIGNATURES, &mut stock).await?;
        let (_, released) = producer.finish().await?;
        let session = Session::signed(channel, [9; 32], identity)?;
        let party = DishonestMajority::<_, _, N>::start(session, stock.into_source(released, &[]), [me; 32])?;
        let mut party = party.with_signing_key(Some(key));
        let mut times = Vec::with_capacity(SIGNATURES);
        for number in 0..SIGNATURES {
            let start = Instant::now();
            let signatures = party.open_nonces(vec![number.to_le_bytes().to_vec()]).await?;
            party.sign(signatures).await?;
            times.push(start.elapsed().as_secs_f64());
        }
        times.sort_by(f64::total_cmp);
        Ok(times[SIGNATURES / 2])
    })
}

/// A stock of at least so much, in memory.
fn make<C: Channel>(
    channel: &mut C,
    batch: [u8; 32],
    me: u8,
    parties: u8,
    bits: usize,
    triples: usize,
) -> Result<MemorySource, PreprocessingError> {
    block_on(async {
        let parameters = Parameters::for_stock(parties, triples)?;
        let mut producer = Producer::start(Session::new(channel, batch), [me; 32], parameters).await?;
        let mut stock = MemoryStock::default();
        producer.bits(bits, &mut stock).await?;
        for _ in 0..triples.div_ceil(parameters.triples) {
            producer.triples(&mut stock).await?;
        }
        let (_, released) = producer.finish().await?;
        Ok(stock.into_source(released, &[]))
    })
}

/// Comparisons of unrelated words, all at once, in the shape of fewest ANDs.
fn comparisons() -> Result<GateProgram, Box<dyn Error>> {
    let input = Input { width: 64, visibility: Visibility::Secret };
    let less = |k: u32| Op::Less { a: 2 * k, b: 2 * k + 1, signed: false };
    let inputs = 2 * COMPARISONS as u32;
    let function = Function {
        name: "compare".into(),
        inputs: vec![input; 2 * COMPARISONS],
        ops: (0..COMPARISONS as u32).map(less).collect(),
        outputs: (inputs..inputs + COMPARISONS as u32).collect(),
    };
    lower(&Circuit { functions: vec![function] }, Shape::Small).map_err(|error| format!("{error}").into())
}
