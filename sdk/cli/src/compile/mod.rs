//! `arx build`: compiles a circuit crate, shows what each instruction costs, and writes what the chain, the application's
//! program and its client need.
//!
//! ```text
//! <crate>/artifacts/<instruction>.arxc    the circuit, as it is written on chain
//! <crate>/artifacts/<instruction>.json    its interface, hashes and cost, for tools
//! <crate>/../program/src/generated.rs     for the application's Solana program, where there is one
//! <crate>/../client/src/generated.rs      for its Rust client, where there is one
//! ```
//!
//! Everything is a function of the source alone, so `--check` can tell whether what is committed is up to date.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use arcis_compiler::{
    Options, artifact_files,
    codegen::{self, Target},
};

use crate::report::Report;

mod costs;

pub use costs::{Protocol, Summary};

/// What `arx build` is told.
#[derive(Clone, Debug, clap::Args)]
pub struct BuildOptions {
    /// Folder of the circuit crate.
    #[arg(value_name = "CRATE")]
    pub source: PathBuf,
    /// Where artifacts are written [default: CRATE/artifacts].
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Where the code for the application's program is written [default: CRATE/../program/src/generated.rs, if that
    /// folder exists].
    #[arg(long, value_name = "FILE")]
    pub program: Option<PathBuf>,
    /// Where the code for the Rust client is written [default: CRATE/../client/src/generated.rs, if that folder
    /// exists].
    #[arg(long, value_name = "FILE")]
    pub client: Option<PathBuf>,
    /// Write nothing; fail if something written before is not up to date.
    #[arg(long)]
    pub check: bool,
    /// Show which source lines cost most.
    #[arg(long)]
    pub explain: bool,
    /// The protocol that the costs are for.
    #[arg(long, value_enum, default_value_t)]
    pub protocol: Protocol,
    /// How many nodes the costs are for.
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub nodes: u8,
    /// Print the costs as JSON.
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// What the compiler says about the source; files that cannot be written; with `--check`, what is not up to date.
pub fn run(options: &BuildOptions, report: &Report) -> anyhow::Result<()> {
    let files = compile(options, report)?;
    let mut stale = Vec::new();
    for (path, content) in files {
        if fs::read(&path).is_ok_and(|written| written == content) {
            continue;
        }
        if options.check {
            stale.push(path.display().to_string());
            continue;
        }
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
        report.line(&format!("  wrote {}", path.display()));
    }
    if !stale.is_empty() {
        bail!("not up to date, run `arx build {}`: {}", options.source.display(), stale.join(", "));
    }
    Ok(())
}

/// All files that follow from the source, with their contents.
fn compile(options: &BuildOptions, report: &Report) -> anyhow::Result<Vec<(PathBuf, Vec<u8>)>> {
    let source = options.source.join("src/lib.rs");
    let step = report.step(format!("compiling {}", source.display()));
    let instructions = arcis_compiler::compile(&source, &Options::default())?;
    step.done(format!("{} instructions", instructions.len()));
    let engine = costs::engine(options.protocol, options.nodes)?;
    let summaries = instructions.iter().map(|compiled| Summary::of(compiled, engine, options.explain));
    let summaries = summaries.collect::<anyhow::Result<Vec<_>>>()?;
    if options.json {
        println!("{}", serde_json::to_string(&summaries)?);
    } else {
        print!("{}{}", costs::table(&summaries), costs::lines(&summaries));
    }

    let artifacts = options.out.clone().unwrap_or_else(|| options.source.join("artifacts"));
    let named = artifact_files(&instructions);
    let mut files: Vec<_> =
        named.into_iter().map(|(name, content)| (artifacts.join(name), content)).collect();
    let name = crate_name(&options.source)?;
    for (chosen, sibling, target) in
        [(&options.program, "program", Target::Program), (&options.client, "client", Target::Client)]
    {
        let folder = options.source.join("..").join(sibling).join("src");
        let path = chosen.clone().or_else(|| folder.is_dir().then(|| folder.join("generated.rs")));
        if let Some(path) = path {
            files.push((path, codegen::generate(&name, &instructions, target).into_bytes()));
        }
    }
    Ok(files)
}

/// The package's name: the first `name = ".."` of its manifest, which is `[package]`'s by convention.
fn crate_name(source: &Path) -> anyhow::Result<String> {
    let path = source.join("Cargo.toml");
    let manifest = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    manifest
        .lines()
        .find_map(|line| {
            line.trim().strip_prefix("name")?.trim_start().strip_prefix('=')?.trim().strip_prefix('"')
        })
        .and_then(|rest| rest.split('"').next())
        .map(str::to_owned)
        .with_context(|| format!("{} names no package", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(crate_folder: &Path, check: bool) -> BuildOptions {
        BuildOptions {
            source: crate_folder.to_owned(),
            out: None,
            program: None,
            client: None,
            check,
            explain: true,
            protocol: Protocol::default(),
            nodes: 3,
            json: true,
        }
    }

    #[test]
    fn everything_is_written_and_found_up_to_date_until_the_source_changes() -> anyhow::Result<()> {
        let folder = tempfile::tempdir()?;
        let crate_folder = folder.path().join("circuit");
        fs::create_dir_all(crate_folder.join("src"))?;
        fs::create_dir_all(folder.path().join("client/src"))?;
        fs::write(crate_folder.join("Cargo.toml"), "[package]\nname = \"dark-pool\"\nversion = \"1.0.0\"\n")?;
        let source = |constant| {
            format!(
                "#[encrypted] mod circuits {{ use arcis::*; #[instruction] pub fn sum(a: Enc<Shared, u8>) -> u8 \
                 {{ (a.to_arcis() + {constant}).reveal() }} }}"
            )
        };
        let path = crate_folder.join("src/lib.rs");
        fs::write(&path, source(1))?;
        assert!(run(&options(&crate_folder, true), &Report::quiet()).is_err(), "nothing is there yet");
        run(&options(&crate_folder, false), &Report::quiet())?;
        run(&options(&crate_folder, true), &Report::quiet())?;
        for file in ["circuit/artifacts/sum.arxc", "circuit/artifacts/sum.json", "client/src/generated.rs"] {
            assert!(folder.path().join(file).is_file(), "{file}");
        }
        assert!(!folder.path().join("program").exists(), "there is no program to generate code for");
        assert_eq!(crate_name(&crate_folder)?, "dark-pool");

        fs::write(&path, source(2))?;
        let error = run(&options(&crate_folder, true), &Report::quiet()).expect_err("it is another circuit");
        assert!(error.to_string().contains("sum.arxc"), "{error}");
        fs::write(&path, "fn broken(")?;
        let error = run(&options(&crate_folder, false), &Report::quiet()).expect_err("it does not parse");
        assert!(error.to_string().contains("src/lib.rs"), "{error}");
        Ok(())
    }
}
