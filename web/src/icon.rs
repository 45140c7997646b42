//! Small drawings: roles differ in shape, not only in colour.

use yew::{Html, html};

use crate::world::model::{NodeView, Role};

/// The sign of a node: a filled square leads, a ring follows, a cross is dead.
pub(crate) fn role_sign(node: &NodeView) -> Html {
    let shape = if !node.runs() {
        html! { <path d="M3 3 13 13M13 3 3 13" stroke="currentColor" stroke-width="2.4" stroke-linecap="round" /> }
    } else if node.role == Some(Role::Replica) {
        html! { <circle cx="8" cy="8" r="5.4" fill="none" stroke="currentColor" stroke-width="2.4" /> }
    } else {
        html! { <rect x="2" y="2" width="12" height="12" rx="1.5" fill="currentColor" /> }
    };
    html! { <svg class="sign" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">{ shape }</svg> }
}

/// Play, or pause.
pub(crate) fn play(playing: bool) -> Html {
    let d = if playing { "M3 2h3v10H3zM8 2h3v10H8z" } else { "M3 1.5 12 7 3 12.5z" };
    html! { <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><path d={d} fill="currentColor" /></svg> }
}

/// Back to the event before.
pub(crate) fn back() -> Html {
    html! { <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><path d="M12 1.5 5 7 12 12.5zM2 2h2v10H2z" fill="currentColor" /></svg> }
}

/// On to the next event.
pub(crate) fn next() -> Html {
    html! { <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true"><path d="M2 1.5 9 7 2 12.5zM10 2h2v10h-2z" fill="currentColor" /></svg> }
}

/// Sun (to light) or moon (to dark).
pub(crate) fn theme(dark: bool) -> Html {
    if dark {
        html! {
            <svg width="15" height="15" viewBox="0 0 16 16" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round">
                <circle cx="8" cy="8" r="3" />
                <path d="M8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8 13 13M13 3l-1.2 1.2M4.2 11.8 3 13" />
            </svg>
        }
    } else {
        html! { <svg width="15" height="15" viewBox="0 0 16 16" aria-hidden="true"><path d="M13.5 9.6A6 6 0 0 1 6.4 2.5a6 6 0 1 0 7.1 7.1z" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linejoin="round" /></svg> }
    }
}

/// A small arrow down.
pub(crate) fn down() -> Html {
    html! { <svg width="10" height="10" viewBox="0 0 10 10" aria-hidden="true"><path d="M2 3.5 5 6.5 8 3.5" fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" /></svg> }
}
