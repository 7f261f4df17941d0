//! The sealed-bid auction, whole: opened, bid on, closed, settled, paid out, and compared with the same auction in the
//! clear.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use arx_sdk::{Client, PinnedCluster, client::Cost, program::ID as ARX};
use futures::future::try_join_all;
use sealed_bid_auction_client::{
    self as application, AuctionClient, Opening, Submitted, Terms, Winner, program::state::Phase,
};
use serde::Serialize;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signature::Signature;
use solana_signer::Signer;
use solana_system_interface::instruction::transfer;

use super::{AuctionOptions, ComputationReport, follow};
use crate::{
    network::{Description, connect},
    report::{Report, seconds},
};

/// Lamports of everyone in the story.
const PURSE: u64 = 20_000_000_000;
const RESERVE: u64 = 100_000_000;
const DEPOSIT: u64 = 2_000_000_000;

/// When the story began.
#[derive(Clone, Copy, Debug)]
pub struct Clock(Instant);

impl Clock {
    /// Now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}

/// How it went: what `--json` prints.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// Whether everything was as it must be.
    pub ok: bool,
    /// What was not.
    pub mismatches: Vec<String>,
    /// Seconds from nothing running to the first computation's callback.
    pub seconds_to_first_result: f64,
    /// Median of the seconds from a bid's submission to its callback.
    pub bid_seconds_median: f64,
    /// Rounds of one bid's computation.
    pub rounds: u64,
    /// Bytes that the busiest node sent in one bid's computation.
    pub bytes_per_node: u64,
    /// Bytes of all circuits of the auction together.
    pub artifact_bytes: usize,
    /// Most compute units of every instruction that ran, programs that it called included.
    pub compute_units: BTreeMap<String, u64>,
    /// Lamports that the members and the treasury earned.
    pub fees_lamports: u64,
    /// The computations.
    pub computations: Vec<ComputationReport>,
}

/// Tells the story on a network that runs.
///
/// # Errors
/// What stops it. That it came out differently than in the clear is no error but in the outcome.
pub async fn tell(
    options: &AuctionOptions,
    network: &Description,
    begun: Clock,
    report: &Report,
) -> anyhow::Result<Outcome> {
    let (client, cluster, wallet) = connect(network).await?;
    report.heading("Application");
    let step = report.step("circuits");
    application::deploy(&client, &cluster, &wallet, &wallet).await?;
    let artifact_bytes = application::artifact_bytes();
    let auctions = AuctionClient::connect(client.clone(), cluster.clone()).await?;
    step.done(format!("{artifact_bytes} bytes, on chain and checked there"));

    let step = report.step("people");
    let seller = Keypair::new();
    let bidders: Vec<_> = (0..options.bids).map(|number| Bidder::new(number.into())).collect();
    fund(&client, &wallet, &seller, &bidders).await?;
    step.done(format!("a seller and {} bidders", bidders.len()));

    let mut story = Story {
        network,
        client,
        cluster,
        auctions,
        wallet,
        seller,
        bidders,
        report,
        transactions: Vec::new(),
        computations: Vec::new(),
        mismatches: Vec::new(),
    };
    let earned = story.earned().await?;
    report.heading("Auction");
    let opening = story.open(options.bidding_slots()).await?;
    let seconds_to_first_result = begun.elapsed().as_secs_f64();
    let submitted = story.bid(&opening.auction).await?;
    let winner = story.close(&opening.auction).await?;
    story.settle(&opening.auction, winner).await?;
    story.check(&opening.auction, &submitted, winner).await?;
    let fees_lamports = story.earned().await?.saturating_sub(earned);
    report.line(&format!("  {:<22} {fees_lamports} lamports, earned by the cluster's members", "fees"));

    let compute_units = story.compute_units().await?;
    let bids: Vec<_> =
        story.computations.iter().filter(|computation| computation.name.starts_with("bid")).collect();
    let outcome = Outcome {
        ok: story.mismatches.is_empty(),
        seconds_to_first_result,
        bid_seconds_median: median(bids.iter().map(|bid| bid.seconds).collect()),
        rounds: bids.iter().map(|bid| bid.online.rounds).max().unwrap_or_default(),
        bytes_per_node: bids.iter().map(|bid| bid.online.bytes_per_node).max().unwrap_or_default(),
        artifact_bytes,
        compute_units,
        fees_lamports,
        mismatches: story.mismatches,
        computations: story.computations,
    };
    conclude(&outcome, begun, report);
    Ok(outcome)
}

