//! Believing an application's signing key: because all pinned members signed it, not because someone served it.
//!
//! The key's account has what the members signed; their signatures are in the transaction that published it, as those of results
//! ([`crate::verify`]). That the key is the sum of the members' shares every honest member checked before it signed.

use anchor_lang::{AnchorDeserialize, Discriminator};
use arx_program::{
    instruction::PublishSigningKey, instructions::SigningKeyArguments, message::SigningKeyStatement, pda,
    state::SigningKey,
};
use ed25519_dalek::VerifyingKey;
use solana_pubkey::Pubkey;

use crate::{
    Error, PinnedCluster,
    verify::{Attestations, PlainInstruction, all_signed, signatures_in},
};

/// Where `publish_signing_key` is told where the signatures are.
const SIGNATURES_ACCOUNT: usize = 2;

/// The key that an application's circuits sign with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApplicationKey {
    mxe: Pubkey,
    version: u32,
    key: VerifyingKey,
}

impl ApplicationKey {
    /// Checks that every pinned member signed this key. An epoch that began since does not matter, as long as the members are
    /// the same: others have no shares of it.
    ///
    /// # Errors
    /// [`Error::SigningKey`].
    pub fn verify(
        cluster: &PinnedCluster,
        address: Pubkey,
        account: &SigningKey,
        signatures: &[[u8; 64]],
    ) -> Result<Self, Error> {
        let refused = |why: String| Error::SigningKey { address, why };
        let SigningKey { mxe, version, epoch, key, shares, .. } = account;
        if pda::signing_key(mxe, *version).0 != address {
            return Err(refused("the account served for it is another application's".into()));
        }
        if account.cluster != cluster.address
            || account.members != SigningKey::hash_of_members(&cluster.identities())
        {
            return Err(refused("it was made by other members than those that are pinned".into()));
        }
        let statement = SigningKeyStatement {
            cluster: &account.cluster,
            epoch: *epoch,
            mxe,
            version: *version,
            key,
            shares,
        };
        all_signed(cluster, signatures, &statement.message()).map_err(|member| {
            refused(match member {
                Some(member) => format!("member {member} did not sign it"),
                None => format!("it has {} signatures, not one of each member", signatures.len()),
            })
        })?;
        let key = VerifyingKey::from_bytes(key.as_array()).map_err(|_| refused("it is no point".into()))?;
        Ok(Self { mxe: *mxe, version: *version, key })
    }

    /// The application's MXE.
    pub const fn mxe(&self) -> Pubkey {
        self.mxe
    }

    /// The version of the members' long-term keys: a migration to another cluster raises it, and the next version has another key.
    pub const fn version(&self) -> u32 {
        self.version
    }

    /// What signatures verify with. Use `verify_strict`, as Solana does.
    pub const fn verifying_key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The key as an address of Solana.
    pub fn address(&self) -> Pubkey {
        Pubkey::new_from_array(self.key.to_bytes())
    }
}

