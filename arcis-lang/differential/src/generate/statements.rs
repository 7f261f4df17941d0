//! Statements, blocks and patterns.

use super::{Generator, Variable};
use crate::print::mask;
use crate::syntax::*;
use crate::values::order_key;

impl Generator {
    /// Appends a statement, or a few that belong together.
    pub(super) fn statement(&mut self, depth: usize, out: &mut Vec<Statement>) {
        if !self.afford(1) {
            return;
        }
        let deeper = depth.saturating_sub(1);
        match self.random.below(22) {
            0..=4 => self.let_statement(depth, out),
            5..=8 => self.assignment(depth, out),
            9 | 10 if depth > 0 => {
                let condition = self.expr(&Type::Bool, deeper);
                let yes = self.unit_block(deeper, true);
                let no = self.random.percent(50).then(|| self.unit_block(deeper, true));
                out.push(Statement::If(condition, yes, no));
            }
            11 if depth > 0 => {
                let of = self.matched_type();
                let value = self.expr(&of, deeper);
                let arms = self.arms(&of, |this| this.unit_block(deeper, true));
                out.push(Statement::Match(value, arms));
            }
            12..=14 if depth > 0 => self.repetition(deeper, out),
            15 => {
                let count = self.random.between(1, 2);
                let parameters: Vec<_> = (0..count).map(|_| (self.local(), self.scalar())).collect();
                let ty = self.scalar();
                let closure = self.local();
                let value = self.closure_value(&parameters, &ty, 2, 2);
                let types = parameters.iter().map(|it| it.1.clone()).collect();
                out.push(Statement::LetClosure(closure, Closure { parameters, value }));
                self.scope.closures.push((closure, types, ty));
            }
            16 if !self.scope.pure => self.change(out),
            17 if !self.scope.pure => self.accumulate(out),
            18 if !self.program.functions.is_empty() => {
                let id = self.random.below(self.program.functions.len());
                let ty = self.program.functions[id].result.clone();
                if let Some(kind) = self.call(id, deeper) {
                    out.push(Statement::Run(Expr { ty, kind }));
                }
            }
            19 if !self.scope.pure => {
                let of = Type::Option(Box::new(self.scalar()));
                let value = self.expr(&of, deeper);
                if let Some(result) = self.scope.result.clone() {
                    let otherwise = self.purely(|this| this.expr(&result, 1));
                    let pattern = self.pattern(&of, 2, true);
                    out.push(Statement::LetElse(pattern, value, otherwise));
                }
            }
            _ => self.let_statement(depth, out),
        }
    }

    fn let_statement(&mut self, depth: usize, out: &mut Vec<Statement>) {
        let ty = self.data_type(2);
        if self.random.percent(12) && matches!(ty, Type::Tuple(_) | Type::Struct(_)) {
            let value = self.expr(&ty, depth);
            let parts = self.parts_of(&ty);
            let patterns = parts
                .iter()
                .map(|part| {
                    if self.random.percent(25) {
                        return Pattern::Wild;
                    }
                    let local = self.local();
                    self.declare(local, part.clone(), false);
                    Pattern::Bind(local)
                })
                .collect();
            out.push(Statement::LetPattern(Pattern::Parts(ty, patterns), value));
            return;
        }
        let value = self.expr(&ty, depth);
        let local = self.local();
        let mutable = self.random.percent(65);
        let annotated = self.random.percent(40);
        self.declare(local, ty, mutable);
        out.push(Statement::Let { local, mutable, annotated, value });
    }

