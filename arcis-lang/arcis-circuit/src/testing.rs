//! Random valid circuits with inputs, for property tests (feature `testing`).
//!
//! Cases are made from lists of small numbers ([`Recipe`]) that are taken as choices among what is possible at each
//! point, so that every list is a valid circuit, and a failing case shrinks by losing numbers.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::bits::Bits;
use crate::circuit::{
    Circuit, Function, Input, MAX_ARITHMETIC_WIDTH, MAX_WORD_WIDTH, Op, Visibility, WireId, count_width,
};
use crate::validate::WireInfo;

/// A valid circuit, inputs for its entry, and a seed for [`bit_stream`].
#[derive(Clone, Debug)]
pub struct Case {
    /// The circuit.
    pub circuit: Circuit,
    /// One word per input of the entry.
    pub inputs: Vec<Bits>,
    /// For the random bits of the run.
    pub seed: u64,
}

/// What kind of circuits to make.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Most operations per function.
    pub ops: usize,
    /// Most functions.
    pub functions: usize,
    /// Widest input word.
    pub width: u32,
    /// Whether there are random words.
    pub random: bool,
    /// Whether words are revealed on the way.
    pub reveal: bool,
    /// Whether words are shuffled; only the reference evaluator and the run in the clear agree on the order.
    pub shuffle: bool,
    /// Whether words are written at secret indices: operations with several results.
    pub update: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self { ops: 30, functions: 3, width: 40, random: true, reveal: true, shuffle: false, update: true }
    }
}

/// Circuits with inputs within the limits.
pub fn cases(limits: Limits) -> impl Strategy<Value = Case> {
    (circuits(limits), any::<u64>()).prop_flat_map(|(circuit, seed)| {
        let inputs = circuit.entry().map_or(&[][..], |entry| &entry.inputs);
        let inputs: Vec<_> = inputs.iter().map(|input| words(input.width)).collect();
        (Just(circuit), inputs, Just(seed)).prop_map(|(circuit, inputs, seed)| Case { circuit, inputs, seed })
    })
}

/// Valid circuits within the limits. Wires that nothing reads are outputs, the last [`MOST_UNREAD`] of a function, so
/// that little is dead.
pub fn circuits(limits: Limits) -> impl Strategy<Value = Circuit> {
    vec(recipes(limits), 1..=limits.functions.max(1)).prop_map(move |recipes| {
        let mut builder = Builder { limits, circuit: Circuit::default(), signatures: Vec::new() };
        recipes.iter().for_each(|recipe| builder.function(recipe));
        builder.circuit
    })
}

/// Words of a width: any, but zero, one, all ones, the signed extremes and small numbers more often than by chance.
pub fn words(width: u32) -> impl Strategy<Value = Bits> {
    let len = width as usize;
    let limbs = vec(any::<u64>(), len.div_ceil(64)).prop_map(move |limbs| Bits::from_limbs(limbs, len));
    let top = move |bit: bool| {
        let mut word = if bit { Bits::zeros(len) } else { Bits::ones(len) };
        if len > 0 {
            word.set(len - 1, bit);
        }
        word
    };
    prop_oneof![
        6 => limbs,
        2 => (0..6u64).prop_map(move |value| Bits::from_u64(value, len)),
        1 => Just(Bits::ones(len)),
        1 => any::<bool>().prop_map(top),
    ]
}

/// A source of random words for evaluators: consecutive bits of a stream fixed by the seed, however they are asked for.
pub fn bit_stream(seed: u64) -> impl FnMut(u32) -> Bits {
    let mut state = seed;
    let mut limb = (0u64, 0);
    move |width| {
        let next = || {
            if limb.1 == 0 {
                // SplitMix64 (G. Steele, D. Lea, C. Flood, 2014).
                state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
                let mixed = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
                let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
                limb = (mixed ^ mixed >> 31, 64);
            }
            let bit = limb.0 & 1 == 1;
            limb = (limb.0 >> 1, limb.1 - 1);
            bit
        };
        std::iter::repeat_with(next).take(width as usize).collect()
    }
}

/// Most wires that a function returns because nothing reads them. They would multiply from caller to caller.
pub const MOST_UNREAD: usize = 40;

