//! The polite live region: what happened last, at most every two seconds.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use yew::prelude::*;

use super::words;
use crate::i18n::use_text;
use crate::world::model::EventView;

const PATIENCE_MS: u32 = 2000;

#[derive(Properties, PartialEq)]
pub(crate) struct LiveProps {
    /// What happened, oldest first.
    pub events: Rc<Vec<Rc<EventView>>>,
    /// The names of the nodes.
    pub names: Rc<Vec<String>>,
}

/// The region.
#[component]
pub(crate) fn Live(props: &LiveProps) -> Html {
    let text = use_text();
    let said = use_state(String::new);
    let waiting = use_mut_ref(|| None::<Timeout>);
    let latest = use_mut_ref(String::new);
    let last = props.events.iter().rev().find(|e| e.mark.is_some()).map(|e| {
        let at = e.node.and_then(|ix| props.names.get(ix)).cloned().unwrap_or_default();
        (e.seq, format!("{at} {}", words::say(&text, e)))
    });
    {
        let said = said.clone();
        use_effect_with(last, move |last| {
            let Some((_, words)) = last.clone() else { return };
            *latest.borrow_mut() = words;
            if waiting.borrow().is_none() {
                let (waiting_too, latest) = (waiting.clone(), latest.clone());
                let timeout = Timeout::new(PATIENCE_MS, move || {
                    said.set(latest.borrow().clone());
                    waiting_too.borrow_mut().take();
                });
                *waiting.borrow_mut() = Some(timeout);
            }
        });
    }
    html! { <p class="hidden-text" role="status" aria-live="polite">{ (*said).clone() }</p> }
}
