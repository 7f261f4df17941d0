//! What a command shows while it works: steps with their durations on a terminal, plain lines elsewhere, and one JSON
//! object at the end for machines.
//!
//! Everything for people goes to standard error; standard output is for results, so that it can be piped.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};

/// Shows the steps of a command.
#[derive(Clone, Debug)]
pub struct Report {
    terminal: bool,
    quiet: bool,
}

impl Report {
    /// Steps with moving bars if standard error is a terminal, else lines.
    pub fn new() -> Self {
        Self { terminal: std::io::stderr().is_terminal(), quiet: false }
    }

    /// Shows nothing: for tests.
    pub const fn quiet() -> Self {
        Self { terminal: false, quiet: true }
    }

    /// A heading.
    pub fn heading(&self, text: &str) {
        self.line(&format!("\n{text}"));
    }

    /// A line by itself.
    pub fn line(&self, text: &str) {
        if !self.quiet {
            eprintln!("{text}");
        }
    }

    /// Begins a step.
    pub fn step(&self, what: impl Into<String>) -> Step {
        let what = what.into();
        let bar = (self.terminal && !self.quiet).then(|| {
            let bar = ProgressBar::new_spinner().with_style(spinner());
            bar.set_message(what.clone());
            bar.enable_steady_tick(Duration::from_millis(100));
            bar
        });
        Step { report: self.clone(), what, bar, begun: Instant::now(), last_line: None }
    }
}

impl Default for Report {
    fn default() -> Self {
        Self::new()
    }
}

/// A step that is under way.
#[derive(Debug)]
pub struct Step {
    report: Report,
    what: String,
    bar: Option<ProgressBar>,
    begun: Instant,
    last_line: Option<Instant>,
}

/// How often a step that is not shown on a terminal says where it stands.
const LINE_INTERVAL: Duration = Duration::from_secs(10);

impl Step {
    /// Says how far it is: `done` of `total` units of work, now `doing` something.
    pub fn progress(&mut self, done: u64, total: u64, doing: &str) {
        let left = time_left(self.begun.elapsed(), done, total);
        match &self.bar {
            Some(bar) => {
                if bar.length() != Some(total) {
                    bar.set_style(counter());
                    bar.set_length(total);
                }
                bar.set_position(done);
                bar.set_message(format!("{}{left} · {doing}", self.what));
            }
            None => {
                if self.last_line.is_none_or(|last| last.elapsed() >= LINE_INTERVAL) {
                    self.last_line = Some(Instant::now());
                    self.report.line(&format!("  {}: {done}/{total}{left} · {doing}", self.what));
                }
            }
        }
    }

    /// Ends the step with what came of it, and returns how long it took.
    pub fn done(self, outcome: impl std::fmt::Display) -> Duration {
        let took = self.begun.elapsed();
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.report.line(&format!("  {:<22} {outcome}  [{}]", self.what, seconds(took)));
        took
    }
}

impl Drop for Step {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// ` · about 3 min left`, once there is enough to go by.
fn time_left(elapsed: Duration, done: u64, total: u64) -> String {
    if done == 0 || done >= total || elapsed < Duration::from_secs(3) {
        return String::new();
    }
    let left = elapsed.mul_f64((total - done) as f64 / done as f64);
    match left.as_secs() {
        seconds @ 0..90 => format!(" · about {seconds} s left"),
        seconds => format!(" · about {} min left", seconds.div_ceil(60)),
    }
}

/// A duration as it is shown.
pub fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

fn spinner() -> ProgressStyle {
    ProgressStyle::with_template("  {spinner} {msg} [{elapsed}]")
        .unwrap_or_else(|_| ProgressStyle::default_spinner())
}

fn counter() -> ProgressStyle {
    ProgressStyle::with_template("  {spinner} {bar:24} {pos}/{len} {wide_msg}")
        .unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_left_is_told_once_there_is_enough_to_go_by() {
        assert_eq!(time_left(Duration::from_secs(1), 5, 10), "");
        assert_eq!(time_left(Duration::from_secs(30), 0, 10), "");
        assert_eq!(time_left(Duration::from_secs(30), 5, 10), " · about 30 s left");
        assert_eq!(time_left(Duration::from_secs(100), 100, 400), " · about 5 min left");
        assert_eq!(time_left(Duration::from_secs(100), 10, 10), "");
    }
}
