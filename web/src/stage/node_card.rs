//! One node at a glance: shape and frame say its role, colour its shard, the arc its silence.

use yew::prelude::*;

use super::words;
use crate::i18n::use_text;
use crate::icon;
use crate::world::model::{NodeIx, NodeView, Role, Size};

#[derive(Properties, PartialEq)]
pub(crate) struct NodeCardProps {
    /// Its place among the nodes.
    pub ix: NodeIx,
    /// The node.
    pub node: NodeView,
    /// The name of its master.
    pub master: Option<String>,
    /// How large it is drawn.
    pub size: Size,
    /// Whether it is looked at.
    pub selected: bool,
    /// Whether it is something else in the other world.
    pub differs: bool,
    /// Looks at it.
    pub look: Callback<NodeIx>,
}

/// The hook `data-role`: the node's own claim, `none` without a process.
pub(crate) fn role_attribute(node: &NodeView) -> &'static str {
    match node.role {
        Some(Role::Master) if node.runs() => "master",
        Some(Role::Replica) if node.runs() => "replica",
        _ => "none",
    }
}

/// A card, which is a button: pressing it looks at the node closely.
#[component]
pub(crate) fn NodeCard(props: &NodeCardProps) -> Html {
    let text = use_text();
    let node = &props.node;
    let onclick = {
        let (look, ix) = (props.look.clone(), props.ix);
        Callback::from(move |_: MouseEvent| look.emit(ix))
    };
    let shard = node.shard.map(|s| format!("--shard: var(--shard-{s})"));
    html! {
        <button
            type="button"
            class="node"
            style={shard}
            data-testid={format!("node-{}", node.address())}
            data-size={props.size.attribute()}
            title={(props.size != Size::Card).then(|| format!("{} · {}", node.name, words::holds(&text, node, props.master.as_deref())))}
            data-ix={props.ix.to_string()}
            data-role={role_attribute(node)}
            data-health={node.health.attribute()}
            data-election={node.election.map(|_| "yes")}
            data-differs={props.differs.then_some("yes")}
            aria-pressed={props.selected.to_string()}
            {onclick}
        >
            <span class="node-head">
                { icon::role_sign(node) }
                <span class="node-port"><span class="hidden-text">{ &node.name }</span><span aria-hidden="true">{ format!(":{}", node.port) }</span></span>
                <span class="node-role">{ words::role(&text, node) }</span>
                if props.differs { <span class="node-differs"><span aria-hidden="true">{ "≠" }</span><span class="hidden-text">{ text.get("twin-node-differs") }</span></span> }
            </span>
            if props.size == Size::Card {
            <span class="node-line">{ words::holds(&text, node, props.master.as_deref()) }</span>
            <span class="node-line muted">{ text.fill("node-epoch", &[("epoch", &node.epoch.to_string())]) }</span>
            <span class="node-line node-standing">{ words::standing(&text, node) }</span>
            <Arc part={node.silence} title={text.fill("node-arc", &[("seconds", &format!("{:.1}", f64::from(node.silence) * node.timeout_ms as f64 / 1000.0)), ("timeout", &format!("{}", node.timeout_ms / 1000))])} />
            }
        </button>
    }
}

#[derive(Properties, PartialEq)]
struct ArcProps {
    part: f32,
    title: String,
}

/// A ring that fills while nobody hears from the node.
#[component]
fn Arc(props: &ArcProps) -> Html {
    const ROUND: f32 = 2.0 * std::f32::consts::PI * 9.0;
    let part = props.part.clamp(0.0, 1.0);
    let tone = if part >= 0.999 {
        "full"
    } else if part > 0.6 {
        "late"
    } else {
        "calm"
    };
    html! {
        <svg class="arc" data-tone={tone} width="24" height="24" viewBox="0 0 24 24" aria-hidden="true">
            <title>{ &props.title }</title>
            <circle class="arc-bed" cx="12" cy="12" r="9" />
            <circle class="arc-part" cx="12" cy="12" r="9" transform="rotate(-90 12 12)" stroke-dasharray={format!("{:.1} {ROUND:.1}", part * ROUND)} />
        </svg>
    }
}