/// Someone who bids.
struct Bidder {
    keys: Keypair,
    amount: u64,
}

impl Bidder {
    /// The amounts go up and down, and the third is below the reserve.
    fn new(number: u64) -> Self {
        let amount = match number {
            2 => RESERVE / 2,
            number => RESERVE + (number * 7 + 3) % 11 * 150_000_000 + number * 1_000_000,
        };
        Self { keys: Keypair::new(), amount: amount.min(DEPOSIT) }
    }
}

/// The auction in the clear: who wins, and the price.
fn in_the_clear(bids: &[(Pubkey, u64)]) -> Option<(Pubkey, u64)> {
    let counted = || bids.iter().filter(|(_, amount)| *amount >= RESERVE);
    // Of equal bids the first one wins, and `max_by_key` gives the last.
    let (winner, _) = *counted().rev().max_by_key(|(_, amount)| *amount)?;
    let second = counted().filter(|(bidder, _)| *bidder != winner).map(|(_, amount)| *amount).max();
    Some((winner, second.unwrap_or(RESERVE)))
}

struct Story<'a> {
    network: &'a Description,
    client: Client,
    cluster: PinnedCluster,
    auctions: AuctionClient,
    wallet: Keypair,
    seller: Keypair,
    bidders: Vec<Bidder>,
    report: &'a Report,
    transactions: Vec<Signature>,
    computations: Vec<ComputationReport>,
    mismatches: Vec<String>,
}

