// stages: circuit
#[encrypted]
mod circuits {
    use arcis::*;

    fn endless(x: u8) -> u8 {
        even(x)
    }

    fn even(x: u8) -> u8 {
        endless(x) + 1
    }

    #[instruction]
    pub fn recursion(x: u8) -> u8 {
        endless(x)
    }

    #[instruction]
    pub fn indices(input: Enc<Shared, (u64, [u8; 4])>, which: u64) -> u8 {
        let (_, values) = input.to_arcis();
        values[which as usize].reveal()
    }

    #[instruction]
    pub fn secret_index(input: Enc<Shared, (u64, [u8; 4])>) -> u8 {
        let (place, mut values) = input.to_arcis();
        values[place as usize] = 1;
        values[0].reveal()
    }

    #[instruction]
    pub fn out_of_range() -> u8 {
        let values = [1, 2, 3];
        let mut sum = 0;
        for i in 0..=3 {
            sum += values[i];
        }
        sum
    }

    #[instruction]
    pub fn bounds(n: u8) -> u8 {
        let mut sum = 0;
        for i in 0..n {
            sum += i;
        }
        sum
    }

    #[instruction]
    pub fn too_large() -> u64 {
        let mut sum = 0;
        for i in 0..u64::MAX {
            sum += i;
        }
        sum
    }

    #[instruction]
    pub fn owners(a: Enc<Shared, u8>, b: Enc<Shared, u8>) -> Enc<Shared, u8> {
        let owner = if a.to_arcis() > 3 { a.owner } else { b.owner };
        owner.from_arcis(1)
    }

    #[instruction]
    pub fn chosen_reference(a: Enc<Shared, (u8, bool)>) -> u8 {
        let (x, flag) = a.to_arcis();
        let (mut left, mut right) = (x, x);
        let chosen = if flag { &mut left } else { &mut right };
        *chosen = 1;
        left.reveal()
    }

    #[instruction]
    pub fn not_always(flag: bool) -> u8 {
        let x;
        if flag {
            x = 1;
        }
        x
    }
}
