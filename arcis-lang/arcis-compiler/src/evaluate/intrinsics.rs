//! What the prelude leaves to the compiler: its functions without a body.

use std::sync::Arc;

use arcis_circuit::{Op, WireId};

use arcis_circuit::circuit::MAX_MESSAGE_BYTES;
use arcis_circuit::library::sort::network;
use arcis_circuit::library::{FieldFunction, Gadget, Hash, Known, ed25519};

use super::value::{Owner, Value};
use super::{Evaluator, Stop};
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::types::{IntegerType, Type, Types};

/// What is signed in place of a message where a public condition says that it is not to be signed, as far as it is long and
/// then zeros: a circuit always signs as often as it can.
const NOTHING_TO_SIGN: &[u8] = b"arx: a condition did not hold; nothing was signed";

impl Evaluator<'_, '_> {
    /// Runs an intrinsic; `generics` is what its generic parameters are.
    pub(super) fn intrinsic(
        &mut self,
        name: &str,
        generics: &Types,
        arguments: Vec<Value>,
        result: &Type,
        span: Span,
    ) -> Result<Value, Stop> {
        let _ = result;
        let first = generics.first().cloned().unwrap_or(Type::Error);
        match (name, arguments.as_slice()) {
            ("__reveal", [value]) => self.reveal(value, span),
            ("__len", [Value::Reference(slice)]) => {
                let count = self.count(slice, span)?;
                Ok(Value::Word(self.graph.integer(count.into(), 64, span)))
            }
            ("__is_known", [value]) => {
                let known = self.constant_of(value).is_some();
                Ok(Value::Word(self.graph.bool(known, span)))
            }
            ("__is_public", [value]) => {
                let public =
                    value.words().is_some_and(|words| words.iter().all(|it| self.graph.is_public(*it)));
                Ok(Value::Word(self.graph.bool(public, span)))
            }
            ("__in_the_clear", []) => Ok(Value::Word(self.graph.bool(false, span))),
            ("__zeroed", []) => self.default_value(&first, span),
            ("__copy", [Value::Reference(place)]) => self.read(place, span),
            ("__from_bytes", [Value::Aggregate(bytes)]) => {
                let mut words = Vec::with_capacity(bytes.len());
                for byte in bytes.iter() {
                    words.push(self.word_of(byte, span)?);
                }
                Ok(Value::Word(self.graph.build(Op::Concat(words), span)))
            }
            ("__to_bytes", [Value::Word(word)]) => {
                let count = self.graph.width(*word) / 8;
                let bytes = (0..count).map(|index| {
                    let byte = Op::Slice { a: *word, offset: index * 8, width: 8 };
                    Value::Word(self.graph.build(byte, span))
                });
                Ok(Value::aggregate(bytes.collect()))
            }
            ("__random", []) => {
                let width = self.word_width(&first, span)?;
                Ok(Value::Word(self.graph.build(Op::Random { width }, span)))
            }
            ("__random_bits", [width]) => {
                let wanted = self.known_number(width, span)? as u32;
                let full = self.word_width(&first, span)?;
                if wanted == 0 {
                    return Ok(Value::Word(self.graph.integer(0, full, span)));
                }
                let drawn = self.graph.build(Op::Random { width: wanted.min(full) }, span);
                Ok(Value::Word(self.resized(drawn, wanted.min(full), full, false, span)))
            }
            ("__count_ones", [Value::Word(word)]) => Ok(self.counted(Op::CountOnes(*word), span)),
            ("__reverse_bits", [Value::Word(word)]) => {
                let bits = (0..self.graph.width(*word)).rev();
                let bits =
                    bits.map(|offset| self.graph.build(Op::Slice { a: *word, offset, width: 1 }, span));
                let bits = bits.collect();
                Ok(Value::Word(self.graph.build(Op::Concat(bits), span)))
            }
            ("__leading_zeros", [Value::Word(word)]) => Ok(self.counted(Op::LeadingZeros(*word), span)),
            ("__shuffle", [Value::Reference(slice)]) => self.shuffle(slice, span),
            ("__sign", [Value::Reference(message)]) => self.sign(message, span),
            ("__hash", [kind, Value::Reference(message)]) => self.hash(kind, message, span),
            ("__verify", [_, _, _]) => self.verify(&arguments, span),
            (
                "__overflowing_add" | "__overflowing_sub" | "__overflowing_mul",
                [Value::Word(a), Value::Word(b)],
            ) => self.overflowing(name, &first, *a, *b, span),
            ("__multiply_wide", [Value::Word(a), Value::Word(b)]) => {
                let width = self.graph.width(*a);
                let signed = is_signed(&first);
                let a = self.resized(*a, width, 2 * width, signed, span);
                let b = self.resized(*b, width, 2 * width, signed, span);
                let product = self.graph.build(Op::Mul(a, b), span);
                let low = self.graph.build(Op::Slice { a: product, offset: 0, width }, span);
                let high = self.graph.build(Op::Slice { a: product, offset: width, width }, span);
                Ok(Value::aggregate(vec![Value::Word(low), Value::Word(high)]))
            }
            (
                "__sqrt" | "__exp" | "__exp2" | "__ln" | "__log2" | "__sigmoid" | "__logit",
                [Value::Word(number)],
            ) => self.float_call(name, &first, &[*number], span),
            ("__field25519", [kind, Value::Word(a), Value::Word(b)]) => {
                let kind = self.known_number(kind, span)?;
                Ok(Value::Word(self.field_function(kind, *a, *b, span)))
            }
            ("__mxe", []) => Ok(Value::Owner(Owner::Application { source: None })),
            ("__is_key_of", [key, Value::Reference(client)]) => {
                let client = self.read(client, span)?;
                self.key_of(key, &client, span)
            }
            ("__owner_of_key", [Value::Owner(owner)]) => Ok(Value::Owner(*owner)),
            ("__owner_of_key", [_]) => Err(self.stop(
                Diagnostic::new(span, "the key of an owner has to be an argument of the instruction")
                    .help("take it as an argument: `recipient: ArcisX25519Pubkey`"),
            )),
            ("__reference_elements", [Value::Reference(slice)]) => {
                let count = self.count(slice, span)?;
                let all = (0..count).map(|index| {
                    let step = super::memory::Step::Part(index);
                    Value::Reference(Arc::new(slice.step(&step)))
                });
                Ok(boxed(Value::aggregate(all.collect())))
            }
            // `Some` is the second variant.
            ("__filled", [Value::Reference(option)]) => {
                Ok(Value::Reference(Arc::new(option.step(&super::memory::Step::Field(1, 0)))))
            }
            ("__element", [Value::Reference(slice), index]) => {
                let index = self.word_of(index, span)?;
                let place = self.element(slice, index, &first, span)?;
                Ok(Value::Reference(Arc::new(place)))
            }
            ("__range", [Value::Reference(slice), start, end]) => {
                let (start, end) = (self.known_number(start, span)?, self.known_number(end, span)?);
                let count = u64::from(self.count(slice, span)?);
                if start > end || end > count {
                    let message =
                        format!("this array has {count} elements, the part goes from {start} to {end}");
                    let help = "take a part that is within the array";
                    return Err(self.stop(Diagnostic::new(span, message).help(help)));
                }
                let step = super::memory::Step::Range(start as u32, (end - start) as u32);
                Ok(Value::Reference(Arc::new(slice.step(&step))))
            }
            ("__array_from_fn", [function]) => {
                let Some(Type::Constant(count)) = generics.iter().find(|ty| matches!(ty, Type::Constant(_)))
                else {
                    return Err(self.inconsistent(span, "an array without a length"));
                };
                let function = function.clone();
                let mut elements = Vec::new();
                for index in 0..*count {
                    let index = Value::Word(self.graph.integer(index, 64, span));
                    elements.push(self.call_value(&function, vec![index], &first, span)?);
                }
                Ok(Value::aggregate(elements))
            }
            ("__push", [Value::Reference(list), value]) => {
                // A list is within one function of the prelude, which is not left while it grows.
                if let super::memory::Reference::Place(place) = list.as_ref()
                    && place.path.is_empty()
                    && let Value::Aggregate(boxed) = self.memory.slot_mut(place.slot)
                    && let Some(Value::Aggregate(parts)) = Arc::make_mut(boxed).first_mut()
                {
                    Arc::make_mut(parts).push(value.clone());
                    return Ok(Value::unit());
                }
                Err(self.inconsistent(span, "a list was expected"))
            }
            ("__network", [count]) => {
                let count = self.known_number(count, span)?;
                let pairs = network(count as usize).into_iter().map(|(low, high)| {
                    let places = [low, high];
                    let places = places.map(|it| Value::Word(self.graph.integer(it as u128, 64, span)));
                    Value::aggregate(places.to_vec())
                });
                Ok(boxed(Value::aggregate(pairs.collect())))
            }
            ("__empty_list", []) => Ok(boxed(Value::unit())),
            ("__tree", [list, function]) => self.tree(list, function, span),
            ("__list_of", [array]) => Ok(boxed(array.clone())),
            ("__is_plain_order", []) => {
                let plain =
                    !self.program.has_own("PartialOrd", &first) && !self.program.has_own("Ord", &first);
                Ok(Value::Word(self.graph.bool(plain, span)))
            }
            _ => Err(self.inconsistent(span, &format!("the intrinsic `{name}` is unknown"))),
        }
    }

