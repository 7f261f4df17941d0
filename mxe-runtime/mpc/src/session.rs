//! A session: one attempt at one computation by the parties of a cluster.
//!
//! On top of a [`Channel`] it offers what protocols are written in: broadcasts, exchanges with one peer, the
//! transcript that all parties must have alike, and counters of what was sent.
//!
//! A session is *signed* if it is begun with an [`Identity`]: then every message carries a signature
//! ([`crate::message`]), and what a peer said is kept as evidence ([`Session::records`]).
//!
//! A broadcast here is "send to every peer". That all got the same is not checked message by message: the
//! digest of all broadcasts is compared ([`Session::confirm`], and every coin toss) before anything depends
//! on it.

use std::collections::BTreeMap;

use arx_wire::bits::PackedBits;
use arx_wire::hash::LabelledHash;
use zeroize::Zeroizing;

use crate::ProtocolError;
use crate::certificate::Certification;
use crate::channel::{Channel, MAX_PAYLOAD_BYTES, PartyId, Phase, PhaseKind};
use crate::message::{Identity, MembersError, SignedHeader};
use crate::misbehavior::Misbehavior;
use crate::signing::{Place, Records, Signing};
use crate::transcript;

/// One party's end of a session.
#[derive(Debug)]
pub struct Session<C> {
    channel: C,
    id: [u8; 32],
    transcript: [u8; 32],
    next_index: BTreeMap<PhaseKind, u32>,
    traffic: Traffic,
    signing: Option<Signing>,
    /// The certificate that is due before the next message.
    certification: Option<Certification>,
    #[cfg(any(test, feature = "testing"))]
    cheat: Option<crate::malicious::Cheat>,
}

/// Where an exchange sends to and receives from.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    /// The peer to send to.
    pub to: PartyId,
    /// The peer to receive from.
    pub from: PartyId,
}

impl<C: Channel> Session<C> {
    /// Begins the session named `id`. Every party must use the same name, and no name twice.
    pub fn new(channel: C, id: [u8; 32]) -> Self {
        #[cfg(any(test, feature = "testing"))]
        let mut channel = channel;
        let transcript = LabelledHash::new("arx/v1/transcript").bytes(&id).u8(channel.parties()).finish();
        let (next_index, traffic) = (BTreeMap::new(), Traffic::default());
        Self {
            #[cfg(any(test, feature = "testing"))]
            cheat: channel.take_cheat(),
            channel,
            id,
            transcript,
            next_index,
            traffic,
            signing: None,
            certification: None,
        }
    }

    /// Where a cheating party changes what it says.
    #[cfg(any(test, feature = "testing"))]
    fn say(&mut self, phase: Phase, recipient: Option<PartyId>, mut payload: Vec<u8>) -> Vec<u8> {
        if let Some(cheat) = &mut self.cheat {
            cheat.apply(phase, recipient, &mut payload);
        }
        payload
    }

    #[cfg(not(any(test, feature = "testing")))]
    fn say(&mut self, _: Phase, _: Option<PartyId>, payload: Vec<u8>) -> Vec<u8> {
        payload
    }

    /// As [`new`](Self::new), with every message signed.
    ///
    /// # Errors
    /// [`MembersError`] if the identity is not that of the channel's party.
    pub fn signed(channel: C, id: [u8; 32], identity: Identity) -> Result<Self, MembersError> {
        identity.require_party(channel.me(), channel.parties())?;
        let signing = Signing::new(id, channel.me(), identity);
        Ok(Self { signing: Some(signing), ..Self::new(channel, id) })
    }

    /// What peers are answerable for in a signed session. Stays readable when the session is gone.
    pub fn records(&self) -> Option<Records> {
        self.signing.as_ref().map(Signing::records)
    }

    /// Keeps the signed headers of all messages from now on ([`Records::log`]), in a signed session: a few hundred bytes for
    /// each.
    pub fn keep_log(&self) {
        if let Some(signing) = &self.signing {
            signing.records().keep_log();
        }
    }

    /// The header of a party's last broadcast, in a signed session.
    pub(crate) fn last_header(&self, party: PartyId) -> Option<SignedHeader> {
        self.signing.as_ref().and_then(|signing| signing.last_header(party))
    }

