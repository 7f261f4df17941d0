// stages: tree
#[encrypted]
mod circuits {
    use arcis::*;

    pub struct Account {
        balance: u64,
        history: [u64; 3],
    }

    impl Account {
        fn add(&mut self, amount: u64) {
            self.balance += amount;
        }

        fn shifted(&self) -> [u64; 3] {
            [self.balance, self.history[0], self.history[1]]
        }
    }

    // The type of a literal is decided later, through a chain of variables.
    fn literals(wanted: i16) -> i16 {
        let a = 1;
        let b = a;
        let mut c = 2;
        c = c + b;
        let undecided = 7;
        let shift = 3;
        let _ = undecided << shift;
        c << 1u8 | wanted
    }

    // Methods borrow as they need; references are followed where a value is needed.
    fn borrows(account: &mut Account, other: &Account) -> u64 {
        account.add(other.balance);
        let again = &mut *account;
        again.add(1);
        let amounts = other.shifted();
        let mut total = 0;
        for amount in &amounts {
            total += amount;
        }
        total + again.balance
    }

    // Elements get their type from their array, `if` from what is expected.
    fn elements(flag: bool) -> ([u8; 2], (u32, [i64; 2])) {
        let pair = (if flag { 1 } else { 2 }, [0; 2]);
        ([3, 4], pair)
    }

    fn through_patterns(pairs: &[(u8, bool); 2]) -> u8 {
        let mut sum = 0;
        for (number, flag) in pairs {
            if *flag {
                sum += *number as u8;
            }
        }
        sum + usize::BITS as u8 + u8::from(true)
    }
}
