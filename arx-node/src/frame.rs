//! What members of a cluster say to each other, and its bytes.
//!
//! A frame is `version u8 || kind u8 || body`, integers little-endian, every length bounded and checked before
//! anything is allocated. Decoding is strict: unknown versions, kinds or codes, missing and surplus bytes are typed
//! errors, and `encode(decode(bytes)) == bytes` for everything that decodes. Transports add a `u32` length in front.

pub mod stock;

use mpc::Report;
use mpc::message::SignedHeader;
use mpc::preprocessing::replay::SignedSeed;
use mxe_runtime::stock::Segments;
use sha2::{Digest, Sha256};

use stock::{Holdings, Proposal};

/// The version of this page's bytes.
pub const FRAME_VERSION: u8 = 3;
/// The longest payload of one [`Data`] frame: what protocols hand to a channel at once.
pub const MAX_PAYLOAD_BYTES: usize = mpc::channel::MAX_PAYLOAD_BYTES;
/// The longest encoded frame.
pub const MAX_FRAME_BYTES: usize = MAX_PAYLOAD_BYTES + 64;
/// The longest encoded frame that is not [`Data`]: a report of sixteen members.
pub const MAX_CONTROL_BYTES: usize = 16 * 1024;
/// The most signed headers in one report: four of each member.
pub const MAX_REPORTED: usize = 64;
/// The most cells one computation can touch.
pub const MAX_CELLS: usize = arx_program::constants::MAX_CELLS + arx_program::constants::MAX_LATEST_SLICES;

/// Names one attempt at one computation: the hash of its [`Start`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub [u8; 32]);

/// The address of a `Computation` account.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComputationId(pub [u8; 32]);

/// One frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// The leader proposes an attempt.
    Start(Start),
    /// The sender takes no part in that session.
    Decline {
        /// Which session.
        session: SessionId,
        /// Why.
        reason: DeclineReason,
    },
    /// A message of the multi-party protocol.
    Data(Data),
    /// The sender has left that session.
    Abort {
        /// Which session.
        session: SessionId,
        /// Why.
        reason: AbortReason,
        /// Index of the member that is at fault, as the sender sees it.
        accused: Option<u8>,
    },
    /// How far the sender is in ending a computation.
    Ending(Ending),
    /// Proposes to make something for the stock.
    Produce(Proposal),
    /// What the sender has in its stock.
    Holdings(Holdings),
    /// What the sender was sent in a session that has ended without an outcome, as far as it may serve as evidence.
    Report {
        /// Which session.
        session: SessionId,
        /// The signed headers of everybody's last broadcasts in it.
        report: Report,
    },
    /// The sender's seed of a batch that was burned, for the replay that shows who cheated.
    Seed {
        /// The session in which the batch was made.
        session: SessionId,
        /// The seed, signed.
        seed: SignedSeed,
    },
    /// What the sender found in the replay of a burned batch.
    Plea {
        /// The session in which the batch was made.
        session: SessionId,
        /// The first message among those it sent and received that the replay does not have; `None` if it has all.
        first: Option<SignedHeader>,
    },
}

/// The proposal that starts an attempt. What is in it is what all members must see alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Start {
    /// Address of the cluster.
    pub cluster: [u8; 32],
    /// The cluster's epoch.
    pub epoch: u64,
    /// Which computation.
    pub computation: ComputationId,
    /// Which attempt; decides who leads.
    pub attempt: u32,
    /// The computation's `input_digest`.
    pub input_digest: [u8; 32],
    /// The cells it touches, in the order of the computation account; then its latest slices, of version 0.
    pub cells: Vec<CellSnapshot>,
    /// What it takes from the stock, in clusters whose protocol needs one.
    pub stock: Option<Segments>,
    /// Chosen by the leader: no two sessions are alike.
    pub nonce: [u8; 32],
}

/// The state of one cell that an attempt is based on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellSnapshot {
    /// Its version.
    pub version: u64,
    /// SHA-256 of its contents.
    pub data_hash: [u8; 32],
}

