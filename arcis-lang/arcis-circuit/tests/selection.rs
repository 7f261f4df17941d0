//! Secret indices, shuffles and counts of bits: against slices of Rust, with their costs.

mod common;

use arcis_circuit::gates::{Cost, Shape, Target, cost, lower};
use arcis_circuit::shuffle::{Permutation, SEED_BITS};
use arcis_circuit::testing::{bit_stream, words};
use arcis_circuit::{Bits, Circuit, Input, Op, evaluate};
use common::{SHAPES, circuit, function, must_run, public, secret};
use proptest::collection::vec;
use proptest::prelude::*;

fn word(value: u64, width: u32) -> Bits {
    Bits::from_u64(value, width as usize)
}

/// A circuit of one operation that returns everything it defines.
fn all_of(inputs: &[Input], op: Op) -> Circuit {
    let count = op.defines(&[]) as u32;
    let mut function = function(inputs, vec![op]);
    let first = inputs.len() as u32;
    function.outputs = (first..first + count).collect();
    Circuit { functions: vec![function] }
}

fn both(circuit: &Circuit, inputs: &[Bits]) -> Vec<Bits> {
    let expected = evaluate(circuit, inputs, &mut bit_stream(5)).unwrap();
    for shape in SHAPES {
        let actual = lower(circuit, shape).unwrap().run_clear(inputs, &mut bit_stream(5)).unwrap();
        assert_eq!(actual, expected, "{shape:?}");
    }
    expected
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_secret_index_reads_and_writes_as_in_a_slice(
        values in vec(any::<u64>(), 1..20),
        (index_width, index) in prop_oneof![(Just(5u32), 0..32u64), (Just(64), 0..24u64), (Just(64), any::<u64>()), (Just(2), 0..4u64)],
        new in any::<u64>(),
        write: bool,
        publics in any::<[bool; 4]>(),
    ) {
        let input = |width, is_public| if is_public { public(width) } else { secret(width) };
        let mut inputs = vec![input(index_width, publics[0]), input(64, publics[1]), input(1, publics[2])];
        inputs.extend(values.iter().map(|_| input(64, publics[3])));
        let words: Vec<_> = (3..inputs.len() as u32).collect();
        let mut given = vec![word(index, index_width), word(new, 64), word(write.into(), 1)];
        given.extend(values.iter().map(|&value| word(value, 64)));

        let read = both(&circuit(&inputs, vec![Op::Lookup { index: 0, words: words.clone() }]), &given);
        let at = usize::try_from(index).unwrap();
        prop_assert_eq!(&read, &[word(values.get(at).copied().unwrap_or(0), 64)]);

        let written = both(&all_of(&inputs, Op::Update { index: 0, value: 1, condition: 2, words }), &given);
        let table = Op::Table { index: 0, width: 64, entries: Bits::concat(&given[3..]) };
        prop_assert_eq!(&both(&circuit(&inputs[..1], vec![table]), &given[..1]), &read);

        let mut expected = values;
        if let Some(value) = expected.get_mut(at).filter(|_| write) {
            *value = new;
        }
        prop_assert_eq!(written, expected.into_iter().map(|value| word(value, 64)).collect::<Vec<_>>());
    }

    #[test]
    fn bits_are_counted(a in any::<u64>(), shift in 0..64u32) {
        let a = a >> shift;
        prop_assert_eq!(must_run(&Op::LeadingZeros(0), &[word(a, 64)]), word(a.leading_zeros().into(), 7));
        prop_assert_eq!(must_run(&Op::CountOnes(0), &[word(a, 64)]), word(a.count_ones().into(), 7));
        let odd = a & 0x1f;
        prop_assert_eq!(must_run(&Op::LeadingZeros(0), &[word(odd, 5)]), word((odd as u8).leading_zeros() as u64 - 3, 3));
    }

    #[test]
    fn words_are_summed(values in vec(any::<u64>(), 1..40)) {
        let sum = Op::Sum { words: (0..values.len() as u32).collect() };
        let words: Vec<_> = values.iter().map(|&value| word(value, 64)).collect();
        prop_assert_eq!(must_run(&sum, &words), word(values.iter().fold(0, |sum, value| sum.wrapping_add(*value)), 64));
        // The same word several times is a product.
        let many = Op::Sum { words: vec![0; values.len()] };
        let product = values[0].wrapping_mul(values.len() as u64);
        prop_assert_eq!(must_run(&many, &words[..1]), word(product, 64));
    }

    #[test]
    fn every_party_shuffles(values in vec(words(9), 1..40), parties in 1..6u8, seed: u64) {
        let inputs = vec![secret(9); values.len()];
        let shuffle = Op::Shuffle { words: (0..values.len() as u32).collect() };
        let circuit = all_of(&inputs, shuffle);
        let shuffled = evaluate(&circuit, &values, &mut bit_stream(seed)).unwrap();
        let permutation = Permutation::from_seed(&bit_stream(seed)(SEED_BITS), values.len() as u32);
        prop_assert_eq!(&shuffled, &permutation.apply(&values));
        let program = lower(&circuit, Target { shape: Shape::Fast, parties }).unwrap();
        prop_assert_eq!(program.run_clear(&values, &mut bit_stream(seed)).unwrap(), shuffled);
    }
}

