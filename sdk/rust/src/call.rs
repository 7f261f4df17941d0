//! One call of one instruction: encrypting its arguments, and opening what comes back.

use std::marker::PhantomData;

use arcis_circuit::Value;
use arx_program::{
    pda,
    state::{Computation, ComputationDefinition, DefinitionStatus},
};
use arx_wire::{Base, EncryptionSecretKey, Member, recipient::RecipientSeed};
use solana_pubkey::Pubkey;
use zeroize::Zeroizing;

use crate::{Encryptor, Error, Instruction, OutputReader, PinnedCluster, SealedArgument, VerifiedResult};

/// A definition on chain that was found to be the one this client was built for.
#[derive(Debug)]
pub struct Definition<I> {
    address: Pubkey,
    mxe: Pubkey,
    instruction: PhantomData<fn() -> I>,
}

impl<I> Clone for Definition<I> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<I> Copy for Definition<I> {}

impl<I: Instruction> Definition<I> {
    /// Where the definition of this instruction lies.
    pub fn address_of(mxe: &Pubkey) -> Pubkey {
        pda::definition(mxe, I::NAME).0
    }

    /// Compares the chain's definition with the generated code's hashes.
    ///
    /// # Errors
    /// [`Error::DefinitionMismatch`] or [`Error::DefinitionNotActive`]; nothing has been sent then.
    pub fn check(address: Pubkey, account: &ComputationDefinition) -> Result<Self, Error> {
        let mismatch = |what, built: [u8; 32], chain: [u8; 32]| Error::DefinitionMismatch {
            definition: address,
            name: I::NAME,
            what,
            built: hex::encode(built),
            chain: hex::encode(chain),
        };
        if account.name != I::NAME {
            return Err(Error::OtherDefinition {
                definition: address,
                expected: I::NAME,
                actual: account.name.clone(),
            });
        }
        if account.interface_hash != I::INTERFACE_HASH {
            return Err(mismatch("interface", I::INTERFACE_HASH, account.interface_hash));
        }
        if account.circuit_hash != I::CIRCUIT_HASH {
            return Err(mismatch("circuit", I::CIRCUIT_HASH, account.circuit_hash));
        }
        if account.status != DefinitionStatus::Active {
            return Err(Error::DefinitionNotActive { definition: address, name: I::NAME });
        }
        Ok(Self { address, mxe: account.mxe, instruction: PhantomData })
    }

    /// The definition's address.
    pub const fn address(&self) -> Pubkey {
        self.address
    }

    /// The MXE it belongs to.
    pub const fn mxe(&self) -> Pubkey {
        self.mxe
    }
}

/// What names one call: these four values are in every derivation, and the first three and the definition are the
/// computation's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallId {
    /// Which instance of the application it concerns, e.g. one auction.
    pub instance: Pubkey,
    /// The end user, who signs.
    pub authority: Pubkey,
    /// The user's own number of this call: never used twice for one definition and instance.
    pub counter: u64,
    /// Last slot in which it may be queued.
    pub not_after: u64,
}

/// One call of the instruction `I`.
#[derive(Debug)]
pub struct Call<I> {
    base: Base,
    definition: Definition<I>,
    id: CallId,
}

impl<I: Instruction> Call<I> {
    /// A call to the members and keys of `cluster`.
    pub fn new(cluster: &PinnedCluster, definition: &Definition<I>, id: CallId) -> Self {
        let member = |member: &crate::PinnedMember| Member {
            identity: member.identity.to_bytes(),
            encryption_key: member.encryption_key,
        };
        let base = Base {
            genesis: cluster.network.genesis,
            program: cluster.network.program.to_bytes(),
            cluster: cluster.address.to_bytes(),
            epoch: cluster.epoch,
            protocol: cluster.protocol,
            members: cluster.members.iter().map(member).collect(),
            mxe: definition.mxe.to_bytes(),
            circuit: I::CIRCUIT_HASH,
            interface: I::INTERFACE_HASH,
            instance: id.instance.to_bytes(),
            authority: id.authority.to_bytes(),
            counter: id.counter,
            not_after: id.not_after,
        };
        Self { base, definition: *definition, id }
    }

    /// What names the call.
    pub const fn id(&self) -> CallId {
        self.id
    }

    /// The cluster's epoch that it is encrypted for.
    pub const fn epoch(&self) -> u64 {
        self.base.epoch
    }

    /// Where its computation will be.
    pub fn computation(&self) -> Pubkey {
        let CallId { instance, authority, counter, .. } = self.id;
        pda::computation(&self.definition.address, &instance, &authority, counter).0
    }

    /// Encrypts the arguments; outputs to this client come back under the call's key from `recipient`.
    ///
    /// # Errors
    /// [`Error::NoRandomness`], and those of [`Encryptor`].
    pub fn encrypt(
        self,
        arguments: &I::Arguments,
        recipient: &RecipientSeed,
    ) -> Result<SealedCall<I>, Error> {
        self.encrypt_with_seeds(arguments, recipient, &mut fresh_seed)
    }

