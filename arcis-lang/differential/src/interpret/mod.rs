//! Programs run on their trees: Rust's semantics, with what the language defines where Rust panics or wraps in release only.
//!
//! It shares nothing with the compiler: no parser, no types, no folding. A reference is a copy that goes in and, for
//! `&mut`, comes back, which is the same as long as nothing else can be read meanwhile; rustc sees to that.

mod operators;

use std::cmp::Ordering;

use operators::{int_method, operate, signed};

use crate::print::mask;
use crate::syntax::*;
use crate::values::{compare, default, parts};

/// Most steps of a run.
const STEPS: usize = 2_000_000;

/// Why there is no value: the tree makes no sense (while it is being made smaller), or it takes too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Senseless;

/// Where control goes.
enum Leave {
    Break(Label),
    Continue(Label),
    Return(Value),
    Senseless,
}

type Outcome<T> = Result<T, Leave>;

/// What the instruction gives.
///
/// # Errors
/// When the program makes no sense.
pub fn run(program: &Program, arguments: Vec<Value>) -> Result<Value, Senseless> {
    let mut interpreter = Interpreter { program, steps: 0 };
    let mut arguments = arguments;
    interpreter.function(program.instruction(), &mut arguments).map_err(|_| Senseless)
}

struct Interpreter<'p> {
    program: &'p Program,
    steps: usize,
}

/// The variables of a function.
#[derive(Default)]
struct Frame {
    values: Vec<Option<Value>>,
    closures: Vec<Option<Closure>>,
}

impl Frame {
    fn set(&mut self, local: Local, value: Value) {
        if self.values.len() <= local {
            self.values.resize(local + 1, None);
        }
        self.values[local] = Some(value);
    }

    fn value(&self, local: Local) -> Outcome<&Value> {
        self.values.get(local).and_then(Option::as_ref).ok_or(Leave::Senseless)
    }

    fn value_mut(&mut self, local: Local) -> Outcome<&mut Value> {
        self.values.get_mut(local).and_then(Option::as_mut).ok_or(Leave::Senseless)
    }
}

/// A place whose indices are known.
struct Found {
    local: Local,
    path: Vec<usize>,
    /// The type of what is beyond the end of an array, if it is there.
    beyond: Option<Type>,
}

