//! Batches made by honest parties: every MAC, every product, nothing left over, nobody blamed.

mod preprocessing_support;

use mpc::correlation::{AuthBits, CorrelationSource, StockError};
use mpc::preprocessing::{Parameters, PartBits, PreprocessingError};
use mpc_field::Gf128;
use preprocessing_support::{Made, must_make};

/// Checks that `M_i^j = K_j^i + x_i D_j` for all ordered pairs, and returns the sums of the shares.
fn must_fit(parts: &[&AuthBits], keys: &[Gf128]) -> Vec<bool> {
    let count = parts[0].len();
    for (i, mine) in parts.iter().enumerate() {
        assert_eq!(mine.len(), count);
        for (j, theirs) in parts.iter().enumerate().filter(|(j, _)| *j != i) {
            for k in 0..count {
                let times_bit = if mine.share(k) { keys[j] } else { Gf128::ZERO };
                assert_eq!(mine.macs()[j][k], theirs.keys()[i][k] + times_bit, "item {k} of {i} towards {j}");
            }
        }
    }
    (0..count).map(|k| parts.iter().fold(false, |sum, part| sum ^ part.share(k))).collect()
}

fn about_half(bits: &[bool]) -> bool {
    // Seven standard deviations.
    let ones = bits.iter().filter(|bit| **bit).count() as f64;
    let half = bits.len() as f64 / 2.0;
    (ones - half).abs() < 3.5 * (bits.len() as f64).sqrt()
}

#[test]
fn batches_are_right_for_every_number_of_parties_and_size_of_trees() {
    for (parties, parts) in [
        (2, PartBits::TWO),
        (3, PartBits::TWO),
        (3, PartBits::FOUR),
        (2, PartBits::EIGHT),
        (5, PartBits::TWO),
    ] {
        let parameters = Parameters { parts, ..Parameters::for_stock(parties, 384).expect("enough triples") };
        let mut made = must_make(parties, parameters, 300, 2);
        let keys: Vec<_> = made.iter().map(|made| made.source.delta()).collect();
        assert!(keys.iter().enumerate().all(|(i, key)| key.to_bits() & 1 == u128::from(i == 0)));

        let bits: Vec<_> = made.iter_mut().map(|made| made.source.bits(300).expect("made")).collect();
        let sums = must_fit(&bits.iter().collect::<Vec<_>>(), &keys);
        assert!(about_half(&sums));

        let count = 2 * parameters.triples;
        let triples: Vec<_> = made.iter_mut().map(|made| made.source.triples(count).expect("made")).collect();
        let column = |select: fn(&mpc::correlation::AuthTriples) -> &AuthBits| {
            must_fit(&triples.iter().map(select).collect::<Vec<_>>(), &keys)
        };
        let (a, b, c) = (column(|t| &t.a), column(|t| &t.b), column(|t| &t.c));
        for k in 0..count {
            assert_eq!(c[k], a[k] & b[k], "triple {k}, {parties} parties");
        }
        assert!(about_half(&a) && about_half(&b));
        // Every party's own shares are random too.
        for part in &triples {
            for column in [&part.a, &part.b, &part.c] {
                assert!(about_half(&(0..count).map(|k| column.share(k)).collect::<Vec<_>>()));
            }
        }
        assert!(matches!(made[0].source.triples(1), Err(StockError::Exhausted { .. })));
    }
}

#[test]
fn stretches_make_no_difference_to_what_is_right() {
    let parameters = Parameters { stretch: 256, ..Parameters::for_stock(2, 384).expect("enough triples") };
    let mut made = must_make(2, parameters, 1000, 1);
    let keys: Vec<_> = made.iter().map(|made| made.source.delta()).collect();
    let bits: Vec<_> = made.iter_mut().map(|made| made.source.bits(1000).expect("made")).collect();
    must_fit(&bits.iter().collect::<Vec<_>>(), &keys);
    let triples: Vec<_> = made.iter_mut().map(|made| made.source.triples(384).expect("made")).collect();
    let [a, b, c] = [0, 1, 2].map(|column| {
        let column: Vec<_> = triples.iter().map(|t| [&t.a, &t.b, &t.c][column]).collect();
        must_fit(&column, &keys)
    });
    assert!((0..384).all(|k| c[k] == (a[k] & b[k])));
}

#[test]
fn traffic_is_what_the_module_says() {
    let parameters = Parameters::for_stock(3, 384).expect("enough triples");
    let sent = |groups| must_make(3, parameters, 0, groups)[0].bytes_sent;
    let leaky = (parameters.triples * parameters.bucket) as u64;
    // Per leaky AND and peer three transfers of 64 bits, a product of 16 bytes and one bit; a bit for each
    // difference; what is counted for a group and not for a triple is below eight kilobytes a peer.
    let expected = 2 * (leaky * (24 + 16) + leaky / 8 + (leaky - parameters.triples as u64) / 8);
    let group = sent(2) - sent(1);
    assert!(group > expected && group - expected < 2 * 8192, "{group} bytes, {expected} expected");
}

#[test]
fn unsafe_parameters_are_refused() {
    let right = Parameters::for_stock(2, 384).expect("enough triples");
    for wrong in [
        Parameters { bucket: right.bucket - 1, ..right },
        Parameters { triples: 400, ..right },
        Parameters { triples: 0, ..right },
        Parameters { stretch: 0, ..right },
        Parameters { stretch: 100, ..right },
    ] {
        let made: Vec<Result<Made, _>> = preprocessing_support::make(2, wrong, 0, 1, |_, channel| channel);
        assert!(made.iter().all(|made| matches!(made, Err(PreprocessingError::Parameters { .. }))));
    }
}

#[test]
fn the_same_seeds_make_the_same_batch() {
    let parameters = Parameters::for_stock(2, 384).expect("enough triples");
    let shares = || must_make(2, parameters, 0, 1)[1].source.triples(384).expect("made").c.shares().to_vec();
    assert_eq!(shares(), shares());
}
