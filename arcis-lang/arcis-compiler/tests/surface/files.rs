//! Circuits in several files: `encrypted_mod!`, `include_bytes!`, modules in files of their own, library crates.

use std::fs;
use std::path::Path;

use arcis_compiler::{Options, compile};

use crate::support::{Edge, Instructions, check};
use crate::{me, runner};

#[path = "files/circuits.rs"]
mod source;

use source::circuits;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/surface/files/circuits.rs");

#[test]
fn included_files_agree() {
    let compiled = compile(FILE, &Options::default()).unwrap_or_else(|error| panic!("{error}"));
    let instructions = Instructions::of(compiled);
    runner(60)
        .run(&((i32::edges(), i32::edges()), u8::edges()), |((x, y), place)| {
            let argument = (circuits::points::Point { x, y }, place);
            check(
                &instructions,
                "included",
                &argument,
                &circuits::included(me().from_arcis(argument)).to_arcis(),
            )
        })
        .unwrap();
}

fn write(folder: &Path, path: &str, text: &str) {
    let path = folder.join(path);
    fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder can be made");
    fs::write(path, text).expect("the file can be written");
}

const LIBRARY: &str = "
use arcis::*;

pub mod deep;

#[encrypted_library]
mod arcis_library {
    use arcis::*;
    use crate::deep::twice;

    pub const LIMIT: u32 = 50;

    #[derive(Clone, Copy)]
    pub struct Capped { pub value: u32 }

    impl Capped {
        pub fn new(value: u32) -> Self {
            Self { value: if value > LIMIT { LIMIT } else { twice(value) } }
        }
    }
}
";

const DEEP: &str = "
use arcis::*;
#[encrypted_library]
mod arcis_library {
    pub fn twice(x: u32) -> u32 { x * 2 }
}
";

const CIRCUITS: &str = "
use arcis::*;

pub mod other;

#[encrypted]
mod circuits {
    use arcis::*;
    use caps_library::{Capped, LIMIT};
    assert_current_module!(crate::circuits);

    #[instruction]
    pub fn capped(a: Enc<Shared, u32>) -> Enc<Shared, (u32, bool)> {
        let value = Capped::new(a.to_arcis()).value + caps_library::deep::twice(1);
        a.owner.from_arcis((value + crate::other::ONE, value < LIMIT))
    }
}
";

const OTHER: &str = "
use arcis::*;
#[encrypted_library]
mod arcis_library {
    pub const ONE: u32 = 1;
}
";

#[test]
fn a_library_crate_is_found_by_its_path() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    write(
        at,
        "Cargo.toml",
        "[workspace]\nmembers = [\"app\"]\n[workspace.dependencies]\ncaps-library = { path = \"caps\" }\n",
    );
    write(at, "caps/Cargo.toml", "[package]\nname = \"caps-library\"\n");
    write(at, "caps/src/lib.rs", LIBRARY);
    write(at, "caps/src/deep.rs", DEEP);
    write(
        at,
        "app/Cargo.toml",
        "[package]\nname = \"app\"\n[dependencies]\ncaps-library = { workspace = true }\narcis = \"1\"\n",
    );
    write(at, "app/src/lib.rs", CIRCUITS);
    write(at, "app/src/other.rs", OTHER);
    let compiled =
        compile(at.join("app/src/lib.rs"), &Options::default()).unwrap_or_else(|error| panic!("{error}"));
    let instructions = Instructions::of(compiled);
    for (value, expected) in
        [(3u32, (9u32, true)), (50, (103, false)), (51, (53, false)), (u32::MAX, (53, false))]
    {
        assert_eq!(instructions.run::<u32, (u32, bool)>("capped", &value), expected, "{value}");
    }
    // Its path may stand where it is used, too.
    write(
        at,
        "app/Cargo.toml",
        "[package]\nname = \"app\"\n[dependencies]\ncaps-library = { path = \"../caps\" }\n",
    );
    let again = compile(at.join("app/src/lib.rs"), &Options::default()).expect("it compiles");
    assert_eq!(again[0].bytes, instructions.must_find("capped").compiled.bytes);
}

#[test]
fn what_is_wrong_with_files_is_said() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let at = folder.path();
    let module = |body: &str| format!("#[encrypted] mod circuits {{ use arcis::*; {body} }}");
    let message = |name: &str| {
        compile(at.join(name), &Options::default()).expect_err("there is something wrong").to_string()
    };
    write(at, "missing.rs", &module("encrypted_mod!(\"nowhere.rs\");"));
    assert!(message("missing.rs").contains("nowhere.rs: "));
    write(at, "circle.rs", "#[encrypted_library] mod arcis_library { encrypted_mod!(\"circle.rs\"); }");
    write(at, "circle_of.rs", &module("encrypted_mod!(\"circle.rs\");"));
    assert!(message("circle_of.rs").contains("includes itself"));
    write(at, "plain.rs", "pub fn f() {}");
    write(at, "no_library.rs", &module("encrypted_mod!(\"plain.rs\");"));
    assert!(message("no_library.rs").contains("no circuit library"));
    write(at, "instruction.rs", "#[encrypted_library] mod arcis_library { #[instruction] pub fn f() {} }");
    write(at, "library_instruction.rs", &module("encrypted_mod!(\"instruction.rs\", other);"));
    assert!(message("library_instruction.rs").contains("`f` is an instruction in a library"));
    write(at, "unknown.rs", &module("use other_crate::Thing;"));
    assert!(message("unknown.rs").contains("`other_crate::Thing` is not known here"));
    write(at, "bad_call.rs", &module("encrypted_mod!(plain);"));
    assert!(message("bad_call.rs").contains("cannot parse this"));
    // A mistake in an included file is shown there.
    write(at, "mistaken.rs", "#[encrypted_library]\nmod arcis_library {\n    pub fn f() -> u8 { true }\n}");
    write(at, "includes.rs", &module("encrypted_mod!(\"mistaken.rs\");"));
    let text = message("includes.rs");
    assert!(text.contains("mistaken.rs:3:24"), "{text}");
}

#[test]
fn imports_of_what_is_not_there_are_reported() {
    for import in ["nowhere::*", "nowhere::deep::*", "self::nowhere::*", "super::*", "nowhere as other"] {
        let source =
            format!("#[encrypted] mod circuits {{ use {import}; use other::*; fn f(x: Nothing) {{}} }}");
        let diagnostics = arcis_compiler::compile_source("imports.rs", &source).expect_err("it is not there");
        assert!(diagnostics.to_string().contains("is not known here"), "{import}: {diagnostics}");
    }
}
