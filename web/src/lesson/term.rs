//! A term of the glossary where it stands in a text.

use web_sys::HtmlElement;
use yew::prelude::*;

/// As wide as an explanation gets, in CSS pixels (`lesson.css` says the same).
const WIDTH: f64 = 240.0;
/// What it keeps from the panel's edge.
const MARGIN: f64 = 10.0;
/// An explanation needs so much room above its term; else it stands below.
const HEIGHT: f64 = 130.0;

#[derive(Properties, PartialEq)]
pub(crate) struct ExplainedProps {
    /// The term as the text has it.
    pub word: AttrValue,
    /// What it means.
    pub meaning: AttrValue,
}

/// The word; what it means is shown on hover and on focus, until Escape is pressed.
#[component]
pub(crate) fn Explained(props: &ExplainedProps) -> Html {
    let place = use_node_ref();
    let shift = use_state(|| (0.0, false));
    let away = use_state(|| false);
    let show = {
        let (place, shift, away) = (place.clone(), shift.setter(), away.setter());
        Callback::from(move |()| {
            away.set(false);
            shift.set(fitting(&place).unwrap_or_default());
        })
    };
    let onkeydown = {
        let away = away.setter();
        Callback::from(move |e: KeyboardEvent| {
            if e.key() == "Escape" {
                e.stop_propagation();
                away.set(true);
            }
        })
    };
    let (left, below) = *shift;
    html! {
        <span class="term" tabindex="0" ref={place} data-away={away.then_some("yes")} data-below={below.then_some("yes")} onfocus={show.reform(|_: FocusEvent| ())} onmouseenter={show.reform(|_: MouseEvent| ())} {onkeydown}>
            { &props.word }<span class="meaning" role="tooltip" style={format!("left:{left}px")}>{ &props.meaning }</span>
        </span>
    }
}

/// How far the explanation must stand to the left of its term to stay in the panel, and whether below it.
fn fitting(place: &NodeRef) -> Option<(f64, bool)> {
    let term = place.cast::<HtmlElement>()?;
    let panel = term.closest(".lesson").ok()??.get_bounding_client_rect();
    let word = term.get_client_rects().get(0)?;
    let over = word.left() + WIDTH + MARGIN - panel.right();
    Some((-over.max(0.0), word.top() - HEIGHT < panel.top()))
}
