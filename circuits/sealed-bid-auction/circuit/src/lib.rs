//! Sealed-bid second-price auction: the circuit.
//!
//! Nobody sees a bid, ever, but the one price that is paid. The highest bid wins and pays the second highest, or the
//! reserve where that is more (a Vickrey auction): so the best bid for everyone is what the item is worth to them, and
//! nothing is to be learned from waiting for the bids of others.
//!
//! - A bid counts if it is at least the reserve. A bid of zero never counts.
//! - Of equal bids, the first one wins.
//! - A bidder learns from the receipt, alone, what was counted: not whether the bid leads.
//! - While the auction runs, its state is encrypted for the cluster. When it is closed, winner and price become public;
//!   the winning bid and all others stay secret.
//!
//! The module runs natively too, which is how the tests here state what it means. It is compiled to the artifacts in
//! `artifacts/`, which are committed, so that nothing but this crate is needed to run an auction ([`artifacts`]).

use arcis::encrypted;

pub mod artifacts;

/// The circuits.
#[encrypted]
pub mod circuits {
    use arcis::*;

    /// The state of an auction.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Auction {
        /// The least amount that counts.
        pub reserve: u64,
        /// The highest amount counted, 0 at first.
        pub highest: u64,
        /// The second highest amount counted, 0 at first.
        pub second: u64,
        /// Who bid the highest amount; the default key at first.
        pub winner: SolanaPublicKey,
    }

    /// What a bidder learns at once.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Receipt {
        /// The amount that was counted: the bid's, or 0.
        pub counted: u64,
        /// Whether the bid met the reserve.
        pub met_reserve: bool,
    }

    impl Auction {
        fn new(reserve: u64) -> Auction {
            Auction { reserve, highest: 0, second: 0, winner: SolanaPublicKey::default() }
        }

        fn count(&mut self, bidder: SolanaPublicKey, amount: u64) -> Receipt {
            let met_reserve = amount >= self.reserve;
            if met_reserve {
                if amount > self.highest {
                    self.second = self.highest;
                    self.highest = amount;
                    self.winner = bidder;
                } else if amount > self.second {
                    self.second = amount;
                }
            }
            Receipt { counted: if met_reserve { amount } else { 0 }, met_reserve }
        }

        fn price(&self) -> u64 {
            if self.second > self.reserve { self.second } else { self.reserve }
        }
    }

    /// Starts an auction. Everybody knows the reserve.
    #[instruction]
    pub fn init_auction(reserve: u64) -> Enc<Mxe, Auction> {
        Mxe::get().from_arcis(Auction::new(reserve))
    }

    /// Counts a bid, and gives its bidder a receipt. Who bids is in the clear, for the Solana program says it, not the
    /// bidder: so nobody can bid in another's name.
    #[instruction]
    pub fn place_bid(
        bidder: SolanaPublicKey,
        amount: Enc<Shared, u64>,
        state: Enc<Mxe, Auction>,
    ) -> (Enc<Mxe, Auction>, Enc<Shared, Receipt>) {
        let mut auction = state.to_arcis();
        let receipt = auction.count(bidder, amount.to_arcis());
        (state.owner.from_arcis(auction), amount.owner.from_arcis(receipt))
    }

    /// Ends an auction: who won, and the price. Without a bid that counted, the winner is the default key, and the price
    /// is the reserve.
    #[instruction]
    pub fn close_auction(state: Enc<Mxe, Auction>) -> (SolanaPublicKey, u64) {
        let auction = state.to_arcis();
        (auction.winner.reveal(), auction.price().reveal())
    }
}