    /// Keeps evidence that this party found, in a signed session.
    pub(crate) fn keep_evidence(&self, evidence: Misbehavior) {
        if let Some(signing) = &self.signing {
            signing.keep_evidence(evidence);
        }
    }

    /// Who this party signs as, in a signed session.
    pub fn identity(&self) -> Option<&Identity> {
        self.signing.as_ref().map(Signing::identity)
    }

    /// The session's name.
    pub const fn id(&self) -> &[u8; 32] {
        &self.id
    }

    /// This party.
    pub fn me(&self) -> PartyId {
        self.channel.me()
    }

    /// How many parties there are.
    pub fn parties(&self) -> u8 {
        self.channel.parties()
    }

    /// What was sent and received so far.
    pub const fn traffic(&self) -> &Traffic {
        &self.traffic
    }

    /// Sends `payload` to every peer and returns what every party sent, this one included, in the parties'
    /// order. All payloads of a broadcast have one length, that of this party's.
    ///
    /// # Errors
    /// [`ProtocolError::Channel`], [`ProtocolError::WrongLength`].
    pub async fn broadcast(&mut self, kind: PhaseKind, payload: Vec<u8>) -> Result<Broadcast, ProtocolError> {
        let phase = self.begin(kind, payload.len());
        let payload = self.say(phase, None, payload);
        self.certify_before(phase, None, &payload).await?;
        self.broadcast_in(phase, payload).await
    }

    async fn broadcast_in(&mut self, phase: Phase, payload: Vec<u8>) -> Result<Broadcast, ProtocolError> {
        let me = self.me();
        let mut received = vec![Vec::with_capacity(payload.len()); self.parties().into()];
        for (index, piece) in (0..).zip(payload.chunks(MAX_PAYLOAD_BYTES)) {
            let place = Place { phase, piece: index, recipient: None };
            let envelope = self.seal(place, piece);
            for peer in self.peers() {
                self.send(peer, phase, envelope.clone()).await?;
            }
            for peer in self.peers() {
                let piece = self.receive(peer, place, piece.len()).await?;
                received[peer.index()].extend(piece);
            }
        }
        received[me.index()] = payload;
        self.absorb(phase, &received);
        Ok(Broadcast { phase, payloads: received })
    }

    /// Sends `payload` to one peer and receives a message of the same length from another. Not part of the
    /// transcript.
    ///
    /// # Errors
    /// [`ProtocolError::Channel`], [`ProtocolError::WrongLength`].
    pub async fn exchange(
        &mut self,
        kind: PhaseKind,
        route: Route,
        payload: &[u8],
    ) -> Result<(Phase, Vec<u8>), ProtocolError> {
        self.exchange_own(kind, route, &mut Zeroizing::new(payload.to_vec())).await
    }

    /// As [`exchange`](Self::exchange). What was said is left in `payload`, which this party goes on with: a cheater
    /// that says something else stands by it.
    pub(crate) async fn exchange_own(
        &mut self,
        kind: PhaseKind,
        route: Route,
        payload: &mut Zeroizing<Vec<u8>>,
    ) -> Result<(Phase, Vec<u8>), ProtocolError> {
        let phase = self.begin(kind, payload.len());
        **payload = self.say(phase, Some(route.to), std::mem::take(&mut **payload));
        self.certify_before(phase, Some(route.to), payload).await?;
        let mut received = Vec::with_capacity(payload.len());
        for (index, piece) in (0..).zip(payload.chunks(MAX_PAYLOAD_BYTES)) {
            let place = |recipient| Place { phase, piece: index, recipient: Some(recipient) };
            let envelope = self.seal(place(route.to), piece);
            self.send(route.to, phase, envelope).await?;
            received.extend(self.receive(route.from, place(self.me()), piece.len()).await?);
        }
        Ok((phase, received))
    }

