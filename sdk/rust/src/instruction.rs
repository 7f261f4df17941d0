//! What generated code implements for every instruction of a circuit, and what it is given to do so.
//!
//! The generated module of an application (`arx build`) holds one type per instruction with its typed arguments and
//! outputs. It contains no offsets, sizes or ciphers: it names its values in the interface's order to an [`Encryptor`]
//! and takes its outputs in order from an [`OutputReader`].

use std::collections::VecDeque;

use arcis_circuit::{Bits, Value};
use arx_program::state::StoredArgument;
use arx_wire::{
    Base, EncryptionPublicKey, EncryptionSecretKey,
    bits::PackedBits,
    input::{self, EphemeralKeys, InputArgument},
    output::{EncryptedOutput, OutputPlace},
};
use solana_pubkey::Pubkey;
use zeroize::{Zeroize, Zeroizing};

use crate::Error;

/// One instruction of a circuit, as compiled: its hashes, its values, and their order.
///
/// Implemented by generated code. Everything that is sent or read goes through [`crate::Definition`], which compares
/// these hashes with the chain's first, so a client built for another version of the circuit is told so before it
/// encrypts anything.
pub trait Instruction {
    /// Name of the circuit's entry function and of its definition on chain.
    const NAME: &'static str;
    /// SHA-256 of the artifact.
    const CIRCUIT_HASH: [u8; 32];
    /// Hash of the typed interface.
    const INTERFACE_HASH: [u8; 32];
    /// What the caller gives.
    type Arguments;
    /// What travels in the application's instruction: one field per argument that carries bytes.
    type Sealed;
    /// What comes out.
    type Outputs;

    /// Names every parameter to the encryptor, in order.
    ///
    /// # Errors
    /// Those of the encryptor.
    fn seal(arguments: &Self::Arguments, encryptor: &mut Encryptor<'_>) -> Result<Self::Sealed, Error>;

    /// Takes every output from the reader, in order.
    ///
    /// # Errors
    /// Those of the reader.
    fn open(reader: &mut OutputReader<'_>) -> Result<Self::Outputs, Error>;
}

/// One argument of a call as this client made it, to be found again in the computation's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SealedArgument {
    /// Borsh bytes.
    Plaintext(Vec<u8>),
    /// Recipient key, and for a `Shared` parameter the input after it.
    Input(Vec<u8>),
    /// A cell, which the application names.
    Cell,
    /// An `Mxe` marker.
    Mxe,
}

impl SealedArgument {
    /// Whether the chain stored this argument.
    pub fn matches(&self, stored: &StoredArgument) -> bool {
        match (self, stored) {
            (Self::Plaintext(bytes), StoredArgument::Plaintext(stored))
            | (Self::Input(bytes), StoredArgument::Input(stored)) => bytes == stored,
            (Self::Plaintext(bytes) | Self::Input(bytes), StoredArgument::AccountSlice { hash, .. }) => {
                arx_program::message::sha256(&[bytes]) == *hash
            }
            (Self::Cell, StoredArgument::Cell { .. }) | (Self::Mxe, StoredArgument::Empty) => true,
            _ => false,
        }
    }
}

/// Who receives the outputs of a parameter that is only a recipient.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recipient {
    /// Whoever makes the call, under the call's own key.
    Caller,
    /// The holder of this key, who opens the output with [`crate::Call::open_for`].
    Key(EncryptionPublicKey),
}

/// Turns typed values into the bytes of one call.
pub struct Encryptor<'a> {
    base: &'a Base,
    recipient: EncryptionPublicKey,
    ephemeral_seed: &'a mut dyn FnMut() -> Result<Zeroizing<[u8; 32]>, Error>,
    arguments: Vec<SealedArgument>,
}

impl<'a> Encryptor<'a> {
    pub(crate) fn new(
        base: &'a Base,
        recipient: EncryptionPublicKey,
        ephemeral_seed: &'a mut dyn FnMut() -> Result<Zeroizing<[u8; 32]>, Error>,
    ) -> Self {
        Self { base, recipient, ephemeral_seed, arguments: Vec::new() }
    }

    pub(crate) fn into_arguments(self) -> Vec<SealedArgument> {
        self.arguments
    }

    /// A plaintext parameter: Borsh bytes that everyone can read.
    ///
    /// # Errors
    /// [`Error::Value`] if the value's type contradicts itself.
    pub fn plaintext<T: Value>(&mut self, value: &T) -> Result<Vec<u8>, Error> {
        let bytes = T::ty().bits_to_plain(&value.to_bits())?;
        self.arguments.push(SealedArgument::Plaintext(bytes.clone()));
        Ok(bytes)
    }

