//! Preprocessing against all parties but one: random authenticated bits and AND triples, by oblivious transfer.
//!
//! The parties run a [`Producer`] each over a session of their own, whose name is the batch's. It makes a
//! global key for the batch, then bits and triples in any order that all parties follow, and hands them to a
//! [`Sink`] as it goes; [`Producer::finish`] releases the batch. An error burns it ([`PreprocessingError`]).
//!
//! | step | protocol | module |
//! | --- | --- | --- |
//! | base transfers | [MR19] | `mpc_ot::base_ot` |
//! | correlated transfers, checked | SoftSpokenOT [Roy22] | `mpc_ot::correlated` |
//! | one global key towards all peers | [WRK17], authenticated shares | `keys` |
//! | one bit towards all peers | [WRK17], [HSS17], merged with Roy's check | `extension` |
//! | leaky ANDs | [WRK17], [YWZ20] | `leaky` |
//! | their check, buckets | [WRK17], [YWZ20] | `triples`, [`bucket`] |
//! | triples over GF(2^128) | COPEe with combining and sacrifice, MASCOT [KOS16] | `field` |
//! | scalars and triples of them | MASCOT [KOS16] with pairwise MACs | [`scalars`] |
//! | bits under a state key too | as bits, with two key sets | `state` |
//!
//! Statistical security is 2^-40 for buckets and 2^-100 or better for everything else. Sizes of messages, for one
//! party and peer: 128/k bits per correlated transfer (three per leaky AND), 16 bytes and one bit per leaky AND, and
//! `B - 1` bits per triple; `k` is [`Parameters::parts`].
//!
//! Memory: all leaky ANDs of one *group* of triples, 96 bytes each and for each peer, and a few megabytes. Groups
//! of a batch share its global key; the permutation is over one group.
//!
//! ```
//! use futures::executor::block_on;
//! use futures::future::try_join_all;
//! use mpc::correlation::CorrelationSource;
//! use mpc::preprocessing::{MemoryStock, Parameters, Producer};
//! use mpc::Session;
//!
//! let parties = mpc::memory::mesh(2).into_iter().enumerate().map(|(i, channel)| async move {
//!     let session = Session::new(channel, [7; 32]);
//!     let parameters = Parameters::for_stock(2, 384)?; // At least 384 triples.
//!     let mut producer = Producer::start(session, [i as u8; 32], parameters).await?;
//!     let mut stock = MemoryStock::default();
//!     producer.bits(128, &mut stock).await?;
//!     producer.triples(&mut stock).await?;
//!     let (_, released) = producer.finish().await?;
//!     Ok::<_, mpc::preprocessing::PreprocessingError>(stock.into_source(released, &[]))
//! });
//! let mut sources = block_on(try_join_all(parties))?;
//! let [first, second] = &mut sources[..] else { unreachable!() };
//! let (p, q) = (first.bits(1).unwrap(), second.bits(1).unwrap());
//! // P_0's MAC is P_1's key, plus P_1's global key if P_0's bit is one.
//! let (mac, key) = (p.macs()[1][0], q.keys()[0][0]);
//! assert_eq!(mac, if p.share(0) { key + second.delta() } else { key });
//! # Ok::<(), mpc::preprocessing::PreprocessingError>(())
//! ```

pub mod bucket;
mod error;
mod extension;
mod field;
mod keys;
mod leaky;
mod party;
pub mod replay;
pub mod scalars;
mod state;
mod stock;
mod triples;

use mpc_field::{Gf128, Scalar, ScalarField};
pub use mpc_ot::correlated::PartBits;
use mpc_ot::linear::LinearField;
use zeroize::Zeroizing;

pub use error::PreprocessingError;
pub use state::StateKey;
pub use stock::{MemorySource, MemoryStock, Released, Sink};

use crate::channel::Channel;
use crate::correlation::{BatchId, StockError};
use crate::session::Session;
use extension::Extension;
use keys::KeySet;
#[cfg(feature = "testing")]
pub use party::Cheat;
#[cfg(not(feature = "testing"))]
use party::Cheat;
use party::{Party, first_half};
use scalars::{AuthScalars, ScalarKeys, ScalarTriples};
use triples::Group;

/// The number of the field of scalars for signatures.
const SIGNING_SCALARS: u8 = u8::MAX;

/// The batch's own key set; state keys have others.
const BATCH_KEYS: u8 = 0;

/// How a batch is made. The same at all parties.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    /// Triples of a group, a multiple of 128.
    pub triples: usize,
    /// Leaky ANDs for each, at least [`bucket::bucket_size`] of them.
    pub bucket: usize,
    /// Leaky ANDs that are made between two checks of correlated transfers, a multiple of 128.
    pub stretch: usize,
    /// Bytes sent against work, in correlated transfer.
    pub parts: PartBits,
}

