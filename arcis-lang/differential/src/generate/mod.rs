//! Random valid programs.
//!
//! A program is typed as it is made: whoever needs an expression says of which type. What rustc's borrow checker would refuse
//! is never made: closures capture variables that are not changed, a variable is borrowed once in a call. The length of a
//! run is bounded as well: everything has a weight, which loops and calls multiply.

mod expressions;
mod statements;
mod types;

use crate::random::Random;
use crate::syntax::*;

/// Most weight of a run, loops and calls followed.
const WEIGHT: usize = 260;

/// The program of a seed.
pub fn program(seed: u64) -> Program {
    let mut generator = Generator {
        random: Random::new(seed),
        program: Program {
            structs: Vec::new(),
            enums: Vec::new(),
            constants: Vec::new(),
            functions: Vec::new(),
            secret_parameters: 0,
        },
        scope: Scope::default(),
    };
    generator.definitions();
    for _ in 0..generator.random.below(4) {
        generator.function();
    }
    generator.instruction();
    generator.program
}

struct Generator {
    random: Random,
    program: Program,
    scope: Scope,
}

/// What can be used where the generator is.
#[derive(Default)]
struct Scope {
    variables: Vec<Variable>,
    closures: Vec<(Local, Vec<Type>, Type)>,
    /// Loops that may be left.
    labels: Vec<Label>,
    next_local: Local,
    next_label: Label,
    /// What the function gives.
    result: Option<Type>,
    /// Weight used so far, and by how much loops multiply what follows.
    weight: usize,
    times: usize,
    /// Whether what is made is within a closure or an argument of a call that borrows: it may change nothing and not leave.
    pure: bool,
}

#[derive(Clone)]
struct Variable {
    local: Local,
    ty: Type,
    mutable: bool,
    is_reference: bool,
    /// Whether it is a secret parameter that never changes: an index that is not known when compiling.
    is_input: bool,
}

impl Generator {
    fn local(&mut self) -> Local {
        self.scope.next_local += 1;
        self.scope.next_local - 1
    }

    fn label(&mut self) -> Label {
        self.scope.next_label += 1;
        self.scope.next_label - 1
    }

    /// Whether something of this weight may still be made.
    fn afford(&mut self, weight: usize) -> bool {
        let weight = weight * self.scope.times.max(1);
        if self.scope.weight + weight > WEIGHT {
            return false;
        }
        self.scope.weight += weight;
        true
    }

    /// Makes something in which variables are declared that are gone afterwards.
    fn scoped<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> T {
        let (variables, closures) = (self.scope.variables.len(), self.scope.closures.len());
        let made = make(self);
        self.scope.variables.truncate(variables);
        self.scope.closures.truncate(closures);
        made
    }

    /// Makes something that changes nothing.
    fn purely<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> T {
        let before = std::mem::replace(&mut self.scope.pure, true);
        let made = make(self);
        self.scope.pure = before;
        made
    }

    fn declare(&mut self, local: Local, ty: Type, mutable: bool) {
        self.scope.variables.push(Variable { local, ty, mutable, is_reference: false, is_input: false });
    }

    fn parameters(&mut self, parameters: &[(Type, Passing)]) {
        for (ty, passing) in parameters {
            let local = self.local();
            let is_reference = matches!(passing, Passing::Shared | Passing::Exclusive);
            let mutable = matches!(passing, Passing::Mutable | Passing::Exclusive);
            self.scope.variables.push(Variable {
                local,
                ty: ty.clone(),
                mutable,
                is_reference,
                is_input: false,
            });
        }
    }

    fn function(&mut self) {
        self.scope = Scope { times: 1, ..Scope::default() };
        let method_of = (!self.program.structs.is_empty() && self.random.percent(40))
            .then(|| self.random.below(self.program.structs.len()));
        let mut parameters = Vec::new();
        for at in 0..self.random.between(1, 3) {
            let ty = match method_of {
                Some(of) if at == 0 => Type::Struct(of),
                _ => self.data_type(2),
            };
            let passing = *self.random.pick(&[
                Passing::Value,
                Passing::Value,
                Passing::Mutable,
                Passing::Shared,
                Passing::Exclusive,
            ]);
            parameters.push((ty, passing));
        }
        let result = self.data_type(2);
        self.parameters(&parameters);
        // A function is called several times.
        self.scope.weight = WEIGHT * 3 / 4;
        let body = self.body(&result, 3);
        let work = self.scope.weight - WEIGHT * 3 / 4 + 2;
        self.program.functions.push(Function { parameters, method_of, result, body, work });
    }

    fn instruction(&mut self) {
        self.scope = Scope { times: 1, ..Scope::default() };
        let secret = self.random.between(1, 4);
        let plain = if self.random.percent(40) { self.random.between(1, 2) } else { 0 };
        let parameters: Vec<_> = (0..secret + plain).map(|_| (self.data_type(3), Passing::Value)).collect();
        self.parameters(&parameters);
        self.scope.variables.iter_mut().for_each(|variable| variable.is_input = true);
        let result = self.data_type(3);
        let body = self.body(&result, 6);
        let work = self.scope.weight;
        self.program.secret_parameters = secret;
        self.program.functions.push(Function { parameters, method_of: None, result, body, work });
    }

    /// A body that gives a value, of up to so many statements.
    fn body(&mut self, result: &Type, most: usize) -> Block {
        self.scope.result = Some(result.clone());
        let mut statements = Vec::new();
        for _ in 0..self.random.between(1, most) {
            self.statement(3, &mut statements);
        }
        let value = self.expr(result, 3);
        Block { statements, value: Some(Box::new(value)) }
    }
}
