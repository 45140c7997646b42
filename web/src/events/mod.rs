//! What happened, newest first, and said aloud for those who do not see it.

pub(crate) mod fold;
pub(crate) mod live;
pub(crate) mod words;

use std::rc::Rc;

use yew::prelude::*;

use crate::i18n::use_text;
use crate::world::model::EventView;
use crate::world::pace;

/// No more lines are shown.
const SHOWN: usize = 120;
/// So many nodes are named in one line.
const NAMED: usize = 2;

#[derive(Properties, PartialEq)]
pub(crate) struct EventListProps {
    /// What happened, oldest first.
    pub events: Rc<Vec<Rc<EventView>>>,
    /// The names of the nodes.
    pub names: Rc<Vec<String>>,
}

/// The list.
#[component]
pub(crate) fn EventList(props: &EventListProps) -> Html {
    let text = use_text();
    let lines = fold::fold(&props.events, SHOWN).into_iter().map(|group| {
        let event = &group.first;
        let names = group.nodes.iter().filter_map(|&ix| props.names.get(ix));
        let mut at: Vec<&str> = names.map(String::as_str).collect();
        let more = at.len().saturating_sub(NAMED);
        at.truncate(NAMED);
        let mut at = at.join(", ");
        if more > 0 {
            at = text.fill("events-and-more", &[("names", &at), ("n", &more.to_string())]);
        }
        html! {
            <li key={event.seq} data-tone={event.tone.attribute()} data-event={event.key}>
                <time>{ pace::clock(event.at_us) }</time>
                <span class="event-node">{ at }</span>
                <span class="event-words">{ words::say(&text, event) }</span>
            </li>
        }
    });
    html! {
        <section class="events" aria-label={text.get("events-name")}>
            <h2 class="overline">{ text.get("events-name") }</h2>
            <ol data-testid="timeline" tabindex="0">
                { for lines }
                if props.events.is_empty() { <li class="nothing">{ text.get("events-none") }</li> }
            </ol>
        </section>
    }
}
