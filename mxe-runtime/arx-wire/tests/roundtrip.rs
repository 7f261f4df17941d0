//! What clients and nodes do with each other's bytes, honestly and not.

use arx_wire::bits::PackedBits;
use arx_wire::cell::{CellBody, MxeKey};
use arx_wire::input::{EncryptedInput, EphemeralKeys, InputArgument, InputContext, encrypt};
use arx_wire::output::{EncryptedOutput, NodeOutputSecrets, OutputContext, OutputPlace};
use arx_wire::{Base, EncryptionPublicKey, EncryptionSecretKey, Member, WireError};
use mpc_field::polynomial_hash;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

fn node_keys(members: u8) -> Vec<EncryptionSecretKey> {
    (0..members).map(|i| EncryptionSecretKey::from_seed(&[i + 1; 32])).collect()
}

fn base(members: u8) -> Base {
    let member =
        |(i, key): (u8, EncryptionSecretKey)| Member { identity: [i; 32], encryption_key: key.public_key() };
    Base {
        genesis: [101; 32],
        program: [102; 32],
        cluster: [103; 32],
        epoch: 4,
        protocol: 1,
        members: (0..).zip(node_keys(members)).map(member).collect(),
        mxe: [105; 32],
        circuit: [106; 32],
        interface: [107; 32],
        instance: [108; 32],
        authority: [109; 32],
        counter: 110,
        not_after: 111,
    }
}

fn recipient_key() -> EncryptionSecretKey {
    EncryptionSecretKey::from_seed(&[77; 32])
}

fn must_encrypt(base: &Base, plaintext: &PackedBits) -> EncryptedInput {
    let ephemeral = EphemeralKeys::from_seed(&[88; 32]);
    encrypt(base, 5, &[recipient_key().public_key()], plaintext, &ephemeral).expect("a valid call")
}

fn plaintexts() -> impl Strategy<Value = PackedBits> {
    (1_u32..600)
        .prop_flat_map(|length| (Just(length), vec(any::<u8>(), length.div_ceil(8) as usize)))
        .prop_map(|(length, bytes)| PackedBits::truncating(length, bytes))
}

/// What the nodes would do: whether all bindings and tags fit, and the value if the pads are removed.
fn open_as_nodes(context: &InputContext, input: &EncryptedInput, members: u8) -> (bool, PackedBits) {
    let derived: Vec<_> =
        (0..).zip(&node_keys(members)).map(|(i, key)| context.node_secrets(i, key)).collect();
    let keys = context.tag_keys(&derived.iter().map(|node| node.seed).collect::<Vec<_>>());
    let mut fits = true;
    let mut value = input.ciphertext.clone();
    for (i, (node, expected)) in (0..).zip(derived.iter().zip(&input.nodes)) {
        fits &= context.binding(i, &node.seed) == expected.binding;
        let hash = polynomial_hash(keys.hash_key(), node.pad.as_bytes(), node.pad.len());
        fits &= (hash + node.mask + keys.tag_mask(i)).to_bytes() == expected.tag;
        value = value.xor(&node.pad).expect("strings of one length");
    }
    (fits, value)
}

fn sealed(
    base: &Base,
    place: &OutputPlace,
    recipient: EncryptionPublicKey,
    value: &PackedBits,
) -> EncryptedOutput {
    let (coin_s, d_open, coin_o) = ([1; 32], [2; 32], [3; 32]);
    let context = OutputContext::new(base, place, &coin_s, &recipient).expect("a possible cluster");
    let nodes: Vec<_> = (0..).zip(&node_keys(3)).map(|(i, key)| context.node_secrets(i, key)).collect();
    let ciphertext =
        nodes.iter().fold(value.clone(), |sum, node| sum.xor(&node.pad).expect("strings of one length"));
    let h = context.hash_key(&d_open, &coin_o, &ciphertext);
    let tag = |node: &NodeOutputSecrets| polynomial_hash(h, node.pad.as_bytes(), place.bits) + node.mask;
    let tags = nodes.iter().map(|node| tag(node).to_bytes()).collect();
    let (index, epoch, session) = (place.index, base.epoch, place.session);
    EncryptedOutput { index, epoch, session, coin_s, d_open, coin_o, recipient, tags, ciphertext }
}