    /// Joins all of a list by a function, in a tree; an option, which is none for an empty list.
    fn tree(&mut self, list: &Value, function: &Value, span: Span) -> Result<Value, Stop> {
        let inner = match list {
            Value::Aggregate(boxed) => boxed.first(),
            _ => None,
        };
        let Some(Value::Aggregate(parts)) = inner else {
            return Err(self.inconsistent(span, "a list was expected"));
        };
        let mut level = parts.as_ref().clone();
        while level.len() > 1 {
            let mut next = Vec::with_capacity(level.len().div_ceil(2));
            for pair in level.chunks(2) {
                next.push(match pair {
                    [a, b] => self.call_value(function, vec![a.clone(), b.clone()], &Type::Error, span)?,
                    rest => rest[0].clone(),
                });
            }
            level = next;
        }
        Ok(match level.pop() {
            Some(value) => self.variant(1, 2, vec![value], span),
            None => self.variant(0, 2, Vec::new(), span),
        })
    }

    /// A function modulo 2^255 - 19; the inverse takes the first number alone.
    fn field_function(&mut self, kind: u64, a: WireId, b: WireId, span: Span) -> WireId {
        let function = match kind {
            0 => FieldFunction::Add,
            1 => FieldFunction::Sub,
            2 if a == b => FieldFunction::Square,
            2 => FieldFunction::Mul,
            _ if self.graph.is_public(a) => FieldFunction::PublicInverse,
            _ => FieldFunction::Inverse,
        };
        // Equal products are made once.
        let operands = if function == FieldFunction::Mul { [a.min(b), a.max(b)] } else { [a, b] };
        let operands = operands[..function.operands()].to_vec();
        self.graph.call(&Gadget::Field25519(function), operands, span)[0]
    }