/// A message of the multi-party protocol. Messages are numbered from 0 per session and direction.
#[derive(Clone, PartialEq, Eq)]
pub struct Data {
    /// Which session.
    pub session: SessionId,
    /// Number of this message.
    pub sequence: u64,
    /// The protocol's label of the message ([`mpc::channel::Phase::to_bytes`]); compared with what the receiver expects.
    pub phase: [u8; 5],
    /// The bytes.
    pub payload: Vec<u8>,
}

/// "I have durably stored this outcome of that computation", and, once all members have said so, my signature of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Ending {
    /// Which computation.
    pub computation: ComputationId,
    /// SHA-256 of the message to be signed.
    pub digest: [u8; 32],
    /// The sender's signature of the message, once it has signed.
    pub signature: Option<[u8; 64]>,
    /// Whether the sender lacks something and asks for the receiver's own `Ending`.
    pub reply: bool,
}

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident, $field:literal { $($(#[$variant_doc:meta])* $variant:ident = $code:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            fn code(self) -> u8 { match self { $($name::$variant => $code,)* } }
            fn from_code(code: u8) -> Result<Self, FrameError> {
                match code {
                    $($code => Ok($name::$variant),)*
                    _ => Err(FrameError::UnknownCode { field: $field, code }),
                }
            }
            #[cfg(test)]
            const ALL: &'static [$name] = &[$($name::$variant,)*];
        }
    };
}

codes! {
    /// Why a member does not take part in a proposed session.
    DeclineReason, "decline reason" {
        /// The sender is not the leader of that attempt.
        NotTheLeader = 1,
        /// The computation is not in the queue as the decliner sees it.
        NotQueued = 2,
        /// Another cluster or epoch.
        WrongEpoch = 3,
        /// The arguments differ from what the decliner sees on chain.
        InputDigestDiffers = 4,
        /// A cell's version or contents differ from what the decliner sees on chain.
        CellDiffers = 5,
        /// A computation before it in the queue touches the same cell.
        OutOfOrder = 6,
        /// The decliner runs a later attempt, or has too much running.
        Busy = 7,
        /// The decliner has an outcome of this computation that can no longer change.
        Decided = 8,
        /// The decliner holds that the computation is to be rejected.
        ShouldBeRejected = 9,
        /// The deadline has passed.
        PastDeadline = 10,
        /// Queued before the decliner's keys were restored from a backup.
        BeforeRestore = 11,
        /// The decliner could not read what it needs from the chain.
        NotReady = 12,
        /// The items of the stock are not those that the attempt takes, or not free, as the decliner sees it.
        StockDiffers = 13,
        /// The decliner's stock is full, or what is proposed is more than it makes.
        StockFull = 14,
        /// The decliner has not the state key that is meant.
        StateKeyDiffers = 15,
        /// The decliner has a state key that is in use, and makes no other in its place.
        StateKeyKept = 16,
        /// The proposal's slot is not a new one.
        Stale = 17,
        /// The cluster's protocol needs no stock.
        NoStock = 18,
        /// No application asks for this signing key, as the decliner sees the chain.
        NotAskedFor = 19,
    }
}

codes! {
    /// Why a member left a session.
    AbortReason, "abort reason" {
        /// A member sent nothing for too long.
        PeerSilent = 1,
        /// A member broke the protocol.
        PeerMisbehaved = 2,
        /// A later attempt of the same computation has started.
        Superseded = 3,
        /// Another member declined or left.
        PeerLeft = 4,
        /// The deadline has passed.
        PastDeadline = 5,
        /// The node stops.
        ShuttingDown = 6,
        /// A fault of the sender's own: disk, memory.
        Internal = 7,
    }
}

