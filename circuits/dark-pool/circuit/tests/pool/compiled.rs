//! The committed artifacts: they are what the source compiles to, are as small as the README says, and compute what the source
//! computes natively: as words, as gates in both shapes, and on shares of three parties.

use std::array;
use std::fs;
use std::path::Path;
use std::sync::OnceLock;

use arcis_circuit::gates::{GateProgram, Shape, cost, lower};
use arcis_circuit::{Artifact, Bits, Value, evaluate};
use arcis_compiler::{CompiledInstruction, Options, artifact_files, compile, write_artifacts};
use dark_pool_circuit::artifacts::{ALL, FOLDER, SOURCE};
use dark_pool_circuit::circuits::oracle::midpoint;
use dark_pool_circuit::circuits::state::{Account, Order, Outcome, Receipt, Request, Withdrawal};
use dark_pool_circuit::circuits::{self, Caller, Occasion};
use proptest::prelude::*;

use crate::books::{Book, books, filled};
use crate::calls::request;
use crate::parties;
use crate::runner;
use crate::world::{NOW, World, cell, me, oracle, rule};

fn compiled() -> Vec<CompiledInstruction> {
    compile(SOURCE, &Options::default()).unwrap_or_else(|error| panic!("{error}"))
}

/// To accept a change: `ARCIS_BLESS=1 cargo test --release -p dark-pool-circuit artifacts_are`.
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
    let names: Vec<_> = compiled.iter().map(|it| it.artifact.interface.name.clone()).collect();
    assert_eq!(ALL.map(|(name, _)| name.to_owned()).to_vec(), names);
}

struct Loaded {
    artifact: Artifact,
    bytes: usize,
    gates: [GateProgram; 2],
}

/// The artifacts as a node loads them.
fn loaded(name: &str) -> &'static Loaded {
    static LOADED: OnceLock<Vec<Loaded>> = OnceLock::new();
    let all = LOADED.get_or_init(|| {
        let load = |(_, bytes): &(&str, &[u8])| {
            let artifact = Artifact::from_bytes(bytes).expect("a committed artifact is valid");
            let gates = [Shape::Small, Shape::Fast].map(|it| lower(&artifact.circuit, it).expect("gates"));
            Loaded { artifact, bytes: bytes.len(), gates }
        };
        ALL.iter().map(load).collect()
    });
    all.iter().find(|it| it.artifact.interface.name == name).expect("there is this instruction")
}

impl Loaded {
    /// The words of arguments and of what public code gives.
    fn words(&self, arguments: &Bits) -> Vec<Bits> {
        let mut offset = 0;
        let mut words = Vec::new();
        for input in &self.artifact.circuit.entry().expect("an artifact has an entry").inputs {
            words.push(arguments.slice(offset, input.width as usize));
            offset += input.width as usize;
        }
        assert_eq!(offset, arguments.len(), "{} takes others", self.artifact.interface.name);
        words
    }

    /// What words and gates give: the same.
    fn run(&self, arguments: &Bits) -> Bits {
        let words = self.words(arguments);
        let outputs = evaluate(&self.artifact.circuit, &words, &mut |_| Bits::new()).expect("it runs");
        for gates in &self.gates {
            assert_eq!(gates.run_clear(&words, &mut |_| Bits::new()).as_ref(), Ok(&outputs));
        }
        Bits::concat(&outputs)
    }
}

fn check<A: Value, R: Value + PartialEq + std::fmt::Debug>(name: &str, arguments: &A, native: &R) {
    let given = R::from_bits(&loaded(name).run(&arguments.to_bits())).expect("results of this type");
    assert_eq!(given, *native, "{name}: circuit (left), native run (right)");
}

#[test]
fn circuits_are_small() {
    for (name, _) in ALL {
        let of = loaded(name);
        let fast = cost(&of.gates[1]);
        assert!(of.bytes < 50 << 10, "{name}: {} bytes", of.bytes);
        if name == "batch" {
            // Seven seconds of stock on two cores; half a second of round trips in one place.
            assert!(fast.ands < 2_500_000 && fast.and_rounds < 600, "{fast:?}");
        } else {
            assert!(fast.ands < 10_000 && fast.and_rounds < 75, "{name}: {fast:?}");
        }
        let reveals = matches!(name, "withdraw" | "publish" | "take_fees");
        assert_eq!(fast.reveals > 0, reveals, "{name} reveals {} bits", fast.reveals);
    }
}

fn account() -> impl Strategy<Value = Account> {
    let amount = || prop_oneof![0..40u64, any::<u64>()];
    (amount(), amount()).prop_map(|(base, quote)| Account { base, quote })
}

fn order() -> impl Strategy<Value = Order> {
    let parts = (0..3u8, any::<(bool, bool, bool, bool)>(), 0..20u32, 0..40u32, any::<u32>(), 0..200u64);
    parts.prop_map(|(owner, (sells, pegged, once, until), limit, left, arrival, quote)| Order {
        owner,
        sells,
        pegged,
        once,
        expires: if until { 30 } else { u64::MAX },
        limit,
        left: left.saturating_sub(10),
        minimum: left / 3,
        arrival,
        base: left / 2,
        quote,
    })
}

fn results(
    of: (arcis::Enc<arcis::Mxe, Account>, arcis::Enc<arcis::Mxe, Order>, arcis::Enc<arcis::Shared, Receipt>),
) -> (Account, Order, Receipt) {
    (of.0.to_arcis(), of.1.to_arcis(), of.2.to_arcis())
}

