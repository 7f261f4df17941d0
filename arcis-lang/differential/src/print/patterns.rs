//! Patterns.

use super::{Body, int_name, literal};
use crate::syntax::*;

impl Body<'_, '_> {
    pub(super) fn pattern(&mut self, pattern: &Pattern) {
        match pattern {
            Pattern::Wild => self.push("_"),
            Pattern::Bind(local) => self.push(&format!("v{local}")),
            Pattern::Literal(Type::Int(int), Value::Int(bits)) => {
                let text = format!("{}{}", literal(*int, *bits), int_name(*int));
                self.push(&text);
            }
            Pattern::Literal(_, value) => {
                let text = self.value(&Type::Bool, value, true);
                self.push(&text);
            }
            Pattern::Range(int, from, to) => {
                self.push(&format!("{}..={}", literal(*int, *from), literal(*int, *to)));
            }
            Pattern::Or(patterns) => {
                for (at, pattern) in patterns.iter().enumerate() {
                    self.push(if at > 0 { " | " } else { "" });
                    self.pattern(pattern);
                }
            }
            Pattern::Parts(ty, parts) => {
                let (name, named) = match ty {
                    Type::Struct(id) => (format!("S{id}"), !self.printer.program.structs[*id].is_tuple),
                    _ => (String::new(), false),
                };
                self.pattern_fields(&name, named, parts);
            }
            Pattern::Variant(Type::Option(_), _, parts) if parts.is_empty() => self.push("None"),
            Pattern::Variant(Type::Option(_), _, parts) => self.pattern_fields("Some", false, parts),
            Pattern::Variant(Type::Enum(id), variant, parts) => {
                let named = self.printer.program.enums[*id].variants[*variant].1;
                self.pattern_fields(&format!("E{id}::V{variant}"), named, parts);
            }
            Pattern::Variant(..) => {}
        }
    }

    fn pattern_fields(&mut self, name: &str, named: bool, parts: &[Pattern]) {
        self.push(name);
        if parts.is_empty() {
            return;
        }
        self.push(if named { " { " } else { "(" });
        for (at, part) in parts.iter().enumerate() {
            if named {
                self.push(&format!("f{at}: "));
            }
            self.pattern(part);
            self.push(if at + 1 < parts.len() { ", " } else { "" });
        }
        self.push(if named { " }" } else { ")" });
    }
}