    /// A number of bits, as 32 bits.
    fn counted(&mut self, op: Op, span: Span) -> Value {
        let count = self.graph.build(op, span);
        let width = self.graph.width(count);
        Value::Word(self.resized(count, width, 32, false, span))
    }

    /// Brings the elements of a slice into an order that nobody knows.
    fn shuffle(&mut self, slice: &super::memory::Reference, span: Span) -> Result<Value, Stop> {
        if let Some(condition) = self.secret_condition() {
            return Err(self.stop(
                Diagnostic::new(span, "a shuffle cannot depend on a secret")
                    .related(condition, "this condition is secret")
                    .help("shuffle always, and choose between the results"),
            ));
        }
        let old = self.read(slice, span)?;
        let Value::Aggregate(parts) = &old else {
            return Err(self.inconsistent(span, "a slice was expected"));
        };
        if parts.len() < 2 {
            return Ok(Value::unit());
        }
        let mut records = Vec::with_capacity(parts.len());
        for part in parts.iter() {
            let Some(words) = part.words() else {
                return Err(self.stop(
                    Diagnostic::new(span, "these cannot be shuffled")
                        .help("shuffle numbers, bools and keys, or structs, tuples and arrays of them"),
                ));
            };
            records.push(self.graph.build(Op::Concat(words), span));
        }
        let shuffled = self.graph.build_all(Op::Shuffle { words: records }, span);
        for (index, (part, record)) in parts.iter().zip(shuffled).enumerate() {
            let mut offset = 0;
            let mut words = Vec::new();
            for word in part.words().unwrap_or_default() {
                let width = self.graph.width(word);
                words.push(self.graph.build(Op::Slice { a: record, offset, width }, span));
                offset += width;
            }
            let value = super::places::rebuilt(part, &mut words.into_iter());
            let place = slice.step(&super::memory::Step::Part(index as u32));
            self.write(&place, value, span)?;
        }
        Ok(Value::unit())
    }