impl Parameters {
    /// Triples of a full group for this many parties: with buckets of 3 for up to three parties, where a group's
    /// leaky ANDs take 85 MB for each peer; with buckets of 4 for more.
    pub const fn full_group(parties: u8) -> usize {
        if parties <= 3 { 2304 * 128 } else { 256 * 128 }
    }

    /// For stocks of many groups.
    ///
    /// # Errors
    /// [`PreprocessingError::Parameters`].
    pub fn for_parties(parties: u8) -> Result<Self, PreprocessingError> {
        Self::for_stock(parties, Self::full_group(parties))
    }

    /// For groups of at least `triples` triples, and no more than a full one: what a small stock needs at once.
    ///
    /// # Errors
    /// [`PreprocessingError::Parameters`] if there is no safe size of buckets for so few.
    pub fn for_stock(parties: u8, triples: usize) -> Result<Self, PreprocessingError> {
        let triples = triples.next_multiple_of(128).min(Self::full_group(parties));
        let bucket = bucket::bucket_size(triples).ok_or(PreprocessingError::Parameters {
            triples,
            bucket: 0,
            why: "there is no safe size of buckets for so few triples",
        })?;
        Ok(Self { triples, bucket, stretch: 1 << 14, parts: PartBits::TWO })
    }

    fn check(&self) -> Result<(), PreprocessingError> {
        let refuse = |why| PreprocessingError::Parameters { triples: self.triples, bucket: self.bucket, why };
        match bucket::bucket_size(self.triples) {
            None => return Err(refuse("there is no safe size of buckets for so few triples")),
            Some(least) if self.bucket < least => {
                return Err(refuse("the buckets are too small for 2^-40"));
            }
            Some(_) => {}
        }
        if !self.triples.is_multiple_of(128) || !self.stretch.is_multiple_of(128) || self.stretch == 0 {
            return Err(refuse("triples and stretches come in blocks of 128"));
        }
        if self.triples.checked_mul(self.bucket).is_none_or(|total| u32::try_from(total).is_err()) {
            return Err(refuse("a group has at most 2^32 leaky ANDs"));
        }
        Ok(())
    }
}

/// One party at work on a batch.
pub struct Producer<C> {
    party: Party<C>,
    keys: KeySet,
    parameters: Parameters,
    group: Group,
    leaky_ands: u64,
    field_bits: u64,
    scalar_bits: u64,
    /// Made when they are asked for first.
    signing_keys: Option<ScalarKeys<Scalar>>,
}

impl<C: Channel> Producer<C> {
    /// Begins the batch named by the session. `seed` must be random, secret, and used for this batch alone: the
    /// global key and everything else that this party draws come from it.
    ///
    /// # Errors
    /// [`PreprocessingError`].
    pub async fn start(
        session: Session<C>,
        seed: [u8; 32],
        parameters: Parameters,
    ) -> Result<Self, PreprocessingError> {
        Self::begin(Party::new(session, seed), parameters).await
    }

    /// As [`start`](Self::start), for a party that cheats.
    ///
    /// # Errors
    /// [`PreprocessingError`].
    #[cfg(feature = "testing")]
    pub async fn start_cheating(
        session: Session<C>,
        seed: [u8; 32],
        parameters: Parameters,
        cheat: Cheat,
    ) -> Result<Self, PreprocessingError> {
        let mut party = Party::new(session, seed);
        party.cheat = Some(cheat);
        Self::begin(party, parameters).await
    }

    async fn begin(mut party: Party<C>, parameters: Parameters) -> Result<Self, PreprocessingError> {
        parameters.check()?;
        let drawn = party.secret("global key", 0);
        let drawn = Zeroizing::new(u128::from_le_bytes(first_half(&drawn)));
        let lowest = party.me().0 == 0;
        let lowest = if party.cheat == Some(Cheat::WrongLowestBit) { !lowest } else { lowest };
        let global_key = Gf128::from_bits(*drawn & !1 | u128::from(lowest));
        let keys = KeySet::set_up(&mut party, BATCH_KEYS, global_key, parameters.parts).await?;
        Ok(Self {
            party,
            keys,
            parameters,
            group: Group::new(),
            leaky_ands: 0,
            field_bits: 0,
            scalar_bits: 0,
            signing_keys: None,
        })
    }

    /// Makes `count` random authenticated bits, or up to 127 more.
    ///
    /// # Errors
    /// [`PreprocessingError`].
    pub async fn bits(&mut self, count: usize, sink: &mut impl Sink) -> Result<(), PreprocessingError> {
        let mut left = count.div_ceil(128);
        let mut extension = Extension::new(0);
        while left > 0 {
            let blocks = left.min(self.parameters.stretch / 128);
            extension.set_blocks(blocks);
            extension.run(&mut self.party, &mut [&mut self.keys]).await?;
            sink.bits(extension.authenticated(&self.party, 0, 0, blocks)?)?;
            left -= blocks;
        }
        Ok(())
    }

