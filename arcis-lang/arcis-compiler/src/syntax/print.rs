//! The syntax tree as Rust, every grouping explicit.

use std::fmt::Write;

use super::{
    Block, Expr, ExprKind, FunctionItem, Item, Iterable, Module, Path, Pattern, PatternKind, Statement,
    StructItem, Type, TypeKind,
};

/// Prints a module.
pub fn print_module(module: &Module) -> String {
    let mut printer = Printer { out: String::new(), depth: 0 };
    printer.line(&format!("mod {} {{", module.name.text));
    printer.indented(|printer| module.items.iter().for_each(|item| printer.item(item)));
    printer.line("}");
    printer.out
}

struct Printer {
    out: String,
    depth: usize,
}

impl Printer {
    fn line(&mut self, text: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.out, "{:indent$}{text}", "", indent = self.depth * 4);
    }

    fn indented(&mut self, body: impl FnOnce(&mut Self)) {
        self.depth += 1;
        body(self);
        self.depth -= 1;
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Struct(item) => self.struct_item(item),
            Item::Function(function) => self.function(function),
            Item::Const(item) => {
                let (ty, value) = (print_type(&item.ty), self.expression(&item.value));
                self.line(&format!("const {}: {ty} = {value};", item.name.text));
            }
            Item::Impl(item) => {
                self.line(&format!("impl {} {{", print_type(&item.target)));
                self.indented(|printer| {
                    for item in &item.constants {
                        printer.item(&Item::Const(item.clone()));
                    }
                    item.functions.iter().for_each(|function| printer.function(function));
                });
                self.line("}");
            }
        }
    }

    fn struct_item(&mut self, item: &StructItem) {
        if !item.derives.is_empty() {
            let derives: Vec<&str> = item.derives.iter().map(|name| name.text.as_str()).collect();
            self.line(&format!("#[derive({})]", derives.join(", ")));
        }
        self.line(&format!("struct {} {{", item.name.text));
        self.indented(|printer| {
            item.fields
                .iter()
                .for_each(|(name, ty)| printer.line(&format!("{}: {},", name.text, print_type(ty))));
        });
        self.line("}");
    }

    fn function(&mut self, function: &FunctionItem) {
        if function.instruction {
            self.line("#[instruction]");
        }
        let parameters: Vec<String> = function
            .parameters
            .iter()
            .map(|(pattern, ty)| format!("{}: {}", print_pattern(pattern), print_type(ty)))
            .collect();
        let body = self.block(&function.body);
        let result = print_type(&function.result);
        self.line(&format!("fn {}({}) -> {result} {body}", function.name.text, parameters.join(", ")));
    }

    fn block(&mut self, block: &Block) -> String {
        let mut inner = Self { out: String::new(), depth: self.depth + 1 };
        for statement in &block.statements {
            match statement {
                Statement::Let { pattern, ty, value } => {
                    let mut text = format!("let {}", print_pattern(pattern));
                    if let Some(ty) = ty {
                        text += &format!(": {}", print_type(ty));
                    }
                    if let Some(value) = value {
                        text += &format!(" = {}", inner.expression(value));
                    }
                    inner.line(&(text + ";"));
                }
                Statement::Expression(expression) => {
                    let text = inner.expression(expression);
                    inner.line(&(text + ";"));
                }
            }
        }
        if let Some(value) = &block.value {
            let text = inner.expression(value);
            inner.line(&text);
        }
        format!("{{\n{}{:indent$}}}", inner.out, "", indent = self.depth * 4)
    }

    fn list(&mut self, expressions: &[Expr]) -> String {
        expressions.iter().map(|expression| self.expression(expression)).collect::<Vec<_>>().join(", ")
    }

    fn expression(&mut self, expression: &Expr) -> String {
        match &expression.kind {
            ExprKind::Integer(value, suffix) => format!("{value}{}", suffix.as_deref().unwrap_or_default()),
            ExprKind::Bool(value) => value.to_string(),
            ExprKind::Path(path) => print_path(path),
            ExprKind::Unary(op, operand) => format!("({}{})", op.symbol(), self.expression(operand)),
            ExprKind::Binary(op, left, right) => {
                format!("({} {} {})", self.expression(left), op.symbol(), self.expression(right))
            }
            ExprKind::Assign(place, value) => {
                format!("{} = {}", self.expression(place), self.expression(value))
            }
            ExprKind::AssignOp(op, place, value) => {
                format!("{} {}= {}", self.expression(place), op.symbol(), self.expression(value))
            }
            ExprKind::Call(path, arguments) => format!("{}({})", print_path(path), self.list(arguments)),
            ExprKind::MethodCall { receiver, method, arguments } => {
                format!("{}.{}({})", self.expression(receiver), method.text, self.list(arguments))
            }
            ExprKind::Field(base, name) => format!("{}.{}", self.expression(base), name.text),
            ExprKind::Index(base, index) => format!("{}[{}]", self.expression(base), self.expression(index)),
            ExprKind::Tuple(elements) if elements.len() == 1 => format!("({},)", self.list(elements)),
            ExprKind::Tuple(elements) => format!("({})", self.list(elements)),
            ExprKind::Array(elements) => format!("[{}]", self.list(elements)),
            ExprKind::Repeat(value, length) => {
                format!("[{}; {}]", self.expression(value), self.expression(length))
            }
            ExprKind::Struct { path, fields, base } => {
                let mut parts: Vec<String> = fields
                    .iter()
                    .map(|(name, value)| format!("{}: {}", name.text, self.expression(value)))
                    .collect();
                if let Some(base) = base {
                    parts.push(format!("..{}", self.expression(base)));
                }
                format!("{} {{ {} }}", print_path(path), parts.join(", "))
            }
            ExprKind::If { condition, when_true, when_false } => {
                let mut text = format!("if {} {}", self.expression(condition), self.block(when_true));
                if let Some(when_false) = when_false {
                    text += &format!(" else {}", self.expression(when_false));
                }
                text
            }
            ExprKind::Block(block) => self.block(block),
            ExprKind::For { pattern, iterable, body } => {
                let iterable = match &**iterable {
                    Iterable::Range { start, end, inclusive } => {
                        let dots = if *inclusive { "..=" } else { ".." };
                        format!("{}{dots}{}", self.expression(start), self.expression(end))
                    }
                    Iterable::Elements(elements) => self.expression(elements),
                };
                format!("for {} in {iterable} {}", print_pattern(pattern), self.block(body))
            }
            ExprKind::Reference { mutable, target } => {
                format!("(&{}{})", if *mutable { "mut " } else { "" }, self.expression(target))
            }
            ExprKind::Dereference(target) => format!("(*{})", self.expression(target)),
            ExprKind::Cast(value, ty) => format!("({} as {})", self.expression(value), print_type(ty)),
            ExprKind::Error => "<error>".to_owned(),
        }
    }
}

