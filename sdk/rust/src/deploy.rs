//! Putting a compiled circuit on chain: its definition, then its bytes in chunks, then the check of its hash.

use arcis_circuit::{Artifact, Interface, OutputKind, ParameterKind, cost_units};
use arx_program::{
    client, constants,
    instructions::CreateDefinitionArguments,
    pda,
    state::{self, ComputationDefinition, DefinitionStatus, OutputSpec, ParameterSpec},
};
use futures::{StreamExt, TryStreamExt, stream};
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_signer::Signer;

use crate::{Client, Error, client::Landed};

/// Bytes of a circuit that go into one transaction.
pub const CIRCUIT_CHUNK: usize = 850;
/// How many chunks are on their way at once.
const CHUNKS_IN_FLIGHT: usize = 16;

/// A compiled circuit that was validated, with what the chain needs to know about it.
#[derive(Clone, Debug)]
pub struct Deployable {
    bytes: Vec<u8>,
    arguments: CreateDefinitionArguments,
}

impl Deployable {
    /// Reads an artifact.
    ///
    /// # Errors
    /// [`Error::Artifact`] if it is none, or is larger than the chain takes.
    pub fn new(bytes: &[u8]) -> Result<Self, Error> {
        let invalid = |why: String| Error::Artifact { why };
        let artifact = Artifact::from_bytes(bytes).map_err(|error| invalid(error.to_string()))?;
        let circuit_length = u32::try_from(bytes.len())
            .ok()
            .filter(|length| *length <= constants::MAX_CIRCUIT_LENGTH)
            .ok_or_else(|| invalid(format!("it has {} bytes, the chain takes 2 MiB", bytes.len())))?;
        let cost_units = cost_units(&artifact).map_err(|error| invalid(error.to_string()))?;
        let (parameters, outputs) = specs(&artifact.interface).map_err(invalid)?;
        let arguments = CreateDefinitionArguments {
            name: artifact.interface.name.clone(),
            circuit_hash: artifact.circuit_hash(),
            interface_hash: artifact.interface_hash(),
            circuit_length,
            cost_units,
            parameters,
            outputs,
        };
        Ok(Self { bytes: bytes.to_owned(), arguments })
    }

    /// What `create_definition` is told.
    pub const fn arguments(&self) -> &CreateDefinitionArguments {
        &self.arguments
    }

    /// The artifact.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// The interface's shapes as the program stores them.
///
/// # Errors
/// Says what does not fit.
pub fn specs(interface: &Interface) -> Result<(Vec<ParameterSpec>, Vec<OutputSpec>), String> {
    let sizes = |ty: &arcis_circuit::Type| {
        let size =
            |value: u64| u32::try_from(value).map_err(|_| format!("a value of {value} bits is too large"));
        Ok::<_, String>((size(ty.bits())?, size(ty.plain_len())?))
    };
    let parameters = interface.parameters.iter().map(|parameter| {
        let (bits, plain_len) = sizes(&parameter.ty)?;
        let kind = match parameter.kind {
            ParameterKind::Plaintext => state::ParameterKind::Plaintext,
            ParameterKind::Shared { slot } => state::ParameterKind::Shared { slot },
            ParameterKind::Recipient { slot } => state::ParameterKind::Recipient { slot },
            ParameterKind::Cell => state::ParameterKind::Cell,
            ParameterKind::Mxe => state::ParameterKind::Mxe,
        };
        Ok::<_, String>(ParameterSpec { kind, bits, plain_len })
    });
    let outputs = interface.outputs.iter().map(|output| {
        let (bits, plain_len) = sizes(&output.ty)?;
        let kind = match output.kind {
            OutputKind::Public => state::OutputKind::Public,
            OutputKind::Shared { slot } => state::OutputKind::Shared { slot },
            OutputKind::Cell { source: None } => state::OutputKind::Cell { source: None },
            OutputKind::Cell { source: Some(source) } => {
                let source =
                    u8::try_from(source).map_err(|_| format!("parameter {source} is too far back"))?;
                state::OutputKind::Cell { source: Some(source) }
            }
        };
        Ok::<_, String>(OutputSpec { kind, bits, plain_len })
    });
    Ok((parameters.collect::<Result<_, _>>()?, outputs.collect::<Result<_, _>>()?))
}

impl Client {
    /// Defines a circuit in an MXE whose authority is `authority`: creates the definition, writes the circuit, and lets
    /// the chain check its hash. Goes on where an interrupted attempt stopped; does nothing where it is done already.
    ///
    /// # Errors
    /// [`Error::DefinitionTaken`] if the name is taken by another circuit; those of [`Client::send`].
    pub async fn define(
        &self,
        payer: &Keypair,
        authority: &Keypair,
        mxe: Pubkey,
        circuit: &Deployable,
    ) -> Result<Pubkey, Error> {
        let arguments = circuit.arguments();
        let definition = pda::definition(&mxe, &arguments.name).0;
        let signers = [payer, authority];
        match self.find::<ComputationDefinition>("definition", &arx_program::ID, &definition).await? {
            None => {
                let create =
                    client::create_definition(payer.pubkey(), authority.pubkey(), mxe, arguments.clone());
                self.send("creating the definition", &[create], &signers).await?;
            }
            Some(found) if found.circuit_hash != arguments.circuit_hash => {
                return Err(Error::DefinitionTaken { definition, name: arguments.name.clone() });
            }
            Some(found) if found.status != DefinitionStatus::Draft => return Ok(definition),
            Some(_) => {}
        }
        self.write_circuit(&signers, mxe, definition, circuit.bytes()).await?;
        let finalize = client::finalize_definition(authority.pubkey(), mxe, definition);
        self.send("finalising the definition", &[finalize], &signers).await?;
        Ok(definition)
    }

    /// Writes a draft's circuit. The last chunk of each piece that the account must grow by goes first and alone, the
    /// others together.
    async fn write_circuit(
        &self,
        signers: &[&Keypair; 2],
        mxe: Pubkey,
        definition: Pubkey,
        bytes: &[u8],
    ) -> Result<(), Error> {
        let [payer, authority] = signers;
        let write = |(index, chunk): (usize, &[u8])| {
            let offset = (index * CIRCUIT_CHUNK) as u32;
            client::write_circuit(payer.pubkey(), authority.pubkey(), mxe, definition, offset, chunk.to_vec())
        };
        let chunks: Vec<_> = bytes.chunks(CIRCUIT_CHUNK).enumerate().map(write).collect();
        // The account is created with room for the first piece and grows by one piece per instruction that needs it.
        let piece = constants::MAX_GROWTH / CIRCUIT_CHUNK;
        for together in chunks.chunks(piece.max(1)) {
            let (rest, last) = together.split_at(together.len().saturating_sub(1));
            for instruction in last {
                self.send("writing the circuit", std::slice::from_ref(instruction), &signers[..]).await?;
            }
            let sends = rest.iter().map(|instruction| async move {
                self.send("writing the circuit", std::slice::from_ref(instruction), &signers[..]).await
            });
            stream::iter(sends).buffer_unordered(CHUNKS_IN_FLIGHT).try_collect::<Vec<Landed>>().await?;
        }
        Ok(())
    }
}
