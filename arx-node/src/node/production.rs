//! Making something for the stock: the multi-party protocol of one proposal, over the mesh.
//!
//! It is the node's least urgent work. On a real machine it has a thread of its own at the lowest priority, so that
//! its computing never stands in the way of a session's; what it sends gives way to theirs, and is held back for a
//! while when a computation runs ([`Yielding`]). Where a computation waits for it, none of that holds.

use std::sync::Arc;

use mpc::correlation::{StateKeyId, StockError};
use mpc::message::Identity as Signer;
use mpc::preprocessing::replay::{Operation, Recipe};
use mpc::preprocessing::{Parameters, PartBits, PreprocessingError, Producer, StateKey};
use mpc::signature::{KeyName, KeyShare, key};
use mpc::{ProtocolError, Session, certificate};
use mxe_runtime::stock::StoreError as StockStoreError;
use serde_bytes::ByteArray;
use tokio::sync::oneshot;
use tracing::warn;
use zeroize::Zeroizing;

use super::mesh::{Line, MeshChannel, Yielding};
use super::stocking::NodeWriter;
use crate::clock::Clock;
use crate::frame::stock::Amounts;
use crate::store::Store;
use crate::store::journal::RecordsSlot;
use crate::store::signing_keys::MadeKey;
use crate::transport::Transport;

/// Everything that one proposal is carried out with.
pub(crate) struct ProductionRun<T, K> {
    pub(crate) job: ProductionJob,
    pub(crate) signer: Signer,
    pub(crate) seed: Zeroizing<[u8; 32]>,
    pub(crate) line: Line<T, K>,
    /// How it gives way to computations; `None` if one waits for it.
    pub(crate) yielding: Option<Yielding>,
    pub(crate) records: RecordsSlot,
}

/// What is to be made.
pub(crate) enum ProductionJob {
    /// A batch, into the stock.
    Batch { amounts: Amounts, keys: Vec<KeyOrder>, writer: NodeWriter, store: Store },
    /// A state key.
    StateKey(StateKeyId),
    /// A signing key, of which this is the node's share.
    SigningKey { mxe: [u8; 32], version: u32, share: KeyShare },
}

/// Bits to make under a state key.
pub(crate) struct KeyOrder {
    pub(crate) key: StateKey,
    pub(crate) made_in: [u8; 32],
    pub(crate) count: usize,
}

/// What was made.
pub(crate) enum Produced {
    /// A batch is in the stock; bits under these keys are in it.
    Batch { established: Vec<StateKeyId> },
    /// A state key, not kept yet.
    StateKey(Box<StateKey>),
    /// A signing key, with all members' signatures for the chain; not kept yet.
    SigningKey(MadeKey),
}