    /// Sends to every peer what is for it alone, and returns what every peer sent, in the parties' order. All
    /// payloads are equally long, and no longer than [`MAX_PAYLOAD_BYTES`]. Not part of the transcript.
    ///
    /// # Errors
    /// [`ProtocolError::Channel`], [`ProtocolError::WrongLength`].
    pub async fn scatter(
        &mut self,
        kind: PhaseKind,
        payloads: Vec<(PartyId, Vec<u8>)>,
    ) -> Result<Vec<(PartyId, Vec<u8>)>, ProtocolError> {
        let length = payloads.first().map_or(0, |(_, payload)| payload.len());
        let phase = self.begin(kind, length);
        let place = |recipient| Place { phase, piece: 0, recipient: Some(recipient) };
        for (peer, payload) in payloads {
            let payload = self.say(phase, Some(peer), payload);
            self.certify_before(phase, Some(peer), &payload).await?;
            let envelope = self.seal(place(peer), &payload);
            self.send(peer, phase, envelope).await?;
        }
        let mut received = Vec::with_capacity(self.parties().into());
        for peer in self.peers() {
            received.push((peer, self.receive(peer, place(self.me()), length).await?));
        }
        Ok(received)
    }

    pub(crate) fn certify_next(&mut self, certification: Certification) -> Result<(), ProtocolError> {
        if self.signing.is_none() {
            return Err(ProtocolError::Unsigned);
        }
        self.certification = Some(certification);
        Ok(())
    }

    /// The certificate's round, if one is due before this message.
    async fn certify_before(
        &mut self,
        phase: Phase,
        recipient: Option<PartyId>,
        payload: &[u8],
    ) -> Result<(), ProtocolError> {
        // Of an empty payload no message is sent.
        if payload.is_empty() {
            return Ok(());
        }
        let Some(mut certification) = self.certification.take() else { return Ok(()) };
        let identity = self.identity().ok_or(ProtocolError::Unsigned)?;
        let members = identity.members().clone();
        let signature = certification.sign(identity).to_vec();
        let certificate = self.begin(PhaseKind::Certificate, signature.len());
        let signature = self.say(certificate, None, signature);
        let signing = self.signing.as_ref().ok_or(ProtocolError::Unsigned)?;
        let place = |phase, recipient| Place { phase, piece: 0, recipient };
        let piece = payload.get(..MAX_PAYLOAD_BYTES).unwrap_or(payload);
        let first =
            signing.first_opening((place(certificate, None), &signature), (place(phase, recipient), piece));
        certification.keeper.ready(&first)?;
        let broadcast = self.broadcast_in(certificate, signature).await?;
        certification.keeper.certified(&certification.collect(&members, &broadcast)?)?;
        if let Some(records) = self.records() {
            records.opens_in(phase);
        }
        Ok(())
    }

    /// Makes values that became public by an exchange part of the transcript.
    pub fn record_opened(&mut self, phase: Phase, opened: &PackedBits) {
        self.absorb(phase, &[opened.as_bytes()]);
    }

    /// The digest of all broadcasts and openings so far. Equal at all parties that saw the same.
    pub const fn transcript_digest(&self) -> [u8; 32] {
        self.transcript
    }

    /// Compares the transcripts of all parties and returns the digest that all agree on.
    ///
    /// # Errors
    /// [`ProtocolError::TranscriptDiverged`] and those of [`broadcast`](Self::broadcast).
    pub async fn confirm(&mut self) -> Result<[u8; 32], ProtocolError> {
        let digest = self.transcript_digest();
        let broadcast = self.broadcast(PhaseKind::Confirm, digest.to_vec()).await?;
        for (party, theirs) in broadcast.iter() {
            if theirs != digest {
                return Err(ProtocolError::TranscriptDiverged { party });
            }
        }
        Ok(digest)
    }

    fn peers(&self) -> impl Iterator<Item = PartyId> + Send + use<C> {
        let me = self.me();
        (0..self.parties()).map(PartyId).filter(move |party| *party != me)
    }

    fn begin(&mut self, kind: PhaseKind, length: usize) -> Phase {
        let next = self.next_index.entry(kind).or_default();
        let phase = Phase { kind, index: *next };
        *next = next.wrapping_add(1);
        if length > 0 {
            self.traffic.of_mut(kind).rounds += 1;
        }
        phase
    }

