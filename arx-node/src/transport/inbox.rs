//! Where a transport puts what arrived, and the limits on what a peer can make this node hold.
//!
//! A transport calls [`Inbox::deliver`] once per frame, in order per stream, and waits for it: where a queue is full
//! the wait lasts until the node has taken something, so a QUIC reader stops reading that one stream and the peer's
//! flow control does the rest. Other sessions and other peers are not held up.
//!
//! What a peer can make us hold, whatever it sends ([`InboxLimits`]):
//! - `control_frames` frames between sessions;
//! - for each session that we have started with it, `session_bytes`;
//! - for sessions that we have not (yet) started, `unopened_bytes` each and `unopened_sessions` of them.
//!   What waits there longer than two calls of [`Inbox::sweep`] is dropped.
//!
//! ```
//! use arx_node::frame::{AbortReason, Frame, SessionId};
//! use arx_node::transport::inbox::{Inbox, InboxLimits, Incoming};
//! use arx_node::Identity;
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! let inbox = Inbox::new(InboxLimits::default());
//! let peer = Identity([7; 32]);
//! let frame = Frame::Abort { session: SessionId([1; 32]), reason: AbortReason::ShuttingDown, accused: None };
//! inbox.deliver(&peer, frame.clone()).await.unwrap();
//! assert_eq!(inbox.next().await, (peer, Incoming::Frame(frame)));
//! # });
//! ```

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

use crate::frame::{Data, Frame, SessionId};
use crate::identity::Identity;

/// What one peer can make us hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InboxLimits {
    /// Frames between sessions.
    pub control_frames: usize,
    /// Bytes per started session.
    pub session_bytes: usize,
    /// Sessions we have not started.
    pub unopened_sessions: usize,
    /// Bytes per session we have not started.
    pub unopened_bytes: usize,
    /// How many ended sessions are remembered, so that late frames of theirs are dropped. For all peers together.
    pub remembered_sessions: usize,
}

impl Default for InboxLimits {
    fn default() -> Self {
        InboxLimits {
            control_frames: 256,
            session_bytes: 8 * 1024 * 1024,
            unopened_sessions: 16,
            unopened_bytes: 256 * 1024,
            remembered_sessions: 4096,
        }
    }
}

/// What the node takes out of its inbox between sessions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Incoming {
    /// A frame.
    Frame(Frame),
    /// A connection to the peer has been made (again).
    Connected,
}

/// The shared mailbox of a node and its transport. Cheap to clone.
#[derive(Clone)]
pub struct Inbox {
    shared: Arc<Shared>,
}

struct Shared {
    limits: InboxLimits,
    state: Mutex<State>,
    /// Something was put into a control queue.
    control_ready: Notify,
    /// Something was taken out of a control queue.
    control_space: Notify,
}

#[derive(Default)]
struct State {
    control: BTreeMap<Identity, VecDeque<Incoming>>,
    /// Whose control frame was taken last: the others come first.
    served: Option<Identity>,
    sessions: BTreeMap<SessionId, Session>,
    over: BTreeSet<SessionId>,
    over_order: VecDeque<SessionId>,
}

#[derive(Default)]
struct Session {
    opened: bool,
    /// Survived one sweep without being opened.
    swept: bool,
    queues: BTreeMap<Identity, Queue>,
}

#[derive(Default)]
struct Queue {
    frames: VecDeque<Data>,
    bytes: usize,
    next_sequence: u64,
    gap: Option<Gap>,
    changed: Arc<Notify>,
}

/// Completes at the next change of a queue, even one that comes before it is awaited.
type Changed = Pin<Box<OwnedNotified>>;

impl Queue {
    fn on_change(&self) -> Changed {
        let mut changed = Box::pin(self.changed.clone().notified_owned());
        changed.as_mut().enable();
        changed
    }
}

/// Session data from one peer is missing; it was lost with a connection and no longer kept by the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("message {expected} is missing (message {received} came instead)")]
pub struct Gap {
    /// The number of the message that should have come.
    pub expected: u64,
    /// The number of the message that came.
    pub received: u64,
}

