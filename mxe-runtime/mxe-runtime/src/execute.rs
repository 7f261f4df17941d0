//! One execution, from agreeing on the task to the outputs.
//!
//! The rounds, and what each is for (`docs/protocol.md`, "One computation"):
//! 1. Coin `coin_s`, with the task's digest as the statement all must agree on: two rounds. Malformed
//!    arguments are refused here.
//! 2. The engine's setup.
//! 3. Every node enters its pads of all inputs, cells and outputs.
//! 4. Inputs are recorded as spent, their seeds revealed, their tags opened: two rounds if there are inputs. The
//!    cells that are loaded are checked, by engines whose cells carry tags.
//!    Before that, when the task is agreed on, public code prepares words from the plaintext arguments.
//! 5. The circuit, one round per layer of ANDs and per reveal; before the first reveal the transcripts are
//!    compared, the attempt is recorded as the one that opens, and in a signed session certified by all.
//!    Then public code makes outputs of what was revealed for it.
//! 6. `c` of all outputs and cells is opened; tags of cells are made.
//! 7. If there are outputs to clients: coin `coin_o` with the transcript as the statement, then tags: three
//!    rounds.

use arcis_circuit::Bits;
use arx_wire::bits::PackedBits;
use arx_wire::coin::CoinName;
use arx_wire::hash::LabelledHash;
use arx_wire::{
    PROTOCOL_DISHONEST_MAJORITY, PROTOCOL_REPLICATED3_MALICIOUS, PROTOCOL_REPLICATED3_SEMI_HONEST,
};
use mpc::certificate::{Opening, certify_next, recipients_digest};
use mpc::correlation::CorrelationSource;
use mpc::dishonest_majority::DishonestMajority;
use mpc::evaluate::{Evaluator, NextStep};
use mpc::message::{Identity, Members};
use mpc::protocol::{Protocol, StateVector, Word};
use mpc::replicated::Replicated;
use mpc::signature::SigningKey;
use mpc::verified::Verified;
use mpc::{Channel, ProtocolError, Records, Session, cell, coin, input, output};
use zeroize::{Zeroize, Zeroizing};

use crate::plan::is_finished;
use crate::prepare::{Destination, Inputs, Prepared, destinations, require_runnable};
use crate::public;
use crate::{
    DurableLog, ExecuteError, Finished, Journal, NodeSecrets, Outcome, Plan, Progress, Rejection,
    SpendOutcome, Task, TaskError,
};

/// Runs one attempt at a computation of a cluster whose nodes follow the protocol, as one of them. There are no signing
/// keys in such a cluster.
///
/// `seed` is this node's randomness for the attempt: 32 bytes drawn afresh, never used for another.
/// `progress` is told how far the execution has come.
///
/// # Errors
/// [`ExecuteError`]: the attempt is over without an outcome, and this node has shown nothing that it should
/// not have.
pub async fn execute<C: Channel>(
    task: &Task,
    secrets: &NodeSecrets,
    journal: &mut dyn Journal,
    seed: [u8; 32],
    channel: &mut C,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Outcome, ExecuteError> {
    let seed = Zeroizing::new(seed);
    require_runnable(task, channel.me(), channel.parties(), secrets)?;
    if task.base.protocol != PROTOCOL_REPLICATED3_SEMI_HONEST {
        return Err(TaskError::UnknownProtocol(task.base.protocol).into());
    }
    if task.plan.signs() {
        return Err(TaskError::NoSigningKey.into());
    }
    let session = Session::new(channel, task.session);
    let attempt = Attempt { task, secrets, seed: &seed };
    let agreed = match attempt.agree(session, progress).await? {
        Ok(agreed) => agreed,
        Err(rejection) => return Ok(Outcome::Rejected(rejection)),
    };
    let engine = Replicated::start(agreed.session, *attempt.randomness("arx/v1/attempt/engine")).await?;
    let recorder = Recorder::Plain(journal);
    attempt.run(engine, agreed.coin_s, recorder, progress, agreed.inputs, agreed.destinations).await
}

/// What a node of a cluster with malicious peers brings to one attempt.
pub struct Participant<'a, S> {
    /// Its secrets.
    pub secrets: &'a NodeSecrets,
    /// Whom it signs as, and who its peers are.
    pub identity: Identity,
    /// The part of the stock of correlated randomness that the attempt's `Start` names.
    pub source: S,
    /// Its randomness for the attempt: 32 bytes drawn afresh, never used for another.
    pub seed: Zeroizing<[u8; 32]>,
    /// The application's signing key with this node's share of it, if it has one. Circuits that sign need it.
    pub signing_key: Option<SigningKey>,
}

