//! The module while it is made: which functions it needs, constant data, and at the end its bytes.
//!
//! A function is asked for by what it is an instance of ([`Instance`]) and gets its number at once; its code is written when
//! its turn comes, and asks for others.

use std::collections::{HashMap, VecDeque};

use wasm_encoder::{
    CodeSection, ConstExpr, DataSection, ExportKind, ExportSection, Function, FunctionSection, GlobalSection,
    GlobalType, MemorySection, MemoryType, Module, TypeSection, ValType,
};

use super::code::value_types;
use super::layout::{Layout, Repr};
use crate::diagnostics::Diagnostic;
use crate::program::Program;
use crate::source::Span;
use crate::types::{ClosureId, FunctionId, Type, Types};

/// Something was reported.
#[derive(Clone, Copy, Debug)]
pub struct Failed;

/// Global: the end of the part of the stack that is free.
pub(super) const STACK_POINTER: u32 = 0;
/// Global: the end of the part of the heap that is taken.
pub(super) const HEAP: u32 = 1;
/// Global: what stopped the code, [`arcis_circuit::public`] has the numbers.
pub(super) const FAULT: u32 = 2;
/// Global: where the message of a panic is.
pub(super) const MESSAGE: u32 = 3;
/// Global: how long it is.
pub(super) const MESSAGE_LENGTH: u32 = 4;

pub(super) const FAULT_PANIC: i32 = arcis_circuit::public::FAULT_PANIC;
pub(super) const FAULT_OUT_OF_MEMORY: i32 = arcis_circuit::public::FAULT_OUT_OF_MEMORY;
pub(super) const FAULT_TOO_DEEP: i32 = arcis_circuit::public::FAULT_TOO_DEEP;

/// Where the stack ends; what is below is not used, so that no value has the address 0.
pub(super) const STACK_BOTTOM: u32 = 1024;
/// Where it begins: it grows downwards.
const STACK_TOP: u32 = 256 << 10;
/// Bytes of a page of memory.
const PAGE: u32 = arcis_circuit::public::PAGE_BYTES;
/// Most functions of a module.
const MAX_FUNCTIONS: usize = 10_000;

/// What a function of the module is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Instance {
    /// A function of the source, its generic parameters being these.
    Function(FunctionId, Types),
    /// A closure.
    Closure(ClosureId),
    /// Whether two values at addresses are equal; of slices, at addresses with lengths.
    Equal(Type),
    /// 0, 1 or 2: the first is less, they are equal, it is greater.
    Compare(Type),
    /// Copies a value from the second address to the first, with all that it owns.
    Clone(Type),
    /// Writes the default value at an address.
    Default(Type),
    /// Reads a value as it is written in arguments: from the second address to the first.
    Decode(Type),
    /// Writes a value as it is written in results: from the second address to the first.
    Encode(Type),
    /// What the host calls: reads arguments at an address, calls the function, gives the address of the result.
    Entry(FunctionId, Types),
    /// Makes room on the heap for so many bytes, and gives its address.
    Reserve,
    /// Copies bytes: to, from, how many. They do not overlap, or the target is before the source.
    Copy,
    /// The product of two 128-bit numbers.
    Multiply,
    /// A 128-bit number shifted: to the left, to the right with zeros, to the right with its sign.
    Shift(ShiftKind),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ShiftKind {
    Left,
    Right,
    RightSigned,
}

struct Slot {
    parameters: Vec<ValType>,
    results: Vec<ValType>,
    code: Option<Function>,
}

/// Makes a module of functions of a program.
pub struct ModuleBuilder<'p, 'a> {
    pub(super) program: &'p Program<'a>,
    pub(super) layouts: HashMap<Type, Layout>,
    slots: Vec<Slot>,
    numbers: HashMap<Instance, u32>,
    /// What is still to be written, and where the author's source asked for it.
    pending: VecDeque<(Instance, Span)>,
    data: Vec<u8>,
    interned: HashMap<Vec<u8>, u32>,
    entries: Vec<u32>,
    /// Where the author's source is at: the prelude is not the author's.
    pub(super) here: Span,
}

