//! Results whose signatures are not one of every member.

use arx_program::error::ArxError;
use arx_program::instructions::FinalizeArguments;
use arx_program::message::{ResultStatement, output_digest};
use arx_program::state::{Computation, ComputationStatus};
use arx_program::{client, signatures};
use solana_instruction::Instruction;
use solana_keypair::Keypair;
use solana_pubkey::Pubkey;
use solana_sdk_ids::ed25519_program;
use solana_signer::Signer;

use super::{Scenario, calm};
use crate::application::Kind;
use crate::chain::Outcome;
use crate::failure::{Failure, ensure};
use crate::prepared::{NODES, identity_keypair, relay_key};
use crate::trace::Actor;
use crate::user::{Call, Plan};
use crate::world::World;

/// A result is submitted with signatures that are not one of every member.
pub static BAD_SIGNATURES: Scenario = Scenario {
    name: "bad-signatures",
    about: "while no node runs, a made-up result is submitted with a signature missing, repeated, foreign, in another order, \
            or of another message; the program refuses each, and the nodes' own result stands",
    conditions: calm,
    furnished: true,
    play: |world| Box::pin(bad_signatures(world)),
    occurs: &[],
};

async fn bad_signatures(world: &mut World) -> Result<(), Failure> {
    let number = world.random.number() % 1_000;
    let call = world.call(0, &Plan { patience: 1_000, ..Plan::new(Kind::Next, &[number], None) }).await?;
    let computation = statement_of(world, &call)?;
    let length = computation.output_lengths.first().copied().unwrap_or_default();
    let outputs = vec![vec![1; length as usize]];

    let members: Vec<Keypair> = (0..NODES).map(identity_keypair).collect();
    let stranger = Keypair::new_from_array(world.random.bytes32());
    let (victim, other) = (world.random.index(NODES), 1 + world.random.index(NODES - 1));
    let other = (victim + other) % NODES;
    let keys = |change: &dyn Fn(usize) -> usize| -> Vec<&Keypair> {
        (0..NODES).map(|i| &members[change(i)]).collect()
    };
    let with_stranger: Vec<&Keypair> =
        (0..NODES).map(|i| if i == victim { &stranger } else { &members[i] }).collect();
    let without: Vec<&Keypair> = (0..NODES).filter(|i| *i != victim).map(|i| &members[i]).collect();
    let swapped = |i: usize| {
        if i == victim {
            other
        } else if i == other {
            victim
        } else {
            i
        }
    };
    let attempts: [(&str, Vec<&Keypair>, ArxError); 4] = [
        ("missing", without, ArxError::WrongSignatureCount),
        ("repeated", keys(&|i| if i == victim { other } else { i }), ArxError::WrongSigner),
        ("foreign", with_stranger, ArxError::WrongSigner),
        ("in another order", keys(&swapped), ArxError::WrongSigner),
    ];
    for (what, keys, expected) in attempts {
        let instructions = signed_by(world, &call, &computation, vec![], outputs.clone(), &keys, None);
        refused(world, &format!("a signature is {what}"), instructions, expected).await?;
    }
    let all: Vec<&Keypair> = members.iter().collect();
    let another = Some([7; 45]);
    let instructions = signed_by(world, &call, &computation, vec![], outputs, &all, another);
    refused(world, "all signed another message", instructions, ArxError::WrongSignedMessage).await?;

    world.start_all()?;
    world.expect(&call, ComputationStatus::Finalized).await
}

async fn refused(
    world: &mut World,
    what: &str,
    instructions: Vec<Instruction>,
    expected: ArxError,
) -> Result<(), Failure> {
    match world.submit(Actor::Scenario, what, instructions).await {
        Outcome::Refused { code, .. } if code == Some(u32::from(expected)) => Ok(()),
        other => Err(Failure::new(format!("{what}: {other}"))),
    }
}

/// The queued computation of a call.
pub(super) fn statement_of(world: &World, call: &Call) -> Result<Computation, Failure> {
    let computation = world.computation(&call.computation);
    let computation = computation.ok_or_else(|| Failure::new("the computation is not on chain"))?;
    ensure(computation.status == ComputationStatus::Queued, || "the computation is settled".to_owned())?;
    Ok(computation)
}

/// The instructions that finalise a call with this made-up result, signed by all members.
pub(super) fn finalize(
    world: &World,
    call: &Call,
    computation: &Computation,
    cell_versions: Vec<u64>,
    outputs: Vec<Vec<u8>>,
) -> Vec<Instruction> {
    let members: Vec<Keypair> = (0..NODES).map(identity_keypair).collect();
    let members: Vec<&Keypair> = members.iter().collect();
    signed_by(world, call, computation, cell_versions, outputs, &members, None)
}

fn signed_by(
    world: &World,
    call: &Call,
    computation: &Computation,
    cell_versions: Vec<u64>,
    outputs: Vec<Vec<u8>>,
    keys: &[&Keypair],
    another_message: Option<[u8; 45]>,
) -> Vec<Instruction> {
    let (session, transcript_digest, coin) = ([1; 32], [2; 32], [3; 32]);
    let statement = ResultStatement {
        cluster: &world.prepared.cluster,
        epoch: computation.epoch,
        session: &session,
        computation: &call.computation,
        circuit_hash: &computation.circuit_hash,
        input_digest: &computation.input_digest,
        cell_versions: &cell_versions,
        output_digest: &output_digest(&outputs),
        transcript_digest: &transcript_digest,
        coin: &coin,
    };
    let message = another_message.unwrap_or_else(|| statement.message());
    let signers: Vec<Pubkey> = keys.iter().map(|key| key.pubkey()).collect();
    let signed: Vec<[u8; 64]> = keys.iter().map(|key| key.sign_message(&message).into()).collect();
    let verification = Instruction {
        program_id: ed25519_program::ID,
        accounts: Vec::new(),
        data: signatures::instruction_data(&signers, &signed, &message),
    };
    let arguments = FinalizeArguments {
        epoch: computation.epoch,
        session,
        transcript_digest,
        coin,
        cell_versions,
        outputs,
        signature_instruction: 0,
    };
    let finalize =
        client::finalize_computation(relay_key().pubkey(), call.computation, computation, arguments, false);
    vec![verification, finalize]
}
