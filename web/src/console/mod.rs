//! The console: a DOM log, a real input, a tab for each host.

pub(crate) mod aid;
pub(crate) mod chips;
pub(crate) mod explain;
pub(crate) mod highlight;
pub(crate) mod history;
pub(crate) mod input;
pub(crate) mod log;
pub(crate) mod paste;
pub(crate) mod terminal;

use std::collections::BTreeMap;
use std::rc::Rc;

use web_sys::HtmlElement;
use yew::prelude::*;

use crate::i18n::use_text;
use crate::world::screen::{Command, TabView};

#[derive(Properties, PartialEq)]
pub(crate) struct ConsoleProps {
    /// The tabs.
    pub tabs: Rc<Vec<TabView>>,
    /// The tab in front.
    pub front: usize,
    /// Does something to the world.
    pub act: Callback<Command>,
    /// Brings a tab to the front.
    pub bring: Callback<usize>,
    /// Helps with a line.
    pub aid: aid::Aid,
    /// With two worlds: whether what is shown was printed in the second.
    pub watched: Option<bool>,
}

/// The console.
#[component]
pub(crate) fn Console(props: &ConsoleProps) -> Html {
    let text = use_text();
    let screen = use_node_ref();
    let histories = use_mut_ref(BTreeMap::<usize, history::SharedHistory>::new);
    let front = props.front.min(props.tabs.len().saturating_sub(1));
    let tab = props.tabs.get(front).cloned();
    {
        let screen = screen.clone();
        use_effect_with((tab.clone(), front), move |_| to_the_end(&screen));
    }
    let Some(tab) = tab else { return Html::default() };
    let history = {
        let mut histories = histories.borrow_mut();
        histories.entry(front).or_default().clone()
    };
    let focus = Callback::from(move |_: MouseEvent| focus_input());
    html! {
        <section class="console" aria-label={text.get("console-name")}>
            <div class="console-top">
                <Tabs tabs={props.tabs.clone()} {front} bring={props.bring.clone()} />
                if let Some(watched) = props.watched {
                    <Worlds {watched} act={props.act.clone()} />
                }
            </div>
            <div class="console-screen" id="console-screen" role="tabpanel" aria-labelledby={format!("tab-{front}")} ref={screen} onclick={focus}>
                <log::Log terminal={tab.terminal.clone()} />
                <input::Input key={front} {front} prompt={tab.prompt.clone()} busy={tab.busy} act={props.act.clone()} aid={props.aid.clone()} {history} />
            </div>
            <chips::Chips {front} prompt={tab.prompt.clone()} act={props.act.clone()} />
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct WorldsProps {
    watched: bool,
    act: Callback<Command>,
}

/// Whose answers are shown: what is typed goes to both worlds.
#[component]
fn Worlds(props: &WorldsProps) -> Html {
    let text = use_text();
    let buttons = [("A", false), ("B", true)].map(|(letter, second)| {
        let onclick = props.act.reform(move |_: MouseEvent| Command::Watch(second));
        html! { <button type="button" aria-pressed={(props.watched == second).to_string()} data-world={letter} {onclick}>{ letter }</button> }
    });
    html! {
        <div class="worlds" role="group" aria-label={text.get("twin-console")}>
            <span>{ text.get("twin-console") }</span>{ for buttons }
        </div>
    }
}

fn to_the_end(screen: &NodeRef) {
    if let Some(screen) = screen.cast::<HtmlElement>() {
        screen.set_scroll_top(screen.scroll_height());
    }
}

/// A click beside the text means the input, unless text was selected.
fn focus_input() {
    let Some(window) = web_sys::window() else { return };
    let selected = window.get_selection().ok().flatten().is_some_and(|s| !s.is_collapsed());
    if !selected {
        let input = window.document().and_then(|d| d.get_element_by_id("console-input"));
        if let Some(input) =
            input.and_then(|i| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(i).ok())
        {
            // An input that refuses the focus is no harm.
            let _ = input.focus();
        }
    }
}

#[derive(Properties, PartialEq)]
struct TabsProps {
    tabs: Rc<Vec<TabView>>,
    front: usize,
    bring: Callback<usize>,
}

/// So many tabs are seen on any page.
const TABS_IN_VIEW: usize = 12;

#[derive(Properties, PartialEq)]
struct InViewProps {
    row: NodeRef,
    front: usize,
}

/// A row of many tabs is longer than the page is wide: the one in front is always seen.
#[component]
fn InView(props: &InViewProps) -> Html {
    let row = props.row.clone();
    use_effect_with(props.front, move |front| bring_into_view(&row, *front));
    Html::default()
}

/// Never a part of who asks for it: a first visit has three tabs.
#[inline(never)]
fn in_view(row: NodeRef, front: usize) -> Html {
    html! { <InView {row} {front} /> }
}

fn bring_into_view(row: &NodeRef, front: usize) {
    let Some(row) = row.cast::<HtmlElement>() else { return };
    let tab = row.children().item(front as u32);
    let Some(tab) = tab.and_then(|t| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(t).ok()) else {
        return;
    };
    let (left, right) = (tab.offset_left(), tab.offset_left() + tab.offset_width());
    let (seen, wide) = (row.scroll_left() + row.offset_left(), row.client_width());
    if left < seen || right > seen + wide {
        row.set_scroll_left(left - row.offset_left() - wide / 3);
    }
}

/// The row of tabs: arrow keys walk it.
#[component]
fn Tabs(props: &TabsProps) -> Html {
    let text = use_text();
    let many = props.tabs.len();
    let onkeydown = {
        let (bring, front) = (props.bring.clone(), props.front);
        Callback::from(move |e: KeyboardEvent| {
            let to = match e.key().as_str() {
                "ArrowRight" => (front + 1) % many.max(1),
                "ArrowLeft" => (front + many.saturating_sub(1)) % many.max(1),
                _ => return,
            };
            e.prevent_default();
            bring.emit(to);
            let id = format!("tab-{to}");
            let tab = web_sys::window().and_then(|w| w.document()?.get_element_by_id(&id));
            if let Some(tab) =
                tab.and_then(|t| wasm_bindgen::JsCast::dyn_into::<HtmlElement>(t).ok())
            {
                let _ = tab.focus();
            }
        })
    };
    let row = use_node_ref();
    let tabs = props.tabs.iter().enumerate().map(|(ix, tab)| {
        let onclick = props.bring.reform(move |_: MouseEvent| ix);
        let on = ix == props.front;
        html! {
            <button type="button" role="tab" id={format!("tab-{ix}")} aria-selected={on.to_string()} aria-controls="console-screen" tabindex={if on { "0" } else { "-1" }} {onclick}>
                { &tab.title }
                if tab.busy && !on { <span class="tab-busy" aria-label={text.get("console-busy")}></span> }
            </button>
        }
    });
    html! {
        <>
            <div class="tabs" ref={row.clone()} role="tablist" aria-label={text.get("console-tabs")} {onkeydown}>{ for tabs }</div>
            if many > TABS_IN_VIEW { { in_view(row, props.front) } }
        </>
    }
}
