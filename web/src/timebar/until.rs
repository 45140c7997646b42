//! "Run until …": what can be waited for.

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::i18n::use_text;
use crate::world::screen::{Command, Until};

/// The name of a choice and what it waits for.
const CHOICES: [(&str, Until); 14] = [
    ("until-message", Until::Message),
    ("until-second", Until::Passed(1000)),
    ("until-timeout", Until::Passed(15_000)),
    ("until-pfail", Until::Event("event-pfail")),
    ("until-fail", Until::Event("event-fail")),
    ("until-election", Until::Event("event-election")),
    ("until-vote", Until::Event("event-vote")),
    ("until-refused", Until::Event("event-refused")),
    ("until-won", Until::Event("event-won")),
    ("until-state-fail", Until::Event("event-state-fail")),
    ("until-state-ok", Until::Event("event-state-ok")),
    ("until-slots", Until::Event("event-slots")),
    ("until-redirected", Until::Event("event-redirected")),
    ("until-sync", Until::Event("event-sync-done")),
];

#[derive(Properties, PartialEq)]
pub(crate) struct RunUntilProps {
    /// Does something to the world.
    pub act: Callback<Command>,
}

/// A list whose choice lets time run.
#[component]
pub(crate) fn RunUntil(props: &RunUntilProps) -> Html {
    let text = use_text();
    let onchange = {
        let act = props.act.clone();
        Callback::from(move |e: Event| {
            let Some(select) = e.target_dyn_into::<HtmlSelectElement>() else { return };
            let chosen = select.selected_index().checked_sub(1);
            let chosen = chosen.and_then(|ix| CHOICES.get(usize::try_from(ix).ok()?));
            if let Some((_, until)) = chosen {
                act.emit(Command::Until(*until));
            }
            // The same can be chosen again.
            select.set_selected_index(0);
        })
    };
    let choices = CHOICES.iter().map(|(key, _)| html! { <option>{ text.get(key) }</option> });
    html! {
        <select class="button until" data-testid="until" aria-label={text.get("until-name")} {onchange}>
            <option selected={true}>{ text.get("until-name") }</option>
            { for choices }
        </select>
    }
}
