//! Expressions.

use super::{Generator, Variable};
use crate::syntax::*;

impl Generator {
    /// An expression of a type.
    pub(super) fn expr(&mut self, ty: &Type, depth: usize) -> Expr {
        let size = self.size(ty);
        if depth == 0 || !self.afford(size) {
            return self.leaf(ty);
        }
        for _ in 0..3 {
            if let Some(kind) = self.kind(ty, depth) {
                return Expr { ty: ty.clone(), kind };
            }
        }
        self.leaf(ty)
    }

    fn boxed(&mut self, ty: &Type, depth: usize) -> Box<Expr> {
        Box::new(self.expr(ty, depth))
    }

    /// A variable, if there is one, or a literal.
    pub(super) fn leaf(&mut self, ty: &Type) -> Expr {
        if self.random.percent(80)
            && let Some(place) = self.place_of(ty, false)
        {
            return Expr { ty: ty.clone(), kind: Kind::Place(place) };
        }
        if let Type::Int(int) = ty {
            let fitting: Vec<_> = (0..self.program.constants.len())
                .filter(|id| self.program.constants[*id].0 == *int)
                .collect();
            if !fitting.is_empty() && self.random.percent(40) {
                return Expr { ty: ty.clone(), kind: Kind::Constant(*self.random.pick(&fitting)) };
            }
        }
        Expr { ty: ty.clone(), kind: Kind::Literal(self.value(ty), false) }
    }

    /// A place of a type, without an index that has to be worked out.
    pub(super) fn place_of(&mut self, ty: &Type, mutable: bool) -> Option<Place> {
        let mut found = Vec::new();
        for variable in self.scope.variables.clone() {
            if !mutable || variable.mutable {
                let place = Place {
                    local: variable.local,
                    is_reference: variable.is_reference,
                    ty: variable.ty.clone(),
                    path: Vec::new(),
                };
                self.places_within(place, ty, 2, &mut found);
            }
        }
        if found.is_empty() { None } else { Some(self.random.pick(&found).clone()) }
    }

    /// Places of a type within a place; elements of arrays by a known index.
    fn places_within(&mut self, place: Place, ty: &Type, depth: usize, found: &mut Vec<Place>) {
        if place.ty == *ty {
            found.push(place.clone());
        }
        if depth == 0 {
            return;
        }
        let parts = self.parts_of(&place.ty);
        let count = parts.len();
        for (at, part) in parts.into_iter().enumerate() {
            let is_array = matches!(place.ty, Type::Array(..));
            // A few of many.
            if is_array && count > 2 && !self.random.percent(40) {
                continue;
            }
            let step = if is_array {
                let index = Kind::Literal(Value::Int(at as u128), true);
                Step::Index(place.ty.clone(), Box::new(Expr { ty: Type::Int(USIZE), kind: index }))
            } else {
                Step::Field(place.ty.clone(), at)
            };
            let mut inner = place.clone();
            inner.path.push(step);
            inner.ty = part;
            self.places_within(inner, ty, depth - 1, found);
        }
    }

    /// A place of any type that may be changed, or an element of one at an index that is not known.
    pub(super) fn any_mutable_place(&mut self) -> Option<Place> {
        let mutable: Vec<Variable> = self.scope.variables.iter().filter(|it| it.mutable).cloned().collect();
        if mutable.is_empty() {
            return None;
        }
        let variable = self.random.pick(&mutable).clone();
        let mut place = Place {
            local: variable.local,
            is_reference: variable.is_reference,
            ty: variable.ty,
            path: Vec::new(),
        };
        while self.random.percent(75) {
            let parts = self.parts_of(&place.ty);
            if parts.is_empty() {
                break;
            }
            let at = self.random.below(parts.len());
            let step = match &place.ty {
                Type::Array(_, count) => Step::Index(place.ty.clone(), Box::new(self.index(*count))),
                _ => Step::Field(place.ty.clone(), at),
            };
            place.path.push(step);
            place.ty = parts[at].clone();
        }
        Some(place)
    }

