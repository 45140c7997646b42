//! The top bar: scenario, seed, language, theme.

use yew::prelude::*;

use crate::i18n::{Lang, use_text};
use crate::icon;
use crate::ui::{Choose, Theme};
use crate::world::screen::Scenario;

#[derive(Properties, PartialEq)]
pub(crate) struct HeaderProps {
    /// The world's seed.
    pub seed: u64,
    /// How the world began.
    pub scenario: Scenario,
    /// Begins anew.
    pub start: Callback<Scenario>,
    /// The line that can be taken back.
    pub undo: Option<String>,
    /// Takes it back.
    pub take_back: Callback<()>,
    /// Light or dark.
    pub theme: Theme,
    /// Makes a choice.
    pub choose: Callback<Choose>,
}

const fn name(scenario: Scenario) -> &'static str {
    match scenario {
        Scenario::Formed => "scenario-formed",
        Scenario::Bare => "scenario-bare",
    }
}

const fn hint(scenario: Scenario) -> &'static str {
    match scenario {
        Scenario::Formed => "scenario-formed-hint",
        Scenario::Bare => "scenario-bare-hint",
    }
}

/// The bar.
#[component]
pub(crate) fn Header(props: &HeaderProps) -> Html {
    let text = use_text();
    let open = use_state(|| false);
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let onkeydown = {
        let open = open.clone();
        Callback::from(move |e: KeyboardEvent| {
            if e.key() == "Escape" {
                open.set(false);
            }
        })
    };
    let entries = [Scenario::Formed, Scenario::Bare].into_iter().map(|scenario| {
        let (open, start) = (open.clone(), props.start.clone());
        let onclick = Callback::from(move |_: MouseEvent| {
            open.set(false);
            start.emit(scenario);
        });
        let on = scenario == props.scenario;
        html! {
            <button type="button" {onclick} aria-current={on.then_some("true")}>
                <strong>{ text.get(name(scenario)) }</strong>
                <span>{ text.get(hint(scenario)) }</span>
            </button>
        }
    });
    let bare = props.start.reform(|_: MouseEvent| Scenario::Bare);
    let take_back = props.take_back.reform(|_: MouseEvent| ());
    let other_lang = props.choose.reform(|_: MouseEvent| Choose::OtherLang);
    let other_theme = props.choose.reform(|_: MouseEvent| Choose::OtherTheme);
    let to_lang = match text.lang {
        Lang::En => "中文",
        Lang::Zh => "English",
    };
    let dark = props.theme == Theme::Dark;
    let to_theme = if dark { text.get("theme-to-light") } else { text.get("theme-to-dark") };
    html! {
        <header class="topbar">
            <h1 class="brand">{ "slot" }<b>{ "lab" }</b></h1>
            <div class="menu" {onkeydown}>
                <button type="button" class="button scenario" aria-expanded={open.to_string()} onclick={toggle}>
                    <span>{ text.get(name(props.scenario)) }</span>{ icon::down() }
                </button>
                if *open { <div class="menu-list">{ for entries }</div> }
            </div>
            <button type="button" class="button bare-button" data-testid="bare-hosts" onclick={bare}>{ text.get("start-bare") }</button>
            <span class="seed">{ text.fill("seed", &[("n", &props.seed.to_string())]) }</span>
            <span class="spacer"></span>
            <button type="button" class="button" data-testid="undo" disabled={props.undo.is_none()} onclick={take_back} title={props.undo.as_ref().map(|line| text.fill("undo-hint", &[("line", line)]))}>{ text.get("undo") }</button>
            <button type="button" class="button" lang={text.lang.other().tag()} onclick={other_lang}>{ to_lang }</button>
            <button type="button" class="button icon-button" onclick={other_theme} aria-label={to_theme} title={to_theme}>{ icon::theme(dark) }</button>
        </header>
    }
}