/// Why nothing was made. Whatever it is, the batch is burned.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProductionError {
    #[error(transparent)]
    Protocol(#[from] PreprocessingError),
    #[error("the stock: {0}")]
    Stock(#[from] StockStoreError),
    #[error("the thread that makes stock has ended")]
    Thread,
}

impl<T: Transport, K: Clock> ProductionRun<T, K> {
    /// Carries the proposal out. Dropping the future burns what it was making.
    pub(crate) async fn run(self) -> Result<Produced, ProductionError> {
        let ProductionRun { job, signer, seed, line, yielding, records } = self;
        let (id, parties) = (line.session.0, line.members.len() as u8);
        let channel = match yielding {
            Some(yielding) => MeshChannel::yielding(line, yielding),
            None => MeshChannel::new(line, Arc::default()),
        };
        let mut session = Session::signed(channel, id, signer)
            .map_err(|error| PreprocessingError::from(ProtocolError::from(error)))?;
        if let Some(kept) = session.records() {
            // A slot serves one session.
            let _ = records.set(kept);
        }
        match job {
            ProductionJob::StateKey(key) => {
                let (_, key) = StateKey::create(session, key, *seed, PartBits::TWO).await?;
                Ok(Produced::StateKey(Box::new(key)))
            }
            ProductionJob::SigningKey { mxe, version, share } => {
                let made = make_signing_key(&mut session, mxe, version, share).await?;
                Ok(Produced::SigningKey(made))
            }
            ProductionJob::Batch { amounts, mut keys, mut writer, store } => {
                let (parameters, recipe) = recipe_of(parties, &amounts, !keys.is_empty())?;
                session.keep_log();
                let mut producer = Producer::start(session, *seed, parameters).await?;
                recipe.run(&mut producer, &mut writer).await?;
                for order in &mut keys {
                    let (name, made_in) = (order.key.id(), order.made_in);
                    let reserve = |used| {
                        let counted = store.use_state_key(&name, &made_in, used);
                        counted.map_err(|error| StockError::Storage(error.to_string()))
                    };
                    producer.state_bits(&mut order.key, order.count, reserve, &mut writer).await?;
                }
                let (_, released) = producer.finish().await?;
                writer.release(&released)?;
                Ok(Produced::Batch { established: keys.iter().map(|order| order.key.id()).collect() })
            }
        }
    }

    /// Carries the proposal out on a thread of its own, at the lowest priority unless it is urgent. Dropping the future
    /// stops it at its next message.
    pub(crate) async fn run_on_a_thread(self, urgent: bool) -> Result<Produced, ProductionError> {
        let runtime = tokio::runtime::Handle::current();
        // Dropped with this future, which ends the thread's work.
        let (_alive, dropped) = oneshot::channel::<()>();
        let (ended, end) = oneshot::channel();
        let work = move || {
            if !urgent {
                lower_priority();
            }
            let outcome = runtime.block_on(async {
                tokio::select! {
                    biased;
                    _ = dropped => None,
                    outcome = self.run() => Some(outcome),
                }
            });
            if let Some(outcome) = outcome {
                // Nobody waits for it where it was dropped meanwhile.
                let _ = ended.send(outcome);
            }
        };
        let started = std::thread::Builder::new().name("stock".into()).spawn(work);
        if started.is_err() {
            return Err(ProductionError::Thread);
        }
        end.await.unwrap_or(Err(ProductionError::Thread))
    }
}

/// Makes a signing key and has everybody sign it for the chain, in one session. So either nobody has all signatures, or
/// whoever has them can publish the key; and a session that broke off is made up for by another, which comes to the
/// same key, for shares follow from the members' long-term secrets.
async fn make_signing_key<C: mpc::Channel>(
    session: &mut Session<C>,
    mxe: [u8; 32],
    version: u32,
    share: KeyShare,
) -> Result<MadeKey, PreprocessingError> {
    let members = session.identity().ok_or(ProtocolError::Unsigned)?.members();
    let (cluster, epoch) = (members.cluster, members.epoch);
    let name = KeyName { mxe, version: version.into() };
    let key = key::generate(session, &name, share).await?;
    let mut made = MadeKey {
        mxe,
        version,
        cluster,
        epoch,
        key: key.public().key(),
        shares: key.public().shares().to_vec(),
        signatures: Vec::new(),
    };
    let signatures = certificate::collect(session, &made.message()).await?;
    made.signatures = signatures.into_iter().map(ByteArray::new).collect();
    Ok(made)
}

/// How a batch of these amounts is made by so many members.
pub(crate) fn recipe_of(
    parties: u8,
    amounts: &Amounts,
    under_state_keys: bool,
) -> Result<(Parameters, Recipe), PreprocessingError> {
    let parameters = Parameters::for_stock(parties, amounts.triples as usize)?;
    let groups = (amounts.triples as usize).div_ceil(parameters.triples);
    let mut operations = vec![Operation::Bits(amounts.bits)];
    operations.extend(vec![Operation::Triples; groups]);
    if amounts.field_triples > 0 {
        operations.push(Operation::FieldTriples(amounts.field_triples));
    }
    if amounts.scalars > 0 {
        operations.push(Operation::SigningScalars(amounts.scalars));
    }
    if under_state_keys {
        operations.push(Operation::StateBits);
    }
    Ok((parameters, Recipe::new(&parameters, operations)))
}

/// Lets every other thread of the machine go first.
pub(super) fn lower_priority() {
    if let Err(error) = thread_priority::set_current_thread_priority(thread_priority::ThreadPriority::Min) {
        warn!(?error, "the priority of the thread that makes stock could not be lowered");
    }
}
