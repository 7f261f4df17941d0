//! An application's signing key: asking for it, and fetching it.

use anchor_lang::Discriminator;
use arx_program::{
    client, pda,
    state::{Mxe, SigningKey, SigningKeyRequest},
};
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use super::{Client, decode};
use crate::{
    Error, PinnedCluster,
    signing_key::{ApplicationKey, signatures_on},
    verify::Attestations,
};

impl Client {
    /// Asks the members of an MXE's cluster for the key that its circuits sign with; does nothing where that was done before. The
    /// members make it and publish it by themselves: see [`signing_key`](Self::signing_key).
    ///
    /// # Errors
    /// Those of [`send`](Self::send): of the program if `authority` is not the MXE's, or its protocol has no signing keys.
    pub async fn request_signing_key(
        &self,
        payer: &Keypair,
        authority: &Keypair,
        mxe: Pubkey,
    ) -> Result<(), Error> {
        let Mxe { state_key_version: version, cluster, .. } = self.mxe(&mxe).await?;
        if self.raw_account(&pda::signing_key(&mxe, version).0).await?.is_some() {
            return Ok(());
        }
        let request = client::request_signing_key(payer.pubkey(), authority.pubkey(), mxe, version, cluster);
        self.send("asking for a signing key", &[request], &[payer, authority]).await?;
        Ok(())
    }

    /// The key that an MXE's circuits sign with, once all pinned members have signed and published it; `None` while they make it.
    ///
    /// # Errors
    /// [`Error::NoAccount`] if nobody asked for it; those of [`ApplicationKey::verify`]; [`Error::Rpc`].
    pub async fn signing_key(
        &self,
        cluster: &PinnedCluster,
        mxe: &Pubkey,
    ) -> Result<Option<ApplicationKey>, Error> {
        let what = "signing key";
        let address = pda::signing_key(mxe, self.mxe(mxe).await?.state_key_version).0;
        let account = self.raw_account(&address).await?.ok_or(Error::NoAccount { what, address })?;
        if account.data.starts_with(SigningKeyRequest::DISCRIMINATOR) {
            return Ok(None);
        }
        let published: SigningKey = decode(what, &arx_program::ID, &address, &account)?;
        let members = cluster.identities();
        let mut attestations = Attestations::default();
        for transaction in self.transactions_of(&address).await? {
            let instructions = self.record(&transaction).await?.instructions;
            attestations.collect(&address, &instructions);
            if let Some(signatures) = signatures_on(&address, &instructions, &attestations, &members) {
                return ApplicationKey::verify(cluster, address, &published, &signatures).map(Some);
            }
        }
        let why = "the RPC server has no transaction that published it; ask one that keeps the history";
        Err(Error::SigningKey { address, why: why.into() })
    }
}
