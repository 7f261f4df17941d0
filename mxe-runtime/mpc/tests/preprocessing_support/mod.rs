//! Parties that make a batch in one process.

#![allow(dead_code)] // Every test file uses a part of this.

use futures::executor::block_on;
use futures::future::join_all;
use mpc::Session;
use mpc::memory::{MemoryChannel, mesh};
use mpc::preprocessing::{MemorySource, MemoryStock, Parameters, PreprocessingError, Producer};

/// What one party has in the end.
#[derive(Debug)]
pub struct Made {
    pub source: MemorySource,
    pub bytes_sent: u64,
}

/// The name of every test's batch.
pub const SESSION: [u8; 32] = [42; 32];

pub async fn party(
    channel: MemoryChannel,
    seed: [u8; 32],
    parameters: Parameters,
    bits: usize,
    groups: usize,
) -> Result<Made, PreprocessingError> {
    let mut producer = Producer::start(Session::new(channel, SESSION), seed, parameters).await?;
    let mut stock = MemoryStock::default();
    producer.bits(bits, &mut stock).await?;
    for _ in 0..groups {
        producer.triples(&mut stock).await?;
    }
    let (session, released) = producer.finish().await?;
    Ok(Made { source: stock.into_source(released, &[]), bytes_sent: session.traffic().total().bytes_sent })
}

/// Runs all parties, with `wrap` put around each one's channel. A party that fails closes its channels, so that
/// nobody waits for it for ever.
pub fn make(
    parties: u8,
    parameters: Parameters,
    bits: usize,
    groups: usize,
    wrap: impl Fn(u8, MemoryChannel) -> MemoryChannel,
) -> Vec<Result<Made, PreprocessingError>> {
    let runs = (0..)
        .zip(mesh(parties))
        .map(|(index, channel)| party(wrap(index, channel), [index + 1; 32], parameters, bits, groups));
    block_on(join_all(runs))
}

/// As [`make`], of honest parties.
pub fn must_make(parties: u8, parameters: Parameters, bits: usize, groups: usize) -> Vec<Made> {
    let made = make(parties, parameters, bits, groups, |_, channel| channel);
    made.into_iter().map(|made| made.expect("an honest run")).collect()
}
