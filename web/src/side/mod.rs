//! Beside the stage: what happened, and what can be looked at closely: messages, elections, writes.

pub(crate) mod desk;
pub(crate) mod fields;
pub(crate) mod letters;
pub(crate) mod packet;
pub(crate) mod writes;

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::events::EventList;
use crate::i18n::use_text;
use crate::ui::{Choose, SideTab};
use crate::world::model::{EventView, WorldView};
use crate::world::screen::Details;

#[derive(Properties, PartialEq)]
pub(crate) struct SideProps {
    /// The tab in front.
    pub tab: SideTab,
    /// Makes a choice.
    pub choose: Callback<Choose>,
    /// The world now.
    pub view: Rc<WorldView>,
    /// What happened, oldest first.
    pub events: Rc<Vec<Rc<EventView>>>,
    /// The names of the nodes.
    pub names: Rc<Vec<String>>,
    /// Messages, elections, writes.
    pub details: Rc<Details>,
    /// Types lines on a host.
    pub type_lines: Callback<(usize, Vec<String>)>,
}

const fn name(tab: SideTab) -> &'static str {
    match tab {
        SideTab::Events => "side-events",
        SideTab::Letters => "side-letters",
        SideTab::Desk => "side-desk",
        SideTab::Writes => "side-writes",
    }
}

/// Tabs and what is in front. Arrow keys walk the tabs.
#[component]
pub(crate) fn Side(props: &SideProps) -> Html {
    let text = use_text();
    let onkeydown = {
        let (choose, tab) = (props.choose.clone(), props.tab);
        Callback::from(move |e: KeyboardEvent| {
            let all = SideTab::ALL;
            let ix = all.iter().position(|t| *t == tab).unwrap_or(0);
            let to = match e.key().as_str() {
                "ArrowRight" => (ix + 1) % all.len(),
                "ArrowLeft" => (ix + all.len() - 1) % all.len(),
                _ => return,
            };
            e.prevent_default();
            choose.emit(Choose::Side(all[to]));
            let row = e.current_target().and_then(|t| t.dyn_into::<HtmlElement>().ok());
            let button = row.and_then(|r| r.children().item(to as u32));
            if let Some(button) = button.and_then(|b| b.dyn_into::<HtmlElement>().ok()) {
                // The tab is chosen even if it refuses the focus.
                let _ = button.focus();
            }
        })
    };
    let tabs = SideTab::ALL.into_iter().map(|tab| {
        let onclick = props.choose.reform(move |_: MouseEvent| Choose::Side(tab));
        let on = tab == props.tab;
        html! {
            <button type="button" role="tab" id={name(tab)} aria-selected={on.to_string()} aria-controls="side-panel" tabindex={if on { "0" } else { "-1" }} {onclick}>
                { text.get(name(tab)) }
            </button>
        }
    });
    let panel = match props.tab {
        SideTab::Events => {
            html! { <EventList events={props.events.clone()} names={props.names.clone()} /> }
        }
        SideTab::Letters => {
            html! { <letters::Letters details={props.details.clone()} choose={props.choose.clone()} /> }
        }
        SideTab::Desk => {
            html! { <desk::Desk details={props.details.clone()} view={props.view.clone()} /> }
        }
        SideTab::Writes => {
            html! { <writes::Writes details={props.details.clone()} view={props.view.clone()} type_lines={props.type_lines.clone()} /> }
        }
    };
    html! {
        <>
            <div class="side-tabs" role="tablist" aria-label={text.get("side-name")} {onkeydown}>{ for tabs }</div>
            <div class="side-panel" id="side-panel" role="tabpanel" aria-labelledby={name(props.tab)}>{ panel }</div>
        </>
    }
}
