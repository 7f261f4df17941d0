// stages: circuit
#[encrypted]
mod circuits {
    use arcis::*;

    // Under a condition everybody knows, zero is revealed unless the condition holds.
    #[instruction]
    pub fn on_demand(secret: Enc<Shared, u32>, ask: bool, really: bool) -> u32 {
        let secret = secret.to_arcis();
        let mut shown = 0;
        if ask {
            if really {
                shown = secret.reveal();
            }
        }
        shown
    }

    // What is public already is not revealed again; what nobody uses is not revealed at all.
    #[instruction]
    pub fn once(secret: Enc<Shared, (u32, u8)>, known: u32) -> (u32, u32, bool) {
        let (number, byte) = secret.to_arcis();
        let shown = number.reveal();
        let _ = byte.reveal();
        (shown.reveal() + 1, known.reveal(), shown == known)
    }
}
