//! A lesson's prose as elements.

use std::cell::RefCell;

use lessons::glossary::{self, Piece, Term};
use lessons::{Block, Inline};
use yew::prelude::*;

use super::term::Explained;
use crate::i18n::Text;

/// Types lines on a host: its number and the lines.
pub(super) type TypeLines = Callback<(usize, Vec<String>)>;

/// What the terms of a text mean; each is explained where it stands first.
struct Terms {
    all: Vec<Term>,
    told: RefCell<Vec<&'static str>>,
}

/// Blocks, one after the other.
pub(super) fn blocks(text: &Text, all: &[Block], type_lines: &TypeLines) -> Html {
    let terms = Terms { all: glossary::terms(text.lang.tag()), told: RefCell::default() };
    with_terms(text, all, type_lines, &terms)
}

fn with_terms(text: &Text, all: &[Block], type_lines: &TypeLines, terms: &Terms) -> Html {
    all.iter().map(|b| block(text, b, type_lines, terms)).collect()
}

fn block(text: &Text, block: &Block, type_lines: &TypeLines, terms: &Terms) -> Html {
    match block {
        Block::Heading(_, words) => html! { <h4>{ inlines(words, terms) }</h4> },
        Block::Paragraph(words) => html! { <p>{ inlines(words, terms) }</p> },
        Block::List { start, items } => {
            let items =
                items.iter().map(|i| html! { <li>{ with_terms(text, i, type_lines, terms) }</li> });
            match start {
                Some(n) => {
                    html! { <ol class="prose-list numbered" start={n.to_string()}>{ for items }</ol> }
                }
                None => html! { <ul class="prose-list">{ for items }</ul> },
            }
        }
        Block::Code { info, text: lines } => match host_of(info) {
            Some(host) => run_box(text, host, lines, type_lines),
            None => html! { <pre class="prose-code"><code>{ lines.trim_end() }</code></pre> },
        },
        Block::Quote(inside) => {
            html! { <blockquote>{ with_terms(text, inside, type_lines, terms) }</blockquote> }
        }
    }
}

/// Lines that a click types.
fn run_box(text: &Text, host: usize, lines: &str, type_lines: &TypeLines) -> Html {
    let lines: Vec<String> = lines.trim_end().lines().map(str::to_owned).collect();
    let typed = lines.clone();
    let onclick = type_lines.reform(move |_: MouseEvent| (host, typed.clone()));
    let on = text.fill("try-run-on", &[("host", &format!("db{:02}", host + 1))]);
    html! {
        <button type="button" class="typed-line" {onclick}>
            { for lines.iter().map(|line| html! { <code>{ line }</code> }) }
            <span class="run">{ on }</span>
        </button>
    }
}

/// The host of `run db02`.
fn host_of(info: &str) -> Option<usize> {
    let host = info.strip_prefix("run db")?.trim();
    host.parse::<usize>().ok()?.checked_sub(1)
}

fn inlines(all: &[Inline], terms: &Terms) -> Html {
    all.iter().map(|piece| inline(piece, terms)).collect()
}

fn inline(piece: &Inline, terms: &Terms) -> Html {
    match piece {
        Inline::Text(words) => explained(words, terms),
        Inline::Code(words) => html! { <code>{ explained(words, terms) }</code> },
        Inline::Emphasis(inside) => html! { <em>{ inlines(inside, terms) }</em> },
        Inline::Strong(inside) => html! { <strong>{ inlines(inside, terms) }</strong> },
        Inline::Link { to, text } if to.starts_with("https://") => {
            html! { <a href={to.clone()} target="_blank" rel="noreferrer">{ inlines(text, terms) }</a> }
        }
        Inline::Link { text, .. } => inlines(text, terms),
    }
}

/// Words with their terms explained: on hover, and on focus by the keyboard.
fn explained(words: &str, terms: &Terms) -> Html {
    let pieces = glossary::pieces(&terms.all, words, &mut terms.told.borrow_mut());
    let piece = |piece: Piece<'_>| match piece {
        Piece::Plain(words) => html! { { words } },
        Piece::Term(word, meaning) => html! {
            <Explained word={word.to_owned()} {meaning} />
        },
    };
    pieces.into_iter().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_names_its_host() {
        assert_eq!(host_of("run db02"), Some(1));
        assert_eq!(host_of("run db00"), None);
        assert_eq!(host_of("text"), None);
    }
}
