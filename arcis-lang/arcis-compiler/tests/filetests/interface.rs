// stages: interface
#[encrypted]
mod circuits {
    use arcis::*;

    #[derive(Clone, Copy)]
    pub struct Order(u32, [bool; 2]);

    // Slots number the clients; a cell is written back once, and only by data of its own type.
    #[instruction]
    pub fn everything(
        plain: (u8, i128),
        order: Enc<Shared, Order>,
        reader: Shared,
        book: Enc<Mxe, Order>,
        mxe: Mxe,
    ) -> (Enc<Mxe, Order>, Enc<Mxe, Order>, Enc<Mxe, u32>, Enc<Mxe, bool>, Enc<Shared, u8>, SolanaPublicKey) {
        let kept = book.to_arcis();
        (
            book.owner.from_arcis(order.to_arcis()),
            book.owner.from_arcis(kept),
            book.owner.from_arcis(kept.0),
            mxe.from_arcis(kept.1[0]),
            reader.from_arcis(plain.0),
            SolanaPublicKey::from_bytes([7; 32]),
        )
    }
}