    /// Makes one group of triples.
    ///
    /// # Errors
    /// [`PreprocessingError`].
    pub async fn triples(&mut self, sink: &mut impl Sink) -> Result<(), PreprocessingError> {
        let Self { party, keys, parameters, group, leaky_ands, .. } = self;
        group.run(party, keys, parameters, *leaky_ands, sink).await?;
        *leaky_ands += (parameters.triples * parameters.bucket) as u64;
        Ok(())
    }

    /// Makes `count` triples over GF(2^128).
    ///
    /// # Errors
    /// [`PreprocessingError`].
    pub async fn field_triples(
        &mut self,
        count: usize,
        sink: &mut impl Sink,
    ) -> Result<(), PreprocessingError> {
        let triples = field::make(&mut self.party, &mut self.keys, count, self.field_bits).await?;
        self.field_bits += (count * field::BITS_PER_TRIPLE) as u64;
        Ok(sink.field_triples(triples)?)
    }

    /// Makes `count` random authenticated scalars for the nonces of signatures.
    ///
    /// # Errors
    /// [`PreprocessingError`].
    pub async fn signing_scalars(
        &mut self,
        count: usize,
        sink: &mut impl Sink,
    ) -> Result<(), PreprocessingError> {
        let keys = match &mut self.signing_keys {
            Some(keys) => keys,
            none => none.insert(ScalarKeys::set_up(&mut self.party, SIGNING_SCALARS).await?),
        };
        let scalars = keys.random(&mut self.party, count).await?;
        Ok(sink.scalars(keys.global_key(), scalars)?)
    }

    /// Makes keys to scalars of the field `F`, for this batch. Once for a field; `number` tells fields apart, and is below 255.
    ///
    /// # Errors
    /// [`PreprocessingError`].
    pub async fn scalar_keys<F: ScalarField + LinearField>(
        &mut self,
        number: u8,
    ) -> Result<ScalarKeys<F>, PreprocessingError> {
        if number == SIGNING_SCALARS {
            return Err(
                StockError::Damaged { what: "number 255 is that of the scalars for signatures" }.into()
            );
        }
        ScalarKeys::set_up(&mut self.party, number).await
    }

    /// Makes `count` random authenticated scalars. As everything else, not to be used before the batch is
    /// released.
    ///
    /// # Errors
    /// [`PreprocessingError`].
    pub async fn scalars<F: ScalarField + LinearField>(
        &mut self,
        keys: &mut ScalarKeys<F>,
        count: usize,
    ) -> Result<AuthScalars<F>, PreprocessingError> {
        keys.random(&mut self.party, count).await
    }

    /// Makes `count` triples of scalars. As everything else, not to be used before the batch is released.
    ///
    /// # Errors
    /// [`PreprocessingError`].
    pub async fn scalar_triples<F: ScalarField + LinearField>(
        &mut self,
        keys: &mut ScalarKeys<F>,
        count: usize,
    ) -> Result<ScalarTriples<F>, PreprocessingError> {
        let made = keys.triples(&mut self.party, &mut self.keys, count, self.scalar_bits).await?;
        self.scalar_bits += (count * scalars::BITS_PER_TRIPLE) as u64;
        Ok(made)
    }

    /// Makes `count` bits, or up to 127 more, that are authenticated under the batch's keys and a state key.
    ///
    /// `reserve` is called with the number of blocks of the state key that are used when this is through, before
    /// anything is sent, and makes it durable: a block that is used twice gives away bits.
    ///
    /// # Errors
    /// [`PreprocessingError`]. The state key itself is not burned by it, but for an error that says that a peer
    /// failed the proof of one key or the check of transfers; such failures are counted by the caller, who retires
    /// the key after twenty.
    pub async fn state_bits(
        &mut self,
        key: &mut StateKey,
        count: usize,
        reserve: impl FnMut(u64) -> Result<(), StockError> + Send,
        sink: &mut impl Sink,
    ) -> Result<(), PreprocessingError> {
        key.extend(&mut self.party, &mut self.keys, count, reserve, sink).await
    }

    /// Compares transcripts for the last time, which every party does only when all its checks have passed, and
    /// releases the batch.
    ///
    /// # Errors
    /// [`PreprocessingError`].
    pub async fn finish(mut self) -> Result<(Session<C>, Released), PreprocessingError> {
        self.party.session.confirm().await?;
        let released = Released {
            batch: BatchId(*self.party.session.id()),
            me: self.party.me(),
            parties: self.party.parties(),
            global_key: self.keys.global_key(),
        };
        Ok((self.party.session, released))
    }
}
