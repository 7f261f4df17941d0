//! One function of the module while it is written: instructions, locals, the frame in memory.

use wasm_encoder::{BlockType, Function, Instruction, MemArg, ValType};

use super::layout::Repr;
use super::module::{FAULT, FAULT_TOO_DEEP, STACK_BOTTOM, STACK_POINTER};

/// Counted against the stack for every call, besides its frame: what the call takes of the host's own stack.
const CALL_COST: u32 = 64;
/// The same for every local.
const LOCAL_COST: u32 = 16;

/// Instructions of a function.
#[derive(Debug)]
pub(super) struct Code {
    instructions: Vec<Instruction<'static>>,
    parameters: u32,
    locals: Vec<ValType>,
    /// Bytes of the frame so far.
    frame: u32,
    /// The local that holds the address of the frame.
    pub frame_pointer: u32,
    /// Blocks that are open.
    depth: u32,
}

/// A block that can be left.
#[derive(Clone, Copy, Debug)]
pub(super) struct Label(u32);

/// A loop over elements in memory that has begun.
pub(super) struct Walk {
    /// The local that counts down.
    left: u32,
    again: Label,
}

impl Code {
    pub fn new(parameters: &[ValType]) -> Self {
        let count = parameters.len() as u32;
        Self {
            instructions: Vec::new(),
            parameters: count,
            locals: vec![ValType::I32],
            frame: 0,
            frame_pointer: count,
            depth: 0,
        }
    }

    pub fn op(&mut self, instruction: Instruction<'static>) {
        self.instructions.push(instruction);
    }

    pub fn ops<const N: usize>(&mut self, instructions: [Instruction<'static>; N]) {
        self.instructions.extend(instructions);
    }

    pub fn local(&mut self, ty: ValType) -> u32 {
        self.locals.push(ty);
        self.parameters + self.locals.len() as u32 - 1
    }

    /// Locals for a value that is not in memory; the first of them, the others follow.
    pub fn locals_for(&mut self, repr: Repr) -> u32 {
        let mut first = self.parameters + self.locals.len() as u32;
        for (index, ty) in value_types(repr).iter().enumerate() {
            let local = self.local(*ty);
            if index == 0 {
                first = local;
            }
        }
        first
    }

    /// Room in the frame.
    pub fn room(&mut self, size: u32) -> u32 {
        let offset = self.frame;
        self.frame = self.frame.saturating_add(size);
        offset
    }

    pub fn get(&mut self, local: u32) {
        self.op(Instruction::LocalGet(local));
    }

    pub fn set(&mut self, local: u32) {
        self.op(Instruction::LocalSet(local));
    }

    pub fn i32(&mut self, value: u32) {
        self.op(Instruction::I32Const(value.cast_signed()));
    }

    pub fn i64(&mut self, value: u64) {
        self.op(Instruction::I64Const(value.cast_signed()));
    }

    /// Pops the value at the top of the stack into locals.
    pub fn pop(&mut self, repr: Repr, first: u32) {
        for index in (0..value_types(repr).len() as u32).rev() {
            self.set(first + index);
        }
    }

    /// Pushes a value from locals.
    pub fn push(&mut self, repr: Repr, first: u32) {
        for index in 0..value_types(repr).len() as u32 {
            self.get(first + index);
        }
    }

    /// Drops the value at the top of the stack.
    pub fn discard(&mut self, repr: Repr) {
        for _ in value_types(repr) {
            self.op(Instruction::Drop);
        }
    }

    pub fn block(&mut self) -> Label {
        self.open(Instruction::Block(BlockType::Empty))
    }

    pub fn repeat(&mut self) -> Label {
        self.open(Instruction::Loop(BlockType::Empty))
    }

    pub fn when(&mut self) -> Label {
        self.open(Instruction::If(BlockType::Empty))
    }

    fn open(&mut self, instruction: Instruction<'static>) -> Label {
        self.op(instruction);
        self.depth += 1;
        Label(self.depth)
    }

    pub fn otherwise(&mut self) {
        self.op(Instruction::Else);
    }

    pub fn end(&mut self) {
        self.op(Instruction::End);
        self.depth -= 1;
    }

    pub fn leave(&mut self, label: Label) {
        self.op(Instruction::Br(self.depth - label.0));
    }

    pub fn leave_if(&mut self, label: Label) {
        self.op(Instruction::BrIf(self.depth - label.0));
    }

    /// A loop that runs as often as the local `left` says, which it counts down; [`end_walk`](Self::end_walk) ends it.
    pub fn begin_walk(&mut self, left: u32) -> Walk {
        let done = self.block();
        let again = self.repeat();
        self.get(left);
        self.op(Instruction::I32Eqz);
        self.leave_if(done);
        Walk { left, again }
    }

    /// The end of the loop's body: moves each of these addresses on by so many bytes.
    pub fn end_walk(&mut self, Walk { left, again }: Walk, moved: [(u32, u32); 2]) {
        let moved = moved.map(|(local, by)| (local, by, Instruction::I32Add));
        for (local, by, op) in moved.into_iter().chain([(left, 1, Instruction::I32Sub)]) {
            self.get(local);
            self.i32(by);
            self.op(op);
            self.set(local);
        }
        self.leave(again);
        self.end();
        self.end();
    }

    /// The function, with its frame made at the start and given back at the end. Results are on the stack at the end.
    pub fn finish(self) -> Function {
        let mut function = Function::new_with_locals_types(self.locals.iter().copied());
        let cost = self.frame + CALL_COST + LOCAL_COST * self.locals.len() as u32;
        let mut all = vec![
            Instruction::GlobalGet(STACK_POINTER),
            Instruction::I32Const(STACK_BOTTOM.cast_signed()),
            Instruction::I32Sub,
            Instruction::I32Const(cost.cast_signed()),
            Instruction::I32LtU,
            Instruction::If(BlockType::Empty),
            Instruction::I32Const(FAULT_TOO_DEEP),
            Instruction::GlobalSet(FAULT),
            Instruction::Unreachable,
            Instruction::End,
            Instruction::GlobalGet(STACK_POINTER),
            Instruction::I32Const(cost.cast_signed()),
            Instruction::I32Sub,
            Instruction::LocalTee(self.frame_pointer),
            Instruction::GlobalSet(STACK_POINTER),
        ];
        all.extend(self.instructions);
        all.extend([
            Instruction::LocalGet(self.frame_pointer),
            Instruction::I32Const(cost.cast_signed()),
            Instruction::I32Add,
            Instruction::GlobalSet(STACK_POINTER),
            Instruction::End,
        ]);
        for instruction in &all {
            function.instruction(instruction);
        }
        function
    }
}

/// The numbers that a value is passed as.
pub(super) fn value_types(repr: Repr) -> &'static [ValType] {
    match repr {
        Repr::Unit => &[],
        Repr::I32 | Repr::Memory => &[ValType::I32],
        Repr::I64 => &[ValType::I64],
        Repr::I128 => &[ValType::I64, ValType::I64],
        Repr::Fat => &[ValType::I32, ValType::I32],
    }
}

/// An access to memory, at any alignment.
pub(super) fn at(offset: u32) -> MemArg {
    MemArg { offset: offset.into(), align: 0, memory_index: 0 }
}
