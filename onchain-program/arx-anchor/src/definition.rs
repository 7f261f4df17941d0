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
}
