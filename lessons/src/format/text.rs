//! A text file: TOML front matter between `+++` lines, then one message after the other, each
//! below a first-level heading that is its id.

use std::collections::{BTreeMap, BTreeSet};

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};
use serde::Deserialize;

use super::error::{ContentError, from_toml};

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
    messages: BTreeMap<String, Message>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Message {
    line: usize,
    blocks: Vec<Block>,
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
                close(&mut messages, open.take());
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
    close(&mut messages, open);
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

fn close(messages: &mut BTreeMap<String, Message>, open: Option<(String, usize, String)>) {
    if let Some((id, line, text)) = open {
        messages.insert(id, Message { line, blocks: parse_blocks(&text) });
    }
}

/// Markdown as blocks.
#[must_use]
pub(crate) fn parse_blocks(markdown: &str) -> Vec<Block> {
    let mut events = Parser::new(markdown).peekable();
    blocks(&mut events, None)
}

type Events<'a> = std::iter::Peekable<Parser<'a>>;

/// Blocks up to the end of the enclosing tag. A tight list item holds bare words: they become a
/// paragraph.
fn blocks(events: &mut Events<'_>, until: Option<TagEnd>) -> Vec<Block> {
    let mut out = Vec::new();
    while let Some(event) = events.peek() {
        match event {
            Event::End(end) if Some(*end) == until => {
                events.next();
                return out;
            }
            Event::Start(
                Tag::Paragraph
                | Tag::Heading { .. }
                | Tag::List(_)
                | Tag::CodeBlock(_)
                | Tag::BlockQuote(_),
            ) => {
                if let Some(Event::Start(tag)) = events.next() {
                    out.extend(block(events, tag));
                }
            }
            Event::Start(Tag::Emphasis | Tag::Strong | Tag::Link { .. })
            | Event::Text(_)
            | Event::Code(_) => {
                let words = inlines(events, None);
                out.push(Block::Paragraph(words));
            }
            _ => {
                events.next();
            }
        }
    }
    out
}

fn block(events: &mut Events<'_>, tag: Tag<'_>) -> Option<Block> {
    let end = tag.to_end();
    Some(match tag {
        Tag::Paragraph => Block::Paragraph(inlines(events, Some(end))),
        Tag::Heading { level, .. } => {
            let level = if level == HeadingLevel::H2 { 2 } else { 3 };
            Block::Heading(level, inlines(events, Some(end)))
        }
        Tag::BlockQuote(_) => Block::Quote(blocks(events, Some(end))),
        Tag::CodeBlock(kind) => {
            let info = match kind {
                CodeBlockKind::Fenced(info) => info.to_string(),
                CodeBlockKind::Indented => String::new(),
            };
            let mut text = String::new();
            for event in events.by_ref() {
                match event {
                    Event::Text(part) => text.push_str(&part),
                    Event::End(e) if e == end => break,
                    _ => {}
                }
            }
            Block::Code { info, text: text.trim_end().to_owned() }
        }
        Tag::List(start) => {
            let mut items = Vec::new();
            while let Some(event) = events.next() {
                match event {
                    Event::Start(Tag::Item) => items.push(blocks(events, Some(TagEnd::Item))),
                    Event::End(e) if e == end => break,
                    _ => {}
                }
            }
            Block::List { start, items }
        }
        _ => return None,
    })
}

/// The words of a line up to the end of its tag, or, without one, up to the next block.
fn inlines(events: &mut Events<'_>, until: Option<TagEnd>) -> Vec<Inline> {
    let mut out = Vec::new();
    while let Some(event) = events.peek() {
        if until.is_none()
            && matches!(event, Event::End(_) | Event::Start(Tag::List(_) | Tag::Paragraph))
        {
            break;
        }
        match events.next() {
            Some(Event::End(end)) if Some(end) == until => break,
            Some(Event::Text(text)) => push_text(&mut out, &text),
            Some(Event::SoftBreak | Event::HardBreak) => push_text(&mut out, " "),
            Some(Event::Code(code)) => out.push(Inline::Code(code.to_string())),
            Some(Event::Start(tag)) => {
                let inner = inlines(events, Some(tag.to_end()));
                out.push(match tag {
                    Tag::Emphasis => Inline::Emphasis(inner),
                    Tag::Link { dest_url, .. } => {
                        Inline::Link { to: dest_url.to_string(), text: inner }
                    }
                    _ => Inline::Strong(inner),
                });
            }
            _ => {}
        }
    }
    out
}

/// Lines of Chinese are joined without a blank: a line break there is no word boundary.
fn push_text(out: &mut Vec<Inline>, text: &str) {
    match out.last_mut() {
        Some(Inline::Text(before)) => {
            let wide = |c: char| c >= '\u{2e80}';
            if text == " " && before.chars().last().is_some_and(wide) {
                return;
            }
            before.push_str(text);
        }
        _ => out.push(Inline::Text(text.to_owned())),
    }
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
