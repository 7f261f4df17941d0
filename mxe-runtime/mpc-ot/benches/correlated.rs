//! `cargo bench -p mpc-ot --features testing`: correlated transfers, both parties on one core, by the number of
//! bits of the global key that a tree covers; and the hash.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use mpc_field::Gf128;
use mpc_field::bits::transpose_columns;
use mpc_ot::correlated::{Challenge, PartBits};
use mpc_ot::hash::{TweakRange, hash_in_place};
use mpc_ot::testing::correlated_pair;

const BLOCKS: usize = 256;
const TRANSFERS: usize = BLOCKS * 128;

/// Everything that both parties do for a transfer, check and transposition included.
fn transfers(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("correlated transfers, both parties");
    group.throughput(Throughput::Elements(TRANSFERS as u64));
    for parts in PartBits::ALL {
        let (mut mac_holder, mut key_holder) = correlated_pair(parts, Gf128::from_bits(0x1234_5678), [1; 32]);
        let choices = vec![0x5555_aaaa_1234_u128; BLOCKS];
        let mut macs = vec![0; 128 * BLOCKS];
        let mut keys = macs.clone();
        let mut rows = vec![Gf128::ZERO; 128 * BLOCKS];
        let mut message = Vec::new();
        let name = format!("{} bits a tree, {} bytes sent", parts.bits(), 16 / parts.bits());
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
            bencher.iter(|| {
                message.clear();
                mac_holder.extend(&choices, &mut macs, &mut message);
                key_holder.extend(&message, &mut keys).expect("an honest message");
                let challenge = Challenge::new(&[3; 16], BLOCKS);
                let response = mac_holder.respond(&challenge, &choices, &macs);
                key_holder.verify(&challenge, &response, &keys).expect("an honest response");
                transpose_columns(&macs, 0, &mut rows);
                transpose_columns(&keys, 0, &mut rows);
                black_box(&mut rows);
            });
        });
    }
    group.finish();
}

fn hashes(criterion: &mut Criterion) {
    let mut words = vec![7; 4096];
    let range = TweakRange::new(&[1; 32], 0, 1, 0);
    let mut group = criterion.benchmark_group("hash");
    group.throughput(Throughput::Elements(4096));
    group.bench_function("4096 words", |bencher| {
        bencher.iter(|| hash_in_place(range, 0, black_box(&mut words)));
    });
    group.finish();
}

criterion_group!(benches, transfers, hashes);
criterion_main!(benches);