    fn assignment(&mut self, depth: usize, out: &mut Vec<Statement>) {
        if self.scope.pure {
            return;
        }
        let Some(place) = self.any_mutable_place() else { return };
        if let Type::Int(int) = place.ty
            && self.random.percent(70)
        {
            let heavy = int.bits as usize / 4;
            let operator = match self.random.below(10) {
                0..=2 => Operator::Add,
                3 | 4 => Operator::Sub,
                5 if self.afford(heavy) => Operator::Mul,
                6 => Operator::Xor,
                7 => Operator::Shl,
                8 => Operator::Shr,
                9 if int.bits <= 16 && self.afford(4 * heavy) => Operator::Div,
                _ => Operator::Or,
            };
            let ty = match operator {
                Operator::Shl | Operator::Shr => Type::Int(U32),
                _ => place.ty.clone(),
            };
            let value = self.expr(&ty, depth);
            out.push(Statement::Compound(operator, place, value));
            return;
        }
        if place.ty == Type::Bool && self.random.percent(50) {
            let operator = *self.random.pick(&[Operator::And, Operator::Or, Operator::Xor]);
            let value = self.expr(&Type::Bool, depth);
            out.push(Statement::Compound(operator, place, value));
            return;
        }
        let value = self.expr(&place.ty.clone(), depth);
        out.push(Statement::Assign(place, value));
    }

    fn repetition(&mut self, depth: usize, out: &mut Vec<Statement>) {
        let label = self.label();
        let which = self.random.below(8);
        match which {
            0..=2 => {
                let int = if self.random.percent(50) { USIZE } else { self.int() };
                let from = self.random.below(3) as u128;
                let rounds = self.random.between(0, 5);
                let inclusive = self.random.percent(30);
                let (mut from, mut to) = (from, from + rounds as u128);
                if int.signed && self.random.percent(50) {
                    from = from.wrapping_sub(2) & mask(int.bits);
                    to = to.wrapping_sub(2) & mask(int.bits);
                }
                let local = self.local();
                let reversed = self.random.percent(25);
                let body = self.repeated(rounds + 1, label, depth, |this| {
                    this.declare(local, Type::Int(int), false);
                });
                out.push(Statement::For { local, int, from, to, inclusive, reversed, label, body });
            }
            3 | 4 => {
                let Some((array, element)) = self.iterated() else { return };
                let Type::Array(_, count) = array.ty else { return };
                let local = self.local();
                let number = self.random.percent(40).then(|| self.local());
                let body = self.repeated(count, label, depth, |this| {
                    this.declare(local, element, false);
                    if let Some(number) = number {
                        this.declare(number, Type::Int(USIZE), false);
                    }
                });
                out.push(Statement::ForEach { local, number, array, label, body });
            }
            5 if !self.scope.pure => {
                let Some((array, of, count)) = self.mutable_array() else { return };
                let local = self.local();
                let borrowed = array.local;
                let outer = self.scope.variables.clone();
                let body = self.repeated(count, label, depth, |this| {
                    this.scope.variables.retain(|it| it.local != borrowed);
                    this.scope.variables.push(Variable {
                        local,
                        ty: *of,
                        mutable: true,
                        is_reference: true,
                        is_input: false,
                    });
                });
                self.scope.variables = outer;
                out.push(Statement::ForMut { local, array, count, label, body });
            }
            _ => {
                let bound = self.random.between(1, 5);
                let before = self.scope.times;
                self.scope.times = before.max(1) * bound;
                let condition = self.random.percent(70).then(|| self.expr(&Type::Bool, depth));
                self.scope.times = before;
                let body = self.repeated(bound, label, depth, |_| {});
                out.push(Statement::While { bound, condition, label, body });
            }
        }
    }

    /// The body of a loop that runs about so many times.
    fn repeated(
        &mut self,
        rounds: usize,
        label: Label,
        depth: usize,
        declare: impl FnOnce(&mut Self),
    ) -> Block {
        let before = self.scope.times;
        self.scope.times = before.max(1) * rounds.max(1);
        self.scope.labels.push(label);
        let outer = self.scope.variables.clone();
        let body = self.scoped(|this| {
            declare(this);
            this.unit_block(depth, false)
        });
        self.scope.variables = outer;
        self.scope.labels.pop();
        self.scope.times = before;
        body
    }

