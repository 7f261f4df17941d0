//! What looks like a macro call. The language knows a few; they are read, not expanded.

use std::sync::Arc;

use syn::parse::{Parse, ParseStream, Parser as _};
use syn::punctuated::Punctuated;

use super::Parser;
use crate::diagnostics::Diagnostic;
use crate::syntax::{Arm, Expr, ExprKind, Pattern, PatternKind};

/// `matches!(value, pattern if guard)`
struct Matches {
    value: syn::Expr,
    pattern: syn::Pat,
    guard: Option<syn::Expr>,
}

impl Parse for Matches {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let value = input.parse()?;
        input.parse::<syn::Token![,]>()?;
        let pattern = syn::Pat::parse_multi_with_leading_vert(input)?;
        let guard = match input.parse::<Option<syn::Token![if]>>()? {
            Some(_) => Some(input.parse()?),
            None => None,
        };
        input.parse::<Option<syn::Token![,]>>()?;
        Ok(Self { value, pattern, guard })
    }
}

impl Parser<'_> {
    pub(super) fn macro_call(&self, call: &syn::Macro) -> ExprKind {
        let span = self.span_of(call);
        let name = call.path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
        let nothing = || ExprKind::Tuple(Vec::new());
        let help = match name.as_str() {
            // They tell something while developing and have no meaning on the network.
            "println" | "print" | "eprintln" | "eprint" | "debug_assert" | "debug_assert_eq"
            | "debug_assert_ne" => return nothing(),
            "arcis_static_panic" | "panic" | "unreachable" | "todo" | "unimplemented" => {
                let text = syn::parse2::<syn::LitStr>(call.tokens.clone()).map(|text| text.value());
                return ExprKind::Panic(text.unwrap_or_else(|_| call.tokens.to_string()).into());
            }
            "matches" => match syn::parse2::<Matches>(call.tokens.clone()) {
                Ok(parsed) => return self.matches(&parsed, span),
                Err(error) => return self.bad_macro(&error),
            },
            "include_bytes" => return self.include_bytes(call),
            "concat" | "stringify" | "env" | "format" => "text has no use in a circuit: remove it",
            "assert" | "assert_eq" | "assert_ne" => {
                "a computation on secrets cannot stop half-way: use `debug_assert!` for native runs, or return a flag that says whether the values were good"
            }
            "vec" => "use an array, whose length is part of the circuit, or a `BoundedVec`",
            "dbg" => "remove it, or use `println!`, which shows values in native runs",
            _ => "write out what it stands for",
        };
        self.unsupported(span, &format!("the macro `{name}!`"), help);
        ExprKind::Error
    }

    fn bad_macro(&self, error: &syn::Error) -> ExprKind {
        self.reporter.report(
            Diagnostic::new(self.span(error.span()), format!("cannot parse this: {error}"))
                .help("the file has to be valid Rust; `cargo check` says more"),
        );
        ExprKind::Error
    }

    fn matches(&self, parsed: &Matches, span: crate::source::Span) -> ExprKind {
        let arm =
            |pattern, guard, value| Arm { pattern, guard, body: Expr { kind: ExprKind::Bool(value), span } };
        let guard = parsed.guard.as_ref().map(|guard| self.expression(guard));
        let arms = vec![
            arm(self.pattern(&parsed.pattern), guard, true),
            arm(Pattern { kind: PatternKind::Wildcard, span }, None, false),
        ];
        ExprKind::Match(Box::new(self.expression(&parsed.value)), arms)
    }

    fn include_bytes(&self, call: &syn::Macro) -> ExprKind {
        let parser = Punctuated::<syn::LitStr, syn::Token![,]>::parse_terminated;
        let path = match parser.parse2(call.tokens.clone()) {
            Ok(arguments) => arguments.first().map(syn::LitStr::value).unwrap_or_default(),
            Err(error) => return self.bad_macro(&error),
        };
        let path = self.folder.join(path);
        match std::fs::read(&path) {
            Ok(bytes) => ExprKind::Bytes(Arc::from(bytes)),
            Err(error) => {
                let message = format!("cannot read {}: {error}", path.display());
                self.reporter.report(
                    Diagnostic::new(self.span_of(call), message)
                        .help("the path starts at the folder of this source file"),
                );
                ExprKind::Error
            }
        }
    }
}