/// How an attempt with malicious peers ended.
pub struct Ended {
    /// The outcome, or why there is none.
    pub result: Result<Outcome, ExecuteError>,
    /// What peers are answerable for; `None` if nothing was said yet.
    pub records: Option<Records>,
}

/// Runs one attempt at a computation, as one node of a cluster of which all but one may be malicious.
///
/// Every message is signed. When the attempt ends without an outcome, [`Ended::records`] has what peers are
/// answerable for, to be compared with the others' reports.
pub async fn execute_malicious<C: Channel, S: CorrelationSource>(
    task: &Task,
    participant: Participant<'_, S>,
    log: &mut dyn DurableLog,
    channel: &mut C,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Ended {
    let session = match begin(task, PROTOCOL_DISHONEST_MAJORITY, &participant, log, channel) {
        Ok(session) => session,
        Err(error) => return Ended { result: Err(error), records: None },
    };
    let records = session.records();
    let (key, source) = (participant.signing_key, participant.source);
    let attempt = Attempt { task, secrets: participant.secrets, seed: &participant.seed };
    // A share has room for as many parties as its engine: one engine for each common size, and few others.
    let result = match session.parties() {
        ..=2 => attempt.run_malicious::<_, _, 2>(session, source, key, log, progress).await,
        3 => attempt.run_malicious::<_, _, 3>(session, source, key, log, progress).await,
        4 => attempt.run_malicious::<_, _, 4>(session, source, key, log, progress).await,
        5..=8 => attempt.run_malicious::<_, _, 8>(session, source, key, log, progress).await,
        _ => attempt.run_malicious::<_, _, 16>(session, source, key, log, progress).await,
    };
    Ended { result, records }
}

/// Runs one attempt at a computation, as one node of a cluster of three of which one may be malicious. Takes
/// nothing from the stock; otherwise as [`execute_malicious`].
pub async fn execute_honest_majority<C: Channel>(
    task: &Task,
    participant: Participant<'_, ()>,
    log: &mut dyn DurableLog,
    channel: &mut C,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Ended {
    let session = match begin(task, PROTOCOL_REPLICATED3_MALICIOUS, &participant, log, channel) {
        Ok(session) => session,
        Err(error) => return Ended { result: Err(error), records: None },
    };
    let records = session.records();
    let key = participant.signing_key;
    let attempt = Attempt { task, secrets: participant.secrets, seed: &participant.seed };
    Ended { result: attempt.run_verified(session, key, log, progress).await, records }
}

/// Checks that a task can be run here and begins its signed session.
fn begin<'c, C: Channel, S>(
    task: &Task,
    protocol: u16,
    participant: &Participant<'_, S>,
    log: &mut dyn DurableLog,
    channel: &'c mut C,
) -> Result<Session<&'c mut C>, ExecuteError> {
    require_runnable(task, channel.me(), channel.parties(), participant.secrets)?;
    if task.base.protocol != protocol {
        return Err(TaskError::UnknownProtocol(task.base.protocol).into());
    }
    if task.plan.signs() && participant.signing_key.is_none() {
        return Err(TaskError::NoSigningKey.into());
    }
    let identities: Vec<_> = task.base.members.iter().map(|member| member.identity).collect();
    let members =
        Members::new(task.base.cluster, task.base.epoch, &identities).map_err(ProtocolError::from)?;
    if *participant.identity.members() != members {
        return Err(TaskError::ForeignIdentity.into());
    }
    log.begin(task.session, task.digest().map_err(TaskError::Base)?)?;
    let session = Session::signed(channel, task.session, participant.identity.clone());
    let session = session.map_err(ProtocolError::from)?;
    if let Some(records) = session.records() {
        log.answerable(&records);
    }
    Ok(session)
}

