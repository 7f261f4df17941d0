//! Chains that loops leave become trees, and mean the same: random chains on the graph, loops of every kind from source.

#![allow(missing_docs, clippy::needless_range_loop, clippy::manual_memcpy, clippy::comparison_chain)]

mod support;

use arcis::{ArcisX25519Pubkey, Shared};
use arcis_circuit::gates::{Shape, cost, lower};
use arcis_circuit::{Bits, Circuit, Op, Visibility, WireId, evaluate};
use arcis_compiler::graph::Graph;
use arcis_compiler::passes;
use arcis_compiler::source::Span;
use proptest::collection::vec;
use proptest::prelude::*;
use support::{Edge, Instructions, check};

/// A run of steps of one kind.
#[derive(Clone, Debug)]
struct Run {
    kind: u8,
    steps: usize,
    /// Chooses between forms of a step; the same for all steps of the run, but for what `odd` says.
    form: u32,
    /// A step of the run that is of another form.
    odd: usize,
    /// A step whose words are results.
    read: usize,
    seed: u32,
}

fn runs() -> impl Strategy<Value = Vec<Run>> {
    let run = (0..10u8, 1..12usize, any::<u32>(), 0..40usize, 0..40usize, any::<u32>())
        .prop_map(|(kind, steps, form, odd, read, seed)| Run { kind, steps, form, odd, read, seed });
    vec(run, 1..5)
}

/// A circuit being made of runs.
struct Chains {
    graph: Graph,
    words: Vec<WireId>,
    bits: Vec<WireId>,
    /// What steps read and write.
    key: WireId,
    payload: [WireId; 2],
    flag: WireId,
    total: WireId,
    width: u32,
    outputs: Vec<WireId>,
}

impl Chains {
    fn new(width: u32, visibilities: &[Visibility]) -> Self {
        let mut graph = Graph::default();
        let mut input =
            |width, at: usize| graph.input(width, visibilities[at % visibilities.len()], String::new());
        let words: Vec<_> = (0..8).map(|at| input(width, at)).collect();
        let bits: Vec<_> = (0..6).map(|at| input(1, at + 3)).collect();
        let (key, payload) = (words[0], [words[1], words[2]]);
        let (flag, total) = (bits[0], words[3]);
        Self { graph, words, bits, key, payload, flag, total, width, outputs: Vec::new() }
    }

    fn op(&mut self, op: Op) -> WireId {
        self.graph.build(op, Span::default())
    }

    fn select(&mut self, condition: WireId, when_true: WireId, when_false: WireId) -> WireId {
        self.op(Op::Select { condition, when_true, when_false })
    }

    /// A word that is an input, a constant, a short input widened, or what a state says.
    fn word(&mut self, n: u32) -> WireId {
        let input = self.words[(n >> 4) as usize % self.words.len()];
        match n % 16 {
            0 => self.graph.integer((n >> 4).into(), self.width, Span::default()),
            1 if self.width > 2 => {
                let narrow = self.op(Op::Slice { a: input, offset: 0, width: self.width / 2 });
                self.op(Op::Extend { a: narrow, width: self.width, signed: false })
            }
            2 => self.total,
            3 => self.payload[0],
            4 => self.op(Op::Xor(input, self.key)),
            _ => {
                let other = self.words[(n >> 12) as usize % self.words.len()];
                self.op(Op::Xor(input, other))
            }
        }
    }

    fn bit(&mut self, n: u32) -> WireId {
        let bit = self.bits[(n >> 4) as usize % self.bits.len()];
        match n % 8 {
            0 => self.flag,
            1 => self.graph.bool(n & 256 == 0, Span::default()),
            2 | 3 => {
                let (a, b) = (self.word(n >> 5), self.word(n >> 9));
                self.op(Op::Eq(a, b))
            }
            4 => self.op(Op::Not(bit)),
            _ => {
                let other = self.bits[(n >> 12) as usize % self.bits.len()];
                self.op(Op::And(bit, other))
            }
        }
    }

    /// Whether a step happens: under a condition, or in any case.
    fn conditional(&mut self, form: u32, n: u32, then: WireId, otherwise: WireId) -> WireId {
        let condition = self.bit(n);
        match form % 4 {
            0 => then,
            1 => self.select(condition, otherwise, then),
            _ => self.select(condition, then, otherwise),
        }
    }