impl Start {
    /// The name of the session this proposal starts: a hash of everything in it, so that forks, retries and
    /// different views of the queue never share a session.
    pub fn session(&self) -> SessionId {
        let mut bytes = Vec::with_capacity(256);
        self.write(&mut bytes);
        let mut hash = Sha256::new();
        hash.update([12]);
        hash.update(b"arx/v1/start");
        hash.update(&bytes);
        SessionId(hash.finalize().into())
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.cluster);
        out.extend_from_slice(&self.epoch.to_le_bytes());
        out.extend_from_slice(&self.computation.0);
        out.extend_from_slice(&self.attempt.to_le_bytes());
        out.extend_from_slice(&self.input_digest);
        out.extend_from_slice(&self.nonce);
        // `encode` refuses more than MAX_CELLS, which fits a byte.
        out.push(self.cells.len() as u8);
        for cell in &self.cells {
            out.extend_from_slice(&cell.version.to_le_bytes());
            out.extend_from_slice(&cell.data_hash);
        }
        out.push(u8::from(self.stock.is_some()));
        if let Some(segments) = &self.stock {
            stock::write_segments(segments, out);
        }
    }
}

impl Frame {
    /// The session whose stream carries this frame; `None` for frames between sessions.
    pub fn session_stream(&self) -> Option<SessionId> {
        match self {
            Frame::Data(data) => Some(data.session),
            _ => None,
        }
    }