impl<'p, 'a> ModuleBuilder<'p, 'a> {
    /// A module without functions.
    pub fn new(program: &'p Program<'a>) -> Self {
        Self {
            program,
            layouts: HashMap::new(),
            slots: Vec::new(),
            numbers: HashMap::new(),
            pending: VecDeque::new(),
            data: Vec::new(),
            interned: HashMap::new(),
            entries: Vec::new(),
            here: Span::default(),
        }
    }

    /// Exports a function for the host and gives the number of its entry; the same function is one entry.
    ///
    /// # Errors
    /// When something was reported.
    pub fn entry(&mut self, id: FunctionId, generics: &Types, span: Span) -> Result<u32, Failed> {
        self.here = span;
        let number = self.require(Instance::Entry(id, generics.clone()), span)?;
        let place = self.entries.iter().position(|entry| *entry == number);
        let place = place.unwrap_or_else(|| {
            self.entries.push(number);
            self.entries.len() - 1
        });
        self.write_pending()?;
        Ok(place as u32)
    }

    /// Writes a function that the host does not call, for what is wrong with it.
    ///
    /// # Errors
    /// When something was reported.
    pub fn check(&mut self, id: FunctionId, span: Span) -> Result<(), Failed> {
        self.here = span;
        self.require(Instance::Function(id, Types::from([])), span)?;
        self.write_pending()
    }

    fn write_pending(&mut self) -> Result<(), Failed> {
        let mut result = Ok(());
        while let Some((instance, span)) = self.pending.pop_front() {
            self.here = span;
            let number = self.numbers[&instance] as usize;
            match super::function::write(self, &instance, span) {
                Ok(code) => self.slots[number].code = Some(code),
                Err(failed) => result = Err(failed),
            }
        }
        result
    }

    /// The number of a function.
    pub(super) fn require(&mut self, instance: Instance, span: Span) -> Result<u32, Failed> {
        if let Some(number) = self.numbers.get(&instance) {
            return Ok(*number);
        }
        if self.slots.len() >= MAX_FUNCTIONS {
            return Err(self.report(
                Diagnostic::new(span, "this needs too many instances of generic functions")
                    .help("end the recursion of generic parameters, or use fewer types"),
            ));
        }
        let span = if span.file == 0 { self.here } else { span };
        let (parameters, results) = self.signature(&instance, span)?;
        let number = self.slots.len() as u32;
        self.slots.push(Slot { parameters, results, code: None });
        self.numbers.insert(instance.clone(), number);
        self.pending.push_back((instance, span));
        Ok(number)
    }

    /// The numbers that a function takes and gives.
    pub(super) fn signature(
        &mut self,
        instance: &Instance,
        span: Span,
    ) -> Result<(Vec<ValType>, Vec<ValType>), Failed> {
        let (address, long) = (ValType::I32, ValType::I64);
        let pair = |ty: &Type| if matches!(ty, Type::Slice(_)) { 4 } else { 2 };
        Ok(match instance {
            Instance::Function(id, generics) => {
                let (parameters, result) = self.function_types(*id, generics)?;
                self.flattened(&[], &parameters, &result, span)?
            }
            Instance::Closure(id) => {
                let info = self.program.closure(*id);
                self.flattened(&[address], &info.parameters, &info.result, span)?
            }
            Instance::Equal(ty) | Instance::Compare(ty) => (vec![address; pair(ty)], vec![address]),
            Instance::Clone(_) | Instance::Decode(_) | Instance::Encode(_) => (vec![address; 2], vec![]),
            Instance::Default(_) => (vec![address], vec![]),
            Instance::Entry(..) | Instance::Reserve => (vec![address], vec![address]),
            Instance::Copy => (vec![address; 3], vec![]),
            Instance::Multiply => (vec![long; 4], vec![long; 2]),
            Instance::Shift(_) => (vec![long, long, address], vec![long; 2]),
        })
    }

    /// First where a result in memory goes, then what comes before, then the parameters.
    fn flattened(
        &mut self,
        before: &[ValType],
        parameters: &[Type],
        result: &Type,
        span: Span,
    ) -> Result<(Vec<ValType>, Vec<ValType>), Failed> {
        let result = self.layout(result, span)?;
        let mut all = Vec::new();
        if result.repr == Repr::Memory {
            all.push(ValType::I32);
        }
        all.extend(before);
        for ty in parameters {
            let layout = self.layout(ty, span)?;
            all.extend(value_types(layout.repr));
        }
        let results = if result.repr == Repr::Memory { &[] } else { value_types(result.repr) };
        Ok((all, results.to_vec()))
    }

