//! The programs that `arx` starts: found beside it, and built first when it runs from a source checkout.
//!
//! The local chain is a thousand crates and the node a few hundred; `arx` itself depends on neither, so that it is built
//! fast and they are built once, on first use, in the same profile and target directory, with their progress shown.

use std::{
    env,
    ffi::OsString,
    path::{Path, PathBuf},
    process::Stdio,
    time::SystemTime,
};

use anyhow::{Context, bail, ensure};
use tokio::{
    io::{AsyncRead, AsyncReadExt},
    process::Command,
};

use crate::report::{Report, Step};

/// Where the programs are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    /// The local chain.
    pub localnet: PathBuf,
    /// The node.
    pub node: PathBuf,
}

const NAMES: [&str; 2] = ["arx-localnet", "arx-node"];
/// Overrides, for packagers and for anyone who builds elsewhere.
const VARIABLES: [&str; 2] = ["ARX_LOCALNET", "ARX_NODE"];

/// Where this crate's source is, if it still is there.
fn checkout() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?.parent()?;
    let ours = root.join("Cargo.lock").is_file() && root.join("sdk/localnet/Cargo.toml").is_file();
    ours.then(|| root.to_owned())
}

impl Binaries {
    /// Finds the programs, and builds those that are missing or older than their sources if this is a checkout.
    ///
    /// # Errors
    /// If one is missing and cannot be built.
    pub async fn find(report: &Report) -> anyhow::Result<Self> {
        let place = Place::of(&env::current_exe().context("cannot tell where `arx` itself is")?)?;
        let overrides = VARIABLES.map(|variable| env::var_os(variable).map(PathBuf::from));
        let beside = NAMES.map(|name| place.directory.join(format!("{name}{}", env::consts::EXE_SUFFIX)));
        let needed: Vec<_> = (0..NAMES.len())
            .filter(|index| overrides[*index].is_none() && !is_fresh(&beside[*index]))
            .collect();
        if !needed.is_empty()
            && let Some(root) = checkout()
        {
            let names: Vec<_> = needed.iter().map(|index| NAMES[*index]).collect();
            build(&root, &place, &names, None, report).await?;
        }
        let mut found = overrides.into_iter().zip(beside).map(|(over, beside)| over.unwrap_or(beside));
        let mut next = |name: &str| {
            let path = found.next().unwrap_or_default();
            ensure!(path.is_file(), "`{name}` is not at {}; install it beside `arx`", path.display());
            Ok(path)
        };
        Ok(Self { localnet: next(NAMES[0])?, node: next(NAMES[1])? })
    }

    /// Builds the node that can be told to misbehave on a local network, for tests of what comes of it. There is none
    /// outside of a checkout.
    ///
    /// # Errors
    /// If this is no checkout, or it cannot be built.
    pub async fn misbehaving_node(report: &Report) -> anyhow::Result<PathBuf> {
        let place = Place::of(&env::current_exe().context("cannot tell where this program is")?)?;
        let root = checkout().context("a node that misbehaves can only be built from a checkout")?;
        let name = "arx-node-misbehaving";
        build(&root, &place, &[name], Some("arx-node/danger-misbehave"), report).await?;
        Ok(place.directory.join(format!("{name}{}", env::consts::EXE_SUFFIX)))
    }
}

/// Where binaries of one profile are.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    /// `target/release`.
    directory: PathBuf,
    /// `release`.
    profile: String,
}

impl Place {
    /// From the path of a binary or test of the same profile.
    fn of(executable: &Path) -> anyhow::Result<Self> {
        let mut directory = executable.parent().unwrap_or(Path::new("."));
        if directory.ends_with("deps") {
            directory = directory.parent().unwrap_or(directory);
        }
        let profile = match directory.file_name().and_then(|name| name.to_str()) {
            Some("debug") => "dev".to_owned(),
            Some(name) => name.to_owned(),
            None => bail!("`{}` is in no directory with a name", executable.display()),
        };
        Ok(Self { directory: directory.to_owned(), profile })
    }
}

/// Whether a binary is at least as new as everything that cargo noted it was made from.
fn is_fresh(binary: &Path) -> bool {
    let Some(built) = modified(binary) else { return false };
    if checkout().is_none() {
        return true;
    }
    let Ok(notes) = std::fs::read_to_string(binary.with_extension("d")) else { return false };
    dependencies(&notes)
        .iter()
        .all(|source| modified(Path::new(source)).is_some_and(|changed| changed <= built))
}

fn modified(path: &Path) -> Option<SystemTime> {
    path.metadata().ok()?.modified().ok()
}

