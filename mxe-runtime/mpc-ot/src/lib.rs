//! Oblivious transfer and its relatives between two parties, either of which may be malicious.
//!
//! Protocols here are messages in and messages out: no channel, no clock, no randomness but seeds handed in.
//! Who sends a message when is the caller's business (`mpc::preprocessing`), and so is tossing the coins that
//! challenges come from. Every message has one right length, checked before anything of it is used; the only
//! errors are those of [`OtError`], and each means that the peer whose message it was did not follow the
//! protocol.
//!
//! # Layout
//! - [`base_ot`]: a few transfers from scratch, over ristretto255 [MR19].
//! - [`correlated`]: millions of correlated transfers from 128 of those, SoftSpokenOT [Roy22]; on `tree`, the
//!   all-but-one transfer of seeds.
//! - [`linear`]: oblivious linear evaluation over a large field from correlated transfers, COPEe [KOS16].
//! - [`hash`]: from correlated to independent, by fixed-key AES [GKWY20].
//! - [`prg`]: expansion of seeds.
//!
//! ```
//! use mpc_field::bits::transpose_columns;
//! use mpc_field::Gf128;
//! use mpc_ot::base_ot::{BaseReceiver, BaseSender};
//! use mpc_ot::correlated::{Challenge, KeyHolder, MacHolder, PartBits, base_choices};
//!
//! let (session, parts, global_key) = ([7; 32], PartBits::TWO, Gf128::from_bytes([5; 16]));
//! // Base transfers. The key holder receives, its choices are the bits of its global key.
//! let sender = BaseSender::new(session, &[1; 32]);
//! let receiver = BaseReceiver::new(session, &base_choices(parts, global_key), &[2; 32]);
//! let (mut mac_holder, message) =
//!     MacHolder::new(&session, parts, &sender.seeds(128, &receiver.message())?)?;
//! let chosen = receiver.seeds(&sender.message())?;
//! let mut key_holder = KeyHolder::new(&session, parts, global_key, &chosen, &message)?;
//!
//! // Two blocks of 128 transfers, the second of which is the check's.
//! let choices = [0b1011_u128, 0x1234];
//! let (mut macs, mut keys, mut message) = (vec![0; 256], vec![0; 256], Vec::new());
//! mac_holder.extend(&choices, &mut macs, &mut message);
//! key_holder.extend(&message, &mut keys)?;
//! let challenge = Challenge::new(&[9; 16], choices.len()); // Tossed after the corrections are fixed.
//! key_holder.verify(&challenge, &mac_holder.respond(&challenge, &choices, &macs), &keys)?;
//!
//! let (mut mac_rows, mut key_rows) = (vec![Gf128::ZERO; 256], vec![Gf128::ZERO; 256]);
//! transpose_columns(&macs, 0, &mut mac_rows);
//! transpose_columns(&keys, 0, &mut key_rows);
//! assert_eq!(mac_rows[0], key_rows[0] + global_key); // Choice bit 1.
//! assert_eq!(mac_rows[2], key_rows[2]); // Choice bit 0.
//! # Ok::<(), mpc_ot::OtError>(())
//! ```

mod aes_blocks;
pub mod base_ot;
pub mod correlated;
mod error;
pub mod hash;
pub mod linear;
pub mod prg;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tree;

pub use error::OtError;
