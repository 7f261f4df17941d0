//! Signatures of an application: standard Ed25519, by a key that no node has. Any chain can verify them.
//!
//! What is signed is public, and so is the signature. The application knows its key from the chain.

use arcis::encrypted;

/// The circuits.
#[encrypted]
pub mod circuits {
    use arcis::*;

    /// Whose quotes a price is made of.
    pub const SOURCES: usize = 5;

    /// Signs a message.
    #[instruction]
    pub fn sign_message(message: [u8; 32]) -> ArcisEd25519Signature {
        MXESigningKey::sign(&message).reveal()
    }

    /// The message that stands for a price: the number of the feed, the slot, the price.
    pub fn price_message(feed: u32, slot: u64, price: u64) -> [u8; 20] {
        let mut message = [0; 20];
        message[..4].copy_from_slice(&feed.to_le_bytes());
        message[4..12].copy_from_slice(&slot.to_le_bytes());
        message[12..].copy_from_slice(&price.to_le_bytes());
        message
    }

    /// An oracle: the median of quotes that stay secret, signed with what it is for.
    #[instruction]
    pub fn attest_price(
        quotes: Enc<Mxe, [u64; SOURCES]>,
        feed: u32,
        slot: u64,
    ) -> (u64, ArcisEd25519Signature) {
        let mut sorted = quotes.to_arcis();
        sorted.sort();
        let price = sorted[SOURCES / 2].reveal();
        (price, MXESigningKey::sign(&price_message(feed, slot, price)))
    }

    /// The message that allows to pay out.
    pub fn payment_message(to: SolanaPublicKey, amount: u64) -> [u8; 40] {
        let mut message = [0; 40];
        message[..32].copy_from_slice(&to.to_bytes());
        message[32..].copy_from_slice(&amount.to_le_bytes());
        message
    }

    /// Allows to pay an amount out of a secret balance, if there is as much. Nothing is signed for a payment that is not
    /// allowed; the signature is none then.
    #[instruction]
    pub fn withdraw(
        balance: Enc<Mxe, u64>,
        to: SolanaPublicKey,
        amount: u64,
    ) -> (Enc<Mxe, u64>, Option<ArcisEd25519Signature>) {
        let held = balance.to_arcis();
        let allowed = (amount <= held).reveal();
        let mut left = held;
        let mut signature = None;
        if allowed {
            left -= amount;
            signature = Some(MXESigningKey::sign(&payment_message(to, amount)));
        }
        (balance.owner.from_arcis(left), signature)
    }
}
