//! The channel of one session over the mesh.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mpc::channel::{Channel, ChannelError, PartyId, Phase};
use tokio::sync::watch;

use crate::clock::Clock;
use crate::frame::{Data, Frame, SessionId};
use crate::identity::Identity;
use crate::transport::Transport;
use crate::transport::inbox::SessionInbox;

/// What a session's channel is made of.
pub(crate) struct Line<T, K> {
    pub(crate) session: SessionId,
    pub(crate) members: Arc<[Identity]>,
    pub(crate) me: u8,
    pub(crate) inbox: SessionInbox,
    pub(crate) transport: Arc<T>,
    pub(crate) clock: K,
    /// How long a peer may send nothing while something is due from it.
    pub(crate) silence: Duration,
}

/// [`Channel`] of one session over the mesh.
pub(crate) struct MeshChannel<T: Transport, K> {
    line: Line<T, K>,
    /// Set once results may have been shown. There is no second attempt then, so patience costs nothing: the deadline
    /// of the computation ends the wait.
    opening: Arc<AtomicBool>,
    yielding: Option<Yielding>,
    /// Per party: the number of its next message.
    sent: Vec<u64>,
    #[cfg(feature = "danger-misbehave")]
    misbehaving: Option<super::misbehave::Misbehaving>,
}

/// When a session of no hurry waits for others.
pub(crate) struct Yielding {
    /// Whether there is something to wait for.
    pub(crate) busy: watch::Receiver<bool>,
    /// The longest wait before one message, so that it goes on after all.
    pub(crate) limit: Duration,
}

impl<T: Transport, K: Clock> MeshChannel<T, K> {
    /// The channel of a computation's session.
    pub(crate) fn new(line: Line<T, K>, opening: Arc<AtomicBool>) -> Self {
        MeshChannel {
            line,
            opening,
            yielding: None,
            sent: vec![0; usize::from(u8::MAX) + 1],
            #[cfg(feature = "danger-misbehave")]
            misbehaving: None,
        }
    }

    /// Turns the session into one of a misbehaving node.
    #[cfg(feature = "danger-misbehave")]
    pub(crate) fn misbehave(&mut self, misdeed: super::misbehave::Misdeed, identity: mpc::message::Identity) {
        let (session, me) = (self.line.session.0, PartyId(self.line.me));
        self.misbehaving = Some(super::misbehave::Misbehaving::new(misdeed, identity, session, me));
    }

    /// The channel of a session that gives way to others: what it sends goes after what they send, and is held back
    /// while they run.
    pub(crate) fn yielding(line: Line<T, K>, yielding: Yielding) -> Self {
        line.transport.give_way(&line.session);
        let mut channel = MeshChannel::new(line, Arc::default());
        channel.yielding = Some(yielding);
        channel
    }

    fn peer(&self, party: PartyId) -> Result<Identity, ChannelError> {
        let peer = self.line.members.get(party.index()).filter(|_| party.0 != self.line.me);
        peer.copied().ok_or(ChannelError::NoSuchPeer { party })
    }

    /// Completes when the peer has been silent for too long.
    async fn patience(&self) {
        loop {
            self.line.clock.sleep(self.line.silence).await;
            if !self.opening.load(Ordering::Relaxed) {
                return;
            }
        }
    }

    async fn give_way(&mut self) {
        let Some(Yielding { busy, limit }) = &mut self.yielding else { return };
        if !*busy.borrow_and_update() {
            return;
        }
        tokio::select! {
            biased;
            // An error would mean that nobody is left to wait for.
            _ = busy.wait_for(|busy| !*busy) => {}
            () = self.line.clock.sleep(*limit) => {}
        }
    }
}

impl<T: Transport, K: Clock> Channel for MeshChannel<T, K> {
    fn parties(&self) -> u8 {
        // A cluster has at most 16 members.
        self.line.members.len() as u8
    }

    fn me(&self) -> PartyId {
        PartyId(self.line.me)
    }

    async fn send(&mut self, to: PartyId, phase: Phase, payload: Vec<u8>) -> Result<(), ChannelError> {
        self.give_way().await;
        let peer = self.peer(to)?;
        #[cfg(feature = "danger-misbehave")]
        let payload = match &mut self.misbehaving {
            Some(misbehaving) => misbehaving.say(to, phase, payload).await,
            None => payload,
        };
        let sequence = self.sent.get_mut(to.index()).ok_or(ChannelError::NoSuchPeer { party: to })?;
        let data = Data { session: self.line.session, sequence: *sequence, phase: phase.to_bytes(), payload };
        *sequence += 1;
        self.line
            .transport
            .send(&peer, Frame::Data(data))
            .map_err(|error| ChannelError::Refused { party: to, reason: error.to_string() })
    }

    async fn receive(&mut self, from: PartyId, phase: Phase) -> Result<Vec<u8>, ChannelError> {
        let peer = self.peer(from)?;
        let received = tokio::select! {
            biased;
            received = self.line.inbox.receive(&peer) => received,
            () = self.patience() => return Err(ChannelError::TimedOut { party: from, phase }),
        };
        let data = received.map_err(|gap| ChannelError::Refused { party: from, reason: gap.to_string() })?;
        match Phase::from_bytes(data.phase) {
            Some(actual) if actual == phase => Ok(data.payload),
            Some(actual) => Err(ChannelError::WrongPhase { party: from, expected: phase, actual }),
            None => Err(ChannelError::Refused {
                party: from,
                reason: format!("unknown phase {}", hex::encode(data.phase)),
            }),
        }
    }
}

impl<T: Transport, K> Drop for MeshChannel<T, K> {
    fn drop(&mut self) {
        // Whatever ends the session: nothing more of it is sent.
        self.line.transport.finish(&self.line.session);
    }
}
