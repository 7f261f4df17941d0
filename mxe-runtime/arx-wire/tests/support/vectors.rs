//! The test vectors: every derivation and layout with fixed secrets, as JSON that other implementations read.
//!
//! Byte strings are hexadecimal, 64-bit integers decimal strings (JSON numbers lose bits in JavaScript).

use arx_wire::bits::PackedBits;
use arx_wire::cell::{CellBody, MxeKey};
use arx_wire::coin::{CoinName, combine, commitment};
use arx_wire::hash::{sha256, stream};
use arx_wire::input::{EphemeralKeys, InputArgument, encrypt};
use arx_wire::output::{EncryptedOutput, OutputContext, OutputPlace};
use arx_wire::recipient::RecipientSeed;
use arx_wire::{Base, EncryptionSecretKey, Member, ProofOfPossession};
use mpc_field::{Gf128, polynomial_hash};
use serde_json::{Value, json};

/// Every file with its contents.
pub fn files() -> [(&'static str, Value); 8] {
    [
        ("gf128.json", gf128()),
        ("stream.json", streams()),
        ("keys.json", keys()),
        ("recipient.json", recipients()),
        ("input.json", inputs()),
        ("output.json", outputs()),
        ("coin.json", coins()),
        ("cell.json", cells()),
    ]
}

/// Bytes that look random and are always the same.
fn bytes<const N: usize>(name: &str, index: usize) -> [u8; N] {
    let blocks = (0..N.div_ceil(32)).map(|block| sha256(format!("{name}/{index}/{block}").as_bytes()));
    let all: Vec<u8> = blocks.flatten().collect();
    core::array::from_fn(|i| all[i])
}

fn bits(name: &str, index: usize, length: u32) -> PackedBits {
    let blocks = (0..length.div_ceil(256)).map(|block| sha256(format!("{name}/{index}/{block}").as_bytes()));
    PackedBits::truncating(length, blocks.flatten().collect())
}

fn node_keys(members: usize) -> Vec<EncryptionSecretKey> {
    (0..members).map(|i| EncryptionSecretKey::from_seed(&bytes("node", i))).collect()
}

fn base(case: usize, members: usize) -> Base {
    let members = node_keys(members)
        .into_iter()
        .enumerate()
        .map(|(i, key)| Member { identity: bytes("identity", i), encryption_key: key.public_key() });
    Base {
        genesis: bytes("genesis", 0),
        program: bytes("program", 0),
        cluster: bytes("cluster", 0),
        epoch: 1 + case as u64,
        protocol: 1 + (case % 2) as u16,
        members: members.collect(),
        mxe: bytes("mxe", 0),
        circuit: bytes("circuit", case),
        interface: bytes("interface", case),
        instance: bytes("instance", case),
        authority: bytes("authority", case),
        counter: if case == 0 { u64::MAX } else { case as u64 },
        not_after: (1 << 53) + 1 + case as u64,
    }
}

fn base_json(base: &Base) -> Value {
    let members = base.members.iter().map(|member| {
        json!({
            "identity": hex::encode(member.identity),
            "encryption_key": hex::encode(member.encryption_key.to_bytes()),
        })
    });
    json!({
        "genesis": hex::encode(base.genesis),
        "program": hex::encode(base.program),
        "cluster": hex::encode(base.cluster),
        "epoch": base.epoch.to_string(),
        "protocol": base.protocol,
        "members": members.collect::<Vec<_>>(),
        "mxe": hex::encode(base.mxe),
        "circuit": hex::encode(base.circuit),
        "interface": hex::encode(base.interface),
        "instance": hex::encode(base.instance),
        "authority": hex::encode(base.authority),
        "counter": base.counter.to_string(),
        "not_after": base.not_after.to_string(),
        "digest": hex::encode(base.digest().expect("a cluster of a possible size")),
    })
}

fn bits_json(bits: &PackedBits) -> Value {
    json!({ "bits": bits.len(), "bytes": hex::encode(bits.as_bytes()) })
}

fn gf128() -> Value {
    let element = |name, index| Gf128::from_bytes(bytes(name, index));
    let hex_of = |element: Gf128| hex::encode(element.to_bytes());
    let fixed = [Gf128::ZERO, Gf128::ONE, Gf128::from_bits(1 << 127), Gf128::from_bits(u128::MAX)];
    let mut pairs: Vec<_> = fixed.iter().flat_map(|x| fixed.map(|y| (*x, y))).collect();
    pairs.extend((0..8).map(|i| (element("x", i), element("y", i))));
    let products =
        pairs.iter().map(|(x, y)| json!({ "x": hex_of(*x), "y": hex_of(*y), "product": hex_of(*x * *y) }));
    let hashes =
        [0, 1, 7, 8, 9, 64, 127, 128, 129, 256, 300, 1000].into_iter().enumerate().map(|(i, length)| {
            let (h, message) = (element("h", i), bits("message", i, length));
            let hash = polynomial_hash(h, message.as_bytes(), length);
            json!({ "h": hex_of(h), "message": bits_json(&message), "hash": hex_of(hash) })
        });
    json!({ "products": products.collect::<Vec<_>>(), "polynomial_hashes": hashes.collect::<Vec<_>>() })
}

fn streams() -> Value {
    let streams = [1, 8, 13, 64, 129, 1000].into_iter().enumerate().map(|(i, length)| {
        let seed = bytes("stream", i);
        let (head, pad) = stream(&seed, length);
        json!({ "seed": hex::encode(seed), "head": hex::encode(head.to_bytes()), "pad": bits_json(&pad) })
    });
    Value::Array(streams.collect())
}

fn keys() -> Value {
    let keys = (0..4).map(|i| {
        let seed = bytes("key", i);
        let secret = EncryptionSecretKey::from_seed(&seed);
        let identity = bytes("identity", i);
        let proof = ProofOfPossession::prove(&secret, &identity);
        let other = EncryptionSecretKey::from_seed(&bytes("key", i + 1)).public_key();
        json!({
            "seed": hex::encode(seed),
            "secret": hex::encode(*secret.to_bytes()),
            "public": hex::encode(secret.public_key().to_bytes()),
            "identity": hex::encode(identity),
            "proof_of_possession": hex::encode(proof.to_bytes()),
            "other_public": hex::encode(other.to_bytes()),
            "shared": hex::encode(*secret.diffie_hellman(&other)),
        })
    });
    let refused = json!([
        { "why": "the identity", "public": "00".repeat(32) },
        { "why": "not a canonical field element", "public": format!("ed{}7f", "ff".repeat(30)) },
        { "why": "a negative field element", "public": format!("01{}", "00".repeat(31)) },
        { "why": "not a square", "public": "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371" },
    ]);
    json!({ "keys": keys.collect::<Vec<_>>(), "refused": refused })
}

fn recipients() -> Value {
    let recipients = (0..3).map(|i| {
        let signature = bytes("signature", i);
        let seed = RecipientSeed::from_wallet_signature(&signature);
        let (instance, authority) = (bytes("instance", i), bytes("authority", i));
        let counter = [0, 7, u64::MAX][i];
        let key = seed.recipient_key(&instance, &authority, counter);
        json!({
            "wallet_signature": hex::encode(signature),
            "seed": hex::encode(*seed.to_stored()),
            "instance": hex::encode(instance),
            "authority": hex::encode(authority),
            "counter": counter.to_string(),
            "secret": hex::encode(*key.to_bytes()),
            "public": hex::encode(key.public_key().to_bytes()),
        })
    });
    Value::Array(recipients.collect())
}

fn inputs() -> Value {
    let sizes = [(3, 64), (2, 1), (3, 8), (3, 13), (5, 128), (2, 129), (3, 300), (16, 1000), (3, 4099)];
    let cases = sizes.into_iter().enumerate().map(|(case, (members, length))| {
        let base = base(case, members);
        let slot = (case * 257) as u16;
        let recipient = EncryptionSecretKey::from_seed(&bytes("recipient", case)).public_key();
        let seed = bytes("ephemeral", case);
        let ephemeral = EphemeralKeys::from_seed(&seed);
        let plaintext = bits("plaintext", case, length);
        let input = encrypt(&base, slot, &[recipient], &plaintext, &ephemeral).expect("a valid call");
        let context = input.context(&base, &[recipient]).expect("its own call");
        let derived: Vec<_> =
            node_keys(members).iter().zip(0..).map(|(key, i)| context.node_secrets(i, key)).collect();
        let tag_keys = context.tag_keys(&derived.iter().map(|node| node.seed).collect::<Vec<_>>());
        let nodes = derived.iter().zip(node_keys(members)).zip(&input.nodes).zip(0..).map(
            |(((node, key), tag), i)| {
                json!({
                    "secret": hex::encode(*key.to_bytes()),
                    "pad": hex::encode(node.pad.as_bytes()),
                    "mask": hex::encode(node.mask.to_bytes()),
                    "seed": hex::encode(node.seed),
                    "tag_mask": hex::encode(tag_keys.tag_mask(i).to_bytes()),
                    "tag": hex::encode(tag.tag),
                    "binding": hex::encode(tag.binding),
                })
            },
        );
        let nodes: Vec<_> = nodes.collect();
        json!({
            "base": base_json(&base),
            "slot": slot,
            "recipients": [hex::encode(recipient.to_bytes())],
            "ephemeral_seed": hex::encode(seed),
            "e1": hex::encode(*ephemeral.pads.to_bytes()),
            "e2": hex::encode(*ephemeral.seeds.to_bytes()),
            "plaintext": bits_json(&plaintext),
            "context": hex::encode(context.digest()),
            "nodes": nodes,
            "hash_key": hex::encode(tag_keys.hash_key().to_bytes()),
            "spent_id": hex::encode(context.spent_id()),
            "encoded": hex::encode(input.to_bytes()),
            "argument": hex::encode(InputArgument { recipient, input }.to_bytes()),
        })
    });
    Value::Array(cases.collect())
}

fn outputs() -> Value {
    let sizes = [(3, 64), (2, 1), (3, 13), (5, 128), (2, 129), (16, 1000), (3, 4099)];
    let cases = sizes.into_iter().enumerate().map(|(case, (members, length))| {
        let base = base(case, members);
        let secret = RecipientSeed::from_stored(bytes("stored", case)).recipient_key(
            &base.instance,
            &base.authority,
            base.counter,
        );
        let place = OutputPlace {
            computation: bytes("computation", case),
            session: bytes("session", case),
            index: (case * 300) as u16,
            bits: length,
        };
        let (coin_s, d_open, coin_o) = (bytes("coin_s", case), bytes("d_open", case), bytes("coin_o", case));
        let recipient = secret.public_key();
        let context = OutputContext::new(&base, &place, &coin_s, &recipient).expect("a possible cluster");
        let plaintext = bits("output", case, length);
        let derived: Vec<_> = node_keys(members)
            .into_iter()
            .zip(0..)
            .map(|(key, i)| (context.node_secrets(i, &key), key))
            .collect();
        let ciphertext = derived
            .iter()
            .fold(plaintext.clone(), |sum, (node, _)| sum.xor(&node.pad).expect("strings of one length"));
        let h = context.hash_key(&d_open, &coin_o, &ciphertext);
        let mut tags = Vec::new();
        let mut nodes = Vec::new();
        for (node, key) in &derived {
            let tag = polynomial_hash(h, node.pad.as_bytes(), length) + node.mask;
            tags.push(tag.to_bytes());
            nodes.push(json!({
                "secret": hex::encode(*key.to_bytes()),
                "pad": hex::encode(node.pad.as_bytes()),
                "mask": hex::encode(node.mask.to_bytes()),
                "tag": hex::encode(tag.to_bytes()),
            }));
        }
        let (epoch, session, index) = (base.epoch, place.session, place.index);
        let output =
            EncryptedOutput { index, epoch, session, coin_s, d_open, coin_o, recipient, tags, ciphertext };
        json!({
            "base": base_json(&base),
            "computation": hex::encode(place.computation),
            "session": hex::encode(session),
            "index": index,
            "coin_s": hex::encode(coin_s),
            "d_open": hex::encode(d_open),
            "coin_o": hex::encode(coin_o),
            "recipient_secret": hex::encode(*secret.to_bytes()),
            "recipient": hex::encode(recipient.to_bytes()),
            "context": hex::encode(context.digest()),
            "hash_key": hex::encode(h.to_bytes()),
            "nodes": nodes,
            "plaintext": bits_json(&plaintext),
            "encoded": hex::encode(output.to_bytes().expect("a possible cluster")),
        })
    });
    Value::Array(cases.collect())
}

fn coins() -> Value {
    let names = [
        (CoinName::Session, 0),
        (CoinName::Output, 1),
        (CoinName::Challenge(0), 2),
        (CoinName::Challenge(5), 7),
    ];
    let cases = names.into_iter().enumerate().map(|(case, (name, code))| {
        let session = bytes("session", case);
        let values: Vec<[u8; 32]> = (0..case + 2).map(|i| bytes("coin", i)).collect();
        let commitments =
            values.iter().zip(0..).map(|(value, i)| hex::encode(commitment(&session, name, i, value)));
        json!({
            "session": hex::encode(session),
            "name": code,
            "values": values.iter().map(hex::encode).collect::<Vec<_>>(),
            "commitments": commitments.collect::<Vec<_>>(),
            "coin": hex::encode(combine(&session, name, &values)),
        })
    });
    Value::Array(cases.collect())
}

fn cells() -> Value {
    let cases = [1, 13, 64, 512].into_iter().enumerate().map(|(case, length)| {
        let (state_secret, mxe) = (bytes("state", case), bytes("mxe", case));
        let (cell, coin_s) = (bytes("cell", case), bytes("coin_s", case));
        let (key_version, version) = (1 + case as u64, 10 * case as u64);
        let pad = MxeKey::derive(&state_secret, &mxe, key_version).pad(&cell, version, &coin_s, length);
        let ciphertext = bits("cell", case, length);
        let body = CellBody { key_version, coin_s, ciphertext: ciphertext.clone(), tags: None };
        json!({
            "state_secret": hex::encode(state_secret),
            "mxe": hex::encode(mxe),
            "key_version": key_version.to_string(),
            "cell": hex::encode(cell),
            "version": version.to_string(),
            "coin_s": hex::encode(coin_s),
            "pad": bits_json(&pad),
            "ciphertext": bits_json(&ciphertext),
            "encoded": hex::encode(body.to_bytes()),
        })
    });
    Value::Array(cases.collect())
}
