//! One host and the nodes that live on it.

use std::rc::Rc;

use yew::prelude::*;

use super::cables::Cables;
use super::node_card::NodeCard;
use crate::i18n::use_text;
use crate::world::differ::Diff;
use crate::world::model::{NodeIx, WorldView};

#[derive(Properties, PartialEq)]
pub(crate) struct HostCardProps {
    /// Which host.
    pub host: usize,
    /// The world now.
    pub view: Rc<WorldView>,
    /// In what this world differs from another one beside it.
    pub diff: Option<Rc<Diff>>,
    /// The node that is looked at.
    pub selected: Option<NodeIx>,
    /// Types a line on a host: its number and the line.
    pub type_line: Callback<(usize, String)>,
    /// Looks at a node.
    pub look: Callback<NodeIx>,
}

/// A card with the host's name, address and nodes.
#[component]
pub(crate) fn HostCard(props: &HostCardProps) -> Html {
    let text = use_text();
    let view = &props.view;
    let Some(host) = view.hosts.get(props.host) else { return Html::default() };
    let nodes: Html = view
        .order()
        .into_iter()
        .map(|ix| (ix, &view.nodes[ix]))
        .filter(|(_, node)| node.host == props.host)
        .map(|(ix, node)| {
            let master = node.master.and_then(|m| view.nodes.get(m)).map(|m| m.name.clone());
            let differs = props.diff.as_ref().is_some_and(|d| d.nodes.contains(&node.address()));
            html! {
                <NodeCard key={ix} {ix} {differs} size={view.size().on_a_card()} node={node.clone()} {master} selected={props.selected == Some(ix)} look={props.look.clone()} />
            }
        })
        .collect();
    let empty = !view.nodes.iter().any(|n| n.host == props.host);
    html! {
        <div class="host" data-host={host.name.clone()}>
            <h2><span>{ &host.name }</span><span class="host-ip">{ &host.ip }</span></h2>
            <Cables host={props.host} view={view.clone()} type_line={props.type_line.clone()} />
            <div class="nodes">
                { nodes }
                if empty {
                    <p class="bare">{ text.get("host-bare") }</p>
                }
            </div>
        </div>
    }
}
