//! What generated code has to hold: enums, options and numbers with a point, nested, and names that mean something else in
//! Rust. Compiled by tests here and of `arx-anchor`; not part of any crate.

#[encrypted]
mod circuits {
    use arcis::*;

    #[derive(Clone, Copy, PartialEq)]
    pub enum Side {
        Left,
        Right,
        Middle(i8),
    }

    #[derive(Clone, Copy, PartialEq)]
    pub enum Action {
        Hold,
        Buy { price: u32, limit: Option<u32> },
        Sell(u32),
        Both(Side, [Side; 2]),
    }

    #[derive(Clone, Copy, PartialEq)]
    pub enum Result {
        Won { r#type: u8, by: SolanaPublicKey },
        Lost,
    }

    #[derive(Clone, Copy)]
    pub struct Value {
        pub rate: f64,
        pub orders: [Option<Side>; 2],
    }

    #[derive(Clone, Copy)]
    pub struct Pair(pub Option<u16>, pub bool);

    #[derive(Clone, Copy)]
    pub struct Plain {
        pub count: u64,
        pub flags: [bool; 2],
    }

    /// An enum of one variant.
    #[derive(Clone, Copy)]
    pub enum Only {
        This(u8),
    }

    #[instruction]
    pub fn act(
        action: Enc<Shared, Action>,
        limit: Option<u32>,
        known: Action,
        by: SolanaPublicKey,
    ) -> (Enc<Shared, (Action, Option<Side>)>, Result, Option<Side>) {
        let secret = action.to_arcis();
        let next = match secret {
            Action::Buy { price, limit: None } => Action::Buy { price, limit },
            Action::Both(side, [first, second]) => Action::Both(first, [second, side]),
            other => other,
        };
        let side = if let Action::Both(side, _) = secret { Some(side) } else { None };
        let result = if secret == known { Result::Won { r#type: 7, by } } else { Result::Lost };
        let shown = match known {
            Action::Both(_, sides) => Some(sides[1]),
            _ => None,
        };
        (action.owner.from_arcis((next, side)), result.reveal(), shown)
    }

    #[instruction]
    pub fn rate(value: Enc<Shared, Value>, pair: Pair, plain: Plain, only: Only) -> (Enc<Shared, Value>, Pair, f32, Plain) {
        let mut inner = value.to_arcis();
        inner.rate = inner.rate * 2.0 + 0.5;
        inner.orders[1] = inner.orders[0];
        inner.orders[0] = None;
        let Only::This(by) = only;
        let next = Plain { count: plain.count + 1, flags: [plain.flags[1], plain.flags[0]] };
        (value.owner.from_arcis(inner), Pair(pair.0.map(|x| x + by as u16), !pair.1), (by as f32) / 4.0, next)
    }
}
