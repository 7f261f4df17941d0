//! The sandbox that public code runs in: wasmtime, with the same result at every node.
//!
//! Nothing goes in but the arguments: no imports, so no time, no randomness, no files. Every call is an instance of its own,
//! so nothing stays from one to the next. The features of WebAssembly are a fixed few, without numbers with a point (were
//! there any, their NaNs would be canonical). Fuel is counted by instructions and memory by pages, with the limits that the
//! artifact declares, and the depth of calls ends in the module's own stack before it does in the host's. What the fuel of
//! an instruction is is wasmtime's to say: nodes of a cluster run one major version of it, the one in the workspace's
//! manifest, and a call that needs nearly all of its fuel is not to be counted on across versions.

use std::fmt;
use std::sync::OnceLock;

use arcis_circuit::public::{
    EXPORT_FAULT, EXPORT_MEMORY, EXPORT_MESSAGE, EXPORT_MESSAGE_LENGTH, EXPORT_RESERVE, FAULT_OUT_OF_MEMORY,
    FAULT_PANIC, FAULT_TOO_DEEP, MAX_MESSAGE_BYTES, PAGE_BYTES, entry_name, written_len,
};
use arcis_circuit::{Bits, PublicCall, PublicCode, PublicRunError};
use thiserror::Error;
use wasmtime::{
    Config, Engine, ExternType, Instance, Module, Store, StoreLimits, StoreLimitsBuilder, Trap, Val, ValType,
    WasmFeatures,
};

use crate::{Plan, PublicFault, PublicStage, Rejection, TaskError};

/// Host stack that a call may use: far more than the module's own stack allows it to.
const HOST_STACK: usize = 3 << 19;
/// Stack of the thread that it runs on.
const THREAD_STACK: usize = 4 << 20;

/// The public code of an artifact, compiled.
#[derive(Clone)]
pub struct Sandbox {
    module: Module,
    memory_pages: u32,
}

/// Why a module cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SandboxError {
    /// It is not valid WebAssembly of the features that there are.
    #[error("the public code is no valid module: {0}")]
    Invalid(String),
    /// It wants something of the host.
    #[error("the public code imports `{0}`, but public code imports nothing")]
    Import(String),
    /// It does not have what is called, or has it in another form.
    #[error("the public code does not export `{0}` as it has to")]
    Export(String),
    /// wasmtime cannot be set up on this machine.
    #[error("the sandbox for public code cannot run on this machine: {0}")]
    Engine(String),
}

/// Why a call came to no result. The same at every node.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SandboxFault {
    /// It used up its fuel.
    #[error("it used up its fuel of {fuel}; give it less to do, or declare more: `#[public(fuel = ..)]`")]
    OutOfFuel {
        /// What it had.
        fuel: u64,
    },
    /// It used up its memory.
    #[error(
        "it used up its memory of {pages} pages of 64 KiB; use less, or declare more: `#[public(memory_kib = ..)]`"
    )]
    OutOfMemory {
        /// What it had.
        pages: u32,
    },
    /// Its calls were nested too deeply.
    #[error("its calls were nested too deeply; use a loop in place of recursion")]
    TooDeep,
    /// It stopped itself.
    #[error("it panicked: {message}")]
    Panicked {
        /// The message.
        message: String,
    },
    /// It did something that WebAssembly stops.
    #[error("it was stopped: {trap}")]
    Trapped {
        /// What.
        trap: String,
    },
}

/// A call that came to no result, or could not be made on this machine, which says nothing about the code.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SandboxCallError {
    /// The code is at fault.
    #[error(transparent)]
    Fault(#[from] SandboxFault),
    /// The machine is.
    #[error("public code cannot be run on this machine now: {0}")]
    Host(String),
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sandbox").field("memory_pages", &self.memory_pages).finish_non_exhaustive()
    }
}

/// The engine of all sandboxes.
fn engine() -> Result<&'static Engine, SandboxError> {
    static ENGINE: OnceLock<Result<Engine, String>> = OnceLock::new();
    let made = ENGINE.get_or_init(|| {
        let mut config = Config::new();
        config
            .wasm_features(WasmFeatures::all(), false)
            .wasm_features(
                WasmFeatures::MUTABLE_GLOBAL | WasmFeatures::SIGN_EXTENSION | WasmFeatures::MULTI_VALUE,
                true,
            )
            .consume_fuel(true)
            .cranelift_nan_canonicalization(true)
            .max_wasm_stack(HOST_STACK)
            // Traps by checks in the code: a node's process has no signal handlers of ours.
            .signals_based_traps(false)
            .memory_init_cow(false);
        Engine::new(&config).map_err(|error| format!("{error:#}"))
    });
    made.as_ref().map_err(|error| SandboxError::Engine(error.clone()))
}

