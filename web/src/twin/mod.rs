//! Two worlds side by side: the second stage, and in what the two differ.

pub(crate) mod menu;
pub(crate) mod panel;

use yew::prelude::*;

use crate::i18n::{Text, use_text};
use crate::world::knob::Knob;
use crate::world::screen::Command;
use crate::world::twin::TwinScreen;

/// What is turned, in words.
pub(crate) fn name(text: &Text, knob: Knob) -> String {
    let (key, _, n) = knob.words();
    text.fill(key, &[("n", &n.to_string())])
}

/// The two numbers of what differs most: slots with another owner, and nodes.
fn sums(twin: &TwinScreen) -> (String, String) {
    let slots: u32 = twin.diff.slots.iter().map(|s| u32::from(s.last - s.first) + 1).sum();
    (slots.to_string(), twin.diff.nodes.len().to_string())
}

#[derive(Properties, PartialEq)]
pub(crate) struct SummaryProps {
    /// The second world.
    pub twin: std::rc::Rc<TwinScreen>,
    /// Does something to the world.
    pub act: Callback<Command>,
}

/// One line over both stages, and the way back to one world.
#[component]
pub(crate) fn Summary(props: &SummaryProps) -> Html {
    let text = use_text();
    let twin = &props.twin;
    let (slots, nodes) = sums(twin);
    let words = if !twin.ready {
        text.get("twin-founding").to_owned()
    } else if twin.diff.is_empty() {
        text.get("twin-same").to_owned()
    } else {
        text.fill("twin-differs", &[("slots", &slots), ("nodes", &nodes)])
    };
    let end = props.act.reform(|_: MouseEvent| Command::Compare(None));
    html! {
        <div class="twin-summary" data-testid="twin-summary" data-ready={twin.ready.to_string()} data-slots={slots} data-nodes={nodes}>
            <p role="status">{ words }</p>
            <button type="button" class="button" data-testid="twin-end" onclick={end}>{ text.get("twin-end") }</button>
        </div>
    }
}

#[derive(Properties, PartialEq)]
pub(crate) struct TitleProps {
    /// A or B.
    pub letter: &'static str,
    /// What is turned; nothing in the first world.
    pub knob: Option<Knob>,
}

/// What stands over a stage.
#[component]
pub(crate) fn Title(props: &TitleProps) -> Html {
    let text = use_text();
    let words = match props.knob {
        Some(knob) => name(&text, knob),
        None => text.get("twin-first").to_owned(),
    };
    html! { <h2 class="twin-title"><b>{ props.letter }</b><span>{ words }</span></h2> }
}
