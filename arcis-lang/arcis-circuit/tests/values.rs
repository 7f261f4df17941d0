//! Bits, types and values.

use arcis_circuit::testing::words;
use arcis_circuit::types::{MAX_TYPE_BITS, MAX_TYPE_DEPTH};
use arcis_circuit::{BitReader, Bits, BitsError, Leaf, PublicKey, Type, TypeError, Value, ValueError};
use proptest::collection::vec;
use proptest::prelude::*;

proptest! {
    #[test]
    fn bits_are_a_vector_of_bools(bools in vec(any::<bool>(), 0..300), other in vec(any::<bool>(), 0..200)) {
        let bits: Bits = bools.iter().copied().collect();
        prop_assert_eq!(bits.len(), bools.len());
        prop_assert!(bits.iter().eq(bools.iter().copied()));
        prop_assert_eq!(bits.get(bools.len()), None);
        prop_assert_eq!(bits.is_zero(), !bools.contains(&true));

        let more: Bits = other.iter().copied().collect();
        prop_assert!(Bits::concat([&bits, &more, &bits]).iter().eq([&bools[..], &other, &bools].concat()));

        let mut inverted = bits.clone();
        inverted.invert();
        prop_assert!(inverted.iter().eq(bools.iter().map(|bit| !bit)));
        inverted ^= &bits;
        prop_assert_eq!(&inverted, &Bits::ones(bools.len()));
        inverted &= &bits;
        prop_assert_eq!(&inverted, &bits);

        let bytes = bits.to_bytes();
        prop_assert_eq!(bytes.len(), bools.len().div_ceil(8));
        for (index, &bit) in bools.iter().enumerate() {
            prop_assert_eq!(bytes[index / 8] >> (index % 8) & 1 == 1, bit);
        }
        prop_assert_eq!(Bits::from_bytes(&bytes, bools.len()), Ok(bits));
    }

    #[test]
    fn slices_are_parts(bools in vec(any::<bool>(), 1..300), a: prop::sample::Index, b: prop::sample::Index) {
        let bits: Bits = bools.iter().copied().collect();
        let (start, end) = (a.index(bools.len() + 1), b.index(bools.len() + 1));
        let (start, end) = (start.min(end), start.max(end));
        prop_assert!(bits.slice(start, end - start).iter().eq(bools[start..end].iter().copied()));
    }

    #[test]
    fn integers_as_bits(value: u128, width in 0..200usize) {
        let bits = Bits::from_u128(value, width);
        let kept = if width < 128 { value & ((1 << width) - 1) } else { value };
        prop_assert_eq!(bits.to_u128(), Some(kept));
        prop_assert_eq!(bits.to_u64(), u64::try_from(kept).ok());
        let mut pushed = Bits::ones(3);
        pushed.push_u128(value, width);
        prop_assert_eq!(pushed.slice(3, width), bits);
    }

    #[test]
    fn values_are_read_back(
        value: (bool, [(u8, i16); 3], u32, (i64, u128, ()), [u8; 32]),
        junk in vec(any::<bool>(), 1..9),
    ) {
        let (a, b, c, d, key) = value;
        let value = (a, b, c, d, PublicKey(key));
        let bits = value.to_bits();
        let ty = type_of(&value);
        prop_assert_eq!(bits.len() as u64, ty.bits());
        prop_assert_eq!(Value::from_bits(&bits), Ok(value));

        // The plain form is Borsh's.
        let mut plain = vec![u8::from(a)];
        for (x, y) in b {
            plain.push(x);
            plain.extend(y.to_le_bytes());
        }
        plain.extend(c.to_le_bytes());
        plain.extend(d.0.to_le_bytes());
        plain.extend(d.1.to_le_bytes());
        plain.extend(key);
        prop_assert_eq!(ty.plain_len(), plain.len() as u64);
        prop_assert_eq!(ty.bits_to_plain(&bits), Ok(plain.clone()));
        prop_assert_eq!(ty.plain_to_bits(&plain), Ok(bits.clone()));

        let longer = Bits::concat([&bits, &junk.into_iter().collect()]);
        prop_assert!(same_type(&value, &longer).is_err());
        prop_assert!(same_type(&value, &bits.slice(0, bits.len() - 1)).is_err());
        prop_assert!(ty.bits_to_plain(&longer).is_err());
        plain.pop();
        prop_assert!(ty.plain_to_bits(&plain).is_err());
    }

    #[test]
    fn signed_integers_keep_their_sign(value: i8, wide: i128) {
        prop_assert_eq!(value.to_bits(), Bits::from_u64(value as u8 as u64, 8));
        prop_assert_eq!(i128::from_bits(&wide.to_bits()), Ok(wide));
    }

    #[test]
    fn edge_words_have_their_width(width in 1..300u32, word in (1..300u32).prop_flat_map(words)) {
        prop_assert!(!word.is_empty());
        prop_assert_eq!(Bits::zeros(width as usize).to_bytes(), vec![0; width.div_ceil(8) as usize]);
    }
}

