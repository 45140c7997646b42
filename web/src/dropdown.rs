//! A button and what opens below it: opened and closed by the button, closed by Escape.

use yew::prelude::*;

/// The doors of a list, and whether it is open.
pub(crate) struct Dropdown {
    /// Whether it is open.
    pub open: bool,
    /// For the button.
    pub toggle: Callback<MouseEvent>,
    /// For what holds both.
    pub onkeydown: Callback<KeyboardEvent>,
    /// Closes it.
    pub close: Callback<()>,
}

/// Something that opens and closes.
#[hook]
pub(crate) fn use_dropdown() -> Dropdown {
    let open = use_state(|| false);
    let toggle = {
        let open = open.clone();
        Callback::from(move |_: MouseEvent| open.set(!*open))
    };
    let close = {
        let open = open.setter();
        Callback::from(move |()| open.set(false))
    };
    Dropdown { open: *open, toggle, onkeydown: on_escape(close.clone()), close }
}

/// Does something when Escape is pressed.
pub(crate) fn on_escape(close: Callback<()>) -> Callback<KeyboardEvent> {
    Callback::from(move |e: KeyboardEvent| {
        if e.key() == "Escape" {
            close.emit(());
        }
    })
}