    /// An index into so many elements: known and within them, or of a secret and perhaps beyond.
    pub(super) fn index(&mut self, count: usize) -> Expr {
        let size = Type::Int(USIZE);
        let inputs: Vec<Variable> = self
            .scope
            .variables
            .iter()
            .filter(|it| it.is_input && matches!(it.ty, Type::Int(_)))
            .cloned()
            .collect();
        if !inputs.is_empty() && self.random.percent(45) {
            let input = self.random.pick(&inputs).clone();
            let place =
                Place { local: input.local, is_reference: false, ty: input.ty.clone(), path: Vec::new() };
            let read = Expr { ty: input.ty, kind: Kind::Place(place) };
            let cast = Expr { ty: size.clone(), kind: Kind::Cast(Box::new(read)) };
            if self.random.percent(30) {
                return cast;
            }
            // One beyond the end, now and then.
            let limit = Kind::Literal(Value::Int((count + self.random.below(2)).max(1) as u128), true);
            let limit = Expr { ty: size.clone(), kind: limit };
            return Expr { ty: size, kind: Kind::Binary(Operator::Rem, Box::new(cast), Box::new(limit)) };
        }
        let at = self.random.below(count);
        Expr { ty: size, kind: Kind::Literal(Value::Int(at as u128), true) }
    }

    /// A kind of expression, if what was drawn is possible here.
    fn kind(&mut self, ty: &Type, depth: usize) -> Option<Kind> {
        let deeper = depth - 1;
        match self.random.below(20) {
            0..=6 => self.own_kind(ty, deeper),
            7 => {
                let condition = self.boxed(&Type::Bool, deeper);
                let (yes, no) = (self.block_of(ty, deeper), self.block_of(ty, deeper));
                Some(Kind::If(condition, yes, no))
            }
            8 => {
                let of = self.matched_type();
                let value = self.boxed(&of, deeper);
                let arms = self.arms(&of, |this| this.block_of(ty, deeper));
                Some(Kind::Match(value, arms))
            }
            9 => {
                let inner = self.scalar();
                let of = Type::Option(Box::new(inner));
                let value = self.boxed(&of, deeper);
                let (pattern, yes) = self.scoped(|this| {
                    let pattern = this.pattern(&of, 2, true);
                    (pattern, this.block_of(ty, deeper))
                });
                let no = self.block_of(ty, deeper);
                Some(Kind::IfLet(pattern, value, yes, no))
            }
            10 => Some(Kind::Block(self.block_of(ty, deeper))),
            11 | 12 => self.call_of(ty, deeper),
            13 => {
                let fitting: Vec<_> = self.scope.closures.iter().filter(|it| it.2 == *ty).cloned().collect();
                if fitting.is_empty() {
                    return None;
                }
                let (local, parameters, _) = self.random.pick(&fitting).clone();
                let arguments = parameters.iter().map(|it| self.expr(it, deeper)).collect();
                Some(Kind::CallClosure(local, arguments))
            }
            14 => {
                let of = Type::Option(Box::new(ty.clone()));
                let option = self.boxed(&of, deeper);
                let otherwise = self.boxed(ty, deeper);
                Some(Kind::OptionMethod(OptionMethod::UnwrapOr, option, otherwise))
            }
            15 => {
                // Only where the function gives an option.
                let gives_option = matches!(self.scope.result, Some(Type::Option(_)));
                if !gives_option || self.scope.pure {
                    return None;
                }
                Some(Kind::Try(self.boxed(&Type::Option(Box::new(ty.clone())), deeper)))
            }
            16 => {
                // An element at an index that may not be known.
                let arrays: Vec<_> = self.scope.variables.clone();
                let mut fitting = Vec::new();
                for variable in arrays {
                    if let Type::Array(of, count) = &variable.ty
                        && **of == *ty
                        && *count > 0
                    {
                        fitting.push((variable.clone(), *count));
                    }
                }
                if fitting.is_empty() {
                    return None;
                }
                let (variable, count) = self.random.pick(&fitting).clone();
                let index = self.index(count);
                let path = vec![Step::Index(variable.ty.clone(), Box::new(index))];
                Some(Kind::Place(Place {
                    local: variable.local,
                    is_reference: variable.is_reference,
                    ty: ty.clone(),
                    path,
                }))
            }
            17 => self.fold_of(ty, deeper),
            _ => Some(self.leaf(ty).kind),
        }
    }

