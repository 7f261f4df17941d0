//! The stages one after another, and what each makes, as text.

use std::path::Path;
use std::sync::Arc;

use arcis_circuit::public::PAGE_BYTES;
use arcis_circuit::{Artifact, Circuit, Finish, PublicCall, PublicCode, cost_units};

use crate::diagnostics::{Diagnostic, Diagnostics, Reporter};
use crate::evaluate::{self, EvaluatedInstruction, RecordedCall};
use crate::parse::Found;
use crate::program::Program;
use crate::public::{Failed, ModuleBuilder};
use crate::source::{Sources, Span};
use crate::split::{Part, Split, split};
use crate::syntax::Module;
use crate::tree::print_body;
use crate::types::FunctionId;
use crate::{CompiledInstruction, parse, passes, prelude};

/// Stack of the thread that compiles: sources nest.
const STACK: usize = 1 << 29;

/// What can be printed of a compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The typed trees of all functions without generic parameters.
    Tree,
    /// The circuits as they are evaluated.
    Graph,
    /// The circuits after all passes.
    Circuit,
    /// The typed interfaces, as JSON.
    Interface,
}

/// A source on its way through the stages.
struct Compilation {
    sources: Sources,
    reporter: Reporter,
    prelude: Arc<Module>,
    found: Found,
}

/// Compiles all instructions of a source; `name` stands for the file in diagnostics. With the `path` of the file, library
/// crates that its `Cargo.toml` names are known.
///
/// # Errors
/// All that is wrong with the source, at once.
pub fn compile(name: &str, text: &str, path: Option<&Path>) -> Result<Vec<CompiledInstruction>, Diagnostics> {
    with_stack(|| Compilation::new(name, text, path).finish())
}

/// What a stage makes of a source, as text.
///
/// # Errors
/// All that is wrong with the source up to this stage.
pub fn print(name: &str, text: &str, stage: Stage) -> Result<String, Diagnostics> {
    with_stack(|| Compilation::new(name, text, None).print(stage))
}

/// What a stage makes of a file, as text; its library crates are known.
///
/// # Errors
/// All that is wrong with the source up to this stage; also when it cannot be read.
pub fn print_file(path: &Path, stage: Stage) -> Result<String, Diagnostics> {
    let name = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => with_stack(|| Compilation::new(&name, &text, Some(path)).print(stage)),
        Err(error) => Err(Diagnostics::about_file(&name, format!("cannot read the file: {error}"))),
    }
}

/// Runs on a thread of its own with room for deep nesting; on this one where there can be no other.
fn with_stack<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().name("arcis-compiler".to_owned()).stack_size(STACK);
        match thread.spawn_scoped(scope, work) {
            Ok(running) => match running.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            },
            Err(error) => panic!("no thread to compile on: {error}"),
        }
    })
}

impl Compilation {
    fn new(name: &str, text: &str, path: Option<&Path>) -> Self {
        let mut sources = Sources::default();
        let reporter = Reporter::default();
        let prelude = prelude::add(&mut sources);
        if u32::try_from(text.len()).is_err() {
            let file = sources.add(name, "");
            reporter.report(Diagnostic::new(Span { file, start: 0, end: 0 }, "this file is too large"));
            return Self { sources, reporter, prelude, found: Found::default() };
        }
        let file = sources.add(name, text);
        let found = parse::parse(&mut sources, file, path, &reporter);
        Self { sources, reporter, prelude, found }
    }

    fn finish(self) -> Result<Vec<CompiledInstruction>, Diagnostics> {
        let compiled = self.compile();
        match self.reporter.finish(&self.sources) {
            Some(diagnostics) => Err(diagnostics),
            None => Ok(compiled),
        }
    }

    fn print(self, stage: Stage) -> Result<String, Diagnostics> {
        let text = match stage {
            Stage::Tree => self.print_trees(),
            Stage::Graph => self.print_graphs(false),
            Stage::Circuit => self.print_graphs(true),
            Stage::Interface => {
                let interfaces: Vec<_> = self.compile().into_iter().map(|it| it.artifact.interface).collect();
                // Interfaces have string keys only, so this cannot fail.
                serde_json::to_string_pretty(&interfaces).unwrap_or_default() + "\n"
            }
        };
        match self.reporter.finish(&self.sources) {
            Some(diagnostics) => Err(diagnostics),
            None => Ok(text),
        }
    }

