// stages: graph circuit
#[encrypted]
mod circuits {
    use arcis::*;

    #[derive(Clone, Copy)]
    pub struct State {
        count: u8,
        last: u8,
    }

    // What either branch writes becomes a choice, field by field; what none writes stays.
    #[instruction]
    pub fn fields(input: Enc<Shared, (u8, bool)>, state: Enc<Mxe, State>) -> Enc<Mxe, State> {
        let (number, flag) = input.to_arcis();
        let mut s = state.to_arcis();
        if flag {
            s.count += 1;
            s.last = number;
        } else {
            s.count = 0;
        }
        state.owner.from_arcis(s)
    }

    // One condition within another is one choice.
    #[instruction]
    pub fn nested(input: Enc<Shared, (u8, bool, bool)>) -> Enc<Shared, u8> {
        let (number, outer, inner) = input.to_arcis();
        let mut result = 7;
        if outer {
            if inner {
                result = number;
            }
        }
        input.owner.from_arcis(result)
    }

    // The same condition again is known within its branches.
    #[instruction]
    pub fn known(input: Enc<Shared, (u8, bool)>) -> Enc<Shared, u8> {
        let (number, flag) = input.to_arcis();
        let result = if flag {
            if !flag { number * number } else { number }
        } else {
            if flag { 1 } else { 2 }
        };
        input.owner.from_arcis(result)
    }

    // A constant condition leaves nothing of the branch not taken.
    #[instruction]
    pub fn constant(input: Enc<Shared, u8>) -> Enc<Shared, u8> {
        let mut number = input.to_arcis();
        for i in 0..4 {
            if i % 2 == 1 {
                number ^= 1 << i;
            } else if i == 2 {
                number = !number;
            }
        }
        input.owner.from_arcis(number)
    }
}