/// Numbers from which a function is made.
#[derive(Clone, Debug)]
struct Recipe {
    /// Width and whether public.
    inputs: Vec<(u32, bool)>,
    /// Which operation, and choices for it.
    ops: Vec<(u8, [u32; 4])>,
    /// Which wires to return.
    outputs: Vec<u32>,
}

fn recipes(limits: Limits) -> impl Strategy<Value = Recipe> {
    let widths = prop_oneof![
        2 => Just(1),
        2 => Just(8u32.min(limits.width)),
        3 => 1..=limits.width,
    ];
    let inputs = vec((widths, proptest::bool::weighted(0.25)), 1..5);
    let ops = vec((any::<u8>(), any::<[u32; 4]>()), 1..=limits.ops.max(1));
    (inputs, ops, vec(any::<u32>(), 1..4)).prop_map(|(inputs, ops, outputs)| Recipe { inputs, ops, outputs })
}

struct Builder {
    limits: Limits,
    circuit: Circuit,
    /// The outputs of the functions so far.
    signatures: Vec<Vec<WireInfo>>,
}

impl Builder {
    fn function(&mut self, recipe: &Recipe) {
        let visibility = |public| if public { Visibility::Public } else { Visibility::Secret };
        let inputs: Vec<_> = recipe
            .inputs
            .iter()
            .map(|&(width, public)| Input { width, visibility: visibility(public) })
            .collect();
        let mut body = Body {
            limits: self.limits,
            wires: inputs
                .iter()
                .map(|input| WireInfo { width: input.width, visibility: input.visibility })
                .collect(),
            ops: Vec::new(),
            read: vec![false; inputs.len()],
        };
        for &(choice, numbers) in &recipe.ops {
            body.choose(choice, numbers, &self.circuit.functions, &self.signatures);
        }
        let count = body.wires.len() as u32;
        let mut outputs: Vec<_> = recipe.outputs.iter().map(|number| number % count).collect();
        outputs.extend((0..count).rev().filter(|&wire| !body.read[wire as usize]).take(MOST_UNREAD));
        self.signatures.push(outputs.iter().map(|&wire| body.wires[wire as usize]).collect());
        let name = format!("f{}", self.circuit.functions.len());
        self.circuit.functions.push(Function { name, inputs, ops: body.ops, outputs });
    }
}

/// A function being made.
struct Body {
    limits: Limits,
    wires: Vec<WireInfo>,
    ops: Vec<Op>,
    /// Which wires something reads.
    read: Vec<bool>,
}