#[test]
fn narrow_words_are_counted_exhaustively() {
    for width in [1u32, 2, 3, 4, 8] {
        for value in 0..1u64 << width {
            let count = arcis_circuit::circuit::count_width(width);
            let zeros = value.leading_zeros() + width - 64;
            assert_eq!(must_run(&Op::LeadingZeros(0), &[word(value, width)]), word(zeros.into(), count));
            assert_eq!(
                must_run(&Op::CountOnes(0), &[word(value, width)]),
                word(value.count_ones().into(), count)
            );
        }
    }
}

/// Random words and shuffles that take turns are drawn in the order of the evaluator.
#[test]
fn shuffles_among_random_words() {
    let shuffle = |words: &[u32]| Op::Shuffle { words: words.to_vec() };
    let ops = vec![
        shuffle(&[0, 1, 2]),        // 3, 4, 5
        Op::Random { width: 9 },    // 6
        shuffle(&[3, 4, 5, 6]),     // 7 to 10
        shuffle(&[10, 9, 8, 7, 6]), // 11 to 15
        Op::Random { width: 70 },   // 16
    ];
    let mut function = function(&[secret(9), secret(9), public(9)], ops);
    function.outputs = (3..17).collect();
    let given = [word(1, 9), word(2, 9), word(3, 9)];
    both(&Circuit { functions: vec![function] }, &given);
}

fn costs(circuit: &Circuit) -> [Cost; 2] {
    SHAPES.map(|shape| cost(&lower(circuit, shape).unwrap()))
}

#[test]
fn costs_of_selection() {
    let ands = |circuit: &Circuit| costs(circuit).map(|cost| (cost.ands, cost.and_rounds));
    let array = |index: Input, count: u32, element: Input| {
        let mut inputs = vec![index];
        inputs.resize(count as usize + 1, element);
        (inputs, (1..=count).collect::<Vec<_>>())
    };
    // 63 selections of 64 bits; or as many products, after 57 for the indicators.
    let (inputs, words) = array(secret(6), 64, secret(64));
    assert_eq!(ands(&circuit(&inputs, vec![Op::Lookup { index: 0, words }])), [(4032, 6), (4089, 4)]);
    // Where the index may be out of range.
    let (inputs, words) = array(secret(64), 50, secret(64));
    assert_eq!(
        ands(&circuit(&inputs, vec![Op::Lookup { index: 0, words: words.clone() }]))[0].0,
        50 * 64 + 112
    );
    // A public table: the indicators alone.
    let (inputs, words) = array(secret(8), 256, public(32));
    assert_eq!(ands(&circuit(&inputs, vec![Op::Lookup { index: 0, words }])), [(247, 3); 2]);
    // A public index: nothing.
    let (inputs, words) = array(public(64), 50, secret(64));
    assert_eq!(ands(&circuit(&inputs, vec![Op::Lookup { index: 0, words: words.clone() }])), [(0, 0); 2]);
    let mut inputs = inputs;
    inputs.extend([secret(64), public(1)]);
    let update = Op::Update { index: 0, value: 51, condition: 52, words };
    assert_eq!(ands(&all_of(&inputs, update.clone())), [(0, 0); 2]);
    inputs[0] = secret(6);
    assert_eq!(ands(&all_of(&inputs, update)).map(|(_, rounds)| rounds), [4, 4]);
}

#[test]
fn a_deck_of_cards_is_shuffled_in_few_rounds() {
    let circuit = all_of(&[secret(6); 52], Op::Shuffle { words: (0..52).collect() });
    let [small, fast] = costs(&circuit);
    assert_eq!((small.ands, fast.ands), (3 * 249 * 6, 3 * 249 * 6));
    assert_eq!((small.and_rounds, fast.and_rounds), (33, 33));
    assert_eq!(small.switch_bits, 3 * 249);
    // Constant cards make the first switches free.
    let ops = (0..52).map(|card| Op::Const(word(card, 6))).chain([Op::Shuffle { words: (0..52).collect() }]);
    let mut deck = function(&[], ops.collect());
    deck.outputs = (52..104).collect();
    let [small, _] = costs(&Circuit { functions: vec![deck] });
    assert!(small.ands < 3 * 249 * 6 - 100, "{}", small.ands);
}
