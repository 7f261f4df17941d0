//! What is to be sent to one peer, across connections.
//!
//! Frames between sessions wait in one queue. Each session has a queue of its own, whose written tail is kept for a
//! while: when a connection is lost, the next one sends the tail again, and the receiver drops what it has already.
//! In a protocol that goes round by round no more than a few rounds can have been under way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use quinn::VarInt;
use tokio::sync::Notify;

use crate::frame::SessionId;

/// Bytes of written frames that a session keeps for a lost connection.
const KEPT_BYTES_PER_SESSION: usize = 8 * 1024 * 1024;
/// Frames between sessions that wait for a connection; the oldest give way, for whatever matters is repeated.
const CONTROL_FRAMES: usize = 1024;
/// Bytes waiting to be written; more is refused.
const QUEUED_BYTES: usize = 512 * 1024 * 1024;
/// Ended sessions whose last frames are kept for a peer that is away.
const ENDED_SESSIONS: usize = 64;

/// The queues for one peer.
#[derive(Default)]
pub(super) struct Outgoing {
    state: Mutex<State>,
    /// A control frame was queued.
    pub(super) control_ready: Notify,
    /// A session was added.
    pub(super) session_added: Notify,
}

#[derive(Default)]
struct State {
    control: VecDeque<Arc<[u8]>>,
    sessions: BTreeMap<SessionId, Session>,
    ended: VecDeque<SessionId>,
    /// Sessions that go after the others. As many as there are streams at most: the oldest are over.
    giving_way: VecDeque<SessionId>,
    /// Bytes queued in sessions and not yet written.
    unwritten: usize,
}

#[derive(Default)]
struct Session {
    frames: VecDeque<Arc<[u8]>>,
    /// Number of the first frame in `frames`.
    first: u64,
    /// Number after the last frame that was written to some connection.
    written: u64,
    kept_bytes: usize,
    ended: bool,
    /// The peer wants nothing of it.
    refused: bool,
    changed: Arc<Notify>,
}

/// What the writer of a session's stream has to do next.
pub(super) enum NextFrame {
    /// Write this frame.
    Write(Arc<[u8]>),
    /// Wait until the session changes.
    Wait(Arc<Notify>),
    /// Nothing will come any more.
    End,
}

impl Outgoing {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while the lock is held; if it did, the queues would still be whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues an encoded frame between sessions.
    pub(super) fn push_control(&self, frame: Vec<u8>) {
        let mut state = self.lock();
        if state.control.len() == CONTROL_FRAMES {
            state.control.pop_front();
        }
        state.control.push_back(frame.into());
        drop(state);
        self.control_ready.notify_one();
    }

    /// Queues an encoded frame of a session; fails with the number of waiting bytes if there are too many.
    pub(super) fn push_data(&self, session: SessionId, frame: Vec<u8>) -> Result<(), usize> {
        let mut state = self.lock();
        if state.unwritten + frame.len() > QUEUED_BYTES {
            return Err(state.unwritten);
        }
        let added = !state.sessions.contains_key(&session);
        let length = frame.len();
        let queue = state.sessions.entry(session).or_default();
        if !queue.refused && !queue.ended {
            queue.frames.push_back(frame.into());
            queue.changed.notify_one();
            state.unwritten += length;
        }
        drop(state);
        if added {
            self.session_added.notify_one();
        }
        Ok(())
    }

    /// What is sent of this session goes after what is sent of others.
    pub(super) fn give_way(&self, session: SessionId) {
        let mut state = self.lock();
        if state.giving_way.len() == ENDED_SESSIONS {
            state.giving_way.pop_front();
        }
        state.giving_way.push_back(session);
    }

    /// The priority of a session's stream.
    pub(super) fn priority(&self, session: &SessionId) -> i32 {
        if self.lock().giving_way.contains(session) { -1 } else { 0 }
    }

    /// The control frame to write next; it stays until [`Outgoing::control_written`].
    pub(super) fn next_control(&self) -> Option<Arc<[u8]>> {
        self.lock().control.front().cloned()
    }

