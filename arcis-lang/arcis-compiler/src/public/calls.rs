//! Calls of functions and closures.

use wasm_encoder::{Instruction, ValType};

use super::function::{Place, Sink, Writer};
use super::layout::{LIST_SIZE, Repr, list_element};
use super::module::{Failed, Instance};
use crate::source::Span;
use crate::tree::{CallSite, Expr, Target};
use crate::types::{Type, Types};

impl Writer<'_, '_, '_> {
    /// Calls what a call site names. A result in memory goes to the sink, or to a temporary; others are pushed.
    pub(super) fn call(
        &mut self,
        site: &CallSite,
        arguments: &[Expr],
        result: &Type,
        sink: Option<Sink>,
        span: Span,
    ) -> Result<(), Failed> {
        let shown = if span.file == 0 { self.m.here } else { span };
        match self.m.program.target(&site.callee, shown) {
            Target::Error => Err(Failed),
            Target::Body(id, generics, _) => {
                let (_, own) = self.m.function_types(id, &generics)?;
                let is_list = |this: &Self, ty: &Type| list_element(this.m.program, ty).is_some();
                if is_list(self, result) && !is_list(self, &own) {
                    // A `Box` of an array where one of a slice is wanted.
                    let size = self.layout(&own, span)?.size;
                    let made = self.temporary(size);
                    self.run(
                        Instance::Function(id, generics),
                        &[],
                        arguments,
                        &own,
                        Some(made.sink()),
                        span,
                    )?;
                    let sink = sink.unwrap_or_else(|| self.temporary(LIST_SIZE).sink());
                    return self.list_of_box(made, &own, sink, span);
                }
                self.run(Instance::Function(id, generics), &[], arguments, &own, sink, span)
            }
            Target::Intrinsic(name, generics) => {
                self.intrinsic(&name, &generics, arguments, result, sink, span)
            }
            Target::Structural(name, own) => self.structural(&name, &own, arguments, sink, span),
            Target::Struct => {
                let layout = self.layout(result, span)?;
                let sink = sink.unwrap_or_else(|| self.temporary(layout.size).sink());
                let parts = self.m.parts(result, span)?;
                for (argument, part) in arguments.iter().zip(parts) {
                    self.emit_part(argument, sink, part.offset)?;
                }
                Ok(())
            }
            Target::Variant(id, variant) => {
                let layout = self.layout(result, span)?;
                if layout.repr == Repr::I32 {
                    for argument in arguments {
                        self.discard(argument)?;
                    }
                    self.code.i32(variant);
                    return Ok(());
                }
                let sink = sink.unwrap_or_else(|| self.temporary(layout.size).sink());
                let parts = self.m.variant_parts(result, variant, span)?;
                for (argument, part) in arguments.iter().zip(parts) {
                    self.emit_part(argument, sink, part.offset)?;
                }
                self.store_tag(id, variant, sink);
                Ok(())
            }
        }
    }

    /// Calls a function of the module: where a result in memory goes, then `before`, then the arguments.
    fn run(
        &mut self,
        instance: Instance,
        before: &[u32],
        arguments: &[Expr],
        result: &Type,
        sink: Option<Sink>,
        span: Span,
    ) -> Result<(), Failed> {
        let layout = self.layout(result, span)?;
        if layout.repr == Repr::Memory {
            let place = match sink {
                Some(Sink::Memory { base, offset }) => Place::Memory { base, offset },
                _ => self.temporary(layout.size),
            };
            self.push_address(place, span)?;
        }
        for local in before {
            self.code.get(*local);
        }
        for argument in arguments {
            self.push_argument(argument)?;
        }
        self.call_instance(instance, span)?;
        if *result == Type::Never {
            self.code.op(Instruction::Unreachable);
        }
        Ok(())
    }

    /// Pushes an argument; one in memory as the address of a copy, which belongs to the callee.
    fn push_argument(&mut self, argument: &Expr) -> Result<(), Failed> {
        let span = argument.span;
        if argument.ty == Type::Never {
            return self.emit(argument, Sink::Nothing);
        }
        let ty = self.own_type(argument)?;
        let layout = self.layout(&ty, span)?;
        if layout.repr != Repr::Memory {
            return self.push(argument);
        }
        let copy = self.temporary(layout.size);
        self.emit(argument, copy.sink())?;
        self.push_address(copy, span)
    }

    /// Calls a value: a closure or a function, perhaps behind references.
    pub(super) fn call_value(
        &mut self,
        function: &Expr,
        arguments: &[Expr],
        sink: Option<Sink>,
        span: Span,
    ) -> Result<(), Failed> {
        let (place, ty) = self.place(function)?;
        let (mut place, mut ty) = self.peeled(place, &ty, span)?;
        // A `Box` of a closure.
        while let Type::Adt(..) = ty {
            (place, ty) = self.field(place, &ty, 0, span)?;
            (place, ty) = self.peeled(place, &ty, span)?;
        }
        match &ty {
            Type::Closure(id) => {
                let environment = self.environment(place, span)?;
                let result = self.m.program.closure(*id).result;
                let result = self.m.program.normalized(&result);
                self.run(Instance::Closure(*id), &[environment], arguments, &result, sink, span)
            }
            Type::Function(callee) => {
                let site = CallSite::new((**callee).clone());
                let result = match self.m.program.target(&site.callee, span) {
                    Target::Body(id, generics, _) => self.m.function_types(id, &generics)?.1,
                    _ => match &**callee {
                        crate::types::Callee::Constructor(id, _, arguments) => {
                            Type::Adt(*id, arguments.clone())
                        }
                        _ => {
                            return Err(self.unsupported(
                                span,
                                "this function as a value",
                                "write a closure that calls it: `|x| f(x)`",
                            ));
                        }
                    },
                };
                self.call(&site, arguments, &result, sink, span)
            }
            _ => {
                self.layout(&ty, span)?;
                Err(self.m.inconsistent(span, "a function was expected"))
            }
        }
    }

    /// A local with the address of the variables of a closure.
    pub(super) fn environment(&mut self, place: Place, span: Span) -> Result<u32, Failed> {
        let environment = self.code.local(ValType::I32);
        let place = self.within(place, 0, span)?;
        self.push_address(place, span)?;
        self.code.set(environment);
        Ok(environment)
    }

    /// Calls a function of the prelude, for instances of these types.
    pub(super) fn call_prelude(
        &mut self,
        name: &str,
        generics: Types,
        arguments: &[Expr],
        sink: Option<Sink>,
        span: Span,
    ) -> Result<(), Failed> {
        let Some(id) = self.m.program.prelude_function(name) else {
            return Err(self.m.inconsistent(span, "a function of the prelude is missing"));
        };
        let (_, result) = self.m.function_types(id, &generics)?;
        self.run(Instance::Function(id, generics), &[], arguments, &result, sink, span)
    }
}