    /// A word for logs and metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Frame::Start(_) => "start",
            Frame::Decline { .. } => "decline",
            Frame::Data(_) => "data",
            Frame::Abort { .. } => "abort",
            Frame::Ending(_) => "ending",
            Frame::Produce(_) => "produce",
            Frame::Holdings(_) => "holdings",
            Frame::Report { .. } => "report",
            Frame::Seed { .. } => "seed",
            Frame::Plea { .. } => "plea",
        }
    }

    /// The frame's bytes. Fails only for a frame that no peer would accept.
    pub fn encode(&self) -> Result<Vec<u8>, FrameError> {
        let mut out = Vec::with_capacity(128);
        out.push(FRAME_VERSION);
        match self {
            Frame::Start(start) => {
                if start.cells.len() > MAX_CELLS {
                    return Err(FrameError::TooManyCells { count: start.cells.len() });
                }
                start.stock.as_ref().map_or(Ok(()), stock::check_segments)?;
                out.push(1);
                start.write(&mut out);
            }
            Frame::Decline { session, reason } => {
                out.push(2);
                out.extend_from_slice(&session.0);
                out.push(reason.code());
            }
            Frame::Data(data) => {
                if data.payload.len() > MAX_PAYLOAD_BYTES {
                    return Err(FrameError::TooLong {
                        bytes: data.payload.len(),
                        allowed: MAX_PAYLOAD_BYTES,
                    });
                }
                out.push(3);
                out.extend_from_slice(&data.session.0);
                out.extend_from_slice(&data.sequence.to_le_bytes());
                out.extend_from_slice(&data.phase);
                out.extend_from_slice(&data.payload);
            }
            Frame::Abort { session, reason, accused } => {
                out.push(4);
                out.extend_from_slice(&session.0);
                out.push(reason.code());
                out.push(accused.unwrap_or(u8::MAX));
            }
            Frame::Ending(ending) => {
                out.push(5);
                out.extend_from_slice(&ending.computation.0);
                out.extend_from_slice(&ending.digest);
                out.push(u8::from(ending.signature.is_some()) | u8::from(ending.reply) << 1);
                if let Some(signature) = &ending.signature {
                    out.extend_from_slice(signature);
                }
            }
            Frame::Produce(proposal) => {
                proposal.check()?;
                out.push(6);
                proposal.write(&mut out);
            }
            Frame::Holdings(holdings) => {
                holdings.check()?;
                out.push(7);
                holdings.write(&mut out);
            }
            Frame::Report { session, report } => {
                let (count, allowed) = (report.headers.len(), MAX_REPORTED);
                if count > allowed {
                    return Err(FrameError::TooMany { what: "signed headers", count, allowed });
                }
                out.push(8);
                out.extend_from_slice(&session.0);
                out.push(count as u8);
                report.headers.iter().for_each(|header| out.extend_from_slice(&header.to_bytes()));
            }
            Frame::Seed { session, seed } => {
                out.push(9);
                out.extend_from_slice(&session.0);
                out.extend_from_slice(&seed.to_bytes());
            }
            Frame::Plea { session, first } => {
                out.push(10);
                out.extend_from_slice(&session.0);
                out.push(u8::from(first.is_some()));
                out.extend(first.iter().flat_map(SignedHeader::to_bytes));
            }
        }
        Ok(out)
    }

    /// Reads one frame from exactly these bytes, which may come from anyone.
    pub fn decode(bytes: &[u8]) -> Result<Frame, FrameError> {
        if bytes.len() > MAX_FRAME_BYTES {
            return Err(FrameError::TooLong { bytes: bytes.len(), allowed: MAX_FRAME_BYTES });
        }
        let mut reader = Reader { rest: bytes };
        let version = reader.byte("version")?;
        if version != FRAME_VERSION {
            return Err(FrameError::UnknownVersion { version });
        }
        let kind = reader.byte("kind")?;
        if kind != 3 && bytes.len() > MAX_CONTROL_BYTES {
            return Err(FrameError::TooLong { bytes: bytes.len(), allowed: MAX_CONTROL_BYTES });
        }
        let frame = match kind {
            1 => Frame::Start(reader.start()?),
            2 => Frame::Decline {
                session: SessionId(reader.array("session")?),
                reason: DeclineReason::from_code(reader.byte("reason")?)?,
            },
            3 => Frame::Data(Data {
                session: SessionId(reader.array("session")?),
                sequence: u64::from_le_bytes(reader.array("sequence")?),
                phase: reader.array("phase")?,
                payload: reader.payload()?,
            }),
            4 => Frame::Abort {
                session: SessionId(reader.array("session")?),
                reason: AbortReason::from_code(reader.byte("reason")?)?,
                accused: Some(reader.byte("accused")?).filter(|accused| *accused != u8::MAX),
            },
            5 => {
                let computation = ComputationId(reader.array("computation")?);
                let digest = reader.array("digest")?;
                let flags = reader.byte("flags")?;
                if flags > 3 {
                    return Err(FrameError::UnknownCode { field: "flags", code: flags });
                }
                let signature = if flags & 1 == 1 { Some(reader.array("signature")?) } else { None };
                Frame::Ending(Ending { computation, digest, signature, reply: flags & 2 == 2 })
            }
            6 => Frame::Produce(reader.proposal()?),
            7 => Frame::Holdings(reader.holdings()?),
            8 => Frame::Report { session: SessionId(reader.array("session")?), report: reader.report()? },
            9 => Frame::Seed {
                session: SessionId(reader.array("session")?),
                seed: SignedSeed::from_bytes(&reader.array("signed seed")?),
            },
            10 => Frame::Plea {
                session: SessionId(reader.array("session")?),
                first: match reader.byte("plea")? {
                    0 => None,
                    1 => Some(reader.signed_header("signed header")?),
                    code => return Err(FrameError::UnknownCode { field: "plea", code }),
                },
            },
            kind => return Err(FrameError::UnknownKind { kind }),
        };
        if reader.rest.is_empty() {
            Ok(frame)
        } else {
            Err(FrameError::SurplusBytes { bytes: reader.rest.len() })
        }
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, bytes: usize, field: &'static str) -> Result<&'a [u8], FrameError> {
        let (taken, rest) = self.rest.split_at_checked(bytes).ok_or(FrameError::Truncated { field })?;
        self.rest = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], FrameError> {
        let (taken, rest) = self.rest.split_first_chunk::<N>().ok_or(FrameError::Truncated { field })?;
        self.rest = rest;
        Ok(*taken)
    }

    fn byte(&mut self, field: &'static str) -> Result<u8, FrameError> {
        self.array::<1>(field).map(|[byte]| byte)
    }

    fn payload(&mut self) -> Result<Vec<u8>, FrameError> {
        let bytes = self.rest.len();
        if bytes > MAX_PAYLOAD_BYTES {
            return Err(FrameError::TooLong { bytes, allowed: MAX_PAYLOAD_BYTES });
        }
        Ok(self.take(bytes, "payload")?.to_vec())
    }

    fn start(&mut self) -> Result<Start, FrameError> {
        let cluster = self.array("cluster")?;
        let epoch = u64::from_le_bytes(self.array("epoch")?);
        let computation = ComputationId(self.array("computation")?);
        let attempt = u32::from_le_bytes(self.array("attempt")?);
        let input_digest = self.array("input digest")?;
        let nonce = self.array("nonce")?;
        let count = usize::from(self.byte("number of cells")?);
        if count > MAX_CELLS {
            return Err(FrameError::TooManyCells { count });
        }
        let mut cells = Vec::with_capacity(count);
        for _ in 0..count {
            cells.push(CellSnapshot {
                version: u64::from_le_bytes(self.array("cell version")?),
                data_hash: self.array("cell data hash")?,
            });
        }
        let stock = match self.byte("stock")? {
            0 => None,
            1 => Some(self.segments()?),
            code => return Err(FrameError::UnknownCode { field: "stock", code }),
        };
        Ok(Start { cluster, epoch, computation, attempt, input_digest, cells, stock, nonce })
    }

    fn signed_header(&mut self, field: &'static str) -> Result<SignedHeader, FrameError> {
        let bytes = self.take(SignedHeader::LENGTH, field)?;
        SignedHeader::from_bytes(bytes).ok_or(FrameError::NotAHeader)
    }

    fn report(&mut self) -> Result<Report, FrameError> {
        let (what, allowed) = ("signed headers", MAX_REPORTED);
        let count = usize::from(self.byte(what)?);
        if count > allowed {
            return Err(FrameError::TooMany { what, count, allowed });
        }
        let mut headers = Vec::with_capacity(count);
        for _ in 0..count {
            headers.push(self.signed_header(what)?);
        }
        Ok(Report { headers })
    }
}

