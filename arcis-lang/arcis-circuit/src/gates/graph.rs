//! The graph of gates while it is built: exclusive ors and ANDs, simplified as they are added.
//!
//! A literal is a node or its negation, so that negations cost nothing and `x ^ !y` is the same node as `x ^ y`. New
//! gates are folded against constants, against their own operands one level down, and against gates seen before; the
//! table of the latter is bounded and forgets, so that memory stays linear with a small factor for circuits of many
//! millions of gates. Everything is deterministic.

use std::collections::BTreeMap;

use super::SIGNING_ROUNDS;
use super::attribute::NO_POSITION;
use crate::circuit::SIGNATURE_BITS;

/// Most gates of a program, linear ones included. They take some 50 bytes each while a program is made.
pub const MAX_GATES: u32 = 1 << 25;

/// A node (in the upper 31 bits) or its negation (lowest bit set).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Literal(u32);

impl Literal {
    /// Node 0 is the constant zero.
    pub(super) const ZERO: Self = Self(0);
    pub(super) const ONE: Self = Self(1);

    pub(super) const fn of_node(node: u32) -> Self {
        Self(node << 1)
    }

    pub(super) const fn constant(bit: bool) -> Self {
        Self(bit as u32)
    }

    pub(super) const fn node(self) -> u32 {
        self.0 >> 1
    }

    pub(super) const fn is_negated(self) -> bool {
        self.0 & 1 == 1
    }

    pub(super) const fn is_constant(self) -> bool {
        self.0 <= 1
    }

    /// The bit of a constant.
    pub(super) const fn as_constant(self) -> Option<bool> {
        if self.is_constant() { Some(self.0 == 1) } else { None }
    }

    /// The literal, or its negation.
    pub(super) const fn negated_if(self, negate: bool) -> Self {
        Self(self.0 ^ negate as u32)
    }
}

impl std::ops::Not for Literal {
    type Output = Self;

    fn not(self) -> Self {
        Self(self.0 ^ 1)
    }
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// Node 0.
    Zero,
    /// An input bit, or a random one.
    Leaf,
    Xor,
    And,
    /// Operand in `a`.
    Reveal,
    /// Known when both operands are: how a signature depends on many bits. No gate.
    Both,
    /// Signs a message ([`Graph::message`]) that is known when operand `a` is. Its bits follow.
    Sign,
    /// A bit of the signature in `a`: which one is by how many nodes it comes after it.
    SignatureBit,
}

/// Nodes in topological order: operands have smaller numbers.
pub(super) struct Graph {
    kinds: Vec<Kind>,
    secret: Vec<bool>,
    operands: Vec<[Literal; 2]>,
    /// Rounds until a node is known, if reveals took one round each and did not wait for one another.
    levels: Vec<u32>,
    recent: RecentGates,
    /// The messages of signatures, by node.
    messages: BTreeMap<u32, Vec<Literal>>,
    overflown: bool,
    /// Where in the source each node comes from, if that is asked for, and where those made now do.
    origins: Option<Vec<u32>>,
    origin: u32,
}

impl Graph {
    pub(super) fn new() -> Self {
        let mut graph = Self {
            kinds: Vec::new(),
            secret: Vec::new(),
            operands: Vec::new(),
            levels: Vec::new(),
            recent: RecentGates::new(),
            messages: BTreeMap::new(),
            overflown: false,
            origins: None,
            origin: NO_POSITION,
        };
        graph.push(Kind::Zero, [Literal::ZERO; 2], false, 0);
        graph
    }

    pub(super) fn len(&self) -> usize {
        self.kinds.len()
    }

    pub(super) fn kind(&self, node: u32) -> Kind {
        self.kinds[node as usize]
    }

    pub(super) fn operands(&self, node: u32) -> [Literal; 2] {
        self.operands[node as usize]
    }

    pub(super) fn is_secret(&self, node: u32) -> bool {
        self.secret[node as usize]
    }

    pub(super) fn is_public(&self, literal: Literal) -> bool {
        !self.is_secret(literal.node())
    }

    pub(super) fn level(&self, literal: Literal) -> u32 {
        self.levels[literal.node() as usize]
    }

    /// Keeps from now on where nodes come from.
    pub(super) fn keep_origins(&mut self) {
        self.origins = Some(vec![NO_POSITION; self.len()]);
    }

    /// Nodes made from now on come from this position, unless it is [`NO_POSITION`]; gives the one before.
    pub(super) fn set_origin(&mut self, position: u32) -> u32 {
        let before = self.origin;
        if position != NO_POSITION {
            self.origin = position;
        }
        before
    }

    /// Back to what [`set_origin`](Self::set_origin) gave.
    pub(super) fn restore_origin(&mut self, before: u32) {
        self.origin = before;
    }

    /// Where a node comes from.
    pub(super) fn origin_of(&self, node: u32) -> u32 {
        self.origins.as_ref().and_then(|origins| origins.get(node as usize)).copied().unwrap_or(NO_POSITION)
    }