impl Body {
    fn choose(&mut self, choice: u8, n: [u32; 4], functions: &[Function], signatures: &[Vec<WireInfo>]) {
        let signed = n[3] % 2 == 1;
        match choice % 32 {
            0 => {
                let width = 1 + n[0] % self.limits.width;
                let ones = n[1].is_multiple_of(4);
                let word = if ones {
                    Bits::ones(width as usize)
                } else {
                    Bits::from_u64(n[2].into(), width as usize)
                };
                self.push(Op::Const(word), &[], width, Visibility::Public);
            }
            1 => self.unary(n[0], MAX_WORD_WIDTH, Op::Not),
            2 if n[1].is_multiple_of(2) => self.unary(n[0], MAX_ARITHMETIC_WIDTH, Op::Neg),
            2 => {
                let a = self.at_most(300, n[0]);
                let op = if signed { Op::LeadingZeros(a) } else { Op::CountOnes(a) };
                self.push(op, &[a], count_width(self.width(a)), Visibility::Public);
            }
            3 => self.binary(n, MAX_WORD_WIDTH, None, Op::Xor),
            4 => self.binary(n, MAX_WORD_WIDTH, None, Op::And),
            5 => self.binary(n, MAX_WORD_WIDTH, None, Op::Or),
            6 => self.binary(n, MAX_ARITHMETIC_WIDTH, None, Op::Add),
            7 if n[3] % 4 == 3 => {
                let words = self.list(n);
                let width = self.width(words[0]);
                self.push(Op::Sum { words: words.clone() }, &words, width, Visibility::Public);
            }
            7 => self.binary(n, MAX_ARITHMETIC_WIDTH, None, Op::Add),
            8 | 9 => self.binary(n, MAX_ARITHMETIC_WIDTH, None, Op::Sub),
            10 => self.binary(n, 64, None, Op::Mul),
            11 => self.binary(n, 24, None, |a, b| Op::Div { a, b, signed }),
            12 => self.binary(n, 24, None, |a, b| Op::Rem { a, b, signed }),
            13 => self.binary(n, MAX_WORD_WIDTH, Some(1), Op::Eq),
            14 | 15 => self.binary(n, MAX_ARITHMETIC_WIDTH, Some(1), |a, b| Op::Less { a, b, signed }),
            16 => self.select(n),
            17 if !signed || !self.limits.update => self.select(n),
            18 if !signed => self.select(n),
            18 if signed => {
                let (words, index) = (self.list(n), self.at_most(5, n[2]));
                let operands = [&[index][..], &words].concat();
                self.push(
                    Op::Lookup { index, words: words.clone() },
                    &operands,
                    self.width(words[0]),
                    Visibility::Public,
                );
            }
            17 => {
                let (words, index) = (self.list(n), self.at_most(5, n[2]));
                let (value, condition) = (self.of_width(self.width(words[0]), n[1]), self.of_width(1, n[0]));
                let operands = [&[index, value, condition][..], &words].concat();
                let count = words.len();
                self.push_list(
                    Op::Update { index, value, condition, words },
                    &operands,
                    count,
                    Visibility::Public,
                );
            }
            19 => self.concat(n),
            20 | 21 => self.slice(n),
            22 => self.extend(n, signed),
            23 => self.shift(n, |a, by| Op::Shl { a, by }),
            24 => self.shift(n, |a, by| Op::Shr { a, by }),
            25 => self.shift(n, |a, by| Op::Sar { a, by }),
            26 if self.limits.reveal => {
                let a = self.any(n[0]);
                self.push(Op::Reveal(a), &[a], self.width(a), Visibility::Public);
            }
            27 if self.limits.shuffle && n[1].is_multiple_of(3) => {
                let words = self.list(n);
                self.push_list(Op::Shuffle { words: words.clone() }, &words, words.len(), Visibility::Secret);
            }
            27 if self.limits.random => {
                let width = 1 + n[0] % self.limits.width;
                self.push(Op::Random { width }, &[], width, Visibility::Secret);
            }
            28..=31 if !functions.is_empty() => {
                let callee = n[0] as usize % functions.len();
                self.call(callee, &functions[callee], &signatures[callee], n);
            }
            _ => self.select(n),
        }
    }

    fn width(&self, wire: WireId) -> u32 {
        self.wires[wire as usize].width
    }

    fn any(&self, number: u32) -> WireId {
        // Late wires more often, for depth.
        let count = self.wires.len() as u32;
        if number.is_multiple_of(2) {
            (number >> 1) % count
        } else {
            count - 1 - (number >> 1) % count.min(6)
        }
    }

    /// Some wire of this width: one that is there, or another one sliced or extended.
    fn of_width(&mut self, width: u32, number: u32) -> WireId {
        let fitting: Vec<_> =
            (0..self.wires.len() as WireId).filter(|&wire| self.width(wire) == width).collect();
        if !fitting.is_empty() && !number.is_multiple_of(3) {
            return fitting[number as usize % fitting.len()];
        }
        let wire = self.any(number);
        let (has, visibility) = (self.width(wire), self.wires[wire as usize].visibility);
        match has.cmp(&width) {
            std::cmp::Ordering::Equal => wire,
            std::cmp::Ordering::Less => {
                self.push(Op::Extend { a: wire, width, signed: number % 5 < 2 }, &[wire], width, visibility)
            }
            std::cmp::Ordering::Greater => {
                let offset = number % (has - width + 1);
                self.push(Op::Slice { a: wire, offset, width }, &[wire], width, visibility)
            }
        }
    }

    /// Some wire of at most this width.
    fn at_most(&mut self, width: u32, number: u32) -> WireId {
        let wire = self.any(number);
        if self.width(wire) <= width { wire } else { self.of_width(width, number) }
    }

    fn unary(&mut self, number: u32, widest: u32, op: fn(WireId) -> Op) {
        let a = self.at_most(widest, number);
        self.push(op(a), &[a], self.width(a), Visibility::Public);
    }