/// Bytes that are not a frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// More bytes than a frame may have.
    #[error("{bytes} bytes, at most {allowed} are allowed")]
    TooLong {
        /// How many there are, or are announced.
        bytes: usize,
        /// The limit.
        allowed: usize,
    },
    /// The bytes end inside a field.
    #[error("the bytes end inside the field `{field}`")]
    Truncated {
        /// Which field.
        field: &'static str,
    },
    /// Bytes after the frame's end.
    #[error("{bytes} bytes follow the end of the frame")]
    SurplusBytes {
        /// How many.
        bytes: usize,
    },
    /// Another version of the protocol.
    #[error("frame version {version}; this node speaks version {FRAME_VERSION}")]
    UnknownVersion {
        /// The version byte.
        version: u8,
    },
    /// No such kind of frame.
    #[error("unknown kind of frame {kind}")]
    UnknownKind {
        /// The kind byte.
        kind: u8,
    },
    /// A field holds a value without meaning.
    #[error("the field `{field}` holds {code}, which means nothing")]
    UnknownCode {
        /// Which field.
        field: &'static str,
        /// Its value.
        code: u8,
    },
    /// More cells than a computation can have.
    #[error("{count} cells, at most {MAX_CELLS} are possible")]
    TooManyCells {
        /// How many.
        count: usize,
    },
    /// More of something than there can be.
    #[error("{count} {what}, at most {allowed} are possible")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many.
        count: usize,
        /// The most there can be.
        allowed: usize,
    },
    /// Entries that are not in rising order.
    #[error("the entries of the field `{field}` are not in rising order")]
    OutOfOrder {
        /// Which field.
        field: &'static str,
    },
    /// A signed header in a report that is none.
    #[error("a signed header of the report is none")]
    NotAHeader,
    /// A frame on a stream that is not for it.
    #[error("a {kind} frame on a stream for {stream}")]
    WrongStream {
        /// The frame's kind.
        kind: &'static str,
        /// What the stream is for.
        stream: &'static str,
    },
}