impl Sandbox {
    /// Compiles and checks public code.
    ///
    /// # Errors
    /// [`SandboxError`].
    pub fn new(code: &PublicCode) -> Result<Self, SandboxError> {
        let module = Module::from_binary(engine()?, &code.module)
            .map_err(|error| SandboxError::Invalid(format!("{error:#}")))?;
        if let Some(import) = module.imports().next() {
            return Err(SandboxError::Import(format!("{}::{}", import.module(), import.name())));
        }
        let require = |name: &str, fits: &dyn Fn(&ExternType) -> bool| match module.get_export(name) {
            Some(found) if fits(&found) => Ok(()),
            _ => Err(SandboxError::Export(name.to_owned())),
        };
        let is_function = |ty: &ExternType| {
            ty.func().is_some_and(|ty| {
                let is_word = |mut types: Box<dyn ExactSizeIterator<Item = ValType> + '_>| {
                    types.len() == 1 && types.all(|ty| ty.is_i32())
                };
                is_word(Box::new(ty.params())) && is_word(Box::new(ty.results()))
            })
        };
        require(EXPORT_MEMORY, &|ty| ty.memory().is_some())?;
        require(EXPORT_RESERVE, &is_function)?;
        for name in [EXPORT_FAULT, EXPORT_MESSAGE, EXPORT_MESSAGE_LENGTH] {
            require(name, &|ty| ty.global().is_some_and(|ty| ty.content().is_i32()))?;
        }
        for call in code.calls() {
            require(&entry_name(call.entry), &is_function)?;
        }
        Ok(Self { module, memory_pages: code.memory_pages })
    }

    /// Makes a call: from the bytes of the arguments to those of the result. Takes the thread as long as it runs, which its
    /// fuel limits.
    ///
    /// # Errors
    /// [`SandboxCallError`].
    pub fn call(&self, call: &PublicCall, arguments: &[u8]) -> Result<Vec<u8>, SandboxCallError> {
        // On a thread of its own: the depth that a call comes to must not depend on how deep the caller already is.
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name("public-code".to_owned()).stack_size(THREAD_STACK);
            let running = thread
                .spawn_scoped(scope, || self.call_here(call, arguments))
                .map_err(|error| SandboxCallError::Host(error.to_string()))?;
            match running.join() {
                Ok(result) => result,
                Err(panic) => std::panic::resume_unwind(panic),
            }
        })
    }

    fn call_here(&self, call: &PublicCall, arguments: &[u8]) -> Result<Vec<u8>, SandboxCallError> {
        let host = |error: wasmtime::Error| SandboxCallError::Host(format!("{error:#}"));
        let limits = StoreLimitsBuilder::new()
            .memory_size(self.memory_pages as usize * PAGE_BYTES as usize)
            .memories(1)
            .instances(1)
            .tables(0)
            .build();
        let mut store = Store::new(self.module.engine(), limits);
        store.limiter(|limits| limits);
        store.set_fuel(call.fuel).map_err(host)?;
        let instance = match Instance::new(&mut store, &self.module, &[]) {
            Ok(instance) => instance,
            // Its start needs more than it may have, or stops.
            Err(error) => return Err(self.fault(&mut store, None, call, &error).into()),
        };
        let run = |store: &mut Store<StoreLimits>| -> wasmtime::Result<Vec<u8>> {
            let memory = instance
                .get_memory(&mut *store, EXPORT_MEMORY)
                .ok_or_else(|| wasmtime::Error::msg("no memory"))?;
            let reserve = instance.get_typed_func::<i32, i32>(&mut *store, EXPORT_RESERVE)?;
            let entry = instance.get_typed_func::<i32, i32>(&mut *store, &entry_name(call.entry))?;
            let size =
                i32::try_from(arguments.len()).map_err(|_| wasmtime::Error::msg("too many arguments"))?;
            let input = reserve.call(&mut *store, size)?;
            memory.write(&mut *store, input.cast_unsigned() as usize, arguments)?;
            let output = entry.call(&mut *store, input)?;
            let mut result = vec![0; written_len(&call.results)];
            memory.read(&*store, output.cast_unsigned() as usize, &mut result)?;
            Ok(result)
        };
        run(&mut store).map_err(|error| self.fault(&mut store, Some(&instance), call, &error).into())
    }

    /// What stopped a call.
    fn fault(
        &self,
        store: &mut Store<StoreLimits>,
        instance: Option<&Instance>,
        call: &PublicCall,
        error: &wasmtime::Error,
    ) -> SandboxFault {
        let trap = error.downcast_ref::<Trap>();
        match trap {
            Some(Trap::OutOfFuel) => return SandboxFault::OutOfFuel { fuel: call.fuel },
            Some(Trap::StackOverflow) => return SandboxFault::TooDeep,
            _ => {}
        }
        let Some(instance) = instance else {
            return match trap {
                Some(trap) => SandboxFault::Trapped { trap: trap.to_string() },
                None => SandboxFault::OutOfMemory { pages: self.memory_pages },
            };
        };
        let mut global = |name: &str| match instance.get_global(&mut *store, name) {
            Some(global) => match global.get(&mut *store) {
                Val::I32(value) => value,
                _ => 0,
            },
            None => 0,
        };
        let (fault, address, length) =
            (global(EXPORT_FAULT), global(EXPORT_MESSAGE), global(EXPORT_MESSAGE_LENGTH));
        match fault {
            FAULT_OUT_OF_MEMORY => SandboxFault::OutOfMemory { pages: self.memory_pages },
            FAULT_TOO_DEEP => SandboxFault::TooDeep,
            FAULT_PANIC => {
                let length = length.cast_unsigned().min(MAX_MESSAGE_BYTES) as usize;
                let start = address.cast_unsigned() as usize;
                let memory = instance.get_memory(&mut *store, EXPORT_MEMORY);
                let bytes = memory
                    .and_then(|memory| memory.data(&*store).get(start..start + length).map(<[u8]>::to_vec));
                let message = String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned();
                SandboxFault::Panicked { message }
            }
            _ => match trap {
                Some(trap) => SandboxFault::Trapped { trap: trap.to_string() },
                None => {
                    SandboxFault::Trapped { trap: "its memory is too small for its arguments".to_owned() }
                }
            },
        }
    }
}

