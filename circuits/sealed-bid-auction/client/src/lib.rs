//! Sealed-bid second-price auction: the client.
//!
//! A seller opens an auction and closes it after its end; bidders lock a deposit and submit a bid that nobody but the
//! cluster's nodes together can open, and get a receipt that only they can read. What is hidden and what is not is told in
//! the README beside the circuit.
//!
//! # Layout
//! - [`generated`]: typed arguments and outputs of the circuit, written by `arx build`
//! - here: [`AuctionClient`], one method per step
//! - `instructions`: the program's instructions with their accounts
//!
//! ```no_run
//! # async fn story(
//! #     chain: arx_sdk::Client, cluster: arx_sdk::PinnedCluster,
//! #     seller: solana_keypair::Keypair, bidder: solana_keypair::Keypair,
//! # ) -> Result<(), arx_sdk::Error> {
//! use sealed_bid_auction_client::{AuctionClient, Terms};
//!
//! let auctions = AuctionClient::connect(chain, cluster).await?;
//! let end_slot = auctions.chain().slot().await? + 500;
//! let terms = Terms { id: 0, reserve: 1_000, deposit: 1_000_000, end_slot };
//! let opening = auctions.create(&seller, terms).await?;
//! auctions.chain().await_delivered(&opening.computation, &mut |step| println!("{step:?}")).await?;
//!
//! let bid = auctions.bid(&bidder, &opening.auction, 420_000).await?;
//! let settled = auctions.chain().await_delivered(&bid.computation, &mut |step| println!("{step:?}")).await?;
//! let receipt = auctions.receipt(&bid, settled).await?;
//! assert_eq!(receipt.counted, 420_000);
//! # Ok(())
//! # }
//! ```

use arx_anchor::Call as CallOptions;
use arx_sdk::{
    Call, CallId, Client, Definition, Deployable, Error, PinnedCluster, RecipientSeed, SealedCall, Settled,
    circuit::PublicKey, client::Landed,
};
use futures::future::try_join_all;
use sealed_bid_auction::{
    instructions::AuctionTerms,
    state::{Auction, Bid, auction_address, bid_address},
};
use sealed_bid_auction_circuit::artifacts;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;
use zeroize::Zeroizing;

#[rustfmt::skip]
pub mod generated;
mod instructions;

pub use generated::types::Receipt;
pub use sealed_bid_auction::{self as program, ID as PROGRAM, generated::APPLICATION};

/// How many slots a computation may take until it expires: about one minute.
pub const PATIENCE_SLOTS: u64 = 150;

/// What a seller fixes.
pub type Terms = AuctionTerms;

/// The auction's program on one chain, computed by one cluster.
pub struct AuctionClient {
    chain: Client,
    cluster: PinnedCluster,
    init_auction: Definition<generated::init_auction::InitAuction>,
    place_bid: Definition<generated::place_bid::PlaceBid>,
    close_auction: Definition<generated::close_auction::CloseAuction>,
}

/// An auction that was asked for; it is open when its computation is delivered.
#[derive(Debug)]
pub struct Opening {
    /// The auction.
    pub auction: Pubkey,
    /// The computation that makes its state.
    pub computation: Pubkey,
    /// The transaction.
    pub landed: Landed,
}

/// A bid that was submitted; it counts when its computation is delivered.
#[derive(Debug)]
pub struct Submitted {
    /// The bid's account, which holds the deposit.
    pub bid: Pubkey,
    /// The computation that counts it.
    pub computation: Pubkey,
    /// The transaction.
    pub landed: Landed,
    sealed: SealedCall<generated::place_bid::PlaceBid>,
    recipient: RecipientSeed,
}

/// A closing that was asked for; the auction has its winner when the computation is delivered.
#[derive(Debug)]
pub struct Closing {
    /// The computation that tells winner and price.
    pub computation: Pubkey,
    /// The transaction.
    pub landed: Landed,
    sealed: SealedCall<generated::close_auction::CloseAuction>,
    recipient: RecipientSeed,
}

/// What a closing makes public.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Winner {
    /// Who won; the default key where no bid counted.
    pub bidder: Pubkey,
    /// The price.
    pub price: u64,
}