/// A frame was not taken; the transport should stop the stream it came on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeliverError {
    /// That session is over here. No fault of the peer's.
    #[error("session {session} is over")]
    SessionOver {
        /// Which.
        session: SessionId,
    },
    /// The peer sends data of too many sessions that were never proposed.
    #[error(
        "data of {allowed} sessions that have not started is waiting already, session {session} is refused"
    )]
    TooManySessions {
        /// Which session.
        session: SessionId,
        /// How many are allowed.
        allowed: usize,
    },
    /// Messages are missing in between.
    #[error("session {session}: {gap}")]
    Gap {
        /// Which session.
        session: SessionId,
        /// Which messages.
        gap: Gap,
    },
}

impl Inbox {
    /// An empty inbox.
    pub fn new(limits: InboxLimits) -> Self {
        Inbox {
            shared: Arc::new(Shared {
                limits,
                state: Mutex::default(),
                control_ready: Notify::new(),
                control_space: Notify::new(),
            }),
        }
    }

    /// Takes one frame from a peer, waiting while there is no room for it.
    pub async fn deliver(&self, from: &Identity, frame: Frame) -> Result<(), DeliverError> {
        match frame {
            Frame::Data(data) => self.deliver_data(from, data).await,
            frame => {
                self.deliver_control(from, frame).await;
                Ok(())
            }
        }
    }

    /// Tells the node that a connection to this peer has been made.
    pub fn connected(&self, peer: &Identity) {
        let mut state = self.shared.lock();
        let queue = state.control.entry(*peer).or_default();
        // One such word per queue is enough, and it needs no limit of its own then.
        if !queue.contains(&Incoming::Connected) {
            queue.push_back(Incoming::Connected);
        }
        drop(state);
        self.shared.control_ready.notify_one();
    }

    async fn deliver_control(&self, from: &Identity, frame: Frame) {
        loop {
            let space = self.shared.control_space.notified();
            tokio::pin!(space);
            space.as_mut().enable();
            {
                let mut state = self.shared.lock();
                let queue = state.control.entry(*from).or_default();
                if queue.len() < self.shared.limits.control_frames {
                    queue.push_back(Incoming::Frame(frame));
                    break;
                }
            }
            space.await;
        }
        self.shared.control_ready.notify_one();
    }

    async fn deliver_data(&self, from: &Identity, data: Data) -> Result<(), DeliverError> {
        let mut data = Some(data);
        while let Some(room) = self.try_deliver_data(from, &mut data)? {
            room.await;
        }
        Ok(())
    }

    /// Takes the data if there is room for it; otherwise gives what to wait for.
    fn try_deliver_data(
        &self,
        from: &Identity,
        data: &mut Option<Data>,
    ) -> Result<Option<Changed>, DeliverError> {
        let Some(waiting) = data.as_ref() else { return Ok(None) };
        let session = waiting.session;
        let mut state = self.shared.lock();
        let (queue, allowed) = self.shared.queue_for(&mut state, from, session)?;
        // What was sent again after a reconnection.
        if waiting.sequence < queue.next_sequence {
            return Ok(None);
        }
        if waiting.sequence > queue.next_sequence {
            let gap = Gap { expected: queue.next_sequence, received: waiting.sequence };
            queue.gap = Some(gap);
            queue.changed.notify_waiters();
            return Err(DeliverError::Gap { session, gap });
        }
        if queue.bytes != 0 && queue.bytes + waiting.payload.len() > allowed {
            return Ok(Some(queue.on_change()));
        }
        queue.next_sequence += 1;
        queue.bytes += waiting.payload.len();
        queue.frames.extend(data.take());
        queue.changed.notify_waiters();
        Ok(None)
    }

    /// The next frame between sessions, of each peer in turn.
    pub async fn next(&self) -> (Identity, Incoming) {
        loop {
            let ready = self.shared.control_ready.notified();
            tokio::pin!(ready);
            ready.as_mut().enable();
            if let Some(next) = self.try_next() {
                return next;
            }
            ready.await;
        }
    }

