//! The running digest of everything that all parties of a session said to all.
//!
//! It begins with the session; each broadcast, and each value that became public by an exchange, continues it. It is a
//! chain of hashes, so that who has signed a digest can be held to the last things in it by whoever has these, and needs
//! nothing of what came before.

use arx_wire::hash::LabelledHash;

use crate::channel::{Phase, PhaseKind};

/// `H(L("arx/v1/transcript/entry") || count u32 || per payload: length u64 || payload)`.
pub(crate) fn entry(payloads: &[impl AsRef<[u8]>]) -> [u8; 32] {
    let hash = LabelledHash::new("arx/v1/transcript/entry").u32(payloads.len() as u32);
    let add = |hash: LabelledHash, payload: &[u8]| hash.u64(payload.len() as u64).bytes(payload);
    payloads.iter().fold(hash, |hash, payload| add(hash, payload.as_ref())).finish()
}

/// `H(L("arx/v1/transcript/next") || digest || phase 5 || entry)`.
pub(crate) fn next(digest: &[u8; 32], phase: Phase, entry: &[u8; 32]) -> [u8; 32] {
    LabelledHash::new("arx/v1/transcript/next").bytes(digest).bytes(&phase.to_bytes()).bytes(entry).finish()
}

/// The end of a transcript, from its last opening on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastOpening {
    /// The digest before it.
    pub(crate) before: [u8; 32],
    pub(crate) phase: Phase,
    /// What was said in it, by party; or what it came to, where it is no broadcast.
    pub(crate) payloads: Vec<Vec<u8>>,
    /// What followed: phases, and the digests of what was said in them.
    pub(crate) after: Vec<(Phase, [u8; 32])>,
}

impl LastOpening {
    /// Continues the end of a transcript, or begins it anew.
    pub(crate) fn follow(
        end: &mut Option<Self>,
        before: [u8; 32],
        phase: Phase,
        payloads: &[impl AsRef<[u8]>],
        entry: [u8; 32],
    ) {
        if phase.kind == PhaseKind::Open {
            let payloads = payloads.iter().map(|payload| payload.as_ref().to_vec()).collect();
            *end = Some(Self { before, phase, payloads, after: Vec::new() });
        } else if let Some(end) = end {
            end.after.push((phase, entry));
        }
    }

    /// The digest of the transcript that ends so; `None` if there is a later opening in it, or this is none.
    pub(crate) fn digest(&self) -> Option<[u8; 32]> {
        let is_opening = |phase: &Phase| phase.kind == PhaseKind::Open;
        if !is_opening(&self.phase) || self.after.iter().any(|(phase, _)| is_opening(phase)) {
            return None;
        }
        let digest = next(&self.before, self.phase, &entry(&self.payloads));
        Some(self.after.iter().fold(digest, |digest, (phase, entry)| next(&digest, *phase, entry)))
    }

    /// The sum of what was said: the bits that were opened, in whole bytes; `None` if the payloads are not of one length.
    pub(crate) fn opened(&self) -> Option<Vec<u8>> {
        let (first, rest) = self.payloads.split_first()?;
        rest.iter().try_fold(first.clone(), |mut sum, payload| {
            sum.iter_mut().zip(payload).for_each(|(sum, byte)| *sum ^= byte);
            (payload.len() == sum.len()).then_some(sum)
        })
    }
}
