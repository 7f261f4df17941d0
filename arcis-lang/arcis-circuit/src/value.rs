//! Rust values in the bit form of their [`Type`].

use thiserror::Error;

use crate::bits::Bits;
use crate::types::Type;

/// Bytes or bits that are not a value of the type.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ValueError {
    /// Fewer or more bytes than the type has.
    #[error("the type takes {expected} bytes, got {actual}")]
    ByteLength {
        /// Bytes of the type.
        expected: u64,
        /// Bytes given.
        actual: usize,
    },
    /// Fewer or more bits than the type has.
    #[error("the type takes {expected} bits, got {actual}")]
    BitLength {
        /// Bits of the type.
        expected: u64,
        /// Bits given.
        actual: usize,
    },
    /// A bool byte other than 0 or 1.
    #[error("byte {offset} is {byte}, but a bool is 0 or 1")]
    BoolByte {
        /// Where.
        offset: usize,
        /// What was found.
        byte: u8,
    },
    /// The number of a variant that the enum does not have.
    #[error("there is no variant {number} of `{name}`, which has {variants}")]
    NoVariant {
        /// The enum.
        name: String,
        /// The number found.
        number: u8,
        /// How many variants there are; they are numbered from 0.
        variants: usize,
    },
    /// Plain bytes other than zero where a value has nothing.
    #[error("byte {offset} is {byte}, but belongs to a field that the value does not have, and has to be 0")]
    NotZero {
        /// Where.
        offset: usize,
        /// What was found.
        byte: u8,
    },
    /// The value ended early.
    #[error("wanted {wanted} more bits, {left} are left")]
    OutOfBits {
        /// Bits asked for.
        wanted: usize,
        /// Bits left.
        left: usize,
    },
}

/// Reads values one after another from a [`Bits`].
#[derive(Clone)]
pub struct BitReader<'a> {
    bits: &'a Bits,
    offset: usize,
}

impl<'a> BitReader<'a> {
    /// Reads from bit 0.
    pub const fn new(bits: &'a Bits) -> Self {
        Self { bits, offset: 0 }
    }

    /// Bits not yet read.
    pub const fn remaining(&self) -> usize {
        self.bits.len() - self.offset
    }

    /// The next `width` bits.
    ///
    /// # Errors
    /// When fewer are left.
    pub fn read(&mut self, width: usize) -> Result<Bits, ValueError> {
        let left = self.remaining();
        if width > left {
            return Err(ValueError::OutOfBits { wanted: width, left });
        }
        let word = self.bits.slice(self.offset, width);
        self.offset += width;
        Ok(word)
    }

    /// The next bit.
    ///
    /// # Errors
    /// When none is left.
    pub fn read_bool(&mut self) -> Result<bool, ValueError> {
        Ok(!self.read(1)?.is_zero())
    }

    /// The next `width` bits, at most 128, as an integer.
    ///
    /// # Errors
    /// When fewer are left.
    ///
    /// # Panics
    /// When `width` is more than 128.
    pub fn read_u128(&mut self, width: usize) -> Result<u128, ValueError> {
        assert!(width <= 128, "{width} bits do not fit a u128");
        Ok(self.read(width)?.to_u128().unwrap_or_default())
    }

    /// Ends the reading.
    ///
    /// # Errors
    /// When bits are left over.
    pub fn finish(self) -> Result<(), ValueError> {
        if self.remaining() == 0 {
            Ok(())
        } else {
            Err(ValueError::BitLength { expected: self.offset as u64, actual: self.bits.len() })
        }
    }
}

/// The number of an enum's variant, from its 8 bits.
///
/// # Errors
/// When too few bits are left, or there is no such variant.
pub fn read_variant(reader: &mut BitReader<'_>, name: &str, variants: usize) -> Result<u8, ValueError> {
    let number = reader.read_u128(8)? as u8;
    if usize::from(number) < variants {
        Ok(number)
    } else {
        Err(ValueError::NoVariant { name: name.to_owned(), number, variants })
    }
}

/// Skips a value that is not there: a field of another variant, say.
///
/// # Errors
/// When too few bits are left.
pub fn skip<T: Value>(reader: &mut BitReader<'_>) -> Result<(), ValueError> {
    reader.read(T::ty().bits() as usize).map(drop)
}

/// Writes zeros in place of a value that is not there.
pub fn write_zeros<T: Value>(out: &mut Bits) {
    out.extend_from_bits(&Bits::zeros(T::ty().bits() as usize));
}

