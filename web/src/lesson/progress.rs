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

/// Two small doors at the end of the map.
#[component]
pub(crate) fn Progress() -> Html {
    let text = use_text();
    let said = use_state(|| None::<&'static str>);
    let link = format!(
        "data:text/plain;charset=utf-8,{}",
        String::from(js_sys::encode_uri_component(&file()))
    );
    let onchange = {
        let said = said.setter();
        Callback::from(move |event: Event| {
            let input = event.target_dyn_into::<web_sys::HtmlInputElement>();
            let chosen = input.and_then(|i| i.files()).and_then(|files| files.get(0));
            let Some(chosen) = chosen else { return };
            if chosen.size() > BYTES_MAX {
                said.set(Some("progress-foreign"));
                return;
            }
            read(chosen, said.clone());
        })
    };
    html! {
        <p class="progress">
            <a class="quiet" href={link} download="slotlab-progress.txt" data-testid="progress-export">{ text.get("progress-export") }</a>
            <label class="quiet">
                { text.get("progress-import") }
                <input type="file" accept=".txt,text/plain" class="hidden-text" data-testid="progress-import" {onchange} />
            </label>
            if let Some(key) = *said { <span role="status">{ text.get(key) }</span> }
        </p>
    }
}

fn read(file: web_sys::File, said: UseStateSetter<Option<&'static str>>) {
    let Ok(reader) = web_sys::FileReader::new() else { return };
    let of_load = reader.clone();
    let done = Closure::once_into_js(move || {
        let text = of_load.result().ok().and_then(|r| r.as_string()).unwrap_or_default();
        said.set(Some(if take_up(&text) { "progress-taken" } else { "progress-foreign" }));
    });
    reader.set_onload(Some(done.unchecked_ref()));
    let _ = reader.read_as_text(&file);
}
