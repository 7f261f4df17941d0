//! Variables and unification.

use std::sync::Arc;

use super::Infer;
use crate::types::{Callee, Type, Types};

/// What a variable may become.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Anything.
    General,
    /// The type of an integer literal.
    Integer,
    /// The type of a literal with a point.
    Float,
}

/// The variables of a body.
#[derive(Default)]
pub(super) struct Variables {
    states: Vec<(Kind, Option<Type>)>,
    /// Variables in the order they were bound, to undo it; and those whose kind was narrowed.
    trail: Vec<(u32, Kind)>,
}

/// What [`Variables`] were, to go back to.
pub(super) struct Snapshot {
    variables: usize,
    trail: usize,
    pending: usize,
}

impl Variables {
    pub(super) fn fresh(&mut self, kind: Kind) -> Type {
        self.states.push((kind, None));
        Type::Variable(self.states.len() as u32 - 1)
    }

    pub(super) fn kind(&self, variable: u32) -> Kind {
        self.states.get(variable as usize).map_or(Kind::General, |state| state.0)
    }

    /// What is known of the outermost part of a type.
    pub(super) fn shallow(&self, ty: &Type) -> Type {
        let mut ty = ty;
        while let Type::Variable(variable) = ty {
            match self.states.get(*variable as usize) {
                Some((_, Some(bound))) => ty = bound,
                _ => break,
            }
        }
        ty.clone()
    }

    /// What is known of a type.
    pub(super) fn resolved(&self, ty: &Type) -> Type {
        ty.map(&mut |part| match part {
            Type::Variable(_) => {
                let known = self.shallow(part);
                Some(if matches!(known, Type::Variable(_)) { known } else { self.resolved(&known) })
            }
            _ => None,
        })
    }

    fn bind(&mut self, variable: u32, ty: Type) {
        if let Some(state) = self.states.get_mut(variable as usize) {
            self.trail.push((variable, state.0));
            state.1 = Some(ty);
        }
    }

    fn narrow(&mut self, variable: u32, kind: Kind) {
        if let Some(state) = self.states.get_mut(variable as usize) {
            self.trail.push((variable, state.0));
            state.0 = kind;
        }
    }

    fn rollback(&mut self, to: usize, variables: usize) {
        while self.trail.len() > to {
            if let Some((variable, kind)) = self.trail.pop()
                && let Some(state) = self.states.get_mut(variable as usize)
            {
                *state = (kind, None);
            }
        }
        self.states.truncate(variables);
    }

    /// Variables without a type, by kind.
    pub(super) fn open(&self, kind: Kind) -> Vec<u32> {
        let all = self.states.iter().enumerate();
        all.filter(|(_, state)| state.0 == kind && state.1.is_none()).map(|(index, _)| index as u32).collect()
    }

    /// Makes two types the same; whether that can be.
    pub(super) fn unify(&mut self, a: &Type, b: &Type) -> bool {
        let (a, b) = (self.shallow(a), self.shallow(b));
        match (&a, &b) {
            (Type::Error, _) | (_, Type::Error) => true,
            (Type::Variable(a), Type::Variable(b)) if a == b => true,
            (Type::Variable(first), Type::Variable(second)) => {
                let (first_kind, second_kind) = (self.kind(*first), self.kind(*second));
                match (first_kind, second_kind) {
                    (Kind::General, _) => self.bind(*first, b.clone()),
                    (_, Kind::General) => self.bind(*second, a.clone()),
                    _ if first_kind == second_kind => self.bind(*first, b.clone()),
                    _ => return false,
                }
                true
            }
            (Type::Variable(variable), other) | (other, Type::Variable(variable)) => {
                let fits = match self.kind(*variable) {
                    Kind::General => !self.occurs(*variable, other),
                    Kind::Integer => matches!(other, Type::Integer(_)),
                    Kind::Float => matches!(other, Type::Float(_)),
                };
                if fits {
                    self.bind(*variable, other.clone());
                }
                fits
            }
            (Type::Tuple(a), Type::Tuple(b)) => self.unify_lists(a, b),
            (Type::Array(a, length), Type::Array(b, other)) => self.unify(a, b) && self.unify(length, other),
            (Type::Slice(a), Type::Slice(b)) => self.unify(a, b),
            (Type::Reference(mutable, a), Type::Reference(other, b)) => mutable == other && self.unify(a, b),
            (Type::Adt(a, arguments), Type::Adt(b, others)) => a == b && self.unify_lists(arguments, others),
            (Type::Pointer(a, result), Type::Pointer(b, other)) => {
                self.unify_lists(a, b) && self.unify(result, other)
            }
            (Type::Opaque(a, arguments), Type::Opaque(b, others)) => {
                a == b && self.unify_lists(arguments, others)
            }
            (Type::Function(a), Type::Function(b)) => match (&**a, &**b) {
                (Callee::Function(a, arguments), Callee::Function(b, others)) => {
                    a == b && self.unify_lists(arguments, others)
                }
                (Callee::Method(_, a, arguments), Callee::Method(_, b, others)) => {
                    a == b && self.unify_lists(arguments, others)
                }
                (Callee::Constructor(a, variant, arguments), Callee::Constructor(b, other, others)) => {
                    a == b && variant == other && self.unify_lists(arguments, others)
                }
                _ => false,
            },
            _ => a == b,
        }
    }

    pub(super) fn unify_lists(&mut self, a: &Types, b: &Types) -> bool {
        a.len() == b.len() && a.iter().zip(b.iter()).all(|(a, b)| self.unify(a, b))
    }

    fn occurs(&self, variable: u32, ty: &Type) -> bool {
        self.resolved(ty).any(&mut |part| *part == Type::Variable(variable))
    }

    /// The variable becomes one of an integer, if nothing else is known of it.
    pub(super) fn make_integer(&mut self, ty: &Type) {
        if let Type::Variable(variable) = self.shallow(ty)
            && self.kind(variable) == Kind::General
        {
            self.narrow(variable, Kind::Integer);
        }
    }
}

impl Infer<'_, '_> {
    pub(super) fn snapshot(&self) -> Snapshot {
        Snapshot {
            variables: self.variables.states.len(),
            trail: self.variables.trail.len(),
            pending: self.pending.len(),
        }
    }

    pub(super) fn rollback(&mut self, snapshot: &Snapshot) {
        self.variables.rollback(snapshot.trail, snapshot.variables);
        self.pending.truncate(snapshot.pending);
    }

    /// Makes two types the same, or leaves both as they are.
    pub(super) fn try_unify(&mut self, a: &Type, b: &Type) -> bool {
        let snapshot = self.snapshot();
        let fits = self.variables.unify(a, b);
        if !fits {
            self.rollback(&snapshot);
        }
        fits
    }

    pub(super) fn shallow(&self, ty: &Type) -> Type {
        self.variables.shallow(ty)
    }

    /// What is known of the outermost part of a type, once what waits was looked at again.
    pub(super) fn known(&mut self, ty: &Type) -> Type {
        let known = self.variables.shallow(ty);
        if !matches!(known, Type::Variable(_)) {
            return known;
        }
        self.process();
        self.variables.shallow(ty)
    }

    /// The type with all references taken off.
    pub(super) fn peeled(&mut self, ty: &Type) -> Type {
        let mut ty = self.known(ty);
        while let Type::Reference(_, target) = &ty {
            ty = self.known(&Arc::clone(target));
        }
        ty
    }
}