    /// The digest of bytes: a function of the library.
    fn hash(&mut self, kind: &Value, message: &super::memory::Reference, span: Span) -> Result<Value, Stop> {
        let hash = match self.known_number(kind, span)? {
            0 => Hash::Sha256,
            1 => Hash::Sha512,
            2 => Hash::Sha3_256,
            3 => Hash::Sha3_512,
            4 => Hash::Keccak256,
            _ => Hash::TurboShake128,
        };
        let message = self.read(message, span)?;
        let Some(bytes) = message.words() else {
            return Err(self.inconsistent(span, "bytes were expected"));
        };
        if bytes.len() > arcis_circuit::library::hash::MAX_BYTES as usize {
            return Err(self.stop(
                Diagnostic::new(span, "this message is too long to be hashed in a circuit")
                    .help("hash parts of it, and then the hashes"),
            ));
        }
        let gadget = Gadget::Hash { hash, bytes: bytes.len() as u32 };
        let args =
            if bytes.is_empty() { Vec::new() } else { vec![self.graph.build(Op::Concat(bytes), span)] };
        let outputs = self.graph.call(&gadget, args, span);
        let digest = outputs[0];
        let bytes = (0..self.graph.width(digest) / 8).map(|index| {
            let byte = Op::Slice { a: digest, offset: index * 8, width: 8 };
            Value::Word(self.graph.build(byte, span))
        });
        Ok(Value::aggregate(bytes.collect()))
    }

    /// Whether a signature is one: key, message and signature, each a reference to bytes. It is known when compiling, or else
    /// before the circuit runs, by the prelude's function for the clear. As a part of the circuit it would take more gates
    /// than one may have, also where it is public ([`ed25519`] says how many).
    fn verify(&mut self, arguments: &[Value], span: Span) -> Result<Value, Stop> {
        let mut words = Vec::new();
        for argument in arguments {
            let bytes = match argument {
                Value::Reference(reference) => self.read(reference, span)?.words(),
                _ => None,
            };
            let Some(bytes) = bytes else {
                return Err(self.inconsistent(span, "bytes were expected"));
            };
            words.push(bytes);
        }
        let [key, message, signature] = &words[..] else {
            return Err(self.inconsistent(span, "a key, a message and a signature were expected"));
        };
        let bytes = message.len() as u32;
        if bytes > ed25519::MAX_MESSAGE_BYTES {
            return Err(self.stop(
                Diagnostic::new(span, "this message is too long for its signature to be verified")
                    .help("have the hash of it signed"),
            ));
        }
        let all: Vec<WireId> = words.iter().flatten().copied().collect();
        if all.iter().all(|word| self.graph.constant_value(*word).is_some()) {
            let words = [key, signature, message].into_iter().filter(|bytes| !bytes.is_empty());
            let words = words.map(|bytes| self.graph.build(Op::Concat(bytes.clone()), span)).collect();
            let valid =
                self.graph.call(&Gadget::Ed25519Verify { known: Known::Everything, bytes }, words, span);
            return Ok(Value::Word(valid[0]));
        }
        if all.iter().any(|word| !self.graph.is_public(*word)) {
            return Err(self.stop(
                Diagnostic::new(span, "verifying a signature of secrets takes more gates than a circuit may have")
                    .help("take key, message and signature as plaintext arguments: that is verified before the circuit runs, without gates. For a secret message have its hash signed, and compare that with the hash of the secret in the circuit"),
            ));
        }
        if !self.is_before(&all) {
            return Err(self.stop(
                Diagnostic::new(span, "a signature is verified before or after the circuit, and this one is of what the circuit reveals")
                    .help("verify it in a `#[public]` function and return what that says: such functions take revealed values when the circuit is over"),
            ));
        }
        let Some(function) = self.program.prelude_function("__clear_verify") else {
            return Err(self.inconsistent(span, "a function of the prelude is missing"));
        };
        self.record_public_call(function, &Types::default(), arguments, span)
    }

    /// Notes that a key, an argument of its own, is that of the client who encrypted some data.
    fn key_of(&mut self, key: &Value, client: &Value, span: Span) -> Result<Value, Stop> {
        let (Value::Owner(Owner::Client { slot: key }), Value::Owner(Owner::Client { slot: client })) =
            (key, client)
        else {
            return Err(self.stop(
                Diagnostic::new(span, "the key of a client has to be an argument of the instruction")
                    .help("take it as an argument: `key: ArcisX25519Pubkey`"),
            ));
        };
        let other = self.keys_of.insert(*key, *client).filter(|other| other != client);
        if other.is_some() {
            return Err(self.stop(
                Diagnostic::new(span, "this key is said to be that of two clients")
                    .help("every `EncData` may be from another client: make one of what one client sends, `EncData<(A, B)>`, or use `Enc<Shared, _>`"),
            ));
        }
        Ok(Value::unit())
    }

