//! From the graph to the program: what is not used is dropped, every gate gets its place in time and its wire.
//!
//! Time is counted in AND layers: an AND of secret bits is in the layer after those of its operands, everything else is
//! known as soon as its operands are. Reveals are grouped in batches, as few as there are reveals on the longest chain of
//! reveals that need one another: batch `r` comes after the last layer that one of its bits needs, so ANDs that need no
//! later batch go on beside it. Reveals that no secret gate depends on come all at the very end, so that nothing is
//! known before everything is computed. Signatures are made with the reveals of a batch, after them; what they sign is
//! always known in a batch before.
//!
//! Layers and batches are the *events* of the program. A gate without communication belongs to the *segment* after the
//! last event that it needs; segment 0 is before all events, segment `k` follows event `k - 1`.

use std::collections::BTreeMap;

use super::expand::{Expanded, Shuffle};
use super::graph::{Graph, Kind, Literal};
use super::program::{
    AndGate, GateProgram, LinearGate, OutputWires, PublicWire, RevealGate, SecretWire, ShuffleSwitches,
    SignGate, Step,
};
use crate::circuit::{SIGNATURE_BITS, Visibility};

pub(super) fn schedule(expanded: Expanded) -> GateProgram {
    let Expanded { mut graph, inputs, random, shuffles, outputs } = expanded;
    let levels = graph.take_levels();
    let uses = Uses::of(&graph, &outputs);
    let segments = Segments::of(&graph, &uses, levels);
    let mut emitter = Emitter {
        wires: vec![NONE; graph.len()],
        negated: vec![NONE; graph.len()],
        linear: Vec::new(),
        shares: BTreeMap::new(),
        program: GateProgram { inputs, ..GateProgram::default() },
        graph: &graph,
        uses: &uses,
    };
    emitter.leaves(&random, &shuffles);
    let order = segments.order(&graph, &uses);
    for segment in order.chunk_by(|a, b| segments.of[*a as usize] == segments.of[*b as usize]) {
        let events = segment.iter().take_while(|&&node| is_event(&graph, node)).count();
        let (event, linear) = segment.split_at(events);
        emitter.event(event);
        linear.iter().for_each(|&node| emitter.linear(node));
    }
    emitter.outputs(&outputs);
    emitter.flush();
    emitter.program
}

const NONE: u32 = u32::MAX;

pub(super) fn is_secret_and(graph: &Graph, node: u32) -> bool {
    graph.kind(node) == Kind::And && graph.operands(node).iter().all(|&operand| !graph.is_public(operand))
}

/// Whether something becomes public: a bit, or a signature.
pub(super) fn is_opening(graph: &Graph, node: u32) -> bool {
    matches!(graph.kind(node), Kind::Reveal | Kind::Sign)
}

fn is_event(graph: &Graph, node: u32) -> bool {
    is_opening(graph, node) || is_secret_and(graph, node)
}

/// How nodes are used.
pub(super) struct Uses(Vec<u8>);

impl Uses {
    /// An output depends on the node.
    pub(super) const LIVE: u8 = 1;
    /// The node's negation is needed as a wire.
    const NEGATED: u8 = 2;
    /// A secret gate, or a message that is signed, depends on the (public) node.
    const STEERS: u8 = 4;

    pub(super) fn of(graph: &Graph, outputs: &[(Visibility, Vec<Literal>)]) -> Self {
        let mut uses = Self(vec![0; graph.len()]);
        for &literal in outputs.iter().flat_map(|(_, word)| word) {
            uses.read(literal);
        }
        for node in (1..graph.len() as u32).rev() {
            if !uses.has(node, Self::LIVE) {
                continue;
            }
            let operands = match graph.kind(node) {
                Kind::Zero | Kind::Leaf => continue,
                Kind::Reveal | Kind::Sign | Kind::SignatureBit => &graph.operands(node)[..1],
                Kind::Xor | Kind::And | Kind::Both => &graph.operands(node)[..],
            };
            let is_sign = graph.kind(node) == Kind::Sign;
            let steers = graph.is_secret(node) || is_sign || uses.has(node, Self::STEERS);
            for &operand in operands {
                uses.read(operand);
                if graph.kind(node) != Kind::Reveal && graph.is_public(operand) && steers {
                    uses.0[operand.node() as usize] |= Self::STEERS;
                }
            }
        }
        uses
    }

    fn read(&mut self, literal: Literal) {
        self.0[literal.node() as usize] |= Self::LIVE | if literal.is_negated() { Self::NEGATED } else { 0 };
    }

    pub(super) fn has(&self, node: u32, flag: u8) -> bool {
        self.0[node as usize] & flag != 0
    }

