//! The committed artifacts: they are what the compiler makes of the source, within their limits, and compute what the
//! source computes natively.

#![allow(missing_docs)]

use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use arcis::{ArcisX25519Pubkey, Mxe, Shared, SolanaPublicKey};
use arcis_circuit::gates::{GateProgram, Shape, cost, lower};
use arcis_circuit::{Artifact, Bits, Value, evaluate};
use arcis_compiler::{CompiledInstruction, Options, artifact_files, compile, write_artifacts};
use proptest::prelude::*;
use sealed_bid_auction_circuit::artifacts::{ALL, FOLDER, SOURCE};
use sealed_bid_auction_circuit::circuits::{Auction, Receipt, close_auction, init_auction, place_bid};

fn compiled() -> Vec<CompiledInstruction> {
    compile(SOURCE, &Options::default()).expect("the auction compiles")
}

/// To accept a change: `ARCIS_BLESS=1 cargo test --release -p sealed-bid-auction-circuit --test artifacts`.
#[test]
fn artifacts_are_what_the_source_compiles_to() {
    let compiled = compiled();
    if std::env::var_os("ARCIS_BLESS").is_some() {
        write_artifacts(FOLDER, &compiled).expect("the artifacts can be written");
        return;
    }
    let files = artifact_files(&compiled);
    for (name, contents) in &files {
        let committed = fs::read(Path::new(FOLDER).join(name)).unwrap_or_default();
        assert!(
            committed == *contents,
            "{name} is stale: run this test with ARCIS_BLESS=1 and commit the difference"
        );
    }
    let present = fs::read_dir(FOLDER).expect("the folder of artifacts").count();
    assert_eq!(present, files.len(), "there are files in {FOLDER} that the source does not compile to");
    assert_eq!(ALL.map(|(name, _)| name.to_owned()).to_vec(), {
        compiled.iter().map(|it| it.artifact.interface.name.clone()).collect::<Vec<_>>()
    });
}

#[test]
fn place_bid_is_cheap() {
    let place_bid = Circuits::get().place_bid();
    let (small, fast) = (cost(&place_bid.small), cost(&place_bid.fast));
    assert!(place_bid.bytes < 20 << 10, "{} bytes", place_bid.bytes);
    assert!(small.ands < 1000, "{small:?}");
    assert!(fast.and_rounds < 25, "{fast:?}");
    assert!(fast.ands < 6 * small.ands, "{fast:?}");
    assert_eq!(small.reveals, 0, "a bid reveals nothing");
}

struct Loaded {
    artifact: Artifact,
    bytes: usize,
    small: GateProgram,
    fast: GateProgram,
}

impl Loaded {
    fn run(&self, arguments: &Bits) -> Bits {
        let circuit = &self.artifact.circuit;
        let mut offset = 0;
        let mut inputs = Vec::new();
        for input in &circuit.entry().expect("an artifact has an entry").inputs {
            inputs.push(arguments.slice(offset, input.width as usize));
            offset += input.width as usize;
        }
        let mut no_randomness = |_| Bits::new();
        let outputs = evaluate(circuit, &inputs, &mut no_randomness).expect("the evaluator runs it");
        for program in [&self.small, &self.fast] {
            assert_eq!(program.run_clear(&inputs, &mut no_randomness).as_ref(), Ok(&outputs));
        }
        Bits::concat(&outputs)
    }
}

/// The artifacts as a node loads them.
struct Circuits(Vec<Loaded>);

impl Circuits {
    fn get() -> &'static Self {
        static CIRCUITS: OnceLock<Circuits> = OnceLock::new();
        CIRCUITS.get_or_init(|| {
            let load = |(_, bytes): &(&str, &[u8])| {
                let artifact = Artifact::from_bytes(bytes).expect("a committed artifact is valid");
                let must_lower = |shape| lower(&artifact.circuit, shape).expect("it can be lowered");
                let (small, fast) = (must_lower(Shape::Small), must_lower(Shape::Fast));
                Loaded { artifact, bytes: bytes.len(), small, fast }
            };
            Self(ALL.iter().map(load).collect())
        })
    }

    fn init(&self) -> &Loaded {
        &self.0[0]
    }

    fn place_bid(&self) -> &Loaded {
        &self.0[1]
    }

    fn close(&self) -> &Loaded {
        &self.0[2]
    }
}

proptest! {
    #[test]
    fn the_circuits_compute_what_the_source_says(
        reserve in prop_oneof![0..40u64, any::<u64>()],
        bids in proptest::collection::vec((any::<[u8; 32]>(), prop_oneof![0..50u64, any::<u64>()]), 0..8),
    ) {
        let circuits = Circuits::get();
        let client = Shared::new(ArcisX25519Pubkey::from_bytes([1; 32]));
        let mut native = init_auction(reserve).to_arcis();
        let mut state = circuits.init().run(&reserve.to_bits());
        prop_assert_eq!(Auction::from_bits(&state), Ok(native));
        for (key, amount) in bids {
            let bidder = SolanaPublicKey::from_bytes(key);
            let (next, receipt) = place_bid(bidder, client.from_arcis(amount), Mxe::get().from_arcis(native));
            native = next.to_arcis();
            let outputs = circuits.place_bid().run(&Bits::concat([&bidder.to_bits(), &amount.to_bits(), &state]));
            let (counted, given) = <(Auction, Receipt)>::from_bits(&outputs).expect("state and receipt");
            prop_assert_eq!((counted, given), (native, receipt.to_arcis()));
            state = counted.to_bits();
        }
        let result = <(SolanaPublicKey, u64)>::from_bits(&circuits.close().run(&state)).expect("winner and price");
        prop_assert_eq!(result, close_auction(Mxe::get().from_arcis(native)));
    }
}
