//! Functions that stay functions of the circuit, and arrays of encrypted data.

use arcis::{Enc, Mxe, Shared};
use arcis_circuit::{Op, OutputKind, ParameterKind};

use crate::support::{Edge, Instructions, check};
use crate::{me, runner};

crate::circuit_module! {
    mod circuits {
        use arcis::*;

        #[derive(Clone, Copy, Debug, PartialEq, Default)]
        pub enum Kind {
            #[default]
            Plain,
            Doubled,
            Shifted,
        }

        #[derive(Clone, Copy, Debug, PartialEq, Default)]
        pub struct Item {
            pub kind: Kind,
            pub amount: u32,
            pub extra: Option<u8>,
        }

        #[inline(never)]
        fn sum<const N: usize>(of: [u32; N]) -> u64 {
            let mut sum = 0;
            for value in of {
                sum += value as u64;
            }
            sum
        }

        impl Item {
            #[inline(never)]
            fn changed(&self, by: &(u32, bool)) -> Item {
                if by.1 {
                    return *self;
                }
                let amount = match self.kind {
                    Kind::Plain => self.amount + by.0,
                    Kind::Doubled => self.amount * 2,
                    Kind::Shifted => self.amount >> 1,
                };
                let kind = if sum([amount, by.0]) > 1000 { Kind::Shifted } else { self.kind };
                Item { kind, amount, extra: self.extra.map(|extra| extra + 1).filter(|extra| *extra > 3) }
            }
        }

        /// Kept as a function, on constants: known when compiling.
        #[inline(never)]
        fn rounds(of: usize) -> usize {
            of / 2
        }

        #[instruction]
        pub fn changed(items: Enc<Mxe, [Item; 6]>, by: Enc<Shared, (u32, bool)>, seen: (u32, bool)) -> (Enc<Mxe, [Item; 6]>, u64) {
            let mut changed = items.to_arcis();
            let by = by.to_arcis();
            for place in 0..rounds(12) {
                changed[place] = changed[place].changed(&by).changed(&seen);
            }
            (items.owner.from_arcis(changed), sum([seen.0; 3]))
        }

        #[instruction]
        pub fn each(
            first: Enc<Mxe, u32>,
            cells: [Enc<Mxe, Item>; 3],
            clients: [Enc<Shared, u32>; 2],
            reader: [Shared; 2],
        ) -> ([Enc<Mxe, Item>; 3], Enc<Mxe, u32>, [Enc<Shared, u32>; 2], [Enc<Shared, u32>; 2]) {
            let start = first.to_arcis();
            let amounts = [clients[0].to_arcis(), clients[1].to_arcis()];
            let by = (amounts[0], false);
            let changed = [
                cells[0].owner.from_arcis(cells[0].to_arcis().changed(&by)),
                cells[1].owner.from_arcis(cells[2].to_arcis()),
                cells[2].owner.from_arcis(cells[1].to_arcis()),
            ];
            let [zero, one] = reader;
            (
                changed,
                first.owner.from_arcis(start + amounts[1]),
                [clients[1].owner.from_arcis(amounts[0]), clients[0].owner.from_arcis(amounts[1])],
                [one.from_arcis(start), zero.from_arcis(start + 1)],
            )
        }
    }
}

use circuits::{Item, Kind};

fn item(seed: u32) -> Item {
    let kind = [Kind::Plain, Kind::Doubled, Kind::Shifted][seed as usize % 3];
    Item { kind, amount: seed, extra: (seed % 5 < 2).then_some((seed >> 3) as u8 % 8) }
}

#[test]
fn functions_that_stay_agree() {
    let instructions = Instructions::must_compile(SOURCE);
    runner(80)
        .run(&(u32::edges(), u32::edges(), u32::edges()), |(a, b, c)| {
            let items = [a, b, c, a ^ b, b ^ c, 7].map(item);
            let (by, seen) = ((b, c % 2 == 0), (c, a % 4 == 0));
            let (changed, sum) = circuits::changed(Mxe::get().from_arcis(items), me().from_arcis(by), seen);
            check(&instructions, "changed", &(items, by, seen), &(changed.to_arcis(), sum))
        })
        .unwrap();
}

/// Twelve calls, and a function for each kind of arguments.
#[test]
fn functions_stay_functions() {
    let instructions = Instructions::must_compile(SOURCE);
    let circuit = &instructions.must_find("changed").compiled.artifact.circuit;
    let names: Vec<&str> = circuit.functions.iter().map(|function| function.name.as_str()).collect();
    assert_eq!(names, ["sum", "changed", "sum", "changed"]);
    let calls = circuit.functions[3].ops.iter().filter(|op| matches!(op, Op::Call { function: 1, .. }));
    assert_eq!(calls.count(), 12);
}

#[test]
fn arrays_of_encrypted_data_are_so_many_arguments_and_results() {
    let instructions = Instructions::must_compile(SOURCE);
    let state = |value: u32| -> Enc<Mxe, Item> { Mxe::get().from_arcis(item(value)) };
    runner(60)
        .run(&(u32::edges(), u32::edges(), u32::edges()), |(a, b, c)| {
            let cells = [state(a), state(b), state(c)];
            let (items, first) = ([a, b, c].map(item), Mxe::get().from_arcis(a ^ c));
            let clients: [Enc<Shared, u32>; 2] = [me().from_arcis(b), me().from_arcis(c)];
            let (cells, first, clients, seen) = circuits::each(first, cells, clients, [me(); 2]);
            let native = (
                cells.map(|it| it.to_arcis()),
                first.to_arcis(),
                clients.map(|it| it.to_arcis()),
                seen.map(|it| it.to_arcis()),
            );
            check(&instructions, "each", &(a ^ c, items, [b, c]), &native)
        })
        .unwrap();
    let interface = &instructions.must_find("each").compiled.artifact.interface;
    let parameters: Vec<_> = interface.parameters.iter().map(|it| (it.name.as_str(), it.kind)).collect();
    use ParameterKind::{Cell, Recipient, Shared as Client};
    assert_eq!(
        parameters,
        [
            ("first", Cell),
            ("cells_0", Cell),
            ("cells_1", Cell),
            ("cells_2", Cell),
            ("clients_0", Client { slot: 0 }),
            ("clients_1", Client { slot: 1 }),
            ("reader_0", Recipient { slot: 2 }),
            ("reader_1", Recipient { slot: 3 }),
        ]
    );
    let outputs: Vec<_> = interface.outputs.iter().map(|it| it.kind).collect();
    let cell = |source| OutputKind::Cell { source: Some(source) };
    let client = |slot| OutputKind::Shared { slot };
    assert_eq!(outputs, [cell(1), cell(2), cell(3), cell(0), client(1), client(0), client(3), client(2)]);
}
