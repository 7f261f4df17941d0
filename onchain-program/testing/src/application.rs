//! An application on a network: its MXE and definitions. The application is the `echo` program, which forwards
//! whatever a test wants an application to send.

use anchor_lang::prelude::AccountMeta;
use arx_program::{
    client,
    instructions::CreateDefinitionArguments,
    message::sha256,
    pda,
    state::{OutputSpec, ParameterSpec},
};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::{artifacts, harness::Harness, network::Network};

/// Address of the `echo` program.
pub const ECHO: Pubkey = Pubkey::from_str_const("6UVuewFv1fm8QUUaimBy58tNC8CBtPy168BAzrkxGXMH");
/// Bytes of a circuit that go into one transaction.
pub const CIRCUIT_CHUNK: usize = 800;

/// An application.
pub struct Application {
    /// Its program.
    pub program: Pubkey,
    /// Its MXE.
    pub mxe: Pubkey,
    /// Owner of the MXE.
    pub authority: Keypair,
}

impl Application {
    /// Puts the `echo` program on the chain, and its MXE `id` on the network's cluster.
    pub fn start(harness: &mut Harness, network: &Network, id: u64) -> Self {
        if harness.account(&ECHO).is_none() {
            harness.add_program(ECHO, &artifacts::echo());
        }
        let authority = harness.must_key("application authority");
        let create =
            client::create_mxe(harness.payer().pubkey(), authority.pubkey(), ECHO, network.cluster, id);
        harness.must_send(&[forward(create)], &[&authority]);
        Self { program: ECHO, mxe: pda::mxe(&ECHO, id).0, authority }
    }

    /// Creates a definition, writes its circuit in chunks and finalises it.
    pub fn define(&self, harness: &mut Harness, definition: &Definition) -> Pubkey {
        let address = self.declare(harness, definition);
        self.write(harness, address, &definition.circuit);
        let finalize = client::finalize_definition(self.authority.pubkey(), self.mxe, address);
        harness.must_send(&[finalize], &[&self.authority]);
        address
    }

    /// Creates a definition as a draft.
    pub fn declare(&self, harness: &mut Harness, definition: &Definition) -> Pubkey {
        let arguments = CreateDefinitionArguments {
            name: definition.name.to_owned(),
            circuit_hash: sha256(&[&definition.circuit]),
            interface_hash: sha256(&[definition.name.as_bytes()]),
            circuit_length: definition.circuit.len() as u32,
            cost_units: definition.cost_units,
            parameters: definition.parameters.clone(),
            outputs: definition.outputs.clone(),
        };
        let create =
            client::create_definition(harness.payer().pubkey(), self.authority.pubkey(), self.mxe, arguments);
        harness.must_send(&[create], &[&self.authority]);
        pda::definition(&self.mxe, definition.name).0
    }

    /// Writes a draft's circuit.
    pub fn write(&self, harness: &mut Harness, definition: Pubkey, circuit: &[u8]) {
        for (index, chunk) in circuit.chunks(CIRCUIT_CHUNK).enumerate() {
            let write = client::write_circuit(
                harness.payer().pubkey(),
                self.authority.pubkey(),
                self.mxe,
                definition,
                (index * CIRCUIT_CHUNK) as u32,
                chunk.to_vec(),
            );
            harness.must_send(&[write], &[&self.authority]);
        }
    }

    /// Makes a cell.
    pub fn create_cell(&self, harness: &mut Harness, name: &str, bits: u32) -> Pubkey {
        let label = sha256(&[name.as_bytes()]);
        let create = client::create_cell(harness.payer().pubkey(), self.program, self.mxe, label, bits);
        harness.must_send(&[forward(create)], &[]);
        pda::cell(&self.mxe, &label).0
    }
}

/// A circuit and its shapes.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its name.
    pub name: &'static str,
    /// The artifact's bytes.
    pub circuit: Vec<u8>,
    /// Cost of one run.
    pub cost_units: u64,
    /// Shapes of the arguments.
    pub parameters: Vec<ParameterSpec>,
    /// Shapes of the outputs.
    pub outputs: Vec<OutputSpec>,
}

/// Lets the `echo` program send an instruction, signed with its address `["arx"]`.
pub fn forward(inner: Instruction) -> Instruction {
    let signer = pda::application_signer(&ECHO).0;
    // Anchor: SHA-256("global:forward")[..8], then the bytes behind their length.
    let mut data = sha256(&[b"global:forward"])[..8].to_vec();
    data.extend_from_slice(&(inner.data.len() as u32).to_le_bytes());
    data.extend_from_slice(&inner.data);
    let mut accounts = vec![AccountMeta::new_readonly(inner.program_id, false)];
    accounts.extend(inner.accounts.into_iter().map(|mut account| {
        // The program adds this signature itself.
        account.is_signer &= account.pubkey != signer;
        account
    }));
    Instruction { program_id: ECHO, accounts, data }
}
