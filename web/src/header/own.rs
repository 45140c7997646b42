//! One's own cluster: paste `CLUSTER NODES`, or drop a nodes.conf. What cannot be read is explained
//! line by line. Nothing leaves the browser.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, JsValue};
use web_sys::{ClipboardEvent, File, HtmlInputElement, HtmlTextAreaElement};
use yew::prelude::*;

use crate::dropdown::on_escape;
use crate::focus::use_focus_back;
use crate::i18n::{Text, use_text};
use crate::world::link::{BadLink, Shared};
use crate::world::scenario::Scenario;
use crate::world::topology::{TEXT_MOST, Topology, Trouble};

#[derive(Properties, PartialEq)]
pub(crate) struct OwnProps {
    /// Begins anew.
    pub start: Callback<Scenario>,
    /// Opens a run that was shared as a file.
    pub open: Callback<Shared>,
    /// Goes away.
    pub close: Callback<()>,
}

fn say(text: &Text, trouble: &Trouble) -> String {
    let words = text.fill(trouble.key, &[("what", &trouble.what)]);
    if trouble.line == 0 {
        return words;
    }
    text.fill("own-line", &[("n", &trouble.line.to_string()), ("trouble", &words)])
}

fn too_long(bytes: f64) -> Vec<Trouble> {
    vec![Trouble { line: 0, key: "own-too-long", what: format!("{:.1}", bytes / 1e6) }]
}

/// Reads a file that is not too long.
pub(crate) fn read(file: &File, then: Callback<Result<String, Vec<Trouble>>>) {
    if file.size() > TEXT_MOST as f64 {
        return then.emit(Err(too_long(file.size())));
    }
    let done = Closure::once(move |text: JsValue| {
        then.emit(Ok(text.as_string().unwrap_or_default()));
    });
    // A file that cannot be read says nothing: the field stays as it is.
    let read: js_sys::Promise = file.text().unchecked_into();
    let _ = read.then(&done);
    done.forget();
}

/// The dialogue.
#[component]
pub(crate) fn Own(props: &OwnProps) -> Html {
    let text = use_text();
    let field = use_node_ref();
    use_focus_back();
    let troubles = use_state(Vec::<Trouble>::new);
    {
        let field = field.clone();
        use_effect_with((), move |()| {
            if let Some(field) = field.cast::<HtmlTextAreaElement>() {
                let _ = field.focus();
            }
        });
    }
    let build = {
        let (field, troubles) = (field.clone(), troubles.clone());
        let (start, close) = (props.start.clone(), props.close.clone());
        let open = props.open.clone();
        Callback::from(move |(): ()| {
            let Some(field) = field.cast::<HtmlTextAreaElement>() else { return };
            let content = field.value();
            if content.starts_with("slotlab ") {
                let key = match Shared::parse(&content) {
                    Ok(shared) => {
                        open.emit(shared);
                        return close.emit(());
                    }
                    Err(BadLink::Newer) => "link-newer",
                    Err(BadLink::Broken) => "link-broken",
                };
                return troubles.set(vec![Trouble { line: 0, key, what: String::new() }]);
            }
            match Topology::parse(&content) {
                Ok(topology) => {
                    start.emit(Scenario::Own(Rc::new(topology)));
                    close.emit(());
                }
                Err(found) => troubles.set(found),
            }
        })
    };
    let taken = {
        let (field, troubles) = (field.clone(), troubles.clone());
        Callback::from(move |read: Result<String, Vec<Trouble>>| match read {
            Ok(content) => {
                troubles.set(Vec::new());
                if let Some(field) = field.cast::<HtmlTextAreaElement>() {
                    field.set_value(&content);
                }
            }
            Err(found) => troubles.set(found),
        })
    };
    let onpaste = {
        let troubles = troubles.clone();
        Callback::from(move |e: Event| {
            let Ok(paste) = e.dyn_into::<ClipboardEvent>() else { return };
            let content = paste.clipboard_data().and_then(|d| d.get_data("text/plain").ok());
            // So much text in a field would freeze the browser: it is refused before it gets there.
            if let Some(long) = content.map(|c| c.len()).filter(|len| *len > TEXT_MOST) {
                paste.prevent_default();
                troubles.set(too_long(long as f64));
            }
        })
    };
    let onchange = {
        let taken = taken.clone();
        Callback::from(move |e: Event| {
            let input = e.target_dyn_into::<HtmlInputElement>();
            if let Some(file) = input.and_then(|i| i.files()).and_then(|f| f.item(0)) {
                read(&file, taken.clone());
            }
        })
    };
    let ondrop = Callback::from(move |e: DragEvent| {
        e.prevent_default();
        // The page behind the dialogue would open it at once.
        e.stop_propagation();
        if let Some(file) = e.data_transfer().and_then(|d| d.files()).and_then(|f| f.item(0)) {
            read(&file, taken.clone());
        }
    });
    let ondragover = Callback::from(|e: DragEvent| e.prevent_default());
    let onkeydown = on_escape(props.close.clone());
    let cancel = props.close.reform(|_: MouseEvent| ());
    let list = troubles.iter().map(|t| html! { <li>{ say(&text, t) }</li> });
    html! {
        <div class="veil">
            <section class="dialog" role="dialog" aria-modal="true" aria-labelledby="own-title" {onkeydown} {ondrop} {ondragover}>
                <h2 id="own-title">{ text.get("scenario-own") }</h2>
                <p class="muted">{ text.get("own-intro") }</p>
                <textarea ref={field} data-testid="own-text" rows="9" spellcheck="false" aria-label={text.get("own-field")} {onpaste} />
                if !troubles.is_empty() {
                    <div role="alert" data-testid="own-troubles"><ul class="troubles">{ for list }</ul></div>
                }
                <div class="dialog-foot">
                    <label class="button">{ text.get("own-file") }<input type="file" class="hidden-text" {onchange} /></label>
                    <span class="spacer"></span>
                    <button type="button" class="button" onclick={cancel}>{ text.get("cancel") }</button>
                    <button type="button" class="button primary" data-testid="own-build" onclick={build.reform(|_: MouseEvent| ())}>{ text.get("own-build") }</button>
                </div>
            </section>
        </div>
    }
}
