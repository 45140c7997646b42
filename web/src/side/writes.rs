//! The client as an actor, and the write ledger: what was acknowledged against what survived.

use std::collections::BTreeMap;
use std::rc::Rc;

use yew::prelude::*;

use crate::i18n::use_text;
use crate::world::ledger::{Fate, Redirect, WriteView};
use crate::world::model::{NodeView, Role, WorldView};
use crate::world::pace;
use crate::world::screen::Details;

/// No more lines are shown.
const SHOWN: usize = 60;
/// How many keys the ready-made load writes.
const LOAD: &str = "for i in {1..40}; do";

#[derive(Properties, PartialEq)]
pub(crate) struct WritesProps {
    /// The ledger.
    pub details: Rc<Details>,
    /// The world now.
    pub view: Rc<WorldView>,
    /// Types lines on a host.
    pub type_lines: Callback<(usize, Vec<String>)>,
}

const fn fate_key(fate: Fate) -> &'static str {
    match fate {
        Fate::There => "fate-there",
        Fate::Replaced => "fate-replaced",
        Fate::Unreachable => "fate-unreachable",
        Fate::Lost => "fate-lost",
        Fate::Warned => "fate-warned",
    }
}

const fn fate_tone(fate: Fate) -> &'static str {
    match fate {
        Fate::There => "good",
        Fate::Replaced => "plain",
        Fate::Unreachable | Fate::Warned => "warn",
        Fate::Lost => "bad",
    }
}

/// How many writes met which fate.
fn count(writes: &[WriteView], fate: Fate) -> usize {
    writes.iter().filter(|w| w.fate == fate).count()
}

/// What a slot map that began empty would hold after these redirects: MOVED enters a slot, ASK
/// leaves the map as it is.
fn learnt(redirects: &[Redirect]) -> BTreeMap<u16, &str> {
    redirects.iter().filter(|r| !r.ask).map(|r| (r.slot, r.to.as_str())).collect()
}

/// Commands on the knobs of a master: message key and line.
fn knobs(node: &NodeView) -> Vec<(&'static str, String)> {
    let cli = format!("redis-cli -h {} -p {}", node.ip, node.port);
    vec![
        (
            "writes-load",
            format!(
                "{LOAD} redis-cli -c -h {} -p {} set user:$i $i; sleep 0.3; done",
                node.ip, node.port
            ),
        ),
        ("writes-wait", format!("{cli} wait 1 500")),
        ("writes-min-replicas", format!("{cli} config set min-replicas-to-write 1")),
    ]
}

/// The panel.
#[component]
pub(crate) fn Writes(props: &WritesProps) -> Html {
    let text = use_text();
    let (writes, redirects) = (&props.details.writes, &props.details.redirects);
    let sums = [Fate::There, Fate::Replaced, Fate::Unreachable, Fate::Warned, Fate::Lost].map(|fate| {
        html! {
            <div data-tone={fate_tone(fate)} data-fate={fate_key(fate)}><dt>{ text.get(fate_key(fate)) }</dt><dd>{ count(writes, fate) }</dd></div>
        }
    });
    let lines = writes.iter().take(SHOWN).map(|w| {
        html! {
            <tr data-tone={fate_tone(w.fate)}>
                <td>{ &w.key }</td><td>{ &w.value }</td><td>{ &w.by }</td><td>{ text.get(fate_key(w.fate)) }</td>
            </tr>
        }
    });
    let map = learnt(redirects).into_iter().map(|(slot, to)| {
        html! { <li><code>{ slot }</code>{ " → " }<code>{ to }</code></li> }
    });
    let told = redirects.iter().rev().take(12).map(|r| {
        let (word, key) = if r.ask { ("ASK", "client-ask") } else { ("MOVED", "client-moved") };
        html! {
            <li data-tone={if r.ask { "warn" } else { "good" }}>
                <time>{ pace::clock(r.at_us) }</time>
                <strong>{ format!("{} {word} {}", r.client, r.slot) }</strong>
                <span>{ text.fill(key, &[("slot", &r.slot.to_string()), ("to", &r.to)]) }</span>
            </li>
        }
    });
    let master = props.view.nodes.iter().find(|n| n.runs() && n.role == Some(Role::Master));
    let buttons = master.into_iter().flat_map(|node| knobs(node).into_iter().map(move |k| (node.host, k))).map(|(host, (key, line))| {
        // The load runs for a while: on the next host's tab it is in nobody's way.
        let tab = if key == "writes-load" { (host + 1) % props.view.hosts.len().max(1) } else { host };
        let typed = line.clone();
        let onclick = props.type_lines.reform(move |_: MouseEvent| (tab, vec![typed.clone()]));
        html! { <button type="button" class="button deed" {onclick}><span>{ text.get(key) }</span><code>{ line }</code></button> }
    });
    html! {
        <section class="writes" aria-label={text.get("side-writes")} data-testid="writes">
            <p class="muted">{ text.get("writes-intro") }</p>
            <dl class="sums">{ for sums }</dl>
            <div class="deeds">{ for buttons }</div>
            if !writes.is_empty() {
                <div class="scroll-x" tabindex="0" role="group" aria-label={text.get("writes-table")}>
                    <table>
                        <thead><tr><th scope="col">{ text.get("writes-key") }</th><th scope="col">{ text.get("writes-value") }</th><th scope="col">{ text.get("writes-by") }</th><th scope="col">{ text.get("writes-fate") }</th></tr></thead>
                        <tbody>{ for lines }</tbody>
                    </table>
                </div>
            }
            <h3 class="overline">{ text.get("client-map") }</h3>
            <p class="muted">{ text.get("client-intro") }</p>
            <ul class="slot-table" data-testid="client-map">{ for map }</ul>
            <ol class="redirects">{ for told }</ol>
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moved_teaches_and_ask_does_not() {
        let redirect = |ask, slot, to: &str| Redirect {
            at_us: 0,
            client: "db01".to_owned(),
            ask,
            slot,
            to: to.to_owned(),
        };
        let all = [
            redirect(false, 7, "a:1"),
            redirect(true, 7, "b:2"),
            redirect(true, 9, "b:2"),
            redirect(false, 8, "c:3"),
            redirect(false, 8, "d:4"),
        ];
        assert_eq!(learnt(&all), [(7, "a:1"), (8, "d:4")].into_iter().collect());
    }
}
