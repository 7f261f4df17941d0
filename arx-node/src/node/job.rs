//! A queued computation, read from the chain and checked against the circuit it names.
//!
//! Everything a job holds is fixed when the computation is queued; what can change until it runs (cells, frozen account
//! slices) is read anew for every attempt (`prepare`).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use arcis_circuit::{Artifact, Interface};
use arx_program::state::{
    CircuitData, Computation, ComputationDefinition, ComputationStatus, FailureReason, OutputKind,
    OutputSpec, ParameterKind, ParameterSpec,
};
use arx_program::{message, pda};
use mxe_runtime::Plan;
use sha2::{Digest, Sha256};
use solana_pubkey::Pubkey;
use tracing::{info, warn};

use crate::chain::view::{AccountError, ClusterView, decode};
use crate::chain::{Chain, ChainError};
use crate::frame::ComputationId;
use crate::store::{Store, StoreError};

/// A queued computation and what it runs.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) id: ComputationId,
    pub(crate) computation: Computation,
    /// The circuit, or why the computation is to be rejected whatever its arguments are.
    pub(crate) recipe: Result<Arc<Recipe>, Refusal>,
}

/// A definition's circuit, checked and ready to run.
#[derive(Debug)]
pub(crate) struct Recipe {
    pub(crate) definition: ComputationDefinition,
    pub(crate) plan: Arc<Plan>,
}

/// A verdict that every member reaches by itself, from the chain alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) reason: FailureReason,
    /// Which argument, where the reason concerns one.
    pub(crate) detail: u32,
    /// For the log.
    pub(crate) why: String,
}