    async fn send(&mut self, to: PartyId, phase: Phase, payload: Vec<u8>) -> Result<(), ProtocolError> {
        let traffic = self.traffic.of_mut(phase.kind);
        traffic.messages_sent += 1;
        traffic.bytes_sent += payload.len() as u64;
        Ok(self.channel.send(to, phase, payload).await?)
    }

    /// The bytes that travel for a payload.
    fn seal(&mut self, place: Place, payload: &[u8]) -> Vec<u8> {
        match &mut self.signing {
            Some(signing) => signing.seal(place, payload),
            None => payload.to_vec(),
        }
    }

    async fn receive(
        &mut self,
        from: PartyId,
        place: Place,
        length: usize,
    ) -> Result<Vec<u8>, ProtocolError> {
        let phase = place.phase;
        if let Some(signing) = &self.signing {
            signing.awaits(from, place);
        }
        let envelope = self.channel.receive(from, phase).await?;
        self.traffic.of_mut(phase.kind).bytes_received += envelope.len() as u64;
        let around = self.signing.as_ref().map_or(0, |_| crate::message::ENVELOPE_LENGTH);
        if envelope.len() != length + around {
            let (expected, actual) = (length + around, envelope.len());
            return Err(ProtocolError::WrongLength { party: from, phase, expected, actual });
        }
        match &mut self.signing {
            Some(signing) => signing.open(from, place, envelope),
            None => Ok(envelope),
        }
    }

    fn absorb(&mut self, phase: Phase, payloads: &[impl AsRef<[u8]>]) {
        let entry = transcript::entry(payloads);
        if let Some(signing) = &self.signing {
            signing.records().absorbed(self.transcript, phase, payloads, entry);
        }
        self.transcript = transcript::next(&self.transcript, phase, &entry);
    }
}

/// What all parties said in one broadcast.
#[derive(Clone, Debug)]
pub struct Broadcast {
    phase: Phase,
    payloads: Vec<Vec<u8>>,
}

impl Broadcast {
    /// Every party with its payload, in order. All payloads have one length.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (PartyId, &[u8])> {
        self.payloads.iter().enumerate().map(|(index, payload)| (PartyId(index as u8), payload.as_slice()))
    }

    /// The phase.
    pub const fn phase(&self) -> Phase {
        self.phase
    }

    /// The error for a payload of `party` that no honest party sends.
    pub const fn malformed(&self, party: PartyId, what: &'static str) -> ProtocolError {
        ProtocolError::Malformed { party, phase: self.phase, what }
    }
}

/// Counters of one party's traffic, by kind of phase. Payload bytes only; what the transport adds is its own
/// business.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    kinds: BTreeMap<PhaseKind, PhaseTraffic>,
}

/// The traffic of all phases of one kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PhaseTraffic {
    /// Times that this party waited for its peers.
    pub rounds: u64,
    /// Payloads handed to the channel.
    pub messages_sent: u64,
    /// Bytes in them.
    pub bytes_sent: u64,
    /// Bytes received.
    pub bytes_received: u64,
}

impl Traffic {
    /// The traffic of one kind of phase.
    pub fn of(&self, kind: PhaseKind) -> PhaseTraffic {
        self.kinds.get(&kind).copied().unwrap_or_default()
    }

    /// The kinds that occurred, with their traffic.
    pub fn by_kind(&self) -> impl Iterator<Item = (PhaseKind, PhaseTraffic)> + '_ {
        self.kinds.iter().map(|(kind, traffic)| (*kind, *traffic))
    }

    /// The sum over all kinds.
    pub fn total(&self) -> PhaseTraffic {
        self.kinds.values().fold(PhaseTraffic::default(), |sum, kind| PhaseTraffic {
            rounds: sum.rounds + kind.rounds,
            messages_sent: sum.messages_sent + kind.messages_sent,
            bytes_sent: sum.bytes_sent + kind.bytes_sent,
            bytes_received: sum.bytes_received + kind.bytes_received,
        })
    }

    fn of_mut(&mut self, kind: PhaseKind) -> &mut PhaseTraffic {
        self.kinds.entry(kind).or_default()
    }
}