#[test]
fn circuits_of_calls_compute_what_the_source_says() {
    let any_request = prop_oneof![
        4 => request(),
        1 => (request(), any::<(u32, u32)>()).prop_map(|(it, (limit, size))| Request { limit, size, ..it }),
    ];
    let numbers = (1..3u8, any::<u32>(), 0..60u64, 0..12_000u16);
    let inputs = (any_request, numbers, account(), order(), account());
    runner(120)
        .run(&inputs, |(request, (number, arrival, slot, fee), account, order, other)| {
            let caller = Caller { account: number, arrival, slot, fee };
            let (a, o) = (|| cell(account), || cell(order));
            let arguments = (request, caller, account, order);
            check("place", &arguments, &results(circuits::place(me().from_arcis(request), caller, a(), o())));
            check(
                "replace",
                &arguments,
                &results(circuits::replace(me().from_arcis(request), caller, a(), o())),
            );
            let arguments = (caller, account, order);
            check("cancel", &arguments, &results(circuits::cancel(me(), caller, a(), o())));
            check("collect", &arguments, &results(circuits::collect(me(), caller, a(), o())));
            check("show_order", &(number, order), &circuits::show_order(me(), number, o()).to_arcis());
            check("show_account", &account, &account);
            let deposited = circuits::deposit(other.base, other.quote, a()).to_arcis();
            check("deposit", &(other.base, other.quote, account), &deposited);
            let everything = slot % 3 == 0;
            let withdrawal = Withdrawal { base: other.base, quote: other.quote, everything };
            let (left, paid) = circuits::withdraw(me().from_arcis(withdrawal), a());
            check("withdraw", &(withdrawal, account), &(left.to_arcis(), paid));
            Ok(())
        })
        .unwrap();
    let world = World::new(1);
    check("open_account", &(), &world.accounts[0]);
    check("open_order", &(), &world.orders[0]);
    check("open_ledger", &(), &world.ledger);
}

/// The arguments of a batch with what its public code gives, and its results natively.
fn batch_of(book: &Book) -> (Bits, Bits) {
    let (_, there, fee) = *book;
    let world = filled(book);
    let occasion = Occasion { slot: 100, seconds: NOW, fee };
    let bytes = oracle(there);
    let orders = array::from_fn(|place| cell(world.orders[place]));
    let (orders, ledger, report) = circuits::batch(bytes, rule(), occasion, orders, cell(world.ledger));
    let arguments = [
        (bytes, rule(), occasion).to_bits(),
        world.orders.to_bits(),
        world.ledger.to_bits(),
        midpoint(bytes, rule(), NOW).to_bits(),
    ];
    let native = [
        orders.map(|order| order.to_arcis()).to_bits(),
        ledger.to_arcis().to_bits(),
        report.to_arcis().to_bits(),
    ];
    (Bits::concat(&arguments), Bits::concat(&native))
}

#[test]
fn the_circuit_of_a_batch_computes_what_the_source_says() {
    let of = loaded("batch");
    let book = prop_oneof![2 => books(6, 6, 12), 1 => books(64, 1 << 27, 1 << 28)];
    runner(24)
        .run(&book, |book| {
            let (arguments, native) = batch_of(&book);
            prop_assert_eq!(of.run(&arguments), native);
            Ok(())
        })
        .unwrap();
}

/// A full book, with something of everything.
fn full_book() -> Book {
    let mut entries = Vec::new();
    let mut runner = runner(1);
    let strategy = books(8, 6, 12);
    while entries.len() < 64 {
        let tree = strategy.new_tree(&mut runner).expect("a book");
        entries.extend(proptest::strategy::ValueTree::current(&tree).0);
    }
    entries.truncate(64);
    (entries, Some(4), 30)
}

#[test]
fn three_parties_run_a_batch_and_a_call() {
    let (arguments, native) = batch_of(&full_book());
    let request = Request { size: 5, limit: 3, ..full_book().0[0].1 };
    let (caller, account) =
        (Caller { account: 1, arrival: 1, slot: 1, fee: 30 }, Account { base: 9, quote: 99 });
    let (_, _, receipt) =
        circuits::place(me().from_arcis(request), caller, cell(account), cell(Order::default()));
    let receipt = receipt.to_arcis();
    let placed = (receipt.account, receipt.order, receipt);
    let call = (request, caller, account, Order::default()).to_bits();
    assert!(matches!(receipt.outcome, Outcome::Done | Outcome::BadTerms));
    for (name, arguments, native) in [("batch", &arguments, native), ("place", &call, placed.to_bits())] {
        let of = loaded(name);
        let words = of.words(arguments);
        let gates = &of.gates[1];
        let semi_honest = parties::must_run(|index, channel| {
            let words = &words;
            async move { Ok(parties::evaluate(index, channel, gates, words, 5).await?.0) }
        });
        for outputs in &semi_honest {
            assert_eq!(Bits::concat(outputs), native, "{name}");
        }
        if name == "batch" {
            // The trusted dealer that tests have takes minutes for millions of triples.
            continue;
        }
        let dishonest = parties::must_run_with(3, |index, channel| {
            let words = &words;
            async move {
                let mut party = parties::start_dishonest(index, channel, 5)?;
                Ok(parties::evaluate_on(&mut party, index, gates, words, 5).await?.0)
            }
        });
        for outputs in &dishonest {
            assert_eq!(Bits::concat(outputs), native, "{name}");
        }
    }
}