    /// The types of a function's parameters and result.
    pub(super) fn function_types(
        &mut self,
        id: FunctionId,
        generics: &Types,
    ) -> Result<(Vec<Type>, Type), Failed> {
        let signature = self.program.signature(id);
        let known = |ty: &Type| self.program.normalized(&ty.substitute(generics));
        let parameters = signature.parameters.iter().map(known).collect();
        let result = match &signature.opaque {
            // What `impl Trait` is follows from the body.
            Some(_) => match self.program.body(id, generics) {
                Some(body) => self.program.normalized(&body.result),
                None => return Err(Failed),
            },
            None => known(&signature.result),
        };
        Ok((parameters, result))
    }

    /// Puts bytes into the module and gives their address.
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> u32 {
        if let Some(known) = self.interned.get(bytes) {
            return *known;
        }
        let address = STACK_TOP + self.data.len() as u32;
        self.data.extend_from_slice(bytes);
        self.interned.insert(bytes.to_vec(), address);
        address
    }

    pub(super) fn report(&mut self, mut diagnostic: Diagnostic) -> Failed {
        if diagnostic.span.file == 0 {
            diagnostic.span = self.here;
        }
        self.program.reporter().report(diagnostic);
        Failed
    }

    /// A state that the earlier stages exclude.
    pub(super) fn inconsistent(&mut self, span: Span, what: &str) -> Failed {
        // What follows from an error that was reported is not reported again.
        if self.program.reporter().count() == 0 {
            self.report(
                Diagnostic::new(span, format!("the compiler is at fault here: {what}"))
                    .help("please report this with the source"),
            );
        }
        Failed
    }

    /// The module's bytes, and the pages of memory that it has at the start.
    pub fn finish(mut self) -> Result<(Vec<u8>, u32), Failed> {
        let reserve = self.require(Instance::Reserve, Span::default())?;
        self.write_pending()?;
        let mut types = TypeSection::new();
        let mut functions = FunctionSection::new();
        let mut code = CodeSection::new();
        let mut known: HashMap<(Vec<ValType>, Vec<ValType>), u32> = HashMap::new();
        for slot in &self.slots {
            let count = known.len() as u32;
            let key = (slot.parameters.clone(), slot.results.clone());
            let ty = *known.entry(key).or_insert_with(|| {
                types.ty().function(slot.parameters.iter().copied(), slot.results.iter().copied());
                count
            });
            functions.function(ty);
            let Some(body) = &slot.code else { return Err(Failed) };
            code.function(body);
        }
        let heap = (STACK_TOP + self.data.len() as u32).next_multiple_of(16);
        let pages = heap.div_ceil(PAGE);
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: pages.into(),
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut globals = GlobalSection::new();
        for value in [STACK_TOP, heap, 0, 0, 0] {
            let ty = GlobalType { val_type: ValType::I32, mutable: true, shared: false };
            globals.global(ty, &ConstExpr::i32_const(value.cast_signed()));
        }
        let mut exports = ExportSection::new();
        exports.export(arcis_circuit::public::EXPORT_MEMORY, ExportKind::Memory, 0);
        exports.export(arcis_circuit::public::EXPORT_RESERVE, ExportKind::Func, reserve);
        exports.export(arcis_circuit::public::EXPORT_FAULT, ExportKind::Global, FAULT);
        exports.export(arcis_circuit::public::EXPORT_MESSAGE, ExportKind::Global, MESSAGE);
        exports.export(arcis_circuit::public::EXPORT_MESSAGE_LENGTH, ExportKind::Global, MESSAGE_LENGTH);
        for (index, entry) in self.entries.iter().enumerate() {
            exports.export(&arcis_circuit::public::entry_name(index as u32), ExportKind::Func, *entry);
        }
        let mut module = Module::new();
        module
            .section(&types)
            .section(&functions)
            .section(&memories)
            .section(&globals)
            .section(&exports)
            .section(&code);
        if !self.data.is_empty() {
            let mut data = DataSection::new();
            data.active(0, &ConstExpr::i32_const(STACK_TOP.cast_signed()), self.data.iter().copied());
            module.section(&data);
        }
        Ok((module.finish(), pages))
    }
}