mod display {
    use std::fmt;

    use super::{ComputationId, Data, Ending, SessionId};

    impl fmt::Display for SessionId {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{}", hex::encode(&self.0[..8]))
        }
    }

    impl fmt::Debug for SessionId {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "SessionId({})", hex::encode(self.0))
        }
    }

    impl fmt::Display for ComputationId {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{}", solana_pubkey::Pubkey::from(self.0))
        }
    }

    impl fmt::Debug for ComputationId {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "ComputationId({self})")
        }
    }

    // Payloads are shares: they stay out of logs.
    impl fmt::Debug for Data {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Data")
                .field("session", &self.session)
                .field("sequence", &self.sequence)
                .field("phase", &self.phase)
                .field("payload_bytes", &self.payload.len())
                .finish()
        }
    }

    impl fmt::Debug for Ending {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Ending")
                .field("computation", &self.computation)
                .field("digest", &hex::encode(self.digest))
                .field("signed", &self.signature.is_some())
                .field("reply", &self.reply)
                .finish()
        }
    }
}

#[cfg(test)]
mod tests {
    use mpc::message::Header;
    use mpc::{PartyId, Phase, PhaseKind};
    use proptest::prelude::*;

    use super::*;

    fn header() -> impl Strategy<Value = SignedHeader> {
        let id = any::<[u8; 32]>();
        (id, any::<u64>(), id, any::<u32>(), prop::option::of(0_u8..16), any::<[u8; 32]>()).prop_map(
            |(cluster, epoch, session, index, recipient, payload)| SignedHeader {
                header: Header {
                    cluster,
                    epoch,
                    session,
                    phase: Phase { kind: PhaseKind::And, index },
                    piece: index,
                    sender: PartyId(3),
                    recipient: recipient.map(PartyId),
                    broadcasts: index,
                    payload,
                    chain: session,
                },
                signature: [5; 64],
            },
        )
    }

    fn frames() -> impl Strategy<Value = Frame> {
        let id = any::<[u8; 32]>();
        let cell = (any::<u64>(), any::<[u8; 32]>())
            .prop_map(|(version, data_hash)| CellSnapshot { version, data_hash });
        prop_oneof![
            (
                id,
                any::<u64>(),
                id,
                any::<u32>(),
                id,
                prop::collection::vec(cell, 0..=MAX_CELLS),
                prop::option::of(stock::tests::segments()),
                id
            )
                .prop_map(
                    |(cluster, epoch, computation, attempt, input_digest, cells, stock, nonce)| {
                        Frame::Start(Start {
                            cluster,
                            epoch,
                            computation: ComputationId(computation),
                            attempt,
                            input_digest,
                            cells,
                            stock,
                            nonce,
                        })
                    }
                ),
            stock::tests::proposal().prop_map(Frame::Produce),
            stock::tests::holdings().prop_map(Frame::Holdings),
            (id, prop::collection::vec(header(), 0..5)).prop_map(|(session, headers)| Frame::Report {
                session: SessionId(session),
                report: Report { headers }
            }),
            (id, any::<[u8; SignedSeed::LENGTH]>()).prop_map(|(session, seed)| Frame::Seed {
                session: SessionId(session),
                seed: SignedSeed::from_bytes(&seed),
            }),
            (id, prop::option::of(header()))
                .prop_map(|(session, first)| Frame::Plea { session: SessionId(session), first }),
            (id, prop::sample::select(DeclineReason::ALL))
                .prop_map(|(session, reason)| Frame::Decline { session: SessionId(session), reason }),
            (id, any::<u64>(), any::<[u8; 5]>(), prop::collection::vec(any::<u8>(), 0..300)).prop_map(
                |(session, sequence, phase, payload)| Frame::Data(Data {
                    session: SessionId(session),
                    sequence,
                    phase,
                    payload,
                })
            ),
            (id, prop::sample::select(AbortReason::ALL), prop::option::of(0_u8..16)).prop_map(
                |(session, reason, accused)| Frame::Abort { session: SessionId(session), reason, accused }
            ),
            (id, id, prop::option::of(prop::array::uniform32(any::<u16>())), any::<bool>()).prop_map(
                |(computation, digest, signature, reply)| Frame::Ending(Ending {
                    computation: ComputationId(computation),
                    digest,
                    signature: signature.map(|words| {
                        let mut bytes = [0; 64];
                        for (pair, word) in bytes.chunks_exact_mut(2).zip(words) {
                            pair.copy_from_slice(&word.to_le_bytes());
                        }
                        bytes
                    }),
                    reply,
                })
            ),
        ]
    }

