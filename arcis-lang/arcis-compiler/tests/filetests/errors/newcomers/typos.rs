// stages: circuit
// Names that are nearly right.
#[encrypted]
mod circuits {
    use arcis::*;

    pub enum Color {
        Red,
        Green,
    }
    #[derive(Clone, Copy)]
    pub struct Account {
        pub balance: u64,
    }
    impl Account {
        const LIMIT: u64 = 100;
        fn increased(&self, by: u64) -> u64 {
            self.balance + by
        }
    }

    #[instruction]
    pub fn typos(account: Enc<Mxe, Account>, values: [u64; 4]) -> u64 {
        let inside = account.to_arcs();
        let account = account.to_arcis();
        let a = account.balence;
        let b = account.increase(3);
        let c = acount.balance;
        let d = Color::Gren;
        let e = values.itter().sum::<u64>();
        let f = values[0].saturating_ad(1);
        let g = Account { ballance: 3 };
        let h = Account::incresed(&account, 2);
        let i: Share = 3;
        let j = sigmod(3.0);
        let k = values.iter().filer(|x| **x > 3).count();
        let l = values[1].zzz();
        let m = Some(3u8).is_som();
        0
    }
}
