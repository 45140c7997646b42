//! Markdown as the blocks that a page draws. Whatever else Markdown knows, markup of HTML included, has no
//! block: it cannot come through.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};

use super::text::{Block, Inline};

/// Markdown as blocks.
#[must_use]
pub(crate) fn parse_blocks(markdown: &str) -> Vec<Block> {
    let mut events = Parser::new(markdown).peekable();
    blocks(&mut events, None)
}

/// Deeper lists in lists and quotes in quotes are nobody's prose.
const DEPTH_MAX: usize = 8;

/// What a page would not show as its author wrote it: the line within the text, from 0, what it is, and
/// what to write instead. It is looked for before anything is built, so that no depth is too deep.
#[must_use]
pub(crate) fn unshown(markdown: &str) -> Option<(usize, String, &'static str)> {
    let mut depth = 0_usize;
    for (event, span) in Parser::new(markdown).into_offset_iter() {
        let found = match event {
            Event::Html(_) | Event::InlineHtml(_) => {
                Some(("HTML".to_owned(), "write Markdown, and put what is code in backticks"))
            }
            Event::Start(Tag::Image { .. }) => Some(("a picture".to_owned(), "say it in words")),
            Event::Start(Tag::Link { ref dest_url, .. }) if !dest_url.starts_with("https://") => {
                Some((
                    format!("a link to {:?}", &**dest_url),
                    "write an address that begins with https://",
                ))
            }
            _ => None,
        };
        match event {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth = depth.saturating_sub(1),
            _ => {}
        }
        let deep = (depth > 2 * DEPTH_MAX)
            .then(|| ("prose that is nested so deeply".to_owned(), "take it apart"));
        if let Some((what, remedy)) = found.or(deep) {
            let line = markdown.bytes().take(span.start).filter(|b| *b == b'\n').count();
            return Some((line, what, remedy));
        }
    }
    None
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