    /// Whether a reveal or a signature belongs to the last batch.
    fn is_final_opening(&self, graph: &Graph, node: u32) -> bool {
        is_opening(graph, node) && !self.has(node, Self::STEERS)
    }
}

/// The segment of every live node: that after its event for a node that is one.
struct Segments {
    of: Vec<u32>,
    count: u32,
}

impl Segments {
    fn of(graph: &Graph, uses: &Uses, mut times: Vec<u32>) -> Self {
        let stages = stages(graph, uses);
        let batch_times = assign_times(graph, uses, &stages, &mut times);
        let batches_before = |time: u32| batch_times.partition_point(|&batch| batch < time) as u32;

        let mut last_layer = 0;
        let mut after_final = vec![false; graph.len()];
        let mut has_final = false;
        for node in 1..graph.len() as u32 {
            if !uses.has(node, Uses::LIVE) {
                continue;
            }
            let needs_final = uses.is_final_opening(graph, node)
                || matches!(graph.kind(node), Kind::Xor | Kind::And | Kind::SignatureBit)
                    && graph.operands(node).iter().any(|operand| after_final[operand.node() as usize]);
            after_final[node as usize] = needs_final;
            has_final |= needs_final;
            if is_secret_and(graph, node) {
                last_layer = last_layer.max(times[node as usize]);
            }
        }
        let events = last_layer + batch_times.len() as u32;
        for (node, time) in times.iter_mut().enumerate() {
            *time = if after_final[node] {
                events + 1
            } else {
                *time + batches_before(*time).max(stages.as_ref().map_or(0, |stages| stages[node]))
            };
        }
        Self { of: times, count: events + 1 + u32::from(has_final) }
    }

    /// Live gates by segment, events first, otherwise as they were made.
    fn order(&self, graph: &Graph, uses: &Uses) -> Vec<u32> {
        let gates = || {
            (1..graph.len() as u32)
                .filter(|&node| uses.has(node, Uses::LIVE) && graph.kind(node) != Kind::Leaf)
                .map(|node| (self.of[node as usize] as usize * 2 + usize::from(!is_event(graph, node)), node))
        };
        let mut starts = vec![0usize; self.count as usize * 2 + 1];
        gates().for_each(|(bucket, _)| starts[bucket + 1] += 1);
        for bucket in 1..starts.len() {
            starts[bucket] += starts[bucket - 1];
        }
        let mut order = vec![0; starts.last().copied().unwrap_or(0)];
        for (bucket, node) in gates() {
            order[starts[bucket]] = node;
            starts[bucket] += 1;
        }
        order
    }
}

/// How many batches of reveals each node needs, final ones not counted; `None` when there are no others.
fn stages(graph: &Graph, uses: &Uses) -> Option<Vec<u32>> {
    let is_early =
        |node: u32| is_opening(graph, node) && uses.has(node, Uses::LIVE) && uses.has(node, Uses::STEERS);
    if !(1..graph.len() as u32).any(is_early) {
        return None;
    }
    let mut stages = vec![0; graph.len()];
    for node in 1..graph.len() as u32 {
        if matches!(graph.kind(node), Kind::Zero | Kind::Leaf) {
            continue;
        }
        let operands = graph.operands(node).map(|operand| stages[operand.node() as usize]);
        stages[node as usize] = operands[0].max(operands[1]) + u32::from(is_early(node));
    }
    Some(stages)
}

/// Fills in the layer after which each live node is known; returns after which layer each batch of reveals comes.
fn assign_times(graph: &Graph, uses: &Uses, stages: &Option<Vec<u32>>, times: &mut [u32]) -> Vec<u32> {
    let live = |node: &u32| uses.has(*node, Uses::LIVE);
    let layer_of = |times: &[u32], node: u32| match graph.kind(node) {
        Kind::Zero | Kind::Leaf => 0,
        _ => {
            let [a, b] = graph.operands(node).map(|operand| times[operand.node() as usize]);
            a.max(b) + u32::from(is_secret_and(graph, node))
        }
    };
    let nodes = 1..graph.len() as u32;
    let Some(stages) = stages else {
        for node in nodes.filter(live) {
            times[node as usize] = layer_of(times, node);
        }
        return Vec::new();
    };
    // The constant as well, so that there is something in stage 0.
    let mut by_stage: Vec<u32> = std::iter::once(0).chain(nodes.filter(live)).collect();
    by_stage.sort_by_key(|&node| stages[node as usize]);
    let mut batch_times = Vec::new();
    for (stage, bucket) in by_stage.chunk_by(|a, b| stages[*a as usize] == stages[*b as usize]).enumerate() {
        let is_batch = |node: u32| is_opening(graph, node) && !uses.is_final_opening(graph, node);
        if stage > 0 {
            let needed = bucket.iter().filter(|&&node| is_batch(node)).map(|&node| layer_of(times, node));
            batch_times.push(needed.max().unwrap_or(0));
        }
        for &node in bucket {
            times[node as usize] = match batch_times.last() {
                Some(&batch) if is_batch(node) => batch,
                _ => layer_of(times, node),
            };
        }
    }
    batch_times
}