/// The computation cannot be judged now; a later reading may do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Account(#[from] AccountError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the {kind} account {address} is not there (yet)")]
    Missing { kind: &'static str, address: Pubkey },
    #[error("the computation is settled: {status:?}")]
    Settled { status: ComputationStatus },
    #[error("the computation is for {what}")]
    NotOurs { what: String },
    #[error("the computation account contradicts itself: {what}")]
    Inconsistent { what: &'static str },
}

impl Job {
    /// The slot after which the chain can no longer ask about the computation or its inputs.
    pub(crate) fn keep_until(&self, keep_slots: u64) -> u64 {
        self.computation.not_after.max(self.computation.deadline).saturating_add(keep_slots)
    }

    /// Whether the two must run one after the other: they share a cell that at least one of them writes.
    pub(crate) fn conflicts_with(&self, other: &Job) -> bool {
        self.computation.cells.iter().any(|mine| {
            other
                .computation
                .cells
                .iter()
                .any(|theirs| mine.address == theirs.address && (mine.write || theirs.write))
        })
    }
}

/// Reads jobs; remembers what does not change.
pub(crate) struct Loader<C> {
    pub(crate) chain: Arc<C>,
    pub(crate) store: Store,
    recipes: Mutex<Recipes>,
}

/// Definitions kept ready, the least recently used leaving first.
const RECIPES: usize = 64;

#[derive(Default)]
struct Recipes {
    by_definition: BTreeMap<Pubkey, (Arc<Recipe>, u64)>,
    uses: u64,
}

impl<C: Chain> Loader<C> {
    pub(crate) fn new(chain: Arc<C>, store: Store) -> Self {
        Loader { chain, store, recipes: Mutex::default() }
    }

    /// Reads one computation and everything it runs.
    pub(crate) async fn load(&self, id: ComputationId, cluster: &ClusterView) -> Result<Job, LoadError> {
        let address = Pubkey::from(id.0);
        let computation: Computation = self.account("computation", address).await?;
        check(&address, &computation, cluster)?;
        let known = self.known_recipe(&computation);
        let recipe = match known {
            Some(recipe) => Ok(recipe),
            None => {
                let definition = self.account("definition", computation.definition).await?;
                self.make_recipe(&computation, definition, cluster).await?
            }
        };
        if let Err(refusal) = &recipe {
            warn!(computation = %id, reason = ?refusal.reason, why = %refusal.why, "the circuit is refused");
        }
        Ok(Job { id, computation, recipe })
    }

    fn known_recipe(&self, computation: &Computation) -> Option<Arc<Recipe>> {
        let mut recipes = self.recipes.lock().unwrap_or_else(PoisonError::into_inner);
        recipes.uses += 1;
        let now = recipes.uses;
        let (recipe, used) = recipes.by_definition.get_mut(&computation.definition)?;
        *used = now;
        // Below finality a definition's address may come to hold another one.
        (recipe.definition.circuit_hash == computation.circuit_hash).then(|| recipe.clone())
    }

    fn remember(&self, address: Pubkey, recipe: Arc<Recipe>) {
        let mut recipes = self.recipes.lock().unwrap_or_else(PoisonError::into_inner);
        recipes.uses += 1;
        let now = recipes.uses;
        recipes.by_definition.insert(address, (recipe, now));
        while recipes.by_definition.len() > RECIPES {
            let oldest =
                recipes.by_definition.iter().min_by_key(|(_, (_, used))| *used).map(|(address, _)| *address);
            match oldest {
                Some(oldest) => recipes.by_definition.remove(&oldest),
                None => break,
            };
        }
    }

    async fn make_recipe(
        &self,
        computation: &Computation,
        definition: ComputationDefinition,
        cluster: &ClusterView,
    ) -> Result<Result<Arc<Recipe>, Refusal>, LoadError> {
        if definition.circuit_hash != computation.circuit_hash {
            return Err(LoadError::Inconsistent { what: "its circuit hash is not its definition's" });
        }
        let (bytes, fetched) = match self.store.circuit(&definition.circuit_hash)? {
            Some(bytes) => (bytes, false),
            None => {
                let address = pda::circuit(&computation.definition).0;
                let [account] = self.accounts([("circuit", address)]).await?;
                // Decoding checks owner and discriminator.
                let _: CircuitData = decode("circuit", &address, &account)?;
                let bytes = CircuitData::bytes(&account.data, definition.circuit_length).unwrap_or_default();
                (bytes.to_vec(), true)
            }
        };
        // A cluster has at most 16 members.
        let plan = match plan(&bytes, &definition, cluster.members.len() as u8) {
            Ok(plan) => Arc::new(plan),
            Err(refusal) => return Ok(Err(refusal)),
        };
        if fetched {
            self.store.keep_circuit(&definition.circuit_hash, &bytes)?;
        }
        let cost = plan.cost();
        info!(
            definition = %computation.definition,
            name = %definition.name,
            circuit = %hex::encode(definition.circuit_hash),
            ands = cost.ands,
            and_rounds = cost.and_rounds,
            "a circuit is ready"
        );
        let recipe = Arc::new(Recipe { definition, plan });
        self.remember(computation.definition, recipe.clone());
        Ok(Ok(recipe))
    }

    async fn account<T: anchor_lang::AccountDeserialize>(
        &self,
        kind: &'static str,
        address: Pubkey,
    ) -> Result<T, LoadError> {
        let [account] = self.accounts([(kind, address)]).await?;
        Ok(decode(kind, &address, &account)?)
    }

    async fn accounts<const N: usize>(
        &self,
        wanted: [(&'static str, Pubkey); N],
    ) -> Result<[crate::chain::Account; N], LoadError> {
        let read = self.chain.accounts(&wanted.map(|(_, address)| address)).await?;
        let mut found = Vec::with_capacity(N);
        let mut accounts = read.accounts.into_iter();
        for (kind, address) in wanted {
            found.push(accounts.next().flatten().ok_or(LoadError::Missing { kind, address })?);
        }
        found
            .try_into()
            .map_err(|_| LoadError::Inconsistent { what: "the chain gave another number of accounts" })
    }
}

/// Whether the account is a queued computation of this cluster and epoch that does not contradict itself.
fn check(address: &Pubkey, computation: &Computation, cluster: &ClusterView) -> Result<(), LoadError> {
    if computation.status != ComputationStatus::Queued {
        return Err(LoadError::Settled { status: computation.status });
    }
    if computation.cluster != cluster.address {
        return Err(LoadError::NotOurs { what: format!("cluster {}", computation.cluster) });
    }
    if computation.epoch != cluster.epoch {
        return Err(LoadError::NotOurs {
            what: format!("epoch {}; it is {} now", computation.epoch, cluster.epoch),
        });
    }
    let derived = pda::computation(
        &computation.definition,
        &computation.instance,
        &computation.authority,
        computation.counter,
    );
    if derived.0 != *address {
        return Err(LoadError::Inconsistent { what: "its address does not follow from its fields" });
    }
    match message::input_digest(computation) {
        Ok(digest) if digest == computation.input_digest => Ok(()),
        _ => Err(LoadError::Inconsistent { what: "its input digest does not follow from its arguments" }),
    }
}

/// Checks a circuit against its hash and its definition, and makes it ready.
fn plan(bytes: &[u8], definition: &ComputationDefinition, members: u8) -> Result<Plan, Refusal> {
    let circuit = |why: String| Refusal { reason: FailureReason::CircuitMismatch, detail: 0, why };
    let shape = |why: &str| Refusal { reason: FailureReason::DefinitionMismatch, detail: 0, why: why.into() };
    let hash = <[u8; 32]>::from(Sha256::digest(bytes));
    if hash != definition.circuit_hash {
        return Err(circuit(format!(
            "the circuit's {} bytes hash to {}, the definition says {}",
            bytes.len(),
            hex::encode(hash),
            hex::encode(definition.circuit_hash)
        )));
    }
    let artifact = Artifact::from_bytes(bytes).map_err(|error| circuit(error.to_string()))?;
    if artifact.circuit_hash() != definition.circuit_hash {
        return Err(circuit("the circuit has another encoding than its canonical one".into()));
    }
    let cost = arcis_circuit::cost_units(&artifact).map_err(|error| circuit(error.to_string()))?;
    if artifact.interface_hash() != definition.interface_hash {
        return Err(shape("the interface hash is not that of the circuit"));
    }
    if artifact.interface.name != definition.name {
        return Err(shape("the name is not that of the circuit"));
    }
    if cost != definition.cost_units {
        return Err(shape("the cost is not that of the circuit"));
    }
    let (parameters, outputs) =
        specs(&artifact.interface).ok_or_else(|| shape("a type of the circuit is too large"))?;
    if parameters != definition.parameters {
        return Err(shape("the parameters are not those of the circuit"));
    }
    if outputs != definition.outputs {
        return Err(shape("the outputs are not those of the circuit"));
    }
    Plan::for_parties(artifact, members).map_err(|error| circuit(error.to_string()))
}

/// The shapes that a definition of a circuit with this interface has on chain; `None` where they exceed its numbers.
pub fn specs(interface: &Interface) -> Option<(Vec<ParameterSpec>, Vec<OutputSpec>)> {
    let parameters = interface.parameters.iter().map(|parameter| {
        Some(ParameterSpec {
            kind: match parameter.kind {
                arcis_circuit::ParameterKind::Plaintext => ParameterKind::Plaintext,
                arcis_circuit::ParameterKind::Shared { slot } => ParameterKind::Shared { slot },
                arcis_circuit::ParameterKind::Recipient { slot } => ParameterKind::Recipient { slot },
                arcis_circuit::ParameterKind::Cell => ParameterKind::Cell,
                arcis_circuit::ParameterKind::Mxe => ParameterKind::Mxe,
            },
            bits: parameter.ty.bits().try_into().ok()?,
            plain_len: parameter.ty.plain_len().try_into().ok()?,
        })
    });
    let outputs = interface.outputs.iter().map(|output| {
        Some(OutputSpec {
            kind: match output.kind {
                arcis_circuit::OutputKind::Public => OutputKind::Public,
                arcis_circuit::OutputKind::Shared { slot } => OutputKind::Shared { slot },
                arcis_circuit::OutputKind::Cell { source } => {
                    OutputKind::Cell { source: source.map(u8::try_from).transpose().ok()? }
                }
            },
            bits: output.ty.bits().try_into().ok()?,
            plain_len: output.ty.plain_len().try_into().ok()?,
        })
    });
    Some((parameters.collect::<Option<_>>()?, outputs.collect::<Option<_>>()?))
}
