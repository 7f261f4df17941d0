// stages: circuit
// What somebody writes who forgets what is secret.
#[encrypted]
mod circuits {
    use arcis::*;

    #[derive(Clone, Copy)]
    pub struct Account {
        pub balance: u64,
        pub owner: SolanaPublicKey,
    }

    fn halvings(x: u64) -> u64 {
        if x <= 1 { 0 } else { 1 + halvings(x / 2) }
    }

    #[instruction]
    pub fn without_opening(account: Enc<Mxe, Account>) -> u64 {
        account.balance
    }
    #[instruction]
    pub fn without_sealing(account: Enc<Mxe, Account>) -> Enc<Mxe, Account> {
        let mut account = account.to_arcis();
        account.balance += 1;
        account
    }
    #[instruction]
    pub fn returned(account: Enc<Mxe, Account>) -> Account {
        account.to_arcis()
    }
    #[instruction]
    pub fn revealed_in_an_if(account: Enc<Mxe, Account>, limit: u64) -> u64 {
        let account = account.to_arcis();
        let mut shown = 0;
        if account.balance > limit {
            shown = account.balance.reveal();
        }
        shown
    }
    #[instruction]
    pub fn revealed_in_a_match(account: Enc<Mxe, Option<u64>>) -> u64 {
        match account.to_arcis() {
            Some(balance) => balance.reveal(),
            None => 0,
        }
    }
    #[instruction]
    pub fn as_long_as(account: Enc<Mxe, Account>) -> u64 {
        let mut left = account.to_arcis().balance;
        let mut days = 0u64;
        while left > 10 {
            left -= left / 10;
            days += 1;
        }
        days.reveal()
    }
    #[instruction]
    pub fn up_to(account: Enc<Mxe, Account>) -> u64 {
        let mut sum = 0;
        for day in 0..account.to_arcis().balance {
            sum += day;
        }
        sum.reveal()
    }
    #[instruction]
    pub fn recursive(account: Enc<Mxe, Account>) -> u64 {
        halvings(account.to_arcis().balance).reveal()
    }
    #[instruction]
    pub fn of_secret_length(account: Enc<Mxe, Account>) -> u64 {
        let days = [0u64; 100];
        let part = &days[..account.to_arcis().balance as usize];
        part.iter().sum::<u64>().reveal()
    }
    #[instruction]
    pub fn wrong_owner(account: Enc<Mxe, Account>, bid: Enc<Shared, u64>) -> Enc<Mxe, u64> {
        bid.owner.from_arcis(bid.to_arcis() + account.to_arcis().balance)
    }
    #[instruction]
    pub fn not_an_option(account: Enc<Mxe, Option<u64>>) -> u64 {
        account.to_arcis().unwrap().reveal()
    }
}
