//! What is wrong with a lesson file, said so that its author can mend it.

use thiserror::Error;

/// A mistake in a lesson file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file}:{line}: {problem}; {remedy}")]
pub struct ContentError {
    /// The file, from `lessons/content/` on.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
    /// What to write instead.
    pub remedy: String,
    /// Whether it is no mistake, but written for a later version.
    pub newer: bool,
}

impl ContentError {
    pub(crate) fn new(
        file: &str,
        line: usize,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        let (problem, remedy) = (problem.into(), remedy.into());
        Self { file: file.into(), line, problem, remedy, newer: false }
    }

    /// It is written for a format that comes after the one known here.
    pub(crate) fn newer(file: &str, line: usize, theirs: u32, known: u32) -> Self {
        let problem =
            format!("the lesson is written for format {theirs}, and only {known} is known here");
        let remedy = format!(
            "open it with a newer Slotlab: reload the page; an author writes format = {known}"
        );
        Self { newer: true, ..Self::new(file, line, problem, remedy) }
    }
}

/// The line of a byte in a text, from 1.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|b| *b == b'\n').count() + 1
}

/// From an error of the TOML parser in a text that begins at `first_line` of the file.
pub(crate) fn from_toml(
    file: &str,
    text: &str,
    first_line: usize,
    error: &toml::de::Error,
) -> ContentError {
    let line = error.span().map_or(1, |span| line_of(text, span.start));
    let message = error.message().trim().replace('\n', ", ");
    let (problem, remedy) = match message.split_once(", expected ") {
        Some((problem, expected)) => (problem.to_owned(), format!("write {expected}")),
        None => (message, "see lessons/content/FORMAT.md".to_owned()),
    };
    ContentError::new(file, line + first_line - 1, problem, remedy)
}
