//! What was typed and printed, as selectable text.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;

use super::explain::{Note, explain};
use super::highlight::{Look, spans};
use super::terminal::{Line, Terminal};
use crate::i18n::use_text;

/// A longer line is somebody's data.
const LONG: usize = 2000;

#[derive(Properties, PartialEq)]
pub(crate) struct LogProps {
    /// The terminal.
    pub terminal: Rc<Terminal>,
}

/// The lines.
#[component]
pub(crate) fn Log(props: &LogProps) -> Html {
    let onkeydown = Callback::from(|e: KeyboardEvent| walk(&e));
    let lines = props.terminal.lines().iter().map(|line| {
        html! { <LogLine key={line.seq} line={line.clone()} /> }
    });
    html! {
        <div class="log" data-testid="console-output" role="log" aria-live="polite" {onkeydown}>{ for lines }</div>
    }
}

#[derive(Properties, PartialEq)]
struct LogLineProps {
    line: Rc<Line>,
}

#[component]
fn LogLine(props: &LogLineProps) -> Html {
    let line = &props.line;
    if let Some(prompt) = &line.prompt {
        return html! {
            <div class="line"><span class="prompt">{ prompt }</span><span class="typed">{ &line.text }</span></div>
        };
    }
    let pieces = spans(&line.text).into_iter().map(|(look, piece)| match look {
        Look::Plain => html! { { piece } },
        look => html! { <span class={look.class()}>{ piece }</span> },
    });
    let notes = if line.text.len() < LONG { explain(&line.text) } else { Vec::new() };
    if notes.is_empty() {
        return html! { <div class="line">{ for pieces }</div> };
    }
    html! { <div class="line">{ for pieces }<Explained notes={notes} /></div> }
}

#[derive(Properties, PartialEq)]
struct ExplainedProps {
    notes: Vec<Note>,
}

/// A button behind a line, and below it what the line means.
#[component]
fn Explained(props: &ExplainedProps) -> Html {
    let text = use_text();
    let open = use_state(|| false);
    let onclick = {
        let open = open.clone();
        Callback::from(move |e: MouseEvent| {
            // A click anywhere else on the console means its input.
            e.stop_propagation();
            open.set(!*open);
        })
    };
    let first = props.notes.first().map(|n| n.piece.clone()).unwrap_or_default();
    let name = text.fill("explain-name", &[("what", &first)]);
    let notes = props.notes.iter().map(|note| {
        html! { <div><dt>{ &note.piece }</dt><dd>{ text.get(note.key) }</dd></div> }
    });
    html! {
        <>
            <button type="button" class="explain" aria-label={name.clone()} title={name} aria-expanded={open.to_string()} {onclick}></button>
            if *open { <dl class="explained" data-testid="explained">{ for notes }</dl> }
        </>
    }
}

/// Up and down walk from one explanation to the next.
fn walk(e: &KeyboardEvent) {
    let down = match e.key().as_str() {
        "ArrowDown" => true,
        "ArrowUp" => false,
        _ => return,
    };
    let log = e.current_target().and_then(|t| t.dyn_into::<Element>().ok());
    let Some(all) = log.and_then(|l| l.query_selector_all(".explain").ok()) else { return };
    let button = |ix: u32| all.item(ix).and_then(|b| b.dyn_into::<HtmlElement>().ok());
    let here = e.target().and_then(|t| t.dyn_into::<HtmlElement>().ok());
    let at = (0..all.length()).find(|&ix| button(ix) == here);
    let to = at.and_then(|ix| if down { ix.checked_add(1) } else { ix.checked_sub(1) });
    if let Some(next) = to.and_then(button) {
        e.prevent_default();
        // One that refuses the focus is no harm.
        let _ = next.focus();
    }
}
