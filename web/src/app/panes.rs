//! The tabs of a narrow screen: lesson, stage, console.

use yew::prelude::*;

use crate::i18n::use_text;
use crate::ui::{Choose, Pane};

#[derive(Properties, PartialEq)]
pub(crate) struct PanesProps {
    /// The pane in front.
    pub pane: Pane,
    /// Makes a choice.
    pub choose: Callback<Choose>,
}

const fn name(pane: Pane) -> &'static str {
    match pane {
        Pane::Lesson => "pane-lesson",
        Pane::Stage => "pane-stage",
        Pane::Console => "pane-console",
    }
}

/// The row of tabs.
#[component]
pub(crate) fn Panes(props: &PanesProps) -> Html {
    let text = use_text();
    let tabs = Pane::ALL.into_iter().map(|pane| {
        let onclick = props.choose.reform(move |_: MouseEvent| Choose::Pane(pane));
        html! {
            <button type="button" aria-pressed={(pane == props.pane).to_string()} data-pane={pane.attribute()} {onclick}>
                { text.get(name(pane)) }
            </button>
        }
    });
    html! { <nav class="phone-tabs" aria-label={text.get("panes-name")}>{ for tabs }</nav> }
}