/// The signatures in the transaction that published the key at `address`; `None` if this is not that transaction.
pub(crate) fn signatures_on(
    address: &Pubkey,
    instructions: &[PlainInstruction],
    attestations: &Attestations,
    members: &[Pubkey],
) -> Option<Vec<[u8; 64]>> {
    instructions.iter().find_map(|instruction| {
        if instruction.program != arx_program::ID || instruction.accounts.first() != Some(address) {
            return None;
        }
        let mut data = instruction.data.strip_prefix(PublishSigningKey::DISCRIMINATOR)?;
        let arguments = SigningKeyArguments::deserialize(&mut data).ok()?;
        let source = instruction.accounts.get(SIGNATURES_ACCOUNT)?;
        if *source != solana_sdk_ids::sysvar::instructions::ID {
            return attestations.of(address, source, members);
        }
        let verification = instructions.get(usize::from(arguments.signature_instruction))?;
        let verifies = verification.program == solana_sdk_ids::ed25519_program::ID;
        verifies.then(|| signatures_in(&verification.data)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use arx_program::client;
    use arx_wire::EncryptionSecretKey;
    use ed25519_dalek::{Signer, SigningKey as Secret};
    use solana_instruction::Instruction;

    use super::*;
    use crate::{Network, PinnedMember};

    const MXE: Pubkey = Pubkey::new_from_array([5; 32]);

    struct Story {
        cluster: PinnedCluster,
        secrets: Vec<Secret>,
        account: SigningKey,
        address: Pubkey,
    }

    fn story() -> Story {
        let secrets: Vec<Secret> = (0..3).map(|node| Secret::from_bytes(&[node; 32])).collect();
        let member = |secret: &Secret| PinnedMember {
            identity: Pubkey::new_from_array(secret.verifying_key().to_bytes()),
            encryption_key: EncryptionSecretKey::from_seed(&secret.to_bytes()).public_key(),
        };
        let cluster = PinnedCluster {
            network: Network::new([3; 32]),
            address: Pubkey::new_from_array([4; 32]),
            epoch: 9,
            protocol: 2,
            members: secrets.iter().map(member).collect(),
        };
        let account = SigningKey {
            mxe: MXE,
            version: 1,
            cluster: cluster.address,
            epoch: 2,
            members: SigningKey::hash_of_members(&cluster.identities()),
            key: Pubkey::new_from_array(Secret::from_bytes(&[50; 32]).verifying_key().to_bytes()),
            shares: vec![[1; 32]; 3],
            bump: 0,
        };
        Story { cluster, secrets, account, address: pda::signing_key(&MXE, 1).0 }
    }

    impl Story {
        fn message(&self) -> [u8; 50] {
            let SigningKey { mxe, version, cluster, epoch, key, shares, .. } = &self.account;
            SigningKeyStatement { cluster, epoch: *epoch, mxe, version: *version, key, shares }.message()
        }

        fn signatures(&self) -> Vec<[u8; 64]> {
            self.secrets.iter().map(|secret| secret.sign(&self.message()).to_bytes()).collect()
        }

        fn verify(&self, signatures: &[[u8; 64]]) -> Result<ApplicationKey, Error> {
            ApplicationKey::verify(&self.cluster, self.address, &self.account, signatures)
        }
    }

    fn plain(instruction: Instruction) -> PlainInstruction {
        let accounts = instruction.accounts.iter().map(|meta| meta.pubkey).collect();
        PlainInstruction { program: instruction.program_id, accounts, data: instruction.data }
    }

    #[test]
    fn a_key_that_all_members_signed_is_found_in_its_transaction_and_believed() {
        let story = story();
        let (members, signatures) = (story.cluster.identities(), story.signatures());
        let arguments = SigningKeyArguments {
            key: story.account.key,
            shares: story.account.shares.clone(),
            signature_instruction: 0,
        };
        let transaction = [
            client::verify_signatures(&members, &signatures, &story.message()),
            client::publish_signing_key(MXE, 1, story.cluster.address, arguments),
        ];
        let transaction = transaction.map(plain);
        let none = Attestations::default();
        let found = signatures_on(&story.address, &transaction, &none, &members).expect("its transaction");
        let key = story.verify(&found).expect("a key");
        assert_eq!((key.address(), key.mxe(), key.version()), (story.account.key, MXE, 1));
        assert_eq!(signatures_on(&MXE, &transaction, &none, &members), None);
        assert_eq!(signatures_on(&story.address, &transaction[..1], &none, &members), None);
    }

    #[test]
    fn whatever_the_members_did_not_sign_is_refused() {
        let honest = story();
        let signatures = honest.signatures();
        let refused = |change: fn(&mut Story)| {
            let mut story = story();
            change(&mut story);
            matches!(story.verify(&signatures), Err(Error::SigningKey { .. }))
        };
        assert!(!refused(|_| ()));
        assert!(refused(|story| story.account.key = Pubkey::new_from_array([7; 32])));
        assert!(refused(|story| story.account.shares[1][0] ^= 1));
        assert!(refused(|story| story.account.epoch += 1));
        assert!(refused(|story| story.account.version += 1));
        assert!(refused(|story| story.account.mxe = Pubkey::new_from_array([6; 32])));
        assert!(refused(|story| story.account.cluster = Pubkey::new_from_array([6; 32])));
        assert!(refused(|story| story.account.members[0] ^= 1));
        assert!(refused(|story| story.cluster.members.swap(0, 1)));
        assert!(honest.verify(&signatures[..2]).is_err());
        let twice = [signatures[0], signatures[0], signatures[2]];
        let error = honest.verify(&twice).expect_err("node 1 did not sign");
        assert!(error.to_string().contains(&honest.cluster.members[1].identity.to_string()), "{error}");
    }
}
