// stages: circuit
#[encrypted]
mod circuits {
    use arcis::*;

    fn show(x: u64) -> u64 {
        x.reveal()
    }

    #[instruction]
    pub fn forgotten(secret: Enc<Shared, u64>, known: u64) -> (u64, u64, bool) {
        let x = secret.to_arcis();
        (x + known, known, (x > 3).reveal())
    }

    #[instruction]
    pub fn under_condition(secret: Enc<Shared, u64>, flag: bool) -> u64 {
        let x = secret.to_arcis();
        let mut shown = 0;
        if x > 10 {
            if flag {
                shown = x.reveal();
            }
        }
        if flag && x > 5 && show(x) == 2 {
            shown = 1;
        }
        shown
    }

    #[instruction]
    pub fn still_encrypted(secret: Enc<Shared, u64>) -> u64 {
        secret.reveal()
    }

    #[instruction]
    pub fn whole(a: Enc<Shared, u64>) -> (u64, Enc<Shared, u64>) {
        let pair = (a.to_arcis(), a);
        (pair.reveal()).0
    }
}