    /// An encrypted parameter of the owner `slot`; its outputs come back to the same key.
    ///
    /// # Errors
    /// [`Error::Wire`] for a type without bits; [`Error::NoRandomness`].
    pub fn shared<T: Value>(&mut self, slot: u16, value: &T) -> Result<Vec<u8>, Error> {
        let plaintext = packed(value)?;
        let ephemeral = EphemeralKeys::from_seed(&*(self.ephemeral_seed)()?);
        let input = input::encrypt(self.base, slot, &[self.recipient], &plaintext, &ephemeral)?;
        let bytes = InputArgument { recipient: self.recipient, input }.to_bytes();
        self.arguments.push(SealedArgument::Input(bytes.clone()));
        Ok(bytes)
    }

    /// A parameter that is only a recipient: someone who gives nothing and receives an output.
    pub fn recipient(&mut self, recipient: &Recipient) -> Vec<u8> {
        let key = match recipient {
            Recipient::Caller => self.recipient,
            Recipient::Key(key) => *key,
        };
        let bytes = key.to_bytes().to_vec();
        self.arguments.push(SealedArgument::Input(bytes.clone()));
        bytes
    }

    /// A cell, which the application passes.
    pub fn cell(&mut self) {
        self.arguments.push(SealedArgument::Cell);
    }

    /// An `Mxe` marker.
    pub fn mxe(&mut self) {
        self.arguments.push(SealedArgument::Mxe);
    }
}

fn packed<T: Value>(value: &T) -> Result<PackedBits, Error> {
    let mut bits: Bits = value.to_bits();
    let length = u32::try_from(bits.len()).map_err(|_| Error::ValueTooLarge { bits: bits.len() as u64 })?;
    let packed = PackedBits::new(length, bits.to_bytes());
    bits.zeroize();
    Ok(packed?)
}

/// Gives the outputs of one verified result, in order.
pub struct OutputReader<'a> {
    base: &'a Base,
    computation: Pubkey,
    session: [u8; 32],
    secret: &'a EncryptionSecretKey,
    outputs: VecDeque<(u16, &'a [u8])>,
    count: usize,
}

impl<'a> OutputReader<'a> {
    pub(crate) fn new(
        base: &'a Base,
        computation: Pubkey,
        session: [u8; 32],
        secret: &'a EncryptionSecretKey,
        outputs: &'a [Vec<u8>],
    ) -> Self {
        let count = outputs.len();
        let outputs = (0u16..).zip(outputs.iter().map(Vec::as_slice)).collect();
        Self { base, computation, session, secret, outputs, count }
    }

    pub(crate) fn finish(self) -> Result<(), Error> {
        if self.outputs.is_empty() {
            Ok(())
        } else {
            Err(Error::OutputCount { expected: self.count - self.outputs.len(), actual: self.count })
        }
    }

    /// A published output.
    ///
    /// # Errors
    /// [`Error::OutputCount`]; [`Error::Value`] if the bytes are no value of the type.
    pub fn public<T: Value>(&mut self) -> Result<T, Error> {
        let (_, bytes) = self.next()?;
        Ok(T::from_bits(&T::ty().plain_to_bits(bytes)?)?)
    }

    /// An output encrypted to this client: checks its tags and removes the pads.
    ///
    /// # Errors
    /// [`Error::OutputCount`]; [`Error::Wire`] if it is for someone else, elsewhere, or altered; [`Error::Value`].
    pub fn shared<T: Value>(&mut self) -> Result<T, Error> {
        let (index, bytes) = self.next()?;
        self.decrypt(index, &EncryptedOutput::parse(bytes)?)
    }

    /// As [`shared`](Self::shared), or `None` if it is encrypted to someone else.
    ///
    /// # Errors
    /// As [`shared`](Self::shared).
    pub fn shared_if_mine<T: Value>(&mut self) -> Result<Option<T>, Error> {
        let (index, bytes) = self.next()?;
        let output = EncryptedOutput::parse(bytes)?;
        if output.recipient != self.secret.public_key() {
            return Ok(None);
        }
        self.decrypt(index, &output).map(Some)
    }

    fn decrypt<T: Value>(&self, index: u16, output: &EncryptedOutput) -> Result<T, Error> {
        let bits =
            u32::try_from(T::ty().bits()).map_err(|_| Error::ValueTooLarge { bits: T::ty().bits() })?;
        let place =
            OutputPlace { computation: self.computation.to_bytes(), session: self.session, index, bits };
        let plaintext = output.decrypt(self.base, &place, self.secret)?;
        let plaintext = Zeroizing::new(Bits::from_bytes(plaintext.as_bytes(), bits as usize)?);
        Ok(T::from_bits(&plaintext)?)
    }

    /// An output encrypted to another client, or state that went to a cell: nothing to read here.
    ///
    /// # Errors
    /// [`Error::OutputCount`].
    pub fn skip(&mut self) -> Result<(), Error> {
        self.next().map(drop)
    }

    fn next(&mut self) -> Result<(u16, &'a [u8]), Error> {
        self.outputs.pop_front().ok_or(Error::OutputCount { expected: self.count + 1, actual: self.count })
    }
}