    fn try_next(&self) -> Option<(Identity, Incoming)> {
        let mut state = self.shared.lock();
        let waiting = |(peer, queue): (&Identity, &VecDeque<Incoming>)| (!queue.is_empty()).then_some(*peer);
        let after = match state.served {
            Some(served) => {
                use std::ops::Bound::{Excluded, Unbounded};
                state.control.range((Excluded(served), Unbounded)).find_map(waiting)
            }
            None => None,
        };
        let peer = after.or_else(|| state.control.iter().find_map(waiting))?;
        let incoming = state.control.get_mut(&peer)?.pop_front()?;
        state.served = Some(peer);
        drop(state);
        self.shared.control_space.notify_waiters();
        Some((peer, incoming))
    }

    /// Starts taking this session's data; `None` if it is over already.
    pub(crate) fn open(&self, session: SessionId, peers: &[Identity]) -> Option<SessionInbox> {
        let mut state = self.shared.lock();
        if state.over.contains(&session) {
            return None;
        }
        let entry = state.sessions.entry(session).or_default();
        entry.opened = true;
        // Strangers to the session have no say in it.
        entry.queues.retain(|peer, _| peers.contains(peer));
        for peer in peers {
            let queue = entry.queues.entry(*peer).or_default();
            queue.changed.notify_waiters();
        }
        Some(SessionInbox { inbox: self.clone(), session })
    }

    /// Drops data of sessions that were not started since the last call but one. Call it at a slow, steady pace.
    pub(crate) fn sweep(&self) {
        let mut state = self.shared.lock();
        let stale: Vec<SessionId> = state
            .sessions
            .iter_mut()
            .filter(|(_, session)| !session.opened)
            .filter_map(|(id, session)| {
                if session.swept {
                    Some(*id)
                } else {
                    session.swept = true;
                    None
                }
            })
            .collect();
        for session in stale {
            self.shared.end(&mut state, session);
        }
    }

    fn close(&self, session: SessionId) {
        let mut state = self.shared.lock();
        self.shared.end(&mut state, session);
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the lock is held; if it did, the queues would still be whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The queue for this session and peer, and how many bytes it may hold.
    fn queue_for<'a>(
        &self,
        state: &'a mut State,
        from: &Identity,
        session: SessionId,
    ) -> Result<(&'a mut Queue, usize), DeliverError> {
        if state.over.contains(&session) {
            return Err(DeliverError::SessionOver { session });
        }
        let known = state.sessions.get(&session).is_some_and(|known| known.queues.contains_key(from));
        if !known {
            if state.sessions.get(&session).is_some_and(|known| known.opened) {
                // Opened without this peer.
                return Err(DeliverError::SessionOver { session });
            }
            let unopened = state
                .sessions
                .values()
                .filter(|other| !other.opened && other.queues.contains_key(from))
                .count();
            if unopened >= self.limits.unopened_sessions {
                return Err(DeliverError::TooManySessions {
                    session,
                    allowed: self.limits.unopened_sessions,
                });
            }
        }
        let entry = state.sessions.entry(session).or_default();
        let allowed = if entry.opened { self.limits.session_bytes } else { self.limits.unopened_bytes };
        Ok((entry.queues.entry(*from).or_default(), allowed))
    }

    fn end(&self, state: &mut State, session: SessionId) {
        if let Some(ended) = state.sessions.remove(&session) {
            for queue in ended.queues.values() {
                queue.changed.notify_waiters();
            }
        }
        if state.over.insert(session) {
            state.over_order.push_back(session);
            if state.over_order.len() > self.limits.remembered_sessions
                && let Some(oldest) = state.over_order.pop_front()
            {
                state.over.remove(&oldest);
            }
        }
    }
}

/// One started session's side of the inbox. Dropping it ends the session: what still comes is refused.
pub(crate) struct SessionInbox {
    inbox: Inbox,
    session: SessionId,
}

impl SessionInbox {
    /// The next message from this peer.
    pub(crate) async fn receive(&self, from: &Identity) -> Result<Data, Gap> {
        loop {
            match self.try_receive(from)? {
                Received::Data(data) => return Ok(data),
                Received::NotYet(changed) => changed.await,
                Received::Never => std::future::pending().await,
            }
        }
    }

