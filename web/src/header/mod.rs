//! The top bar: scenario, seed, language, theme.

pub(crate) mod menu;
pub(crate) mod own;
pub(crate) mod share;

use yew::prelude::*;

use crate::i18n::{Lang, use_text};
use crate::icon;
use crate::twin::menu::TwinMenu;
use crate::ui::{Choose, Theme};
use crate::world::knob::Knob;
use crate::world::link::Shared;
use crate::world::screen::{Command, Scenario};

#[derive(Properties, PartialEq)]
pub(crate) struct HeaderProps {
    /// The world's seed.
    pub seed: u64,
    /// How the world began.
    pub scenario: Scenario,
    /// Begins anew.
    pub start: Callback<Scenario>,
    /// The run as a link or a file.
    pub share: Callback<(), Option<Shared>>,
    /// Opens a run that was shared.
    pub open: Callback<Shared>,
    /// The line that can be taken back.
    pub undo: Option<String>,
    /// Whether undoing leads back to the run before this one.
    pub undo_run: bool,
    /// Takes it back.
    pub take_back: Callback<()>,
    /// What is turned in the second world, when there is one.
    pub knob: Option<Knob>,
    /// Does something to the world.
    pub act: Callback<Command>,
    /// Light or dark.
    pub theme: Theme,
    /// Makes a choice.
    pub choose: Callback<Choose>,
}

/// The bar.
#[component]
pub(crate) fn Header(props: &HeaderProps) -> Html {
    let text = use_text();
    let bare = props.start.reform(|_: MouseEvent| Scenario::Bare);
    let undo_hint = match &props.undo {
        Some(line) => Some(text.fill("undo-hint", &[("line", line)])),
        None => props.undo_run.then(|| text.get("undo-run").to_owned()),
    };
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
            <menu::ScenarioMenu scenario={props.scenario.clone()} start={props.start.clone()} open={props.open.clone()} />
            <button type="button" class="button bare-button" data-testid="bare-hosts" onclick={bare}>{ text.get("start-bare") }</button>
            <span class="seed">{ text.fill("seed", &[("n", &props.seed.to_string())]) }</span>
            <span class="spacer"></span>
            <button type="button" class="button" data-testid="undo" disabled={undo_hint.is_none()} onclick={take_back} title={undo_hint.clone()}>{ text.get("undo") }</button>
            <TwinMenu scenario={props.scenario.clone()} knob={props.knob} act={props.act.clone()} />
            <share::Share share={props.share.clone()} />
            <button type="button" class="button" lang={text.lang.other().tag()} onclick={other_lang}>{ to_lang }</button>
            <button type="button" class="button icon-button" onclick={other_theme} aria-label={to_theme} title={to_theme}>{ icon::theme(dark) }</button>
        </header>
    }
}
