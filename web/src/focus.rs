//! Where the keyboard was before something opened, and is again when that has closed.

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

/// Gives the focus back to whoever had it, when the component that asks for this goes away.
#[hook]
pub(crate) fn use_focus_back() {
    use_effect_with((), |()| {
        let before = web_sys::window()
            .and_then(|w| w.document()?.active_element())
            .and_then(|e| e.dyn_into::<HtmlElement>().ok());
        move || {
            if let Some(before) = before.filter(|e| e.is_connected()) {
                // One that refuses the focus now is no harm.
                let _ = before.focus();
            }
        }
    });
}