    fn step(&mut self, kind: u8, form: u32, n: u32) {
        let new = self.word(n);
        let next = self.word(n.rotate_left(7));
        match kind {
            // The greatest or least, with what goes with it.
            0..=3 => {
                let signed = form & 1 == 1;
                let (a, b) = if form & 2 == 2 { (new, self.key) } else { (self.key, new) };
                let mut wins = self.op(Op::Less { a, b, signed });
                if form & 4 == 4 {
                    wins = self.op(Op::Not(wins));
                }
                if form & 24 == 24 {
                    let (one, other) = (self.bit(n.rotate_left(3)), self.bit(n.rotate_left(5)));
                    wins = self.op(Op::And(wins, one));
                    if form & 32 == 32 {
                        wins = self.op(Op::And(other, wins));
                    }
                }
                self.key = self.select(wins, new, self.key);
                for lane in 0..(kind % 3) as usize {
                    let payload = self.word(n.rotate_left(11 + lane as u32));
                    self.payload[lane] = self.select(wins, payload, self.payload[lane]);
                }
                if form & 192 == 192 {
                    self.flag = self.op(Op::Or(wins, self.flag));
                }
            }
            // Sums and differences.
            4 => {
                let op = match form % 5 {
                    0 => Op::Sub(self.total, new),
                    1 => Op::Sub(new, self.total),
                    _ => Op::Add(self.total, new),
                };
                let then = self.op(op);
                self.total = self.conditional(form >> 4, n, then, self.total);
            }
            5 => {
                let op = match form % 4 {
                    0 => Op::Mul(self.total, new),
                    1 => Op::And(self.total, new),
                    2 => Op::Or(self.total, new),
                    _ => Op::Xor(self.total, new),
                };
                let then = self.op(op);
                self.total = self.conditional(form >> 4, n, then, self.total);
            }
            // One way or the other.
            6 => {
                let (yes, no) = match form % 6 {
                    4 => (Op::Add(self.total, new), Op::Sub(self.total, next)),
                    5 => (Op::Sub(self.total, new), Op::Add(new, self.total)),
                    0 => (Op::Add(self.total, new), Op::Add(self.total, next)),
                    1 => (Op::Sub(self.total, new), Op::Sub(self.total, next)),
                    2 => (
                        Op::Div { a: self.total, b: new, signed: false },
                        Op::Div { a: self.total, b: next, signed: false },
                    ),
                    _ => (Op::Mul(self.total, new), Op::Mul(next, self.total)),
                };
                let (yes, no) = (self.op(yes), self.op(no));
                let condition = self.bit(n);
                self.total = self.select(condition, yes, no);
            }
            // Flags, and what happens under them.
            7 => {
                let bit = self.bit(n);
                self.flag =
                    self.op(if form & 1 == 1 { Op::Or(self.flag, bit) } else { Op::And(bit, self.flag) });
            }
            8 => {
                let found = self.bit(n);
                let not_yet = self.op(Op::Not(self.flag));
                let first = self.op(Op::And(not_yet, found));
                self.payload[0] = self.select(first, new, self.payload[0]);
                self.flag = self.op(Op::Or(self.flag, first));
            }
            // The last one counts.
            _ => {
                let condition = self.bit(n);
                self.payload[1] = match form & 1 {
                    0 => self.select(condition, new, self.payload[1]),
                    _ => self.select(condition, self.payload[1], new),
                };
            }
        }
    }

    fn run(&mut self, run: &Run) {
        let mut n = run.seed;
        for step in 0..run.steps {
            n = n.wrapping_mul(0x9e37_79b1).wrapping_add(0x7f4a_7c15).rotate_left(9);
            let form = if step == run.odd { run.form.rotate_left(9) } else { run.form };
            self.step(run.kind, form, n);
            if step == run.read {
                self.outputs.extend([self.key, self.payload[0], self.total, self.flag]);
            }
        }
    }
}

/// The circuit before and after the passes.
fn before_and_after(width: u32, visibilities: &[Visibility], runs: &[Run]) -> [Circuit; 2] {
    let mut chains = Chains::new(width, visibilities);
    runs.iter().for_each(|run| chains.run(run));
    let Chains { graph, mut outputs, key, payload, flag, total, .. } = chains;
    outputs.extend([key, payload[0], payload[1], flag, total]);
    let before = graph.to_circuit("before", outputs.clone());
    let (graph, outputs) = passes::run(graph, outputs);
    [before, graph.to_circuit("after", outputs)]
}

