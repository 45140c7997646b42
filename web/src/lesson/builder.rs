//! Makes a lesson of what was just done: chooses where it begins and what it asks for, writes its files,
//! lets them be changed, tried, saved and shared.

use std::collections::BTreeSet;

use lessons::draft::Words;
use lessons::format::Bundle;
use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;

use super::files::Files;
use crate::i18n::{Lang, Text, use_text};
use crate::prefs;
use crate::world::drafting::Recorded;
use crate::world::screen::Command;

/// Where a draft is kept: trying it leaves this panel.
const KEPT: &str = "slotlab.draft";
/// A place in [`Words`].
type Field = fn(&mut Words) -> &mut String;
/// What an author says in each language: a key of the catalogue, and its place.
const FIELDS: [(&str, Field); 4] = [
    ("build-title", |w| &mut w.title),
    ("build-task", |w| &mut w.task),
    ("build-hint", |w| &mut w.hint),
    ("build-debrief", |w| &mut w.debrief),
];

#[derive(Properties, PartialEq)]
pub(crate) struct BuilderProps {
    /// What was done, as a lesson that begins before a line.
    pub record: Callback<usize, Option<Recorded>>,
    /// Does something to the world.
    pub act: Callback<Command>,
}

/// What the author has chosen so far.
#[derive(Clone, Default, PartialEq)]
struct Choices {
    from: usize,
    without: BTreeSet<String>,
    words: [Words; 2],
}

/// The panel.
#[component]
pub(crate) fn Builder(props: &BuilderProps) -> Html {
    let text = use_text();
    let bundle = use_state(|| Bundle::read(&prefs::kept(KEPT)).ok());
    let open = use_state(|| false);
    let choices = use_state(Choices::default);
    let recorded = use_state(|| None::<Recorded>);
    let look = {
        let (record, recorded) = (props.record.clone(), recorded.setter());
        Callback::from(move |from: usize| recorded.set(record.emit(from)))
    };
    let onclick = {
        let (open, look, from) = (open.clone(), look.clone(), choices.from);
        Callback::from(move |_: MouseEvent| {
            look.emit(from);
            open.set(!*open);
        })
    };
    let keep = {
        let bundle = bundle.setter();
        Callback::from(move |new: Option<Bundle>| {
            prefs::keep_text(KEPT, &new.as_ref().map(Bundle::text).unwrap_or_default());
            bundle.set(new);
        })
    };
    let body = match ((*bundle).clone(), &*recorded) {
        (Some(written), _) => {
            html! { <Files bundle={written} keep={keep} act={props.act.clone()} /> }
        }
        (None, None) => {
            html! { <p class="muted" data-testid="build-nothing">{ text.get("build-nothing") }</p> }
        }
        (None, Some(recorded)) => form(&text, recorded, &choices, &look, &keep),
    };
    html! {
        <section class="builder">
            <button type="button" class="quiet" data-testid="build" aria-expanded={open.to_string()} {onclick}>{ text.get("build") }</button>
            if *open { { body } }
        </section>
    }
}

/// What there is to choose. Nobody has done anything yet on a first visit, which loads none of it.
#[inline(never)]
fn form(
    text: &Text,
    recorded: &Recorded,
    choices: &UseStateHandle<Choices>,
    look: &Callback<usize>,
    keep: &Callback<Option<Bundle>>,
) -> Html {
    let write = {
        let (draft, choices, keep) = (recorded.draft.clone(), (**choices).clone(), keep.clone());
        Callback::from(move |_: MouseEvent| {
            let mut draft = draft.clone();
            draft.checks.retain(|check| !choices.without.contains(&check.id));
            draft.words = choices.words.clone();
            keep.emit(Some(draft.bundle()));
        })
    };
    let checks = recorded.draft.checks.iter().map(|check| {
        let (id, choices) = (check.id.clone(), choices.clone());
        let checked = !choices.without.contains(&id);
        let onchange = Callback::from(move |_: Event| {
            let mut new = (*choices).clone();
            if !new.without.remove(&id) {
                new.without.insert(id.clone());
            }
            choices.set(new);
        });
        html! {
            <label><input type="checkbox" data-check={check.id.clone()} {checked} {onchange} />{ check.words(text.lang.tag(), "met") }</label>
        }
    });
    let chosen = recorded.draft.checks.iter().any(|c| !choices.without.contains(&c.id));
    html! {
        <div class="build-form">
            <p class="muted">{ text.get("build-intro") }</p>
            <label>{ text.get("build-from") }{ lines(recorded, choices, look) }</label>
            <fieldset>
                <legend>{ text.get("build-checks") }</legend>
                { for checks }
                if recorded.draft.checks.is_empty() { <p class="muted">{ text.get("build-no-checks") }</p> }
            </fieldset>
            { for [Lang::En, Lang::Zh].into_iter().enumerate().map(|(ix, lang)| words(text, ix, lang, choices)) }
            <p><button type="button" class="button primary" data-testid="build-write" disabled={!chosen} onclick={write}>{ text.get("build-write") }</button></p>
        </div>
    }
}

/// Before which line the lesson begins; what comes before it is its setup.
fn lines(recorded: &Recorded, choices: &UseStateHandle<Choices>, look: &Callback<usize>) -> Html {
    let options = recorded.lines.iter().enumerate().map(|(ix, typed)| {
        let line = typed.line.as_deref().unwrap_or("Ctrl-C");
        let short: String = line.chars().take(60).collect();
        html! { <option value={ix.to_string()} selected={ix == choices.from}>{ format!("{}. {}: {short}", ix + 1, typed.host) }</option> }
    });
    let onchange = {
        let (choices, look) = (choices.clone(), look.clone());
        Callback::from(move |e: Event| {
            let Some(select) = e.target_dyn_into::<HtmlSelectElement>() else { return };
            let from = usize::try_from(select.selected_index()).unwrap_or(0);
            choices.set(Choices { from, ..(*choices).clone() });
            look.emit(from);
        })
    };
    html! { <select data-testid="build-from" {onchange}>{ for options }</select> }
}

fn words(text: &Text, ix: usize, lang: Lang, choices: &UseStateHandle<Choices>) -> Html {
    let fields = FIELDS.into_iter().map(|(key, field)| {
        let mut words = choices.words[ix].clone();
        let value = field(&mut words).clone();
        let choices = choices.clone();
        let oninput = Callback::from(move |e: InputEvent| {
            let Some(input) = e.target_dyn_into::<HtmlInputElement>() else { return };
            let mut new = (*choices).clone();
            *field(&mut new.words[ix]) = input.value();
            choices.set(new);
        });
        html! { <label>{ text.get(key) }<input type="text" lang={lang.tag()} data-field={format!("{key}.{}", lang.tag())} {value} {oninput} /></label> }
    });
    let name = if lang == Lang::En { "English" } else { "简体中文" };
    html! {
        <details open={lang == text.lang}><summary lang={lang.tag()}>{ name }</summary>{ for fields }</details>
    }
}
