//! Measures every number that the language promises and prints them: as a table, or with `--json` as an array of
//! `{name, required, reached, ok}`.
//!
//! `cargo run --release -q -p arcis-compiler --example cost_table -- --json`
//!
//! A row is a circuit compiled from source. Rows called "library" measure the same in the circuit library, without a
//! compiler in front. ANDs are those of the small shape and rounds those of the fast shape, whose ANDs have to stay below
//! six times the small one's.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use arcis_circuit::gates::{Cost, LowerError, Shape, cost, lower};
use arcis_circuit::library::{FixedFormat, FixedFunction, Gadget, Hash, Library, Sort};
use arcis_circuit::report::COMPUTATION_ROUNDS;
use arcis_circuit::{Circuit, Function, Input, Op, Visibility};
use arcis_compiler::{CompiledInstruction, Options, compile, compile_source};
use serde::Serialize;

/// A number to reach, and what was measured.
#[derive(Serialize)]
struct Row {
    name: String,
    required: String,
    reached: String,
    ok: bool,
}

/// What a circuit may cost: the greatest values allowed.
#[derive(Clone, Copy)]
struct Most {
    ands: u64,
    rounds: u32,
    /// Whether rounds are those of a whole computation, with inputs, outputs and checks.
    computation: bool,
}

const fn most(ands: u64, rounds: u32) -> Most {
    Most { ands, rounds, computation: false }
}

/// Only rounds are bounded.
const fn rounds_below(rounds: u32) -> Most {
    most(u64::MAX, rounds - 1)
}

const SMALLEST_RATIO: u64 = 6;
const ARTIFACT_BYTES: usize = 50_000;
const COMPILE_TIME: Duration = Duration::from_secs(2);

fn main() -> ExitCode {
    let json = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => false,
        [flag] if flag == "--json" => true,
        _ => {
            eprintln!("usage: cost_table [--json]");
            return ExitCode::FAILURE;
        }
    };
    let mut rows: Vec<Row> =
        SOURCES.iter().map(|(name, most, source)| of_source(name, *most, source)).collect();
    rows.extend(of_library());
    rows.extend(of_examples());
    if json {
        match serde_json::to_string_pretty(&rows) {
            Ok(text) => println!("{text}"),
            Err(error) => {
                eprintln!("cannot write JSON: {error}");
                return ExitCode::FAILURE;
            }
        }
    } else {
        for Row { name, required, reached, ok } in &rows {
            println!(
                "{} {name}\n     required {required}\n     reached  {reached}",
                if *ok { "ok  " } else { "FAIL" }
            );
        }
    }
    ExitCode::SUCCESS
}

/// Bodies of instructions, each with the types of what it takes and gives.
const SOURCES: &[(&str, Most, &str)] = &[
    (
        "u64 <",
        most(64, 7),
        "pub fn f(x: Enc<Shared, (u64, u64)>) -> Enc<Shared, bool> { let (a, b) = x.to_arcis(); x.owner.from_arcis(a < b) }",
    ),
    (
        "u64 +",
        most(63, 7),
        "pub fn f(x: Enc<Shared, (u64, u64)>) -> Enc<Shared, u64> { let (a, b) = x.to_arcis(); x.owner.from_arcis(a + b) }",
    ),
    (
        "u64 *",
        most(4_099, 19),
        "pub fn f(x: Enc<Shared, (u64, u64)>) -> Enc<Shared, u64> { let (a, b) = x.to_arcis(); x.owner.from_arcis(a * b) }",
    ),
    (
        "u64 /",
        most(4_999, 149),
        "pub fn f(x: Enc<Shared, (u64, u64)>) -> Enc<Shared, u64> { let (a, b) = x.to_arcis(); x.owner.from_arcis(a / b) }",
    ),
    (
        "u128 /",
        most(19_999, 199),
        "pub fn f(x: Enc<Shared, (u128, u128)>) -> Enc<Shared, u128> { let (a, b) = x.to_arcis(); x.owner.from_arcis(a / b) }",
    ),
    (
        "f64 /",
        rounds_below(255),
        "pub fn f(x: Enc<Shared, (f64, f64)>) -> Enc<Shared, f64> { let (a, b) = x.to_arcis(); x.owner.from_arcis(a / b) }",
    ),
    (
        "f64 sqrt",
        rounds_below(224),
        "pub fn f(x: Enc<Shared, f64>) -> Enc<Shared, f64> { let a = x.to_arcis(); x.owner.from_arcis(a.sqrt()) }",
    ),
    (
        "f64 exp",
        rounds_below(121),
        "pub fn f(x: Enc<Shared, f64>) -> Enc<Shared, f64> { let a = x.to_arcis(); x.owner.from_arcis(a.exp()) }",
    ),
    (
        "maximum of 64 u64 in a plain loop",
        most(9_999, 49),
        "pub fn f(x: Enc<Shared, [u64; 64]>) -> Enc<Shared, u64> {
            let a = x.to_arcis();
            let mut most = a[0];
            for i in 1..64 { if a[i] > most { most = a[i]; } }
            x.owner.from_arcis(most)
        }",
    ),
    (
        "sort 32 u32",
        most(14_999, 109),
        "pub fn f(x: Enc<Shared, [u32; 32]>) -> Enc<Shared, [u32; 32]> { let mut a = x.to_arcis(); a.sort(); x.owner.from_arcis(a) }",
    ),
    (
        "shuffle 52 cards, three parties",
        most(5_999, 39),
        "pub fn f(cards: Enc<Shared, [u8; 52]>) -> Enc<Shared, [u8; 52]> {
            let values = cards.to_arcis();
            let mut deck = [0u8; 52];
            for i in 0..52 { deck[i] = values[i] & 63; }
            ArcisRNG::shuffle(&mut deck);
            cards.owner.from_arcis(deck)
        }",
    ),
    (
        "SHA3-256 of 32 bytes",
        most(38_400, 29),
        "pub fn f(x: Enc<Shared, [u8; 32]>) -> Enc<Shared, [u8; 32]> { let a = x.to_arcis(); x.owner.from_arcis(SHA3_256::new().digest(&a)) }",
    ),
    (
        "encrypt two zeros",
        most(0, 0),
        "#[derive(Clone, Copy)] pub struct Votes { pub yes: u64, pub no: u64 }
        #[instruction] pub fn f(mxe: Mxe) -> Enc<Mxe, Votes> { mxe.from_arcis(Votes { yes: 0, no: 0 }) }",
    ),
];

