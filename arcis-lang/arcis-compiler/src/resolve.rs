//! Types as written to types as they are.

use crate::diagnostics::Diagnostic;
use crate::program::{Definition, Program, Scope};
use crate::syntax::{self, Path, TypeKind};
use crate::types::{IntegerType, Type};

/// The type that a written type stands for. Reports what cannot be resolved.
pub fn resolve_type(program: &Program<'_>, scope: Scope, ty: &syntax::Type) -> Type {
    match &ty.kind {
        TypeKind::Path(path) => resolve_path(program, scope, path),
        TypeKind::Tuple(elements) => {
            Type::Tuple(elements.iter().map(|element| resolve_type(program, scope, element)).collect())
        }
        TypeKind::Array(element, length) => {
            let element = resolve_type(program, scope, element);
            match program.length(scope, length) {
                Some(length) => Type::Array(Box::new(element), length),
                None => Type::Error,
            }
        }
        TypeKind::Reference { mutable, target } => {
            Type::Reference { mutable: *mutable, target: Box::new(resolve_type(program, scope, target)) }
        }
        TypeKind::Inferred => {
            let help = "name the type; only inside functions can it be left out";
            program.reporter().report(Diagnostic::new(ty.span, "`_` cannot stand here").help(help));
            Type::Error
        }
        TypeKind::Error => Type::Error,
    }
}

fn resolve_path(program: &Program<'_>, scope: Scope, path: &Path) -> Type {
    let report = |message: String, help: String| {
        program.reporter().report(Diagnostic::new(path.span, message).help(help));
        Type::Error
    };
    let [segment] = path.segments.as_slice() else {
        return report(
            "types of other modules are unknown here".into(),
            "define the type in this module".into(),
        );
    };
    let name = segment.name.text.as_str();
    if name == "Enc" {
        return resolve_encrypted(program, scope, path);
    }
    let found = match name {
        "Self" => scope.self_type.map(Type::Struct),
        _ => match program.lookup(scope, name) {
            Some(Definition::Struct(id)) => Some(Type::Struct(id)),
            Some(_) => None,
            None => primitive(name),
        },
    };
    match found {
        Some(ty) if segment.arguments.is_empty() => ty,
        Some(_) => report(format!("`{name}` takes no type arguments"), format!("write `{name}`")),
        None => report(format!("there is no type `{name}` here"), instead_of(name)),
    }
}

fn resolve_encrypted(program: &Program<'_>, scope: Scope, path: &Path) -> Type {
    let arguments = path.segments.first().map_or(&[][..], |segment| segment.arguments.as_slice());
    if let [owner, data] = arguments {
        if let Type::Owner(owner) = resolve_type(program, scope, owner) {
            return Type::Encrypted(owner, Box::new(resolve_type(program, scope, data)));
        }
        let message = "this is no owner of encrypted data";
        let help = "the owner is `Shared`, a client, or `Mxe`, the application";
        program.reporter().report(Diagnostic::new(owner.span, message).help(help));
        return Type::Error;
    }
    let message = "`Enc` takes two type arguments: owner and data";
    program
        .reporter()
        .report(Diagnostic::new(path.span, message).help("write `Enc<Shared, u64>` or `Enc<Mxe, u64>`"));
    Type::Error
}

fn primitive(name: &str) -> Option<Type> {
    if let Some(owner) = Program::owner_named(name) {
        return Some(Type::Owner(owner));
    }
    match name {
        "bool" => Some(Type::Bool),
        "SolanaPublicKey" => Some(Type::PublicKey),
        _ => IntegerType::from_name(name).map(Type::Integer),
    }
}

fn instead_of(name: &str) -> String {
    match name {
        "f32" | "f64" => "use integers in the smallest unit, such as cents".into(),
        "Vec" | "Box" | "String" | "str" => {
            "use an array: `[u8; 32]`; its length is part of the circuit".into()
        }
        "Option" => "use a struct with a `bool` that says whether the value is there".into(),
        "Pubkey" => "use `SolanaPublicKey`".into(),
        "char" => "use `u32`".into(),
        _ => "define it in this module, or use bool, integers, `SolanaPublicKey`, arrays and tuples".into(),
    }
}