    /// Takes the memory of the levels, which are of no use once the graph is complete.
    pub(super) fn take_levels(&mut self) -> Vec<u32> {
        std::mem::take(&mut self.levels)
    }

    /// Whether gates were dropped because there were too many; then the graph is useless.
    pub(super) fn is_overflown(&self) -> bool {
        self.overflown
    }

    /// An input or random bit.
    pub(super) fn leaf(&mut self, secret: bool) -> Literal {
        self.push(Kind::Leaf, [Literal::ZERO; 2], secret, 0)
    }

    pub(super) fn xor(&mut self, a: Literal, b: Literal) -> Literal {
        let negate = a.is_negated() != b.is_negated();
        let (a, b) = (Literal::of_node(a.node()), Literal::of_node(b.node()));
        if a == b {
            return Literal::constant(negate);
        }
        let (a, b) = (a.min(b), a.max(b));
        if a == Literal::ZERO {
            return b.negated_if(negate);
        }
        // x ^ (x ^ y) = y. Operands of exclusive ors carry no sign.
        for (one, other) in [(a, b), (b, a)] {
            if self.kind(one.node()) == Kind::Xor {
                let [first, second] = self.operands(one.node());
                if first == other {
                    return second.negated_if(negate);
                }
                if second == other {
                    return first.negated_if(negate);
                }
            }
        }
        let level = self.level(a).max(self.level(b));
        let secret = self.is_secret(a.node()) | self.is_secret(b.node());
        self.gate(Kind::Xor, [a, b], secret, level).negated_if(negate)
    }

    pub(super) fn and(&mut self, a: Literal, b: Literal) -> Literal {
        let (a, b) = (a.min(b), a.max(b));
        match a {
            Literal::ZERO => return Literal::ZERO,
            Literal::ONE => return b,
            _ if a == b => return a,
            _ if a == !b => return Literal::ZERO,
            _ => {}
        }
        // x & (x & y) = x & y, x & !(x & y) = x & !y, !x & (x & y) = 0.
        for (one, other) in [(a, b), (b, a)] {
            if self.kind(one.node()) == Kind::And {
                let [first, second] = self.operands(one.node());
                for (x, y) in [(first, second), (second, first)] {
                    match (x == other, x == !other, one.is_negated()) {
                        (true, _, false) => return one,
                        (true, _, true) => return self.and(x, !y),
                        (_, true, false) => return Literal::ZERO,
                        (_, true, true) => return other,
                        _ => {}
                    }
                }
            }
        }
        let both_secret = self.is_secret(a.node()) & self.is_secret(b.node());
        let secret = self.is_secret(a.node()) | self.is_secret(b.node());
        let level = self.level(a).max(self.level(b)) + u32::from(both_secret);
        self.gate(Kind::And, [a, b], secret, level)
    }

    pub(super) fn or(&mut self, a: Literal, b: Literal) -> Literal {
        !self.and(!a, !b)
    }

    /// `when_true` if `condition`, else `when_false`: one AND.
    pub(super) fn select(&mut self, condition: Literal, when_true: Literal, when_false: Literal) -> Literal {
        match (when_true.as_constant(), when_false.as_constant()) {
            (Some(false), _) => return self.and(!condition, when_false),
            (Some(true), _) => return self.or(condition, when_false),
            (_, Some(false)) => return self.and(condition, when_true),
            (_, Some(true)) => return self.or(!condition, when_true),
            (None, None) => {}
        }
        let difference = self.xor(when_true, when_false);
        let change = self.and(condition, difference);
        self.xor(change, when_false)
    }

    /// Whether at least two of three bits are set: one AND.
    pub(super) fn majority(&mut self, a: Literal, b: Literal, c: Literal) -> Literal {
        for (x, y, z) in [(a, b, c), (b, c, a), (c, a, b)] {
            match x.as_constant() {
                Some(false) => return self.and(y, z),
                Some(true) => return self.or(y, z),
                None => {}
            }
        }
        let (from_a, from_b) = (self.xor(a, c), self.xor(b, c));
        let both = self.and(from_a, from_b);
        self.xor(both, c)
    }

    /// Sum and carry of three bits: one AND and four exclusive ors.
    pub(super) fn full_adder(&mut self, a: Literal, b: Literal, c: Literal) -> (Literal, Literal) {
        let carry = self.majority(a, b, c);
        // The first is a part of the carry as well.
        let from_a = self.xor(a, c);
        (self.xor(from_a, b), carry)
    }

    /// Makes a bit public; a public one stays what it is.
    pub(super) fn reveal(&mut self, a: Literal) -> Literal {
        if self.is_public(a) {
            return a;
        }
        let bit = Literal::of_node(a.node());
        let level = self.level(a) + 1;
        self.gate(Kind::Reveal, [bit, Literal::ZERO], false, level).negated_if(a.is_negated())
    }

