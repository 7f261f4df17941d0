//! The plain form of values, in which plaintext arguments and public results travel ([`types`](crate::types)).

use crate::bits::Bits;
use crate::types::Type;
use crate::value::{BitReader, ValueError};

impl Type {
    /// Reads the plain form into bits.
    ///
    /// # Errors
    /// When the length is wrong, a bool neither 0 nor 1, a variant's number none of the enum's, or a field that the value
    /// does not have other than zero: there is one plain form of every value.
    pub fn plain_to_bits(&self, bytes: &[u8]) -> Result<Bits, ValueError> {
        let expected = self.plain_len();
        if u64::try_from(bytes.len()) != Ok(expected) {
            return Err(ValueError::ByteLength { expected, actual: bytes.len() });
        }
        let mut reader = PlainReader { bytes, offset: 0, bits: Bits::new() };
        reader.read(self)?;
        Ok(reader.bits)
    }

    /// Writes bits in the plain form.
    ///
    /// # Errors
    /// When there are not exactly [`Type::bits`] bits.
    pub fn bits_to_plain(&self, bits: &Bits) -> Result<Vec<u8>, ValueError> {
        let expected = self.bits();
        if u64::try_from(bits.len()) != Ok(expected) {
            return Err(ValueError::BitLength { expected, actual: bits.len() });
        }
        let mut reader = BitReader::new(bits);
        let mut bytes = Vec::new();
        self.write_plain(&mut reader, &mut bytes)?;
        Ok(bytes)
    }

    fn write_plain(&self, reader: &mut BitReader<'_>, bytes: &mut Vec<u8>) -> Result<(), ValueError> {
        match self {
            Self::Bool | Self::Integer { .. } | Self::Fixed { .. } | Self::PublicKey => {
                bytes.extend(reader.read(self.bits() as usize)?.to_bytes());
                Ok(())
            }
            Self::Array(element, _) if element.bits() == 0 => Ok(()),
            Self::Array(element, len) => (0..*len).try_for_each(|_| element.write_plain(reader, bytes)),
            Self::Tuple(elements) => elements.iter().try_for_each(|ty| ty.write_plain(reader, bytes)),
            Self::Struct { fields, .. } => {
                fields.iter().try_for_each(|(_, ty)| ty.write_plain(reader, bytes))
            }
            Self::Option(value) => {
                Self::Bool.write_plain(reader, bytes)?;
                value.write_plain(reader, bytes)
            }
            Self::Enum { variants, .. } => {
                bytes.extend(reader.read(8)?.to_bytes());
                let mut fields = variants.iter().flat_map(|variant| &variant.fields);
                fields.try_for_each(|(_, ty)| ty.write_plain(reader, bytes))
            }
        }
    }
}

struct PlainReader<'a> {
    bytes: &'a [u8],
    offset: usize,
    bits: Bits,
}

impl<'a> PlainReader<'a> {
    fn read(&mut self, ty: &Type) -> Result<(), ValueError> {
        match ty {
            Type::Bool => match self.take(1)? {
                [byte @ (0 | 1)] => self.bits.push(*byte == 1),
                other => {
                    let byte = other.first().copied().unwrap_or(0);
                    return Err(ValueError::BoolByte { offset: self.offset - 1, byte });
                }
            },
            Type::Integer { .. } | Type::Fixed { .. } | Type::PublicKey => {
                for &byte in self.take(ty.plain_len() as usize)? {
                    self.bits.push_u128(byte.into(), 8);
                }
            }
            Type::Array(element, _) if element.plain_len() == 0 => {}
            Type::Array(element, len) => (0..*len).try_for_each(|_| self.read(element))?,
            Type::Tuple(elements) => elements.iter().try_for_each(|ty| self.read(ty))?,
            Type::Struct { fields, .. } => fields.iter().try_for_each(|(_, ty)| self.read(ty))?,
            Type::Option(value) => {
                self.read(&Type::Bool)?;
                let is_some = self.bits.get(self.bits.len().wrapping_sub(1));
                if is_some == Some(true) { self.read(value)? } else { self.zeros(value)? }
            }
            Type::Enum { name, variants } => {
                let number = self.take(1)?.first().copied().unwrap_or(0);
                if usize::from(number) >= variants.len() {
                    let (name, variants) = (name.clone(), variants.len());
                    return Err(ValueError::NoVariant { name, number, variants });
                }
                self.bits.push_u128(number.into(), 8);
                for (index, variant) in variants.iter().enumerate() {
                    for (_, ty) in &variant.fields {
                        if index == usize::from(number) { self.read(ty)? } else { self.zeros(ty)? }
                    }
                }
            }
        }
        Ok(())
    }

    /// What a value does not have.
    fn zeros(&mut self, ty: &Type) -> Result<(), ValueError> {
        let start = self.offset;
        let bytes = self.take(ty.plain_len() as usize)?;
        if let Some((place, byte)) = bytes.iter().enumerate().find(|(_, byte)| **byte != 0) {
            return Err(ValueError::NotZero { offset: start + place, byte: *byte });
        }
        self.bits.extend_from_bits(&Bits::zeros(ty.bits() as usize));
        Ok(())
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8], ValueError> {
        let end = self.offset.saturating_add(len);
        let taken = self
            .bytes
            .get(self.offset..end)
            .ok_or(ValueError::ByteLength { expected: end as u64, actual: self.bytes.len() })?;
        self.offset = end;
        Ok(taken)
    }
}
