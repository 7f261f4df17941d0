//! Inverses of `BaseField25519`.

use arcis_circuit::gates::{Shape, cost, lower};

use crate::field::element;
use crate::support::{Instructions, check};
use crate::{me, runner};

crate::circuit_module! {
    mod circuits {
        use arcis::*;

        #[instruction]
        pub fn quotient(input: Enc<Shared, (BaseField25519, BaseField25519)>) -> Enc<Shared, [BaseField25519; 2]> {
            let (a, b) = input.to_arcis();
            input.owner.from_arcis([a.field_division(b), a * a])
        }

        #[instruction]
        pub fn public_quotient(a: BaseField25519, b: Enc<Shared, BaseField25519>) -> (BaseField25519, Enc<Shared, BaseField25519>) {
            let third = BaseField25519::from_u8(3).safe_inverse();
            (a.safe_inverse() * third, b.owner.from_arcis(b.to_arcis().field_division(a)))
        }
    }
}

#[test]
fn quotients_agree() {
    let instructions = Instructions::must_compile(SOURCE);
    runner(6)
        .run(&(element(), element()), |argument| {
            let native = circuits::quotient(me().from_arcis(argument)).to_arcis();
            check(&instructions, "quotient", &argument, &native)?;
            let (a, b) = argument;
            let (inverse, quotient) = circuits::public_quotient(a, me().from_arcis(b));
            check(&instructions, "public_quotient", &argument, &(inverse, quotient.to_arcis()))
        })
        .unwrap();
}

/// What is public costs nothing, nor does a constant: one product with a public factor is left, and no mask.
#[test]
fn public_inverses_cost_no_ands() {
    let instructions = Instructions::must_compile(SOURCE);
    let circuit = &instructions.must_find("public_quotient").compiled.artifact.circuit;
    let cost = cost(&lower(circuit, Shape::Small).unwrap());
    assert!(cost.ands < 26_000 && cost.random_bits == 0, "{cost:?}");
}
