//! A lesson's files under the hands of its author: changed, looked at by the checker, tried, saved, shared.

use lessons::format::{Bundle, told};
use lessons::scenario::Worlds;
use lessons::walk;
use web_sys::{HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::i18n::{Text, use_text};
use crate::world::foreign::{self, InEach, in_each};
use crate::world::screen::Command;

#[derive(Properties, PartialEq)]
pub(crate) struct FilesProps {
    /// The files.
    pub bundle: Bundle,
    /// Keeps changed files; `None` throws them away.
    pub keep: Callback<Option<Bundle>>,
    /// Does something to the world.
    pub act: Callback<Command>,
}

/// What there is to say about the files.
#[derive(Clone, PartialEq)]
enum Said {
    /// A mistake, in the reader's or the checker's words.
    Wrong(InEach),
    /// The reader and the checker have nothing to say.
    Fine,
    /// An address that holds the lesson.
    Link(String),
    /// It is too long for one.
    TooLong,
}

/// The first thing that is wrong: what the reader says, then what a walk through the solutions says.
fn mistake(bundle: &Bundle) -> Option<InEach> {
    let lesson = match bundle.lesson() {
        Ok(lesson) => lesson,
        Err(error) => return Some(in_each(|language| error.told(language))),
    };
    let reports = walk::all(&mut Worlds::default(), &lesson, lesson.start.seed).into_iter();
    let (script, problem) = reports.filter_map(|r| Some((r.script, r.problem?))).next()?;
    Some(in_each(|language| format!("{script}: {}", told(language, &problem))))
}

fn link(bundle: &Bundle) -> Said {
    if let Err(error) = bundle.lesson() {
        return Said::Wrong(in_each(|language| error.told(language)));
    }
    let Some(hash) = foreign::hash(&bundle.text()) else { return Said::TooLong };
    let location = web_sys::window().map(|w| w.location());
    let part = |get: fn(&web_sys::Location) -> Result<String, wasm_bindgen::JsValue>| {
        location.as_ref().and_then(|l| get(l).ok()).unwrap_or_default()
    };
    let (origin, path) = (part(web_sys::Location::origin), part(web_sys::Location::pathname));
    Said::Link(format!("{origin}{path}#{hash}"))
}

/// The fields, and what can be done with them.
#[component]
pub(crate) fn Files(props: &FilesProps) -> Html {
    let text = use_text();
    let said = use_state(|| None::<Said>);
    let say = |what: fn(&Bundle) -> Said| {
        let (said, bundle) = (said.setter(), props.bundle.clone());
        Callback::from(move |_: MouseEvent| said.set(Some(what(&bundle))))
    };
    let check = say(|bundle| mistake(bundle).map_or(Said::Fine, Said::Wrong));
    let share = say(link);
    let attempt = {
        let (said, bundle, act) = (said.setter(), props.bundle.clone(), props.act.clone());
        Callback::from(move |_: MouseEvent| match bundle.lesson() {
            Ok(_) => act.emit(Command::OpenText(bundle.text())),
            Err(error) => {
                said.set(Some(Said::Wrong(in_each(|language| error.told(language)))));
            }
        })
    };
    let away = props.keep.reform(|_: MouseEvent| None);
    let fields = (0..props.bundle.files.len()).map(|ix| field(&text, props, ix));
    html! {
        <div class="build-files">
            <p class="muted">{ text.get("build-files") }</p>
            { for fields }
            <div role="status" data-testid="build-said">{ for (*said).as_ref().map(|s| tell(&text, s)) }</div>
            <p class="build-hands">
                <button type="button" class="button" data-testid="build-check" onclick={check}>{ text.get("build-check") }</button>
                <button type="button" class="button primary" data-testid="build-try" onclick={attempt}>{ text.get("build-try") }</button>
                <button type="button" class="button" data-testid="build-share" onclick={share}>{ text.get("build-share") }</button>
                <button type="button" class="quiet" data-testid="build-away" onclick={away}>{ text.get("build-away") }</button>
            </p>
        </div>
    }
}

fn tell(text: &Text, said: &Said) -> Html {
    match said {
        Said::Wrong(words) => {
            html! { <p class="troubles" data-said="wrong"><code>{ &words[text.lang.place()] }</code></p> }
        }
        Said::Fine => html! { <p data-said="fine">{ text.get("build-fine") }</p> },
        Said::TooLong => {
            html! { <p class="troubles" data-said="long">{ text.get("build-too-long") }</p> }
        }
        Said::Link(link) => {
            let select = Callback::from(|e: FocusEvent| {
                if let Some(field) = e.target_dyn_into::<HtmlInputElement>() {
                    field.select();
                }
            });
            html! {
                <p data-said="link">
                    <label>{ text.get("build-link") }<input type="text" readonly={true} value={link.clone()} data-testid="build-link" onfocus={select} /></label>
                </p>
            }
        }
    }
}

/// A file: its text to be changed, and the way to take it along.
fn field(text: &Text, props: &FilesProps, ix: usize) -> Html {
    let Some((name, content)) = props.bundle.files.get(ix).cloned() else { return Html::default() };
    let oninput = {
        let (bundle, keep) = (props.bundle.clone(), props.keep.clone());
        Callback::from(move |e: InputEvent| {
            let Some(area) = e.target_dyn_into::<HtmlTextAreaElement>() else { return };
            let mut bundle = bundle.clone();
            if let Some((_, content)) = bundle.files.get_mut(ix) {
                *content = area.value();
            }
            keep.emit(Some(bundle));
        })
    };
    let address = format!(
        "data:text/plain;charset=utf-8,{}",
        String::from(js_sys::encode_uri_component(&content))
    );
    html! {
        <details key={name.clone()} open={ix == 0}>
            <summary>{ &name }</summary>
            <textarea rows="12" spellcheck="false" aria-label={name.clone()} data-testid={format!("build-{name}")} value={content} {oninput} />
            <a class="quiet" href={address} download={name.clone()}>{ text.fill("build-save", &[("file", &name)]) }</a>
        </details>
    }
}