    /// A block without a value, which may end in leaving a loop or the function, if that is `conditional`.
    fn unit_block(&mut self, depth: usize, conditional: bool) -> Block {
        self.scoped(|this| {
            let mut statements = Vec::new();
            for _ in 0..this.random.between(1, 3) {
                this.statement(depth, &mut statements);
            }
            if conditional && !this.scope.pure {
                match this.random.below(12) {
                    0 | 1 if !this.scope.labels.is_empty() => {
                        let label = *this.random.pick(&this.scope.labels.clone());
                        statements.push(Statement::Break(label));
                    }
                    2 if !this.scope.labels.is_empty() => {
                        let label = *this.random.pick(&this.scope.labels.clone());
                        statements.push(Statement::Continue(label));
                    }
                    3 => {
                        if let Some(result) = this.scope.result.clone() {
                            let value = this.expr(&result, 1);
                            statements.push(Statement::Return(value));
                        }
                    }
                    _ => {}
                }
            }
            Block { statements, value: None }
        })
    }

    /// A block that gives a value.
    pub(super) fn block_of(&mut self, ty: &Type, depth: usize) -> Block {
        self.scoped(|this| {
            let mut statements = Vec::new();
            if depth > 0 && this.random.percent(35) {
                for _ in 0..this.random.between(1, 2) {
                    this.statement(depth, &mut statements);
                }
            }
            let value = this.expr(ty, depth);
            Block { statements, value: Some(Box::new(value)) }
        })
    }

    /// A variable that is an array and may be changed, with the type and the number of its elements.
    fn mutable_array(&mut self) -> Option<(Place, Box<Type>, usize)> {
        let arrays: Vec<_> = self
            .scope
            .variables
            .iter()
            .filter(|it| it.mutable && matches!(it.ty, Type::Array(..)))
            .cloned()
            .collect();
        if arrays.is_empty() {
            return None;
        }
        let variable = self.random.pick(&arrays).clone();
        let Type::Array(of, count) = variable.ty.clone() else { return None };
        let Variable { local, is_reference, ty, .. } = variable;
        Some((Place { local, is_reference, ty, path: Vec::new() }, of, count))
    }

    /// A method that changes an array.
    fn change(&mut self, out: &mut Vec<Statement>) {
        let Some((place, of, count)) = self.mutable_array() else { return };
        let change = match self.random.below(5) {
            0 if count > 0 => Change::Swap(self.random.below(count), self.random.below(count)),
            1 => Change::RotateLeft(self.random.below(count + 1)),
            2 => {
                let outer = self.scope.variables.clone();
                self.scope.variables.retain(|it| it.local != place.local);
                let value = self.purely(|this| this.expr(&of, 1));
                self.scope.variables = outer;
                Change::Fill(value)
            }
            3 if matches!(*of, Type::Int(_)) && self.afford(count * count) => Change::Sort,
            _ => Change::Reverse,
        };
        out.push(Statement::Change(change, place));
    }

    /// A closure that changes a variable, and calls of it.
    fn accumulate(&mut self, out: &mut Vec<Statement>) {
        let ty = Type::Int(self.int());
        let Some(place) = self.place_of(&ty, true) else { return };
        let (closure, parameter) = (self.local(), (self.local(), self.scalar()));
        let operator = *self.random.pick(&[Operator::Add, Operator::Sub, Operator::Xor]);
        let value = self.closure_value(std::slice::from_ref(&parameter), &ty, 2, 2);
        let outer = self.scope.variables.clone();
        self.scope.variables.retain(|it| it.local != place.local);
        let calls =
            (0..self.random.between(1, 3)).map(|_| self.purely(|this| this.expr(&parameter.1, 1))).collect();
        self.scope.variables = outer;
        out.push(Statement::Accumulate { closure, place, parameter, operator, value, calls });
    }

    /// A type to match on.
    pub(super) fn matched_type(&mut self) -> Type {
        match self.random.below(6) {
            0 => Type::Option(Box::new(self.scalar())),
            1 => Type::Tuple(vec![self.scalar(), self.scalar()]),
            2 | 3 if !self.program.enums.is_empty() => {
                Type::Enum(self.random.below(self.program.enums.len()))
            }
            4 => self.data_type(2),
            _ => self.scalar(),
        }
    }

