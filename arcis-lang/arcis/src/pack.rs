//! Values packed densely.

use arcis_circuit::{BitReader, Bits, Type, Value, ValueError};

/// A value in as few words as it fits. Here every value is packed already, bit by bit, so this is the value itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Pack<T> {
    value: T,
}

impl<T: Value> Pack<T> {
    /// Packs a value.
    pub fn new(value: T) -> Self {
        Self { value }
    }

    /// The value.
    ///
    /// # Panics
    /// When the type's own `Value` implementation reads other bits than it writes, as [`Enc::to_arcis`](crate::Enc::to_arcis).
    pub fn unpack(&self) -> T {
        match T::from_bits(&self.value.to_bits()) {
            Ok(value) => value,
            Err(error) => {
                panic!("`Value` of {} reads other bits than it writes: {error}", std::any::type_name::<T>())
            }
        }
    }
}

impl<T: Value> Value for Pack<T> {
    fn ty() -> Type {
        T::ty()
    }

    fn write_bits(&self, out: &mut Bits) {
        self.value.write_bits(out);
    }

    fn read_bits(reader: &mut BitReader<'_>) -> Result<Self, ValueError> {
        T::read_bits(reader).map(|value| Self { value })
    }
}
