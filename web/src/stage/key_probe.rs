//! Type a key, see the part that is hashed, its slot and who owns it.

use std::rc::Rc;

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::i18n::use_text;
use crate::ui::{Choose, Ui};
use crate::world::model::WorldView;

#[derive(Properties, PartialEq)]
pub(crate) struct KeyProbeProps {
    /// The world now.
    pub view: Rc<WorldView>,
    /// The learner's choices.
    pub ui: Rc<Ui>,
    /// Makes a choice.
    pub choose: Callback<Choose>,
}

/// A key in three parts: before, inside and after what is hashed.
fn parts(key: &str) -> (&str, &str, &str) {
    let hashed = engine::base::slot::hash_tag(key.as_bytes());
    if hashed.len() == key.len() {
        return ("", key, "");
    }
    let open = key.find('{').map_or(0, |at| at + 1);
    let end = open + hashed.len();
    match (key.get(..open), key.get(open..end), key.get(end..)) {
        (Some(before), Some(inside), Some(after)) => (before, inside, after),
        _ => ("", key, ""),
    }
}

/// The probe.
#[component]
pub(crate) fn KeyProbe(props: &KeyProbeProps) -> Html {
    let text = use_text();
    let oninput = {
        let choose = props.choose.clone();
        Callback::from(move |e: InputEvent| {
            if let Some(input) = e.target_dyn_into::<HtmlInputElement>() {
                choose.emit(Choose::Key(input.value()));
            }
        })
    };
    let key = &props.ui.key;
    let answer = (!key.is_empty()).then(|| {
        let slot = engine::base::Slot::of_key(key.as_bytes()).number();
        let owner = props.view.slots.owner_of(slot).and_then(|ix| props.view.nodes.get(ix));
        let (before, inside, after) = parts(key);
        html! {
            <p class="probe-answer" role="status">
                <code>{ before }<mark>{ inside }</mark>{ after }</code>
                { format!(" → {slot} → ") }
                { owner.map_or_else(|| text.get("probe-nobody").to_owned(), |n| n.name.clone()) }
            </p>
        }
    });
    html! {
        <div class="probe">
            <label for="key-probe">{ text.get("probe-label") }</label>
            <input id="key-probe" type="text" value={key.clone()} {oninput} placeholder={"{user:7}.cart"} autocomplete="off" autocapitalize="off" spellcheck="false" />
            { for answer }
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hashed_part_is_marked() {
        assert_eq!(parts("foo"), ("", "foo", ""));
        assert_eq!(parts("{user:7}.cart"), ("{", "user:7", "}.cart"));
        assert_eq!(parts("a{键}b"), ("a{", "键", "}b"));
        assert_eq!(parts("a{}{b}"), ("", "a{}{b}", ""));
    }
}
