//! One node looked at closely, with what can be done to it. Each button types its command into
//! the console, so that clicks teach commands.

use std::rc::Rc;

use yew::prelude::*;

use super::words;
use crate::i18n::use_text;
use crate::icon;
use crate::world::close_up::CloseUp;
use crate::world::model::{NodeView, Role, WorldView};

#[derive(Properties, PartialEq)]
pub(crate) struct InspectorProps {
    /// The world now.
    pub view: Rc<WorldView>,
    /// Which node.
    pub ix: usize,
    /// A or B, when there are two worlds.
    pub letter: Option<&'static str>,
    /// Looks closely at it; in the second world, when `true`.
    pub close_up: Callback<(NodeView, bool), Option<CloseUp>>,
    /// Looks away.
    pub close: Callback<()>,
    /// Types a line on a host: its number and the line.
    pub type_line: Callback<(usize, String)>,
}

/// The commands that can be clicked: message key and line.
fn deeds(node: &NodeView, close: Option<&CloseUp>) -> Vec<(&'static str, String)> {
    let mut deeds = Vec::new();
    if let Some(pid) = node.pid {
        let cli = format!("redis-cli -h {} -p {}", node.ip, node.port);
        deeds.push(("deed-nodes", format!("{cli} cluster nodes")));
        if node.role == Some(Role::Replica) {
            deeds.push(("deed-failover", format!("{cli} cluster failover")));
        }
        deeds.push(("deed-kill", format!("kill -9 {pid}")));
        if node.frozen {
            deeds.push(("deed-thaw", format!("kill -CONT {pid}")));
        } else {
            deeds.push(("deed-freeze", format!("kill -STOP {pid}")));
        }
        if let Some(config) = &node.config_file {
            deeds.push(("deed-restart", format!("kill {pid}; sleep 1; redis-server {config}")));
        }
        if let Some(close) = close {
            let (conf, dir, rdb) = (&close.path, &close.dir, &close.rdb);
            deeds.push(("deed-wipe", format!("kill -9 {pid}; rm -f {conf} {dir}/{rdb}")));
        }
    } else if let Some(config) = &node.config_file {
        deeds.push(("deed-start", format!("redis-server {config}")));
    }
    deeds
}

/// Facts in pairs: what they are called, what they are.
fn facts(node: &NodeView) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    if let Some(id) = &node.id {
        facts.push(("fact-id", id.clone()));
    }
    if let Some(pid) = node.pid {
        facts.push(("fact-pid", pid.to_string()));
    }
    facts.push(("fact-slots", node.slot_count().to_string()));
    facts.push(("fact-keys", node.keys.to_string()));
    facts.push(("fact-config-epoch", node.epoch.to_string()));
    facts.push(("fact-current-epoch", node.current_epoch.to_string()));
    facts.push(("fact-offset", node.offset.to_string()));
    facts
}

/// The panel.
#[component]
pub(crate) fn Inspector(props: &InspectorProps) -> Html {
    let text = use_text();
    let Some(node) = props.view.nodes.get(props.ix) else { return Html::default() };
    let close_up = props.close_up.emit((node.clone(), props.letter == Some("B")));
    let close = props.close.reform(|_: MouseEvent| ());
    let timing = close_up.as_ref().map(|c| {
        let next = text.fill("timer-in", &[("ms", &c.next_ms.to_string()), ("why", text.get(c.next_why))]);
        let link = c.master_link.map(|up| {
            let words = if up { "link-up" } else { "link-down" };
            html! { <div><dt>{ text.get("fact-link") }</dt><dd>{ text.get(words) }</dd></div> }
        });
        html! { <>{ for link }<div><dt>{ text.get("fact-timer") }</dt><dd class="wrap">{ next }</dd></div></> }
    });
    let conf = close_up.as_ref().filter(|c| !c.nodes_conf.is_empty()).map(|c| {
        html! {
            <details class="nodes-conf">
                <summary>{ &c.path }</summary>
                <pre tabindex="0">{ &c.nodes_conf }</pre>
                if c.more > 0 { <p class="muted">{ text.fill("map-more", &[("n", &c.more.to_string())]) }</p> }
            </details>
        }
    });
    let rows = facts(node).into_iter().map(|(key, value)| {
        html! { <div><dt>{ text.get(key) }</dt><dd class="mono">{ value }</dd></div> }
    });
    let buttons = deeds(node, close_up.as_ref()).into_iter().map(|(key, line)| {
        let (host, typed) = (node.host, line.clone());
        let onclick = props.type_line.reform(move |_: MouseEvent| (host, typed.clone()));
        html! {
            <button type="button" class="button deed" {onclick}>
                <span>{ text.get(key) }</span><code>{ line }</code>
            </button>
        }
    });
    let shard = node.shard.map(|s| format!("--shard: var(--shard-{s})"));
    html! {
        <section class="inspector" data-testid="inspector" data-world={props.letter} style={shard} aria-label={node.name.clone()}>
            <header>
                { icon::role_sign(node) }
                <h2>{ &node.name }</h2>
                if let Some(letter) = props.letter { <b class="inspector-world">{ letter }</b> }
                <span class="muted">{ words::role(&text, node) }</span>
                <button type="button" class="close" onclick={close} aria-label={text.get("close")}>{ "×" }</button>
            </header>
            <p class="node-standing">{ words::standing(&text, node) }</p>
            <div class="deeds">{ for buttons }</div>
            <dl>{ for rows }{ for timing }</dl>
            { for conf }
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn what_can_be_done_depends_on_the_process() {
        let mut node = fixture::node(0, 6380, Some(Role::Master));
        let lines = |n: &NodeView| deeds(n, None).into_iter().map(|d| d.1).collect::<Vec<_>>();
        assert_eq!(
            lines(&node),
            [
                "redis-cli -h 192.168.40.5 -p 6380 cluster nodes",
                "kill -9 3000",
                "kill -STOP 3000",
                "kill 3000; sleep 1; redis-server /opt/6380.conf"
            ]
        );
        node.frozen = true;
        assert_eq!(lines(&node)[2], "kill -CONT 3000");
        node.role = Some(Role::Replica);
        assert_eq!(lines(&node)[1], "redis-cli -h 192.168.40.5 -p 6380 cluster failover");
        node.pid = None;
        assert_eq!(lines(&node), ["redis-server /opt/6380.conf"]);
    }
}
