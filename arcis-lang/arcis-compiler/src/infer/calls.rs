//! Paths, calls and method calls, among them those of what the language brings along.

use super::{Check, Inference, is_integer};
use crate::diagnostics::Diagnostic;
use crate::program::Definition;
use crate::source::Span;
use crate::syntax::{self, Name, Path};
use crate::tree::{Builtin, Expr, ExprKind};
use crate::types::{FunctionId, IntegerType, Owner, StructId, Type};

impl Inference<'_> {
    /// A path that is a value: a variable or a constant.
    pub(super) fn path(&mut self, path: &Path) -> Expr {
        let span = path.span;
        match path.segments.as_slice() {
            [segment] => {
                let name = segment.name.text.as_str();
                if let Some(id) = self.find_local(name) {
                    return Expr { kind: ExprKind::Local(id), ty: self.locals[id.0].ty.clone(), span };
                }
                let definition = self.program.lookup(self.scope, name);
                self.definition_as_value(definition, name, span)
            }
            [owner, member] => {
                let name = member.name.text.as_str();
                match self.type_of_segment(owner) {
                    Type::Struct(id) => {
                        let definition = self.program.member(id, name);
                        self.definition_as_value(definition, name, span)
                    }
                    Type::Integer(integer) => self.integer_constant(integer, name, span),
                    Type::Error => Expr { kind: ExprKind::Error, ty: Type::Error, span },
                    other => {
                        let message = format!("`{}` has no constant `{name}`", self.name_of(&other));
                        self.error(Diagnostic::new(span, message))
                    }
                }
            }
            _ => self.error(
                Diagnostic::new(span, "names of other modules are unknown here")
                    .help("define what you need in this module"),
            ),
        }
    }

    fn definition_as_value(&mut self, definition: Option<Definition>, name: &str, span: Span) -> Expr {
        match definition {
            Some(Definition::Constant(id)) => {
                Expr { kind: ExprKind::Constant(id), ty: self.program.constant_type(id), span }
            }
            Some(Definition::Function(_)) => self.error(
                Diagnostic::new(span, "a function cannot be used as a value")
                    .help(format!("call it: `{name}(..)`")),
            ),
            Some(Definition::Struct(id)) if self.program.struct_item(id).fields.is_empty() => {
                Expr { kind: ExprKind::Struct(id, Vec::new(), None), ty: Type::Struct(id), span }
            }
            Some(Definition::Struct(_)) => self.error(
                Diagnostic::new(span, format!("`{name}` is a struct, not a value"))
                    .help(format!("write its fields: `{name} {{ .. }}`")),
            ),
            None => self.error(Diagnostic::new(span, format!("there is nothing called `{name}` here"))),
        }
    }

    fn integer_constant(&mut self, integer: IntegerType, name: &str, span: Span) -> Expr {
        let (bits, ty) = match name {
            "MAX" => (integer.max_bits(), integer),
            "MIN" => (integer.min_bits(), integer),
            "BITS" => (integer.bits.into(), IntegerType { bits: 32, signed: false, pointer_sized: false }),
            _ => {
                let message = format!("`{}` has no constant `{name}`", integer.name());
                return self.error(Diagnostic::new(span, message).help("there are `MIN`, `MAX` and `BITS`"));
            }
        };
        Expr { kind: ExprKind::Integer(bits), ty: Type::Integer(ty), span }
    }

    fn type_of_segment(&mut self, segment: &syntax::Segment) -> Type {
        let path = Path { segments: vec![segment.clone()], span: segment.name.span };
        let ty = syntax::Type { span: path.span, kind: syntax::TypeKind::Path(path) };
        let resolved = self.program.resolve_type(self.scope, &ty);
        self.failed |= resolved == Type::Error;
        resolved
    }

    /// A function or constructor, by its path.
    pub(super) fn call(
        &mut self,
        path: &Path,
        arguments: &[syntax::Expr],
        expected: Option<&Type>,
        span: Span,
    ) -> Expr {
        match path.segments.as_slice() {
            [segment] => {
                let name = segment.name.text.as_str();
                let definition = match (name, self.scope.self_type) {
                    ("Self", Some(id)) => Some(Definition::Struct(id)),
                    _ => self.program.lookup(self.scope, name),
                };
                match definition {
                    _ if self.find_local(name).is_some() => {
                        let help = "call a function by its name";
                        self.error(
                            Diagnostic::new(span, "calling a value cannot be used in a circuit").help(help),
                        )
                    }
                    Some(Definition::Function(id)) => self.call_function(id, arguments, span),
                    Some(Definition::Struct(id)) => self.constructor(id, arguments, path.span, span),
                    Some(Definition::Constant(_)) => self
                        .error(Diagnostic::new(path.span, format!("`{name}` is a constant, not a function"))),
                    None => self.error(
                        Diagnostic::new(path.span, format!("there is no function `{name}` here"))
                            .help("define it in this module"),
                    ),
                }
            }
            [owner, member] if owner.name.text == "Default" && member.name.text == "default" => {
                let ty = expected.cloned().unwrap_or_else(|| self.types.unknown());
                self.default_of(ty, arguments, span)
            }
            [owner, member] => {
                let ty = self.type_of_segment(owner);
                self.call_member(&ty, &member.name, arguments, span)
            }
            _ => self.error(
                Diagnostic::new(path.span, "functions of other modules are unknown here")
                    .help("define what you need in this module"),
            ),
        }
    }

    fn call_function(&mut self, id: FunctionId, arguments: &[syntax::Expr], span: Span) -> Expr {
        let signature = self.program.signature(id);
        if signature.parameters.len() != arguments.len() {
            return self.wrong_count(
                &self.program.function_name(id),
                signature.parameters.len(),
                arguments.len(),
                span,
            );
        }
        let arguments = arguments
            .iter()
            .zip(&signature.parameters)
            .map(|(value, ty)| self.expression_of(value, ty))
            .collect();
        Expr { kind: ExprKind::Call(id, arguments), ty: signature.result.clone(), span }
    }

    fn wrong_count(&mut self, name: &str, wanted: usize, given: usize, span: Span) -> Expr {
        let plural = if wanted == 1 { "argument" } else { "arguments" };
        self.error(Diagnostic::new(span, format!("`{name}` takes {wanted} {plural}, {given} are given")))
    }

    fn constructor(&mut self, id: StructId, arguments: &[syntax::Expr], name: Span, span: Span) -> Expr {
        let fields = self.program.fields(id);
        let item = self.program.struct_item(id);
        if !item.positional {
            let text = &item.name.text;
            let message = format!("the fields of `{text}` have names");
            return self.error(
                Diagnostic::new(name, message).help(format!("write `{text} {{ field: value, .. }}`")),
            );
        }
        if fields.len() != arguments.len() {
            return self.wrong_count(&item.name.text, fields.len(), arguments.len(), span);
        }
        let values = arguments
            .iter()
            .zip(fields.iter())
            .enumerate()
            .map(|(index, (value, field))| (index as u32, self.expression_of(value, &field.ty)))
            .collect();
        Expr { kind: ExprKind::Struct(id, values, None), ty: Type::Struct(id), span }
    }

    fn builtin(&mut self, builtin: Builtin, arguments: Vec<Expr>, ty: Type, span: Span) -> Expr {
        Expr { kind: ExprKind::Builtin(builtin, arguments), ty, span }
    }

    fn default_of(&mut self, ty: Type, arguments: &[syntax::Expr], span: Span) -> Expr {
        if !arguments.is_empty() {
            return self.wrong_count("default", 0, arguments.len(), span);
        }
        self.checks.push(Check::Default(ty.clone(), span));
        self.builtin(Builtin::Default, Vec::new(), ty, span)
    }

    /// `Type::function(..)`
    fn call_member(&mut self, ty: &Type, name: &Name, arguments: &[syntax::Expr], span: Span) -> Expr {
        if let Type::Struct(id) = ty
            && let Some(Definition::Function(function)) = self.program.member(*id, &name.text)
        {
            return self.call_function(function, arguments, span);
        }
        match (ty, name.text.as_str(), arguments) {
            (Type::Error, _, _) => Expr { kind: ExprKind::Error, ty: Type::Error, span },
            (Type::Owner(Owner::Mxe), "get", []) => {
                self.builtin(Builtin::MxeGet, Vec::new(), Type::Owner(Owner::Mxe), span)
            }
            (Type::Owner(Owner::Shared), "new", _) => {
                let help = "take the client as an argument: `client: Shared`, then `client.from_arcis(..)`";
                self.error(
                    Diagnostic::new(span, "a client's key cannot be made up within a circuit").help(help),
                )
            }
            (Type::PublicKey, "from_bytes", [bytes]) => {
                let wanted = Type::Array(Box::new(Type::Integer(IntegerType::U8)), 32);
                let bytes = self.expression_of(bytes, &wanted);
                self.builtin(Builtin::KeyFromBytes, vec![bytes], Type::PublicKey, span)
            }
            (Type::Integer(_), "from", [value]) => {
                let value = self.expression(value, None);
                self.checks.push(Check::From(value.ty.clone(), ty.clone(), span));
                Expr { kind: ExprKind::Cast(Box::new(value)), ty: ty.clone(), span }
            }
            (_, "default", _) => self.default_of(ty.clone(), arguments, span),
            _ => {
                let message = format!("`{}` has no function `{}`", self.name_of(ty), name.text);
                let diagnostic = Diagnostic::new(name.span, message);
                self.error(match ty {
                    Type::Struct(_) => diagnostic.help("define it in an `impl` block of the struct"),
                    _ => diagnostic.help("write it as a function of this module"),
                })
            }
        }
    }

    /// `receiver.method(..)`
    pub(super) fn method_call(
        &mut self,
        receiver: &syntax::Expr,
        method: &Name,
        arguments: &[syntax::Expr],
        span: Span,
    ) -> Expr {
        let receiver_span = receiver.span;
        let receiver = self.expression(receiver, None);
        let receiver = self.dereferenced(receiver);
        if let Type::Struct(id) = &receiver.ty
            && let Some(Definition::Function(function)) = self.program.member(*id, &method.text)
        {
            return self.call_method(function, receiver, method, arguments, span);
        }
        let ty = receiver.ty.clone();
        match (&ty, method.text.as_str(), arguments) {
            (Type::Error, _, _) => Expr { kind: ExprKind::Error, ty: Type::Error, span },
            (Type::Encrypted(_, data), "to_arcis", []) => {
                let data = (**data).clone();
                self.builtin(Builtin::ToArcis, vec![receiver], data, span)
            }
            (Type::Encrypted(..), "reveal", _) => self.error(
                Diagnostic::new(span, "encrypted data cannot be revealed as it is")
                    .help("reveal its value: `.to_arcis().reveal()`"),
            ),
            (Type::Owner(owner), "from_arcis", [value]) => {
                let value = self.expression(value, None);
                let ty = Type::Encrypted(*owner, Box::new(value.ty.clone()));
                self.builtin(Builtin::FromArcis, vec![receiver, value], ty, span)
            }
            (Type::PublicKey, "to_bytes", []) => {
                let bytes = Type::Array(Box::new(Type::Integer(IntegerType::U8)), 32);
                self.builtin(Builtin::KeyToBytes, vec![receiver], bytes, span)
            }
            (_, "reveal", []) => self.builtin(Builtin::Reveal, vec![receiver], ty, span),
            (_, "clone", []) => self.builtin(Builtin::Clone, vec![receiver], ty, span),
            (ty, _, [other]) if self.types.is_integer(ty) && integer_method(&method.text).is_some() => {
                let ty = ty.clone();
                let (builtin, name) = integer_method(&method.text).unwrap_or((Builtin::Clone, ""));
                self.checks.push(Check::IntegerMethod(name, ty.clone(), span));
                let other = self.expression_of(other, &ty);
                self.builtin(builtin, vec![receiver, other], ty, span)
            }
            (Type::Variable(_), _, _) if !self.types.is_integer(&ty) => self.unknown_type(receiver_span),
            _ => {
                let message = format!("`{}` has no method `{}`", self.name_of(&ty), method.text);
                let help = match (&ty, method.text.as_str()) {
                    (Type::Array(..), "iter" | "iter_mut" | "into_iter") => {
                        "go through a reference to the array: `for x in &array`, `for x in &mut array`"
                    }
                    (Type::Array(..), "len") => "use a `const` for the length",
                    (Type::Struct(_), _) => "define it in an `impl` block of the struct",
                    _ if is_integer(&ty).is_some() => {
                        "integers have `min`, `max`, `wrapping_add`, `wrapping_sub` and `wrapping_mul`"
                    }
                    _ => "write it as a function of this module",
                };
                self.error(Diagnostic::new(method.span, message).help(help))
            }
        }
    }

    /// A method of a struct: the receiver is borrowed as the method wants it.
    fn call_method(
        &mut self,
        id: FunctionId,
        receiver: Expr,
        method: &Name,
        arguments: &[syntax::Expr],
        span: Span,
    ) -> Expr {
        let signature = self.program.signature(id);
        if !self.program.function_item(id).has_receiver {
            let name = self.program.function_name(id);
            let message = format!("`{name}` is not a method: it has no `self`");
            return self.error(Diagnostic::new(method.span, message).help(format!("write `{name}(..)`")));
        }
        let Some((self_type, parameters)) = signature.parameters.split_first() else {
            return Expr { kind: ExprKind::Error, ty: Type::Error, span };
        };
        if parameters.len() != arguments.len() {
            return self.wrong_count(&method.text, parameters.len(), arguments.len(), span);
        }
        let receiver = match self_type {
            Type::Reference { .. } => match receiver.kind {
                ExprKind::Dereference(reference) => Expr { ty: self_type.clone(), ..*reference },
                _ => {
                    let at = receiver.span;
                    Expr { kind: ExprKind::Reference(Box::new(receiver)), ty: self_type.clone(), span: at }
                }
            },
            _ => receiver,
        };
        let mut values = vec![receiver];
        values.extend(arguments.iter().zip(parameters).map(|(value, ty)| self.expression_of(value, ty)));
        Expr { kind: ExprKind::Call(id, values), ty: signature.result.clone(), span }
    }
}

fn integer_method(name: &str) -> Option<(Builtin, &'static str)> {
    Some(match name {
        "min" => (Builtin::Min, "min"),
        "max" => (Builtin::Max, "max"),
        "wrapping_add" => (Builtin::WrappingAdd, "wrapping_add"),
        "wrapping_sub" => (Builtin::WrappingSub, "wrapping_sub"),
        "wrapping_mul" => (Builtin::WrappingMul, "wrapping_mul"),
        _ => return None,
    })
}
