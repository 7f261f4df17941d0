//! A secret option, settled at a price that an oracle signed elsewhere: standard Ed25519, verified by the nodes.
//!
//! Key, price and signature are public, so that verifying costs no AND: the nodes do it in the clear, before the circuit. The
//! Solana program says whose key it is that it passes.

use arcis::encrypted;

/// The circuits.
#[encrypted]
pub mod circuits {
    use arcis::*;

    /// A call option: whoever holds it gets what the price is above the strike, for every unit.
    #[derive(Clone, Copy)]
    pub struct Position {
        /// Of which price.
        pub feed: u32,
        /// The price from which it is worth something.
        pub strike: u64,
        /// How many units of the difference it pays.
        pub units: u32,
        /// Whether it was not exercised yet.
        pub is_open: bool,
    }

    /// The message that stands for a price: the number of the feed, the slot, the price.
    pub fn quote_message(feed: u32, slot: u64, price: u64) -> [u8; 20] {
        let mut message = [0; 20];
        message[..4].copy_from_slice(&feed.to_le_bytes());
        message[4..12].copy_from_slice(&slot.to_le_bytes());
        message[12..].copy_from_slice(&price.to_le_bytes());
        message
    }

    /// Opens a position.
    #[instruction]
    pub fn open(position: Enc<Shared, (u32, u64, u32)>, mxe: Mxe) -> Enc<Mxe, Position> {
        let (feed, strike, units) = position.to_arcis();
        mxe.from_arcis(Position { feed, strike, units, is_open: true })
    }

    /// Settles a position at a signed price of its feed: says whether the signature is one, and what is to be paid, which its
    /// holder alone learns. Nothing changes where the signature is none or the price is one of another feed.
    #[instruction]
    pub fn settle(
        position: Enc<Mxe, Position>,
        holder: Shared,
        oracle: VerifyingKey,
        feed: u32,
        slot: u64,
        price: u64,
        signature: ArcisEd25519Signature,
    ) -> (bool, Enc<Mxe, Position>, Enc<Shared, u128>) {
        let mut held = position.to_arcis();
        let signed = oracle.verify(&quote_message(feed, slot, price), &signature);
        let mut payment = 0;
        if signed && held.is_open && held.feed == feed {
            if price > held.strike {
                payment = (price - held.strike) as u128 * held.units as u128;
            }
            held.is_open = false;
        }
        (signed, position.owner.from_arcis(held), holder.from_arcis(payment))
    }
}
