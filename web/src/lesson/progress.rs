//! Progress as a file: taken along, brought back.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use yew::prelude::*;

use super::review;
use crate::i18n::use_text;
use crate::prefs;

/// What the file begins with.
const HEAD: &str = "slotlab progress 1";
/// A larger file is none of ours.
const BYTES_MAX: f64 = 65_536.0;

/// The file's text.
fn file() -> String {
    format!("{HEAD}\nlessons {}\nreview {}\n", prefs::done_text(), review::print(&review::deck()))
}

/// Takes up what a file says, besides what is there already; `false` when it is none of ours.
fn take_up(text: &str) -> bool {
    let mut lines = text.lines();
    if lines.next().map(str::trim) != Some(HEAD) {
        return false;
    }
    for line in lines {
        if let Some(done) = line.strip_prefix("lessons ") {
            prefs::add_done(done);
        } else if let Some(cards) = line.strip_prefix("review ") {
            let mut deck = review::deck();
            for (path, due) in review::parse(cards) {
                deck.entry(path).or_insert(due);
            }
            prefs::keep_text("slotlab.review", &review::print(&deck));
        }
    }
    true
}

fn link() -> String {
    format!("data:text/plain;charset=utf-8,{}", String::from(js_sys::encode_uri_component(&file())))
}

#[derive(Properties, PartialEq)]
pub(crate) struct ProgressProps {
    /// A file was taken up.
    pub taken: Callback<()>,
}

/// Two small doors at the end of the map.
#[component]
pub(crate) fn Progress(props: &ProgressProps) -> Html {
    let text = use_text();
    let said = use_state(|| None::<&'static str>);
    // What was answered since this was drawn belongs into the file too.
    let onclick = Callback::from(|event: MouseEvent| {
        if let Some(anchor) = event.target_dyn_into::<web_sys::Element>() {
            let _ = anchor.set_attribute("href", &link());
        }
    });
    let onchange = {
        let (said, taken) = (said.setter(), props.taken.clone());
        Callback::from(move |event: Event| {
            let input = event.target_dyn_into::<web_sys::HtmlInputElement>();
            let chosen = input.and_then(|i| i.files()).and_then(|files| files.get(0));
            let Some(chosen) = chosen else { return };
            if chosen.size() > BYTES_MAX {
                said.set(Some("progress-foreign"));
                return;
            }
            read(chosen, said.clone(), taken.clone());
        })
    };
    html! {
        <p class="progress">
            <a class="quiet" href={link()} {onclick} download="slotlab-progress.txt" data-testid="progress-export">{ text.get("progress-export") }</a>
            <label class="quiet">
                { text.get("progress-import") }
                <input type="file" accept=".txt,text/plain" class="hidden-text" data-testid="progress-import" {onchange} />
            </label>
            if let Some(key) = *said { <span role="status">{ text.get(key) }</span> }
        </p>
    }
}

fn read(file: web_sys::File, said: UseStateSetter<Option<&'static str>>, taken: Callback<()>) {
    let Ok(reader) = web_sys::FileReader::new() else { return };
    let of_load = reader.clone();
    let done = Closure::once_into_js(move || {
        let text = of_load.result().ok().and_then(|r| r.as_string()).unwrap_or_default();
        let ours = take_up(&text);
        said.set(Some(if ours { "progress-taken" } else { "progress-foreign" }));
        if ours {
            taken.emit(());
        }
    });
    reader.set_onload(Some(done.unchecked_ref()));
    let _ = reader.read_as_text(&file);
}
