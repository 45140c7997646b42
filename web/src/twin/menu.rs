//! The list of knobs.

use yew::prelude::*;

use super::name;
use crate::dropdown::{Dropdown, use_dropdown};
use crate::i18n::use_text;
use crate::world::knob::Knob;
use crate::world::scenario::Scenario;
use crate::world::screen::Command;

#[derive(Properties, PartialEq)]
pub(crate) struct TwinMenuProps {
    /// How the world began.
    pub scenario: Scenario,
    /// What is turned in the second world, when there is one.
    pub knob: Option<Knob>,
    /// Does something to the world.
    pub act: Callback<Command>,
}

/// A button and the list below it.
#[component]
pub(crate) fn TwinMenu(props: &TwinMenuProps) -> Html {
    let text = use_text();
    let Dropdown { open, toggle, onkeydown, close } = use_dropdown();
    let crowd = props.scenario == Scenario::Thousand;
    let fits =
        |knob: &Knob| !crowd && (props.scenario.is_paired() || !matches!(knob, Knob::Replicas(_)));
    let entries = Knob::ALL.into_iter().filter(fits).map(|knob| {
        let (close, act) = (close.clone(), props.act.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            close.emit(());
            act.emit(Command::Compare(Some(knob)));
        });
        let on = props.knob == Some(knob);
        let (_, hint, n) = knob.words();
        html! {
            <button type="button" data-knob={knob.word()} {onclick} aria-current={on.then_some("true")}>
                <strong>{ name(&text, knob) }</strong>
                <span>{ text.fill(hint, &[("n", &n.to_string())]) }</span>
            </button>
        }
    });
    html! {
        <div class="menu twin-menu" {onkeydown}>
            <button type="button" class="button" data-testid="twin" aria-expanded={open.to_string()} aria-label={text.get("twin-menu-name")} title={text.get("twin-menu-name")} onclick={toggle}>{ text.get("twin-menu") }</button>
            if open {
                <div class="menu-list">
                    <p class="menu-words">{ text.get(if crowd { "twin-crowd" } else { "twin-intro" }) }</p>
                    { for entries }
                </div>
            }
        </div>
    }
}
