//! The smallest application with state: a secret total. Compiled by the tests; not part of any crate.

#[encrypted]
mod circuits {
    use arcis::*;

    #[instruction]
    pub fn start(value: u64) -> Enc<Mxe, u64> {
        Mxe::get().from_arcis(value)
    }

    /// Adds, and tells the caller, alone, the total before.
    #[instruction]
    pub fn add(amount: Enc<Shared, u64>, total: Enc<Mxe, u64>) -> (Enc<Mxe, u64>, Enc<Shared, u64>) {
        let before = total.to_arcis();
        let after = before + amount.to_arcis();
        (total.owner.from_arcis(after), amount.owner.from_arcis(before))
    }

    /// Of the same shape as `add`.
    #[instruction]
    pub fn subtract(amount: Enc<Shared, u64>, total: Enc<Mxe, u64>) -> (Enc<Mxe, u64>, Enc<Shared, u64>) {
        let before = total.to_arcis();
        let after = before - amount.to_arcis();
        (total.owner.from_arcis(after), amount.owner.from_arcis(before))
    }

    /// Takes two inputs of one shape.
    #[instruction]
    pub fn difference(left: Enc<Shared, u64>, right: Enc<Shared, u64>) -> u64 {
        (left.to_arcis() - right.to_arcis()).reveal()
    }

    /// Adds an amount that everybody knows, from wherever the application keeps it.
    #[instruction]
    pub fn add_known(amount: u64, total: Enc<Mxe, u64>) -> Enc<Mxe, u64> {
        let after = total.to_arcis() + amount;
        total.owner.from_arcis(after)
    }

    #[instruction]
    pub fn show(total: Enc<Mxe, u64>) -> u64 {
        total.to_arcis().reveal()
    }
}
