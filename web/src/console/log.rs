//! What was typed and printed, as selectable text.

use std::rc::Rc;

use yew::prelude::*;

use super::highlight::{Look, spans};
use super::terminal::{Line, Terminal};

#[derive(Properties, PartialEq)]
pub(crate) struct LogProps {
    /// The terminal.
    pub terminal: Rc<Terminal>,
}

/// The lines.
#[component]
pub(crate) fn Log(props: &LogProps) -> Html {
    let lines = props.terminal.lines().iter().map(|line| {
        html! { <LogLine key={line.seq} line={line.clone()} /> }
    });
    html! {
        <div class="log" data-testid="console-output" role="log" aria-live="polite">{ for lines }</div>
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
    html! { <div class="line">{ for pieces }</div> }
}