fn evaluated(circuit: &Circuit, inputs: &[Bits]) -> Vec<Bits> {
    evaluate(circuit, inputs, &mut |_| Bits::new()).expect("the circuit is valid")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn random_chains_mean_the_same(
        runs in runs(),
        width in 1..9u32,
        visibilities in vec(prop_oneof![4 => Just(Visibility::Secret), 1 => Just(Visibility::Public)], 1..9),
        inputs in vec(vec(any::<u64>(), 14), 6),
    ) {
        let [before, after] = before_and_after(width, &visibilities, &runs);
        for mut inputs in inputs {
            // Equal words, for ties.
            if inputs[0] % 2 == 0 {
                inputs.iter_mut().skip(1).step_by(2).for_each(|word| *word &= 1 << 63);
            }
            let words = inputs.iter().enumerate().map(|(at, word)| {
                let width = if at < 8 { width } else { 1 };
                Bits::from_u64(word >> (64 - width), width as usize)
            });
            let words: Vec<_> = words.collect();
            prop_assert_eq!(evaluated(&before, &words), evaluated(&after, &words), "\n{}\n{}", before, after);
        }
    }
}

circuit_module! {
    mod circuits {
        use arcis::*;

        #[instruction]
        pub fn greatest(x: Enc<Shared, [u16; 33]>) -> Enc<Shared, (u16, u16, u64, u64)> {
            let a = x.to_arcis();
            let mut most = a[0];
            let mut least = a[0];
            let mut first = 0;
            let mut last = 0;
            for i in 1..33 {
                if a[i] > most {
                    most = a[i];
                    first = i;
                }
                if least >= a[i] {
                    least = a[i];
                    last = i;
                }
            }
            x.owner.from_arcis((most, least, first as u64, last as u64))
        }

        #[instruction]
        pub fn signed(x: Enc<Shared, [i32; 20]>) -> Enc<Shared, (i32, i32)> {
            let a = x.to_arcis();
            let mut most = i32::MIN;
            let mut least = 0;
            for value in a {
                most = most.max(value);
                least = if value < least { value } else { least };
            }
            x.owner.from_arcis((most, least))
        }

        #[instruction]
        pub fn guarded(x: Enc<Shared, [(bool, u32, u8); 24]>) -> Enc<Shared, (bool, u32, u8)> {
            let entries = x.to_arcis();
            let mut best = 10;
            let mut who = 0;
            let mut any = false;
            for (open, amount, name) in entries {
                if open && amount > best {
                    best = amount;
                    who = name;
                }
                if open {
                    any = true;
                }
            }
            x.owner.from_arcis((any, best, who))
        }

        #[instruction]
        pub fn sums(x: Enc<Shared, [(bool, u8, i64); 40]>) -> Enc<Shared, (u64, u64, i64, u8, u32)> {
            let entries = x.to_arcis();
            let mut count = 0u64;
            let mut total = 0u64;
            let mut balance = 7i64;
            let mut wrapping = 0u8;
            let mut products = 0u32;
            for (yes, small, large) in entries {
                if yes {
                    count += 1;
                    balance -= large;
                } else {
                    balance += large;
                }
                total += small as u64;
                wrapping += small;
                products += small as u32 * small as u32;
            }
            x.owner.from_arcis((count, total, balance, wrapping, products))
        }

        #[instruction]
        pub fn first_match(x: Enc<Shared, [u16; 32]>, wanted: u16) -> Enc<Shared, (bool, u64, bool, bool)> {
            let a = x.to_arcis();
            let mut found = false;
            let mut place = 99usize;
            let mut all = true;
            let mut any = false;
            for i in 0..32 {
                if !found && a[i] == wanted {
                    found = true;
                    place = i;
                }
                all = all && a[i] > 3;
                any |= a[i] == 5;
            }
            x.owner.from_arcis((found, place as u64, all, any))
        }

        #[instruction]
        pub fn left_early(x: Enc<Shared, [u8; 32]>) -> Enc<Shared, (u64, u8)> {
            let a = x.to_arcis();
            let mut steps = 0u64;
            let mut last = 0;
            for i in 0..32 {
                if a[i] == 0 {
                    break;
                }
                steps += 1;
                last = a[i];
            }
            x.owner.from_arcis((steps, last))
        }

        #[instruction]
        pub fn chosen(x: Enc<Shared, u8>) -> Enc<Shared, u16> {
            let a = x.to_arcis();
            x.owner.from_arcis(match a {
                0 => 3,
                1 => 1000,
                4..=9 => 17,
                12 => 700,
                13 => 701,
                30 => 5,
                31 => 6,
                77 => 41,
                100..=110 => 9,
                _ => 0,
            })
        }

        #[instruction]
        pub fn product(x: Enc<Shared, [u8; 8]>) -> Enc<Shared, (u64, u8)> {
            let a = x.to_arcis();
            let mut wide = 1u64;
            let mut narrow = 1u8;
            for value in a {
                wide *= value as u64;
                narrow *= value;
            }
            x.owner.from_arcis((wide, narrow))
        }
    }
}

