//! A signed session's bookkeeping: envelopes, everybody's chain, and what is kept as evidence.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::ProtocolError;
use crate::certificate::FirstOpening;
use crate::channel::{PartyId, Phase, PhaseKind};
use crate::message::{ENVELOPE_LENGTH, Header, Identity, SignedHeader, payload_hash};
use crate::misbehavior::Misbehavior;
use crate::transcript::LastOpening;

/// Broadcasts of every sender whose headers are kept. Honest parties are at most two broadcasts of one sender
/// apart, so two of them always have one in common, and every later one differs if an earlier one did.
const HEADERS_KEPT: usize = 4;

/// Where a message belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) phase: Phase,
    pub(crate) piece: u32,
    pub(crate) recipient: Option<PartyId>,
}

/// One party's signing state of a session.
#[derive(Debug)]
pub(crate) struct Signing {
    session: [u8; 32],
    me: PartyId,
    identity: Identity,
    /// By party: how many broadcasts it made, and its chain.
    chains: Vec<(u32, [u8; 32])>,
    records: Records,
}

impl Signing {
    pub(crate) fn new(session: [u8; 32], me: PartyId, identity: Identity) -> Self {
        let parties = (0..identity.members().len() as u8).map(PartyId);
        let chains: Vec<_> = parties.map(|party| (0, Header::first_chain(&session, party))).collect();
        let records = Records::new(chains.len());
        Self { session, me, identity, chains, records }
    }

    /// The header of a party's last broadcast.
    pub(crate) fn last_header(&self, party: PartyId) -> Option<SignedHeader> {
        self.records.lock().last(party)
    }

    /// Keeps evidence that this party found.
    pub(crate) fn keep_evidence(&self, evidence: Misbehavior) {
        self.records.lock().evidence.push(evidence);
    }

    pub(crate) fn records(&self) -> Records {
        self.records.clone()
    }

    pub(crate) const fn identity(&self) -> &Identity {
        &self.identity
    }

    fn header(&self, sender: PartyId, place: Place, payload: &[u8]) -> Header {
        let (broadcasts, chain) = self
            .chains
            .get(sender.index())
            .copied()
            .unwrap_or((0, Header::first_chain(&self.session, sender)));
        Header {
            cluster: self.identity.members().cluster,
            epoch: self.identity.members().epoch,
            session: self.session,
            phase: place.phase,
            piece: place.piece,
            sender,
            recipient: place.recipient,
            broadcasts,
            payload: payload_hash(payload),
            chain,
        }
    }

    /// Signs a payload and puts it into its envelope.
    pub(crate) fn seal(&mut self, place: Place, payload: &[u8]) -> Vec<u8> {
        let signed = self.identity.sign_header(self.header(self.me, place, payload));
        self.records.lock().log(signed);
        self.said(signed, payload);
        let mut envelope = Vec::with_capacity(ENVELOPE_LENGTH + payload.len());
        envelope.extend(signed.signature);
        envelope.extend(signed.header.chain);
        envelope.extend(payload);
        envelope
    }

    /// What this party is answerable for once it has signed a certificate, each part a place and its payload: the headers
    /// that [`seal`](Self::seal) gives them one after the other.
    pub(crate) fn first_opening(&self, certificate: (Place, &[u8]), opening: (Place, &[u8])) -> FirstOpening {
        let certificate = self.identity.sign_header(self.header(self.me, certificate.0, certificate.1));
        let (place, payload) = opening;
        let opening = Header {
            broadcasts: certificate.header.broadcasts.saturating_add(1),
            chain: certificate.header.next_chain(),
            ..self.header(self.me, place, payload)
        };
        FirstOpening { certificate, opening: self.identity.sign_header(opening), payload: payload.to_vec() }
    }

    /// A message of `from` is due.
    pub(crate) fn awaits(&self, from: PartyId, place: Place) {
        let mut records = self.records.lock();
        if place.piece == 0 && records.opens_in == Some(place.phase) {
            records.withholding = Some(from);
        }
    }

    /// Takes a payload out of its envelope and checks whose it is. The envelope is long enough.
    pub(crate) fn open(
        &mut self,
        from: PartyId,
        place: Place,
        envelope: Vec<u8>,
    ) -> Result<Vec<u8>, ProtocolError> {
        let bad = ProtocolError::BadSignature { party: from, phase: place.phase };
        let Some((signature, rest)) = envelope.split_first_chunk::<64>() else { return Err(bad) };
        let Some((chain, payload)) = rest.split_first_chunk::<32>() else { return Err(bad) };
        let expected = self.header(from, place, payload);
        let signed = SignedHeader { header: Header { chain: *chain, ..expected }, signature: *signature };
        if !self.identity.members().vouch(&signed) {
            return Err(bad);
        }
        self.records.lock().log(signed);
        if *chain != expected.chain {
            let first = self.records.lock().last(from);
            let evidence = Misbehavior::BrokenChain { first, second: signed };
            self.records.lock().evidence.push(evidence.clone());
            return Err(ProtocolError::Misbehaved { party: from, evidence: Box::new(evidence) });
        }
        self.said(signed, payload);
        self.records.lock().withholding.take_if(|party| *party == from);
        Ok(payload.to_vec())
    }

