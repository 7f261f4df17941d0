//! One session: the multi-party protocol over the mesh, from its task to its outcome.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mpc::channel::{Channel, ChannelError, PartyId, Phase};
use mxe_runtime::{ExecuteError, NodeSecrets, Outcome, Progress, Task, execute};
use tracing::debug;

use crate::clock::Clock;
use crate::frame::{Data, Frame, SessionId};
use crate::identity::Identity;
use crate::store::journal::SessionJournal;
use crate::transport::Transport;
use crate::transport::inbox::SessionInbox;

/// Everything a session runs on.
pub(crate) struct SessionRun<T, K> {
    pub(crate) session: SessionId,
    pub(crate) task: Task,
    pub(crate) secrets: Arc<NodeSecrets>,
    pub(crate) journal: SessionJournal,
    pub(crate) seed: [u8; 32],
    pub(crate) members: Arc<[Identity]>,
    pub(crate) me: u8,
    pub(crate) inbox: SessionInbox,
    pub(crate) transport: Arc<T>,
    pub(crate) clock: K,
    /// How long a peer may send nothing while something is due from it.
    pub(crate) silence: Duration,
}

impl<T: Transport, K: Clock> SessionRun<T, K> {
    /// Runs the session to its outcome. Dropping the future ends it.
    pub(crate) async fn run(mut self) -> Result<Outcome, ExecuteError> {
        let opening = self.journal.opening.clone();
        let mut channel = MeshChannel {
            session: self.session,
            members: self.members,
            me: self.me,
            inbox: self.inbox,
            transport: self.transport,
            clock: self.clock,
            silence: self.silence,
            opening,
            sent: vec![0; usize::from(u8::MAX) + 1],
        };
        let session = self.session;
        let mut progress = |progress: Progress| debug!(%session, ?progress, "progress");
        execute(&self.task, &self.secrets, &mut self.journal, self.seed, &mut channel, &mut progress).await
    }
}

/// [`Channel`] of one session over the mesh.
struct MeshChannel<T: Transport, K> {
    session: SessionId,
    members: Arc<[Identity]>,
    me: u8,
    inbox: SessionInbox,
    transport: Arc<T>,
    clock: K,
    silence: Duration,
    /// Set once results may have been shown. There is no second attempt then, so patience costs nothing: the deadline
    /// of the computation ends the wait.
    opening: Arc<AtomicBool>,
    /// Per party: the number of its next message.
    sent: Vec<u64>,
}

impl<T: Transport, K: Clock> MeshChannel<T, K> {
    fn peer(&self, party: PartyId) -> Result<Identity, ChannelError> {
        let peer = self.members.get(party.index()).filter(|_| party.0 != self.me);
        peer.copied().ok_or(ChannelError::NoSuchPeer { party })
    }

    /// Completes when the peer has been silent for too long.
    async fn patience(&self) {
        loop {
            self.clock.sleep(self.silence).await;
            if !self.opening.load(Ordering::Relaxed) {
                return;
            }
        }
    }
}

impl<T: Transport, K: Clock> Channel for MeshChannel<T, K> {
    fn parties(&self) -> u8 {
        // A cluster has at most 16 members.
        self.members.len() as u8
    }

    fn me(&self) -> PartyId {
        PartyId(self.me)
    }

    async fn send(&mut self, to: PartyId, phase: Phase, payload: Vec<u8>) -> Result<(), ChannelError> {
        let peer = self.peer(to)?;
        let sequence = self.sent.get_mut(to.index()).ok_or(ChannelError::NoSuchPeer { party: to })?;
        let data = Data { session: self.session, sequence: *sequence, phase: phase.to_bytes(), payload };
        *sequence += 1;
        self.transport
            .send(&peer, Frame::Data(data))
            .map_err(|error| ChannelError::Refused { party: to, reason: error.to_string() })
    }

    async fn receive(&mut self, from: PartyId, phase: Phase) -> Result<Vec<u8>, ChannelError> {
        let peer = self.peer(from)?;
        let received = tokio::select! {
            biased;
            received = self.inbox.receive(&peer) => received,
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
        self.transport.finish(&self.session);
    }
}
