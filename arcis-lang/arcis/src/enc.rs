//! Data with an owner.
//!
//! On the network, `Enc<Shared, T>` is what a client encrypted, or what only that client can decrypt, and
//! `Enc<Mxe, T>` is state of the application that only the cluster, together, can use. Natively nothing is encrypted:
//! an [`Enc`] holds the bits of its value in the layout of the typed interface.

use std::fmt;
use std::marker::PhantomData;

use arcis_circuit::{Bits, Value};

use crate::keys::ArcisX25519Pubkey;

/// Who can read encrypted data: [`Shared`] or [`Mxe`].
pub trait Cipher: Copy + Eq + fmt::Debug + sealed::Sealed {
    /// Makes `value` data of this owner.
    #[allow(clippy::wrong_self_convention, reason = "the name is part of the language")]
    fn from_arcis<T: Value>(self, value: T) -> Enc<Self, T> {
        Enc::new(self, &value)
    }
}

/// A client, by the key its results are encrypted to. As an argument on its own: a client who sends nothing but is to
/// receive a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shared {
    key: ArcisX25519Pubkey,
}

/// The cluster as a whole: the owner of an application's state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mxe {
    _private: (),
}

/// A value of type `T`, encrypted for `O`.
///
/// The value itself is reached with [`Enc::to_arcis`], inside a circuit; `owner.from_arcis(value)` makes another `Enc`
/// with the same owner.
pub struct Enc<O, T> {
    /// Whose it is.
    pub owner: O,
    bits: Bits,
    value: PhantomData<fn() -> T>,
}

/// A value of type `T`, encrypted by a client whose key and nonce are arguments of their own.
pub struct EncData<T> {
    bits: Bits,
    value: PhantomData<fn() -> T>,
}

impl<T: Value> EncData<T> {
    /// Data that a test passes.
    pub fn new(value: &T) -> Self {
        Self { bits: value.to_bits(), value: PhantomData }
    }

    /// The value, to compute on inside the circuit.
    ///
    /// `key` is an argument of the instruction, and stands for the client who encrypted this: what the circuit makes for
    /// that key goes to that client, to whom the network binds the ciphertext. So one key is that of one `EncData` only;
    /// what a client sends is one, of a tuple. `nonce` has no meaning here, since every ciphertext brings what it needs;
    /// the argument is there for circuits written elsewhere.
    ///
    /// # Panics
    /// As [`Enc::to_arcis`].
    pub fn to_arcis_with_pubkey_and_nonce(&self, _key: ArcisX25519Pubkey, _nonce: u128) -> T {
        match T::from_bits(&self.bits) {
            Ok(value) => value,
            Err(error) => {
                panic!("`Value` of {} reads other bits than it writes: {error}", std::any::type_name::<T>())
            }
        }
    }
}

impl Shared {
    /// The client who holds the secret of `key`.
    pub fn new(key: ArcisX25519Pubkey) -> Self {
        Self { key }
    }

    /// The key results are encrypted to.
    pub fn key(&self) -> ArcisX25519Pubkey {
        self.key
    }

    /// Makes `value` a result for this client.
    #[allow(clippy::wrong_self_convention, reason = "the name is part of the language")]
    pub fn from_arcis<T: Value>(self, value: T) -> Enc<Self, T> {
        Enc::new(self, &value)
    }
}

impl Mxe {
    /// The cluster that runs the circuit.
    #[allow(clippy::should_implement_trait, reason = "the name is part of the language")]
    pub fn get() -> Self {
        Self { _private: () }
    }

    /// Makes `value` state of the application.
    #[allow(clippy::wrong_self_convention, reason = "the name is part of the language")]
    pub fn from_arcis<T: Value>(self, value: T) -> Enc<Self, T> {
        Enc::new(self, &value)
    }
}

impl<O: Cipher, T: Value> Enc<O, T> {
    fn new(owner: O, value: &T) -> Self {
        Self { owner, bits: value.to_bits(), value: PhantomData }
    }

    /// The value, to compute on inside the circuit.
    ///
    /// # Panics
    /// When the type's own `Value` implementation reads other bits than it writes; the one that
    /// [`encrypted`](crate::encrypted) writes does not.
    pub fn to_arcis(&self) -> T {
        match T::from_bits(&self.bits) {
            Ok(value) => value,
            Err(error) => {
                panic!("`Value` of {} reads other bits than it writes: {error}", std::any::type_name::<T>())
            }
        }
    }
}

impl Cipher for Shared {}
impl Cipher for Mxe {}

impl<O: Clone, T> Clone for Enc<O, T> {
    fn clone(&self) -> Self {
        Self { owner: self.owner.clone(), bits: self.bits.clone(), value: PhantomData }
    }
}

impl<O: PartialEq, T> PartialEq for Enc<O, T> {
    fn eq(&self, other: &Self) -> bool {
        self.owner == other.owner && self.bits == other.bits
    }
}

impl<O: Eq, T> Eq for Enc<O, T> {}

impl<O: fmt::Debug, T> fmt::Debug for Enc<O, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Enc").field("owner", &self.owner).field("bits", &self.bits).finish()
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::Shared {}
    impl Sealed for super::Mxe {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_keeps_its_owner() {
        let bob = Shared::new(ArcisX25519Pubkey::from_bytes([9; 32]));
        let sealed = bob.from_arcis((7u8, true));
        assert_eq!(sealed.to_arcis(), (7, true));
        assert_eq!(sealed.owner, bob);
        assert_eq!(sealed.owner.key().to_bytes(), [9; 32]);
        assert_ne!(sealed, bob.from_arcis((7u8, false)));
    }

    #[test]
    fn state_can_be_read_twice() {
        let state = Mxe::get().from_arcis([1u16, 2, 3]);
        assert_eq!(state.to_arcis(), state.clone().to_arcis());
    }
}
