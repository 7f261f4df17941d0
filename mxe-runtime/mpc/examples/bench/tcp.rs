//! A mesh of processes over loopback TCP: a frame is the payload's length, the phase and the payload.
//!
//! Every peer has a thread that writes what is handed over, so that two parties that send to each other before
//! they receive never wait for each other's buffers.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use mpc::{Channel, ChannelError, MAX_PAYLOAD_BYTES, PartyId, Phase};

const HEADER: usize = 9;

/// One party's end.
pub struct TcpChannel {
    me: PartyId,
    parties: u8,
    readers: BTreeMap<PartyId, TcpStream>,
    writers: BTreeMap<PartyId, Sender<(Phase, Vec<u8>)>>,
    threads: Vec<JoinHandle<()>>,
}

/// Waits until everything that was handed over is written.
impl Drop for TcpChannel {
    fn drop(&mut self) {
        self.writers.clear();
        for thread in self.threads.drain(..) {
            // A writer that panicked has nothing more to write.
            let _ = thread.join();
        }
    }
}

impl TcpChannel {
    /// Connects party `me` with all others, whose ports are given in the parties' order.
    pub fn connect(me: u8, ports: &[u16]) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", ports[usize::from(me)]))?;
        let (mut readers, mut writers, mut threads) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
        let mut add = |peer: u8, stream: TcpStream| -> io::Result<()> {
            stream.set_nodelay(true)?;
            let (sender, receiver) = channel::<(Phase, Vec<u8>)>();
            let mut writer = stream.try_clone()?;
            threads.push(thread::spawn(move || {
                for (phase, payload) in receiver {
                    let mut frame = [0; HEADER];
                    frame[..4].copy_from_slice(&(payload.len() as u32).to_le_bytes());
                    frame[4..].copy_from_slice(&phase.to_bytes());
                    // A peer that has left is noticed when something is due from it.
                    if writer.write_all(&frame).and_then(|()| writer.write_all(&payload)).is_err() {
                        return;
                    }
                }
            }));
            readers.insert(PartyId(peer), stream);
            writers.insert(PartyId(peer), sender);
            Ok(())
        };
        for peer in 0..me {
            let mut stream = retry(|| TcpStream::connect(("127.0.0.1", ports[usize::from(peer)])))?;
            stream.write_all(&[me])?;
            add(peer, stream)?;
        }
        for _ in usize::from(me) + 1..ports.len() {
            let (mut stream, _) = listener.accept()?;
            let mut peer = [0];
            stream.read_exact(&mut peer)?;
            add(peer[0], stream)?;
        }
        Ok(Self { me: PartyId(me), parties: ports.len() as u8, readers, writers, threads })
    }
}

fn retry<T>(mut attempt: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..200 {
        if let Ok(value) = attempt() {
            return Ok(value);
        }
        thread::sleep(Duration::from_millis(10));
    }
    attempt()
}

fn read_frame(stream: &mut TcpStream) -> io::Result<(Option<Phase>, Vec<u8>)> {
    let mut frame = [0; HEADER];
    stream.read_exact(&mut frame)?;
    let [a, b, c, d, phase @ ..] = frame;
    let length = u32::from_le_bytes([a, b, c, d]) as usize;
    if length > MAX_PAYLOAD_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut payload = Vec::with_capacity(length);
    if stream.take(length as u64).read_to_end(&mut payload)? < length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok((Phase::from_bytes(phase), payload))
}

impl Channel for TcpChannel {
    fn parties(&self) -> u8 {
        self.parties
    }

    fn me(&self) -> PartyId {
        self.me
    }

    async fn send(&mut self, to: PartyId, phase: Phase, payload: Vec<u8>) -> Result<(), ChannelError> {
        let writer = self.writers.get(&to).ok_or(ChannelError::NoSuchPeer { party: to })?;
        // A peer that has left is noticed when something is due from it.
        let _ = writer.send((phase, payload));
        Ok(())
    }

    async fn receive(&mut self, from: PartyId, phase: Phase) -> Result<Vec<u8>, ChannelError> {
        let reader = self.readers.get_mut(&from).ok_or(ChannelError::NoSuchPeer { party: from })?;
        match read_frame(reader) {
            Ok((Some(actual), payload)) if actual == phase => Ok(payload),
            Ok((Some(actual), _)) => Err(ChannelError::WrongPhase { party: from, expected: phase, actual }),
            Ok((None, _)) => Err(ChannelError::Refused { party: from, reason: "an unknown phase".into() }),
            Err(_) => Err(ChannelError::Closed { party: from }),
        }
    }
}