    fn own_kind(&mut self, ty: &Type, depth: usize) -> Option<Kind> {
        match ty {
            Type::Bool => self.bool_kind(depth),
            Type::Int(int) => self.int_kind(*int, depth),
            Type::Array(of, count) => match self.random.below(4) {
                0 => Some(Kind::Repeat(self.boxed(of, depth))),
                1 if *count > 0 => {
                    let parameter = self.local();
                    let value = self.closure_value(&[(parameter, Type::Int(USIZE))], of, depth, *count);
                    let closure = Closure { parameters: vec![(parameter, Type::Int(USIZE))], value };
                    Some(Kind::FromFn(Box::new(closure)))
                }
                _ if *count > 0 => Some(Kind::Build(0, (0..*count).map(|_| self.expr(of, depth)).collect())),
                _ => None,
            },
            Type::Tuple(_) | Type::Struct(_) => {
                let parts = self.parts_of(ty);
                Some(Kind::Build(0, parts.iter().map(|part| self.expr(part, depth)).collect()))
            }
            Type::Enum(id) => {
                let variant = self.random.below(self.program.enums[*id].variants.len());
                let fields = self.program.enums[*id].variants[variant].0.clone();
                Some(Kind::Build(variant, fields.iter().map(|field| self.expr(field, depth)).collect()))
            }
            Type::Option(of) => self.option_kind(ty, of, depth),
        }
    }

    fn option_kind(&mut self, ty: &Type, of: &Type, depth: usize) -> Option<Kind> {
        match (self.random.below(8), of) {
            (0, _) => Some(Kind::Build(0, Vec::new())),
            (1, _) => {
                let method = *self.random.pick(&[OptionMethod::Or, OptionMethod::Xor]);
                Some(Kind::OptionMethod(method, self.boxed(ty, depth), self.boxed(ty, depth)))
            }
            (2 | 3, Type::Int(int)) if int.bits <= 64 => {
                let method =
                    *self.random.pick(&[IntMethod::CheckedAdd, IntMethod::CheckedSub, IntMethod::CheckedMul]);
                if method == IntMethod::CheckedMul && !self.afford(int.bits as usize / 4) {
                    return None;
                }
                Some(Kind::IntMethod(method, vec![self.expr(of, depth), self.expr(of, depth)]))
            }
            (4, Type::Int(_)) => {
                let (array, element) = self.iterated()?;
                let parameter = self.local();
                let value = self.closure_value(&[(parameter, element.clone())], of, depth, 4);
                let closure = Closure { parameters: vec![(parameter, element)], value };
                let method = if self.random.percent(50) { Iterate::MapMax } else { Iterate::MapMin };
                Some(Kind::Iterate(method, Box::new(array), Box::new(closure)))
            }
            _ => Some(Kind::Build(1, vec![self.expr(of, depth)])),
        }
    }

