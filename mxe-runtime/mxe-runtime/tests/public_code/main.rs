//! Public code, native run and WebAssembly compared: the same source, taken by rustc and by the compiler.

#![allow(
    missing_docs,
    dead_code,
    unused_imports,
    unused_comparisons,
    clippy::all,
    reason = "the functions are tried on what makes no sense, too"
)]

use std::fmt::Debug;

use arcis_circuit::{Bits, ParameterKind, PublicRunError, Value, evaluate};
use arcis_compiler::CompiledInstruction;
use mxe_runtime::{Sandbox, SandboxCallError, SandboxFault};
use proptest::prelude::*;

macro_rules! circuit_module {
    (mod $name:ident { $($body:tt)* }) => {
        #[arcis::encrypted]
        pub mod $name { $($body)* }
        pub const SOURCE: &str = concat!("#[encrypted] mod ", stringify!($name), " { ", stringify!($($body)*), " }");
    };
}

/// Compiled instructions with their sandboxes.
struct Instructions(Vec<(CompiledInstruction, Option<Sandbox>)>);

impl Instructions {
    fn must_compile(source: &str) -> Self {
        let compiled = arcis_compiler::compile_source("test.rs", source).expect("the source is good");
        let sandboxed = compiled.into_iter().map(|it| {
            let sandbox =
                it.artifact.public.as_ref().map(|code| Sandbox::new(code).expect("the module is good"));
            (it, sandbox)
        });
        Self(sandboxed.collect())
    }

    /// Runs an instruction without secrets in the clear: prepares, evaluates, finishes.
    fn run<A: Value, R: Value>(
        &self,
        name: &str,
        arguments: &A,
    ) -> Result<R, PublicRunError<SandboxCallError>> {
        let (compiled, sandbox) = self
            .0
            .iter()
            .find(|(it, _)| it.artifact.interface.name == name)
            .expect("there is this instruction");
        let artifact = &compiled.artifact;
        let bits = arguments.to_bits();
        let mut offset = 0;
        let mut words = Vec::new();
        let mut plaintext = Vec::new();
        for parameter in &artifact.interface.parameters {
            for leaf in parameter.ty.leaves().expect("types are good") {
                let word = bits.slice(offset, leaf.width() as usize);
                offset += leaf.width() as usize;
                if parameter.kind == ParameterKind::Plaintext {
                    plaintext.push(word.clone());
                }
                words.push(word);
            }
        }
        let mut call = |call: &arcis_circuit::PublicCall, bytes: &[u8]| {
            sandbox.as_ref().expect("there is public code").call(call, bytes)
        };
        let prepared = artifact.prepare(&plaintext, &mut call)?;
        words.extend(prepared.iter().cloned());
        let mut outputs =
            evaluate(&artifact.circuit, &words, &mut |_| Bits::new()).expect("the circuit can be run");
        let finish = artifact.public.as_ref().and_then(|public| public.finish.as_ref());
        let revealed = outputs.split_off(outputs.len() - finish.map_or(0, |finish| finish.revealed.len()));
        let mut finished = artifact.finish(&plaintext, &prepared, &revealed, &mut call)?.into_iter();
        let mut kept = outputs.into_iter();
        let mut result = Vec::new();
        for (index, output) in (0..).zip(&artifact.interface.outputs) {
            let count = output.ty.leaves().expect("types are good").len();
            let is_finished = finish.is_some_and(|finish| finish.outputs.contains(&index));
            let source: &mut dyn Iterator<Item = Bits> = if is_finished { &mut finished } else { &mut kept };
            result.extend(source.take(count));
        }
        Ok(R::from_bits(&Bits::concat(&result)).expect("the results are of this type"))
    }

    fn check<A: Value + Debug, R: Value + Debug + PartialEq>(
        &self,
        name: &str,
        arguments: &A,
        native: &R,
    ) -> Result<(), TestCaseError> {
        let found: R = self.run(name, arguments).map_err(|error| TestCaseError::fail(error.to_string()))?;
        prop_assert_eq!(
            &found,
            native,
            "{}{:?}: WebAssembly (left) and native run (right) differ",
            name,
            arguments
        );
        Ok(())
    }

    fn fault<A: Value>(&self, name: &str, arguments: &A) -> SandboxFault {
        match self.run::<A, u64>(name, arguments) {
            Err(PublicRunError::Call { error: SandboxCallError::Fault(fault), .. }) => fault,
            other => panic!("a fault was expected: {other:?}"),
        }
    }
}

mod numbers;
mod programs;
