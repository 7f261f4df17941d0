//! Instructions: parameters become inputs of the circuit, the result becomes its outputs.
//!
//! The leak check is here: what goes to everybody has to have been revealed.

use std::rc::Rc;

use arcis_circuit::{Interface, Output, OutputKind, Parameter, ParameterKind, Visibility, WireId};

use super::value::{Owner, Value};
use super::{Evaluator, Stop};
use crate::diagnostics::Diagnostic;
use crate::graph::Graph;
use crate::layout::layout;
use crate::program::Program;
use crate::source::Span;
use crate::syntax::{self, PatternKind};
use crate::tree::{Body, Expr, ExprKind};
use crate::types::{self, FunctionId, Type};

/// An instruction, evaluated.
#[derive(Clone, Debug)]
pub struct EvaluatedInstruction {
    /// What it takes and gives.
    pub interface: Interface,
    /// The operations.
    pub graph: Graph,
    /// The wires that are the result.
    pub outputs: Vec<WireId>,
}

/// Evaluates an instruction; `None` when something was reported.
pub fn instruction(program: &Program<'_>, id: FunctionId) -> Option<EvaluatedInstruction> {
    let mut evaluator = Evaluator::new(program);
    let evaluated = evaluator.instruction(id).ok()?;
    (!evaluator.failed).then_some(evaluated)
}