    fn bool_kind(&mut self, depth: usize) -> Option<Kind> {
        match self.random.below(12) {
            0 => Some(Kind::Not(self.boxed(&Type::Bool, depth))),
            1 => Some(Kind::Both(self.boxed(&Type::Bool, depth), self.boxed(&Type::Bool, depth))),
            2 => Some(Kind::Either(self.boxed(&Type::Bool, depth), self.boxed(&Type::Bool, depth))),
            3 => {
                let operator = *self.random.pick(&[Operator::And, Operator::Or, Operator::Xor]);
                Some(Kind::Binary(operator, self.boxed(&Type::Bool, depth), self.boxed(&Type::Bool, depth)))
            }
            4 => {
                let of = self.matched_type();
                let value = self.boxed(&of, depth);
                let pattern = self.scoped(|this| this.pattern(&of, 2, false));
                Some(Kind::Matches(value, pattern))
            }
            5 => {
                let of = Type::Option(Box::new(self.scalar()));
                let method = *self.random.pick(&[OptionMethod::IsSome, OptionMethod::IsNone]);
                let unused = Expr { ty: Type::Bool, kind: Kind::Literal(Value::Bool(false), false) };
                Some(Kind::OptionMethod(method, self.boxed(&of, depth), Box::new(unused)))
            }
            6 => {
                let (array, element) = self.iterated()?;
                let parameter = self.local();
                let value = self.closure_value(&[(parameter, element.clone())], &Type::Bool, depth, 4);
                let closure = Closure { parameters: vec![(parameter, element)], value };
                let method = if self.random.percent(50) { Iterate::Any } else { Iterate::All };
                Some(Kind::Iterate(method, Box::new(array), Box::new(closure)))
            }
            _ => {
                let of = if self.random.percent(80) { self.scalar() } else { self.data_type(2) };
                let size = self.size(&of);
                if !self.afford(size) {
                    return None;
                }
                let comparison = *self.random.pick(&[
                    Comparison::Eq,
                    Comparison::Ne,
                    Comparison::Lt,
                    Comparison::Le,
                    Comparison::Gt,
                    Comparison::Ge,
                ]);
                let a = self.boxed(&of, depth);
                let b = self.right_operand(&a, &of, depth);
                Some(Kind::Compare(comparison, a, b))
            }
        }
    }

    /// The right operand; a bare literal now and then, where the left one says the type.
    fn right_operand(&mut self, left: &Expr, ty: &Type, depth: usize) -> Box<Expr> {
        let says_type =
            matches!(left.kind, Kind::Place(_) | Kind::Call(..) | Kind::Cast(_) | Kind::Constant(_));
        if says_type && matches!(ty, Type::Int(_)) && self.random.percent(30) {
            return Box::new(Expr { ty: ty.clone(), kind: Kind::Literal(self.value(ty), true) });
        }
        self.boxed(ty, depth)
    }

    fn int_kind(&mut self, int: Int, depth: usize) -> Option<Kind> {
        let ty = Type::Int(int);
        let heavy = int.bits as usize / 4;
        match self.random.below(24) {
            0..=3 => self.binary(Operator::Add, &ty, depth),
            4..=6 => self.binary(Operator::Sub, &ty, depth),
            7 if self.afford(heavy) => self.binary(Operator::Mul, &ty, depth),
            8 if int.bits <= 32 && self.afford(4 * heavy) => self.binary(Operator::Div, &ty, depth),
            9 if int.bits <= 32 && self.afford(4 * heavy) => self.binary(Operator::Rem, &ty, depth),
            10 => self.binary(Operator::And, &ty, depth),
            11 => self.binary(Operator::Or, &ty, depth),
            12 => self.binary(Operator::Xor, &ty, depth),
            13 | 14 => {
                let operator = *self.random.pick(&[Operator::Shl, Operator::Shr]);
                let by = Type::Int(*self.random.pick(&[
                    U32,
                    U32,
                    Int { bits: 8, signed: false, size: false },
                    Int { bits: 64, signed: false, size: false },
                    Int { bits: 32, signed: true, size: false },
                ]));
                Some(Kind::Binary(operator, self.boxed(&ty, depth), self.boxed(&by, depth)))
            }
            15 => Some(Kind::Not(self.boxed(&ty, depth))),
            16 if int.signed => Some(Kind::Neg(self.boxed(&ty, depth))),
            17..=19 => {
                let from = match self.random.below(6) {
                    0 => Type::Bool,
                    _ => Type::Int(self.int()),
                };
                // rustc warns of a cast to the same type, and that is all.
                Some(Kind::Cast(self.boxed(&from, depth)))
            }
            20 | 21 => self.int_method_kind(int, depth),
            22 if int.size => {
                let (array, element) = self.iterated()?;
                let parameter = self.local();
                let value = self.closure_value(&[(parameter, element.clone())], &Type::Bool, depth, 4);
                let closure = Closure { parameters: vec![(parameter, element)], value };
                Some(Kind::Iterate(Iterate::CountFiltered, Box::new(array), Box::new(closure)))
            }
            23 => {
                // How many, or where.
                let count = Type::Int(USIZE);
                let (array, element) = self.iterated()?;
                let parameter = self.local();
                let value = self.closure_value(&[(parameter, element.clone())], &Type::Bool, depth, 4);
                let closure = Box::new(Closure { parameters: vec![(parameter, element)], value });
                let number = if self.random.percent(50) {
                    Expr { ty: count, kind: Kind::Iterate(Iterate::CountFiltered, Box::new(array), closure) }
                } else {
                    let found = Expr {
                        ty: Type::Option(Box::new(count.clone())),
                        kind: Kind::Iterate(Iterate::Position, Box::new(array), closure),
                    };
                    let none = Expr { ty: count.clone(), kind: Kind::Literal(Value::Int(77), false) };
                    let kind = Kind::OptionMethod(OptionMethod::UnwrapOr, Box::new(found), Box::new(none));
                    Expr { ty: count, kind }
                };
                Some(Kind::Cast(Box::new(number)))
            }
            _ => None,
        }
    }

