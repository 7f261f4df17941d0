//! From a task to what this node enters: parsing arguments, deriving pads.
//!
//! Everything decided here depends on the task alone, which all nodes have agreed on, so that all refuse the
//! same arguments for the same reasons without another message.

use std::collections::BTreeMap;

use arcis_circuit::{Bits, OutputKind, Parameter, ParameterKind, Type};
use arx_wire::bits::PackedBits;
use arx_wire::cell::{CellBody, MxeKey, TAGGED_VERSION};
use arx_wire::input::InputArgument;
use arx_wire::output::OutputPlace;
use arx_wire::{Base, EncryptionPublicKey, PROTOCOL_REPLICATED3_SEMI_HONEST};
use mpc::PartyId;
use mpc::cell::{load_vector, store_vector};
use mpc::certificate::Recipient;
use mpc::correlation::StateKeyId;
use mpc::input::ClientInput;
use mpc::output::ClientOutput;
use mpc::protocol::{PrivateVector, StateVector};

use crate::{Argument, ArgumentFault, CellTarget, NodeSecrets, Rejection, Task, TaskError};

/// An argument, read.
pub(crate) enum Prepared {
    /// Known to everybody; nothing is entered for it. Markers and recipients have no bits.
    Public(PackedBits),
    /// A client's input, by its place in [`Inputs::clients`].
    Client(usize),
    /// A cell to load.
    Cell { body: CellBody, vector: StateVector },
}

/// All arguments, read.
pub(crate) struct Inputs {
    /// One per parameter.
    pub(crate) arguments: Vec<Prepared>,
    /// The clients' inputs, in the order of their parameters.
    pub(crate) clients: Vec<ClientInput>,
    /// The parameter of each of them.
    pub(crate) client_arguments: Vec<u16>,
    /// The words of the plaintext arguments.
    pub(crate) plaintext: Vec<Bits>,
    /// What public code made of them.
    pub(crate) prepared: Vec<Bits>,
    /// The key that outputs to a slot's client are encrypted to.
    recipients: BTreeMap<u16, EncryptionPublicKey>,
}

/// Where an output goes, with what this node enters for it.
pub(crate) enum Destination {
    Public,
    Client(Box<ClientOutput>),
    Cell { vector: StateVector },
}

/// Checks what does not depend on anything from outside the node.
pub(crate) fn require_runnable(
    task: &Task,
    me: PartyId,
    parties: u8,
    secrets: &NodeSecrets,
) -> Result<(), TaskError> {
    let base = &task.base;
    base.member_count()?;
    if base.members.len() != usize::from(parties) {
        return Err(TaskError::PartyCount { expected: base.members.len(), actual: parties.into() });
    }
    let own_key = base.members.get(me.index()).map(|member| member.encryption_key);
    if own_key != Some(secrets.encryption_key.public_key()) {
        return Err(TaskError::ForeignKey { member: me.0 });
    }
    for (what, expected, actual) in [
        ("circuit", base.circuit, task.plan.circuit_hash()),
        ("interface", base.interface, task.plan.interface_hash()),
    ] {
        if expected != actual {
            return Err(TaskError::OtherCircuit { what });
        }
    }
    let interface = task.plan.interface();
    for (what, expected, actual) in [
        ("arguments", interface.parameters.len(), task.arguments.len()),
        ("output targets", interface.outputs.len(), task.output_cells.len()),
    ] {
        if expected != actual {
            return Err(TaskError::Count { what, expected, actual });
        }
    }
    for (argument, (parameter, given)) in (0..).zip(interface.parameters.iter().zip(&task.arguments)) {
        let fits = matches!(
            (parameter.kind, given),
            (ParameterKind::Plaintext, Argument::Plaintext(_))
                | (ParameterKind::Shared { .. } | ParameterKind::Recipient { .. }, Argument::Input(_))
                | (ParameterKind::Cell, Argument::Cell { .. })
                | (ParameterKind::Mxe, Argument::None)
        );
        if !fits {
            return Err(TaskError::ArgumentKind { argument });
        }
    }
    let slot_of = |parameter: &Parameter| match parameter.kind {
        ParameterKind::Shared { slot } | ParameterKind::Recipient { slot } => Some(slot),
        ParameterKind::Plaintext | ParameterKind::Cell | ParameterKind::Mxe => None,
    };
    let has_slot = |slot| interface.parameters.iter().any(|parameter| slot_of(parameter) == Some(slot));
    for (index, (output, target)) in (0..).zip(interface.outputs.iter().zip(&task.output_cells)) {
        if matches!(output.kind, OutputKind::Cell { .. }) != target.is_some() {
            return Err(TaskError::OutputTarget { output: index });
        }
        if let OutputKind::Shared { slot } = output.kind
            && !has_slot(slot)
        {
            return Err(TaskError::NoRecipient { output: index, slot });
        }
    }
    Ok(())
}

