//! Frames on QUIC streams.
//!
//! Every stream is unidirectional and starts with one byte: 0 for frames between sessions (one such stream per
//! connection and direction), 1 for the data of one session, whose 32-byte name follows. Then frames, each a
//! little-endian `u32` length and that many bytes.

use quinn::{ReadError, ReadExactError, RecvStream, SendStream, StoppedError, VarInt, WriteError};

use super::outgoing::codes;
use crate::frame::{Frame, FrameError, MAX_CONTROL_BYTES, MAX_FRAME_BYTES, SessionId};
use crate::transport::inbox::DeliverError;

/// What a stream carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StreamKind {
    Control,
    Session(SessionId),
}

/// A fault of a peer, on a connection that is authenticated as its own.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PeerFault {
    /// Bytes that are not a frame, or one that is not allowed there.
    #[error("sent a bad frame: {0}")]
    Frame(#[from] FrameError),
    /// Frames that this node does not take.
    #[error("sent a frame that is not taken: {0}")]
    Deliver(#[from] DeliverError),
    /// A stream that starts with something unknown.
    #[error("opened a stream of unknown kind {kind}")]
    UnknownStream {
        /// Its first byte.
        kind: u8,
    },
    /// A second stream for frames between sessions.
    #[error("opened a second control stream")]
    SecondControlStream,
    /// A stream that ends inside a frame.
    #[error("ended a stream inside a frame")]
    TruncatedStream,
}

/// Reading ended.
#[derive(Debug)]
pub(super) enum StreamEnd {
    /// As it should: finished or reset by the peer, or the connection is gone.
    Over,
    Fault(PeerFault),
}

impl From<PeerFault> for StreamEnd {
    fn from(fault: PeerFault) -> Self {
        StreamEnd::Fault(fault)
    }
}

impl From<FrameError> for StreamEnd {
    fn from(error: FrameError) -> Self {
        StreamEnd::Fault(error.into())
    }
}

impl From<ReadError> for StreamEnd {
    fn from(_: ReadError) -> Self {
        StreamEnd::Over
    }
}

/// The largest piece read at once: memory grows with what arrives, not with what a length announces.
const READ_PIECE: usize = 16 * 1024;

pub(super) async fn read_kind(stream: &mut RecvStream) -> Result<StreamKind, StreamEnd> {
    let mut kind = [0];
    read_exact(stream, &mut kind).await?;
    match kind[0] {
        0 => Ok(StreamKind::Control),
        1 => {
            let mut session = [0; 32];
            read_exact(stream, &mut session).await?;
            Ok(StreamKind::Session(SessionId(session)))
        }
        kind => Err(PeerFault::UnknownStream { kind }.into()),
    }
}

/// The next frame on a stream, which must be one that belongs there.
pub(super) async fn read_frame(stream: &mut RecvStream, kind: StreamKind) -> Result<Frame, StreamEnd> {
    let mut length = [0; 4];
    // Between frames is where a stream may end.
    match stream.read_exact(&mut length).await {
        Ok(()) => {}
        Err(ReadExactError::FinishedEarly(0)) => return Err(StreamEnd::Over),
        Err(error) => return Err(read_failed(error)),
    }
    let bytes = u32::from_le_bytes(length) as usize;
    let allowed = match kind {
        StreamKind::Control => MAX_CONTROL_BYTES,
        StreamKind::Session(_) => MAX_FRAME_BYTES,
    };
    if bytes > allowed {
        return Err(FrameError::TooLong { bytes, allowed }.into());
    }
    let mut buffer = Vec::with_capacity(bytes.min(READ_PIECE));
    while buffer.len() < bytes {
        let piece = stream.read_chunk((bytes - buffer.len()).min(READ_PIECE), true).await?;
        let Some(piece) = piece else { return Err(PeerFault::TruncatedStream.into()) };
        buffer.extend_from_slice(&piece.bytes);
    }
    let frame = Frame::decode(&buffer)?;
    match (kind, frame.session_stream()) {
        (StreamKind::Control, None) => Ok(frame),
        (StreamKind::Session(session), Some(of)) if session == of => Ok(frame),
        (StreamKind::Control, Some(_)) => {
            Err(FrameError::WrongStream { kind: frame.kind(), stream: "frames between sessions" }.into())
        }
        (StreamKind::Session(_), _) => {
            Err(FrameError::WrongStream { kind: frame.kind(), stream: "data of another session" }.into())
        }
    }
}

async fn read_exact(stream: &mut RecvStream, buffer: &mut [u8]) -> Result<(), StreamEnd> {
    stream.read_exact(buffer).await.map_err(read_failed)
}

fn read_failed(error: ReadExactError) -> StreamEnd {
    match error {
        ReadExactError::FinishedEarly(_) => PeerFault::TruncatedStream.into(),
        ReadExactError::ReadError(_) => StreamEnd::Over,
    }
}

/// A stream being written. Unlike quinn's own, one that is dropped half-way ends in a reset, which the peer can tell
/// from the orderly end that [`FrameWriter::finish`] makes.
pub(super) struct FrameWriter {
    stream: SendStream,
    finished: bool,
}

impl FrameWriter {
    /// Starts the stream.
    pub(super) async fn start(stream: SendStream, kind: StreamKind) -> Result<Self, WriteError> {
        let mut writer = FrameWriter { stream, finished: false };
        match kind {
            StreamKind::Control => writer.stream.write_all(&[0]).await?,
            StreamKind::Session(session) => {
                writer.stream.write_all(&[1]).await?;
                writer.stream.write_all(&session.0).await?;
            }
        }
        Ok(writer)
    }

    /// Writes one encoded frame.
    pub(super) async fn write(&mut self, frame: &[u8]) -> Result<(), WriteError> {
        // `Frame::encode` bounds the length far below 4 GiB.
        let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
        self.stream.write_all(&length.to_le_bytes()).await?;
        self.stream.write_all(frame).await
    }

    /// Completes when the peer does not want the stream, or nothing can come of it any more.
    pub(super) async fn stopped(&self) -> Finish {
        match Finish::of(self.stream.stopped().await) {
            // What was not ended cannot have been delivered: quinn says so of a stream whose connection is gone.
            Finish::Delivered => Finish::Lost,
            finish => finish,
        }
    }

    /// Ends the stream; completes when it is known what came of it.
    pub(super) async fn finish(mut self) -> Finish {
        self.finished = true;
        // Fails only where the peer has stopped the stream, which `stopped` tells as well.
        let _ = self.stream.finish();
        Finish::of(self.stream.stopped().await)
    }
}

/// What came of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finish {
    /// The peer has acknowledged everything.
    Delivered,
    /// The peer does not want it.
    Refused,
    /// The connection was lost first, or the peer was dropping it.
    Lost,
}

impl Finish {
    fn of(stopped: Result<Option<VarInt>, StoppedError>) -> Self {
        match stopped {
            Ok(None) => Finish::Delivered,
            // A peer that stops without a reason of its own is going away; it may want the rest when it is back.
            Ok(Some(codes::NOT_WANTED)) => Finish::Refused,
            Ok(Some(_)) | Err(_) => Finish::Lost,
        }
    }

    /// What a failed write tells.
    pub(super) fn of_error(error: &WriteError) -> Self {
        match error {
            WriteError::Stopped(codes::NOT_WANTED) => Finish::Refused,
            _ => Finish::Lost,
        }
    }
}

impl Drop for FrameWriter {
    fn drop(&mut self) {
        if !self.finished {
            // Fails only where there is nothing left to reset.
            let _ = self.stream.reset(VarInt::from_u32(0));
        }
    }
}
