//! A text file: TOML front matter between `+++` lines, then one message after the other, each
//! below a first-level heading that is its id.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::error::{ContentError, from_toml};
use super::markdown::{parse_blocks, unshown};
use crate::check::next_blank;

/// A piece of prose, as the page draws it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A heading inside a message, from level 2.
    Heading(u8, Vec<Inline>),
    /// A paragraph.
    Paragraph(Vec<Inline>),
    /// A list; each item is a little text of its own.
    List {
        /// The first number of a numbered list.
        start: Option<u64>,
        /// The items.
        items: Vec<Vec<Self>>,
    },
    /// Code. `info` is what stands after the fence: `run db01` for lines to be run on a host.
    Code {
        /// What stands after the fence.
        info: String,
        /// The lines.
        text: String,
    },
    /// A remark set apart.
    Quote(Vec<Self>),
}

/// A piece of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inline {
    /// Plain words.
    Text(String),
    /// Something one could type or read in the console.
    Code(String),
    /// Emphasis.
    Emphasis(Vec<Self>),
    /// Strong emphasis.
    Strong(Vec<Self>),
    /// A link.
    Link {
        /// Where to.
        to: String,
        /// Its words.
        text: Vec<Self>,
    },
}

/// The words of a lesson in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// `en`, `zh-CN`, …
    pub language: String,
    /// The lesson's title.
    pub title: String,
    pub(crate) messages: BTreeMap<String, Message>,
}

/// One message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// The line of its heading.
    pub(crate) line: usize,
    pub(crate) blocks: Vec<Block>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FrontMatter {
    language: String,
    title: String,
}

const FENCE: &str = "+++";

impl Texts {
    /// Reads a text file.
    ///
    /// # Errors
    /// The first mistake, with its place and its remedy.
    pub fn parse(file: &str, language: &str, text: &str) -> Result<Self, ContentError> {
        let body = text.strip_prefix("+++\n").and_then(|rest| rest.split_once("\n+++\n"));
        let Some((front, body)) = body else {
            return Err(ContentError::new(
                file,
                1,
                format!("there is no front matter between two lines {FENCE}"),
                "begin with +++, language = \"…\", title = \"…\", +++",
            ));
        };
        let matter: FrontMatter =
            toml::from_str(front).map_err(|e| from_toml(file, front, 2, &e))?;
        if matter.language != language {
            return Err(ContentError::new(
                file,
                2,
                format!("the language is {:?}, the file is {language}.md", matter.language),
                "give both the same name",
            ));
        }
        let first_line = front.lines().count() + 3;
        let messages = split_messages(file, body, first_line)?;
        Ok(Self { language: matter.language, title: matter.title, messages })
    }

    /// The prose of a message; empty when there is none, which [`super::Lesson::parse`] rules
    /// out for every message that the lesson names.
    #[must_use]
    pub fn blocks(&self, id: &str) -> &[Block] {
        self.messages.get(id).map_or(&[], |m| &m.blocks)
    }

    /// A message of one line as plain words: titles, choices, verdicts.
    #[must_use]
    pub fn line(&self, id: &str) -> String {
        let mut out = String::new();
        for block in self.blocks(id) {
            if let Block::Paragraph(inlines) | Block::Heading(_, inlines) = block {
                push_plain(&mut out, inlines);
            }
        }
        out
    }

    /// The line of a message's heading.
    pub(crate) fn line_number(&self, id: &str) -> usize {
        self.messages.get(id).map_or(1, |m| m.line)
    }

    /// The blanks in a message: `{node}` and the like, outside of code.
    pub(crate) fn blanks(&self, id: &str) -> Vec<String> {
        let mut words = String::new();
        for block in self.blocks(id) {
            if let Block::Paragraph(inlines) | Block::Heading(_, inlines) = block {
                push_uncoded(&mut words, inlines);
            }
        }
        let (mut out, mut rest) = (Vec::new(), words.as_str());
        while let Some((_, blank, after)) = next_blank(rest) {
            out.push(blank.to_owned());
            rest = after;
        }
        out
    }