impl Story<'_> {
    fn expect(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            let what = what();
            self.report.line(&format!("  MISMATCH: {what}"));
            self.mismatches.push(what);
        }
    }

    async fn open(&mut self, bidding_slots: u64) -> anyhow::Result<Opening> {
        let end_slot = self.client.slot().await? + bidding_slots;
        let sent = Instant::now();
        let opening = self
            .auctions
            .create(&self.seller, Terms { id: 0, reserve: RESERVE, deposit: DEPOSIT, end_slot })
            .await?;
        self.transactions.push(opening.landed.signature);
        let (computation, settled) = follow(
            &self.client,
            self.network,
            "open",
            &opening.computation,
            sent,
            &opening.landed,
            self.report,
        )
        .await?;
        settled.finalized()?;
        self.computations.push(computation);
        let auction = self.auctions.auction(&opening.auction).await?;
        ensure!(auction.phase == Phase::Open, "the auction did not open: it is {:?}", auction.phase);
        Ok(opening)
    }

    /// The first bid alone, so that its phases are seen undisturbed; then all others at once: they queue for one cell.
    async fn bid(&mut self, auction: &Pubkey) -> anyhow::Result<Vec<Submitted>> {
        let mut submitted = Vec::new();
        let mut computations = Vec::new();
        let numbered: Vec<_> = (1..).zip(&self.bidders).collect();
        let (first, others) = numbered.split_at(1);
        for together in [first, others] {
            let bids = together.iter().map(|(number, bidder)| self.one_bid(*number, bidder, auction));
            for (bid, computation) in try_join_all(bids).await? {
                self.transactions.push(bid.landed.signature);
                submitted.push(bid);
                computations.push(computation);
            }
        }
        self.computations.extend(computations);
        Ok(submitted)
    }

    async fn one_bid(
        &self,
        number: u32,
        bidder: &Bidder,
        auction: &Pubkey,
    ) -> anyhow::Result<(Submitted, ComputationReport)> {
        let sent = Instant::now();
        let bid = self.auctions.bid(&bidder.keys, auction, bidder.amount).await.with_context(|| {
            format!("bid {number} (where bidding ended before, give it more time with `--bidding SLOTS`)")
        })?;
        let name = format!("bid {number}");
        let (computation, settled) =
            follow(&self.client, self.network, &name, &bid.computation, sent, &bid.landed, self.report)
                .await?;
        let receipt = self.auctions.receipt(&bid, settled).await?;
        let met = bidder.amount >= RESERVE;
        ensure!(
            receipt.counted == if met { bidder.amount } else { 0 } && receipt.met_reserve == met,
            "the receipt of bid {number} says something else than was bid"
        );
        self.report.line(&format!(
            "  {:<22} {}, signed by all members, read by its bidder alone",
            "  receipt",
            if met { "counted" } else { "below the reserve" }
        ));
        Ok((bid, computation))
    }

    async fn close(&mut self, auction: &Pubkey) -> anyhow::Result<Winner> {
        self.wait_for_the_end(auction).await?;
        let sent = Instant::now();
        let closing = self.auctions.close(&self.seller, auction).await?;
        self.transactions.push(closing.landed.signature);
        let (computation, settled) = follow(
            &self.client,
            self.network,
            "close",
            &closing.computation,
            sent,
            &closing.landed,
            self.report,
        )
        .await?;
        self.computations.push(computation);
        Ok(self.auctions.winner(&closing, settled).await?)
    }

    async fn wait_for_the_end(&self, auction: &Pubkey) -> anyhow::Result<()> {
        let (from, end) = (self.client.slot().await?, self.auctions.auction(auction).await?.end_slot);
        let mut step = self.report.step("end of bidding");
        loop {
            let slot = self.client.slot().await?;
            if slot >= end {
                step.done(format!("slot {end}"));
                return Ok(());
            }
            step.progress(slot.saturating_sub(from), end.saturating_sub(from), "bids are taken until then");
            tokio::time::sleep(Duration::from_millis(self.network.slot_time)).await;
        }
    }

    async fn settle(&mut self, auction: &Pubkey, winner: Winner) -> anyhow::Result<()> {
        let step = self.report.step("settlement");
        let before = self.client.balance(&self.seller.pubkey()).await?;
        let landed =
            self.auctions.settle(&self.wallet, auction, &self.seller.pubkey(), &winner.bidder).await?;
        self.transactions.push(landed.signature);
        let paid = self.client.balance(&self.seller.pubkey()).await?.saturating_sub(before);
        self.expect(paid == winner.price, || format!("the seller received {paid} and not {}", winner.price));
        let withdrawals = self.bidders.iter().map(|bidder| async {
            self.auctions.withdraw(&self.wallet, auction, &bidder.keys.pubkey()).await
        });
        let withdrawals = try_join_all(withdrawals).await?;
        self.transactions.extend(withdrawals.iter().map(|landed| landed.signature));
        step.done(format!("the seller received {paid} lamports, {} deposits returned", withdrawals.len()));
        Ok(())
    }

    async fn check(
        &mut self,
        auction: &Pubkey,
        submitted: &[Submitted],
        winner: Winner,
    ) -> anyhow::Result<()> {
        let bids: Vec<_> = self.bidders.iter().map(|bidder| (bidder.keys.pubkey(), bidder.amount)).collect();
        let clear = in_the_clear(&self.order_of_counting(submitted, &bids).await?);
        let phase = self.auctions.auction(auction).await?.phase;
        let settled = match phase {
            Phase::Settled { winner, price } => Some((winner, price)),
            _ => None,
        };
        self.expect(settled == clear, || {
            format!("the chain settled {phase:?}, in the clear it is {clear:?}")
        });
        self.expect(clear == Some((winner.bidder, winner.price)), || {
            format!("the members signed {winner:?}, in the clear it is {clear:?}")
        });
        let place = bids.iter().position(|(key, _)| clear.is_some_and(|(winner, _)| winner == *key));
        if let (true, Some(place)) = (self.mismatches.is_empty(), place) {
            self.report.line(&format!(
                "  {:<22} bid {} wins and pays {} lamports, the same as in the clear",
                "result",
                place + 1,
                winner.price
            ));
        }
        Ok(())
    }

    /// The bids in the order in which the cluster counted them, for ties.
    async fn order_of_counting(
        &self,
        submitted: &[Submitted],
        bids: &[(Pubkey, u64)],
    ) -> anyhow::Result<Vec<(Pubkey, u64)>> {
        let mut ordered = Vec::new();
        for (submitted, bid) in submitted.iter().zip(bids) {
            let computation = self.client.computation(&submitted.computation).await?;
            let version = computation.result.and_then(|result| result.cell_versions.first().copied());
            ordered.push((version.unwrap_or_default(), *bid));
        }
        ordered.sort_by_key(|(version, _)| *version);
        Ok(ordered.into_iter().map(|(_, bid)| bid).collect())
    }

    /// What the cluster's members and the treasury are owed in all.
    async fn earned(&self) -> anyhow::Result<u64> {
        let cluster = self.client.cluster(&self.cluster.address).await?;
        Ok(cluster.accrued.iter().sum::<u64>() + cluster.treasury_accrued)
    }

    /// The most that every instruction used: of what was sent here, and of what the nodes sent about it.
    async fn compute_units(&self) -> anyhow::Result<BTreeMap<String, u64>> {
        let mut transactions = self.transactions.clone();
        for computation in &self.computations {
            let address = computation.computation.parse()?;
            transactions.extend(self.client.transactions_of(&address).await?);
        }
        transactions.sort();
        transactions.dedup();
        let mut most = BTreeMap::new();
        for signature in transactions {
            for cost in self.client.costs(&signature).await? {
                if let Some(name) = instruction_name(&cost) {
                    let units = most.entry(name).or_default();
                    *units = cost.compute_units.max(*units);
                }
            }
        }
        Ok(most)
    }
}

