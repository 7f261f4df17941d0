//! `cargo bench -p mpc-field`: the operations that preprocessing spends its time in.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mpc_field::bits::transpose_columns;
use mpc_field::{Base25519, Gf128, Scalar, ScalarField, inner_product};

const WORDS: usize = 64;

fn elements(count: usize) -> Vec<Gf128> {
    mpc_field::powers(Gf128::from_bits(0x1234_5678_9abc_def0_0fed_cba9), count)
}

fn binary(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("gf128");
    let (x, y) = (elements(1024), elements(1024));
    group.throughput(Throughput::Elements(1024));
    group.bench_function("inner product of 1024", |bencher| {
        bencher.iter(|| inner_product(black_box(&x), black_box(&y)));
    });
    group.bench_function("1024 products", |bencher| {
        bencher.iter(|| black_box(&x).iter().zip(&y).map(|(x, y)| *x * *y).fold(Gf128::ZERO, |a, b| a + b));
    });
    let columns: Vec<u128> = elements(128 * WORDS).iter().map(|x| x.to_bits()).collect();
    let mut rows = vec![Gf128::ZERO; 128 * WORDS];
    group.throughput(Throughput::Elements(rows.len() as u64));
    group.bench_function("transposition of 128 columns, per row", |bencher| {
        bencher.iter(|| transpose_columns(black_box(&columns), 0, &mut rows));
    });
    group.finish();
}

fn product<F: ScalarField>(criterion: &mut Criterion, name: &str) {
    let x = F::from_wide_bytes(&[7; 64]);
    let mut y = F::from_wide_bytes(&[8; 64]);
    criterion.bench_function(name, |bencher| {
        bencher.iter(|| {
            y *= black_box(x);
            y
        });
    });
}

fn scalars(criterion: &mut Criterion) {
    product::<Scalar>(criterion, "product modulo l");
    product::<Base25519>(criterion, "product modulo 2^255 - 19");
}

criterion_group!(benches, binary, scalars);
criterion_main!(benches);