impl Evaluator<'_> {
    fn instruction(&mut self, id: FunctionId) -> Result<EvaluatedInstruction, Stop> {
        let program = self.program;
        let item = program.function_item(id);
        let signature = program.signature(id);
        let mut parameters: Vec<Parameter> = Vec::new();
        let mut arguments = Vec::new();
        // Both before the body is run: what is wrong with the signature is reported together.
        let mut fits = true;
        for ((pattern, written), ty) in item.parameters.iter().zip(&signature.parameters) {
            match self.parameter(&parameters, pattern, written.span, ty) {
                Ok((parameter, argument)) => {
                    parameters.push(parameter);
                    arguments.push(argument);
                }
                Err(Stop) => fits = false,
            }
        }
        let result_types: Vec<&Type> = match &signature.result {
            Type::Tuple(elements) => elements.iter().collect(),
            other => vec![other],
        };
        let outputs: Vec<_> =
            result_types.into_iter().map(|ty| self.output_type(ty, item.result.span)).collect();
        let Some(body) = program.body(id).filter(|_| fits) else { return Err(Stop) };
        let outputs = outputs.into_iter().collect::<Result<Vec<_>, _>>()?;
        self.calls.push((id, item.name.span));
        let value = self.body(&body, arguments)?;
        self.calls.pop();

        let values = match (&signature.result, &value) {
            (Type::Tuple(_), Value::Aggregate(parts)) => parts.as_ref().clone(),
            _ => vec![value],
        };
        let spans = result_spans(&body, values.len());
        let mut wires = Vec::new();
        let mut written: Vec<Output> = Vec::new();
        for (((value, output), ty), span) in
            values.iter().zip(outputs).zip(output_types(&signature.result)).zip(spans)
        {
            let output = self.output(value, output, ty, &written, &signature.parameters, span, &mut wires)?;
            written.push(output);
        }
        let interface = Interface { name: item.name.text.clone(), parameters, outputs: written };
        Ok(EvaluatedInstruction { interface, graph: std::mem::take(&mut self.graph), outputs: wires })
    }

    fn parameter(
        &mut self,
        earlier: &[Parameter],
        pattern: &syntax::Pattern,
        span: Span,
        ty: &Type,
    ) -> Result<(Parameter, Value), Stop> {
        let index = earlier.len();
        let name = match &pattern.kind {
            PatternKind::Binding { name, .. } => name.text.clone(),
            _ => format!("argument_{index}"),
        };
        let clients = earlier.iter().filter(|parameter| {
            matches!(parameter.kind, ParameterKind::Shared { .. } | ParameterKind::Recipient { .. })
        });
        let slot = clients.count() as u16;
        let source = Some(index as u16);
        let (kind, data) = match ty {
            Type::Encrypted(types::Owner::Shared, data) => (ParameterKind::Shared { slot }, &**data),
            Type::Encrypted(types::Owner::Mxe, data) => (ParameterKind::Cell, &**data),
            Type::Owner(types::Owner::Shared) => (ParameterKind::Recipient { slot }, &Type::UNIT),
            Type::Owner(types::Owner::Mxe) => (ParameterKind::Mxe, &Type::UNIT),
            other => (ParameterKind::Plaintext, other),
        };
        let layout = self.layout(data, span)?;
        let visibility =
            if kind == ParameterKind::Plaintext { Visibility::Public } else { Visibility::Secret };
        let value = self.input(data, visibility, &name, span)?;
        let value = match kind {
            ParameterKind::Plaintext => value,
            ParameterKind::Shared { slot } => Value::Encrypted(Owner::Client { slot }, Rc::new(value)),
            ParameterKind::Cell => Value::Encrypted(Owner::Application { source }, Rc::new(value)),
            ParameterKind::Recipient { slot } => Value::Owner(Owner::Client { slot }),
            ParameterKind::Mxe => Value::Owner(Owner::Application { source: None }),
        };
        Ok((Parameter { name, kind, ty: layout }, value))
    }

    /// Inputs for a value of this type, one word for each scalar.
    fn input(&mut self, ty: &Type, visibility: Visibility, name: &str, span: Span) -> Result<Value, Stop> {
        let word = |this: &mut Self, width: u32| {
            Ok(Value::Word(this.graph.input(width, visibility, name.to_owned())))
        };
        match ty {
            Type::Bool => word(self, 1),
            Type::Integer(integer) => word(self, integer.bits.into()),
            Type::PublicKey => word(self, 256),
            Type::Array(element, length) => (0..*length)
                .map(|index| self.input(element, visibility, &format!("{name}[{index}]"), span))
                .collect::<Result<_, _>>()
                .map(Value::aggregate),
            Type::Tuple(elements) => elements
                .iter()
                .enumerate()
                .map(|(index, element)| self.input(element, visibility, &format!("{name}.{index}"), span))
                .collect::<Result<_, _>>()
                .map(Value::aggregate),
            Type::Struct(id) => self
                .program
                .fields(*id)
                .iter()
                .map(|field| self.input(&field.ty, visibility, &format!("{name}.{}", field.name), span))
                .collect::<Result<_, _>>()
                .map(Value::aggregate),
            _ => Err(self.inconsistent(span, "an argument of a type without layout")),
        }
    }

    /// The type of data in the interface. Reports what cannot be there.
    fn layout(&mut self, ty: &Type, span: Span) -> Result<arcis_circuit::Type, Stop> {
        match layout(self.program, ty) {
            // Checked here, since inputs are made for every scalar of it.
            Ok(layout) => match layout.validate() {
                Ok(()) => Ok(layout),
                Err(error) => {
                    let message =
                        format!("this cannot be an argument or a result of an instruction: {error}");
                    Err(self.stop(Diagnostic::new(span, message).help("split it over several calls")))
                }
            },
            Err(None) => {
                self.failed = true;
                Err(Stop)
            }
            Err(Some(why)) => {
                let message = "this cannot be an argument or a result of an instruction";
                Err(self.stop(Diagnostic::new(span, message).label(why.what).help(why.instead)))
            }
        }
    }

    fn output_type(&mut self, ty: &Type, span: Span) -> Result<arcis_circuit::Type, Stop> {
        match ty {
            Type::Encrypted(_, data) => self.layout(data, span),
            other => self.layout(other, span),
        }
    }

    #[allow(clippy::too_many_arguments, reason = "an output is judged by all of them, in one place")]
    fn output(
        &mut self,
        value: &Value,
        layout: arcis_circuit::Type,
        ty: &Type,
        earlier: &[Output],
        parameters: &[Type],
        span: Span,
        wires: &mut Vec<WireId>,
    ) -> Result<Output, Stop> {
        let (kind, data) = match value {
            Value::Encrypted(Owner::Client { slot }, data) => (OutputKind::Shared { slot: *slot }, &**data),
            Value::Encrypted(Owner::Application { source }, data) => {
                // A cell is overwritten once, and with what it is for; further outputs go to cells that the caller names.
                let fits = |source: &u16| {
                    parameters.get(usize::from(*source)) == Some(ty)
                        && !earlier
                            .iter()
                            .any(|output| output.kind == OutputKind::Cell { source: Some(*source) })
                };
                (OutputKind::Cell { source: source.filter(fits) }, &**data)
            }
            plain => (OutputKind::Public, plain),
        };
        let Some(words) = data.words() else {
            return Err(self.inconsistent(span, "an output of a type without layout"));
        };
        if kind == OutputKind::Public && words.iter().any(|wire| !self.graph.is_public(*wire)) {
            self.report(
                Diagnostic::new(span, "this result is secret, but everybody would see it")
                    .label("a secret value flows into this")
                    .help(
                        "write `.reveal()` to make it public, or return it encrypted: `owner.from_arcis(..)`",
                    ),
            );
        }
        wires.extend(words);
        Ok(Output { kind, ty: layout })
    }
}

fn output_types(result: &Type) -> Vec<&Type> {
    match result {
        Type::Tuple(elements) => elements.iter().collect(),
        other => vec![other],
    }
}

/// Where each output is computed: the elements of a tuple that ends the function, else its last expression.
fn result_spans(body: &Body, count: usize) -> Vec<Span> {
    fn last(expression: &Expr) -> &Expr {
        match &expression.kind {
            ExprKind::Block(_, value) => last(value),
            _ => expression,
        }
    }
    let value = last(&body.value);
    match &value.kind {
        ExprKind::Aggregate(elements) if elements.len() == count && matches!(value.ty, Type::Tuple(_)) => {
            elements.iter().map(|element| element.span).collect()
        }
        _ => vec![value.span; count],
    }
}