fn is_wrong_length(result: Result<(), WireError>) -> bool {
    matches!(result, Err(WireError::WrongLength { .. }))
}

fn place(bits: u32) -> OutputPlace {
    OutputPlace { computation: [31; 32], session: [32; 32], index: 2, bits }
}

/// Everything in a base but the members, changed one at a time.
fn other_bases(base: &Base) -> Vec<Base> {
    let change = |change: fn(&mut Base)| {
        let mut other = base.clone();
        change(&mut other);
        other
    };
    vec![
        change(|base| base.genesis[0] ^= 1),
        change(|base| base.program[0] ^= 1),
        change(|base| base.cluster[0] ^= 1),
        change(|base| base.epoch += 1),
        change(|base| base.protocol += 1),
        change(|base| base.mxe[0] ^= 1),
        change(|base| base.circuit[0] ^= 1),
        change(|base| base.interface[0] ^= 1),
        change(|base| base.instance[0] ^= 1),
        change(|base| base.authority[0] ^= 1),
        change(|base| base.members[1].identity[0] ^= 1),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn inputs_open_to_what_was_encrypted(plaintext in plaintexts(), members in 2_u8..=16) {
        let base = base(members);
        let input = must_encrypt(&base, &plaintext);
        let again = EncryptedInput::parse(&input.to_bytes())?;
        prop_assert_eq!(&again, &input);
        let context = again.context(&base, &[recipient_key().public_key()])?;
        let (fits, value) = open_as_nodes(&context, &again, members);
        prop_assert!(fits);
        prop_assert_eq!(value, plaintext);
    }

    #[test]
    fn any_changed_bit_of_an_input_is_refused_or_fails_its_tags(plaintext in plaintexts(), bit: Index) {
        let base = base(3);
        let recipient = recipient_key().public_key();
        let argument = InputArgument { recipient, input: must_encrypt(&base, &plaintext) };
        let mut bytes = argument.to_bytes();
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(argument) = InputArgument::parse(&bytes) else { return Ok(()) };
        let Ok(context) = argument.input.context(&base, &[argument.recipient]) else { return Ok(()) };
        prop_assert!(!open_as_nodes(&context, &argument.input, 3).0, "bit {bit}");
    }

    #[test]
    fn any_changed_bit_of_an_output_is_refused(value in plaintexts(), bit: Index) {
        let (base, place, secret) = (base(3), place(value.len()), recipient_key());
        let mut bytes = sealed(&base, &place, secret.public_key(), &value).to_bytes()?;
        let output = EncryptedOutput::parse(&bytes)?;
        prop_assert_eq!(output.decrypt(&base, &place, &secret)?, value);
        let bit = bit.index(bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let refused = EncryptedOutput::parse(&bytes).and_then(|output| output.decrypt(&base, &place, &secret));
        prop_assert!(refused.is_err(), "bit {bit}");
    }

    #[test]
    fn decoders_take_any_bytes_and_one_encoding_each(bytes in vec(any::<u8>(), 0..400), head in 0_u8..3) {
        let mut bytes = bytes;
        if let Some(first) = bytes.first_mut() {
            *first = head;
        }
        if let Ok(input) = EncryptedInput::parse(&bytes) {
            prop_assert_eq!(input.to_bytes(), bytes.clone());
        }
        if let Ok(argument) = InputArgument::parse(&bytes) {
            prop_assert_eq!(argument.to_bytes(), bytes.clone());
        }
        if let Ok(output) = EncryptedOutput::parse(&bytes) {
            prop_assert_eq!(output.to_bytes()?, bytes.clone());
        }
        if let Ok(cell) = CellBody::parse(&bytes) {
            prop_assert_eq!(cell.to_bytes(), bytes);
        }
    }

    #[test]
    fn every_other_length_is_refused(
        plaintext in plaintexts(),
        cut in 1_usize..40,
        extra in vec(any::<u8>(), 1..40),
    ) {
        let base = base(3);
        let place = place(plaintext.len());
        let recipient = recipient_key().public_key();
        let cell = CellBody { key_version: 1, coin_s: [9; 32], ciphertext: plaintext.clone(), tags: None };
        let input = must_encrypt(&base, &plaintext).to_bytes();
        let output = sealed(&base, &place, recipient, &plaintext).to_bytes()?;
        let cell = cell.to_bytes();
        for lengthened in [true, false] {
            let other = |bytes: &[u8]| match lengthened {
                true => [bytes, &extra].concat(),
                false => bytes[..bytes.len().saturating_sub(cut)].to_vec(),
            };
            prop_assert!(is_wrong_length(EncryptedInput::parse(&other(&input)).map(|_| ())));
            prop_assert!(is_wrong_length(EncryptedOutput::parse(&other(&output)).map(|_| ())));
            prop_assert!(is_wrong_length(CellBody::parse(&other(&cell)).map(|_| ())));
        }
    }
}

#[test]
fn tagged_cells_come_back_and_have_one_length() {
    for bits in [0, 1, 127, 128, 129, 300] {
        let count = arx_wire::cell::blocks(bits);
        let ciphertext = PackedBits::truncating(bits, vec![0xa5; 40]);
        let tags = (0..count).map(|block| [block as u8; 16]).collect();
        let cell = CellBody { key_version: 3, coin_s: [9; 32], ciphertext, tags: Some(tags) };
        let bytes = cell.to_bytes();
        assert_eq!((bytes.len() as u64, bytes[0]), (arx_wire::cell::tagged_length(bits), 2));
        assert_eq!(CellBody::parse(&bytes), Ok(cell));
        assert!(is_wrong_length(CellBody::parse(&[&bytes[..], &[0]].concat()).map(|_| ())));
        assert!(is_wrong_length(CellBody::parse(&bytes[..bytes.len() - 1]).map(|_| ())));
        // A body without its tags is not taken for a plain one, nor the other way round.
        let mut other = bytes;
        other[0] = 1;
        assert_eq!(CellBody::parse(&other).is_ok(), bits == 0);
        other[0] = 3;
        assert!(matches!(CellBody::parse(&other), Err(WireError::UnknownVersion { actual: 3, .. })));
    }
}

#[test]
fn an_input_copied_into_another_call_is_noise_there() {
    let base = base(3);
    let plaintext = PackedBits::truncating(64, vec![0xa5; 8]);
    let input = must_encrypt(&base, &plaintext);
    let recipient = recipient_key().public_key();
    let other_recipient = EncryptionSecretKey::from_seed(&[78; 32]).public_key();
    let elsewhere = other_bases(&base).into_iter().map(|other| (other, recipient));
    for (other, recipient) in elsewhere.chain([(base.clone(), other_recipient)]) {
        let context = input.context(&other, &[recipient]).expect("header fields are equal");
        let (fits, value) = open_as_nodes(&context, &input, 3);
        assert!(!fits && value != plaintext, "{other:?}");
    }
    for (field, counter, not_after) in [("counter", 1, 111), ("last slot (not_after)", 110, 1)] {
        let other = Base { counter, not_after, ..base.clone() };
        let refused = input.context(&other, &[recipient]).expect_err("another counter or last slot");
        assert!(matches!(refused, WireError::OtherComputation { field: named, .. } if named == field));
    }
    let larger = self::base(4);
    assert!(matches!(
        input.context(&larger, &[recipient]),
        Err(WireError::OtherComputation { field: "member count", expected: 4, actual: 3, .. })
    ));
}

#[test]
fn masks_differ_between_ciphertexts() {
    // Whoever alters c makes nodes hash the same pad under another key. If the mask stayed the same, the two
    // tags would give away the difference of the two hashes, a linear function of the pad and with c of the
    // plaintext.
    let base = base(3);
    let plaintext = PackedBits::truncating(100, vec![0x3c; 13]);
    let input = must_encrypt(&base, &plaintext);
    let mut altered = input.clone();
    let mut bytes = altered.ciphertext.as_bytes().to_vec();
    bytes[0] ^= 1;
    altered.ciphertext = PackedBits::new(100, bytes).expect("as long as before");
    let recipients = [recipient_key().public_key()];
    for (i, key) in (0..).zip(&node_keys(3)) {
        let honest = input.context(&base, &recipients).expect("its own call").node_secrets(i, key);
        let other = altered.context(&base, &recipients).expect("its own call").node_secrets(i, key);
        assert_eq!(honest.pad, other.pad);
        assert_ne!(honest.mask, other.mask);
    }
}

#[test]
fn an_output_is_for_one_place_and_one_recipient() {
    let (base, secret) = (base(3), recipient_key());
    let value = PackedBits::truncating(20, vec![1, 2, 3]);
    let place = place(20);
    let output = sealed(&base, &place, secret.public_key(), &value);
    assert_eq!(output.decrypt(&base, &place, &secret).as_ref(), Ok(&value));

    let other_secret = EncryptionSecretKey::from_seed(&[1; 32]);
    let field = |result: Result<PackedBits, WireError>| match result {
        Err(WireError::OtherContext { field, .. } | WireError::OtherComputation { field, .. }) => field,
        Err(WireError::OutputTag { .. }) => "tag",
        other => panic!("{other:?}"),
    };
    assert_eq!(field(output.decrypt(&base, &place, &other_secret)), "recipient key");
    let other = OutputPlace { session: [0; 32], ..place };
    assert_eq!(field(output.decrypt(&base, &other, &secret)), "session");
    let other = OutputPlace { index: 3, ..place };
    assert_eq!(field(output.decrypt(&base, &other, &secret)), "output index");
    let other = OutputPlace { bits: 21, ..place };
    assert_eq!(field(output.decrypt(&base, &other, &secret)), "number of bits");
    let other = OutputPlace { computation: [0; 32], ..place };
    assert_eq!(field(output.decrypt(&base, &other, &secret)), "tag");
    for other in other_bases(&base) {
        let expected = if other.epoch == base.epoch { "tag" } else { "epoch" };
        assert_eq!(field(output.decrypt(&other, &place, &secret)), expected, "{other:?}");
    }
}

#[test]
fn a_wrong_pad_of_one_node_is_pinned_on_it() {
    let (base, secret) = (base(3), recipient_key());
    let (value, place) = (PackedBits::truncating(300, vec![0x77; 38]), place(300));
    let mut difference = vec![0; 38];
    difference[17] = 4;
    let difference = PackedBits::new(300, difference).expect("38 bytes");
    for cheater in 0..3 {
        // The node used a pad that differs in one bit, and hashes that one: c and its tag fit each other.
        let mut output = sealed(&base, &place, secret.public_key(), &value);
        output.ciphertext = output.ciphertext.xor(&difference).expect("strings of one length");
        let context =
            OutputContext::new(&base, &place, &output.coin_s, &output.recipient).expect("a possible cluster");
        let h = context.hash_key(&output.d_open, &output.coin_o, &output.ciphertext);
        for ((node, key), tag) in (0..).zip(&node_keys(3)).zip(&mut output.tags) {
            let NodeOutputSecrets { pad, mask } = &context.node_secrets(node, key);
            let used = if node == cheater {
                pad.xor(&difference).expect("strings of one length")
            } else {
                pad.clone()
            };
            *tag = (polynomial_hash(h, used.as_bytes(), 300) + *mask).to_bytes();
        }
        assert_eq!(output.decrypt(&base, &place, &secret), Err(WireError::OutputTag { node: cheater }));
    }
}

#[test]
fn cell_pads_are_bound_to_everything_they_should_be() {
    let pad = |secret: u8, mxe: u8, key: u64, cell: u8, version: u64, coin: u8| {
        MxeKey::derive(&[secret; 32], &[mxe; 32], key).pad(&[cell; 32], version, &[coin; 32], 256)
    };
    let reference = pad(1, 2, 3, 4, 5, 6);
    assert_eq!(reference, pad(1, 2, 3, 4, 5, 6));
    for other in [
        pad(0, 2, 3, 4, 5, 6),
        pad(1, 0, 3, 4, 5, 6),
        pad(1, 2, 0, 4, 5, 6),
        pad(1, 2, 3, 0, 5, 6),
        pad(1, 2, 3, 4, 0, 6),
        pad(1, 2, 3, 4, 5, 0),
    ] {
        assert_ne!(reference, other);
    }
}
