//! A stake token: its mint and accounts are put on the chain as they are, for how tokens are issued is not our subject.

use arx_program::{client, pda, token::TOKEN_PROGRAM};
use solana_account::Account;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::{
    harness::{Harness, key},
    network::{Network, NodeKeys},
};

/// Tokens in existence.
pub const SUPPLY: u64 = 1_000_000_000_000_000;

/// The stake token of a network.
#[derive(Clone, Copy, Debug)]
pub struct StakeToken {
    /// Its mint.
    pub mint: Pubkey,
}

impl StakeToken {
    /// Makes a token and names it as the network's stake token.
    pub fn start(harness: &mut Harness, network: &Network) -> Self {
        let token = Self { mint: key("stake mint").pubkey() };
        token.put_mint(harness);
        let payer = harness.payer().pubkey();
        let create = client::create_stake_pool(payer, network.authority.pubkey(), token.mint);
        harness.must_send(&[create], &[&network.authority]);
        token
    }

    fn put_mint(&self, harness: &mut Harness) {
        let mut data = vec![0; 82];
        data[36..44].copy_from_slice(&SUPPLY.to_le_bytes());
        data[44] = 6;
        data[45] = 1;
        self.put(harness, self.mint, data);
    }

    /// A token account of this name that holds so much.
    pub fn account(&self, harness: &mut Harness, name: &str, owner: &Pubkey, amount: u64) -> Pubkey {
        let address = key(&format!("token account {name}")).pubkey();
        let mut data = vec![0; 165];
        data[..32].copy_from_slice(self.mint.as_ref());
        data[32..64].copy_from_slice(owner.as_ref());
        data[64..72].copy_from_slice(&amount.to_le_bytes());
        data[108] = 1;
        self.put(harness, address, data);
        address
    }

    fn put(&self, harness: &mut Harness, address: Pubkey, data: Vec<u8>) {
        let lamports = harness.rent(data.len());
        let owner = TOKEN_PROGRAM;
        harness
            .set_account(address, Account { lamports, data, owner, executable: false, rent_epoch: u64::MAX });
    }

    /// How much a token account holds.
    pub fn balance(&self, harness: &Harness, account: &Pubkey) -> u64 {
        let data = harness.account(account).expect("the token account").data;
        u64::from_le_bytes(data[64..72].try_into().expect("8 bytes"))
    }

    /// How much the vault holds.
    pub fn vault(&self, harness: &Harness) -> u64 {
        self.balance(harness, &pda::vault().0)
    }

    /// Tokens in existence.
    pub fn supply(&self, harness: &Harness) -> u64 {
        let data = harness.account(&self.mint).expect("the mint").data;
        u64::from_le_bytes(data[36..44].try_into().expect("8 bytes"))
    }

    /// A node's owner bonds tokens that it did not have before.
    pub fn must_bond(&self, harness: &mut Harness, node: &NodeKeys, amount: u64, commission: u16) {
        let (owner, identity) = (node.authority.pubkey(), node.identity.pubkey());
        let source = self.account(harness, &identity.to_string(), &owner, amount);
        let bond = client::bond(owner, identity, source, amount, commission);
        harness.must_send(&[bond], &[&node.authority]);
    }

    /// Someone delegates tokens that it did not have before.
    pub fn must_delegate(&self, harness: &mut Harness, owner: &Keypair, node: &NodeKeys, amount: u64) {
        let source = self.account(harness, &owner.pubkey().to_string(), &owner.pubkey(), amount);
        let delegate = client::delegate(owner.pubkey(), node.identity.pubkey(), source, amount);
        harness.must_send(&[delegate], &[owner]);
    }
}
