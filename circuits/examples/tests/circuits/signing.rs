use arcis::{MXESigningKey, Mxe, SolanaPublicKey};
use circuit_examples::signing::circuits::{
    attest_price, payment_message, price_message, sign_message, withdraw,
};
use proptest::prelude::*;

use crate::runner;
use crate::support::{Circuits, check};

#[test]
fn what_is_signed_verifies() {
    let circuits = Circuits::of("signing.rs");
    let key = MXESigningKey::verifying_key();
    let quotes = proptest::array::uniform5(any::<u64>());
    runner(12)
        .run(&(any::<[u8; 32]>(), quotes, any::<u32>(), any::<u64>()), |(message, quotes, feed, slot)| {
            let signature = sign_message(message);
            prop_assert!(key.verify(&message, &signature));
            check(&circuits, "sign_message", &message, &signature)?;

            let (price, signature) = attest_price(Mxe::get().from_arcis(quotes), feed, slot);
            let mut sorted = quotes;
            sorted.sort();
            prop_assert_eq!(price, sorted[2]);
            prop_assert!(key.verify(&price_message(feed, slot, price), &signature));
            check(&circuits, "attest_price", &(quotes, feed, slot), &(price, signature))
        })
        .unwrap();
}

#[test]
fn only_what_is_allowed_is_signed() {
    let circuits = Circuits::of("signing.rs");
    let to = SolanaPublicKey::from_bytes([7; 32]);
    for (held, amount, allowed) in [(100u64, 40u64, true), (100, 100, true), (100, 101, false), (0, 1, false)]
    {
        let (left, signature) = withdraw(Mxe::get().from_arcis(held), to, amount);
        let left = left.to_arcis();
        assert_eq!(left, if allowed { held - amount } else { held });
        assert_eq!(signature.is_some(), allowed);
        let message = payment_message(to, amount);
        assert!(signature.is_none_or(|it| MXESigningKey::verifying_key().verify(&message, &it)));
        check(&circuits, "withdraw", &(held, to, amount), &(left, signature)).expect("they agree");
        // A node sees what is signed: never a payment that is not allowed.
        let signed = circuits.signed("withdraw", &(held, to, amount));
        assert_eq!(signed.contains(&message.to_vec()), allowed, "{held} {amount}");
    }
}