/// One node's attempt at a task.
#[derive(Clone, Copy)]
struct Attempt<'a> {
    task: &'a Task,
    secrets: &'a NodeSecrets,
    seed: &'a Zeroizing<[u8; 32]>,
}

/// A task that all nodes agreed on, with what this node derived for it.
struct Agreed<C> {
    session: Session<C>,
    coin_s: [u8; 32],
    inputs: Inputs,
    destinations: Vec<Destination>,
}

impl<'a> Attempt<'a> {
    /// Agrees on the task and reads its arguments.
    async fn agree<C: Channel>(
        self,
        mut session: Session<C>,
        progress: &mut (dyn FnMut(Progress) + Send),
    ) -> Result<Result<Agreed<C>, Rejection>, ExecuteError> {
        let (task, me) = (self.task, session.me());
        let digest = task.digest().map_err(TaskError::Base)?;
        let different_task = |party| ProtocolError::DifferentTask { party };
        let own_coin = self.randomness("arx/v1/attempt/coin-s");
        let coin_s = coin::toss(&mut session, CoinName::Session, &own_coin, &digest, different_task).await?;
        progress(Progress::TaskAgreed);
        let mut inputs = match Inputs::read(task, me, self.secrets) {
            Ok(inputs) => inputs,
            Err(rejection) => return Ok(Err(rejection)),
        };
        inputs.prepared = match public::prepare(&task.plan, &inputs.plaintext)? {
            Ok(prepared) => prepared,
            Err(rejection) => return Ok(Err(rejection)),
        };
        let destinations = destinations(task, &inputs, coin_s, me, self.secrets)?;
        Ok(Ok(Agreed { session, coin_s, inputs, destinations }))
    }

    async fn run_malicious<C: Channel, S: CorrelationSource, const N: usize>(
        self,
        session: Session<C>,
        source: S,
        key: Option<SigningKey>,
        log: &'a mut dyn DurableLog,
        progress: &'a mut (dyn FnMut(Progress) + Send),
    ) -> Result<Outcome, ExecuteError> {
        let agreed = match self.agree(session, progress).await? {
            Ok(agreed) => agreed,
            Err(rejection) => return Ok(Outcome::Rejected(rejection)),
        };
        let seed = self.randomness("arx/v1/attempt/engine");
        let engine = DishonestMajority::<_, _, N>::start(agreed.session, source, *seed)?;
        let engine = engine.with_signing_key(key);
        let recorder = Recorder::Durable(log);
        self.run(engine, agreed.coin_s, recorder, progress, agreed.inputs, agreed.destinations).await
    }

    async fn run_verified<C: Channel>(
        self,
        session: Session<C>,
        key: Option<SigningKey>,
        log: &'a mut dyn DurableLog,
        progress: &'a mut (dyn FnMut(Progress) + Send),
    ) -> Result<Outcome, ExecuteError> {
        let agreed = match self.agree(session, progress).await? {
            Ok(agreed) => agreed,
            Err(rejection) => return Ok(Outcome::Rejected(rejection)),
        };
        let seed = self.randomness("arx/v1/attempt/engine");
        let engine = Verified::start(agreed.session, *seed).await?.with_signing_key(key);
        let recorder = Recorder::Durable(log);
        self.run(engine, agreed.coin_s, recorder, progress, agreed.inputs, agreed.destinations).await
    }

    async fn run<P: Protocol>(
        self,
        engine: P,
        coin_s: [u8; 32],
        recorder: Recorder<'a>,
        progress: &'a mut (dyn FnMut(Progress) + Send),
        inputs: Inputs,
        destinations: Vec<Destination>,
    ) -> Result<Outcome, ExecuteError> {
        let own_coin_o = self.randomness("arx/v1/attempt/coin-o");
        let recipients: Vec<_> = destinations.iter().map(Destination::recipient).collect();
        let recipients = recipients_digest(&recipients);
        let task = self.task;
        Execution { task, coin_s, own_coin_o, engine, recorder, progress, recipients, certified: false }
            .run(inputs, destinations)
            .await
    }