impl Inputs {
    /// Reads all arguments and derives this node's secrets of them.
    ///
    /// # Errors
    /// The rejection of the first argument that is not what its parameter takes.
    pub(crate) fn read(task: &Task, me: PartyId, secrets: &NodeSecrets) -> Result<Self, Rejection> {
        let mut inputs = Self {
            arguments: Vec::with_capacity(task.arguments.len()),
            clients: Vec::new(),
            client_arguments: Vec::new(),
            plaintext: Vec::new(),
            prepared: Vec::new(),
            recipients: BTreeMap::new(),
        };
        let parameters = &task.plan.interface().parameters;
        for (index, (parameter, argument)) in (0..).zip(parameters.iter().zip(&task.arguments)) {
            let malformed = |why: ArgumentFault| Rejection::InputMalformed { argument: index, why };
            let prepared = match (parameter.kind, argument) {
                (ParameterKind::Shared { slot }, Argument::Input(bytes)) => {
                    let (argument, client) = read_client(bytes, slot, &parameter.ty, &task.base, me, secrets)
                        .map_err(malformed)?;
                    inputs.recipients.insert(slot, argument);
                    inputs.client_arguments.push(index);
                    inputs.clients.push(client);
                    Prepared::Client(inputs.clients.len() - 1)
                }
                (ParameterKind::Recipient { slot }, Argument::Input(bytes)) => {
                    inputs.recipients.insert(slot, read_recipient(bytes).map_err(malformed)?);
                    Prepared::Public(PackedBits::zeros(0))
                }
                (ParameterKind::Cell, Argument::Cell { address, version, body }) => {
                    let unreadable = |why: ArgumentFault| Rejection::CellUnreadable { argument: index, why };
                    let body = read_cell(body, &parameter.ty, task.base.protocol).map_err(unreadable)?;
                    let key = MxeKey::derive(&secrets.state_secret, &task.base.mxe, body.key_version);
                    let vector = load_vector(&key, &task.base.mxe, address, *version, &body);
                    Prepared::Cell { body, vector }
                }
                (ParameterKind::Plaintext, Argument::Plaintext(bytes)) => {
                    let bits = parameter.ty.plain_to_bits(bytes).map_err(|why| malformed(why.into()))?;
                    let mut offset = 0;
                    for leaf in parameter.ty.leaves().unwrap_or_default() {
                        let width = leaf.width() as usize;
                        inputs.plaintext.push(bits.slice(offset, width));
                        offset += width;
                    }
                    Prepared::Public(packed(&bits, &parameter.ty).map_err(malformed)?)
                }
                // `require_runnable` has refused every other pair; a marker has no data.
                _ => Prepared::Public(PackedBits::zeros(0)),
            };
            inputs.arguments.push(prepared);
        }
        Ok(inputs)
    }

    /// What is entered for the inputs, in the order of their parameters.
    pub(crate) fn vectors(&self) -> impl Iterator<Item = PrivateVector> {
        self.clients.iter().map(ClientInput::private_vector)
    }

    /// The cells to load, in the order of their parameters, with what is entered for each.
    pub(crate) fn cells(&self) -> impl Iterator<Item = (&CellBody, &StateVector)> {
        self.arguments.iter().filter_map(|argument| match argument {
            Prepared::Cell { body, vector } => Some((body, vector)),
            Prepared::Public(_) | Prepared::Client(_) => None,
        })
    }
}