    /// The frame that `next_control` gave is written.
    pub(super) fn control_written(&self, frame: &Arc<[u8]>) {
        let mut state = self.lock();
        // While it was being written, it may have given way to newer ones.
        if state.control.front().is_some_and(|front| Arc::ptr_eq(front, frame)) {
            state.control.pop_front();
        }
    }

    /// The sessions that need a stream, apart from those in `known`.
    pub(super) fn sessions_without(&self, known: &BTreeSet<SessionId>) -> Vec<SessionId> {
        let state = self.lock();
        let wanted = state.sessions.iter().filter(|(id, session)| !session.refused && !known.contains(id));
        wanted.map(|(id, _)| *id).collect()
    }

    /// The number of a session's oldest kept frame: where a new connection begins.
    pub(super) fn first_frame(&self, session: &SessionId) -> u64 {
        self.lock().sessions.get(session).map_or(0, |session| session.first)
    }

    /// What follows for a stream that has written everything before `number`.
    pub(super) fn next_frame(&self, session: &SessionId, number: u64) -> NextFrame {
        let state = self.lock();
        let Some(queue) = state.sessions.get(session) else { return NextFrame::End };
        let offset = number.checked_sub(queue.first).and_then(|offset| usize::try_from(offset).ok());
        match offset.and_then(|offset| queue.frames.get(offset)) {
            Some(frame) => NextFrame::Write(frame.clone()),
            None if queue.ended || queue.refused => NextFrame::End,
            None => NextFrame::Wait(queue.changed.clone()),
        }
    }

    /// Frame `number` was handed to a connection.
    pub(super) fn frame_written(&self, session: &SessionId, number: u64) {
        let mut guard = self.lock();
        let state = &mut *guard;
        let Some(queue) = state.sessions.get_mut(session) else { return };
        if number < queue.written {
            return;
        }
        queue.written = number + 1;
        let index = number.checked_sub(queue.first).and_then(|offset| usize::try_from(offset).ok());
        let length = index.and_then(|index| queue.frames.get(index)).map_or(0, |frame| frame.len());
        state.unwritten = state.unwritten.saturating_sub(length);
        queue.kept_bytes += length;
        while queue.kept_bytes > KEPT_BYTES_PER_SESSION && queue.first < queue.written {
            let Some(frame) = queue.frames.pop_front() else { break };
            queue.kept_bytes = queue.kept_bytes.saturating_sub(frame.len());
            queue.first += 1;
        }
    }

    /// The peer wants nothing more of this session.
    pub(super) fn refused(&self, session: &SessionId) {
        let mut guard = self.lock();
        let state = &mut *guard;
        let Some(queue) = state.sessions.get_mut(session) else { return };
        let unwritten = queue.unwritten_bytes();
        state.unwritten = state.unwritten.saturating_sub(unwritten);
        queue.frames = VecDeque::new();
        queue.refused = true;
        if queue.ended {
            state.forget(session);
        }
    }

    /// The peer has everything of an ended session.
    pub(super) fn delivered(&self, session: &SessionId) {
        self.lock().forget(session);
    }

    /// Nothing will be pushed for this session any more.
    pub(super) fn end(&self, session: &SessionId) {
        let mut guard = self.lock();
        let state = &mut *guard;
        let Some(queue) = state.sessions.get_mut(session) else { return };
        queue.ended = true;
        queue.changed.notify_one();
        if queue.refused {
            state.forget(session);
            return;
        }
        state.ended.push_back(*session);
        if state.ended.len() > ENDED_SESSIONS
            && let Some(oldest) = state.ended.front().copied()
        {
            state.forget(&oldest);
        }
    }
}

impl State {
    fn forget(&mut self, session: &SessionId) {
        if let Some(queue) = self.sessions.remove(session) {
            self.unwritten = self.unwritten.saturating_sub(queue.unwritten_bytes());
            queue.changed.notify_one();
        }
        self.ended.retain(|ended| ended != session);
    }
}

impl Session {
    fn unwritten_bytes(&self) -> usize {
        let written = usize::try_from(self.written.saturating_sub(self.first)).unwrap_or(usize::MAX);
        self.frames.iter().skip(written).map(|frame| frame.len()).sum()
    }
}

/// Codes for stopping streams and closing connections.
pub(super) mod codes {
    use super::VarInt;