fn of_source(name: &str, most: Most, source: &str) -> Row {
    let instruction = if source.contains("#[instruction]") { "" } else { "#[instruction] " };
    let text =
        format!("use arcis::*;\n#[encrypted]\nmod circuits {{ use arcis::*; {instruction}{source} }}\n");
    match compile_source(name, &text) {
        Err(diagnostics) => {
            failed(name, most, format!("does not compile: {}", first_line(&diagnostics.to_string())))
        }
        Ok(instructions) => match instructions.first() {
            None => failed(name, most, "has no instruction".to_owned()),
            Some(instruction) => row(name, most, &instruction.artifact.circuit),
        },
    }
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

fn failed(name: &str, most: Most, reached: String) -> Row {
    Row { name: name.to_owned(), required: most.describe(), reached, ok: false }
}

impl Most {
    fn describe(self) -> String {
        let computation = if self.computation { " with input, output and checks" } else { "" };
        let rounds = format!(
            "at most {} rounds{computation}, fast ANDs below {SMALLEST_RATIO} times small",
            self.rounds
        );
        if self.ands == u64::MAX { rounds } else { format!("at most {} ANDs, {rounds}", self.ands) }
    }
}

fn costs(circuit: &Circuit) -> Result<[Cost; 2], LowerError> {
    Ok([cost(&lower(circuit, Shape::Small)?), cost(&lower(circuit, Shape::Fast)?)])
}

fn row(name: &str, most: Most, circuit: &Circuit) -> Row {
    let [small, fast] = match costs(circuit) {
        Ok(costs) => costs,
        Err(error) => return failed(name, most, error.to_string()),
    };
    let rounds = |cost: &Cost| {
        let of_circuit = cost.and_rounds + cost.reveal_rounds;
        of_circuit + if most.computation { COMPUTATION_ROUNDS } else { 0 }
    };
    let ratio = fast.ands as f64 / (small.ands as f64).max(1.0);
    let ratio_ok = fast.ands < SMALLEST_RATIO * small.ands || fast.ands == 0;
    Row {
        name: name.to_owned(),
        required: most.describe(),
        reached: format!(
            "{} ANDs, {} rounds small; {} ANDs, {} rounds fast ({ratio:.2} times)",
            small.ands,
            rounds(&small),
            fast.ands,
            rounds(&fast),
        ),
        ok: small.ands <= most.ands && rounds(&fast) <= most.rounds && ratio_ok,
    }
}

/// A circuit that is one operation on secret words.
fn operation(widths: &[u32], op: Op) -> Circuit {
    let first = widths.len() as u32;
    let outputs = (first..first + op.defines(&[]) as u32).collect();
    let inputs = widths.iter().map(|&width| Input { width, visibility: Visibility::Secret }).collect();
    Circuit { functions: vec![Function { name: "f".to_owned(), inputs, ops: vec![op], outputs }] }
}

/// A circuit that is one call of a gadget.
fn gadget(gadget: &Gadget) -> Circuit {
    let mut library = Library::new();
    let function = library.require(gadget);
    let signature = gadget.signature();
    let count = signature.inputs.len() as u32;
    let mut main = operation(&signature.inputs, Op::Call { function, args: (0..count).collect() });
    main.functions[0].outputs = (count..count + signature.outputs.len() as u32).collect();
    let mut functions = library.into_functions();
    functions.append(&mut main.functions);
    Circuit { functions }
}

/// Comparisons and selections as a tree.
fn maximum(count: u32, width: u32) -> Circuit {
    let mut ops = Vec::new();
    let mut words: Vec<u32> = (0..count).collect();
    while words.len() > 1 {
        let pairs = words.chunks(2).map(|pair| match *pair {
            [a, b] => {
                ops.push(Op::Less { a, b, signed: false });
                let condition = count + ops.len() as u32 - 1;
                ops.push(Op::Select { condition, when_true: b, when_false: a });
                condition + 1
            }
            _ => pair[0],
        });
        words = pairs.collect();
    }
    let inputs = vec![Input { width, visibility: Visibility::Secret }; count as usize];
    Circuit { functions: vec![Function { name: "f".to_owned(), inputs, ops, outputs: words }] }
}

fn of_library() -> Vec<Row> {
    let fixed = |function| gadget(&Gadget::Fixed { format: FixedFormat::F64, function });
    let divide = Op::Div { a: 0, b: 1, signed: false };
    let sort = Sort { count: 32, key: 32, payload: 0, signed: false, descending: false };
    [
        ("u64 <", most(64, 7), operation(&[64; 2], Op::Less { a: 0, b: 1, signed: false })),
        ("u64 +", most(63, 7), operation(&[64; 2], Op::Add(0, 1))),
        ("u64 *", most(4_099, 19), operation(&[64; 2], Op::Mul(0, 1))),
        ("u64 /", most(4_999, 149), operation(&[64; 2], divide.clone())),
        ("u128 /", most(19_999, 199), operation(&[128; 2], divide)),
        ("f64 /", rounds_below(255), fixed(FixedFunction::Div)),
        ("f64 sqrt", rounds_below(224), fixed(FixedFunction::Sqrt)),
        ("f64 exp", rounds_below(121), fixed(FixedFunction::Exp)),
        ("maximum of 64 u64", most(9_999, 49), maximum(64, 64)),
        ("sort 32 u32", most(14_999, 109), gadget(&Gadget::Sort(sort))),
        (
            "shuffle 52 cards, three parties",
            most(5_999, 39),
            operation(&[6; 52], Op::Shuffle { words: (0..52).collect() }),
        ),
        ("SHA3-256 of 32 bytes", most(38_400, 29), gadget(&Gadget::Hash { hash: Hash::Sha3_256, bytes: 32 })),
    ]
    .into_iter()
    .map(|(name, most, circuit)| row(&format!("library: {name}"), most, &circuit))
    .collect()
}

/// The example circuits: their sizes, the time they take to compile, and the instructions that have numbers of their own.
fn of_examples() -> Vec<Row> {
    let mut rows = Vec::new();
    let mut instructions: Vec<CompiledInstruction> = Vec::new();
    for (name, path) in examples() {
        let began = Instant::now();
        let compiled = compile(&path, &Options::default());
        let took = began.elapsed();
        let required = format!("under {} s", COMPILE_TIME.as_secs());
        let row_name = format!("{name}: compile");
        match compiled {
            Ok(compiled) => {
                let reached = format!("{:.3} s", took.as_secs_f64());
                rows.push(Row { name: row_name, required, reached, ok: took < COMPILE_TIME });
                let largest = compiled.iter().max_by_key(|instruction| instruction.bytes.len());
                if let Some(largest) = largest {
                    rows.push(Row {
                        name: format!("{name}: largest artifact"),
                        required: format!("under {ARTIFACT_BYTES} bytes"),
                        reached: format!(
                            "{} bytes ({})",
                            largest.bytes.len(),
                            largest.artifact.interface.name
                        ),
                        ok: largest.bytes.len() < ARTIFACT_BYTES,
                    });
                }
                instructions.extend(compiled);
            }
            Err(diagnostics) => {
                let reached = format!("does not compile: {}", first_line(&diagnostics.to_string()));
                rows.push(Row { name: row_name, required, reached, ok: false });
            }
        }
    }
    let computation = |ands, rounds| Most { computation: true, ..most(ands, rounds) };
    for (label, name, most) in [
        ("sealed-bid auction `place_bid`", "place_bid", computation(999, 24)),
        ("blackjack dealer's play", "dealer_play", computation(u64::MAX, 599)),
    ] {
        rows.push(
            match instructions.iter().find(|instruction| instruction.artifact.interface.name == name) {
                Some(instruction) => row(label, most, &instruction.artifact.circuit),
                None => failed(label, most, format!("no example circuit has an instruction `{name}`")),
            },
        );
    }
    rows
}

/// Names and sources of the circuits in `circuits/`, by name: those of an application, and the files of `examples`.
fn examples() -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../circuits");
    let paths =
        |folder: PathBuf| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|it| it.path());
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let applications = paths(folder.clone()).map(|path| (stem(&path), path.join("circuit/src/lib.rs")));
    let single = paths(folder.join("examples/src")).filter(|path| !path.ends_with("lib.rs"));
    let single = single.map(|path| (format!("examples/{}", stem(&path)), path));
    let mut found: Vec<_> = applications.chain(single).filter(|(_, source)| source.is_file()).collect();
    found.sort();
    found
}