    fn program(&self) -> Program<'_> {
        Program::new(&self.prelude, &self.found, &self.reporter)
    }

    fn print_trees(&self) -> String {
        let program = self.program();
        let functions = plain_functions(&program);
        let bodies =
            functions.into_iter().filter_map(|id| program.body(id, &Arc::from([])).map(|body| (id, body)));
        bodies.map(|(id, body)| print_body(&program, &program.function_name(id), &body)).collect()
    }

    fn print_graphs(&self, after_passes: bool) -> String {
        let program = self.program();
        let mut text = String::new();
        for (_, instruction) in evaluated(&program) {
            let name = instruction.interface.name.clone();
            let (graph, outputs) = if after_passes {
                let Some(split) = split(&program, instruction) else { continue };
                passes::run(split.circuit.0, split.circuit.1)
            } else {
                (instruction.graph, instruction.outputs)
            };
            text += &format!("circuit {name}\n{}", graph.print(&outputs));
        }
        text
    }

    fn compile(&self) -> Vec<CompiledInstruction> {
        let program = self.program();
        let mut compiled = Vec::new();
        for (id, instruction) in evaluated(&program) {
            let name = &program.function(id).item.name;
            let interface = instruction.interface.clone();
            let Some(split) = split(&program, instruction) else { continue };
            let public = match public_code(&program, &split) {
                Ok(public) => public,
                Err(Failed) => continue,
            };
            let (graph, outputs) = passes::run(split.circuit.0, split.circuit.1);
            let circuit = graph.to_circuit(&name.text, outputs);
            let artifact = Artifact { interface, circuit, public };
            let report = |error: &dyn std::error::Error| {
                let message = format!("`{}` cannot be an instruction: {error}", name.text);
                self.reporter.report(Diagnostic::new(name.span, message));
            };
            if let Err(error) = artifact.validate() {
                report(&error);
                continue;
            }
            let cost_units = match cost_units(&artifact) {
                Ok(cost_units) => cost_units,
                Err(error) => {
                    report(&error);
                    continue;
                }
            };
            compiled.push(CompiledInstruction {
                cost_units,
                bytes: artifact.to_bytes(),
                artifact,
                position: self.sources.position(name.span),
                operation_positions: graph
                    .nodes()
                    .filter(|(_, node)| node.part == 0)
                    .map(|(_, node)| self.sources.position(node.span))
                    .collect(),
            });
        }
        compiled
    }
}

/// The author's functions that can be typed on their own: those without generic parameters.
fn plain_functions(program: &Program<'_>) -> Vec<FunctionId> {
    let functions = program.own_functions().filter(|id| {
        let definition = program.function(*id);
        definition.scope.generics.names.is_empty() && definition.item.body.is_some()
    });
    functions.collect()
}

/// The public code of an instruction, if it calls any.
fn public_code(program: &Program<'_>, split: &Split) -> Result<Option<PublicCode>, Failed> {
    if split.prepare.is_empty() && split.finish.is_none() {
        return Ok(None);
    }
    let mut builder = ModuleBuilder::new(program);
    let prepare = public_calls(program, &mut builder, &split.prepare)?;
    let finish = match &split.finish {
        None => None,
        Some(finish) => Some(Finish {
            revealed: finish.revealed.clone(),
            calls: public_calls(program, &mut builder, &finish.calls)?,
            outputs: finish.outputs.clone(),
            results: glue("results", &finish.results),
        }),
    };
    let (module, pages) = builder.finish()?;
    let finish_calls = split.finish.iter().flat_map(|finish| &finish.calls);
    let mut memory_pages = 0;
    for (call, _) in split.prepare.iter().chain(finish_calls) {
        let item = &program.function(call.function).item;
        let memory_kib = item.public.map_or(0, |limits| limits.memory_kib);
        let allowed = memory_kib.div_ceil(u64::from(PAGE_BYTES / 1024)) as u32;
        if allowed < pages {
            let least = u64::from(pages) * u64::from(PAGE_BYTES / 1024);
            program.reporter().report(
                Diagnostic::new(item.name.span, format!("`{}` needs more memory than it declares", item.name.text))
                    .help(format!("its stack and its constants take some already: declare at least {least} KiB: `#[public(memory_kib = {least})]`")),
            );
            return Err(Failed);
        }
        memory_pages = allowed.max(memory_pages);
    }
    Ok(Some(PublicCode { module, memory_pages, prepare, finish }))
}

fn public_calls(
    program: &Program<'_>,
    builder: &mut ModuleBuilder<'_, '_>,
    calls: &[(RecordedCall, Part)],
) -> Result<Vec<PublicCall>, Failed> {
    let call = |(call, arguments): &(RecordedCall, Part)| {
        let item = &program.function(call.function).item;
        Ok(PublicCall {
            function: item.name.text.to_string(),
            entry: builder.entry(call.function, &call.generics, call.span)?,
            fuel: item.public.map_or(1, |limits| limits.fuel),
            arguments: glue(&item.name.text, arguments),
            results: call.result_widths.clone(),
        })
    };
    calls.iter().map(call).collect()
}

/// A part that runs in the clear, as a circuit.
fn glue(name: &str, (graph, outputs): &Part) -> Circuit {
    let (graph, outputs) = passes::run(graph.clone(), outputs.clone());
    graph.to_circuit(name, outputs)
}

/// Checks every definition that stands on its own, used or not, and evaluates the instructions.
fn evaluated(program: &Program<'_>) -> Vec<(FunctionId, EvaluatedInstruction)> {
    for id in program.own_adts() {
        program.variants(id);
    }
    for id in program.own_functions() {
        program.signature(id);
    }
    for id in plain_functions(program) {
        program.body(id, &Arc::from([]));
    }
    for id in program.own_constants() {
        program.constant_type(id);
        if program.stands_alone(id) {
            program.constant_value(id, &Arc::from([]));
        }
    }
    let mut checked = ModuleBuilder::new(program);
    for id in plain_functions(program) {
        let definition = program.function(id);
        if definition.item.public.is_some() && program.body(id, &Arc::from([])).is_some() {
            // What is wrong with it was reported where it stands.
            let _ = checked.check(id, definition.item.name.span);
        }
    }
    let instructions = program.own_functions().filter(|id| program.function(*id).item.instruction);
    instructions.filter_map(|id| evaluate::instruction(program, id).map(|it| (id, it))).collect()
}
