use arcis::{ArcisEd25519Signature, Mxe, VerifyingKey};
use circuit_examples::oracle::circuits::{Position, open, quote_message, settle};
use ed25519_dalek::{Signer, SigningKey};
use proptest::prelude::*;

use crate::support::{Circuits, check};
use crate::{me, runner};

const FEED: u32 = 7;

/// What a position is worth at a quote, counted in another way.
fn value(strike: u64, units: u32, price: u64) -> u128 {
    (0..u128::from(units)).map(|_| u128::from(price.saturating_sub(strike))).sum()
}

#[test]
fn options_are_settled_at_signed_prices_only() {
    let circuits = Circuits::of("oracle.rs");
    let oracle = SigningKey::from_bytes(&[9; 32]);
    let key = VerifyingKey::from_bytes(oracle.verifying_key().to_bytes());
    let quotes = (any::<u64>(), any::<u64>(), 0..9u32, any::<u64>());
    runner(12)
        .run(
            &(quotes, any::<bool>(), 0..3u8, 0..64usize),
            |((strike, price, units, slot), open_now, wrong, byte)| {
                let position = open(me().from_arcis((FEED, strike, units)), Mxe::get()).to_arcis();
                let position = Position { is_open: open_now, ..position };
                let quoted = FEED + u32::from(wrong == 1);
                let mut bytes = oracle.sign(&quote_message(quoted, slot, price)).to_bytes();
                if wrong == 2 {
                    bytes[byte] ^= 1;
                }
                let signature = ArcisEd25519Signature::from_bytes(bytes);
                let (signed, after, payment) =
                    settle(Mxe::get().from_arcis(position), me(), key, quoted, slot, price, signature);
                let (after, payment) = (after.to_arcis(), payment.to_arcis());
                prop_assert_eq!(signed, wrong != 2);
                let settled = wrong == 0 && open_now;
                prop_assert_eq!(after.is_open, open_now && !settled);
                prop_assert_eq!(payment, if settled { value(strike, units, price) } else { 0 });
                let fields = |it: Position| (it.feed, it.strike, it.units, it.is_open);
                let arguments = (fields(position), key, quoted, slot, price, signature);
                check(&circuits, "settle", &arguments, &(signed, fields(after), payment))
            },
        )
        .unwrap();
}
