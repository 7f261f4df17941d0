//! From a typed body to a function of the module.
//!
//! A variable is in locals if it is a number and no reference leads to it, else in the frame. The result of an expression
//! goes to a [`Sink`]; control flow carries no values on the stack.

use std::collections::BTreeSet;

use wasm_encoder::{Function, Instruction, ValType};

use super::code::{Code, Label, at};
use super::layout::{Layout, Repr};
use super::module::{FAULT, FAULT_PANIC, Failed, Instance, MESSAGE, MESSAGE_LENGTH, ModuleBuilder};
use super::references::referenced;
use crate::diagnostics::Diagnostic;
use crate::source::Span;
use crate::tree::{Expr, Local, LocalId, LoopId, Pattern};
use crate::types::{ClosureId, FunctionId, Type, Types};

/// Longest message of a panic.
const MAX_MESSAGE: usize = 200;

/// A value's place.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// In locals, this one the first.
    Locals(u32),
    /// In memory, so far behind the address in a local.
    Memory { base: u32, offset: u32 },
    /// Elements of a slice: locals with the address of the first, and their number.
    Slice { start: u32, length: u32 },
}

/// Where the result of an expression goes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sink {
    /// Nowhere: it has no bits.
    Nothing,
    /// Into locals, this one the first.
    Locals(u32),
    /// Into memory.
    Memory { base: u32, offset: u32 },
}

/// Where a variable is kept.
#[derive(Clone, Copy, Debug)]
enum Storage {
    Locals(u32),
    Memory { base: u32, offset: u32 },
}

/// A loop or labelled block being written.
pub(super) struct ActiveLoop {
    pub id: LoopId,
    pub end: Label,
    pub next: Option<Label>,
    pub sink: Sink,
}

/// Writes one function.
pub(super) struct Writer<'m, 'p, 'a> {
    pub m: &'m mut ModuleBuilder<'p, 'a>,
    pub code: Code,
    locals: Vec<Local>,
    storage: Vec<Option<Storage>>,
    /// The variables that references lead to.
    referenced: BTreeSet<LocalId>,
    pub loops: Vec<ActiveLoop>,
    /// Where the function's result goes, and what leaves it.
    pub result: Sink,
    pub exit: Option<Label>,
}

/// Writes the function that an instance is.
pub(super) fn write(
    m: &mut ModuleBuilder<'_, '_>,
    instance: &Instance,
    span: Span,
) -> Result<Function, Failed> {
    let (parameters, _) = m.signature(instance, span)?;
    let code = Code::new(&parameters);
    let mut writer = Writer {
        m,
        code,
        locals: Vec::new(),
        storage: Vec::new(),
        referenced: BTreeSet::new(),
        loops: Vec::new(),
        result: Sink::Nothing,
        exit: None,
    };
    match instance {
        Instance::Function(id, generics) => writer.function(*id, generics, span)?,
        Instance::Closure(id) => writer.closure(*id, span)?,
        Instance::Equal(ty) => writer.equal_function(ty, span)?,
        Instance::Compare(ty) => writer.compare_function(ty, span)?,
        Instance::Clone(ty) => writer.clone_function(ty, span)?,
        Instance::Default(ty) => writer.default_function(ty, span)?,
        Instance::Decode(ty) => writer.decode_function(ty, span)?,
        Instance::Encode(ty) => writer.encode_function(ty, span)?,
        Instance::Entry(id, generics) => writer.entry(*id, generics, span)?,
        Instance::Reserve => super::helpers::reserve(&mut writer.code),
        Instance::Copy => super::helpers::copy(&mut writer.code),
        Instance::Multiply => super::helpers::multiply(&mut writer.code),
        Instance::Shift(kind) => super::helpers::shift(&mut writer.code, *kind),
    }
    Ok(writer.code.finish())
}