    fn try_receive(&self, from: &Identity) -> Result<Received, Gap> {
        let mut state = self.inbox.shared.lock();
        let queue = state.sessions.get_mut(&self.session).and_then(|session| session.queues.get_mut(from));
        let Some(queue) = queue else { return Ok(Received::Never) };
        if let Some(data) = queue.frames.pop_front() {
            queue.bytes -= data.payload.len();
            queue.changed.notify_waiters();
            return Ok(Received::Data(data));
        }
        match queue.gap {
            Some(gap) => Err(gap),
            None => Ok(Received::NotYet(queue.on_change())),
        }
    }
}

enum Received {
    Data(Data),
    NotYet(Changed),
    /// No such peer in this session.
    Never,
}

impl Drop for SessionInbox {
    fn drop(&mut self) {
        self.inbox.close(self.session);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;
    use crate::frame::{AbortReason, MAX_PAYLOAD_BYTES};

    const ALICE: Identity = Identity([1; 32]);
    const BOB: Identity = Identity([2; 32]);

    fn message(session: u8, sequence: u64, bytes: usize) -> Frame {
        Frame::Data(Data {
            session: SessionId([session; 32]),
            sequence,
            phase: [1; 5],
            payload: vec![0; bytes],
        })
    }

    fn control(tag: u8) -> Frame {
        Frame::Abort { session: SessionId([tag; 32]), reason: AbortReason::Internal, accused: None }
    }

    /// The result if it is there without waiting.
    fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
        future.now_or_never()
    }

    #[test]
    fn data_ahead_of_its_session_waits_and_then_comes_in_order() {
        let inbox = Inbox::new(InboxLimits::default());
        for sequence in 0..3 {
            at_once(inbox.deliver(&ALICE, message(9, sequence, 10))).unwrap().unwrap();
        }
        let session = inbox.open(SessionId([9; 32]), &[ALICE, BOB]).unwrap();
        for sequence in 0..3 {
            assert_eq!(at_once(session.receive(&ALICE)).unwrap().unwrap().sequence, sequence);
        }
        assert!(at_once(session.receive(&ALICE)).is_none());
        assert!(at_once(session.receive(&BOB)).is_none());
    }

    #[test]
    fn a_full_session_holds_up_itself_and_nothing_else() {
        let limits = InboxLimits { session_bytes: 100, ..Default::default() };
        let inbox = Inbox::new(limits);
        let slow = inbox.open(SessionId([1; 32]), &[ALICE]).unwrap();
        let quick = inbox.open(SessionId([2; 32]), &[ALICE]).unwrap();
        at_once(inbox.deliver(&ALICE, message(1, 0, 80))).unwrap().unwrap();
        let mut held_up = Box::pin(inbox.deliver(&ALICE, message(1, 1, 30)));
        assert!(at_once(held_up.as_mut()).is_none());
        at_once(inbox.deliver(&ALICE, message(2, 0, 80))).unwrap().unwrap();
        at_once(inbox.deliver(&ALICE, control(1))).unwrap().unwrap();
        assert!(at_once(quick.receive(&ALICE)).is_some());
        assert!(at_once(slow.receive(&ALICE)).is_some());
        at_once(held_up).unwrap().unwrap();
    }

    #[test]
    fn a_message_larger_than_the_limit_passes_when_alone() {
        let inbox = Inbox::new(InboxLimits { session_bytes: 100, ..Default::default() });
        let session = inbox.open(SessionId([1; 32]), &[ALICE]).unwrap();
        at_once(inbox.deliver(&ALICE, message(1, 0, MAX_PAYLOAD_BYTES))).unwrap().unwrap();
        assert!(at_once(session.receive(&ALICE)).is_some());
    }

