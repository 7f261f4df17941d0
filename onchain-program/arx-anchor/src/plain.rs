//! Types that circuits know, and the plain form in which arguments and results in the clear travel.
//!
//! The plain form is Borsh's, except that every value of a type is equally long: an option is a byte and its value, an enum
//! the number of its variant and the fields of all variants, with zeros for what the value does not have.

use anchor_lang::prelude::*;
use std::io;

/// A type whose values can be in a circuit's arguments and outputs.
///
/// Where values are equally long anyway, the plain form is how they are serialized.
pub trait CircuitType: AnchorSerialize + AnchorDeserialize {
    /// Length of a value in bits, as it is encrypted.
    const BITS: u32;
    /// Length of a value in bytes, in the clear.
    const PLAIN_LENGTH: usize;

    /// Writes the plain form.
    ///
    /// # Errors
    /// Those of the writer.
    fn write_plain<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        AnchorSerialize::serialize(self, writer)
    }

    /// Reads the plain form.
    ///
    /// # Errors
    /// Those of the reader, and when the bytes are no value's plain form.
    fn read_plain<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        AnchorDeserialize::deserialize_reader(reader)
    }
}

/// A value that is serialized in its plain form. A program that takes a plaintext argument of a type with options in it
/// from its client takes `Plain<..>`; the structs and enums of generated code are serialized in their plain form themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plain<T>(pub T);

impl<T: CircuitType> AnchorSerialize for Plain<T> {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        self.0.write_plain(writer)
    }
}

impl<T: CircuitType> AnchorDeserialize for Plain<T> {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        T::read_plain(reader).map(Self)
    }
}

/// Serializes a type in its plain form. Used by generated code.
#[macro_export]
macro_rules! serialize_plainly {
    ($ty:ty) => {
        impl $crate::anchor_lang::AnchorSerialize for $ty {
            fn serialize<W: ::std::io::Write>(&self, writer: &mut W) -> ::std::io::Result<()> {
                <Self as $crate::CircuitType>::write_plain(self, writer)
            }
        }

        impl $crate::anchor_lang::AnchorDeserialize for $ty {
            fn deserialize_reader<R: ::std::io::Read>(reader: &mut R) -> ::std::io::Result<Self> {
                <Self as $crate::CircuitType>::read_plain(reader)
            }
        }
    };
}

/// Writes zeros for a value that is not there. Used by generated code.
///
/// # Errors
/// Those of the writer.
pub fn write_zeros<T: CircuitType>(writer: &mut impl io::Write) -> io::Result<()> {
    (0..T::PLAIN_LENGTH).try_for_each(|_| writer.write_all(&[0]))
}

/// Skips a value that is not there. Used by generated code.
///
/// # Errors
/// Those of the reader, and when there are bytes other than zero: every value has one plain form.
pub fn skip_zeros<T: CircuitType>(reader: &mut impl io::Read) -> io::Result<()> {
    let mut byte = [0];
    for _ in 0..T::PLAIN_LENGTH {
        reader.read_exact(&mut byte)?;
        if byte != [0] {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "a field that the value does not have is not zero",
            ));
        }
    }
    Ok(())
}

/// There is no such variant. Used by generated code.
pub fn no_variant() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the enum has no variant of this number")
}

macro_rules! circuit_types {
    ($($ty:ty = $bits:expr,)*) => {$(
        impl CircuitType for $ty {
            const BITS: u32 = $bits;
            const PLAIN_LENGTH: usize = ($bits as usize).div_ceil(8);
        }
    )*};
}

circuit_types! {
    bool = 1,
    u8 = 8, u16 = 16, u32 = 32, u64 = 64, u128 = 128,
    i8 = 8, i16 = 16, i32 = 32, i64 = 64, i128 = 128,
    Pubkey = 256,
    () = 0,
}

impl<T: CircuitType> CircuitType for Option<T> {
    const BITS: u32 = 1 + T::BITS;
    const PLAIN_LENGTH: usize = 1 + T::PLAIN_LENGTH;

    fn write_plain<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        self.is_some().write_plain(writer)?;
        match self {
            Some(value) => value.write_plain(writer),
            None => write_zeros::<T>(writer),
        }
    }

    fn read_plain<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        if bool::read_plain(reader)? {
            return T::read_plain(reader).map(Some);
        }
        skip_zeros::<T>(reader)?;
        Ok(None)
    }
}

impl<T: CircuitType, const N: usize> CircuitType for [T; N] {
    const BITS: u32 = T::BITS * N as u32;
    const PLAIN_LENGTH: usize = T::PLAIN_LENGTH * N;

    fn write_plain<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        self.iter().try_for_each(|element| element.write_plain(writer))
    }

    fn read_plain<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let elements = (0..N).map(|_| T::read_plain(reader)).collect::<io::Result<Vec<_>>>()?;
        elements.try_into().map_err(|_| io::ErrorKind::InvalidData.into())
    }
}

macro_rules! circuit_tuples {
    ($($($name:ident)+,)*) => {$(
        #[allow(non_snake_case, reason = "one name for a type and its value")]
        impl<$($name: CircuitType),+> CircuitType for ($($name,)+) {
            const BITS: u32 = 0 $(+ $name::BITS)+;
            const PLAIN_LENGTH: usize = 0 $(+ $name::PLAIN_LENGTH)+;

            fn write_plain<Writer: io::Write>(&self, writer: &mut Writer) -> io::Result<()> {
                let ($($name,)+) = self;
                $($name.write_plain(writer)?;)+
                Ok(())
            }

            fn read_plain<Reader: io::Read>(reader: &mut Reader) -> io::Result<Self> {
                Ok(($($name::read_plain(reader)?,)+))
            }
        }
    )*};
}

circuit_tuples! {
    A, A B, A B C, A B C D, A B C D E, A B C D E F, A B C D E F G, A B C D E F G H, A B C D E F G H I,
    A B C D E F G H I J, A B C D E F G H I J K, A B C D E F G H I J K L,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_sums_without_padding() {
        assert_eq!(<(bool, [u16; 3], (Pubkey, i8), ())>::BITS, 1 + 48 + 264);
        assert_eq!(<[[bool; 3]; 5]>::BITS, 15);
        assert_eq!(<[[bool; 3]; 5]>::PLAIN_LENGTH, 15);
        assert_eq!(<Option<(u8, Option<u32>)>>::BITS, 1 + 8 + 33);
    }

    #[test]
    fn options_are_as_long_with_a_value_as_without() {
        type Values = ([Option<u16>; 2], bool);
        let value = Plain::<Values>(([None, Some(0x0102)], true));
        let bytes = borsh::to_vec(&value).unwrap();
        assert_eq!(bytes, [0, 0, 0, 1, 2, 1, 1]);
        assert_eq!(Plain::<Values>::try_from_slice(&bytes).unwrap(), value);
        assert!(Plain::<Values>::try_from_slice(&[2, 0, 0, 1, 2, 1, 1]).is_err(), "no bool");
        assert!(
            Plain::<Values>::try_from_slice(&[0, 0, 9, 1, 2, 1, 1]).is_err(),
            "a value that is not there"
        );
        assert!(Plain::<Values>::try_from_slice(&bytes[..6]).is_err());
    }
}