/// The sources in a makefile rule `binary: source source ..`, in which spaces in names are escaped.
fn dependencies(notes: &str) -> Vec<String> {
    let Some((_, sources)) = notes.lines().next().and_then(|rule| rule.split_once(": ")) else {
        return Vec::new();
    };
    let mut names = vec![String::new()];
    let mut letters = sources.chars();
    while let Some(letter) = letters.next() {
        match (letter, names.last_mut()) {
            ('\\', Some(name)) => name.extend(letters.next()),
            (' ', _) => names.push(String::new()),
            (letter, Some(name)) => name.push(letter),
            (_, None) => {}
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

async fn build(
    root: &Path,
    place: &Place,
    names: &[&str],
    feature: Option<&str>,
    report: &Report,
) -> anyhow::Result<()> {
    let target = place.directory.parent().unwrap_or(&place.directory);
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    // No `-p`: the same choice of packages, hence of features, as of the command that built `arx`.
    command.current_dir(root).args(["build", "--profile", &place.profile, "--target-dir"]).arg(target);
    for name in names {
        command.args(["--bin", name]);
    }
    if let Some(feature) = feature {
        command.args(["--features", feature]);
    }
    // What `cargo run` sets for `arx` must not look to build scripts like a change of theirs.
    for (variable, _) in env::vars_os() {
        let name = variable.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "CARGO_BIN_NAME" {
            command.env_remove(&variable);
        }
    }
    command.env("CARGO_TERM_PROGRESS_WHEN", "always").env("CARGO_TERM_PROGRESS_WIDTH", "200");
    command.env("CARGO_TERM_COLOR", "never");
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);

    let mut step = report.step(format!("building {}", names.join(", ")));
    let mut child =
        command.spawn().context("cannot start cargo, which builds the programs of this checkout")?;
    let errors = match child.stderr.take() {
        Some(stderr) => follow(stderr, &mut step).await?,
        None => String::new(),
    };
    let status = child.wait().await?;
    ensure!(status.success(), "cargo build failed:\n{errors}");
    step.done("built");
    Ok(())
}

/// Shows cargo's own count of what is done; returns everything else that it said.
async fn follow(mut stderr: impl AsyncRead + Unpin, step: &mut Step) -> anyhow::Result<String> {
    let (mut said, mut line, mut buffer) = (String::new(), Vec::new(), [0; 4096]);
    loop {
        let count = stderr.read(&mut buffer).await?;
        for byte in &buffer[..count] {
            if !matches!(byte, b'\r' | b'\n') {
                line.push(*byte);
                continue;
            }
            let text = String::from_utf8_lossy(&line).into_owned();
            match progress(&text) {
                Some((done, total, doing)) => step.progress(done, total, doing),
                None if text.trim().is_empty() || text.trim_start().starts_with("Compiling ") => {}
                None => {
                    said.push_str(&text);
                    said.push('\n');
                }
            }
            line.clear();
        }
        if count == 0 {
            return Ok(said);
        }
    }
}

/// Reads `Building [====>   ] 345/1012: this, that`.
fn progress(line: &str) -> Option<(u64, u64, &str)> {
    let (_, rest) = line.trim_start().strip_prefix("Building [")?.split_once("] ")?;
    let (count, doing) = rest.split_once(": ").unwrap_or((rest, ""));
    let (done, total) = count.trim().split_once('/')?;
    Some((done.parse().ok()?, total.parse().ok()?, doing.split(", ").next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_is_read_from_where_this_program_is() -> anyhow::Result<()> {
        let place = |path| Place::of(Path::new(path));
        assert_eq!(
            place("/t/release/arx")?,
            Place { directory: "/t/release".into(), profile: "release".into() }
        );
        assert_eq!(
            place("/t/debug/deps/e2e-0")?,
            Place { directory: "/t/debug".into(), profile: "dev".into() }
        );
        assert!(place("/arx").is_err());
        Ok(())
    }

    #[test]
    fn cargos_progress_is_understood() {
        let line = "    Building [=====>     ] 345/1012: surfpool-core, litesvm(build)";
        assert_eq!(progress(line), Some((345, 1012, "surfpool-core")));
        assert_eq!(progress("    Building [>] 0/3"), Some((0, 3, "")));
        assert_eq!(progress("   Compiling proc-macro2 v1.0"), None);
        assert_eq!(progress("error[E0308]: 1/2: mismatched types"), None);
    }

    #[test]
    fn a_binary_older_than_a_source_is_stale() -> anyhow::Result<()> {
        assert_eq!(dependencies("/t/arx: /s/a.rs /with\\ space/b.rs\n"), ["/s/a.rs", "/with space/b.rs"]);
        let directory = tempfile::tempdir()?;
        let (binary, source) = (directory.path().join("tool"), directory.path().join("tool.rs"));
        std::fs::write(&source, "fn main() {}")?;
        std::fs::write(&binary, "")?;
        assert!(!is_fresh(&binary), "without cargo's notes");
        std::fs::write(
            directory.path().join("tool.d"),
            format!("{}: {}\n", binary.display(), source.display()),
        )?;
        let now = SystemTime::now();
        let hour = std::time::Duration::from_secs(3600);
        std::fs::File::options().append(true).open(&source)?.set_modified(now - hour)?;
        std::fs::File::options().append(true).open(&binary)?.set_modified(now)?;
        assert!(is_fresh(&binary));
        std::fs::File::options().append(true).open(&source)?.set_modified(now + hour)?;
        assert!(!is_fresh(&binary));
        Ok(())
    }
}
