//! Variables for unknown types, and equations between types.

use crate::program::Program;
use crate::types::{IntegerType, Type, Variable};

/// What is known of each variable.
#[derive(Default)]
pub(super) struct Variables {
    states: Vec<State>,
}

#[derive(Clone)]
enum State {
    /// Any type.
    Unknown,
    /// Some integer type.
    Integer,
    /// This type.
    Bound(Type),
}

impl Variables {
    /// A variable for any type.
    pub(super) fn unknown(&mut self) -> Type {
        self.add(State::Unknown)
    }

    /// A variable for some integer type.
    pub(super) fn integer(&mut self) -> Type {
        self.add(State::Integer)
    }

    fn add(&mut self, state: State) -> Type {
        self.states.push(state);
        Type::Variable(Variable(self.states.len() - 1))
    }

    /// The type, known at its outside: only an unbound variable is still a variable.
    pub(super) fn shallow(&self, ty: &Type) -> Type {
        match ty {
            Type::Variable(variable) => match &self.states[variable.0] {
                State::Bound(bound) => self.shallow(bound),
                _ => ty.clone(),
            },
            other => other.clone(),
        }
    }

    /// Whether the type is an integer, be it one still to be decided.
    pub(super) fn is_integer(&self, ty: &Type) -> bool {
        match self.shallow(ty) {
            Type::Integer(_) => true,
            Type::Variable(variable) => matches!(self.states[variable.0], State::Integer),
            _ => false,
        }
    }

    /// Adds the equation `a == b`; false when it cannot hold.
    pub(super) fn unify(&mut self, a: &Type, b: &Type) -> bool {
        match (self.shallow(a), self.shallow(b)) {
            (Type::Error, _) | (_, Type::Error) => true,
            (Type::Variable(a), Type::Variable(b)) if a == b => true,
            (Type::Variable(variable), ty) | (ty, Type::Variable(variable)) => self.bind(variable, ty),
            (Type::Array(a, a_length), Type::Array(b, b_length)) => {
                a_length == b_length && self.unify(&a, &b)
            }
            (Type::Tuple(a), Type::Tuple(b)) => {
                a.len() == b.len() && a.iter().zip(&b).fold(true, |fits, (a, b)| self.unify(a, b) && fits)
            }
            (
                Type::Reference { mutable: a_mutable, target: a },
                Type::Reference { mutable: b_mutable, target: b },
            ) => a_mutable == b_mutable && self.unify(&a, &b),
            (Type::Encrypted(a_owner, a), Type::Encrypted(b_owner, b)) => {
                a_owner == b_owner && self.unify(&a, &b)
            }
            (a, b) => a == b,
        }
    }

    fn bind(&mut self, variable: Variable, ty: Type) -> bool {
        if self.occurs(variable, &ty) {
            return false;
        }
        let fits = match &self.states[variable.0] {
            State::Integer => match &ty {
                Type::Integer(_) => true,
                Type::Variable(other) => {
                    self.states[other.0] = State::Integer;
                    true
                }
                _ => false,
            },
            _ => true,
        };
        if fits {
            self.states[variable.0] = State::Bound(ty);
        }
        fits
    }

    fn occurs(&self, variable: Variable, ty: &Type) -> bool {
        match self.shallow(ty) {
            Type::Variable(other) => other == variable,
            Type::Array(element, _) => self.occurs(variable, &element),
            Type::Tuple(elements) => elements.iter().any(|element| self.occurs(variable, element)),
            Type::Reference { target, .. } | Type::Encrypted(_, target) => self.occurs(variable, &target),
            _ => false,
        }
    }

    /// The type with all variables replaced; integers nobody decided are `i32`. `None` when something is unknown.
    pub(super) fn deep(&self, ty: &Type) -> Option<Type> {
        Some(match self.shallow(ty) {
            Type::Variable(variable) => match self.states[variable.0] {
                State::Integer => Type::Integer(IntegerType::I32),
                _ => return None,
            },
            Type::Array(element, length) => Type::Array(Box::new(self.deep(&element)?), length),
            Type::Tuple(elements) => {
                Type::Tuple(elements.iter().map(|element| self.deep(element)).collect::<Option<_>>()?)
            }
            Type::Reference { mutable, target } => {
                Type::Reference { mutable, target: Box::new(self.deep(&target)?) }
            }
            Type::Encrypted(owner, data) => Type::Encrypted(owner, Box::new(self.deep(&data)?)),
            known => known,
        })
    }

    /// The name of a type for a message.
    pub(super) fn name(&self, program: &Program<'_>, ty: &Type) -> String {
        match self.shallow(ty) {
            ty @ Type::Variable(_) if self.is_integer(&ty) => "{integer}".to_owned(),
            Type::Reference { mutable, target } => {
                format!("&{}{}", if mutable { "mut " } else { "" }, self.name(program, &target))
            }
            Type::Array(element, length) => format!("[{}; {length}]", self.name(program, &element)),
            Type::Tuple(elements) if elements.len() > 1 => {
                let names: Vec<String> = elements.iter().map(|element| self.name(program, element)).collect();
                format!("({})", names.join(", "))
            }
            other => program.type_name(&other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_unify_with_integers_only() {
        let mut variables = Variables::default();
        let (literal, other, unknown) = (variables.integer(), variables.integer(), variables.unknown());
        assert!(!variables.unify(&literal, &Type::Bool));
        assert!(variables.unify(&unknown, &literal));
        assert!(variables.is_integer(&unknown));
        assert!(variables.unify(&other, &unknown));
        assert!(variables.unify(&other, &Type::Integer(IntegerType::U8)));
        assert_eq!(variables.deep(&literal), Some(Type::Integer(IntegerType::U8)));
    }

    #[test]
    fn undecided_integers_are_i32_and_unknown_types_stay_unknown() {
        let mut variables = Variables::default();
        let (literal, unknown) = (variables.integer(), variables.unknown());
        let pair = Type::Tuple(vec![literal.clone(), Type::Bool]);
        assert_eq!(
            variables.deep(&pair),
            Some(Type::Tuple(vec![Type::Integer(IntegerType::I32), Type::Bool]))
        );
        assert_eq!(variables.deep(&unknown), None);
    }

    #[test]
    fn no_type_contains_itself() {
        let mut variables = Variables::default();
        let unknown = variables.unknown();
        let around = Type::Tuple(vec![unknown.clone()]);
        assert!(!variables.unify(&unknown, &around));
    }
}