impl Writer<'_, '_, '_> {
    pub(super) fn layout(&mut self, ty: &Type, span: Span) -> Result<Layout, Failed> {
        self.m.layout(ty, span)
    }

    fn function(&mut self, id: FunctionId, generics: &Types, span: Span) -> Result<(), Failed> {
        let Some(body) = self.m.program.body(id, generics) else { return Err(Failed) };
        let (types, result) = self.m.function_types(id, generics)?;
        self.check_result(&result, &body.value)?;
        self.locals = body.locals.clone();
        self.storage = vec![None; body.locals.len()];
        referenced(&body.parameters, &body.value, &mut self.referenced);
        self.body(&[], &types, &result, &body.parameters, &body.value, span)
    }

    fn closure(&mut self, id: ClosureId, span: Span) -> Result<(), Failed> {
        let info = self.m.program.closure(id);
        let Some(body) = info.body.clone() else {
            return Err(self.m.inconsistent(span, "a closure without a body"));
        };
        self.locals = info.locals.to_vec();
        self.storage = vec![None; info.locals.len()];
        referenced(&body.parameters, &body.value, &mut self.referenced);
        let result = self.layout(&info.result, span)?;
        // The variables around it: after the place of the result comes the address of where they are kept.
        let environment = u32::from(result.repr == Repr::Memory);
        if info.moves {
            for (local, part) in info.captured.iter().zip(self.m.captures(id, span)?) {
                self.storage[local.0] = Some(Storage::Memory { base: environment, offset: part.offset });
            }
        } else {
            for (index, local) in info.captured.iter().enumerate() {
                let address = self.code.local(ValType::I32);
                self.code.get(environment);
                self.code.op(Instruction::I32Load(at(4 * index as u32)));
                self.code.set(address);
                self.storage[local.0] = Some(Storage::Memory { base: address, offset: 0 });
            }
        }
        let parameters = info.parameters.to_vec();
        self.body(&[environment], &parameters, &info.result, &body.parameters, &body.value, span)
    }

    /// Binds the parameters, runs the body, and leaves its result as the function's.
    fn body(
        &mut self,
        before: &[u32],
        types: &[Type],
        result: &Type,
        patterns: &[Pattern],
        value: &Expr,
        span: Span,
    ) -> Result<(), Failed> {
        let layout = self.layout(result, span)?;
        let in_memory = layout.repr == Repr::Memory;
        self.result = match layout.repr {
            Repr::Unit => Sink::Nothing,
            Repr::Memory => Sink::Memory { base: 0, offset: 0 },
            repr => Sink::Locals(self.code.locals_for(repr)),
        };
        let mut next = u32::from(in_memory) + before.len() as u32;
        let mut places = Vec::new();
        for ty in types {
            let layout = self.layout(ty, span)?;
            places.push(match layout.repr {
                Repr::Memory => Place::Memory { base: next, offset: 0 },
                _ => Place::Locals(next),
            });
            next += super::code::value_types(layout.repr).len() as u32;
        }
        let exit = self.code.block();
        self.exit = Some(exit);
        for ((pattern, place), ty) in patterns.iter().zip(&places).zip(types) {
            self.parameter(pattern, *place, ty, span)?;
        }
        self.emit(value, self.result)?;
        self.code.end();
        if let Sink::Locals(first) = self.result {
            self.code.push(layout.repr, first);
        }
        Ok(())
    }

    /// A parameter that is just a variable stays where it was passed.
    fn parameter(&mut self, pattern: &Pattern, place: Place, ty: &Type, span: Span) -> Result<(), Failed> {
        if let Pattern::Local { id, by_reference: false, inner: None } = pattern
            && let Some(storage) = self.storage.get_mut(id.0)
        {
            match place {
                Place::Memory { base, offset } => {
                    *storage = Some(Storage::Memory { base, offset });
                    return Ok(());
                }
                Place::Locals(first) if !self.referenced.contains(id) => {
                    *storage = Some(Storage::Locals(first));
                    return Ok(());
                }
                Place::Locals(_) | Place::Slice { .. } => {}
            }
        }
        self.bind(pattern, place, ty, span)
    }

    /// A closure that is returned must not refer to variables that are gone.
    fn check_result(&mut self, result: &Type, value: &Expr) -> Result<(), Failed> {
        let mut bad = None;
        result.any(&mut |part| {
            if let Type::Closure(id) = part {
                let info = self.m.program.closure(*id);
                if !info.moves && !info.captured.is_empty() && info.span.file == value.span.file {
                    bad = Some(info.span);
                }
            }
            bad.is_some()
        });
        match bad {
            Some(span) => Err(self.m.report(
                Diagnostic::new(span, "this closure is returned, but refers to variables of the function")
                    .help("write `move` before it, so that it takes copies: `move |x| ..`"),
            )),
            None => Ok(()),
        }
    }

    /// Where a variable is; it is given a place when it is bound first.
    pub(super) fn variable(&mut self, id: LocalId, span: Span) -> Result<(Place, Type), Failed> {
        let Some(local) = self.locals.get(id.0) else {
            return Err(self.m.inconsistent(span, "a variable that there is not"));
        };
        let ty = local.ty.clone();
        let storage = match self.storage[id.0] {
            Some(storage) => storage,
            None => {
                let layout = self.layout(&ty, span)?;
                let in_memory =
                    layout.repr == Repr::Memory || layout.repr == Repr::Unit || self.referenced.contains(&id);
                let storage = if in_memory {
                    Storage::Memory { base: self.code.frame_pointer, offset: self.code.room(layout.size) }
                } else {
                    Storage::Locals(self.code.locals_for(layout.repr))
                };
                self.storage[id.0] = Some(storage);
                storage
            }
        };
        let place = match storage {
            Storage::Locals(first) => Place::Locals(first),
            Storage::Memory { base, offset } => Place::Memory { base, offset },
        };
        Ok((place, ty))
    }

    /// Stops the code with a message.
    pub(super) fn panic(&mut self, text: &str) {
        let mut text = text;
        while text.len() > MAX_MESSAGE {
            let end = text.char_indices().map(|(at, _)| at).take_while(|at| *at <= MAX_MESSAGE).last();
            text = &text[..end.unwrap_or(0)];
        }
        let address = self.m.bytes(text.as_bytes());
        self.code.i32(address);
        self.code.op(Instruction::GlobalSet(MESSAGE));
        self.code.i32(text.len() as u32);
        self.code.ops([
            Instruction::GlobalSet(MESSAGE_LENGTH),
            Instruction::I32Const(FAULT_PANIC),
            Instruction::GlobalSet(FAULT),
            Instruction::Unreachable,
        ]);
    }

    /// A temporary place in the frame.
    pub(super) fn temporary(&mut self, size: u32) -> Place {
        Place::Memory { base: self.code.frame_pointer, offset: self.code.room(size) }
    }

    /// Pushes the address of a place in memory; of a slice, that of its first element.
    pub(super) fn push_address(&mut self, place: Place, span: Span) -> Result<(), Failed> {
        match place {
            Place::Memory { base, offset } => {
                self.code.get(base);
                if offset != 0 {
                    self.code.i32(offset);
                    self.code.op(Instruction::I32Add);
                }
                Ok(())
            }
            Place::Slice { start, .. } => {
                self.code.get(start);
                Ok(())
            }
            Place::Locals(_) => Err(self.m.inconsistent(span, "the address of a local")),
        }
    }

    /// Pushes the value at a place; of one in memory its address.
    pub(super) fn load(&mut self, place: Place, ty: &Type, span: Span) -> Result<(), Failed> {
        let layout = self.layout(ty, span)?;
        match place {
            Place::Locals(first) => self.code.push(layout.repr, first),
            Place::Slice { start, length } => {
                self.code.get(start);
                self.code.get(length);
            }
            Place::Memory { .. } if layout.repr == Repr::Memory => self.push_address(place, span)?,
            Place::Memory { base, offset } => self.load_memory(layout, ty, base, offset),
        }
        Ok(())
    }

    fn load_memory(&mut self, layout: Layout, ty: &Type, base: u32, offset: u32) {
        use Instruction as I;
        match layout.repr {
            Repr::Unit | Repr::Memory => {}
            Repr::I32 => {
                let signed = matches!(ty, Type::Integer(integer) if integer.signed);
                self.code.get(base);
                self.code.op(match (layout.size, signed) {
                    (1, false) => I::I32Load8U(at(offset)),
                    (1, true) => I::I32Load8S(at(offset)),
                    (2, false) => I::I32Load16U(at(offset)),
                    (2, true) => I::I32Load16S(at(offset)),
                    _ => I::I32Load(at(offset)),
                });
            }
            Repr::I64 => {
                self.code.get(base);
                self.code.op(I::I64Load(at(offset)));
            }
            Repr::I128 => {
                for word in 0..2 {
                    self.code.get(base);
                    self.code.op(I::I64Load(at(offset + 8 * word)));
                }
            }
            Repr::Fat => {
                for word in 0..2 {
                    self.code.get(base);
                    self.code.op(I::I32Load(at(offset + 4 * word)));
                }
            }
        }
    }

    /// Pops the value at the top of the stack into a place; of one in memory, its address is at the top.
    pub(super) fn store(&mut self, layout: Layout, sink: Sink) {
        use Instruction as I;
        match sink {
            Sink::Nothing => self.code.discard(layout.repr),
            Sink::Locals(first) => self.code.pop(layout.repr, first),
            Sink::Memory { base, offset } => match layout.repr {
                Repr::Unit => {}
                Repr::Memory => {
                    let from = self.code.local(ValType::I32);
                    self.code.set(from);
                    self.copy(base, offset, from, 0, layout.size);
                }
                repr => {
                    let first = self.code.locals_for(repr);
                    self.code.pop(repr, first);
                    let count = super::code::value_types(repr).len() as u32;
                    for index in 0..count {
                        self.code.get(base);
                        self.code.get(first + index);
                        self.code.op(match (repr, layout.size) {
                            (Repr::I32, 1) => I::I32Store8(at(offset)),
                            (Repr::I32, 2) => I::I32Store16(at(offset)),
                            (Repr::I32 | Repr::Fat, _) => I::I32Store(at(offset + 4 * index)),
                            _ => I::I64Store(at(offset + 8 * index)),
                        });
                    }
                }
            },
        }
    }

    /// Copies bytes between places that do not overlap.
    pub(super) fn copy(&mut self, to: u32, to_offset: u32, from: u32, from_offset: u32, size: u32) {
        use Instruction as I;
        if size > 64 {
            let places = [
                Place::Memory { base: to, offset: to_offset },
                Place::Memory { base: from, offset: from_offset },
            ];
            for place in places {
                let _ = self.push_address(place, Span::default());
            }
            self.code.i32(size);
            // Asking for it reports nothing but that there are too many functions, which the caller comes to as well.
            if let Ok(number) = self.m.require(Instance::Copy, Span::default()) {
                self.code.op(I::Call(number));
            }
            return;
        }
        let mut done = 0;
        for step in [8, 4, 2, 1] {
            while size - done >= step {
                self.code.get(to);
                self.code.get(from);
                let (load, store) = (at(from_offset + done), at(to_offset + done));
                match step {
                    8 => self.code.ops([I::I64Load(load), I::I64Store(store)]),
                    4 => self.code.ops([I::I32Load(load), I::I32Store(store)]),
                    2 => self.code.ops([I::I32Load16U(load), I::I32Store16(store)]),
                    _ => self.code.ops([I::I32Load8U(load), I::I32Store8(store)]),
                }
                done += step;
            }
        }
    }

    /// Calls a function of the module.
    pub(super) fn call_instance(&mut self, instance: Instance, span: Span) -> Result<(), Failed> {
        let number = self.m.require(instance, span)?;
        self.code.op(Instruction::Call(number));
        Ok(())
    }

    /// Pops an address into a local and gives the place there.
    pub(super) fn popped_place(&mut self) -> Place {
        let base = self.code.local(ValType::I32);
        self.code.set(base);
        Place::Memory { base, offset: 0 }
    }

    /// A part of a place.
    pub(super) fn within(&mut self, place: Place, by: u32, span: Span) -> Result<Place, Failed> {
        match place {
            Place::Memory { base, offset } => Ok(Place::Memory { base, offset: offset + by }),
            // What has no bits is nowhere.
            Place::Locals(_) => Ok(Place::Memory { base: self.code.frame_pointer, offset: 0 }),
            Place::Slice { .. } => Err(self.m.inconsistent(span, "a part of a slice")),
        }
    }
}

impl Place {
    /// The place as where something goes.
    pub(super) fn sink(self) -> Sink {
        match self {
            Self::Locals(first) => Sink::Locals(first),
            Self::Memory { base, offset } => Sink::Memory { base, offset },
            Self::Slice { .. } => Sink::Nothing,
        }
    }
}