    /// A signature of a message of public bits: its bits. Every one is another signature, be it of the same message.
    pub(super) fn sign(&mut self, message: Vec<Literal>) -> Vec<Literal> {
        let mut known = Literal::ZERO;
        for &bit in message.iter().filter(|bit| !bit.is_constant()) {
            let level = self.level(known).max(self.level(bit));
            known = self.push(Kind::Both, [known, bit], false, level);
        }
        let level = self.level(known) + SIGNING_ROUNDS;
        let signature = self.push(Kind::Sign, [known, Literal::ZERO], false, level);
        self.messages.insert(signature.node(), message);
        let bit = |_| self.push(Kind::SignatureBit, [signature, Literal::ZERO], false, level);
        (0..SIGNATURE_BITS).map(bit).collect()
    }

    /// The message of a [`Kind::Sign`].
    pub(super) fn message(&self, node: u32) -> &[Literal] {
        self.messages.get(&node).map_or(&[], Vec::as_slice)
    }

    /// The conjunction of all bits, in a tree that takes the earliest known first.
    pub(super) fn and_all(&mut self, bits: impl IntoIterator<Item = Literal>) -> Literal {
        let mut heap: std::collections::BinaryHeap<_> =
            bits.into_iter().map(|bit| std::cmp::Reverse((self.level(bit), bit))).collect();
        while let Some(std::cmp::Reverse((_, first))) = heap.pop() {
            let Some(std::cmp::Reverse((_, second))) = heap.pop() else {
                return first;
            };
            let both = self.and(first, second);
            if both == Literal::ZERO {
                return both;
            }
            heap.push(std::cmp::Reverse((self.level(both), both)));
        }
        Literal::ONE
    }

    fn gate(&mut self, kind: Kind, operands: [Literal; 2], secret: bool, level: u32) -> Literal {
        if let Some(node) = self.recent.find(kind, operands, &self.kinds, &self.operands) {
            return Literal::of_node(node);
        }
        let literal = self.push(kind, operands, secret, level);
        self.recent.insert(literal.node(), &self.kinds, &self.operands);
        literal
    }

    fn push(&mut self, kind: Kind, operands: [Literal; 2], secret: bool, level: u32) -> Literal {
        let node = self.kinds.len() as u32;
        if node >= MAX_GATES {
            self.overflown = true;
            return Literal::ZERO;
        }
        self.kinds.push(kind);
        self.secret.push(secret);
        self.operands.push(operands);
        self.levels.push(level);
        if let Some(origins) = &mut self.origins {
            origins.push(self.origin);
        }
        Literal::of_node(node)
    }
}

/// A table of gates seen before, in buckets of a few, where a newer one displaces the oldest. Small enough to stay in a
/// processor's cache: equal gates mostly lie near each other.
struct RecentGates {
    /// A power of two of them.
    buckets: Vec<[Slot; 8]>,
}

#[derive(Clone, Copy, Default)]
struct Slot {
    /// 0 where there is none.
    node: u32,
    /// Spares looking at most gates that are different ones.
    tag: u32,
}

impl RecentGates {
    const FIRST_BUCKETS: usize = 1 << 7;
    const MOST_BUCKETS: usize = 1 << 15;

    fn new() -> Self {
        Self { buckets: vec![Default::default(); Self::FIRST_BUCKETS] }
    }

    fn find(&self, kind: Kind, operands: [Literal; 2], kinds: &[Kind], all: &[[Literal; 2]]) -> Option<u32> {
        let (bucket, tag) = self.place(kind, operands);
        let is_same = |slot: &&Slot| {
            slot.tag == tag
                && slot.node != 0
                && kinds[slot.node as usize] == kind
                && all[slot.node as usize] == operands
        };
        self.buckets[bucket].iter().find(is_same).map(|slot| slot.node)
    }

    fn insert(&mut self, node: u32, kinds: &[Kind], all: &[[Literal; 2]]) {
        if kinds.len() > self.buckets.len() && self.buckets.len() < Self::MOST_BUCKETS {
            let wider = vec![Default::default(); self.buckets.len() * 2];
            let old = std::mem::replace(&mut self.buckets, wider);
            for slot in old.iter().flat_map(|bucket| bucket.iter().rev()).filter(|slot| slot.node != 0) {
                self.put(slot.node, kinds, all);
            }
        }
        self.put(node, kinds, all);
    }

    fn put(&mut self, node: u32, kinds: &[Kind], all: &[[Literal; 2]]) {
        let (bucket, tag) = self.place(kinds[node as usize], all[node as usize]);
        let bucket = &mut self.buckets[bucket];
        bucket.rotate_right(1);
        bucket[0] = Slot { node, tag };
    }

    /// Bucket and tag, from a multiplicative hash: quality matters little, being the same on every machine does.
    fn place(&self, kind: Kind, [a, b]: [Literal; 2]) -> (usize, u32) {
        let key = u64::from(a.0) << 32 | u64::from(b.0);
        let mixed = (key ^ (kind as u64) << 62).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mixed = (mixed ^ mixed >> 32).wrapping_mul(0xd6e8_feb8_6659_fd93);
        ((mixed >> 32) as usize & (self.buckets.len() - 1), mixed as u32)
    }
}
