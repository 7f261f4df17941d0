//! The prelude: the part of the standard library that circuits have, in the language itself (`prelude/*.rs`).
//!
//! It is parsed once and shared by all compilations; what a module does not use is never typed.

use std::sync::{Arc, OnceLock};

use crate::diagnostics::Reporter;
use crate::parse;
use crate::source::Sources;
use crate::syntax::Module;

/// Its name in diagnostics, where only a mistake in it could bring it.
pub const NAME: &str = "<prelude>";

const SOURCES: [&str; 17] = [
    include_str!("../prelude/core.rs"),
    include_str!("../prelude/option.rs"),
    include_str!("../prelude/memory.rs"),
    include_str!("../prelude/owners.rs"),
    include_str!("../prelude/gadgets.rs"),
    include_str!("../prelude/hashes.rs"),
    include_str!("../prelude/random.rs"),
    include_str!("../prelude/iterators.rs"),
    include_str!("../prelude/adapters.rs"),
    include_str!("../prelude/ranges.rs"),
    include_str!("../prelude/slices.rs"),
    include_str!("../prelude/bounded.rs"),
    include_str!("../prelude/fields.rs"),
    include_str!("../prelude/models.rs"),
    include_str!("../prelude/signatures.rs"),
    include_str!("../prelude/verify.rs"),
    include_str!("../prelude/clear.rs"),
];
/// What is written once for each integer type.
const INTEGERS: &str =
    concat!(include_str!("../prelude/integers.rs"), include_str!("../prelude/field_integers.rs"));

const FLOATS: &str = include_str!("../prelude/floats.rs");

/// The text: the sources one after another, and what is written once for each integer type.
pub fn text() -> String {
    let mut text = SOURCES.concat();
    text += &FLOATS.replace("__Float", "f32");
    text += &FLOATS.replace("__Float", "f64");
    let mut earlier: Vec<(u32, bool, &str)> = Vec::new();
    for (bits, unsigned, signed) in [
        (8, "u8", "i8"),
        (16, "u16", "i16"),
        (32, "u32", "i32"),
        (64, "u64", "i64"),
        (128, "u128", "i128"),
        (64, "usize", "isize"),
    ] {
        for (is_signed, name) in [(false, unsigned), (true, signed)] {
            let most = if is_signed { u128::MAX >> (129 - bits) } else { u128::MAX >> (128 - bits) };
            let least = if is_signed { format!("-{}", most + 1) } else { "0".to_owned() };
            text += &INTEGERS
                .replace("__Int", name)
                .replace("__Unsigned", unsigned)
                .replace("__Signed", signed)
                .replace("__SIGNED", if is_signed { "true" } else { "false" })
                .replace("__WIDTH", &bits.to_string())
                .replace("__BYTES", &(bits / 8).to_string())
                .replace("__LEAST", &least)
                .replace("__MOST", &most.to_string());
            if is_signed {
                text += &format!(
                    "impl Neg for {name} {{ type Output = {name}; fn neg(self) -> {name} {{ 0 - self }} }}\n"
                );
            }
            for (smaller, was_signed, from) in &earlier {
                let fits = *smaller < bits && (!was_signed || is_signed);
                let to_size = name.ends_with("size");
                text += &try_from(from, name);
                text += &try_from(name, from);
                if fits && (!to_size || *smaller <= 16) && !from.ends_with("size") {
                    text += &format!(
                        "impl From<{from}> for {name} {{ fn from(value: {from}) -> {name} {{ value as {name} }} }}\n"
                    );
                }
            }
            earlier.push((bits, is_signed, name));
        }
    }
    text
}

/// The conversion between two integer types that may fail.
fn try_from(from: &str, to: &str) -> String {
    format!(
        "impl TryFrom<{from}> for {to} {{
            type Error = TryFromIntError;
            fn try_from(value: {from}) -> Result<{to}, TryFromIntError> {{
                let cast = value as {to};
                if cast as {from} == value && (cast < 0) == (value < 0) {{ Ok(cast) }} else {{ Err(TryFromIntError {{}}) }}
            }}
        }}
        impl TryInto<{to}> for {from} {{
            type Error = TryFromIntError;
            fn try_into(self) -> Result<{to}, TryFromIntError> {{ {to}::try_from(self) }}
        }}
"
    )
}

/// Adds the prelude to the sources, as the first of them, and gives its syntax tree.
pub fn add(sources: &mut Sources) -> Arc<Module> {
    static PARSED: OnceLock<Arc<Module>> = OnceLock::new();
    let parsed = PARSED.get_or_init(|| {
        let mut sources = Sources::default();
        let file = sources.add(NAME, &text());
        let reporter = Reporter::default();
        let module = parse::parse_module(&mut sources, file, &reporter);
        debug_assert_eq!(reporter.count(), 0, "the prelude can be parsed");
        Arc::new(module)
    });
    sources.add(NAME, "");
    Arc::clone(parsed)
}