/// Puts the application on a cluster and its circuits on the chain. `authority` is the program's upgrade authority.
/// Does what is missing, so it can be repeated.
///
/// # Errors
/// Those of [`Client::send`] and [`Client::define`].
pub async fn deploy(
    chain: &Client,
    cluster: &PinnedCluster,
    payer: &Keypair,
    authority: &Keypair,
) -> Result<(), Error> {
    if chain.raw_account(&APPLICATION.mxe).await?.is_none() {
        let initialize = instructions::initialize(payer.pubkey(), authority.pubkey(), cluster.address);
        chain.send("putting the auction on the cluster", &[initialize], &[payer, authority]).await?;
    }
    let circuits = artifacts::ALL.map(|(_, artifact)| Deployable::new(artifact));
    let circuits = circuits.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mxe = APPLICATION.mxe;
    try_join_all(circuits.iter().map(|circuit| chain.define(payer, authority, mxe, circuit))).await?;
    Ok(())
}

/// Bytes of all circuits together.
pub fn artifact_bytes() -> usize {
    artifacts::ALL.iter().map(|(_, artifact)| artifact.len()).sum()
}

impl AuctionClient {
    /// Checks that the chain has the circuits that this client was built for.
    ///
    /// # Errors
    /// [`Error::DefinitionMismatch`] and the like; nothing has been sent then.
    pub async fn connect(chain: Client, cluster: PinnedCluster) -> Result<Self, Error> {
        let mxe = &APPLICATION.mxe;
        Ok(Self {
            init_auction: chain.definition(mxe).await?,
            place_bid: chain.definition(mxe).await?,
            close_auction: chain.definition(mxe).await?,
            chain,
            cluster,
        })
    }

    /// The chain.
    pub const fn chain(&self) -> &Client {
        &self.chain
    }

    /// The cluster.
    pub const fn cluster(&self) -> &PinnedCluster {
        &self.cluster
    }

    /// Opens an auction.
    ///
    /// # Errors
    /// Those of [`Client::send`].
    pub async fn create(&self, seller: &Keypair, terms: Terms) -> Result<Opening, Error> {
        let auction = auction_address(&seller.pubkey(), terms.id).0;
        let (id, call) = self.name(&auction, &seller.pubkey(), u64::MAX).await?;
        let computation = Call::new(&self.cluster, &self.init_auction, id).computation();
        let create = instructions::create(seller.pubkey(), auction, self.cluster.address, terms, call);
        let landed = self.chain.send("creating the auction", &[create], &[seller]).await?;
        Ok(Opening { auction, computation, landed })
    }

    /// Encrypts and submits a bid, with a fresh key for the receipt.
    ///
    /// # Errors
    /// [`Error::NoRandomness`]; those of [`Client::send`].
    pub async fn bid(&self, bidder: &Keypair, auction: &Pubkey, amount: u64) -> Result<Submitted, Error> {
        let prepared = self.prepare_bid(&bidder.pubkey(), auction, amount).await?;
        self.submit_bid(bidder, auction, prepared).await
    }

    /// The first half of [`bid`](Self::bid): everything but sending.
    ///
    /// # Errors
    /// As [`bid`](Self::bid).
    pub async fn prepare_bid(
        &self,
        bidder: &Pubkey,
        auction: &Pubkey,
        amount: u64,
    ) -> Result<PreparedBid, Error> {
        let last_deadline = self.auction(auction).await?.last_bid_deadline();
        let (id, call) = self.name(auction, bidder, last_deadline).await?;
        let recipient = RecipientSeed::from_stored(*random_bytes()?);
        let arguments = generated::place_bid::Arguments { bidder: PublicKey(bidder.to_bytes()), amount };
        let sealed = Call::new(&self.cluster, &self.place_bid, id).encrypt(&arguments, &recipient)?;
        let ciphertext = sealed.sealed().amount.clone();
        Ok(PreparedBid { ciphertext, call, sealed, recipient })
    }

    /// The second half of [`bid`](Self::bid).
    ///
    /// # Errors
    /// Those of [`Client::send`].
    pub async fn submit_bid(
        &self,
        bidder: &Keypair,
        auction: &Pubkey,
        prepared: PreparedBid,
    ) -> Result<Submitted, Error> {
        let PreparedBid { ciphertext, call, sealed, recipient } = prepared;
        let cluster = self.cluster.address;
        let place = instructions::place_bid(bidder.pubkey(), *auction, cluster, ciphertext, call);
        let landed = self.chain.send("placing the bid", &[place], &[bidder]).await?;
        let (bid, _) = bid_address(auction, &bidder.pubkey());
        Ok(Submitted { bid, computation: sealed.call().computation(), landed, sealed, recipient })
    }

    /// Reads the receipt of a bid: verifies the members' signatures and the tags, and that the chain has the bid as it was
    /// sent.
    ///
    /// # Errors
    /// [`Error::NoResult`] with the reason where the bid was not counted; those of [`Client::open`].
    pub async fn receipt(&self, bid: &Submitted, settled: Settled) -> Result<Receipt, Error> {
        let outputs = self.chain.open(&self.cluster, &bid.sealed, settled, &bid.recipient).await?;
        Ok(outputs.output_1)
    }