    fn binary(&mut self, operator: Operator, ty: &Type, depth: usize) -> Option<Kind> {
        let a = self.boxed(ty, depth);
        let b = self.right_operand(&a, ty, depth);
        Some(Kind::Binary(operator, a, b))
    }

    fn int_method_kind(&mut self, int: Int, depth: usize) -> Option<Kind> {
        let ty = Type::Int(int);
        let all = [
            IntMethod::WrappingAdd,
            IntMethod::WrappingSub,
            IntMethod::WrappingMul,
            IntMethod::SaturatingAdd,
            IntMethod::SaturatingSub,
            IntMethod::AbsDiff,
            IntMethod::Min,
            IntMethod::Max,
            IntMethod::CountOnes,
            IntMethod::LeadingZeros,
            IntMethod::TrailingZeros,
            IntMethod::RotateLeft,
            IntMethod::Signum,
            IntMethod::Pow,
        ];
        let method = *self.random.pick(&all);
        match method {
            IntMethod::CountOnes | IntMethod::LeadingZeros | IntMethod::TrailingZeros => {
                if int != U32 {
                    return None;
                }
                let of = Type::Int(self.int());
                Some(Kind::IntMethod(method, vec![self.expr(&of, depth)]))
            }
            IntMethod::AbsDiff => {
                if int.signed {
                    return None;
                }
                let of = Type::Int(Int { signed: self.random.percent(50), ..int });
                if int.size {
                    return None;
                }
                Some(Kind::IntMethod(method, vec![self.expr(&of, depth), self.expr(&of, depth)]))
            }
            IntMethod::Signum if !int.signed => None,
            IntMethod::Signum => Some(Kind::IntMethod(method, vec![self.expr(&ty, depth)])),
            IntMethod::Pow => {
                if !self.afford(int.bits as usize) {
                    return None;
                }
                let exponent = Kind::Literal(Value::Int(self.random.below(4) as u128), true);
                let exponent = Expr { ty: Type::Int(U32), kind: exponent };
                Some(Kind::IntMethod(method, vec![self.expr(&ty, depth), exponent]))
            }
            IntMethod::RotateLeft => {
                let by = Kind::Literal(Value::Int(self.random.below(20) as u128), true);
                let by = Expr { ty: Type::Int(U32), kind: by };
                Some(Kind::IntMethod(method, vec![self.expr(&ty, depth), by]))
            }
            IntMethod::WrappingMul if !self.afford(int.bits as usize / 4) => None,
            _ => Some(Kind::IntMethod(method, vec![self.expr(&ty, depth), self.expr(&ty, depth)])),
        }
    }

