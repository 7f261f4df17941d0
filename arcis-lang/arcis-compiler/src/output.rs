//! Compiled instructions as files: `NAME.arxc`, the artifact's bytes, and `NAME.json`, its interface and hashes for tools.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use arcis_circuit::Interface;
use serde::Serialize;
use thiserror::Error;

use crate::CompiledInstruction;

/// A file could not be written.
#[derive(Debug, Error)]
#[error("cannot write {}: {source}; check that the folder can be written to", path.display())]
pub struct WriteError {
    /// Which.
    pub path: PathBuf,
    /// Why.
    pub source: io::Error,
}

/// What tools read. The text has its keys in this order.
#[derive(Serialize)]
struct Description<'a> {
    circuit_hash: String,
    interface_hash: String,
    cost_units: u64,
    interface: &'a Interface,
}

/// The files of compiled instructions: name and contents, two for each instruction.
pub fn artifact_files(instructions: &[CompiledInstruction]) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for instruction in instructions {
        let artifact = &instruction.artifact;
        let name = &artifact.interface.name;
        let description = Description {
            circuit_hash: hexadecimal(&artifact.circuit_hash()),
            interface_hash: hexadecimal(&artifact.interface_hash()),
            cost_units: instruction.cost_units,
            interface: &artifact.interface,
        };
        // There are only string keys in it, so this cannot fail.
        let description = serde_json::to_string_pretty(&description).unwrap_or_default();
        files.push((format!("{name}.arxc"), instruction.bytes.clone()));
        files.push((format!("{name}.json"), (description + "\n").into_bytes()));
    }
    files
}

/// Writes the files of compiled instructions into a folder, which is made if need be. Other files there are left alone.
///
/// # Errors
/// Says which file could not be written, and why.
pub fn write_artifacts(
    folder: impl AsRef<Path>,
    instructions: &[CompiledInstruction],
) -> Result<(), WriteError> {
    let folder = folder.as_ref();
    fs::create_dir_all(folder).map_err(|source| WriteError { path: folder.to_owned(), source })?;
    for (name, contents) in artifact_files(instructions) {
        let path = folder.join(name);
        fs::write(&path, contents).map_err(|source| WriteError { path, source })?;
    }
    Ok(())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
