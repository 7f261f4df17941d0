//! The facts of a circuit's instructions, as the generated code states them.

use anchor_lang::{derive_program_address, prelude::*};
use arx_program::{
    ID_CONST as ARX,
    pda::DEFINITION_SEED,
    state::{OutputSpec, ParameterSpec},
};

use crate::Application;

/// One instruction of an application's circuit, as it was compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The application.
    pub application: Application,
    /// The definition's address.
    pub address: Pubkey,
    /// The instruction's name.
    pub name: &'static str,
    /// SHA-256 of the circuit artifact.
    pub circuit_hash: [u8; 32],
    /// SHA-256 of the canonical interface.
    pub interface_hash: [u8; 32],
    /// Length of the artifact in bytes.
    pub circuit_length: u32,
    /// Cost of one run.
    pub cost_units: u64,
    /// Shapes of the arguments.
    pub parameters: &'static [ParameterSpec],
    /// Shapes of the outputs.
    pub outputs: &'static [OutputSpec],
}

impl Definition {
    /// Where the definition called `name` of an application lies.
    pub const fn address_of(application: &Application, name: &str) -> Pubkey {
        let seeds: &[&[u8]] = &[DEFINITION_SEED, application.mxe.as_array(), name.as_bytes()];
        Pubkey::new_from_array(derive_program_address(seeds, &ARX.to_bytes()).0)
    }
}

/// A type whose values can be in a circuit's arguments and outputs.
pub trait CircuitType {
    /// Length of a value in bits, as it is encrypted.
    const BITS: u32;
}

macro_rules! circuit_types {
    ($($ty:ty = $bits:expr,)*) => {$(
        impl CircuitType for $ty {
            const BITS: u32 = $bits;
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

impl<T: CircuitType, const N: usize> CircuitType for [T; N] {
    const BITS: u32 = T::BITS * N as u32;
}

macro_rules! circuit_tuples {
    ($($($name:ident)+,)*) => {$(
        impl<$($name: CircuitType),+> CircuitType for ($($name,)+) {
            const BITS: u32 = 0 $(+ $name::BITS)+;
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
    use arx_program::pda;

    #[test]
    fn addresses_are_those_that_the_network_derives() {
        let application = Application::new(&Pubkey::new_from_array([3; 32]), 2);
        for name in ["a", "place_bid", "a_name_that_is_32_bytes_long_123"] {
            assert_eq!(Definition::address_of(&application, name), pda::definition(&application.mxe, name).0);
        }
    }

    #[test]
    fn sizes_are_sums_without_padding() {
        assert_eq!(<(bool, [u16; 3], (Pubkey, i8), ())>::BITS, 1 + 48 + 264);
        assert_eq!(<[[bool; 3]; 5]>::BITS, 15);
    }
}