    /// The cases of a `match`, the last one of which always fits.
    pub(super) fn arms(&mut self, of: &Type, mut body: impl FnMut(&mut Self) -> Block) -> Vec<Arm> {
        let mut arms = Vec::new();
        let all_variants = match of {
            Type::Enum(id) if self.random.percent(50) => Some(self.program.enums[*id].variants.len()),
            Type::Option(_) if self.random.percent(50) => Some(2),
            _ => None,
        };
        for at in 0..all_variants.unwrap_or_else(|| self.random.between(0, 3)) {
            let arm = self.scoped(|this| {
                let pattern = match all_variants {
                    Some(_) => this.variant_pattern(of, at, 1, true, false),
                    None => this.pattern(of, 2, true),
                };
                let guarded = all_variants.is_none() && this.random.percent(25);
                let guard = guarded.then(|| this.purely(|this| this.expr(&Type::Bool, 1)));
                Arm { pattern, guard, body: body(this) }
            });
            arms.push(arm);
        }
        if all_variants.is_none() {
            let arm = self.scoped(|this| {
                let pattern = if this.random.percent(50) {
                    Pattern::Wild
                } else {
                    let local = this.local();
                    this.declare(local, of.clone(), false);
                    Pattern::Bind(local)
                };
                Arm { pattern, guard: None, body: body(this) }
            });
            arms.push(arm);
        }
        arms
    }

    /// A pattern that may not fit; with variables, if it may bind.
    pub(super) fn pattern(&mut self, ty: &Type, depth: usize, binds: bool) -> Pattern {
        if binds && self.random.percent(15) {
            let local = self.local();
            self.declare(local, ty.clone(), false);
            return Pattern::Bind(local);
        }
        if depth == 0 || self.random.percent(10) {
            return Pattern::Wild;
        }
        match ty {
            Type::Bool => Pattern::Literal(ty.clone(), self.value(ty)),
            Type::Int(int) => match self.random.below(5) {
                0 => {
                    let (a, b) = (self.int_value(*int), self.int_value(*int));
                    let (a, b) = if order_key(*int, a) <= order_key(*int, b) { (a, b) } else { (b, a) };
                    Pattern::Range(*int, a, b)
                }
                1 => {
                    let patterns = (0..2).map(|_| Pattern::Literal(ty.clone(), self.value(ty))).collect();
                    Pattern::Or(patterns)
                }
                _ => Pattern::Literal(ty.clone(), self.value(ty)),
            },
            Type::Tuple(parts) => {
                let patterns = parts.iter().map(|part| self.pattern(part, depth - 1, binds)).collect();
                Pattern::Parts(ty.clone(), patterns)
            }
            Type::Struct(_) => {
                let parts = self.parts_of(ty);
                let patterns = parts.iter().map(|part| self.pattern(part, depth - 1, binds)).collect();
                Pattern::Parts(ty.clone(), patterns)
            }
            Type::Enum(id) => {
                let variant = self.random.below(self.program.enums[*id].variants.len());
                self.variant_pattern(ty, variant, depth, binds, true)
            }
            Type::Option(_) => {
                let variant = usize::from(self.random.percent(70));
                self.variant_pattern(ty, variant, depth, binds, true)
            }
            Type::Array(..) => Pattern::Wild,
        }
    }

    /// A pattern for a variant, whose fields may not fit if it is `refutable`.
    fn variant_pattern(
        &mut self,
        ty: &Type,
        variant: usize,
        depth: usize,
        binds: bool,
        refutable: bool,
    ) -> Pattern {
        let fields = match ty {
            Type::Enum(id) => self.program.enums[*id].variants[variant].0.clone(),
            Type::Option(of) if variant == 1 => vec![of.as_ref().clone()],
            _ => Vec::new(),
        };
        let patterns = fields
            .iter()
            .map(|field| {
                if refutable {
                    self.pattern(field, depth - 1, binds)
                } else if binds && self.random.percent(75) {
                    let local = self.local();
                    self.declare(local, field.clone(), false);
                    Pattern::Bind(local)
                } else {
                    Pattern::Wild
                }
            })
            .collect();
        Pattern::Variant(ty.clone(), variant, patterns)
    }
}