    /// All message ids.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.messages.keys().map(String::as_str)
    }

    /// The file must have these messages and no other.
    pub(crate) fn expect_ids(
        &self,
        file: &str,
        wanted: &BTreeSet<String>,
    ) -> Result<(), ContentError> {
        for (id, message) in &self.messages {
            if !wanted.contains(id) {
                return Err(ContentError::new(
                    file,
                    message.line,
                    format!("nobody asks for the message {id:?}"),
                    format!("take it out, or name it in lesson.toml{}", nearest(id, wanted)),
                ));
            }
        }
        let missing: Vec<&str> = wanted
            .iter()
            .filter(|id| !self.messages.contains_key(*id))
            .map(String::as_str)
            .collect();
        match missing.first() {
            None => Ok(()),
            Some(first) => Err(ContentError::new(
                file,
                1,
                format!("messages are missing: {}", missing.join(", ")),
                format!("write a line \"# {first}\" and the words below it"),
            )),
        }
    }
}

/// ` (did you mean …?)`, when an id differs in its last word only.
fn nearest(id: &str, wanted: &BTreeSet<String>) -> String {
    let stem = id.rsplit_once('.').map_or(id, |(stem, _)| stem);
    wanted
        .iter()
        .find(|w| w.rsplit_once('.').is_some_and(|(s, _)| s == stem))
        .map(|w| format!(" (there is {w:?})"))
        .unwrap_or_default()
}

fn split_messages(
    file: &str,
    body: &str,
    first_line: usize,
) -> Result<BTreeMap<String, Message>, ContentError> {
    let mut messages: BTreeMap<String, Message> = BTreeMap::new();
    let mut open: Option<(String, usize, String)> = None;
    let mut fenced = false;
    for (i, line) in body.lines().enumerate() {
        let number = first_line + i;
        fenced ^= line.trim_start().starts_with("```");
        match line.strip_prefix("# ").filter(|_| !fenced) {
            Some(id) => {
                close(file, &mut messages, open.take())?;
                let id = id.trim().to_owned();
                if messages.contains_key(&id) {
                    return Err(ContentError::new(
                        file,
                        number,
                        format!("the message {id:?} is there twice"),
                        "keep one of them",
                    ));
                }
                open = Some((id, number, String::new()));
            }
            None => match &mut open {
                Some((_, _, text)) => {
                    text.push_str(line);
                    text.push('\n');
                }
                None if line.trim().is_empty() => {}
                None => {
                    return Err(ContentError::new(
                        file,
                        number,
                        "words outside of any message",
                        "write a line \"# MESSAGE-ID\" above them",
                    ));
                }
            },
        }
    }
    close(file, &mut messages, open)?;
    for (id, message) in &messages {
        if message.blocks.is_empty() {
            return Err(ContentError::new(
                file,
                message.line,
                format!("the message {id:?} has no words"),
                "write them below its heading",
            ));
        }
    }
    Ok(messages)
}

fn close(
    file: &str,
    messages: &mut BTreeMap<String, Message>,
    open: Option<(String, usize, String)>,
) -> Result<(), ContentError> {
    let Some((id, line, text)) = open else { return Ok(()) };
    if let Some((below, what, remedy)) = unshown(&text) {
        let problem = format!("no page shows {what}");
        return Err(ContentError::new(file, line + 1 + below, problem, remedy));
    }
    messages.insert(id, Message { line, blocks: parse_blocks(&text) });
    Ok(())
}

fn push_plain(out: &mut String, inlines: &[Inline]) {
    for inline in inlines {
        match inline {
            Inline::Text(text) | Inline::Code(text) => out.push_str(text),
            Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Link { text: inner, .. } => {
                push_plain(out, inner);
            }
        }
    }
}

/// The words that are no code.
fn push_uncoded(out: &mut String, inlines: &[Inline]) {
    for inline in inlines {
        match inline {
            Inline::Text(text) => out.push_str(text),
            Inline::Code(_) => out.push(' '),
            Inline::Emphasis(inner) | Inline::Strong(inner) | Inline::Link { text: inner, .. } => {
                push_uncoded(out, inner);
            }
        }
    }
}