    /// As [`encrypt`](Self::encrypt), with the seeds of the ephemeral keys given: for simulations and test vectors that
    /// must be repeatable. Two inputs from one seed share their pads, which shows the difference of their plaintexts.
    ///
    /// # Errors
    /// Those of [`Encryptor`] and of `seeds`.
    pub fn encrypt_with_seeds(
        self,
        arguments: &I::Arguments,
        recipient: &RecipientSeed,
        seeds: &mut dyn FnMut() -> Result<Zeroizing<[u8; 32]>, Error>,
    ) -> Result<SealedCall<I>, Error> {
        let key = self.recipient_key(recipient).public_key();
        let mut encryptor = Encryptor::new(&self.base, key, seeds);
        let sealed = I::seal(arguments, &mut encryptor)?;
        let arguments = encryptor.into_arguments();
        Ok(SealedCall { call: self, arguments, sealed })
    }

    /// Opens the outputs of this call in a verified result.
    ///
    /// # Errors
    /// [`Error::OtherComputation`] if the result is another call's; those of [`OutputReader`].
    pub fn open(&self, result: &VerifiedResult, recipient: &RecipientSeed) -> Result<I::Outputs, Error> {
        let secret = self.recipient_key(recipient);
        let mut reader = self.reader(result, &secret)?;
        let outputs = I::open(&mut reader)?;
        reader.finish()?;
        Ok(outputs)
    }

    /// Opens output `index` for a recipient who did not make the call.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_for<T: Value>(
        &self,
        result: &VerifiedResult,
        index: usize,
        secret: &EncryptionSecretKey,
    ) -> Result<T, Error> {
        let mut reader = self.reader(result, secret)?;
        for _ in 0..index {
            reader.skip()?;
        }
        reader.shared()
    }

    fn reader<'a>(
        &'a self,
        result: &'a VerifiedResult,
        secret: &'a EncryptionSecretKey,
    ) -> Result<OutputReader<'a>, Error> {
        let (expected, actual) = (self.computation(), result.computation());
        if expected != actual {
            return Err(Error::OtherComputation { expected, actual });
        }
        Ok(OutputReader::new(&self.base, expected, *result.session(), secret, result.outputs()))
    }

    fn recipient_key(&self, seed: &RecipientSeed) -> EncryptionSecretKey {
        let CallId { instance, authority, counter, .. } = self.id;
        seed.recipient_key(&instance.to_bytes(), &authority.to_bytes(), counter)
    }
}

/// A call whose arguments are encrypted.
#[derive(Debug)]
pub struct SealedCall<I: Instruction> {
    call: Call<I>,
    arguments: Vec<SealedArgument>,
    sealed: I::Sealed,
}

impl<I: Instruction> SealedCall<I> {
    /// The call.
    pub const fn call(&self) -> &Call<I> {
        &self.call
    }

    /// The bytes for the application's instruction, by argument.
    pub const fn sealed(&self) -> &I::Sealed {
        &self.sealed
    }

    /// All arguments in the interface's order.
    pub fn arguments(&self) -> &[SealedArgument] {
        &self.arguments
    }

    /// Checks that the chain stored exactly this call: the application passed every argument on as it was given.
    ///
    /// # Errors
    /// [`Error::CallAltered`].
    pub fn require_stored(&self, computation: &Computation) -> Result<(), Error> {
        let CallId { instance, authority, counter, not_after } = self.call.id;
        let altered = |what| Err(Error::CallAltered { computation: self.call.computation(), what });
        let named = (computation.instance, computation.authority, computation.counter, computation.not_after);
        if computation.definition != self.call.definition.address
            || computation.circuit_hash != I::CIRCUIT_HASH
            || named != (instance, authority, counter, not_after)
        {
            return altered("what the call is about".to_owned());
        }
        if computation.arguments.len() != self.arguments.len() {
            return altered("the number of arguments".to_owned());
        }
        let pairs = self.arguments.iter().zip(&computation.arguments);
        match pairs.enumerate().find(|(_, (sealed, stored))| !sealed.matches(stored)) {
            Some((index, _)) => altered(format!("argument {index}")),
            None => Ok(()),
        }
    }

    /// Checks that the result is of this call as it was sent, and opens its outputs.
    ///
    /// # Errors
    /// As [`require_stored`](Self::require_stored) and [`Call::open`].
    pub fn open(
        &self,
        computation: &Computation,
        result: &VerifiedResult,
        recipient: &RecipientSeed,
    ) -> Result<I::Outputs, Error> {
        self.require_stored(computation)?;
        self.call.open(result, recipient)
    }
}

fn fresh_seed() -> Result<Zeroizing<[u8; 32]>, Error> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed).map_err(|error| Error::NoRandomness { why: error.to_string() })?;
    Ok(seed)
}
