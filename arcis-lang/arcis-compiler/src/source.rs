//! Source files and places in them.

use std::fmt;
use std::sync::Arc;

/// A range of bytes of one source file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Index in [`Sources`].
    pub file: u32,
    /// First byte.
    pub start: u32,
    /// Byte after the last one.
    pub end: u32,
}

impl Span {
    /// From the start of `self` to the end of `other`, which is in the same file.
    pub fn to(self, other: Self) -> Self {
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// Where something stands in the source, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// The file, as it was named to the compiler.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One source file.
#[derive(Clone, Debug)]
pub struct SourceFile {
    /// As it was named to the compiler.
    pub name: Arc<str>,
    /// Its text.
    pub text: String,
    /// Where its lines start.
    lines: Vec<usize>,
}

/// The source files of one compilation.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<SourceFile>,
}

impl Sources {
    /// Adds a file and gives its index.
    pub fn add(&mut self, name: &str, text: &str) -> u32 {
        let lines =
            std::iter::once(0).chain(text.match_indices('\n').map(|(newline, _)| newline + 1)).collect();
        self.files.push(SourceFile { name: name.into(), text: text.to_owned(), lines });
        self.files.len() as u32 - 1
    }

    /// The file of this index.
    pub fn file(&self, index: u32) -> Option<&SourceFile> {
        self.files.get(index as usize)
    }

    /// The text of a span; empty when it is not in the file.
    pub fn text(&self, span: Span) -> &str {
        self.file(span.file)
            .and_then(|file| file.text.get(span.start as usize..span.end as usize))
            .unwrap_or_default()
    }

    /// Line and column where a span starts.
    pub fn position(&self, span: Span) -> Position {
        let Some(file) = self.file(span.file) else {
            return Position { file: "".into(), line: 1, column: 1 };
        };
        let start = span.start as usize;
        let line = file.lines.partition_point(|line| *line <= start).saturating_sub(1);
        let before = file.lines.get(line).and_then(|line| file.text.get(*line..start)).unwrap_or_default();
        Position { file: file.name.clone(), line: line as u32 + 1, column: before.chars().count() as u32 + 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters() {
        let mut sources = Sources::default();
        let file = sources.add("a.rs", "let ä = 1;\nfoo(ä, b)\n");
        let start = sources.file(file).unwrap().text.find(", b").unwrap() as u32;
        let span = Span { file, start: start + 2, end: start + 3 };
        assert_eq!(sources.text(span), "b");
        assert_eq!(sources.position(span).to_string(), "a.rs:2:8");
    }
}