fn print_path(path: &Path) -> String {
    let segments: Vec<String> = path
        .segments
        .iter()
        .map(|segment| {
            if segment.arguments.is_empty() {
                return segment.name.text.clone();
            }
            let arguments: Vec<String> = segment.arguments.iter().map(print_type).collect();
            format!("{}<{}>", segment.name.text, arguments.join(", "))
        })
        .collect();
    segments.join("::")
}

fn print_type(ty: &Type) -> String {
    match &ty.kind {
        TypeKind::Path(path) => print_path(path),
        TypeKind::Tuple(elements) => {
            let elements: Vec<String> = elements.iter().map(print_type).collect();
            if elements.len() == 1 {
                format!("({},)", elements[0])
            } else {
                format!("({})", elements.join(", "))
            }
        }
        TypeKind::Array(element, length) => {
            let length = Printer { out: String::new(), depth: 0 }.expression(length);
            format!("[{}; {length}]", print_type(element))
        }
        TypeKind::Reference { mutable, target } => {
            format!("&{}{}", if *mutable { "mut " } else { "" }, print_type(target))
        }
        TypeKind::Inferred => "_".to_owned(),
        TypeKind::Error => "<error>".to_owned(),
    }
}

fn print_pattern(pattern: &Pattern) -> String {
    match &pattern.kind {
        PatternKind::Wildcard => "_".to_owned(),
        PatternKind::Binding { name, mutable } => {
            format!("{}{}", if *mutable { "mut " } else { "" }, name.text)
        }
        PatternKind::Tuple(elements) => {
            let elements: Vec<String> = elements.iter().map(print_pattern).collect();
            format!("({})", elements.join(", "))
        }
        PatternKind::Struct { path, fields, rest } => {
            let mut parts: Vec<String> = fields
                .iter()
                .map(|(name, pattern)| format!("{}: {}", name.text, print_pattern(pattern)))
                .collect();
            if *rest {
                parts.push("..".to_owned());
            }
            format!("{} {{ {} }}", print_path(path), parts.join(", "))
        }
        PatternKind::Reference(target) => format!("&{}", print_pattern(target)),
        PatternKind::Error => "<error>".to_owned(),
    }
}