    /// An array to go through, and the type of its elements.
    pub(super) fn iterated(&mut self) -> Option<(Expr, Type)> {
        let arrays: Vec<Variable> = self
            .scope
            .variables
            .iter()
            .filter(|it| matches!(it.ty, Type::Array(..)) && !it.is_reference)
            .cloned()
            .collect();
        if arrays.is_empty() || self.random.percent(20) {
            let of = self.scalar();
            let count = self.random.between(1, 4);
            let ty = Type::Array(Box::new(of.clone()), count);
            if !self.afford(count) {
                return None;
            }
            let parts = (0..count).map(|_| self.leaf(&of)).collect();
            return Some((Expr { ty, kind: Kind::Build(0, parts) }, of));
        }
        let variable = self.random.pick(&arrays).clone();
        let Type::Array(of, _) = &variable.ty else { return None };
        let of = of.as_ref().clone();
        let place =
            Place { local: variable.local, is_reference: false, ty: variable.ty.clone(), path: Vec::new() };
        Some((Expr { ty: variable.ty, kind: Kind::Place(place) }, of))
    }

    fn fold_of(&mut self, ty: &Type, depth: usize) -> Option<Kind> {
        let first = self.expr(ty, depth.saturating_sub(1));
        let (array, element) = self.iterated()?;
        let parameters = [(self.local(), ty.clone()), (self.local(), element)];
        let value = self.closure_value(&parameters, ty, depth, 4);
        let closure = Closure { parameters: parameters.to_vec(), value };
        Some(Kind::Iterate(Iterate::Fold(Box::new(first)), Box::new(array), Box::new(closure)))
    }

    /// What a closure gives that is called about so many times.
    pub(super) fn closure_value(
        &mut self,
        parameters: &[(Local, Type)],
        ty: &Type,
        depth: usize,
        times: usize,
    ) -> Expr {
        let before = self.scope.times;
        self.scope.times = before.max(1) * times.max(1);
        let value = self.scoped(|this| {
            // Only what nobody changes can be captured while others use it.
            let outer = this.scope.variables.clone();
            this.scope.variables.retain(|it| !it.mutable);
            for (local, ty) in parameters {
                this.declare(*local, ty.clone(), false);
            }
            let value = this.purely(|this| this.expr(ty, depth.min(2)));
            this.scope.variables = outer;
            value
        });
        self.scope.times = before;
        value
    }

    fn call_of(&mut self, ty: &Type, depth: usize) -> Option<Kind> {
        let fitting: Vec<usize> = (0..self.program.functions.len())
            .filter(|id| self.program.functions[*id].result == *ty)
            .collect();
        if fitting.is_empty() {
            return None;
        }
        let id = *self.random.pick(&fitting);
        self.call(id, depth)
    }

    /// A call of a function.
    pub(super) fn call(&mut self, id: usize, depth: usize) -> Option<Kind> {
        let (parameters, work) = {
            let function = &self.program.functions[id];
            (function.parameters.clone(), function.work)
        };
        if self.scope.pure && parameters.iter().any(|it| it.1 == Passing::Exclusive) {
            return None;
        }
        if !self.afford(work) {
            return None;
        }
        let mut arguments = Vec::new();
        let mut exclusive: Vec<Local> = Vec::new();
        let mut shared: Vec<Local> = Vec::new();
        for (ty, passing) in &parameters {
            match passing {
                Passing::Value | Passing::Mutable => {}
                Passing::Shared | Passing::Exclusive => {
                    let place = self.place_of(ty, *passing == Passing::Exclusive)?;
                    let clash = exclusive.contains(&place.local)
                        || *passing == Passing::Exclusive && shared.contains(&place.local);
                    if clash {
                        return None;
                    }
                    if *passing == Passing::Exclusive {
                        exclusive.push(place.local);
                        arguments.push(Some(Argument::Exclusive(place)));
                    } else {
                        shared.push(place.local);
                        arguments.push(Some(Argument::Shared(place)));
                    }
                    continue;
                }
            }
            arguments.push(None);
        }
        // Arguments by value read nothing that is borrowed to be changed.
        let outer = self.scope.variables.clone();
        self.scope.variables.retain(|it| !exclusive.contains(&it.local));
        let arguments = arguments
            .into_iter()
            .zip(&parameters)
            .map(|(argument, (ty, _))| match argument {
                Some(argument) => argument,
                None => Argument::Value(self.purely(|this| this.expr(ty, depth))),
            })
            .collect();
        self.scope.variables = outer;
        Some(Kind::Call(id, arguments))
    }
}
