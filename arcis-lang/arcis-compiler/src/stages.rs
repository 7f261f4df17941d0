//! The stages one after another, and what each makes, as text.

use arcis_circuit::{Artifact, cost_units};

use crate::diagnostics::{Diagnostic, Diagnostics, Reporter};
use crate::evaluate::{self, EvaluatedInstruction};
use crate::program::Program;
use crate::source::{Sources, Span};
use crate::syntax::{Module, print_module};
use crate::tree::print_body;
use crate::types::FunctionId;
use crate::{CompiledInstruction, parse, passes};

/// What can be printed of a compilation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// The syntax trees.
    Syntax,
    /// The typed trees of all functions.
    Tree,
    /// The circuits as they are evaluated.
    Graph,
    /// The circuits after all passes.
    Circuit,
    /// The typed interfaces, as JSON.
    Interface,
}

/// A source on its way through the stages.
pub struct Compilation {
    sources: Sources,
    reporter: Reporter,
    modules: Vec<Module>,
}

impl Compilation {
    /// Parses a source; `name` stands for the file in diagnostics.
    pub fn new(name: &str, text: &str) -> Self {
        let mut sources = Sources::default();
        let reporter = Reporter::default();
        if u32::try_from(text.len()).is_err() {
            reporter.report(Diagnostic::new(Span::default(), "this file is too large"));
            return Self { sources, reporter, modules: Vec::new() };
        }
        let file = sources.add(name, text);
        let modules = parse::parse(&sources, file, &reporter);
        Self { sources, reporter, modules }
    }

    /// Compiles all instructions.
    ///
    /// # Errors
    /// All that is wrong with the source, at once.
    pub fn finish(mut self) -> Result<Vec<CompiledInstruction>, Diagnostics> {
        let compiled = self.compile();
        match self.reporter.finish(&self.sources) {
            Some(diagnostics) => Err(diagnostics),
            None => Ok(compiled),
        }
    }

    /// What a stage makes of the source, as text.
    ///
    /// # Errors
    /// All that is wrong with the source up to this stage.
    pub fn print(mut self, stage: Stage) -> Result<String, Diagnostics> {
        let text = match stage {
            Stage::Syntax => self.modules.iter().map(print_module).collect(),
            Stage::Tree => self.print_trees(),
            Stage::Graph => self.print_graphs(|graph, outputs| (graph, outputs)),
            Stage::Circuit => self.print_graphs(passes::run),
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

    fn print_trees(&mut self) -> String {
        let program = Program::new(std::mem::take(&mut self.modules), &self.reporter);
        program
            .functions()
            .filter_map(|id| {
                program.body(id).map(|body| print_body(&program, &program.function_name(id), &body))
            })
            .collect()
    }

    fn print_graphs(
        &mut self,
        passes: impl Fn(crate::graph::Graph, Vec<u32>) -> (crate::graph::Graph, Vec<u32>),
    ) -> String {
        let program = Program::new(std::mem::take(&mut self.modules), &self.reporter);
        let mut text = String::new();
        for (_, instruction) in evaluated(&program) {
            let (graph, outputs) = passes(instruction.graph, instruction.outputs);
            text += &format!("circuit {}\n{}", instruction.interface.name, graph.print(&outputs));
        }
        text
    }

    fn compile(&mut self) -> Vec<CompiledInstruction> {
        let program = Program::new(std::mem::take(&mut self.modules), &self.reporter);
        let mut compiled = Vec::new();
        for (id, instruction) in evaluated(&program) {
            let (graph, outputs) = passes::run(instruction.graph, instruction.outputs);
            let name = &program.function_item(id).name;
            let circuit = graph.to_circuit(&name.text, outputs);
            let artifact = Artifact { interface: instruction.interface, circuit };
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
                    .map(|(_, node)| self.sources.position(node.span))
                    .collect(),
            });
        }
        compiled
    }
}

/// Checks every definition, used or not, and evaluates the instructions.
fn evaluated(program: &Program<'_>) -> Vec<(FunctionId, EvaluatedInstruction)> {
    for id in program.functions() {
        program.body(id);
    }
    for id in program.constants() {
        program.constant_value(id);
    }
    let instructions = program.functions().filter(|id| program.function_item(*id).instruction);
    instructions.filter_map(|id| evaluate::instruction(program, id).map(|it| (id, it))).collect()
}
