//! Functions that the source does not have: memory, and arithmetic on 128 bits.

use wasm_encoder::{BlockType, Instruction, ValType};

use super::code::{Code, at};
use super::module::{FAULT, FAULT_OUT_OF_MEMORY, HEAP, ShiftKind};

/// Makes room on the heap: the heap only grows, and ends with the call.
pub(super) fn reserve(code: &mut Code) {
    use Instruction as I;
    let size = 0;
    let start = code.local(ValType::I32);
    // More than there can ever be is refused before it wraps.
    let room = code.block();
    code.get(size);
    code.i32(1 << 30);
    code.op(I::I32GtU);
    let full = code.when();
    let _ = full;
    out_of_memory(code);
    code.end();
    code.op(I::GlobalGet(HEAP));
    code.op(I::LocalTee(start));
    code.get(size);
    code.op(I::I32Add);
    code.op(I::GlobalSet(HEAP));
    // Pages that are missing.
    code.op(I::GlobalGet(HEAP));
    code.i32(0xffff);
    code.ops([I::I32Add, I::I32Const(16), I::I32ShrU, I::MemorySize(0), I::I32LeU]);
    code.leave_if(room);
    code.op(I::GlobalGet(HEAP));
    code.i32(0xffff);
    code.ops([
        I::I32Add,
        I::I32Const(16),
        I::I32ShrU,
        I::MemorySize(0),
        I::I32Sub,
        I::MemoryGrow(0),
        I::I32Const(-1),
        I::I32Ne,
    ]);
    code.leave_if(room);
    out_of_memory(code);
    code.end();
    code.get(start);
}

fn out_of_memory(code: &mut Code) {
    use Instruction as I;
    code.ops([I::I32Const(FAULT_OUT_OF_MEMORY), I::GlobalSet(FAULT), I::Unreachable]);
}

/// Copies bytes, eight at a time and then one at a time: so that its fuel is in proportion.
pub(super) fn copy(code: &mut Code) {
    use Instruction as I;
    let (to, from, size) = (0, 1, 2);
    for (step, load, store) in
        [(8, I::I64Load(at(0)), I::I64Store(at(0))), (1, I::I32Load8U(at(0)), I::I32Store8(at(0)))]
    {
        let done = code.block();
        let again = code.repeat();
        code.get(size);
        code.i32(step);
        code.op(I::I32LtU);
        code.leave_if(done);
        code.get(to);
        code.get(from);
        code.ops([load, store]);
        for (local, subtract) in [(to, false), (from, false), (size, true)] {
            code.get(local);
            code.i32(step);
            code.op(if subtract { I::I32Sub } else { I::I32Add });
            code.set(local);
        }
        code.leave(again);
        code.end();
        code.end();
    }
}

/// The low 128 bits of a product, from four products of halves of the low words.
pub(super) fn multiply(code: &mut Code) {
    use Instruction as I;
    let (a_low, a_high, b_low, b_high) = (0, 1, 2, 3);
    let [low_low, low_high, high_low, middle] = [(); 4].map(|()| code.local(ValType::I64));
    let half = |code: &mut Code, local: u32, high: bool| {
        code.get(local);
        if high {
            code.ops([I::I64Const(32), I::I64ShrU]);
        } else {
            code.ops([I::I64Const(0xffff_ffff), I::I64And]);
        }
    };
    for (target, a_is_high, b_is_high) in
        [(low_low, false, false), (low_high, false, true), (high_low, true, false)]
    {
        half(code, a_low, a_is_high);
        half(code, b_low, b_is_high);
        code.op(I::I64Mul);
        code.set(target);
    }
    // The middle: what spills over the low 32 bits.
    half(code, low_low, true);
    half(code, low_high, false);
    code.op(I::I64Add);
    half(code, high_low, false);
    code.op(I::I64Add);
    code.set(middle);
    // Low word.
    code.get(middle);
    code.ops([I::I64Const(32), I::I64Shl]);
    half(code, low_low, false);
    code.op(I::I64Or);
    // High word.
    half(code, a_low, true);
    half(code, b_low, true);
    code.op(I::I64Mul);
    for local in [low_high, high_low, middle] {
        half(code, local, true);
        code.op(I::I64Add);
    }
    for (a, b) in [(a_low, b_high), (a_high, b_low)] {
        code.get(a);
        code.get(b);
        code.ops([I::I64Mul, I::I64Add]);
    }
}

/// Shifts by less than 128 places.
pub(super) fn shift(code: &mut Code, kind: ShiftKind) {
    use Instruction as I;
    let (low, high, places) = (0, 1, 2);
    let amount = code.local(ValType::I64);
    let [new_low, new_high] = [(); 2].map(|()| code.local(ValType::I64));
    code.get(places);
    code.op(I::I64ExtendI32U);
    code.set(amount);
    // What moves from word `from` to word `to`, and how they move.
    let left = kind == ShiftKind::Left;
    let (from, to) = if left { (low, high) } else { (high, low) };
    let (from_new, to_new) = if left { (new_low, new_high) } else { (new_high, new_low) };
    let (forward, backward) = if left { (I::I64Shl, I::I64ShrU) } else { (I::I64ShrU, I::I64Shl) };
    let outer = if kind == ShiftKind::RightSigned { I::I64ShrS } else { forward.clone() };
    code.get(places);
    code.ops([I::I32Const(64), I::I32GeU, I::If(BlockType::Empty)]);
    code.get(from);
    code.get(amount);
    code.op(outer.clone());
    code.set(to_new);
    if kind == ShiftKind::RightSigned {
        code.get(from);
        code.ops([I::I64Const(63), I::I64ShrS]);
    } else {
        code.i64(0);
    }
    code.set(from_new);
    code.op(I::Else);
    code.get(from);
    code.get(amount);
    code.op(outer);
    code.set(from_new);
    code.get(to);
    code.get(amount);
    code.op(forward);
    // Shifted back by 64 - amount in two steps, so that nothing comes over for an amount of 0.
    code.get(from);
    code.op(I::I64Const(63));
    code.get(amount);
    code.ops([I::I64Sub, backward.clone(), I::I64Const(1), backward, I::I64Or]);
    code.set(to_new);
    code.op(I::End);
    code.get(new_low);
    code.get(new_high);
}
