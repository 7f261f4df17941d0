//! A network in memory: frames travel as bytes, at once, unless a rule drops them.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use arx_node::Identity;
use arx_node::frame::{Ending, Frame, SessionId};
use arx_node::transport::{Inbox, Peer, Transport, TransportError};
use tokio::sync::{mpsc, watch};

/// Time from one node to another.
const LATENCY: Duration = Duration::from_millis(10);

/// Changes a frame on its way from one node to another.
type Alteration = Box<dyn FnMut(&Identity, &Identity, &mut Frame) + Send>;
type Rule = Box<dyn FnMut(&Identity, &Identity, &Frame) -> bool + Send>;

#[derive(Clone, Default)]
pub struct Network {
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    nodes: BTreeMap<Identity, (mpsc::UnboundedSender<(Identity, Vec<u8>)>, Inbox)>,
    /// Whether a frame is lost.
    drops: Option<Rule>,
    alters: Option<Alteration>,
    endings: Vec<(Identity, Ending)>,
    frames: u64,
}

impl Network {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no panic while locked")
    }

    pub fn transport(&self, me: Identity) -> NodeTransport {
        NodeTransport { me, network: self.clone() }
    }

    /// Loses every frame for which this is true.
    pub fn drop_if(&self, rule: impl FnMut(&Identity, &Identity, &Frame) -> bool + Send + 'static) {
        self.lock().drops = Some(Box::new(rule));
    }

    /// Changes frames on their way, by sender.
    pub fn alter_if(&self, mut alter: impl FnMut(&Identity, &mut Frame) + Send + 'static) {
        self.alter_to_if(move |from, _, frame| alter(from, frame));
    }

    /// Changes frames on their way, by sender and receiver.
    pub fn alter_to_if(&self, alter: impl FnMut(&Identity, &Identity, &mut Frame) + Send + 'static) {
        self.lock().alters = Some(Box::new(alter));
    }

    pub fn heal(&self) {
        let mut state = self.lock();
        (state.drops, state.alters) = (None, None);
    }

    /// Every `Ending` that any node sent.
    pub fn endings(&self) -> Vec<(Identity, Ending)> {
        self.lock().endings.clone()
    }

    /// How many frames were sent so far.
    pub fn frames(&self) -> u64 {
        self.lock().frames
    }

    /// Puts a frame of this sender's into a receiver's mailbox, as a byzantine member could.
    pub fn inject(&self, from: Identity, to: &Identity, frame: &Frame) {
        let state = self.lock();
        let (mailbox, _) = state.nodes.get(to).expect("a running node");
        mailbox.send((from, frame.encode().expect("a frame"))).expect("a running node");
    }
}

pub struct NodeTransport {
    me: Identity,
    network: Network,
}

/// Takes a node off the network when its transport stops.
struct Registration<'a>(&'a NodeTransport);

impl Drop for Registration<'_> {
    fn drop(&mut self) {
        self.0.network.lock().nodes.remove(&self.0.me);
    }
}

impl Transport for NodeTransport {
    async fn run(&self, inbox: Inbox, _: watch::Receiver<Vec<Peer>>) -> Result<(), TransportError> {
        let (mailbox, mut arriving) = mpsc::unbounded_channel::<(Identity, Vec<u8>)>();
        {
            let mut state = self.network.lock();
            for (other, (_, others_inbox)) in &state.nodes {
                others_inbox.connected(&self.me);
                inbox.connected(other);
            }
            state.nodes.insert(self.me, (mailbox, inbox.clone()));
        }
        let _registration = Registration(self);
        while let Some((from, bytes)) = arriving.recv().await {
            tokio::time::sleep(LATENCY).await;
            let mut batch = vec![(from, bytes)];
            while let Ok(more) = arriving.try_recv() {
                batch.push(more);
            }
            for (from, bytes) in batch {
                let frame = Frame::decode(&bytes).expect("nodes send frames");
                // A session that is over takes nothing; that is no failure.
                let _ = inbox.deliver(&from, frame).await;
            }
        }
        Ok(())
    }

    fn send(&self, to: &Identity, frame: Frame) -> Result<(), TransportError> {
        let mut state = self.network.lock();
        state.frames += 1;
        if let Frame::Ending(ending) = &frame {
            state.endings.push((self.me, ending.clone()));
        }
        let mut frame = frame;
        if let Some(alter) = &mut state.alters {
            alter(&self.me, to, &mut frame);
        }
        let lost = state.drops.as_mut().is_some_and(|drops| drops(&self.me, to, &frame));
        let (mailbox, _) = state.nodes.get(to).ok_or(TransportError::UnknownPeer { peer: *to })?;
        if !lost {
            let _ = mailbox.send((self.me, frame.encode().expect("nodes send frames")));
        }
        Ok(())
    }

    fn is_connected(&self, peer: &Identity) -> bool {
        self.network.lock().nodes.contains_key(peer)
    }

    fn finish(&self, _: &SessionId) {}
}