    proptest! {
        #[test]
        fn every_frame_survives_its_bytes(frame in frames()) {
            let bytes = frame.encode().unwrap();
            prop_assert_eq!(Frame::decode(&bytes).unwrap(), frame);
        }

        #[test]
        fn any_bytes_decode_to_an_error_or_to_a_frame_with_those_bytes(
            mut bytes in prop::collection::vec(any::<u8>(), 0..400), kind in 0u8..13, valid in any::<bool>(),
        ) {
            if valid && bytes.len() > 1 {
                bytes[0] = FRAME_VERSION;
                bytes[1] = kind;
            }
            if let Ok(frame) = Frame::decode(&bytes) {
                prop_assert_eq!(frame.encode().unwrap(), bytes);
            }
        }

        #[test]
        fn a_frame_cut_short_or_made_longer_is_refused(frame in frames(), cut in any::<prop::sample::Index>()) {
            let mut bytes = frame.encode().unwrap();
            // Data ends where its bytes end: a shorter one is another valid frame.
            if frame.session_stream().is_none() {
                let end = cut.index(bytes.len());
                prop_assert!(Frame::decode(&bytes[..end]).is_err());
                bytes.push(0);
                prop_assert_eq!(Frame::decode(&bytes), Err(FrameError::SurplusBytes { bytes: 1 }));
            }
        }

        #[test]
        fn a_session_is_named_by_everything_in_its_start(frame in frames(), position in any::<prop::sample::Index>(), bit in 0u8..8) {
            if let Frame::Start(start) = &frame {
                let mut bytes = frame.encode().unwrap();
                let position = 2 + position.index(bytes.len() - 2);
                bytes[position] ^= 1 << bit;
                if let Ok(Frame::Start(other)) = Frame::decode(&bytes) {
                    prop_assert_ne!(other.session(), start.session());
                }
            }
        }
    }

    #[test]
    fn oversize_frames_are_refused_on_both_sides() {
        let data = |bytes| {
            Frame::Data(Data {
                session: SessionId([0; 32]),
                sequence: 0,
                phase: [0; 5],
                payload: vec![0; bytes],
            })
        };
        assert!(Frame::decode(&data(MAX_PAYLOAD_BYTES).encode().unwrap()).is_ok());
        assert!(matches!(data(MAX_PAYLOAD_BYTES + 1).encode(), Err(FrameError::TooLong { .. })));
        let mut bytes = data(MAX_PAYLOAD_BYTES).encode().unwrap();
        bytes.push(0);
        assert!(matches!(Frame::decode(&bytes), Err(FrameError::TooLong { .. })));
        let mut control = vec![FRAME_VERSION, 1];
        control.resize(MAX_CONTROL_BYTES + 1, 0);
        assert!(matches!(
            Frame::decode(&control),
            Err(FrameError::TooLong { allowed: MAX_CONTROL_BYTES, .. })
        ));
    }

    #[test]
    fn shares_stay_out_of_debug_output() {
        let frame = Frame::Data(Data {
            session: SessionId([1; 32]),
            sequence: 3,
            phase: [2; 5],
            payload: vec![0xab, 0xcd],
        });
        let shown = format!("{frame:?}");
        assert!(shown.contains("payload_bytes: 2") && !shown.contains("171"), "{shown}");
    }
}