/// Derives this node's secrets of every output.
pub(crate) fn destinations(
    task: &Task,
    inputs: &Inputs,
    coin_s: [u8; 32],
    me: PartyId,
    secrets: &NodeSecrets,
) -> Result<Vec<Destination>, TaskError> {
    let state_key = MxeKey::derive(&secrets.state_secret, &task.base.mxe, task.state_key_version);
    let outputs = task.plan.interface().outputs.iter().zip(&task.output_cells);
    outputs
        .zip(0..)
        .map(|((output, target), index)| {
            // The plan has matched the type's bits with wires, which are numbered by u32.
            let bits = output.ty.bits() as u32;
            Ok(match (output.kind, target) {
                (OutputKind::Shared { slot }, _) => {
                    let recipient = inputs.recipients.get(&slot);
                    let recipient = *recipient.ok_or(TaskError::NoRecipient { output: index, slot })?;
                    let (computation, session) = (task.computation, task.session);
                    let place = OutputPlace { computation, session, index, bits };
                    let key = &secrets.encryption_key;
                    let output = ClientOutput::derive(&task.base, place, coin_s, recipient, me, key)?;
                    Destination::Client(Box::new(output))
                }
                (OutputKind::Cell { .. }, Some(CellTarget { cell, new_version })) => {
                    let name = StateKeyId { mxe: task.base.mxe, version: task.state_key_version };
                    let vector = store_vector(&state_key, name, cell, *new_version, &coin_s, bits);
                    Destination::Cell { vector }
                }
                (OutputKind::Cell { .. }, None) => return Err(TaskError::OutputTarget { output: index }),
                (OutputKind::Public, _) => Destination::Public,
            })
        })
        .collect()
}

impl Destination {
    /// What is entered for the output to a client, if it is one.
    pub(crate) fn vector(&self) -> Option<PrivateVector> {
        match self {
            Self::Client(output) => Some(output.private_vector()),
            Self::Public | Self::Cell { .. } => None,
        }
    }

    /// What is entered for the cell to store, if it is one.
    pub(crate) fn state(&self) -> Option<&StateVector> {
        match self {
            Self::Cell { vector } => Some(vector),
            Self::Public | Self::Client(_) => None,
        }
    }
}

impl Destination {
    /// Who gets it, as the certificate has it.
    pub(crate) fn recipient(&self) -> Recipient {
        match self {
            Self::Public => Recipient::Everyone,
            Self::Client(output) => Recipient::Client(output.recipient().to_bytes().into()),
            Self::Cell { .. } => Recipient::Cell,
        }
    }
}

fn read_client(
    bytes: &[u8],
    slot: u16,
    ty: &Type,
    base: &Base,
    me: PartyId,
    secrets: &NodeSecrets,
) -> Result<(EncryptionPublicKey, ClientInput), ArgumentFault> {
    let argument = InputArgument::parse(bytes)?;
    let header = argument.input.header;
    if header.slot != slot {
        return Err(ArgumentFault::Slot { expected: slot, actual: header.slot });
    }
    require_bits(ty, header.bits)?;
    let recipient = argument.recipient;
    Ok((recipient, ClientInput::derive(argument, base, me, &secrets.encryption_key)?))
}

fn read_recipient(bytes: &[u8]) -> Result<EncryptionPublicKey, ArgumentFault> {
    let what = "the recipient key";
    let key: &[u8; 32] = bytes.try_into().map_err(|_| arx_wire::WireError::WrongLength {
        what,
        expected: 32,
        actual: bytes.len() as u64,
    })?;
    Ok(EncryptionPublicKey::parse_as(what, key)?)
}

fn read_cell(bytes: &[u8], ty: &Type, protocol: u16) -> Result<CellBody, ArgumentFault> {
    let body = CellBody::parse(bytes)?;
    // Which form is right follows from the cluster's protocol; the other proves nothing there.
    let (plain, tagged) = (arx_wire::VERSION, TAGGED_VERSION);
    let is_tagged = protocol != PROTOCOL_REPLICATED3_SEMI_HONEST;
    let (expected, actual) = match (is_tagged, body.tags.is_some()) {
        (true, false) => (tagged, plain),
        (false, true) => (plain, tagged),
        (true, true) | (false, false) => (0, 0),
    };
    if expected != actual {
        return Err(arx_wire::WireError::UnknownVersion { what: "the cell", expected, actual }.into());
    }
    require_bits(ty, body.ciphertext.len())?;
    Ok(body)
}

fn packed(bits: &Bits, ty: &Type) -> Result<PackedBits, ArgumentFault> {
    let length = u32::try_from(bits.len());
    let length =
        length.map_err(|_| ArgumentFault::Bits { expected: ty.bits(), actual: bits.len() as u64 })?;
    Ok(PackedBits::new(length, bits.to_bytes())?)
}

fn require_bits(ty: &Type, actual: u32) -> Result<(), ArgumentFault> {
    let (expected, actual) = (ty.bits(), u64::from(actual));
    if expected == actual { Ok(()) } else { Err(ArgumentFault::Bits { expected, actual }) }
}
