//! The hosts of the map: each in a line for those who do not see it, and the one that is open as the
//! card that it is elsewhere.

use std::rc::Rc;

use web_sys::HtmlSelectElement;
use yew::prelude::*;

use super::paint::{Face, Mark};
use crate::i18n::use_text;
use crate::stage::host_card::HostCard;
use crate::stage::table_twin::TableTwin;
use crate::world::model::{NodeIx, WorldView};

#[derive(Properties, PartialEq)]
pub(super) struct HostsProps {
    /// The world now.
    pub view: Rc<WorldView>,
    /// The host that is open.
    pub open: Option<usize>,
    /// Opens a host, or none.
    pub set: Callback<Option<usize>>,
    /// The node that is looked at.
    pub selected: Option<NodeIx>,
    /// Looks at a node.
    pub look: Callback<NodeIx>,
    /// Types a line on a host: its number and the line.
    pub type_line: Callback<(usize, String)>,
}

/// What stands on a host: masters, replicas, suspected, failed, without a process.
fn sums(view: &WorldView) -> Vec<[usize; 5]> {
    let mut sums = vec![[0; 5]; view.hosts.len()];
    for node in &view.nodes {
        let face = Face::of(node);
        let place = match face.mark {
            Mark::Well => usize::from(!face.leads),
            Mark::Pfail => 2,
            Mark::Fail => 3,
            Mark::Down => 4,
        };
        if let Some(host) = sums.get_mut(node.host) {
            host[place] += 1;
        }
    }
    sums
}

/// The choice of a host, its card, and the table.
#[component]
pub(super) fn Hosts(props: &HostsProps) -> Html {
    let text = use_text();
    let view = &props.view;
    let onchange = props.set.reform(|e: Event| {
        let value = e.target_dyn_into::<HtmlSelectElement>().map(|s| s.value());
        value.and_then(|v| v.parse().ok())
    });
    let options = view.hosts.iter().enumerate().map(|(ix, host)| {
        html! { <option value={ix.to_string()} selected={props.open == Some(ix)}>{ format!("{} · {}", host.name, host.ip) }</option> }
    });
    let rows = view.hosts.iter().zip(sums(view)).map(|(host, sums)| {
        html! { <tr><th scope="row">{ &host.name }</th>{ for sums.map(|n| html! { <td>{ n }</td> }) }</tr> }
    });
    let heads = ["map-masters", "map-replicas", "map-pfail", "map-fail", "map-down"]
        .map(|key| html! { <th scope="col">{ text.get(key) }</th> });
    let card = use_node_ref();
    {
        let card = card.clone();
        use_effect_with(props.open, move |open| {
            if let Some(card) = card.cast::<web_sys::Element>().filter(|_| open.is_some()) {
                card.scroll_into_view_with_bool(false);
            }
        });
    }
    let close = props.set.reform(|_: MouseEvent| None);
    html! {
        <>
            <div class="map-open">
                <label for="map-host">{ text.get("map-open") }</label>
                <select id="map-host" data-testid="map-host" {onchange}>
                    <option value="" selected={props.open.is_none()}>{ text.get("map-open-none") }</option>
                    { for options }
                </select>
                if props.open.is_some() {
                    <button type="button" class="button" onclick={close}>{ text.get("close") }</button>
                }
            </div>
            if let Some(host) = props.open {
                <div class="hosts map-host" ref={card} data-size="chip" data-hosts="1">
                    <HostCard {host} view={view.clone()} selected={props.selected} diff={None} type_line={props.type_line.clone()} look={props.look.clone()} />
                </div>
                <TableTwin view={view.clone()} {host} />
            }
            <div class="hidden-text">
                <table data-testid="map-table">
                    <caption>{ text.get("map-table") }</caption>
                    <thead><tr><th scope="col">{ text.get("map-col-host") }</th>{ for heads }</tr></thead>
                    <tbody>{ for rows }</tbody>
                </table>
            </div>
        </>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::crowd;
    use crate::world::model::Health;

    #[test]
    fn a_host_says_what_stands_on_it() {
        let mut view = crowd(50, 20);
        (view.nodes[49].pid, view.nodes[49].health) = (None, Health::Down);
        let sums = sums(&view);
        assert_eq!(sums.len(), 50);
        assert_eq!((sums[48], sums[49]), ([20, 0, 0, 0, 0], [19, 0, 0, 0, 1]));
    }
}
