//! What is on the map and what is wrong with it: how many there are of each, and the nodes that are
//! not well, by name.

use std::rc::Rc;

use yew::prelude::*;

use super::paint::{Face, Mark};
use crate::i18n::use_text;
use crate::stage::words;
use crate::world::model::{NodeIx, NodeView, WorldView};

/// No more nodes are named.
const NAMED: usize = 16;

#[derive(Properties, PartialEq)]
pub(super) struct TroubleProps {
    /// The world now.
    pub view: Rc<WorldView>,
    /// Looks at a node.
    pub look: Callback<NodeIx>,
}

/// How many nodes look how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    masters: usize,
    replicas: usize,
    pfail: usize,
    fail: usize,
    down: usize,
}

impl Sums {
    fn of(nodes: &[NodeView]) -> Self {
        let mut sums = Self::default();
        for face in nodes.iter().map(Face::of) {
            let sum = match (face.mark, face.leads) {
                (Mark::Well, true) => &mut sums.masters,
                (Mark::Well, false) => &mut sums.replicas,
                (Mark::Pfail, _) => &mut sums.pfail,
                (Mark::Fail, _) => &mut sums.fail,
                (Mark::Down, _) => &mut sums.down,
            };
            *sum += 1;
        }
        sums
    }
}

/// The nodes that are not well or stand for election, the worst first.
fn troubled(nodes: &[NodeView]) -> Vec<NodeIx> {
    let mut all: Vec<(std::cmp::Reverse<(Mark, bool)>, NodeIx)> = nodes
        .iter()
        .map(Face::of)
        .enumerate()
        .filter(|(_, face)| face.mark != Mark::Well || face.stands)
        .map(|(ix, face)| (std::cmp::Reverse((face.mark, face.stands)), ix))
        .collect();
    all.sort_unstable();
    all.into_iter().map(|one| one.1).collect()
}

/// A square of the legend.
fn sign(leads: bool, mark: Mark) -> Html {
    let shape = if leads && mark != Mark::Down {
        html! { <rect x="1" y="1" width="12" height="12" fill="currentColor" /> }
    } else {
        html! { <rect x="2" y="2" width="10" height="10" fill="none" stroke="currentColor" stroke-width="2" /> }
    };
    let over = match mark {
        Mark::Well => Html::default(),
        Mark::Pfail => html! { <rect class="sign-over" x="5" y="5" width="4" height="4" /> },
        Mark::Down | Mark::Fail => {
            let ink = if mark == Mark::Down { "sign-ink" } else { "sign-over" };
            html! { <path class={ink} d="M4 4 10 10M10 4 4 10" stroke-width="2" /> }
        }
    };
    html! { <svg width="14" height="14" viewBox="0 0 14 14" aria-hidden="true">{ shape }{ over }</svg> }
}

/// The legend with its numbers, and the names.
#[component]
pub(super) fn Trouble(props: &TroubleProps) -> Html {
    let text = use_text();
    let nodes = &props.view.nodes;
    let sums = Sums::of(nodes);
    let legend = [
        ("masters", "map-masters", sums.masters, true, Mark::Well),
        ("replicas", "map-replicas", sums.replicas, false, Mark::Well),
        ("pfail", "map-pfail", sums.pfail, true, Mark::Pfail),
        ("fail", "map-fail", sums.fail, true, Mark::Fail),
        ("down", "map-down", sums.down, true, Mark::Down),
    ]
    .map(|(name, key, many, leads, mark)| {
        html! { <li data-sum={name} data-many={many.to_string()}>{ sign(leads, mark) }<b>{ many }</b><span>{ text.get(key) }</span></li> }
    });
    let all = troubled(nodes);
    let named = all.iter().take(NAMED).filter_map(|&ix| {
        let node = nodes.get(ix)?;
        let onclick = props.look.reform(move |_: MouseEvent| ix);
        let face = Face::of(node);
        Some(html! {
            <li key={ix}>
                <button type="button" class="button" data-trouble={node.address()} data-health={node.health.attribute()} {onclick}>
                    { sign(face.leads, face.mark) }<b>{ &node.name }</b><span>{ words::standing(&text, node) }</span>
                </button>
            </li>
        })
    });
    let more = all.len().saturating_sub(NAMED);
    html! {
        <div class="map-head">
            <ul class="map-legend" data-testid="map-legend">{ for legend }</ul>
            <ul class="map-trouble" data-testid="map-trouble" aria-label={text.get("map-trouble")}>
                { for named }
                if more > 0 { <li>{ text.fill("map-more", &[("n", &more.to_string())]) }</li> }
                if all.is_empty() { <li>{ text.get("dense-all-well") }</li> }
            </ul>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::crowd;
    use crate::world::model::{Health, Role};

    #[test]
    fn every_node_is_counted_once_and_the_worst_are_named_first() {
        let mut view = crowd(50, 20);
        for ix in 500..1000 {
            view.nodes[ix].role = Some(Role::Replica);
        }
        (view.nodes[7].health, view.nodes[7].doubters) = (Health::Pfail, 1);
        (view.nodes[501].pid, view.nodes[501].health) = (None, Health::Down);
        (view.nodes[3].health, view.nodes[3].failers, view.nodes[3].jury) = (Health::Fail, 2, 2);
        let sums = Sums::of(&view.nodes);
        let wanted = Sums { masters: 498, replicas: 499, pfail: 1, fail: 1, down: 1 };
        assert_eq!(sums, wanted);
        assert_eq!(troubled(&view.nodes), [3, 501, 7]);
    }
}
