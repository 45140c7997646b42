//! Very many nodes as one picture: a frame for each host, a square for each node, one cursor that
//! pointer and arrow keys move.

mod hosts;
mod paint;
mod plan;
mod trouble;
pub(crate) mod views;

use std::cell::Cell as Kept;
use std::rc::Rc;

use gloo_render::request_animation_frame;
use gloo_timers::callback::Interval;
use web_sys::{HtmlCanvasElement, HtmlElement};
use yew::prelude::*;

use self::paint::{Face, Pointed};
use self::plan::{Hit, Plan};
use super::{StageProps, words};
use crate::i18n::{Text, use_text};
use crate::ui::Theme;
use crate::world::model::{NodeIx, NodeView, WorldView};

/// The width is looked at this often, in milliseconds.
const MEASURE_MS: u32 = 300;

#[derive(Properties, PartialEq)]
pub(crate) struct MapProps {
    /// The world now.
    pub view: Rc<WorldView>,
    /// Which colours.
    pub dark: bool,
    /// The node that is looked at.
    pub selected: Option<NodeIx>,
    /// Looks at a node.
    pub look: Callback<NodeIx>,
    /// Types a line on a host: its number and the line.
    pub type_line: Callback<(usize, String)>,
}

/// The map of a stage. Never a part of who asks for it: a first visit does not.
#[inline(never)]
pub(crate) fn html(stage: &StageProps, look: Callback<NodeIx>) -> Html {
    let (view, type_line) = (stage.view.clone(), stage.type_line.clone());
    let selected = stage.ui.node.filter(|_| stage.ui.of_twin == stage.second);
    let dark = stage.ui.theme == Theme::Dark;
    html! {
        <>
            <style>{ include_str!("../../../styles/map.css") }</style>
            <Map {view} {dark} {selected} {look} {type_line} />
        </>
    }
}

/// A node in one line: who, what, of whom, how it stands.
fn say(text: &Text, view: &WorldView, node: &NodeView) -> String {
    let master = node.master.and_then(|m| view.nodes.get(m)).map(|m| m.name.as_str());
    let (role, holds) = (words::role(text, node), words::holds(text, node, master));
    format!("{} · {role} · {holds} · {}", node.name, words::standing(text, node))
}

/// The squares of a node's master, or of its replicas.
fn kin(view: &WorldView, plan: &Plan, ix: NodeIx) -> Vec<usize> {
    let master = view.nodes.get(ix).and_then(|n| n.master);
    let of = |other: NodeIx| match master {
        Some(master) => other == master,
        None => view.nodes.get(other).is_some_and(|n| n.master == Some(ix)),
    };
    plan.cells.iter().enumerate().filter(|(_, cell)| of(cell.ix)).map(|(nth, _)| nth).collect()
}

/// How wide the map may be, in pixels.
#[hook]
fn use_width(canvas: &NodeRef) -> f64 {
    let width = use_state(|| 0.0_f64);
    {
        let (canvas, set) = (canvas.clone(), width.setter());
        use_effect_with((), move |()| {
            let last = Kept::new(0.0);
            let measure = move || {
                let parent = canvas.cast::<HtmlElement>().and_then(|c| c.parent_element());
                let wide = parent.map_or(0.0, |p| f64::from(p.client_width()));
                if (last.replace(wide) - wide).abs() > 0.5 {
                    set.set(wide);
                }
            };
            measure();
            let interval = Interval::new(MEASURE_MS, measure);
            move || drop(interval)
        });
    }
    *width
}