impl Interpreter<'_> {
    fn step(&mut self) -> Outcome<()> {
        self.steps += 1;
        if self.steps > STEPS { Err(Leave::Senseless) } else { Ok(()) }
    }

    /// Runs a function; `arguments` are then what the parameters were left with.
    fn function(&mut self, function: &Function, arguments: &mut [Value]) -> Outcome<Value> {
        self.step()?;
        let mut frame = Frame::default();
        for (local, value) in arguments.iter().enumerate() {
            frame.set(local, value.clone());
        }
        let result = match self.block(&function.body, &mut frame) {
            Err(Leave::Return(value)) => Ok(value),
            Ok(value) => value.ok_or(Leave::Senseless),
            Err(leave) => Err(leave),
        };
        for (local, value) in arguments.iter_mut().enumerate() {
            *value = frame.value(local)?.clone();
        }
        result
    }

    fn block(&mut self, block: &Block, frame: &mut Frame) -> Outcome<Option<Value>> {
        for statement in &block.statements {
            self.statement(statement, frame)?;
        }
        block.value.as_ref().map(|value| self.expr(value, frame)).transpose()
    }

    fn statement(&mut self, statement: &Statement, frame: &mut Frame) -> Outcome<()> {
        self.step()?;
        match statement {
            Statement::Let { local, value, .. } => {
                let value = self.expr(value, frame)?;
                frame.set(*local, value);
            }
            Statement::LetPattern(pattern, value) => {
                let value = self.expr(value, frame)?;
                if !self.matches(pattern, &value, frame) {
                    return Err(Leave::Senseless);
                }
            }
            Statement::LetElse(pattern, value, otherwise) => {
                let value = self.expr(value, frame)?;
                if !self.matches(pattern, &value, frame) {
                    return Err(Leave::Return(self.expr(otherwise, frame)?));
                }
            }
            Statement::LetClosure(local, closure) => {
                if frame.closures.len() <= *local {
                    frame.closures.resize(*local + 1, None);
                }
                frame.closures[*local] = Some(closure.clone());
            }
            Statement::Assign(place, value) => {
                // What is assigned comes first, then the place.
                let value = self.expr(value, frame)?;
                let place = self.find(place, frame)?;
                write(frame, &place, value)?;
            }
            Statement::Compound(operator, place, value) => {
                let value = self.expr(value, frame)?;
                let found = self.find(place, frame)?;
                let old = self.read(frame, &found)?;
                let new = operate(*operator, &place.ty, &old, &value).ok_or(Leave::Senseless)?;
                write(frame, &found, new)?;
            }
            Statement::If(condition, yes, no) => {
                if self.bool(condition, frame)? {
                    self.block(yes, frame)?;
                } else if let Some(no) = no {
                    self.block(no, frame)?;
                }
            }
            Statement::Match(value, arms) => {
                self.arms(value, arms, frame)?;
            }
            Statement::For { local, int, from, to, inclusive, reversed, label, body } => {
                let sign = |bits: u128| if int.signed { signed(*int, bits) } else { bits as i128 };
                let end = sign(*to) + i128::from(*inclusive);
                let mut numbers: Vec<i128> = (sign(*from)..end).collect();
                if *reversed {
                    numbers.reverse();
                }
                for number in numbers {
                    frame.set(*local, Value::Int(number as u128 & mask(int.bits)));
                    if !self.round(*label, body, frame)? {
                        break;
                    }
                }
            }
            Statement::ForEach { local, number, array, label, body } => {
                let Value::Parts(elements) = self.expr(array, frame)? else { return Err(Leave::Senseless) };
                for (at, element) in elements.into_iter().enumerate() {
                    if let Some(number) = number {
                        frame.set(*number, Value::Int(at as u128));
                    }
                    frame.set(*local, element);
                    if !self.round(*label, body, frame)? {
                        break;
                    }
                }
            }
            Statement::ForMut { local, array, count, label, body } => {
                let array = self.find(array, frame)?;
                for at in 0..*count {
                    let mut path = array.path.clone();
                    path.push(at);
                    let element = Found { local: array.local, path, beyond: array.beyond.clone() };
                    let value = self.read_element(frame, &array, at)?;
                    frame.set(*local, value);
                    let result = self.round(*label, body, frame);
                    let left = frame.value(*local)?.clone();
                    write(frame, &element, left)?;
                    if !result? {
                        break;
                    }
                }
            }
            Statement::While { bound, condition, label, body } => {
                for _ in 0..*bound {
                    if let Some(condition) = condition
                        && !self.bool(condition, frame)?
                    {
                        break;
                    }
                    if !self.round(*label, body, frame)? {
                        break;
                    }
                }
            }
            Statement::Break(label) => return Err(Leave::Break(*label)),
            Statement::Continue(label) => return Err(Leave::Continue(*label)),
            Statement::Return(value) => return Err(Leave::Return(self.expr(value, frame)?)),
            Statement::Change(change, place) => self.change(change, place, frame)?,
            Statement::Accumulate { place, parameter: (parameter, _), operator, value, calls, .. } => {
                for call in calls {
                    let argument = self.expr(call, frame)?;
                    frame.set(*parameter, argument);
                    let added = self.expr(value, frame)?;
                    let found = self.find(place, frame)?;
                    let old = self.read(frame, &found)?;
                    let new = operate(*operator, &place.ty, &old, &added).ok_or(Leave::Senseless)?;
                    write(frame, &found, new)?;
                }
            }
            Statement::Run(value) => {
                self.expr(value, frame)?;
            }
        }
        Ok(())
    }

    /// One round of a loop: whether another one follows.
    fn round(&mut self, label: Label, body: &Block, frame: &mut Frame) -> Outcome<bool> {
        self.step()?;
        match self.block(body, frame) {
            Ok(_) => Ok(true),
            Err(Leave::Break(left)) if left == label => Ok(false),
            Err(Leave::Continue(left)) if left == label => Ok(true),
            Err(leave) => Err(leave),
        }
    }

    fn change(&mut self, change: &Change, place: &Place, frame: &mut Frame) -> Outcome<()> {
        let found = self.find(place, frame)?;
        let fill = match change {
            Change::Fill(value) => Some(self.expr(value, frame)?),
            _ => None,
        };
        let Value::Parts(mut elements) = self.read(frame, &found)? else { return Err(Leave::Senseless) };
        match change {
            Change::Swap(a, b) if *a < elements.len() && *b < elements.len() => elements.swap(*a, *b),
            Change::Reverse => elements.reverse(),
            Change::RotateLeft(by) if *by <= elements.len() => elements.rotate_left(*by),
            Change::Fill(_) => elements.fill(fill.ok_or(Leave::Senseless)?),
            Change::Sort => {
                let Type::Array(of, _) = &place.ty else { return Err(Leave::Senseless) };
                elements.sort_by(|a, b| compare(self.program, of, a, b));
            }
            _ => return Err(Leave::Senseless),
        }
        write(frame, &found, Value::Parts(elements))
    }

    /// Works out the indices of a place.
    fn find(&mut self, place: &Place, frame: &mut Frame) -> Outcome<Found> {
        let mut found = Found { local: place.local, path: Vec::new(), beyond: None };
        for step in &place.path {
            match step {
                Step::Field(_, at) => {
                    if let Some(beyond) = &found.beyond {
                        let part = parts(self.program, beyond).get(*at).cloned();
                        found.beyond = Some(part.ok_or(Leave::Senseless)?);
                    } else {
                        found.path.push(*at);
                    }
                }
                Step::Index(ty, index) => {
                    let Type::Array(of, count) = ty else { return Err(Leave::Senseless) };
                    let Value::Int(index) = self.expr(index, frame)? else { return Err(Leave::Senseless) };
                    if found.beyond.is_some() || index >= *count as u128 {
                        found.beyond = Some(of.as_ref().clone());
                    } else {
                        found.path.push(index as usize);
                    }
                }
            }
        }
        Ok(found)
    }

    fn read(&self, frame: &Frame, found: &Found) -> Outcome<Value> {
        if let Some(beyond) = &found.beyond {
            return Ok(default(self.program, beyond));
        }
        let mut value = frame.value(found.local)?;
        for at in &found.path {
            let (Value::Parts(values) | Value::Variant(_, values)) = value else {
                return Err(Leave::Senseless);
            };
            value = values.get(*at).ok_or(Leave::Senseless)?;
        }
        Ok(value.clone())
    }

    fn read_element(&self, frame: &Frame, array: &Found, at: usize) -> Outcome<Value> {
        match self.read(frame, array)? {
            Value::Parts(mut elements) if at < elements.len() => Ok(elements.swap_remove(at)),
            _ => Err(Leave::Senseless),
        }
    }

    fn bool(&mut self, expr: &Expr, frame: &mut Frame) -> Outcome<bool> {
        match self.expr(expr, frame)? {
            Value::Bool(bit) => Ok(bit),
            _ => Err(Leave::Senseless),
        }
    }

    fn list(&mut self, exprs: &[Expr], frame: &mut Frame) -> Outcome<Vec<Value>> {
        exprs.iter().map(|expr| self.expr(expr, frame)).collect()
    }

    fn arms(&mut self, value: &Expr, arms: &[Arm], frame: &mut Frame) -> Outcome<Option<Value>> {
        let value = self.expr(value, frame)?;
        for arm in arms {
            if self.matches(&arm.pattern, &value, frame)
                && arm.guard.as_ref().map_or(Ok(true), |guard| self.bool(guard, frame))?
            {
                return self.block(&arm.body, frame);
            }
        }
        Err(Leave::Senseless)
    }

    /// Whether a pattern fits; binds its variables.
    fn matches(&self, pattern: &Pattern, value: &Value, frame: &mut Frame) -> bool {
        match (pattern, value) {
            (Pattern::Wild, _) => true,
            (Pattern::Bind(local), _) => {
                frame.set(*local, value.clone());
                true
            }
            (Pattern::Literal(_, literal), _) => literal == value,
            (Pattern::Range(int, from, to), Value::Int(_)) => {
                let ty = Type::Int(*int);
                compare(self.program, &ty, &Value::Int(*from), value) != Ordering::Greater
                    && compare(self.program, &ty, value, &Value::Int(*to)) != Ordering::Greater
            }
            (Pattern::Or(patterns), _) => patterns.iter().any(|it| self.matches(it, value, frame)),
            (Pattern::Parts(_, patterns), Value::Parts(values)) => {
                let fits =
                    patterns.iter().zip(values).map(|(pattern, value)| self.matches(pattern, value, frame));
                // All of them, so that it does not matter where it fails.
                fits.collect::<Vec<_>>().into_iter().all(|fits| fits)
            }
            (Pattern::Variant(_, variant, patterns), Value::Variant(is, values)) => {
                variant == is && {
                    let fits = patterns
                        .iter()
                        .zip(values)
                        .map(|(pattern, value)| self.matches(pattern, value, frame));
                    fits.collect::<Vec<_>>().into_iter().all(|fits| fits)
                }
            }
            _ => false,
        }
    }

    fn expr(&mut self, expr: &Expr, frame: &mut Frame) -> Outcome<Value> {
        self.step()?;
        Ok(match &expr.kind {
            Kind::Literal(value, _) => value.clone(),
            Kind::Constant(id) => Value::Int(self.program.constants[*id].1),
            Kind::Place(place) => {
                let found = self.find(place, frame)?;
                self.read(frame, &found)?
            }
            Kind::Not(a) => match (self.expr(a, frame)?, &expr.ty) {
                (Value::Bool(bit), _) => Value::Bool(!bit),
                (Value::Int(bits), Type::Int(int)) => Value::Int(!bits & mask(int.bits)),
                _ => return Err(Leave::Senseless),
            },
            Kind::Neg(a) => match (self.expr(a, frame)?, &expr.ty) {
                (Value::Int(bits), Type::Int(int)) => Value::Int(bits.wrapping_neg() & mask(int.bits)),
                _ => return Err(Leave::Senseless),
            },
            Kind::Binary(operator, a, b) => {
                let ty = a.ty.clone();
                let (a, b) = (self.expr(a, frame)?, self.expr(b, frame)?);
                operate(*operator, &ty, &a, &b).ok_or(Leave::Senseless)?
            }
            Kind::Compare(comparison, a, b) => {
                let ty = a.ty.clone();
                let (a, b) = (self.expr(a, frame)?, self.expr(b, frame)?);
                let order = compare(self.program, &ty, &a, &b);
                Value::Bool(match comparison {
                    Comparison::Eq => order.is_eq(),
                    Comparison::Ne => order.is_ne(),
                    Comparison::Lt => order.is_lt(),
                    Comparison::Le => order.is_le(),
                    Comparison::Gt => order.is_gt(),
                    Comparison::Ge => order.is_ge(),
                })
            }
            Kind::Both(a, b) => Value::Bool(self.bool(a, frame)? && self.bool(b, frame)?),
            Kind::Either(a, b) => Value::Bool(self.bool(a, frame)? || self.bool(b, frame)?),
            Kind::Cast(a) => {
                let from = a.ty.clone();
                match (self.expr(a, frame)?, from, &expr.ty) {
                    (Value::Bool(bit), _, _) => Value::Int(bit.into()),
                    (Value::Int(bits), Type::Int(from), Type::Int(to)) => {
                        let wide = if from.signed { signed(from, bits) as u128 } else { bits };
                        Value::Int(wide & mask(to.bits))
                    }
                    _ => return Err(Leave::Senseless),
                }
            }
            Kind::Build(variant, values) => {
                let values = self.list(values, frame)?;
                match &expr.ty {
                    Type::Enum(_) => Value::Variant(*variant, values),
                    Type::Option(_) => Value::Variant(values.len(), values),
                    _ => Value::Parts(values),
                }
            }
            Kind::Repeat(a) => {
                let Type::Array(_, count) = &expr.ty else { return Err(Leave::Senseless) };
                let value = self.expr(a, frame)?;
                Value::Parts(vec![value; *count])
            }
            Kind::If(condition, yes, no) => {
                let block = if self.bool(condition, frame)? { yes } else { no };
                self.block(block, frame)?.ok_or(Leave::Senseless)?
            }
            Kind::IfLet(pattern, value, yes, no) => {
                let value = self.expr(value, frame)?;
                let block = if self.matches(pattern, &value, frame) { yes } else { no };
                self.block(block, frame)?.ok_or(Leave::Senseless)?
            }
            Kind::Match(value, arms) => self.arms(value, arms, frame)?.ok_or(Leave::Senseless)?,
            Kind::Matches(value, pattern) => {
                let value = self.expr(value, frame)?;
                Value::Bool(self.matches(pattern, &value, frame))
            }
            Kind::Block(block) => self.block(block, frame)?.ok_or(Leave::Senseless)?,
            Kind::Call(function, arguments) => self.call(*function, arguments, frame)?,
            Kind::IntMethod(method, arguments) => {
                let of = arguments.first().map(|it| it.ty.clone()).ok_or(Leave::Senseless)?;
                let values = self.list(arguments, frame)?;
                int_method(*method, &of, &values).ok_or(Leave::Senseless)?
            }
            Kind::OptionMethod(method, option, argument) => {
                let Value::Variant(is_some, values) = self.expr(option, frame)? else {
                    return Err(Leave::Senseless);
                };
                match method {
                    OptionMethod::IsSome => return Ok(Value::Bool(is_some == 1)),
                    OptionMethod::IsNone => return Ok(Value::Bool(is_some == 0)),
                    _ => {}
                }
                let argument = self.expr(argument, frame)?;
                match (method, values.into_iter().next()) {
                    (OptionMethod::UnwrapOr, Some(value)) => value,
                    (OptionMethod::Or, Some(value)) => Value::Variant(1, vec![value]),
                    (OptionMethod::Xor, Some(value)) => match argument {
                        Value::Variant(0, _) => Value::Variant(1, vec![value]),
                        _ => Value::Variant(0, Vec::new()),
                    },
                    (_, None) => argument,
                    _ => return Err(Leave::Senseless),
                }
            }
            Kind::Try(a) => match self.expr(a, frame)? {
                Value::Variant(1, mut values) => values.pop().ok_or(Leave::Senseless)?,
                _ => return Err(Leave::Return(Value::Variant(0, Vec::new()))),
            },
            Kind::CallClosure(local, arguments) => {
                let closure = frame.closures.get(*local).cloned().flatten().ok_or(Leave::Senseless)?;
                let values = self.list(arguments, frame)?;
                self.closure(&closure, values, frame)?
            }
            Kind::Iterate(method, array, closure) => {
                let Value::Parts(elements) = self.expr(array, frame)? else { return Err(Leave::Senseless) };
                self.iterate(method, elements, closure, frame)?
            }
            Kind::FromFn(closure) => {
                let Type::Array(_, count) = &expr.ty else { return Err(Leave::Senseless) };
                let elements: Outcome<Vec<_>> = (0..*count)
                    .map(|at| self.closure(closure, vec![Value::Int(at as u128)], frame))
                    .collect();
                Value::Parts(elements?)
            }
        })
    }

    fn closure(&mut self, closure: &Closure, values: Vec<Value>, frame: &mut Frame) -> Outcome<Value> {
        for ((local, _), value) in closure.parameters.iter().zip(values) {
            frame.set(*local, value);
        }
        self.expr(&closure.value, frame)
    }

    fn iterate(
        &mut self,
        method: &Iterate,
        elements: Vec<Value>,
        closure: &Closure,
        frame: &mut Frame,
    ) -> Outcome<Value> {
        let mut folded = match method {
            Iterate::Fold(first) => Some(self.expr(first, frame)?),
            _ => None,
        };
        let mut count = 0u128;
        for (at, element) in elements.into_iter().enumerate() {
            let arguments = match folded.clone() {
                Some(so_far) if matches!(method, Iterate::Fold(_)) => vec![so_far, element],
                _ => vec![element],
            };
            let value = self.closure(closure, arguments, frame)?;
            let holds = value == Value::Bool(true);
            match method {
                Iterate::Any if holds => return Ok(Value::Bool(true)),
                Iterate::All if !holds => return Ok(Value::Bool(false)),
                Iterate::Position if holds => return Ok(Value::Variant(1, vec![Value::Int(at as u128)])),
                Iterate::CountFiltered => count += u128::from(holds),
                Iterate::Fold(_) => folded = Some(value),
                Iterate::MapMax | Iterate::MapMin => {
                    let wanted =
                        if matches!(method, Iterate::MapMax) { Ordering::Less } else { Ordering::Greater };
                    let ty = &closure.value.ty;
                    if folded.as_ref().is_none_or(|best| compare(self.program, ty, best, &value) == wanted) {
                        folded = Some(value);
                    }
                }
                _ => {}
            }
        }
        Ok(match method {
            Iterate::Any => Value::Bool(false),
            Iterate::All => Value::Bool(true),
            Iterate::Position => Value::Variant(0, Vec::new()),
            Iterate::CountFiltered => Value::Int(count),
            Iterate::Fold(_) => folded.ok_or(Leave::Senseless)?,
            Iterate::MapMax | Iterate::MapMin => match folded {
                Some(best) => Value::Variant(1, vec![best]),
                None => Value::Variant(0, Vec::new()),
            },
        })
    }

    fn call(&mut self, function: usize, arguments: &[Argument], frame: &mut Frame) -> Outcome<Value> {
        let mut values = Vec::with_capacity(arguments.len());
        let mut back = Vec::new();
        for argument in arguments {
            match argument {
                Argument::Value(value) => values.push(self.expr(value, frame)?),
                Argument::Shared(place) => {
                    let found = self.find(place, frame)?;
                    values.push(self.read(frame, &found)?);
                }
                Argument::Exclusive(place) => {
                    let found = self.find(place, frame)?;
                    values.push(self.read(frame, &found)?);
                    back.push((values.len() - 1, found));
                }
            }
        }
        let called = self.program.functions.get(function).ok_or(Leave::Senseless)?;
        let result = self.function(called, &mut values)?;
        for (at, found) in back {
            write(frame, &found, values[at].clone())?;
        }
        Ok(result)
    }
}

/// Beyond the end nothing is written.
fn write(frame: &mut Frame, found: &Found, value: Value) -> Outcome<()> {
    if found.beyond.is_some() {
        return Ok(());
    }
    let mut place = frame.value_mut(found.local)?;
    for at in &found.path {
        let (Value::Parts(values) | Value::Variant(_, values)) = place else { return Err(Leave::Senseless) };
        place = values.get_mut(*at).ok_or(Leave::Senseless)?;
    }
    *place = value;
    Ok(())
}