/// Runs the public code before the circuit: from the words of the plaintext arguments to further inputs of the circuit.
pub(crate) fn prepare(plan: &Plan, plaintext: &[Bits]) -> Result<Result<Vec<Bits>, Rejection>, TaskError> {
    let result = plan.artifact().prepare(plaintext, &mut |call, bytes| run(plan, call, bytes));
    verdict(PublicStage::Before, result)
}

/// Runs the public code after the circuit: to the words of the outputs that it gives.
pub(crate) fn finish(
    plan: &Plan,
    plaintext: &[Bits],
    prepared: &[Bits],
    revealed: &[Bits],
) -> Result<Result<Vec<Bits>, Rejection>, TaskError> {
    let artifact = plan.artifact();
    let result = artifact.finish(plaintext, prepared, revealed, &mut |call, bytes| run(plan, call, bytes));
    verdict(PublicStage::After, result)
}

fn run(plan: &Plan, call: &PublicCall, arguments: &[u8]) -> Result<Vec<u8>, SandboxCallError> {
    match &plan.sandbox {
        Some(sandbox) => sandbox.call(call, arguments),
        None => Err(SandboxCallError::Host("the plan has no sandbox".to_owned())),
    }
}

/// A fault of the code is a rejection, which all nodes come to; one of the machine is this node's own.
fn verdict(
    stage: PublicStage,
    result: Result<Vec<Bits>, PublicRunError<SandboxCallError>>,
) -> Result<Result<Vec<Bits>, Rejection>, TaskError> {
    let rejection = |function, why| Ok(Err(Rejection::PublicCode { function, stage, why }));
    match result {
        Ok(words) => Ok(Ok(words)),
        Err(PublicRunError::Call { function, error: SandboxCallError::Fault(fault) }) => {
            rejection(function, fault.into())
        }
        Err(PublicRunError::Result { function }) => rejection(function, PublicFault::MalformedResult),
        Err(PublicRunError::Call { error: SandboxCallError::Host(error), .. }) => {
            Err(TaskError::Sandbox(error))
        }
        Err(PublicRunError::Evaluate(error)) => Err(TaskError::Sandbox(error.to_string())),
    }
}