/// The map and what belongs to it.
#[component]
pub(crate) fn Map(props: &MapProps) -> Html {
    let text = use_text();
    let view = &props.view;
    let canvas = use_node_ref();
    let width = use_width(&canvas);
    let cursor = use_state(|| 0_usize);
    let pointing = use_state(|| false);
    let open = use_state(|| None::<usize>);
    let plan = Rc::new(Plan::of(view, width));
    let here = plan.cells.get(*cursor).map(|cell| cell.ix);
    let faces: Vec<Face> = plan.cells.iter().map(|c| Face::of(&view.nodes[c.ix])).collect();
    let labels: Vec<(String, usize)> =
        (0..view.hosts.len()).map(|host| paint::label(view, host)).collect();
    let pointed = Pointed {
        cursor: pointing.then_some(*cursor),
        kin: here.map(|ix| kin(view, &plan, ix)).unwrap_or_default(),
        chosen: props.selected.and_then(|ix| plan.cells.iter().position(|c| c.ix == ix)),
        host: *open,
    };
    {
        let canvas = canvas.clone();
        let drawn = (plan.clone(), faces, labels, pointed, props.dark);
        use_effect_with(drawn, move |drawn| {
            let drawn = drawn.clone();
            // A frame later: only then does the page wear the colours of another theme.
            let frame = request_animation_frame(move |_| {
                let (plan, faces, labels, pointed, _) = &drawn;
                if let Some(canvas) = canvas.cast::<HtmlCanvasElement>() {
                    paint::paint(&canvas, plan, faces, labels, pointed);
                }
            });
            move || drop(frame)
        });
    }
    let onkeydown = {
        let (plan, cursor, look) = (plan.clone(), cursor.clone(), props.look.clone());
        Callback::from(move |e: KeyboardEvent| {
            if let Some(to) = plan.step(*cursor, &e.key()) {
                e.prevent_default();
                cursor.set(to);
            } else if let (true, Some(ix)) = (matches!(e.key().as_str(), "Enter" | " "), here) {
                e.prevent_default();
                look.emit(ix);
            }
        })
    };
    let onpointermove = {
        let (plan, cursor, pointing) = (plan.clone(), cursor.clone(), pointing.clone());
        let canvas = canvas.clone();
        Callback::from(move |e: PointerEvent| {
            let hit = paint::spot(&canvas, &e).and_then(|(x, y)| plan.at(x, y));
            if let Some(Hit::Node(nth, _)) = hit {
                cursor.set(nth);
                pointing.set(true);
            }
        })
    };
    let onpointerup = {
        let (plan, open, look) = (plan.clone(), open.clone(), props.look.clone());
        let canvas = canvas.clone();
        Callback::from(move |e: PointerEvent| {
            match paint::spot(&canvas, &e).and_then(|(x, y)| plan.at(x, y)) {
                // A finger is wider than a square: it opens the host, whose nodes are buttons.
                Some(Hit::Node(_, host)) if e.pointer_type() == "touch" => open.set(Some(host)),
                Some(Hit::Node(nth, _)) => {
                    if let Some(cell) = plan.cells.get(nth) {
                        look.emit(cell.ix);
                    }
                }
                Some(Hit::Host(host)) => open.set((*open != Some(host)).then_some(host)),
                None => {}
            }
        })
    };
    let shows = |on: bool| {
        let pointing = pointing.clone();
        move || pointing.set(on)
    };
    let (leaves, comes, goes) = (shows(false), shows(true), shows(false));
    let words = here.map(|ix| say(&text, view, &view.nodes[ix])).unwrap_or_default();
    let last = plan.cells.len().saturating_sub(1).to_string();
    let set_open = {
        let open = open.setter();
        Callback::from(move |host: Option<usize>| open.set(host))
    };
    html! {
        <div class="map" data-testid="map" data-nodes={view.nodes.len().to_string()}>
            <trouble::Trouble view={view.clone()} look={props.look.clone()} />
            <p class="map-words" data-testid="map-words">{ words.clone() }</p>
            <div
                class="map-field"
                data-testid="map-field"
                role="slider"
                tabindex="0"
                aria-label={text.get("map-name")}
                aria-describedby="map-help"
                aria-valuemin="0"
                aria-valuemax={last}
                aria-valuenow={(*cursor).to_string()}
                aria-valuetext={words}
                style={format!("height:{:.0}px", plan.height)}
                {onkeydown}
                {onpointermove}
                {onpointerup}
                onpointerleave={Callback::from(move |_: PointerEvent| leaves())}
                onfocus={Callback::from(move |_: FocusEvent| comes())}
                onblur={Callback::from(move |_: FocusEvent| goes())}
            >
                <canvas ref={canvas} aria-hidden="true" />
            </div>
            <p class="hidden-text" id="map-help">{ text.get("map-help") }</p>
            <hosts::Hosts view={view.clone()} open={*open} set={set_open} selected={props.selected} look={props.look.clone()} type_line={props.type_line.clone()} />
            <p class="map-note">{ text.get("map-left-out") }</p>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::crowd;
    use crate::i18n::Lang;

    #[test]
    fn a_node_is_said_in_one_line_and_its_kin_are_found_from_both_ends() {
        let mut view = crowd(50, 20);
        let replica = view.nodes.len() - 1;
        view.nodes[replica].role = Some(crate::world::model::Role::Replica);
        view.nodes[replica].master = Some(3);
        let plan = Plan::of(&view, 700.0);
        let place = |ix: NodeIx| plan.cells.iter().position(|c| c.ix == ix).unwrap();
        assert_eq!(kin(&view, &plan, replica), [place(3)]);
        assert_eq!(kin(&view, &plan, 3), [place(replica)]);
        let said = say(&Text::new(Lang::En), &view, &view.nodes[replica]);
        assert!(said.contains("of db04:7000"), "{said}");
    }
}