    #[test]
    fn sessions_that_never_start_are_limited_and_swept() {
        let inbox =
            Inbox::new(InboxLimits { unopened_sessions: 2, unopened_bytes: 100, ..Default::default() });
        at_once(inbox.deliver(&ALICE, message(1, 0, 80))).unwrap().unwrap();
        assert!(at_once(inbox.deliver(&ALICE, message(1, 1, 80))).is_none());
        at_once(inbox.deliver(&ALICE, message(2, 0, 80))).unwrap().unwrap();
        assert!(matches!(
            at_once(inbox.deliver(&ALICE, message(3, 0, 1))).unwrap(),
            Err(DeliverError::TooManySessions { allowed: 2, .. })
        ));
        // Another peer has limits of its own.
        at_once(inbox.deliver(&BOB, message(3, 0, 1))).unwrap().unwrap();
        inbox.sweep();
        let kept = inbox.open(SessionId([2; 32]), &[ALICE]).unwrap();
        inbox.sweep();
        assert!(inbox.open(SessionId([1; 32]), &[ALICE]).is_none());
        assert!(at_once(kept.receive(&ALICE)).is_some());
        at_once(inbox.deliver(&ALICE, message(4, 0, 80))).unwrap().unwrap();
    }

    #[test]
    fn messages_sent_again_are_dropped_and_missing_ones_noticed() {
        let inbox = Inbox::new(InboxLimits::default());
        let session = inbox.open(SessionId([1; 32]), &[ALICE]).unwrap();
        for sequence in [0, 1, 0, 1, 2] {
            at_once(inbox.deliver(&ALICE, message(1, sequence, 1))).unwrap().unwrap();
        }
        let gap = Gap { expected: 3, received: 5 };
        assert_eq!(
            at_once(inbox.deliver(&ALICE, message(1, 5, 1))).unwrap(),
            Err(DeliverError::Gap { session: SessionId([1; 32]), gap })
        );
        for sequence in 0..3 {
            assert_eq!(at_once(session.receive(&ALICE)).unwrap().unwrap().sequence, sequence);
        }
        assert_eq!(at_once(session.receive(&ALICE)).unwrap(), Err(gap));
    }

    #[test]
    fn an_ended_session_takes_nothing_and_wakes_who_waits() {
        let inbox = Inbox::new(InboxLimits { session_bytes: 10, ..Default::default() });
        let session = inbox.open(SessionId([1; 32]), &[ALICE]).unwrap();
        at_once(inbox.deliver(&ALICE, message(1, 0, 10))).unwrap().unwrap();
        let mut waiting = Box::pin(inbox.deliver(&ALICE, message(1, 1, 10)));
        assert!(at_once(waiting.as_mut()).is_none());
        drop(session);
        assert!(matches!(at_once(waiting).unwrap(), Err(DeliverError::SessionOver { .. })));
        assert!(inbox.open(SessionId([1; 32]), &[ALICE]).is_none());
    }

    #[test]
    fn strangers_to_an_open_session_are_refused() {
        let inbox = Inbox::new(InboxLimits::default());
        let _session = inbox.open(SessionId([1; 32]), &[ALICE]).unwrap();
        assert!(matches!(
            at_once(inbox.deliver(&BOB, message(1, 0, 1))).unwrap(),
            Err(DeliverError::SessionOver { .. })
        ));
    }

    #[test]
    fn peers_take_turns_and_one_that_floods_waits() {
        let inbox = Inbox::new(InboxLimits { control_frames: 3, ..Default::default() });
        for tag in 0..3 {
            at_once(inbox.deliver(&ALICE, control(tag))).unwrap().unwrap();
        }
        let mut flood = Box::pin(inbox.deliver(&ALICE, control(3)));
        assert!(at_once(flood.as_mut()).is_none());
        at_once(inbox.deliver(&BOB, control(7))).unwrap().unwrap();
        let from: Vec<Identity> =
            (0..4).filter_map(|_| at_once(inbox.next())).map(|(from, _)| from).collect();
        assert_eq!(from, [ALICE, BOB, ALICE, ALICE]);
        at_once(flood).unwrap().unwrap();
        assert_eq!(at_once(inbox.next()).unwrap(), (ALICE, Incoming::Frame(control(3))));
    }
}
