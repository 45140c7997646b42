//! The stage as a table, for those who do not see it.

use std::rc::Rc;

use yew::prelude::*;

use super::words;
use crate::i18n::use_text;
use crate::world::model::WorldView;

#[derive(Properties, PartialEq)]
pub(crate) struct TableTwinProps {
    /// The world now.
    pub view: Rc<WorldView>,
    /// Only the nodes of this host.
    #[prop_or_default]
    pub host: Option<usize>,
}

/// A table of the nodes that only screen readers meet.
#[component]
pub(crate) fn TableTwin(props: &TableTwinProps) -> Html {
    let text = use_text();
    let view = &props.view;
    let on = |ix: &usize| props.host.is_none_or(|host| view.nodes[*ix].host == host);
    let rows = view.order().into_iter().filter(on).map(|ix| {
        let node = &view.nodes[ix];
        let master = node.master.and_then(|m| view.nodes.get(m)).map(|m| m.name.as_str());
        html! {
            <tr>
                <th scope="row">{ format!("{} {}", node.name, node.address()) }</th>
                <td>{ words::role(&text, node) }</td>
                <td>{ words::holds(&text, node, master) }</td>
                <td>{ node.epoch }</td>
                <td>{ words::standing(&text, node) }</td>
            </tr>
        }
    });
    html! {
        <div class="hidden-text">
            <table>
                <caption>{ text.get("twin-caption") }</caption>
                <thead>
                    <tr>
                        <th scope="col">{ text.get("twin-node") }</th>
                        <th scope="col">{ text.get("twin-role") }</th>
                        <th scope="col">{ text.get("twin-holds") }</th>
                        <th scope="col">{ text.get("twin-epoch") }</th>
                        <th scope="col">{ text.get("twin-standing") }</th>
                    </tr>
                </thead>
                <tbody>{ for rows }</tbody>
            </table>
        </div>
    }
}
