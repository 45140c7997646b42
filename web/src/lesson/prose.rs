//! A lesson's prose as elements.

use lessons::{Block, Inline};
use yew::prelude::*;

use crate::i18n::Text;

/// Types lines on a host: its number and the lines.
pub(super) type TypeLines = Callback<(usize, Vec<String>)>;

/// Blocks, one after the other.
pub(super) fn blocks(text: &Text, all: &[Block], type_lines: &TypeLines) -> Html {
    all.iter().map(|b| block(text, b, type_lines)).collect()
}

fn block(text: &Text, block: &Block, type_lines: &TypeLines) -> Html {
    match block {
        Block::Heading(_, words) => html! { <h4>{ inlines(words) }</h4> },
        Block::Paragraph(words) => html! { <p>{ inlines(words) }</p> },
        Block::List { start, items } => {
            let items = items.iter().map(|i| html! { <li>{ blocks(text, i, type_lines) }</li> });
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
            html! { <blockquote>{ blocks(text, inside, type_lines) }</blockquote> }
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

fn inlines(all: &[Inline]) -> Html {
    all.iter().map(inline).collect()
}

fn inline(piece: &Inline) -> Html {
    match piece {
        Inline::Text(words) => html! { { words } },
        Inline::Code(words) => html! { <code>{ words }</code> },
        Inline::Emphasis(inside) => html! { <em>{ inlines(inside) }</em> },
        Inline::Strong(inside) => html! { <strong>{ inlines(inside) }</strong> },
        Inline::Link { to, text } if to.starts_with("https://") => {
            html! { <a href={to.clone()} target="_blank" rel="noreferrer">{ inlines(text) }</a> }
        }
        Inline::Link { text, .. } => inlines(text),
    }
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