/// A Rust type that can be an argument or a result. Generated client code implements it for the circuit's structs.
///
/// `write_bits` appends exactly `ty().bits()` bits, `read_bits` takes as many.
pub trait Value: Sized {
    /// The type.
    fn ty() -> Type;
    /// Appends the value.
    fn write_bits(&self, out: &mut Bits);
    /// Reads a value.
    ///
    /// # Errors
    /// When too few bits are left.
    fn read_bits(reader: &mut BitReader<'_>) -> Result<Self, ValueError>;

    /// The value alone, as bits.
    fn to_bits(&self) -> Bits {
        let mut bits = Bits::new();
        self.write_bits(&mut bits);
        bits
    }

    /// A value from exactly its bits.
    ///
    /// # Errors
    /// When there are more or fewer bits than the type has.
    fn from_bits(bits: &Bits) -> Result<Self, ValueError> {
        let mut reader = BitReader::new(bits);
        let value = Self::read_bits(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }
}

/// A Solana public key: 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct PublicKey(pub [u8; 32]);

impl Value for PublicKey {
    fn ty() -> Type {
        Type::PublicKey
    }

    fn write_bits(&self, out: &mut Bits) {
        for byte in self.0 {
            out.push_u128(byte.into(), 8);
        }
    }

    fn read_bits(reader: &mut BitReader<'_>) -> Result<Self, ValueError> {
        let mut key = [0; 32];
        for byte in &mut key {
            *byte = reader.read_u128(8)? as u8;
        }
        Ok(Self(key))
    }
}

impl Value for bool {
    fn ty() -> Type {
        Type::Bool
    }

    fn write_bits(&self, out: &mut Bits) {
        out.push(*self);
    }

    fn read_bits(reader: &mut BitReader<'_>) -> Result<Self, ValueError> {
        reader.read_bool()
    }
}

macro_rules! integers {
    ($($integer:ty, $unsigned:ty, $signed:literal;)*) => {$(
        impl Value for $integer {
            fn ty() -> Type {
                Type::Integer { bits: <$integer>::BITS as u16, signed: $signed }
            }

            fn write_bits(&self, out: &mut Bits) {
                out.push_u128(u128::from(*self as $unsigned), <$integer>::BITS as usize);
            }

            fn read_bits(reader: &mut BitReader<'_>) -> Result<Self, ValueError> {
                Ok(reader.read_u128(<$integer>::BITS as usize)? as $integer)
            }
        }
    )*};
}

integers! {
    u8, u8, false;
    u16, u16, false;
    u32, u32, false;
    u64, u64, false;
    u128, u128, false;
    i8, u8, true;
    i16, u16, true;
    i32, u32, true;
    i64, u64, true;
    i128, u128, true;
}

/// `usize` and `isize` have 64 bits, whatever machine a circuit is run on natively.
macro_rules! pointer_sized {
    ($($integer:ty, $as:ty;)*) => {$(
        impl Value for $integer {
            fn ty() -> Type {
                <$as>::ty()
            }

            fn write_bits(&self, out: &mut Bits) {
                (*self as $as).write_bits(out);
            }

            fn read_bits(reader: &mut BitReader<'_>) -> Result<Self, ValueError> {
                Ok(<$as>::read_bits(reader)? as $integer)
            }
        }
    )*};
}

pointer_sized! {
    usize, u64;
    isize, i64;
}

/// Numbers with a point are fixed-point in circuits: an integer of twice the bits, so many of them behind the point. What does
/// not fit is the nearest that does; what is no number is zero.
macro_rules! fixed_point {
    ($($float:ty, $bits:literal, $integer:ty, $fraction:literal;)*) => {$(
        impl Value for $float {
            fn ty() -> Type {
                Type::Fixed { bits: $bits }
            }

            fn write_bits(&self, out: &mut Bits) {
                ((f64::from(*self) * (1u64 << $fraction) as f64).round() as $integer).write_bits(out);
            }

            fn read_bits(reader: &mut BitReader<'_>) -> Result<Self, ValueError> {
                Ok((<$integer>::read_bits(reader)? as f64 / (1u64 << $fraction) as f64) as $float)
            }
        }
    )*};
}

fixed_point! {
    f32, 32, i64, 24;
    f64, 64, i128, 52;
}

impl<T: Value> Value for Option<T> {
    fn ty() -> Type {
        Type::Option(Box::new(T::ty()))
    }

    fn write_bits(&self, out: &mut Bits) {
        out.push(self.is_some());
        match self {
            Some(value) => value.write_bits(out),
            None => write_zeros::<T>(out),
        }
    }

    fn read_bits(reader: &mut BitReader<'_>) -> Result<Self, ValueError> {
        if reader.read_bool()? {
            return T::read_bits(reader).map(Some);
        }
        skip::<T>(reader)?;
        Ok(None)
    }
}

impl<T: Value> Value for Box<T> {
    fn ty() -> Type {
        T::ty()
    }

    fn write_bits(&self, out: &mut Bits) {
        T::write_bits(self, out);
    }

    fn read_bits(reader: &mut BitReader<'_>) -> Result<Self, ValueError> {
        T::read_bits(reader).map(Self::new)
    }
}

impl<T: Value, const N: usize> Value for [T; N] {
    fn ty() -> Type {
        Type::Array(Box::new(T::ty()), u32::try_from(N).unwrap_or(u32::MAX))
    }

    fn write_bits(&self, out: &mut Bits) {
        self.iter().for_each(|element| element.write_bits(out));
    }

    fn read_bits(reader: &mut BitReader<'_>) -> Result<Self, ValueError> {
        let elements = (0..N).map(|_| T::read_bits(reader)).collect::<Result<Vec<_>, _>>()?;
        // The vector has N elements, so the conversion cannot fail.
        elements.try_into().map_err(|_| ValueError::OutOfBits { wanted: 0, left: reader.remaining() })
    }
}

macro_rules! tuples {
    ($($($name:ident)*;)*) => {$(
        #[allow(non_snake_case, unused_variables, reason = "one macro for all lengths, the empty one included")]
        impl<$($name: Value),*> Value for ($($name,)*) {
            fn ty() -> Type {
                Type::Tuple(vec![$($name::ty()),*])
            }

            fn write_bits(&self, out: &mut Bits) {
                let ($($name,)*) = self;
                $($name.write_bits(out);)*
            }

            fn read_bits(reader: &mut BitReader<'_>) -> Result<Self, ValueError> {
                Ok(($($name::read_bits(reader)?,)*))
            }
        }
    )*};
}

tuples! {
    ;
    A;
    A B;
    A B C;
    A B C D;
    A B C D E;
    A B C D E F;
    A B C D E F G;
    A B C D E F G H;
    A B C D E F G H I;
    A B C D E F G H I J;
    A B C D E F G H I J K;
    A B C D E F G H I J K L;
}