    /// The session is over here, or was never wanted.
    pub(in super::super) const NOT_WANTED: VarInt = VarInt::from_u32(1);
    /// The peer broke the protocol.
    pub(in super::super) const PROTOCOL_VIOLATION: VarInt = VarInt::from_u32(2);
    /// A newer connection replaces this one.
    pub(in super::super) const REPLACED: VarInt = VarInt::from_u32(3);
    /// No longer a member.
    pub(in super::super) const NOT_A_MEMBER: VarInt = VarInt::from_u32(4);
    /// The node stops.
    pub(in super::super) const STOPPING: VarInt = VarInt::from_u32(5);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SESSION: SessionId = SessionId([1; 32]);

    fn write(outgoing: &Outgoing, number: u64) -> Option<usize> {
        match outgoing.next_frame(&SESSION, number) {
            NextFrame::Write(frame) => {
                outgoing.frame_written(&SESSION, number);
                Some(frame.len())
            }
            _ => None,
        }
    }

    #[test]
    fn a_new_connection_starts_with_what_is_kept() {
        let outgoing = Outgoing::default();
        for length in [1, 2, 3] {
            outgoing.push_data(SESSION, vec![0; length]).unwrap();
        }
        assert_eq!((write(&outgoing, 0), write(&outgoing, 1)), (Some(1), Some(2)));
        assert_eq!(outgoing.first_frame(&SESSION), 0);
        assert_eq!(
            (0..4).map(|number| write(&outgoing, number)).collect::<Vec<_>>(),
            [Some(1), Some(2), Some(3), None]
        );
        assert_eq!(outgoing.lock().unwritten, 0);
    }

    #[test]
    fn written_frames_are_kept_up_to_the_limit_and_unwritten_ones_always() {
        let outgoing = Outgoing::default();
        let big = KEPT_BYTES_PER_SESSION / 2 + 1;
        for _ in 0..3 {
            outgoing.push_data(SESSION, vec![0; big]).unwrap();
        }
        assert_eq!(outgoing.first_frame(&SESSION), 0);
        write(&outgoing, 0);
        write(&outgoing, 1);
        assert_eq!(outgoing.first_frame(&SESSION), 1);
        assert_eq!(outgoing.lock().unwritten, big);
        assert_eq!(write(&outgoing, 2), Some(big));
    }

    #[test]
    fn a_refused_session_takes_no_more_memory() {
        let outgoing = Outgoing::default();
        outgoing.push_data(SESSION, vec![0; 100]).unwrap();
        outgoing.refused(&SESSION);
        outgoing.push_data(SESSION, vec![0; 100]).unwrap();
        assert_eq!(outgoing.lock().unwritten, 0);
        assert!(matches!(outgoing.next_frame(&SESSION, 0), NextFrame::End));
        outgoing.end(&SESSION);
        assert!(outgoing.lock().sessions.is_empty());
    }

    #[test]
    fn ended_sessions_are_kept_for_a_peer_that_is_away_but_not_for_ever() {
        let outgoing = Outgoing::default();
        for session in 0..=ENDED_SESSIONS as u8 {
            outgoing.push_data(SessionId([session; 32]), vec![0; 10]).unwrap();
            outgoing.end(&SessionId([session; 32]));
        }
        let state = outgoing.lock();
        assert_eq!(state.sessions.len(), ENDED_SESSIONS);
        assert_eq!(state.unwritten, 10 * ENDED_SESSIONS);
        assert!(!state.sessions.contains_key(&SessionId([0; 32])));
    }

    #[test]
    fn a_peer_that_takes_nothing_cannot_fill_the_memory() {
        let outgoing = Outgoing::default();
        outgoing.push_data(SESSION, vec![0; QUEUED_BYTES]).unwrap();
        assert_eq!(outgoing.push_data(SESSION, vec![0]), Err(QUEUED_BYTES));
        for number in 0..CONTROL_FRAMES + 10 {
            outgoing.push_control(number.to_le_bytes().to_vec());
        }
        assert_eq!(outgoing.lock().control.len(), CONTROL_FRAMES);
        assert_eq!(&*outgoing.next_control().unwrap(), 10usize.to_le_bytes());
    }
}