    /// Randomness of this node for one use in one attempt.
    fn randomness(self, label: &'static str) -> Zeroizing<[u8; 32]> {
        LabelledHash::new(label).bytes(&self.task.session).bytes(&**self.seed).finish_secret()
    }
}

/// Where what must survive a crash is recorded.
enum Recorder<'a> {
    /// In clusters whose nodes follow the protocol.
    Plain(&'a mut dyn Journal),
    /// In clusters where all openings are certified.
    Durable(&'a mut dyn DurableLog),
}

impl Recorder<'_> {
    fn journal(&mut self) -> &mut dyn Journal {
        match self {
            Self::Plain(journal) => *journal,
            Self::Durable(log) => *log,
        }
    }
}

struct Execution<'a, P: Protocol> {
    task: &'a Task,
    coin_s: [u8; 32],
    own_coin_o: Zeroizing<[u8; 32]>,
    engine: P,
    recorder: Recorder<'a>,
    progress: &'a mut (dyn FnMut(Progress) + Send),
    /// Digest of who gets something.
    recipients: [u8; 32],
    /// Whether the attempt is recorded as the one that opens.
    certified: bool,
}

impl<P: Protocol> Execution<'_, P> {
    async fn run(mut self, inputs: Inputs, destinations: Vec<Destination>) -> Result<Outcome, ExecuteError> {
        let vectors = inputs.vectors().chain(destinations.iter().filter_map(Destination::vector)).collect();
        let loads = inputs.cells().map(|(_, vector)| vector);
        let stores = destinations.iter().filter_map(Destination::state);
        let states: Vec<StateVector> = loads.chain(stores).cloned().collect();
        let (entries, states) = self.engine.enter_all(vectors, states).await?;
        let (input_entries, output_entries) = split(&entries, inputs.clients.len())?;
        let (loads, stores) = split(&states, inputs.cells().count())?;

        if let Some(rejection) = self.verify_inputs(&inputs, input_entries).await? {
            // All come to the same verdict if all saw the same broadcasts, which is what this makes sure of.
            self.engine.session().confirm().await?;
            return Ok(Outcome::Rejected(rejection));
        }
        let loaded: Vec<_> = inputs.cells().map(|(body, _)| body).zip(loads).collect();
        cell::check(&mut self.engine, &loaded).await?;
        (self.progress)(Progress::InputsVerified);

        let mut words = self.input_words(&inputs, input_entries, loads)?;
        for word in &inputs.prepared {
            words.push(Word::Public(to_packed(word)?));
        }
        let outputs = self.evaluate(&words).await?;
        let finished = match self.finish(&inputs, &outputs).await? {
            Ok(finished) => finished,
            Err(rejection) => {
                self.engine.session().confirm().await?;
                return Ok(Outcome::Rejected(rejection));
            }
        };
        self.open_outputs(outputs, finished, &destinations, output_entries, stores)
            .await
            .map(Outcome::Finished)
    }

    /// Runs the public code after the circuit, on the words revealed for it: the words of the outputs that it gives. They
    /// are checked before, so that what it makes of them is the same at every node.
    async fn finish(
        &mut self,
        inputs: &Inputs,
        outputs: &[Word<P::Share>],
    ) -> Result<Result<Vec<Bits>, Rejection>, ExecuteError> {
        let plan: &Plan = &self.task.plan;
        let public = plan.artifact().public.as_ref();
        let Some(finish) = public.and_then(|public| public.finish.as_ref()) else {
            return Ok(Ok(Vec::new()));
        };
        self.engine.check().await?;
        let first = outputs.len().checked_sub(finish.revealed.len()).ok_or_else(missing_entry)?;
        let revealed = outputs[first..]
            .iter()
            .map(|word| join_public(std::slice::from_ref(word)))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(public::finish(plan, &inputs.plaintext, &inputs.prepared, &revealed)?)
    }

    /// Records the clients' inputs as spent and checks their tags.
    async fn verify_inputs(
        &mut self,
        inputs: &Inputs,
        entries: &[P::Entry],
    ) -> Result<Option<Rejection>, ExecuteError> {
        let clients = &inputs.clients;
        if clients.is_empty() {
            return Ok(None);
        }
        let mut granted = Vec::with_capacity(clients.len());
        for (client, argument) in clients.iter().zip(&inputs.client_arguments) {
            let outcome = self
                .recorder
                .journal()
                .spend(client.spent_id(), client.spent_for(&self.task.computation, *argument))?;
            granted.push(outcome == SpendOutcome::Granted);
        }
        let argument = |index: usize| inputs.client_arguments.get(index).copied().unwrap_or_default();
        let seeds = match input::reveal_seeds(self.engine.session(), clients, &granted).await? {
            Ok(seeds) => seeds,
            Err(refused) => return Ok(Some(Rejection::InputSpent { argument: argument(refused.index) })),
        };
        let (entries, _) = split(entries, clients.len())?;
        let entries: Vec<_> = entries.iter().collect();
        let tampered = input::verify(&mut self.engine, clients, &seeds, &entries).await?;
        Ok(tampered.map(|index| Rejection::InputTampered { argument: argument(index) }))
    }

    /// The circuit's input words.
    fn input_words(
        &mut self,
        inputs: &Inputs,
        client_entries: &[P::Entry],
        loads: &[P::StateEntry],
    ) -> Result<Vec<Word<P::Share>>, ExecuteError> {
        let mut cell_entries = loads.iter();
        let program = &self.task.plan.program;
        let mut words = Vec::with_capacity(program.inputs.len());
        for (argument, count) in inputs.arguments.iter().zip(&self.task.plan.parameter_words) {
            let widths = program.inputs[words.len()..].iter().take(*count).map(|word| word.width);
            match argument {
                Prepared::Public(bits) => words.extend(cut_public(bits, widths)?),
                Prepared::Client(index) => {
                    let client = inputs.clients.get(*index).zip(client_entries.get(*index));
                    let (client, entry) = client.ok_or_else(missing_entry)?;
                    words.extend(cut_secret(&input::shares(&mut self.engine, client, entry), widths)?);
                }
                Prepared::Cell { body, .. } => {
                    let entry = cell_entries.next().ok_or_else(missing_entry)?;
                    words.extend(cut_secret(&cell::load(&mut self.engine, body, entry), widths)?);
                }
            }
        }
        Ok(words)
    }

    async fn evaluate(&mut self, words: &[Word<P::Share>]) -> Result<Vec<Word<P::Share>>, ExecuteError> {
        let plan: &Plan = &self.task.plan;
        let of = plan.cost().and_rounds + plan.cost().reveal_rounds + plan.cost().signing_steps;
        let mut rounds = 0;
        let mut evaluator = Evaluator::new(&mut self.engine, &plan.program, words)?;
        while let Some(step) = evaluator.next_step() {
            match step {
                NextStep::Reveal(_) | NextStep::Nonces(_) => self.certify().await?,
                NextStep::Sign(_) => {
                    for nonce in evaluator.nonce_uses() {
                        self.recorder.journal().bind_nonce(nonce.nonce, nonce.used_for)?;
                    }
                }
                _ => {}
            }
            evaluator.advance(&mut self.engine).await?;
            if matches!(step, NextStep::And(_) | NextStep::Reveal(_) | NextStep::Sign(_)) {
                rounds += 1;
                (self.progress)(Progress::Evaluated { rounds, of });
            }
        }
        Ok(evaluator.outputs())
    }

    /// Before anything is shown to anyone: checks all that was computed, compares transcripts, records the
    /// attempt, and has it certified by all where messages are signed. The next message is the one that opens.
    async fn certify(&mut self) -> Result<(), ExecuteError> {
        if !self.certified {
            self.engine.check().await?;
            let transcript = self.engine.session().confirm().await?;
            self.recorder.journal().ready_to_open(self.task.session, transcript)?;
            if let Recorder::Durable(log) = &mut self.recorder {
                let opening = Opening {
                    session: self.task.session.into(),
                    computation: self.task.computation.into(),
                    circuit: self.task.base.circuit.into(),
                    inputs: self.task.digest().map_err(TaskError::Base)?.into(),
                    transcript: transcript.into(),
                    recipients: self.recipients.into(),
                };
                let keeper = log.keeper(self.task.session);
                certify_next(self.engine.session(), opening, keeper)?;
            }
            self.certified = true;
        }
        Ok(())
    }

    /// Opens what the outputs are made of, and makes them.
    async fn open_outputs(
        mut self,
        words: Vec<Word<P::Share>>,
        finished: Vec<Bits>,
        destinations: &[Destination],
        entries: &[P::Entry],
        stores: &[P::StateEntry],
    ) -> Result<Finished, ExecuteError> {
        if self.task.plan.opens_anything() {
            self.certify().await?;
        }
        (self.progress)(Progress::Opening);

        // All masked values, one after another, are opened together.
        let mut rest = &words[..];
        let mut next_entry = entries.iter();
        let mut next_store = stores.iter();
        let mut masked = Vec::new();
        let mut pending = Vec::with_capacity(destinations.len());
        let interface = self.task.plan.interface();
        let mut finished = finished.into_iter();
        for (index, ((destination, count), description)) in
            (0..).zip(destinations.iter().zip(&self.task.plan.output_words).zip(&interface.outputs))
        {
            let (value, tail) = split(rest, *count)?;
            rest = tail;
            let first = masked.len();
            pending.push(match destination {
                Destination::Public => {
                    let bits = if is_finished(self.task.plan.artifact(), index) {
                        let count = description.ty.leaves().map_or(0, |leaves| leaves.len());
                        finished.by_ref().take(count).fold(Bits::new(), |mut bits, word| {
                            bits.extend_from_bits(&word);
                            bits
                        })
                    } else {
                        join_public(value)?
                    };
                    let plain = description.ty.bits_to_plain(&bits);
                    Pending::Public(plain.map_err(|_| width_mismatch("a public output", 0, bits.len()))?)
                }
                Destination::Client(client) => {
                    let entry = next_entry.next().ok_or_else(missing_entry)?;
                    let value = Zeroizing::new(join_secret(&mut self.engine, value));
                    masked.extend(client.masked(&mut self.engine, &value, entry)?);
                    Pending::Client { client, entry, bits: first..masked.len() }
                }
                Destination::Cell { .. } => {
                    let entry = next_store.next().ok_or_else(missing_entry)?;
                    let value = Zeroizing::new(join_secret(&mut self.engine, value));
                    masked.extend(cell::masked(&mut self.engine, &value, entry)?);
                    Pending::Cell { entry, bits: first..masked.len() }
                }
            });
        }
        self.engine.check().await?;
        let opened = self.engine.open(&masked).await?;

        let clients = pending.iter().filter_map(|output| match output {
            Pending::Client { client, entry, bits } => {
                Some(slice(&opened, bits).map(|c| (*client, *entry, c)))
            }
            Pending::Public(_) | Pending::Cell { .. } => None,
        });
        let clients = clients.collect::<Result<Vec<_>, _>>()?;
        let cells = pending.iter().filter_map(|output| match output {
            Pending::Cell { entry, bits } => Some(slice(&opened, bits).map(|c| (c, *entry))),
            Pending::Public(_) | Pending::Client { .. } => None,
        });
        let cells = cells.collect::<Result<Vec<_>, _>>()?;
        let key_version = self.task.state_key_version;
        let mut stored = cell::store(&mut self.engine, key_version, self.coin_s, cells).await?.into_iter();
        let mut sealed = self.seal(clients).await?.into_iter();
        let mut outputs = Vec::with_capacity(pending.len());
        for output in pending {
            outputs.push(match output {
                Pending::Public(plain) => plain,
                Pending::Client { .. } => sealed.next().ok_or_else(missing_entry)?,
                Pending::Cell { .. } => stored.next().ok_or_else(missing_entry)?.to_bytes(),
            });
        }
        let session = self.engine.session();
        let (transcript_digest, traffic) = (session.transcript_digest(), session.traffic().clone());
        Ok(Finished { outputs, transcript_digest, coin: self.coin_s, traffic })
    }

    /// Tosses `coin_o` and opens the tags of the outputs to clients.
    async fn seal(
        &mut self,
        clients: Vec<(&output::ClientOutput, &P::Entry, PackedBits)>,
    ) -> Result<Vec<Vec<u8>>, ExecuteError> {
        if clients.is_empty() {
            return Ok(Vec::new());
        }
        let session = self.engine.session();
        let d_open = session.transcript_digest();
        let diverged = |party| ProtocolError::TranscriptDiverged { party };
        let coin_o = coin::toss(session, CoinName::Output, &self.own_coin_o, &d_open, diverged).await?;
        let sealed = output::seal(&mut self.engine, clients, d_open, coin_o).await?;
        let bytes = sealed.iter().map(arx_wire::output::EncryptedOutput::to_bytes);
        Ok(bytes.collect::<Result<_, _>>().map_err(ProtocolError::Wire)?)
    }
}