/// Gives out wires and writes the steps.
struct Emitter<'a> {
    graph: &'a Graph,
    uses: &'a Uses,
    /// The wire of each node emitted so far.
    wires: Vec<u32>,
    /// The wire of its negation, where there is one.
    negated: Vec<u32>,
    /// The linear step being written.
    linear: Vec<LinearGate>,
    shares: BTreeMap<Literal, SecretWire>,
    program: GateProgram,
}

impl Emitter<'_> {
    /// Input bits, random ones, then switches: their wires, and the negations of them that are needed.
    fn leaves(&mut self, random: &[Literal], shuffles: &[Shuffle]) {
        let inputs: u32 = self.program.inputs.iter().map(|input| input.width).sum();
        for node in 1..=inputs {
            self.wires[node as usize] =
                if self.graph.is_secret(node) { self.secret().0 } else { self.public().0 };
        }
        if !random.is_empty() {
            let wires = random.iter().map(|&literal| self.leaf(literal)).collect();
            self.program.steps.push(Step::Random(wires));
        }
        if !shuffles.is_empty() {
            let mut switches = Vec::with_capacity(shuffles.len());
            for Shuffle { words, after_random, parties } in shuffles {
                let mut entered =
                    |party: &Vec<Literal>| party.iter().map(|&literal| self.leaf(literal)).collect();
                let parties = parties.iter().map(&mut entered).collect();
                switches.push(ShuffleSwitches { words: *words, after_random: *after_random, parties });
            }
            self.program.steps.push(Step::Switches(switches));
        }
        for node in (1..=inputs).chain(random.iter().map(|literal| literal.node())) {
            self.negate(node);
        }
        for literal in shuffles.iter().flat_map(|shuffle| shuffle.parties.iter().flatten()) {
            self.negate(literal.node());
        }
    }

    /// The wire of a bit that no gate makes.
    fn leaf(&mut self, literal: Literal) -> SecretWire {
        let wire = self.secret();
        self.wires[literal.node() as usize] = wire.0;
        wire
    }

    /// A layer of ANDs or a batch of reveals.
    fn event(&mut self, nodes: &[u32]) {
        let Some(&first) = nodes.first() else {
            return;
        };
        if !is_opening(self.graph, first) {
            self.flush();
            let gates = nodes.iter().map(|&node| self.and(node)).collect();
            self.program.steps.push(Step::And(gates));
        } else {
            let (revealed, signed): (Vec<u32>, Vec<u32>) =
                nodes.iter().partition(|&&node| self.graph.kind(node) == Kind::Reveal);
            // Constants in a message become wires before.
            let messages: Vec<_> = signed.iter().map(|&node| self.message(node)).collect();
            self.flush();
            if !revealed.is_empty() {
                let gates = revealed.into_iter().map(|node| self.reveal(node)).collect();
                self.program.steps.push(Step::Reveal(gates));
            }
            if !signed.is_empty() {
                let gates = signed.into_iter().zip(messages);
                let gates = gates.map(|(node, message)| self.sign(node, message)).collect();
                self.program.steps.push(Step::Sign(gates));
            }
        }
        nodes.iter().for_each(|&node| self.negate(node));
    }

    fn message(&mut self, node: u32) -> Vec<PublicWire> {
        let graph = self.graph;
        graph.message(node).iter().map(|&literal| self.public_output(literal)).collect()
    }

    fn sign(&mut self, node: u32, message: Vec<PublicWire>) -> SignGate {
        let out = PublicWire(self.program.public_wires);
        self.program.public_wires += SIGNATURE_BITS;
        self.wires[node as usize] = out.0;
        SignGate { message, out }
    }

    fn reveal(&mut self, node: u32) -> RevealGate {
        let [bit, _] = self.graph.operands(node);
        let gate = RevealGate { wire: self.secret_wire(bit), out: self.public() };
        self.wires[node as usize] = gate.out.0;
        gate
    }

    fn and(&mut self, node: u32) -> AndGate {
        let [a, b] = self.graph.operands(node);
        let gate = AndGate { a: self.secret_wire(a), b: self.secret_wire(b), out: self.secret() };
        self.wires[node as usize] = gate.out.0;
        gate
    }

    fn linear(&mut self, node: u32) {
        let [a, b] = self.graph.operands(node);
        match self.graph.kind(node) {
            Kind::Both => return,
            Kind::SignatureBit => {
                self.wires[node as usize] = self.wires[a.node() as usize] + (node - a.node() - 1);
                return self.negate(node);
            }
            _ => {}
        }
        // The public operand, if there is one of each kind, second.
        let (a, b) = if self.graph.is_public(a) && !self.graph.is_public(b) { (b, a) } else { (a, b) };
        let is_xor = self.graph.kind(node) == Kind::Xor;
        let gate = match (self.graph.is_public(a), self.graph.is_public(b)) {
            (false, false) => {
                LinearGate::Xor { a: self.secret_wire(a), b: self.secret_wire(b), out: self.secret() }
            }
            (false, true) => {
                let (a, public, out) = (self.secret_wire(a), self.public_wire(b), self.secret());
                if is_xor {
                    LinearGate::XorPublic { a, public, out }
                } else {
                    LinearGate::AndPublic { a, public, out }
                }
            }
            (true, _) => {
                let (a, b, out) = (self.public_wire(a), self.public_wire(b), self.public());
                if is_xor { LinearGate::PublicXor { a, b, out } } else { LinearGate::PublicAnd { a, b, out } }
            }
        };
        self.wires[node as usize] = match gate {
            LinearGate::PublicXor { out, .. } | LinearGate::PublicAnd { out, .. } => out.0,
            _ => self.program.secret_wires - 1,
        };
        self.linear.push(gate);
        self.negate(node);
    }

    /// Makes the negation of a node if it is needed.
    fn negate(&mut self, node: u32) {
        if !self.uses.has(node, Uses::NEGATED) {
            return;
        }
        let a = self.wires[node as usize];
        let (gate, out) = if self.graph.is_secret(node) {
            let out = self.secret();
            (LinearGate::Not { a: SecretWire(a), out }, out.0)
        } else {
            let out = self.public();
            (LinearGate::PublicNot { a: PublicWire(a), out }, out.0)
        };
        self.negated[node as usize] = out;
        self.linear.push(gate);
    }

    fn outputs(&mut self, outputs: &[(Visibility, Vec<Literal>)]) {
        for (visibility, word) in outputs {
            let wires = match visibility {
                Visibility::Public => {
                    OutputWires::Public(word.iter().map(|&literal| self.public_output(literal)).collect())
                }
                Visibility::Secret => {
                    OutputWires::Secret(word.iter().map(|&literal| self.secret_output(literal)).collect())
                }
            };
            self.program.outputs.push(wires);
        }
    }

    fn public_output(&mut self, literal: Literal) -> PublicWire {
        let (node, negate) = (literal.node() as usize, literal.is_negated());
        let wires = if negate { &self.negated } else { &self.wires };
        match (wires[node], literal.as_constant()) {
            (NONE, Some(value)) => {
                let out = self.public();
                self.linear.push(LinearGate::PublicConstant { value, out });
                if negate {
                    self.negated[node] = out.0
                } else {
                    self.wires[node] = out.0
                }
                out
            }
            (wire, _) => PublicWire(wire),
        }
    }

    fn secret_output(&mut self, literal: Literal) -> SecretWire {
        if !self.graph.is_public(literal) {
            return self.secret_wire(literal);
        }
        if let Some(&wire) = self.shares.get(&literal) {
            return wire;
        }
        let (public, out) = (self.public_output(literal), self.secret());
        self.linear.push(LinearGate::Share { public, out });
        self.shares.insert(literal, out);
        out
    }

    fn flush(&mut self) {
        if !self.linear.is_empty() {
            self.program.steps.push(Step::Linear(std::mem::take(&mut self.linear)));
        }
    }

    fn secret(&mut self) -> SecretWire {
        self.program.secret_wires += 1;
        SecretWire(self.program.secret_wires - 1)
    }

    fn public(&mut self) -> PublicWire {
        self.program.public_wires += 1;
        PublicWire(self.program.public_wires - 1)
    }

    fn secret_wire(&self, literal: Literal) -> SecretWire {
        SecretWire(self.wire(literal))
    }

    fn public_wire(&self, literal: Literal) -> PublicWire {
        PublicWire(self.wire(literal))
    }

    fn wire(&self, literal: Literal) -> u32 {
        let wires = if literal.is_negated() { &self.negated } else { &self.wires };
        let wire = wires[literal.node() as usize];
        debug_assert_ne!(wire, NONE, "node {} is used before it is made", literal.node());
        wire
    }
}