fn instructions() -> &'static Instructions {
    static COMPILED: std::sync::OnceLock<Instructions> = std::sync::OnceLock::new();
    COMPILED.get_or_init(|| Instructions::must_compile(SOURCE))
}

fn me() -> Shared {
    Shared::new(ArcisX25519Pubkey::from_bytes([1; 32]))
}

/// Rounds of the fast shape: logarithms of the lengths of loops, where there was a round or more for each step.
#[test]
fn loops_take_few_rounds() {
    for (name, most) in [
        // Six matches of 5 + 1 rounds.
        ("greatest", 36),
        ("signed", 35),
        ("guarded", 44),
        ("sums", 17),
        ("first_match", 16),
        ("left_early", 15),
        ("chosen", 9),
        ("product", 31),
    ] {
        let circuit = &instructions().must_find(name).compiled.artifact.circuit;
        let rounds = cost(&lower(circuit, Shape::Fast).expect("it can be lowered")).and_rounds;
        assert!(rounds <= most, "{name} takes {rounds} rounds");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn greatest(a in prop_oneof![vec(u16::edges(), 33).prop_map(|a| a.try_into().unwrap_or([0; 33])).boxed(), vec(0..3u16, 33).prop_map(|a| a.try_into().unwrap_or([0; 33])).boxed()]) {
        check(instructions(), "greatest", &a, &circuits::greatest(me().from_arcis(a)).to_arcis())?;
    }

    #[test]
    fn signed(a in vec(i32::edges(), 20)) {
        let a: [i32; 20] = a.try_into().unwrap_or([0; 20]);
        check(instructions(), "signed", &a, &circuits::signed(me().from_arcis(a)).to_arcis())?;
    }

    #[test]
    fn guarded(a in vec((any::<bool>(), prop_oneof![u32::edges(), 0..13u32], any::<u8>()), 24)) {
        let a: [(bool, u32, u8); 24] = a.try_into().unwrap_or([(false, 0, 0); 24]);
        check(instructions(), "guarded", &a, &circuits::guarded(me().from_arcis(a)).to_arcis())?;
    }

    #[test]
    fn sums(a in vec((any::<bool>(), u8::edges(), i64::edges()), 40)) {
        let a: [(bool, u8, i64); 40] = a.try_into().unwrap_or([(false, 0, 0); 40]);
        check(instructions(), "sums", &a, &circuits::sums(me().from_arcis(a)).to_arcis())?;
    }

    #[test]
    fn first_match(a in vec(prop_oneof![u16::edges(), 0..7u16], 32), wanted in 0..8u16) {
        let a: [u16; 32] = a.try_into().unwrap_or([0; 32]);
        check(instructions(), "first_match", &(a, wanted), &circuits::first_match(me().from_arcis(a), wanted).to_arcis())?;
    }

    #[test]
    fn left_early(a in vec(prop_oneof![8 => any::<u8>(), 1 => Just(0)], 32)) {
        let a: [u8; 32] = a.try_into().unwrap_or([0; 32]);
        check(instructions(), "left_early", &a, &circuits::left_early(me().from_arcis(a)).to_arcis())?;
    }

    #[test]
    fn product(a in vec(u8::edges(), 8)) {
        let a: [u8; 8] = a.try_into().unwrap_or([0; 8]);
        check(instructions(), "product", &a, &circuits::product(me().from_arcis(a)).to_arcis())?;
    }
}

#[test]
fn chosen() {
    for a in 0..=255 {
        check(instructions(), "chosen", &a, &circuits::chosen(me().from_arcis(a)).to_arcis())
            .expect("a match");
    }
}