fn type_of<T: Value>(_: &T) -> Type {
    T::ty()
}

fn same_type<T: Value>(_: &T, bits: &Bits) -> Result<T, ValueError> {
    T::from_bits(bits)
}

#[test]
fn packed_bits_are_checked() {
    assert_eq!(
        Bits::from_bytes(&[1, 2], 17),
        Err(BitsError::WrongLength { bits: 17, expected: 3, actual: 2 })
    );
    assert_eq!(Bits::from_bytes(&[0xff, 0x04], 10), Err(BitsError::PaddingSet { bits: 10 }));
    assert_eq!(Bits::from_bytes(&[0xff, 0x03], 10), Ok(Bits::ones(10)));
    assert_eq!(Bits::from_bytes(&[], 0), Ok(Bits::new()));
    assert_eq!(format!("{:?} {:?}", Bits::from_u64(42, 7), Bits::new()), "0x2a:7 0x0:0");
    assert_eq!(
        format!("{:x}", Bits::concat([&Bits::from_u64(5, 64), &Bits::from_u64(10, 8)])),
        "0xa0000000000000005"
    );
}

#[test]
fn a_plain_bool_is_zero_or_one() {
    let ty = Type::Tuple(vec![Type::Integer { bits: 8, signed: false }, Type::Bool]);
    assert_eq!(ty.plain_to_bits(&[7, 2]), Err(ValueError::BoolByte { offset: 1, byte: 2 }));
    assert_eq!(ty.plain_to_bits(&[7, 1]), Ok(Bits::from_u64(0x107, 9)));
    assert_eq!(ty.plain_to_bits(&[7]), Err(ValueError::ByteLength { expected: 2, actual: 1 }));
}

#[test]
fn types_have_limits() {
    let nested = |depth: usize| (1..depth).fold(Type::Bool, |ty, _| Type::Tuple(vec![ty]));
    assert_eq!(nested(MAX_TYPE_DEPTH).validate(), Ok(()));
    assert_eq!(nested(MAX_TYPE_DEPTH + 1).validate(), Err(TypeError::TooDeep));

    let array = |ty: Type, len: u32| Type::Array(Box::new(ty), len);
    assert_eq!(array(Type::Bool, MAX_TYPE_BITS as u32).validate(), Ok(()));
    assert_eq!(array(Type::Bool, MAX_TYPE_BITS as u32 + 1).validate(), Err(TypeError::TooLarge));
    let huge = (0..8).fold(Type::PublicKey, |ty, _| array(ty, u32::MAX));
    assert_eq!((huge.bits(), huge.validate()), (u64::MAX, Err(TypeError::TooLarge)));
    assert_eq!(huge.leaves(), Err(TypeError::TooLarge));

    // However many elements without bits there are, they cost nothing.
    let empty = array(array(Type::Tuple(vec![]), u32::MAX), u32::MAX);
    assert_eq!(empty.leaves(), Ok(vec![]));
    assert_eq!(empty.plain_to_bits(&[]), Ok(Bits::new()));
    assert_eq!(empty.bits_to_plain(&Bits::new()), Ok(vec![]));

    let named =
        |name: &str| Type::Struct { name: name.to_owned(), fields: vec![(name.to_owned(), Type::Bool)] };
    assert_eq!(named("Bid_2").validate(), Ok(()));
    for name in ["", "2", "a b", "é", &"x".repeat(65)] {
        assert_eq!(named(name).validate(), Err(TypeError::Name { name: name.to_owned() }), "{name}");
    }
    let tuple_struct = Type::Struct { name: "T".to_owned(), fields: vec![("0".to_owned(), Type::Bool)] };
    assert_eq!(tuple_struct.validate(), Ok(()));
}

#[test]
fn leaves_are_in_order() {
    let pair = Type::Tuple(vec![Type::Bool, Type::Integer { bits: 16, signed: true }]);
    let ty = Type::Struct {
        name: "S".to_owned(),
        fields: vec![("a".to_owned(), Type::Array(Box::new(pair), 2)), ("b".to_owned(), Type::PublicKey)],
    };
    let (flag, number) = (Leaf::Bool, Leaf::Integer { bits: 16 });
    assert_eq!(ty.leaves(), Ok(vec![flag, number, flag, number, Leaf::PublicKey]));
    assert_eq!((ty.bits(), ty.plain_len()), (2 * 17 + 256, 2 * 3 + 32));
}

#[test]
fn reading_past_the_end_is_an_error() {
    let bits = Bits::from_u64(0b101, 3);
    let mut reader = BitReader::new(&bits);
    assert_eq!(reader.read_bool(), Ok(true));
    assert_eq!(reader.read_u128(3), Err(ValueError::OutOfBits { wanted: 3, left: 2 }));
    assert_eq!(reader.clone().finish(), Err(ValueError::BitLength { expected: 1, actual: 3 }));
    assert_eq!(reader.read(2), Ok(Bits::from_u64(0b10, 2)));
    assert_eq!(reader.finish(), Ok(()));
}
