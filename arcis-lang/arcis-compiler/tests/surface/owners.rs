//! Who owns what: clients, the cluster, everybody.

use arcis::{EncData, Mxe, Pack, SerializedSolanaPublicKey, SolanaPublicKey};
use arcis_circuit::{OutputKind, ParameterKind};

use crate::support::{Edge, Instructions, check};
use crate::{me, runner};

crate::circuit_module! {
    mod circuits {
        use arcis::*;

        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Pair {
            left: u64,
            right: i32,
        }

        fn bumped<C: Cipher>(data: Enc<C, u32>) -> Enc<C, u32> {
            let value = data.to_arcis();
            data.owner.from_arcis(value + 1)
        }

        #[instruction]
        pub fn generic_owner(a: Enc<Shared, u32>, b: Enc<Mxe, u32>) -> (Enc<Shared, u32>, Enc<Mxe, u32>) {
            (bumped(a), bumped(b))
        }

        #[instruction]
        pub fn observed(state: Enc<Mxe, u64>, observer: Shared, factor: u64) -> (Enc<Shared, u64>, u64) {
            let value = state.to_arcis() * factor;
            (observer.from_arcis(value), value.reveal())
        }

        #[instruction]
        pub fn by_key(data: EncData<u64>, key: ArcisX25519Pubkey, nonce: u128) -> Enc<Shared, u64> {
            let value = data.to_arcis_with_pubkey_and_nonce(key, nonce);
            Shared::new(key).from_arcis(value + 1)
        }

        #[instruction]
        pub fn fresh(mxe: Mxe, a: u64) -> (Enc<Mxe, Pair>, Enc<Mxe, [u8; 3]>) {
            (mxe.from_arcis(Pair { left: a, right: -1 }), Mxe::get().from_arcis([a as u8; 3]))
        }

        #[instruction]
        pub fn public_values(a: (u8, i16, bool), b: [[i8; 2]; 2], c: Option<u8>, d: SolanaPublicKey) -> (i16, [i8; 2], Option<u16>, bool) {
            let none = d == SolanaPublicKey::default();
            (if a.2 { a.0 as i16 + a.1 } else { a.1 }, b[1], c.map(|x| x as u16 * 3), none)
        }

        const KNOWN: SolanaPublicKey = SolanaPublicKey::from_base58(b"So11111111111111111111111111111111111111112");

        #[instruction]
        pub fn serialized(a: SerializedSolanaPublicKey, b: Enc<Shared, SerializedSolanaPublicKey>) -> Enc<Shared, (bool, SolanaPublicKey, u128, bool)> {
            let inner = b.to_arcis();
            let key = SolanaPublicKey::from_serialized(inner);
            b.owner.from_arcis((key == SolanaPublicKey::from_serialized(a), key, inner.hi ^ inner.lo, key == KNOWN))
        }

        #[derive(Clone, Copy, Debug, PartialEq)]
        pub struct Packed {
            pub flags: [bool; 9],
            pub small: u16,
        }

        #[instruction]
        pub fn packed(a: Enc<Mxe, Pack<Packed>>, b: Enc<Shared, Pack<[u8; 3]>>) -> (Enc<Mxe, Pack<Packed>>, Enc<Shared, Pack<u8>>) {
            let mut inner = a.to_arcis().unpack();
            let bytes = b.to_arcis().unpack();
            inner.flags[2] = !inner.flags[2];
            inner.small += bytes[1] as u16;
            (a.owner.from_arcis(Pack::new(inner)), b.owner.from_arcis(Pack::new(bytes[0] + bytes[2])))
        }
    }
}

#[test]
fn owners_agree() {
    let instructions = Instructions::must_compile(SOURCE);
    let edges = (u32::edges(), u32::edges(), u64::edges(), u64::edges(), u128::edges(), u128::edges());
    let mxe = Mxe::get();
    runner(60)
        .run(&edges, |(a, b, c, d, lo, hi)| {
            let (left, right) = circuits::generic_owner(me().from_arcis(a), mxe.from_arcis(b));
            check(&instructions, "generic_owner", &(a, b), &(left.to_arcis(), right.to_arcis()))?;
            let (seen, public) = circuits::observed(mxe.from_arcis(c), me(), d);
            check(&instructions, "observed", &(c, d), &(seen.to_arcis(), public))?;
            let data = EncData::new(&c);
            check(&instructions, "by_key", &(c, lo), &circuits::by_key(data, me().key(), lo).to_arcis())?;
            let key = SerializedSolanaPublicKey { lo, hi };
            for other in [key, SerializedSolanaPublicKey { lo: hi, hi: lo }] {
                let native = circuits::serialized(other, me().from_arcis(key)).to_arcis();
                check(&instructions, "serialized", &(other, key), &native)?;
            }
            let some = (a % 3 != 0).then_some(b as u8);
            let values = (
                (a as u8, b as i16, c % 2 == 0),
                [[1i8, 2], [a as i8, i8::MIN]],
                some,
                SolanaPublicKey::default(),
            );
            let native = circuits::public_values(values.0, values.1, values.2, values.3);
            check(&instructions, "public_values", &values, &native)?;
            let (pair, bytes) = circuits::fresh(mxe, c);
            check(&instructions, "fresh", &c, &(pair.to_arcis(), bytes.to_arcis()))?;
            let flags = [a, b, 0, 1, 2, 3, 4, 5, 6].map(|x| x % 2 == 0);
            let inner = Pack::new(circuits::Packed { flags, small: a as u16 });
            let bytes = Pack::new([a as u8, b as u8, c as u8]);
            let (packed, byte) = circuits::packed(mxe.from_arcis(inner), me().from_arcis(bytes));
            check(&instructions, "packed", &(inner, bytes), &(packed.to_arcis(), byte.to_arcis()))
        })
        .unwrap();
}

#[test]
fn a_key_in_base_58_is_the_same_natively_and_in_circuits() {
    let wrapped = SolanaPublicKey::from_base58(b"So11111111111111111111111111111111111111112");
    assert_eq!(wrapped.to_bytes()[..4], [6, 155, 136, 87]);
    let key = SerializedSolanaPublicKey::from(wrapped);
    let instructions = Instructions::must_compile(SOURCE);
    let (same, _, _, known): (bool, SolanaPublicKey, u128, bool) =
        instructions.run("serialized", &(key, key));
    assert!(same && known);
}

#[test]
fn interfaces_say_who_owns_what() {
    let instructions = Instructions::must_compile(SOURCE);
    let interface = |name: &str| instructions.must_find(name).compiled.artifact.interface.clone();
    let kinds = |name: &str| interface(name).parameters.iter().map(|it| it.kind).collect::<Vec<_>>();
    assert_eq!(
        kinds("observed"),
        [ParameterKind::Cell, ParameterKind::Recipient { slot: 0 }, ParameterKind::Plaintext]
    );
    assert_eq!(interface("observed").outputs[0].kind, OutputKind::Shared { slot: 0 });
    // Whoever queues a call cannot have results for a client's data encrypted for another key.
    assert_eq!(
        kinds("by_key"),
        [ParameterKind::Shared { slot: 0 }, ParameterKind::Recipient { slot: 1 }, ParameterKind::Plaintext]
    );
    assert_eq!(interface("by_key").outputs[0].kind, OutputKind::Shared { slot: 0 });
    assert_eq!(kinds("fresh"), [ParameterKind::Mxe, ParameterKind::Plaintext]);
    assert_eq!(interface("fresh").outputs[1].kind, OutputKind::Cell { source: None });
    assert_eq!(interface("packed").outputs[0].kind, OutputKind::Cell { source: Some(0) });
}
