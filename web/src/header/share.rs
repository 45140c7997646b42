//! Sharing: a link that holds the whole run, or a file when it is too long for one.

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{HtmlElement, HtmlInputElement};
use yew::prelude::*;

use crate::dropdown::on_escape;
use crate::i18n::use_text;
use crate::prefs;
use crate::world::link::{LINK_MOST, Shared};

#[derive(Properties, PartialEq)]
pub(crate) struct ShareProps {
    /// The run as a link or a file.
    pub share: Callback<(), Option<Shared>>,
}

/// What there is to give away.
#[derive(Clone, PartialEq)]
enum Gift {
    /// An address.
    Link(String),
    /// A text that the browser saves: as an address that holds it.
    File(String),
}

fn gift(shared: &Shared) -> Option<Gift> {
    let hash = shared.hash();
    if hash.len() > LINK_MOST {
        let text: String = js_sys::encode_uri_component(&shared.text()).into();
        return Some(Gift::File(format!("data:text/plain;charset=utf-8,{text}")));
    }
    let window = web_sys::window()?;
    let address = window.location().href().ok()?;
    let address = address.split('#').next().unwrap_or_default();
    let link = format!("{address}#{hash}");
    // The address bar is the surest clipboard; a browser that refuses still shows the field.
    if let Ok(history) = window.history() {
        let _ = history.replace_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(&link));
    }
    Some(Gift::Link(link))
}

/// Saves the whole page with a run inside (`web/worker/single.js`).
fn save_page(world: &str, failed: impl FnOnce() + 'static) {
    let save = web_sys::window()
        .and_then(|w| js_sys::Reflect::get(&w, &"slotlabSave".into()).ok())
        .and_then(|f| f.dyn_into::<js_sys::Function>().ok());
    let promise = save
        .and_then(|f| f.call1(&wasm_bindgen::JsValue::NULL, &world.into()).ok())
        .and_then(|p| p.dyn_into::<js_sys::Promise>().ok());
    let Some(promise) = promise else { return failed() };
    let tell = Closure::once(move |_: wasm_bindgen::JsValue| failed());
    let _ = promise.catch(&tell);
    tell.forget();
}

/// The button, and what it gives.
#[component]
pub(crate) fn Share(props: &ShareProps) -> Html {
    let text = use_text();
    let given = use_state(|| None::<Gift>);
    let onclick = {
        let (given, share) = (given.clone(), props.share.clone());
        Callback::from(move |_: MouseEvent| {
            let new = share.emit(()).as_ref().and_then(gift);
            given.set(if given.is_some() { None } else { new });
        })
    };
    let onkeydown = {
        let given = given.setter();
        on_escape(Callback::from(move |()| given.set(None)))
    };
    let select = Callback::from(|e: FocusEvent| {
        if let Some(field) = e.target_dyn_into::<HtmlInputElement>() {
            field.select();
        }
    });
    let copy = {
        let given = given.clone();
        Callback::from(move |e: MouseEvent| {
            if let Some(Gift::Link(link)) = (*given).as_ref()
                && let Some(window) = web_sys::window()
            {
                // Where there is no clipboard the field can still be copied by hand.
                let _ = window.navigator().clipboard().write_text(link);
            }
            let button = e.current_target().and_then(|t| t.dyn_into::<HtmlElement>().ok());
            if let Some(button) = button {
                let _ = button.set_attribute("data-done", "yes");
            }
        })
    };
    let failed = use_state(|| false);
    let save = {
        let (share, failed) = (props.share.clone(), failed.clone());
        Callback::from(move |_: MouseEvent| {
            if let Some(shared) = share.emit(()) {
                let failed = failed.clone();
                save_page(&shared.hash(), move || failed.set(true));
            }
        })
    };
    let open = given.is_some();
    let inner = match (*given).as_ref() {
        Some(Gift::Link(link)) => html! {
            <>
                <p>{ text.get("share-link") }</p>
                <input type="text" readonly={true} value={link.clone()} aria-label={text.get("share-field")} data-testid="share-link" onfocus={select} />
                <button type="button" class="button primary copy" onclick={copy}>{ text.get("share-copy") }</button>
            </>
        },
        Some(Gift::File(address)) => html! {
            <>
                <p>{ text.get("share-file") }</p>
                <a class="button primary" href={address.clone()} download="slotlab-world.txt">{ text.get("share-save") }</a>
            </>
        },
        None => Html::default(),
    };
    html! {
        <div class="menu share" {onkeydown}>
            <button type="button" class="button" data-testid="share" aria-expanded={open.to_string()} {onclick}>{ text.get("share") }</button>
            if open {
                <div class="menu-list share-list">
                    { inner }
                    if !prefs::is_single() {
                        <p class="share-page">{ text.get("share-page") }</p>
                        <button type="button" class="button" data-testid="share-page" onclick={save}>{ text.get("share-page-save") }</button>
                        if *failed { <p role="alert">{ text.get("share-page-failed") }</p> }
                    }
                </div>
            }
        </div>
    }
}
