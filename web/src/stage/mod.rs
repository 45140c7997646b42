//! The stage: hosts with their nodes, packets in flight, the slot map, and who believes what.

pub(crate) mod cables;
pub(crate) mod dense;
pub(crate) mod host_card;
pub(crate) mod inspector;
pub(crate) mod key_probe;
pub(crate) mod map;
pub(crate) mod matrix;
pub(crate) mod node_card;
pub(crate) mod packets;
pub(crate) mod slot_map;
pub(crate) mod slot_paint;
pub(crate) mod table_twin;
pub(crate) mod words;

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::Element;
use yew::prelude::*;

use crate::i18n::use_text;
use crate::ui::{Choose, Theme, Ui};
use crate::world::differ::Diff;
use crate::world::flights::Deck;
use crate::world::model::{Size, WorldView};
use crate::world::screen::Details;

#[derive(Properties, PartialEq)]
pub(crate) struct StageProps {
    /// The world now.
    pub view: Rc<WorldView>,
    /// The learner's choices.
    pub ui: Rc<Ui>,
    /// Makes a choice.
    pub choose: Callback<Choose>,
    /// The last messages, to be opened where they fly.
    pub details: Rc<Details>,
    /// Types a line on a host: its number and the line.
    pub type_line: Callback<(usize, String)>,
    /// Packets on their way.
    pub deck: Deck,
    /// In what this world differs from another one beside it.
    #[prop_or_default]
    pub diff: Option<Rc<Diff>>,
    /// Whether this is the second of two: what is there once only stands at the first.
    #[prop_or_default]
    pub second: bool,
}

/// The stage.
#[component]
pub(crate) fn Stage(props: &StageProps) -> Html {
    let text = use_text();
    let view = &props.view;
    let look = {
        let (choose, of_twin) = (props.choose.clone(), props.second);
        Callback::from(move |ix| choose.emit(Choose::Node(ix, of_twin)))
    };
    let selected = props.ui.node.filter(|_| props.ui.of_twin == props.second);
    let cards = view.hosts.iter().enumerate().map(|(host, _)| {
        html! { <host_card::HostCard key={host} {host} view={view.clone()} {selected} diff={props.diff.clone()} type_line={props.type_line.clone()} look={look.clone()} /> }
    });
    let open = {
        let (deck, details) = (props.deck.clone(), props.details.clone());
        let choose = props.choose.clone();
        Callback::from(move |e: MouseEvent| {
            let hosts = e.current_target().and_then(|t| t.dyn_into::<Element>().ok());
            let Some(rect) = hosts.map(|h| h.get_bounding_client_rect()) else { return };
            let at = (f64::from(e.client_x()) - rect.left(), f64::from(e.client_y()) - rect.top());
            let Some(id) = deck.0.borrow().at(at.0, at.1) else { return };
            if let Some(letter) = details.letters.iter().find(|l| l.id == id) {
                choose.emit(Choose::Letter(letter.clone()));
            }
        })
    };
    let dark = props.ui.theme == Theme::Dark;
    html! {
        <section class="stage" data-testid={if props.second { "stage-twin" } else { "stage" }} aria-label={text.get(if props.second { "twin-stage" } else { "stage-name" })}>
            if view.size() == Size::Map {
                { map::html(props, look) }
            } else {
                <div class="hosts" data-size={view.size().attribute()} data-hosts={view.hosts.len().to_string()} onclick={open}>
                    { for cards }
                    <packets::PacketLayer deck={props.deck.clone()} {dark} view={view.clone()} />
                </div>
            }
            if !view.nodes.is_empty() && view.nodes.iter().all(|n| !n.runs()) {
                <p class="stage-note" role="status" data-testid="all-dead">{ text.get("all-dead") }</p>
            }
            <div class="lower">
                <slot_map::SlotMap slots={view.slots.clone()} view={view.clone()} ui={props.ui.clone()} choose={props.choose.clone()} diff={props.diff.clone()} />
                <matrix::Matrix view={view.clone()} />
                if !props.second {
                    <key_probe::KeyProbe view={view.clone()} ui={props.ui.clone()} choose={props.choose.clone()} />
                }
            </div>
            if view.size() != Size::Map { <table_twin::TableTwin view={view.clone()} /> }
        </section>
    }
}
