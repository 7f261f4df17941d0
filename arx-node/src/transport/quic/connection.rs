//! One connection: its streams in both directions, until it is lost.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use quinn::{Connection, RecvStream};
use rustls::pki_types::CertificateDer;
use tokio::task::JoinSet;
use tracing::{debug, info};

use super::Link;
use super::outgoing::{NextFrame, codes};
use super::streams::{Finish, FrameWriter, PeerFault, StreamEnd, StreamKind, read_frame, read_kind};
use super::tls::identity_of;
use crate::frame::SessionId;
use crate::identity::Identity;
use crate::transport::inbox::{DeliverError, Inbox};

/// Whose connection this is, as proven in the handshake.
pub(super) fn peer_identity(connection: &Connection) -> Option<Identity> {
    let shown = connection.peer_identity()?.downcast::<Vec<CertificateDer<'static>>>().ok()?;
    shown.first().and_then(|key| identity_of(key))
}

/// Serves an authenticated connection until it ends.
pub(super) async fn serve(connection: Connection, link: Arc<Link>, inbox: Inbox) {
    // The TLS verifiers have made sure; a mix-up here would be a fault of our own.
    if peer_identity(&connection) != Some(link.peer) {
        connection.close(codes::NOT_A_MEMBER, b"unexpected identity");
        return;
    }
    info!(peer = %link.peer, address = %connection.remote_address(), dialled = link.me < link.peer, "connected");
    link.set_connected(true);
    inbox.connected(&link.peer);

    // Everything below ends with this set.
    let mut streams = JoinSet::new();
    streams.spawn(write_control(connection.clone(), link.clone()));
    let has_control = Arc::new(AtomicBool::new(false));
    let mut sessions = BTreeSet::new();
    loop {
        for session in link.outgoing.sessions_without(&sessions) {
            sessions.insert(session);
            streams.spawn(write_session(connection.clone(), link.clone(), session));
        }
        tokio::select! {
            biased;
            Some(ended) = streams.join_next() => {
                if let Ok(Some(session)) = ended {
                    sessions.remove(&session);
                }
            }
            () = link.outgoing.session_added.notified() => {}
            stream = connection.accept_uni() => match stream {
                Ok(stream) => {
                    let reader = Reader {
                        connection: connection.clone(),
                        link: link.clone(),
                        inbox: inbox.clone(),
                        has_control: has_control.clone(),
                    };
                    streams.spawn(reader.run(stream));
                }
                Err(error) => {
                    info!(peer = %link.peer, why = %error, "disconnected");
                    return;
                }
            },
        }
    }
}

/// Writes frames between sessions, one after another. One that may not have been written is written again on the
/// next connection.
async fn write_control(connection: Connection, link: Arc<Link>) -> Option<SessionId> {
    let stream = connection.open_uni().await.ok()?;
    let mut writer = FrameWriter::start(stream, StreamKind::Control).await.ok()?;
    loop {
        match link.outgoing.next_control() {
            Some(frame) => {
                writer.write(&frame).await.ok()?;
                link.outgoing.control_written(&frame);
            }
            None => link.outgoing.control_ready.notified().await,
        }
    }
}

/// Writes the data of one session on a stream of its own. Returns the session's name when it is over; one that is
/// left half-way is taken up again by the next connection.
async fn write_session(connection: Connection, link: Arc<Link>, session: SessionId) -> Option<SessionId> {
    match write_session_frames(&connection, &link, session).await {
        Finish::Delivered => link.outgoing.delivered(&session),
        Finish::Refused => link.outgoing.refused(&session),
        Finish::Lost => return None,
    }
    Some(session)
}

async fn write_session_frames(connection: &Connection, link: &Link, session: SessionId) -> Finish {
    let Ok(stream) = connection.open_uni().await else { return Finish::Lost };
    // Fails only where the connection is gone, which the next write says.
    let _ = stream.set_priority(link.outgoing.priority(&session));
    let mut writer = match FrameWriter::start(stream, StreamKind::Session(session)).await {
        Ok(writer) => writer,
        Err(error) => return Finish::of_error(&error),
    };
    let mut number = link.outgoing.first_frame(&session);
    loop {
        match link.outgoing.next_frame(&session, number) {
            NextFrame::Write(frame) => {
                if let Err(error) = writer.write(&frame).await {
                    return Finish::of_error(&error);
                }
                link.outgoing.frame_written(&session, number);
                number += 1;
            }
            NextFrame::Wait(changed) => {
                tokio::select! {
                    biased;
                    () = changed.notified() => {}
                    stopped = writer.stopped() => return stopped,
                }
            }
            NextFrame::End => {
                return match writer.finish().await {
                    // quinn says so too of a stream whose connection is gone.
                    Finish::Delivered if connection.close_reason().is_some() => Finish::Lost,
                    finish => finish,
                };
            }
        }
    }
}

/// Reads one stream of the peer's.
struct Reader {
    connection: Connection,
    link: Arc<Link>,
    inbox: Inbox,
    /// Whether this connection has its control stream already.
    has_control: Arc<AtomicBool>,
}

impl Reader {
    async fn run(self, mut stream: RecvStream) -> Option<SessionId> {
        match self.read(&mut stream).await {
            StreamEnd::Over => {}
            StreamEnd::Fault(PeerFault::Deliver(DeliverError::SessionOver { session })) => {
                debug!(peer = %self.link.peer, %session, "data for a session that is over");
                let _ = stream.stop(codes::NOT_WANTED);
            }
            StreamEnd::Fault(fault @ PeerFault::Deliver(_)) => {
                self.link.record_fault(fault);
                let _ = stream.stop(codes::NOT_WANTED);
            }
            StreamEnd::Fault(fault) => {
                self.connection.close(codes::PROTOCOL_VIOLATION, fault.to_string().as_bytes());
                self.link.record_fault(fault);
            }
        }
        None
    }

    async fn read(&self, stream: &mut RecvStream) -> StreamEnd {
        let kind = match read_kind(stream).await {
            Ok(StreamKind::Control) if self.has_control.swap(true, Ordering::Relaxed) => {
                return PeerFault::SecondControlStream.into();
            }
            Ok(kind) => kind,
            Err(end) => return end,
        };
        loop {
            let frame = match read_frame(stream, kind).await {
                Ok(frame) => frame,
                Err(end) => return end,
            };
            metrics::counter!("arx_frames_received_total", "kind" => frame.kind()).increment(1);
            if let Err(error) = self.inbox.deliver(&self.link.peer, frame).await {
                return PeerFault::Deliver(error).into();
            }
        }
    }
}
