//! The list of scenarios, and one's own.

use yew::prelude::*;

use super::own::Own;
use crate::dropdown::{Dropdown, use_dropdown};
use crate::i18n::use_text;
use crate::icon;
use crate::world::link::Shared;
use crate::world::scenario::Scenario;

#[derive(Properties, PartialEq)]
pub(crate) struct ScenarioMenuProps {
    /// How the world began.
    pub scenario: Scenario,
    /// Begins anew.
    pub start: Callback<Scenario>,
    /// Opens a run that was shared.
    pub open: Callback<Shared>,
}

/// Name and description: keys of the catalogue.
const fn words(scenario: &Scenario) -> (&'static str, &'static str) {
    match scenario {
        Scenario::Formed => ("scenario-formed", "scenario-formed-hint"),
        Scenario::Bare => ("scenario-bare", "scenario-bare-hint"),
        Scenario::OneHost => ("scenario-one-host", "scenario-one-host-hint"),
        Scenario::Spares => ("scenario-spares", "scenario-spares-hint"),
        Scenario::Split => ("scenario-split", "scenario-split-hint"),
        Scenario::HalfMoved => ("scenario-half-moved", "scenario-half-moved-hint"),
        Scenario::Hundred => ("scenario-hundred", "scenario-hundred-hint"),
        Scenario::Thousand => ("scenario-thousand", "scenario-thousand-hint"),
        Scenario::Own(_) => ("scenario-own", "scenario-own-hint"),
    }
}

/// A button and the list below it.
#[component]
pub(crate) fn ScenarioMenu(props: &ScenarioMenuProps) -> Html {
    let text = use_text();
    let Dropdown { open, toggle, onkeydown, close } = use_dropdown();
    let own = use_state(|| false);
    let entries = Scenario::READY.into_iter().map(|scenario| {
        let (close, start, of) = (close.clone(), props.start.clone(), scenario.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            close.emit(());
            start.emit(of.clone());
        });
        let on = scenario == props.scenario;
        let (name, hint) = words(&scenario);
        html! {
            <button type="button" data-scenario={scenario.word()} {onclick} aria-current={on.then_some("true")}>
                <strong>{ text.get(name) }</strong>
                <span>{ text.get(hint) }</span>
            </button>
        }
    });
    let ask = {
        let (close, own) = (close.clone(), own.clone());
        Callback::from(move |_: MouseEvent| {
            close.emit(());
            own.set(true);
        })
    };
    let close_own = {
        let own = own.clone();
        Callback::from(move |()| own.set(false))
    };
    html! {
        <>
            <div class="menu" {onkeydown}>
                <button type="button" class="button scenario" data-testid="scenario" aria-expanded={open.to_string()} onclick={toggle}>
                    <span>{ text.get(words(&props.scenario).0) }</span>{ icon::down() }
                </button>
                if open {
                    <div class="menu-list">
                        { for entries }
                        <button type="button" data-scenario="own" onclick={ask}>
                            <strong>{ text.get("scenario-own") }</strong>
                            <span>{ text.get("scenario-own-hint") }</span>
                        </button>
                    </div>
                }
            </div>
            if *own { <Own start={props.start.clone()} open={props.open.clone()} close={close_own} /> }
        </>
    }
}