/// An output before its masked value is opened.
enum Pending<'a, E, S> {
    Public(Vec<u8>),
    Client { client: &'a output::ClientOutput, entry: &'a E, bits: std::ops::Range<usize> },
    Cell { entry: &'a S, bits: std::ops::Range<usize> },
}

fn split<T>(items: &[T], at: usize) -> Result<(&[T], &[T]), ProtocolError> {
    items.split_at_checked(at).ok_or_else(|| width_mismatch("a list of values", at, items.len()))
}

fn missing_entry() -> ProtocolError {
    width_mismatch("a list of entered vectors", 1, 0)
}

const fn width_mismatch(what: &'static str, expected: usize, actual: usize) -> ProtocolError {
    ProtocolError::WidthMismatch { what, expected, actual }
}

fn to_bits(packed: &PackedBits) -> Result<Bits, ProtocolError> {
    let length = packed.len() as usize;
    Bits::from_bytes(packed.as_bytes(), length).map_err(|_| width_mismatch("a bit string", length, 0))
}

fn to_packed(bits: &Bits) -> Result<PackedBits, ProtocolError> {
    let length = u32::try_from(bits.len())
        .map_err(|_| width_mismatch("a bit string", u32::MAX as usize, bits.len()))?;
    Ok(PackedBits::new(length, bits.to_bytes())?)
}

