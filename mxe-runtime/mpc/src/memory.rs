//! Parties in one process: a mesh of in-memory channels, for tests and benchmarks.
//!
//! A [`Tamper`] function between a party and the mesh turns that party into an adversary on the wire: it sees
//! every message the party sends and decides what is delivered instead.

use std::fmt;

use futures::StreamExt;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};

use crate::channel::{Channel, ChannelError, PartyId, Phase};

/// A message on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Whom it is for.
    pub to: PartyId,
    /// Its label.
    pub phase: Phase,
    /// Its contents.
    pub payload: Vec<u8>,
}

/// Replaces a message that the party sends by what is delivered in its place: itself, another one, none,
/// several.
pub type Tamper = Box<dyn FnMut(Message) -> Vec<Message> + Send>;

/// One party's end of the mesh.
pub struct MemoryChannel {
    me: PartyId,
    /// By peer; this party's own entries are unused.
    senders: Vec<UnboundedSender<(Phase, Vec<u8>)>>,
    receivers: Vec<UnboundedReceiver<(Phase, Vec<u8>)>>,
    tamper: Option<Tamper>,
    #[cfg(any(test, feature = "testing"))]
    cheat: Option<crate::malicious::Cheat>,
}

/// Connects `parties` parties with each other.
pub fn mesh(parties: u8) -> Vec<MemoryChannel> {
    let mut channels: Vec<_> = (0..parties)
        .map(|me| MemoryChannel {
            me: PartyId(me),
            senders: Vec::new(),
            receivers: Vec::new(),
            tamper: None,
            #[cfg(any(test, feature = "testing"))]
            cheat: None,
        })
        .collect();
    for from in 0..channels.len() {
        for to in 0..channels.len() {
            let (sender, receiver) = unbounded();
            channels[from].senders.push(sender);
            channels[to].receivers.push(receiver);
        }
    }
    channels
}

impl MemoryChannel {
    /// Puts `tamper` between this party and the mesh.
    #[must_use]
    pub fn tampered(mut self, tamper: Tamper) -> Self {
        self.tamper = Some(tamper);
        self
    }

    /// Turns this party into one that lies to everybody alike, above its signatures.
    #[cfg(any(test, feature = "testing"))]
    #[must_use]
    pub fn cheating(mut self, cheat: crate::malicious::Cheat) -> Self {
        self.cheat = Some(cheat);
        self
    }
}

impl fmt::Debug for MemoryChannel {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "MemoryChannel({})", self.me)
    }
}

impl Channel for MemoryChannel {
    fn parties(&self) -> u8 {
        self.senders.len() as u8
    }

    fn me(&self) -> PartyId {
        self.me
    }

    #[cfg(any(test, feature = "testing"))]
    fn take_cheat(&mut self) -> Option<crate::malicious::Cheat> {
        self.cheat.take()
    }

    async fn send(&mut self, to: PartyId, phase: Phase, payload: Vec<u8>) -> Result<(), ChannelError> {
        let message = Message { to, phase, payload };
        let delivered = match &mut self.tamper {
            Some(tamper) => tamper(message),
            None => vec![message],
        };
        for Message { to, phase, payload } in delivered {
            if to == self.me {
                return Err(ChannelError::NoSuchPeer { party: to });
            }
            let sender = self.senders.get(to.index()).ok_or(ChannelError::NoSuchPeer { party: to })?;
            // A peer that has left is noticed when something is due from it.
            let _ = sender.unbounded_send((phase, payload));
        }
        Ok(())
    }

    async fn receive(&mut self, from: PartyId, phase: Phase) -> Result<Vec<u8>, ChannelError> {
        let receiver = self.receivers.get_mut(from.index()).filter(|_| from != self.me);
        let receiver = receiver.ok_or(ChannelError::NoSuchPeer { party: from })?;
        match receiver.next().await {
            Some((actual, payload)) if actual == phase => Ok(payload),
            Some((actual, _)) => Err(ChannelError::WrongPhase { party: from, expected: phase, actual }),
            None => Err(ChannelError::Closed { party: from }),
        }
    }
}