    /// Asks the cluster who won; anyone may, after the end.
    ///
    /// # Errors
    /// Those of [`Client::send`].
    pub async fn close(&self, caller: &Keypair, auction: &Pubkey) -> Result<Closing, Error> {
        let (id, call) = self.name(auction, &caller.pubkey(), u64::MAX).await?;
        let recipient = RecipientSeed::from_stored(*random_bytes()?);
        let arguments = generated::close_auction::Arguments {};
        let sealed = Call::new(&self.cluster, &self.close_auction, id).encrypt(&arguments, &recipient)?;
        let close = instructions::close(caller.pubkey(), *auction, self.cluster.address, call);
        let landed = self.chain.send("closing the auction", &[close], &[caller]).await?;
        Ok(Closing { computation: sealed.call().computation(), landed, sealed, recipient })
    }

    /// Reads what a closing made public, as all members signed it.
    ///
    /// # Errors
    /// [`Error::NoResult`] with the reason; those of [`Client::open`].
    pub async fn winner(&self, closing: &Closing, settled: Settled) -> Result<Winner, Error> {
        let outputs = self.chain.open(&self.cluster, &closing.sealed, settled, &closing.recipient).await?;
        Ok(Winner { bidder: Pubkey::new_from_array(outputs.output_0.0), price: outputs.output_1 })
    }

    /// Pays the seller out of the winner's deposit; anyone may.
    ///
    /// # Errors
    /// Those of [`Client::send`].
    pub async fn settle(
        &self,
        payer: &Keypair,
        auction: &Pubkey,
        seller: &Pubkey,
        winner: &Pubkey,
    ) -> Result<Landed, Error> {
        let settle = instructions::settle(*auction, *seller, *winner);
        self.chain.send("settling the auction", &[settle], &[payer]).await
    }

    /// Returns what is left of a bidder's deposit; anyone may.
    ///
    /// # Errors
    /// Those of [`Client::send`].
    pub async fn withdraw(
        &self,
        payer: &Keypair,
        auction: &Pubkey,
        bidder: &Pubkey,
    ) -> Result<Landed, Error> {
        let withdraw = instructions::withdraw(*auction, *bidder);
        self.chain.send("withdrawing a deposit", &[withdraw], &[payer]).await
    }

    /// An auction.
    ///
    /// # Errors
    /// Those of [`Client::fetch`].
    pub async fn auction(&self, address: &Pubkey) -> Result<Auction, Error> {
        self.chain.fetch("auction", &PROGRAM, address).await
    }

    /// A bidder's bid.
    ///
    /// # Errors
    /// Those of [`Client::fetch`].
    pub async fn bid_of(&self, auction: &Pubkey, bidder: &Pubkey) -> Result<Bid, Error> {
        self.chain.fetch("bid", &PROGRAM, &bid_address(auction, bidder).0).await
    }

    /// Names a new call, with a random counter: no other call has it, and nothing needs to be remembered.
    async fn name(
        &self,
        auction: &Pubkey,
        authority: &Pubkey,
        last_deadline: u64,
    ) -> Result<(CallId, CallOptions), Error> {
        let counter = u64::from_le_bytes(*random_bytes()?);
        let deadline = self.chain.slot().await?.saturating_add(PATIENCE_SLOTS).min(last_deadline);
        let id = CallId { instance: *auction, authority: *authority, counter, not_after: deadline };
        let epoch = self.cluster.epoch;
        Ok((id, CallOptions { counter, epoch, not_after: deadline, deadline, priority_fee: 0 }))
    }
}

/// A bid that is encrypted but not sent.
#[derive(Debug)]
pub struct PreparedBid {
    /// What will be sent: recipient key and ciphertext. Public, so that tests can tamper with it.
    pub ciphertext: Vec<u8>,
    /// Counter, epoch and deadlines.
    pub call: CallOptions,
    sealed: SealedCall<generated::place_bid::PlaceBid>,
    recipient: RecipientSeed,
}

impl PreparedBid {
    /// The encrypted call.
    pub const fn sealed(&self) -> &SealedCall<generated::place_bid::PlaceBid> {
        &self.sealed
    }
}

fn random_bytes<const N: usize>() -> Result<Zeroizing<[u8; N]>, Error> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(&mut *bytes).map_err(|error| Error::NoRandomness { why: error.to_string() })?;
    Ok(bytes)
}
