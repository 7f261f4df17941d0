//! One session: the multi-party protocol over the mesh, from its task to its outcome.

use std::sync::Arc;

use mpc::message::Identity as Signer;
use mpc::signature::SigningKey;
use mxe_runtime::{
    ExecuteError, NodeSecrets, Outcome, Participant, Progress, Task, execute, execute_honest_majority,
    execute_malicious,
};
use tracing::debug;
use zeroize::Zeroizing;

use super::mesh::{Line, MeshChannel};
use super::stocking::NodeSource;
use crate::clock::Clock;
use crate::store::journal::SessionJournal;
use crate::transport::Transport;

/// Everything a session runs on.
pub(crate) struct SessionRun<T, K> {
    pub(crate) task: Task,
    pub(crate) engine: Engine,
    pub(crate) secrets: Arc<NodeSecrets>,
    pub(crate) journal: SessionJournal,
    pub(crate) seed: Zeroizing<[u8; 32]>,
    /// The application's, for circuits that sign.
    pub(crate) signing_key: Option<SigningKey>,
    pub(crate) line: Line<T, K>,
    #[cfg(feature = "danger-misbehave")]
    pub(crate) misdeed: Option<super::misbehave::Misdeed>,
}

/// What a session computes with, by the protocol of the cluster.
pub(crate) enum Engine {
    /// Replicated sharing among three members that follow the protocol.
    Replicated,
    /// All members but one may be malicious. With what the session takes from the stock.
    DishonestMajority(Signer, Box<NodeSource>),
    /// Replicated sharing among three members of which one may be malicious.
    Verified(Signer),
}

impl<T: Transport, K: Clock> SessionRun<T, K> {
    /// Runs the session to its outcome. Dropping the future ends it.
    pub(crate) async fn run(self) -> Result<Outcome, ExecuteError> {
        #[cfg(feature = "danger-misbehave")]
        let misdeed = self.misdeed;
        let SessionRun { task, engine, secrets, mut journal, seed, signing_key, line, .. } = self;
        let session = line.session;
        let mut channel = MeshChannel::new(line, journal.opening.clone());
        #[cfg(feature = "danger-misbehave")]
        if let (Some(misdeed), Engine::DishonestMajority(identity, _) | Engine::Verified(identity)) =
            (misdeed, &engine)
        {
            channel.misbehave(misdeed, identity.clone());
        }
        let channel = &mut channel;
        let mut progress = |progress: Progress| debug!(%session, ?progress, "progress");
        let progress = &mut progress;
        let secrets = &*secrets;
        match engine {
            Engine::Replicated => execute(&task, secrets, &mut journal, *seed, channel, progress).await,
            Engine::DishonestMajority(identity, source) => {
                let participant = Participant { secrets, identity, source: *source, seed, signing_key };
                execute_malicious(&task, participant, &mut journal, channel, progress).await.result
            }
            Engine::Verified(identity) => {
                let participant = Participant { secrets, identity, source: (), seed, signing_key };
                execute_honest_majority(&task, participant, &mut journal, channel, progress).await.result
            }
        }
    }
}
