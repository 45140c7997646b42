//! Everybody's own view: who believes what of whom. A cluster has no single truth.

use std::rc::Rc;

use yew::prelude::*;

use crate::i18n::{Text, use_text};
use crate::world::model::{Belief, NodeView, Opinion, WorldView};

/// More nodes than this are drawn as squares instead.
const TABLE_MOST: usize = 12;

#[derive(Properties, PartialEq)]
pub(crate) struct MatrixProps {
    /// The world now.
    pub view: Rc<WorldView>,
}

/// The host over the port: a column is narrow.
fn in_two(node: &NodeView) -> Html {
    let host = node.name.split(':').next().unwrap_or_default();
    html! { <>{ host }<br />{ format!(":{}", node.port) }</> }
}

/// What stands in a cell, in protocol terms.
fn cell(text: &Text, belief: &Belief) -> String {
    match belief.what {
        Opinion::Unknown => "·".into(),
        Opinion::Myself => text.get("matrix-me").into(),
        Opinion::Handshake => "…".into(),
        Opinion::Master => format!("M {}", belief.epoch),
        Opinion::Replica => format!("R {}", belief.epoch),
        Opinion::Pfail => "fail?".into(),
        Opinion::Fail => "FAIL".into(),
    }
}

const fn tone(what: Opinion) -> &'static str {
    match what {
        Opinion::Pfail => "pfail",
        Opinion::Fail => "fail",
        Opinion::Unknown | Opinion::Myself | Opinion::Handshake => "faint",
        Opinion::Master => "master",
        Opinion::Replica => "replica",
    }
}

/// The table.
#[component]
pub(crate) fn Matrix(props: &MatrixProps) -> Html {
    let text = use_text();
    let view = &props.view;
    if view.nodes.is_empty() {
        return Html::default();
    }
    if let Some(crowd) = &view.crowd {
        return super::map::views::html(view, crowd);
    }
    if view.nodes.len() > TABLE_MOST {
        return html! { <super::dense::Dense view={view.clone()} /> };
    }
    let order = view.order();
    let nodes = || order.iter().map(|&ix| (ix, &view.nodes[ix]));
    let head = nodes().map(|(_, n)| html! { <th scope="col">{ in_two(n) }</th> });
    let rows = nodes().map(|(ix, node)| {
        let row = view.beliefs.get(ix).map(Vec::as_slice).unwrap_or_default();
        let cells = order.iter().map(|&of| match row.get(of) {
            Some(b) => html! { <td data-tone={tone(b.what)} data-odd={b.odd.then_some("yes")}>{ cell(&text, b) }</td> },
            None => html! { <td data-tone="none">{ "–" }</td> },
        });
        html! { <tr key={ix}><th scope="row">{ &node.name }</th>{ for cells }</tr> }
    });
    html! {
        <figure class="matrix">
            <div class="matrix-scroll" tabindex="0" role="group" aria-label={text.get("matrix-name")}>
                <table>
                    <thead><tr><td></td>{ for head }</tr></thead>
                    <tbody>{ for rows }</tbody>
                </table>
            </div>
            <figcaption>{ text.get("matrix-caption") }</figcaption>
        </figure>
    }
}