    /// A signature of bytes by the application's key. Everybody knows it: whoever sees it can use it.
    fn sign(&mut self, message: &super::memory::Reference, span: Span) -> Result<Value, Stop> {
        if let Some(condition) = self.secret_condition() {
            return Err(self.stop(
                Diagnostic::new(span, "a secret decides whether this is signed")
                    .related(condition, "this condition is secret")
                    .help("every node sees the signature, needed or not: reveal the condition, and sign where it holds"),
            ));
        }
        if self.live(span).is_some_and(|live| !self.graph.is_public(live)) {
            return Err(self.stop(Diagnostic::new(span, "a secret decides whether this is signed").help(
                "a `return`, `break` or `?` before this depends on a secret: reveal it first, or sign before it",
            )));
        }
        let message = self.read(message, span)?;
        let Some(bytes) = message.words() else {
            return Err(self.inconsistent(span, "bytes were expected"));
        };
        if bytes.iter().any(|byte| !self.graph.is_public(*byte)) {
            return Err(self.stop(Diagnostic::new(span, "the message of a signature has to be public").help(
                "reveal it before: `MXESigningKey::sign(&message.reveal())`; a hash of a secret can stand for it",
            )));
        }
        if bytes.len() > MAX_MESSAGE_BYTES as usize {
            return Err(self.stop(
                Diagnostic::new(span, "this message is too long to be signed").help("sign its hash instead"),
            ));
        }
        let bytes = match self.path_condition(span) {
            None => bytes,
            Some(condition) => {
                // Where the (public) condition does not hold, the author's message must not be signed.
                let other = NOTHING_TO_SIGN.iter().copied().chain(std::iter::repeat(0));
                let choose = |(when_true, other): (WireId, u8)| {
                    let when_false = self.graph.integer(other.into(), 8, span);
                    self.graph.build(Op::Select { condition, when_true, when_false }, span)
                };
                bytes.into_iter().zip(other).map(choose).collect()
            }
        };
        let signature = self.graph.build(Op::Sign { message: bytes }, span);
        let bytes = (0..self.graph.width(signature) / 8).map(|index| {
            let byte = Op::Slice { a: signature, offset: index * 8, width: 8 };
            Value::Word(self.graph.build(byte, span))
        });
        Ok(Value::aggregate(bytes.collect()))
    }

    fn overflowing(
        &mut self,
        name: &str,
        ty: &Type,
        a: WireId,
        b: WireId,
        span: Span,
    ) -> Result<Value, Stop> {
        let width = self.graph.width(a);
        let signed = is_signed(ty);
        let wide = if name == "__overflowing_mul" { 2 * width } else { width + 1 };
        let wide_a = self.resized(a, width, wide, signed, span);
        let wide_b = self.resized(b, width, wide, signed, span);
        let exact = match name {
            "__overflowing_add" => Op::Add(wide_a, wide_b),
            "__overflowing_sub" => Op::Sub(wide_a, wide_b),
            _ => Op::Mul(wide_a, wide_b),
        };
        let exact = self.graph.build(exact, span);
        let kept = self.graph.build(Op::Slice { a: exact, offset: 0, width }, span);
        // It fits if the bits above are those that widening the kept ones gives.
        let above = self.graph.build(Op::Slice { a: exact, offset: width, width: wide - width }, span);
        let expected = if signed {
            let sign = self.graph.build(Op::Slice { a: kept, offset: width - 1, width: 1 }, span);
            self.resized(sign, 1, wide - width, true, span)
        } else {
            self.graph.integer(0, wide - width, span)
        };
        let fits = self.graph.build(Op::Eq(above, expected), span);
        let overflow = self.graph.build(Op::Not(fits), span);
        Ok(Value::aggregate(vec![Value::Word(kept), Value::Word(overflow)]))
    }
}

/// A value in a `Box`, which is a struct of one field.
fn boxed(value: Value) -> Value {
    Value::aggregate(vec![value])
}

fn is_signed(ty: &Type) -> bool {
    matches!(ty, Type::Integer(IntegerType { signed: true, .. }))
}
