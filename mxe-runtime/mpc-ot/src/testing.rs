//! Both ends of a correlation at once, for tests and benches (feature `testing`).

use mpc_field::Gf128;

use crate::base_ot::{BaseReceiver, BaseSender};
use crate::correlated::{KeyHolder, MacHolder, PartBits, base_choices};

/// Runs the base transfers and the setup of correlated transfer with an honest party at both ends.
///
/// # Panics
/// Never, as both are honest.
#[allow(clippy::expect_used)]
pub fn correlated_pair(parts: PartBits, global_key: Gf128, session: [u8; 32]) -> (MacHolder, KeyHolder) {
    let sender = BaseSender::new(session, &[1; 32]);
    let receiver = BaseReceiver::new(session, &base_choices(parts, global_key), &[2; 32]);
    let transfers = sender.seeds(128, &receiver.message()).expect("an honest message");
    let chosen = receiver.seeds(&sender.message()).expect("an honest message");
    let (mac_holder, message) = MacHolder::new(&session, parts, &transfers).expect("128 transfers");
    let key_holder =
        KeyHolder::new(&session, parts, global_key, &chosen, &message).expect("an honest message");
    (mac_holder, key_holder)
}