/// `arx::finalize_computation`; `None` for other programs.
fn instruction_name(cost: &Cost) -> Option<String> {
    let program = match cost.program {
        program if program == ARX => "arx",
        program if program == application::PROGRAM => "auction",
        _ => return None,
    };
    let mut name = String::new();
    for letter in cost.instruction.as_ref()?.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    Some(format!("{program}::{name}"))
}

async fn fund(client: &Client, wallet: &Keypair, seller: &Keypair, bidders: &[Bidder]) -> anyhow::Result<()> {
    let people: Vec<_> =
        std::iter::once(seller.pubkey()).chain(bidders.iter().map(|bidder| bidder.keys.pubkey())).collect();
    let transfers: Vec<_> = people.iter().map(|person| transfer(&wallet.pubkey(), person, PURSE)).collect();
    let sends = transfers.chunks(10).map(|together| async move {
        client.send("funding the people of the story", together, &[wallet]).await
    });
    try_join_all(sends).await?;
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match (values.len(), values.len() / 2) {
        (0, _) => 0.0,
        (length, middle) if length % 2 == 1 => values[middle],
        (_, middle) => f64::midpoint(values[middle - 1], values[middle]),
    }
}

fn conclude(outcome: &Outcome, begun: Clock, report: &Report) {
    report.heading("Numbers");
    report.line(&format!("  {:<22} {:.2} s", "first result after", outcome.seconds_to_first_result));
    report.line(&format!("  {:<22} {:.2} s (median)", "a bid takes", outcome.bid_seconds_median));
    report.line(&format!(
        "  {:<22} {} rounds, {} bytes a node",
        "a bid costs", outcome.rounds, outcome.bytes_per_node
    ));
    for (name, units) in &outcome.compute_units {
        report.line(&format!("  {name:<36} {units:>8} compute units at most"));
    }
    let verdict = if outcome.ok {
        "All results are those of the auction in the clear."
    } else {
        "SOMETHING IS WRONG: see the mismatches above."
    };
    report.line(&format!("\n{verdict}  [{}]", seconds(begun.elapsed())));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bids(amounts: &[u64]) -> Vec<(Pubkey, u64)> {
        (1u8..).zip(amounts).map(|(number, amount)| (Pubkey::new_from_array([number; 32]), *amount)).collect()
    }

    #[test]
    fn the_clear_auction_is_a_second_price_auction() {
        let number = |place: u8| Pubkey::new_from_array([place; 32]);
        assert_eq!(
            in_the_clear(&bids(&[RESERVE + 5, RESERVE + 9, RESERVE + 7])),
            Some((number(2), RESERVE + 7))
        );
        assert_eq!(in_the_clear(&bids(&[RESERVE + 9, RESERVE + 9])), Some((number(1), RESERVE + 9)));
        assert_eq!(in_the_clear(&bids(&[RESERVE + 9, RESERVE - 1])), Some((number(1), RESERVE)));
        assert_eq!(in_the_clear(&bids(&[RESERVE])), Some((number(1), RESERVE)));
        assert_eq!(in_the_clear(&bids(&[RESERVE - 1])), None);
        assert_eq!(in_the_clear(&[]), None);
    }

    #[test]
    fn bidders_bid_different_amounts_and_one_too_little() {
        let amounts: Vec<_> = (0..40).map(|number| Bidder::new(number).amount).collect();
        let mut distinct = amounts.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), amounts.len());
        assert_eq!(amounts.iter().filter(|amount| **amount < RESERVE).count(), 1);
        assert!(amounts.iter().all(|amount| *amount <= DEPOSIT));
    }

    #[test]
    fn a_median_is_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert_eq!(median(Vec::new()), 0.0);
    }

    #[test]
    fn instructions_are_named_as_in_the_source() {
        let cost =
            |program| Cost { program, instruction: Some("FinalizeComputation".into()), compute_units: 1 };
        assert_eq!(instruction_name(&cost(ARX)).as_deref(), Some("arx::finalize_computation"));
        assert_eq!(instruction_name(&cost(Pubkey::new_from_array([1; 32]))), None);
    }
}