    fn binary(&mut self, n: [u32; 4], widest: u32, result: Option<u32>, op: impl Fn(WireId, WireId) -> Op) {
        let a = self.at_most(widest, n[0]);
        let b = self.of_width(self.width(a), n[1]);
        self.push(op(a, b), &[a, b], result.unwrap_or(self.width(a)), Visibility::Public);
    }

    fn select(&mut self, n: [u32; 4]) {
        let condition = self.of_width(1, n[0]);
        let when_true = self.any(n[1]);
        let when_false = self.of_width(self.width(when_true), n[2]);
        let operands = [condition, when_true, when_false];
        self.push(
            Op::Select { condition, when_true, when_false },
            &operands,
            self.width(when_true),
            Visibility::Public,
        );
    }

    fn concat(&mut self, n: [u32; 4]) {
        let words: Vec<_> =
            n.iter().take(1 + n[3] as usize % 3).map(|&number| self.at_most(128, number)).collect();
        let width = words.iter().map(|&word| self.width(word)).sum();
        self.push(Op::Concat(words.clone()), &words, width, Visibility::Public);
    }

    fn slice(&mut self, n: [u32; 4]) {
        let a = self.any(n[0]);
        let offset = n[1] % self.width(a);
        let width = 1 + n[2] % (self.width(a) - offset);
        self.push(Op::Slice { a, offset, width }, &[a], width, Visibility::Public);
    }

    fn extend(&mut self, n: [u32; 4], signed: bool) {
        let a = self.at_most(128, n[0]);
        let width = self.width(a) + n[1] % 20;
        self.push(Op::Extend { a, width, signed }, &[a], width, Visibility::Public);
    }

    fn shift(&mut self, n: [u32; 4], op: fn(WireId, WireId) -> Op) {
        let a = self.at_most(256, n[0]);
        let by = self.at_most(1 + n[2] % 12, n[1]);
        self.push(op(a, by), &[a, by], self.width(a), Visibility::Public);
    }

    fn call(&mut self, index: usize, callee: &Function, outputs: &[WireInfo], n: [u32; 4]) {
        let mut args = Vec::new();
        for (input, number) in callee.inputs.iter().zip(n.iter().cycle().skip(1)) {
            let mut arg = self.of_width(input.width, *number);
            if input.visibility == Visibility::Public
                && self.wires[arg as usize].visibility == Visibility::Secret
            {
                // A secret cannot be passed for a public input.
                arg = if self.limits.reveal {
                    self.push(Op::Reveal(arg), &[arg], input.width, Visibility::Public)
                } else {
                    let word = Bits::from_u64((*number).into(), input.width as usize);
                    self.push(Op::Const(word), &[], input.width, Visibility::Public)
                };
            }
            args.push(arg);
        }
        args.iter().for_each(|&arg| self.read[arg as usize] = true);
        self.ops.push(Op::Call { function: index as u32, args });
        self.wires.extend(outputs);
        self.read.resize(self.wires.len(), false);
    }

    /// One to nine words of one width.
    fn list(&mut self, n: [u32; 4]) -> Vec<WireId> {
        let first = self.at_most(40, n[0]);
        let width = self.width(first);
        let mut words = vec![first];
        for index in 0..n[3] >> 1 & 7 {
            words.push(self.of_width(width, n[1].wrapping_mul(2 * index + 1) >> 3));
        }
        words
    }

    /// Appends an operation that defines several wires of the last operand's width.
    fn push_list(&mut self, op: Op, operands: &[WireId], count: usize, visibility: Visibility) {
        let width = self.width(operands[operands.len() - 1]);
        let first = self.push(op, operands, width, visibility);
        let info = self.wires[first as usize];
        self.wires.extend(std::iter::repeat_n(info, count - 1));
        self.read.resize(self.wires.len(), false);
    }

    /// Appends an operation; its result is at least as secret as `visibility` and, unless it reveals, its operands.
    fn push(&mut self, op: Op, operands: &[WireId], width: u32, visibility: Visibility) -> WireId {
        let mut info = WireInfo { width, visibility };
        for &operand in operands {
            self.read[operand as usize] = true;
            if !matches!(op, Op::Reveal(_)) {
                info.visibility = info.visibility.max(self.wires[operand as usize].visibility);
            }
        }
        self.ops.push(op);
        self.wires.push(info);
        self.read.push(false);
        (self.wires.len() - 1) as WireId
    }
}