    fn said(&mut self, signed: SignedHeader, payload: &[u8]) {
        let header = &signed.header;
        if header.recipient.is_some() {
            return;
        }
        if let Some((broadcasts, chain)) = self.chains.get_mut(header.sender.index()) {
            // A session ends long before: rounds are counted by u32 as well.
            *broadcasts = broadcasts.saturating_add(1);
            *chain = header.next_chain();
        }
        self.records.lock().keep(signed, payload);
    }
}

/// What the parties of a signed session said, as far as it may serve as evidence. Clones are one.
#[derive(Clone, Debug)]
pub struct Records(Arc<Mutex<Kept>>);

#[derive(Debug)]
struct Kept {
    /// By sender: the headers of its last broadcasts.
    headers: Vec<VecDeque<SignedHeader>>,
    /// Broadcasts whose contents can be proven wrong later, by the client who knows what was due.
    tags: Vec<(SignedHeader, Vec<u8>)>,
    /// By sender: the first thing it agreed to.
    agreements: BTreeMap<PartyId, (SignedHeader, Vec<u8>)>,
    evidence: Vec<Misbehavior>,
    /// The phase of the first opening, once it is certified.
    opens_in: Option<Phase>,
    /// Whose first opening is due and has not come.
    withholding: Option<PartyId>,
    /// The end of the transcript.
    last_opening: Option<LastOpening>,
    /// Headers of all messages, if they are kept.
    log: Option<Vec<SignedHeader>>,
}

impl Kept {
    fn log(&mut self, signed: SignedHeader) {
        if let Some(log) = &mut self.log {
            log.push(signed);
        }
    }

    fn last(&self, sender: PartyId) -> Option<SignedHeader> {
        self.headers.get(sender.index())?.back().copied()
    }

    fn keep(&mut self, signed: SignedHeader, payload: &[u8]) {
        if let Some(headers) = self.headers.get_mut(signed.header.sender.index()) {
            if headers.len() == HEADERS_KEPT {
                headers.pop_front();
            }
            headers.push_back(signed);
        }
        if signed.header.phase.kind == PhaseKind::Tags {
            self.tags.push((signed, payload.to_vec()));
        }
        if signed.header.phase == (Phase { kind: PhaseKind::CoinCommit, index: 0 }) {
            self.agreements.insert(signed.header.sender, (signed, payload.to_vec()));
        }
    }
}

impl Records {
    fn new(parties: usize) -> Self {
        let headers = vec![VecDeque::new(); parties];
        Self(Arc::new(Mutex::new(Kept {
            headers,
            tags: Vec::new(),
            agreements: BTreeMap::new(),
            evidence: Vec::new(),
            opens_in: None,
            withholding: None,
            last_opening: None,
            log: None,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Whoever panicked while holding it left whole values behind.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What this party tells the others when a session ended without an outcome.
    pub fn report(&self) -> Report {
        Report { headers: self.lock().headers.iter().flatten().copied().collect() }
    }

    /// The last broadcast of a party.
    pub fn last_broadcast(&self, sender: PartyId) -> Option<SignedHeader> {
        self.lock().last(sender)
    }

    /// The signed tags of inputs and outputs, with their payloads: what a client can prove to be wrong.
    pub fn tags(&self) -> Vec<(SignedHeader, Vec<u8>)> {
        self.lock().tags.clone()
    }

    /// The signed headers of all that this party sent and received, where they are kept.
    pub fn log(&self) -> Vec<SignedHeader> {
        self.lock().log.clone().unwrap_or_default()
    }

    pub(crate) fn keep_log(&self) {
        self.lock().log.get_or_insert_default();
    }

    pub(crate) fn absorbed(
        &self,
        before: [u8; 32],
        phase: Phase,
        payloads: &[impl AsRef<[u8]>],
        entry: [u8; 32],
    ) {
        LastOpening::follow(&mut self.lock().last_opening, before, phase, payloads, entry);
    }

    /// The end of the transcript, from the last opening on: what a result must follow from.
    pub fn last_opening(&self) -> Option<LastOpening> {
        self.lock().last_opening.clone()
    }

    /// What a party agreed to when the session began: its signed statement with the commitment to its first coin.
    pub fn agreement(&self, party: PartyId) -> Option<(SignedHeader, Vec<u8>)> {
        self.lock().agreements.get(&party).cloned()
    }

    pub(crate) fn opens_in(&self, phase: Phase) {
        self.lock().opens_in = Some(phase);
    }

    /// Who owes this party its first opening after the certificate, which this party has: it did not come yet, or what
    /// came is not one. Where several owe it, the first of them.
    pub fn withholding(&self) -> Option<PartyId> {
        self.lock().withholding
    }

    /// Evidence that this party found by itself.
    pub fn evidence(&self) -> Vec<Misbehavior> {
        self.lock().evidence.clone()
    }

    /// Evidence of equivocation in another party's report, from what this party and that one were sent. The
    /// report itself proves nothing about who made it.
    pub fn compare(&self, report: &Report) -> Vec<Misbehavior> {
        let kept = self.lock();
        let differs = |theirs: &SignedHeader| {
            let mine = kept.headers.get(theirs.header.sender.index())?;
            let mine = mine.iter().find(|mine| mine.header.same_place(&theirs.header))?;
            (mine.header != theirs.header)
                .then_some(Misbehavior::Equivocation { first: *mine, second: *theirs })
        };
        report.headers.iter().filter_map(differs).collect()
    }
}

/// The signed headers of everybody's last broadcasts, as one party received them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The headers.
    pub headers: Vec<SignedHeader>,
}
