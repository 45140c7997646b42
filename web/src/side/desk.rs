//! The election desk: delays, ranks, requests, votes, refusals, and all epochs on a line.

use std::collections::BTreeMap;
use std::rc::Rc;

use yew::prelude::*;

use crate::i18n::use_text;
use crate::world::desk::{ElectionView, Outcome};
use crate::world::model::{NodeView, Role, WorldView};
use crate::world::pace;
use crate::world::screen::Details;

#[derive(Properties, PartialEq)]
pub(crate) struct DeskProps {
    /// The elections.
    pub details: Rc<Details>,
    /// The world now.
    pub view: Rc<WorldView>,
}

/// The nodes by the config epoch that they claim for themselves: masters only.
fn epochs(view: &WorldView) -> BTreeMap<u64, Vec<&NodeView>> {
    let mut epochs: BTreeMap<u64, Vec<&NodeView>> = BTreeMap::new();
    for node in view.nodes.iter().filter(|n| n.role == Some(Role::Master)) {
        epochs.entry(node.epoch).or_default().push(node);
    }
    epochs
}

/// No more epochs are shown: the newest.
const EPOCHS_MOST: usize = 40;
/// No more voters of an election are named.
const VOTERS_MOST: usize = 24;

/// The desk.
#[component]
pub(crate) fn Desk(props: &DeskProps) -> Html {
    let text = use_text();
    let view = &props.view;
    let current = view.nodes.iter().map(|n| n.current_epoch).max().unwrap_or(0);
    let epochs = epochs(view);
    let older = epochs.len().saturating_sub(EPOCHS_MOST);
    let line = epochs.into_iter().skip(older).map(|(epoch, nodes)| {
        let names = nodes.into_iter().map(|n| {
            let shard = n.shard.map(|s| format!("--shard: var(--shard-{s})"));
            html! { <span class="epoch-node" style={shard} data-down={(!n.runs()).then_some("yes")}>{ &n.name }</span> }
        });
        html! { <li><strong>{ epoch }</strong>{ for names }</li> }
    });
    let elections = props
        .details
        .elections
        .iter()
        .rev()
        .map(|e| html! { <Election key={e.at_us} election={e.clone()} /> });
    html! {
        <section class="desk" tabindex="0" aria-label={text.get("side-desk")} data-testid="desk">
            <h3 class="overline">{ text.fill("desk-epochs", &[("n", &current.to_string())]) }</h3>
            <ol class="epochs">
                if older > 0 { <li>{ text.fill("desk-older", &[("n", &older.to_string())]) }</li> }
                { for line }
            </ol>
            <h3 class="overline">{ text.get("desk-elections") }</h3>
            if props.details.elections.is_empty() { <p class="nothing">{ text.get("desk-none") }</p> }
            { for elections }
        </section>
    }
}

#[derive(Properties, PartialEq)]
struct ElectionProps {
    election: ElectionView,
}

#[component]
fn Election(props: &ElectionProps) -> Html {
    let text = use_text();
    let e = &props.election;
    let outcome = match e.outcome {
        Outcome::Waits => text.get("desk-waits"),
        Outcome::Asks => text.get("desk-asks"),
        Outcome::Won => text.get("desk-won"),
        Outcome::Expired => text.get("desk-expired"),
    };
    let tone = match e.outcome {
        Outcome::Won => "good",
        Outcome::Expired => "warn",
        Outcome::Waits | Outcome::Asks => "vote",
    };
    let since = |us: u64| format!("+{:.0} ms", us.saturating_sub(e.at_us) as f64 / 1000.0);
    let more = e.votes.len().max(e.refusals.len()).saturating_sub(VOTERS_MOST);
    let votes = e.votes.iter().take(VOTERS_MOST).map(|(who, at)| {
        html! { <li data-vote="yes"><span>{ who }</span><span class="muted">{ since(*at) }</span></li> }
    });
    let refusals = e.refusals.iter().take(VOTERS_MOST).map(|(who, why)| {
        html! { <li data-vote="no"><span>{ who }</span><span>{ *why }</span></li> }
    });
    let delay = text
        .fill("desk-delay", &[("delay", &e.delay_ms.to_string()), ("rank", &e.rank.to_string())]);
    html! {
        <article class="election" data-tone={tone} data-outcome={format!("{:?}", e.outcome).to_ascii_lowercase()}>
            <header><strong>{ &e.who }</strong><span>{ outcome }</span><time>{ pace::clock(e.at_us) }</time></header>
            <p>{ delay }</p>
            if let Some(asked) = e.asked_us {
                <p>{ text.fill("desk-asked", &[("epoch", &e.epoch.to_string()), ("after", &since(asked))]) }</p>
                <p>{ text.fill("desk-votes", &[("have", &e.votes.len().to_string()), ("needed", &e.needed.to_string())]) }</p>
            }
            <ul>{ for votes }{ for refusals }</ul>
            if more > 0 { <p class="muted">{ text.fill("map-more", &[("n", &more.to_string())]) }</p> }
        </article>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn epochs_stand_in_order_and_only_masters_have_one_of_their_own() {
        let mut view = WorldView::default();
        for (port, role, epoch) in [
            (1, Role::Master, 7),
            (2, Role::Replica, 7),
            (3, Role::Master, 2),
            (4, Role::Master, 7),
        ] {
            let mut node = fixture::node(0, port, Some(role));
            node.epoch = epoch;
            view.nodes.push(node);
        }
        let line: Vec<_> = epochs(&view).into_iter().map(|(e, n)| (e, n.len())).collect();
        assert_eq!(line, [(2, 1), (7, 2)]);
    }
}