fn slice(packed: &PackedBits, range: &std::ops::Range<usize>) -> Result<PackedBits, ProtocolError> {
    if range.end > packed.len() as usize {
        return Err(width_mismatch("an opening", range.end, packed.len() as usize));
    }
    to_packed(&to_bits(packed)?.slice(range.start, range.len()))
}

fn cut_public<S: Zeroize>(
    packed: &PackedBits,
    widths: impl Iterator<Item = u32>,
) -> Result<Vec<Word<S>>, ProtocolError> {
    let mut offset = 0;
    widths
        .map(|width| {
            let range = offset..offset + width as usize;
            offset = range.end;
            slice(packed, &range).map(Word::Public)
        })
        .collect()
}

fn cut_secret<S: Clone + Zeroize>(
    shares: &[S],
    widths: impl Iterator<Item = u32>,
) -> Result<Vec<Word<S>>, ProtocolError> {
    let mut rest = shares;
    widths
        .map(|width| {
            let (word, tail) = split(rest, width as usize)?;
            rest = tail;
            Ok(Word::Secret(word.to_vec().into()))
        })
        .collect()
}

fn join_public<S: Zeroize>(words: &[Word<S>]) -> Result<Bits, ProtocolError> {
    let mut bits = Bits::new();
    for word in words {
        match word {
            Word::Public(packed) => bits.extend_from_bits(&to_bits(packed)?),
            Word::Secret(shares) => {
                return Err(width_mismatch("a public output given as secret", 0, shares.len()));
            }
        }
    }
    Ok(bits)
}

/// The shares of all words, those that everybody knows shared as constants.
fn join_secret<P: Protocol>(engine: &mut P, words: &[Word<P::Share>]) -> Vec<P::Share> {
    let mut shares = Vec::with_capacity(words.iter().map(Word::len).sum());
    for word in words {
        match word {
            Word::Secret(word) => shares.extend_from_slice(word),
            Word::Public(bits) => {
                shares.extend(
                    (0..bits.len()).map(|index| engine.constant(bits.bit(index).unwrap_or_default())),
                );
            }
        }
    }
    shares
}
