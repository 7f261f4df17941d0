//! Child processes that cannot outlive this one.
//!
//! Every child is started with `--exit-with-stdin` or its like and holds the reading end of a pipe whose writing end is
//! ours alone: when this process ends, in whatever way, the kernel closes it, and the child sees the end of its input and
//! leaves. Children are in process groups of their own, so that Ctrl-C at the terminal reaches only this process, which
//! then ends them in order.

use std::{
    ffi::OsStr,
    fs::File,
    io::Write,
    path::{Path, PathBuf},
    process::{ExitStatus, Stdio},
    time::Duration,
};

use anyhow::{Context, anyhow, bail, ensure};
use serde::de::DeserializeOwned;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, ChildStdin, Command},
    sync::mpsc,
    time::timeout,
};

/// How long a child may take to leave before it is killed.
const PATIENCE: Duration = Duration::from_secs(5);
/// How much of a log is shown when a child fails.
const LOG_TAIL: usize = 2_000;

/// A running child.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    /// Closing it is how the child is told to leave.
    stdin: Option<ChildStdin>,
    lines: mpsc::UnboundedReceiver<String>,
    log: PathBuf,
}

impl Process {
    /// Starts `program`; its standard error goes to `log`, and a copy of what it prints to `record`.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start<S: AsRef<OsStr>>(
        name: impl Into<String>,
        program: &Path,
        arguments: impl IntoIterator<Item = S>,
        log: &Path,
        record: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let name = name.into();
        let stderr = File::options().create(true).append(true).open(log);
        let stderr = stderr.with_context(|| format!("cannot write {}", log.display()))?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {name} ({})", program.display()))?;
        let stdin = child.stdin.take();
        let (sender, lines) = mpsc::unbounded_channel();
        if let Some(stdout) = child.stdout.take() {
            let mut record =
                record.map(|path| File::options().create(true).append(true).open(path)).transpose()?;
            tokio::spawn(async move {
                let mut stdout = BufReader::new(stdout).lines();
                while let Ok(Some(line)) = stdout.next_line().await {
                    if let Some(record) = &mut record {
                        // A line at a time, so that a reader never sees half of one. A full disk loses reports only.
                        let _ = record.write_all(format!("{line}\n").as_bytes());
                    }
                    // Where nobody reads any more, go on, or the child would be stopped by a full pipe.
                    let _ = sender.send(line);
                }
            });
        }
        Ok(Self { name, child, stdin, lines, log: log.to_owned() })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The next line that parses as `T`, within a time.
    ///
    /// # Errors
    /// If it ends or stays silent, with the end of its log.
    pub async fn ready<T: DeserializeOwned>(&mut self, within: Duration) -> anyhow::Result<T> {
        let wait = async {
            while let Some(line) = self.lines.recv().await {
                if let Ok(value) = serde_json::from_str(&line) {
                    return Some(value);
                }
            }
            None
        };
        match timeout(within, wait).await {
            Ok(Some(value)) => Ok(value),
            Ok(None) => {
                let status = self.child.wait().await?;
                bail!("{} ended before it was ready ({status}){}", self.name, self.log_tail())
            }
            Err(_) => bail!("{} was not ready within {} s{}", self.name, within.as_secs(), self.log_tail()),
        }
    }

    /// Waits until it ends by itself.
    ///
    /// # Errors
    /// Always: a child that ends by itself has failed.
    pub async fn watch(&mut self) -> anyhow::Error {
        match self.child.wait().await {
            Ok(status) => anyhow!("{} ended ({status}){}", self.name, self.log_tail()),
            Err(error) => anyhow!("{} cannot be watched: {error}", self.name),
        }
    }

    /// Tells it to leave, and kills it if it does not.
    ///
    /// # Errors
    /// If it cannot be waited for.
    pub async fn stop(mut self) -> anyhow::Result<ExitStatus> {
        drop(self.stdin.take());
        if let Ok(status) = timeout(PATIENCE, self.child.wait()).await {
            return Ok(status?);
        }
        self.kill().await
    }

    /// Stops it without ending it.
    ///
    /// # Errors
    /// If it has ended.
    pub async fn pause(&self) -> anyhow::Result<()> {
        let pid = self.child.id().with_context(|| format!("{} has ended", self.name))?;
        let sent = Command::new("kill").args(["-STOP", &pid.to_string()]).status().await?;
        ensure!(sent.success(), "{} cannot be stopped", self.name);
        Ok(())
    }

    /// Kills it at once, as a crash would.
    ///
    /// # Errors
    /// If it cannot be waited for.
    pub async fn kill(mut self) -> anyhow::Result<ExitStatus> {
        self.child.start_kill()?;
        Ok(self.child.wait().await?)
    }

    fn log_tail(&self) -> String {
        let Ok(log) = std::fs::read(&self.log) else { return String::new() };
        let log = String::from_utf8_lossy(&log);
        let start = log.char_indices().rev().nth(LOG_TAIL).map_or(0, |(index, _)| index);
        let tail = log[start..].trim();
        if tail.is_empty() {
            String::new()
        } else {
            format!("; its log ({}) ends:\n{tail}", self.log.display())
        }
    }
}

/// Runs a program to its end and returns what it printed.
///
/// # Errors
/// If it fails, with what it wrote to standard error.
pub async fn run<S: AsRef<OsStr>>(
    name: &str,
    program: &Path,
    arguments: impl IntoIterator<Item = S>,
    environment: &[(&str, &str)],
) -> anyhow::Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| format!("cannot start {name} ({})", program.display()))?;
    if !output.status.success() {
        bail!("{name} failed ({}): {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, directory: &Path) -> anyhow::Result<Process> {
        Process::start("a shell", Path::new("/bin/sh"), ["-c", script], &directory.join("log"), None)
    }

    #[tokio::test]
    async fn a_child_is_ready_when_it_says_so_and_leaves_when_its_input_ends() -> anyhow::Result<()> {
        let directory = tempfile::tempdir()?;
        let mut child = shell("echo starting; echo '{\"port\": 7}'; cat; exit 3", directory.path())?;
        let ready: serde_json::Value = child.ready(Duration::from_secs(30)).await?;
        assert_eq!(ready["port"], 7);
        assert_eq!(child.stop().await?.code(), Some(3));
        Ok(())
    }

    #[tokio::test]
    async fn a_child_that_fails_is_reported_with_its_log() -> anyhow::Result<()> {
        let directory = tempfile::tempdir()?;
        let mut child = shell("echo no port is free >&2; exit 1", directory.path())?;
        let error = child.ready::<serde_json::Value>(Duration::from_secs(30)).await.expect_err("it failed");
        assert!(error.to_string().contains("no port is free"), "{error}");
        Ok(())
    }
}
