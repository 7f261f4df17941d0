//! Macros that circuits may call.

use arcis_compiler::compile_source;

use crate::support::{Edge, Instructions, check};
use crate::{me, runner};

crate::circuit_module! {
    mod circuits {
        use arcis::*;

        fn only_small<const N: usize>() -> usize {
            if N > 10 {
                arcis_static_panic!("more than ten");
            }
            N
        }

        #[instruction]
        pub fn talks(input: Enc<Shared, (u8, Option<u8>)>) -> Enc<Shared, (bool, bool, usize)> {
            let (a, b) = input.to_arcis();
            print!("");
            debug_assert!(a as u16 <= 255, "{a} is a byte");
            debug_assert_eq!(a, a);
            debug_assert_ne!(a as u16, 256);
            let small = matches!(a, 0..=9 | 250..);
            let some = matches!(b, Some(x) if x > a);
            input.owner.from_arcis((small, some, only_small::<7>()))
        }
    }
}

#[test]
fn macros_agree() {
    let instructions = Instructions::must_compile(SOURCE);
    runner(60)
        .run(&(u8::edges(), proptest::option::of(u8::edges())), |argument| {
            check(&instructions, "talks", &argument, &circuits::talks(me().from_arcis(argument)).to_arcis())
        })
        .unwrap();
}

#[test]
fn a_static_panic_that_is_reached_is_an_error() {
    let source = SOURCE
        .replace("only_small :: < 7 >", "only_small::<11>")
        .replace("only_small::<7>", "only_small::<11>");
    assert_ne!(source, SOURCE);
    let diagnostics = compile_source("macros.rs", &source).expect_err("it is reached").to_string();
    assert!(diagnostics.contains("more than ten"), "{diagnostics}");
}
