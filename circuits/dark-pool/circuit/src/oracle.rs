//! The midpoint from an oracle's account, in the clear.

use arcis::*;

#[encrypted_library]
mod arcis_library {
    use arcis::*;

    /// Bytes of the oracle's account that are read: a `PriceUpdateV2` of the Pyth receiver program.
    pub const ACCOUNT: usize = 134;
    /// Its first eight bytes.
    const DISCRIMINATOR: [u8; 8] = [34, 241, 35, 99, 157, 126, 244, 205];
    /// The level of an update that enough guardians have signed.
    const FULLY_VERIFIED: u8 = 1;
    const AUTHORITY_END: usize = 40;

    /// Which prices a pool takes for its midpoint. It does not change while the pool is there.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct OracleRule {
        /// The feed.
        pub feed: [u8; 32],
        /// Ticks for a lot are the price times this ..
        pub numerator: u64,
        /// .. over this.
        pub denominator: u64,
        /// Oldest price, in seconds.
        pub oldest: u32,
        /// Widest confidence interval, in basis points of the price.
        pub widest: u16,
    }

    /// A midpoint.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
    pub struct Midpoint {
        /// Whether there is one.
        pub there: bool,
        /// In ticks for a lot.
        pub price: u32,
    }

    fn number(bytes: &[u8]) -> u64 {
        let mut value = 0u64;
        for place in 0..8 {
            value |= (bytes[place] as u64) << (8 * place as u32);
        }
        value
    }

    /// The midpoint that the account states: none where it is of another kind or feed, not fully verified, too old, from
    /// the future, too uncertain, or out of range.
    #[public(fuel = 1_000_000, memory_kib = 512)]
    pub fn midpoint(account: [u8; ACCOUNT], rule: OracleRule, seconds: i64) -> Midpoint {
        let none = Midpoint { there: false, price: 0 };
        for place in 0..8 {
            if account[place] != DISCRIMINATOR[place] {
                return none;
            }
        }
        if account[AUTHORITY_END] != FULLY_VERIFIED {
            return none;
        }
        let message = &account[AUTHORITY_END + 1..];
        for place in 0..32 {
            if message[place] != rule.feed[place] {
                return none;
            }
        }
        let price = number(&message[32..40]) as i64;
        let confidence = number(&message[40..48]);
        let exponent = (number(&message[48..56]) as u32) as i32;
        let mut decimals = (0 - exponent) as u32;
        let published = number(&message[52..60]) as i64;
        if price <= 0 || exponent > 0 || decimals > 18 || rule.denominator == 0 {
            return none;
        }
        if published > seconds || (seconds - published) as u64 > rule.oldest as u64 {
            return none;
        }
        if confidence as u128 * 10_000 > price as u128 * rule.widest as u128 {
            return none;
        }
        let mut denominator = rule.denominator as u128;
        while decimals > 0 {
            denominator *= 10;
            decimals -= 1;
        }
        let ticks = price as u128 * rule.numerator as u128 / denominator;
        if ticks == 0 || ticks > u32::MAX as u128 {
            return none;
        }
        Midpoint { there: true, price: ticks as u32 }
    }
}
