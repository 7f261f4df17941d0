//! Vectors for the TypeScript client of what `arx-wire` does not know: interfaces as the compiler writes them, values in
//! bits and in plain, and the message that members sign. Set `UPDATE_VECTORS=1` to write them anew.

use std::path::Path;

use arcis_circuit::{Bits, Interface, Output, OutputKind, Parameter, ParameterKind, Type};
use arx_program::message::{ResultStatement, output_digest};
use arx_simulation::application::Kind;
use arx_simulation::prepared::identity_keypair;
use arx_simulation::seed::{Seed, Stream};
use serde_json::{Value, json};
use solana_pubkey::Pubkey;
use solana_signer::Signer;

fn every_type() -> Interface {
    let integer = |bits, signed| Type::Integer { bits, signed };
    let bid = Type::Struct {
        name: "Bid".into(),
        fields: vec![
            ("bidder".into(), Type::PublicKey),
            ("amount".into(), integer(128, false)),
            ("flags".into(), Type::Array(Box::new(Type::Bool), 3)),
            ("delta".into(), Type::Tuple(vec![integer(16, true), Type::Tuple(vec![])])),
        ],
    };
    let parameter = |name: &str, kind, ty| Parameter { name: name.into(), kind, ty };
    Interface {
        name: "every_type".into(),
        parameters: vec![
            parameter("limit", ParameterKind::Plaintext, integer(8, false)),
            parameter("bid", ParameterKind::Shared { slot: 0 }, bid.clone()),
            parameter("reader", ParameterKind::Recipient { slot: 1 }, Type::Tuple(vec![])),
            parameter("state", ParameterKind::Cell, Type::Bool),
            parameter("to", ParameterKind::Mxe, Type::Tuple(vec![])),
        ],
        outputs: vec![
            Output { kind: OutputKind::Public, ty: bid },
            Output { kind: OutputKind::Shared { slot: 1 }, ty: Type::Bool },
            Output { kind: OutputKind::Cell { source: Some(3) }, ty: Type::Bool },
            Output { kind: OutputKind::Cell { source: None }, ty: Type::Bool },
        ],
    }
}

/// A value of the bid type, with its bits and plain bytes made by `arcis-circuit`.
fn bid(random: &mut Stream, interface: &Interface) -> Value {
    let bidder = random.bytes32();
    let amount = u128::from(random.number()) << 64 | u128::from(random.number());
    let flags = [random.chance(500), random.chance(500), random.chance(500)];
    let delta = random.number() as i16;
    let mut plain = bidder.to_vec();
    plain.extend(amount.to_le_bytes());
    plain.extend(flags.map(u8::from));
    plain.extend(delta.to_le_bytes());
    let bits: Bits = interface.parameters[1].ty.plain_to_bits(&plain).unwrap();
    json!({
        "bidder": hex::encode(bidder), "amount": amount.to_string(), "flags": flags, "delta": delta,
        "plain": hex::encode(&plain), "bits": bits.len(), "bytes": hex::encode(bits.to_bytes()),
    })
}

fn result(random: &mut Stream) -> Value {
    let [cluster, session, computation, circuit, input, transcript, coin] =
        [(); 7].map(|()| random.bytes32());
    let outputs: Vec<Vec<u8>> =
        (0..random.below(4)).map(|_| random.bytes32()[..random.index(33)].to_vec()).collect();
    let versions: Vec<u64> = (0..random.below(4)).map(|_| random.number()).collect();
    let epoch = random.number();
    let digest = output_digest(&outputs);
    let message = ResultStatement {
        cluster: &Pubkey::from(cluster),
        epoch,
        session: &session,
        computation: &Pubkey::from(computation),
        circuit_hash: &circuit,
        input_digest: &input,
        cell_versions: &versions,
        output_digest: &digest,
        transcript_digest: &transcript,
        coin: &coin,
    }
    .message();
    let members: Vec<_> = (0..3).map(identity_keypair).collect();
    json!({
        "cluster": hex::encode(cluster), "epoch": epoch.to_string(), "session": hex::encode(session),
        "computation": hex::encode(computation), "circuit_hash": hex::encode(circuit),
        "input_digest": hex::encode(input),
        "cell_versions": versions.iter().map(u64::to_string).collect::<Vec<_>>(),
        "outputs": outputs.iter().map(hex::encode).collect::<Vec<_>>(), "output_digest": hex::encode(digest),
        "transcript_digest": hex::encode(transcript), "coin": hex::encode(coin), "message": hex::encode(message),
        "identities": members.iter().map(|member| hex::encode(member.pubkey())).collect::<Vec<_>>(),
        "signatures":
            members.iter().map(|member| hex::encode(member.sign_message(&message))).collect::<Vec<_>>(),
    })
}

fn check(name: &str, value: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sdk/ts/test/vectors").join(name);
    let written = format!("{value:#}\n");
    if std::env::var_os("UPDATE_VECTORS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, written).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == written, "{} is out of date: run this test with UPDATE_VECTORS=1", path.display());
}

#[test]
fn interfaces_and_values() {
    let interface = every_type();
    interface.validate().unwrap();
    let mut random = Seed(1).stream("values");
    let values: Vec<_> = (0..5).map(|_| bid(&mut random, &interface)).collect();
    let simple: Vec<_> = Kind::ALL.iter().map(|kind| kind.artifact().interface).collect();
    check("interface.json", &json!({ "every_type": interface, "simple": simple, "bids": values }));
}

#[test]
fn results() {
    let mut random = Seed(1).stream("results");
    check("result.json", &Value::from((0..5).map(|_| result(&mut random)).collect::<Vec<_>>()));
}
