//! In what two worlds differ: what happened when, who owns what, and figures.

use std::rc::Rc;

use yew::prelude::*;

use crate::events::words;
use crate::i18n::{Text, use_text};
use crate::world::differ::{Moment, Stretch};
use crate::world::pace;
use crate::world::twin::TwinScreen;

#[derive(Properties, PartialEq)]
pub(crate) struct PanelProps {
    /// The second world.
    pub twin: Rc<TwinScreen>,
}

/// An instant in one world, or that it has not come there.
fn instant(us: Option<u64>) -> String {
    us.map_or_else(|| "–".to_owned(), pace::clock)
}

fn moment(text: &Text, moment: &Moment) -> Html {
    let only = match (moment.a, moment.b) {
        (Some(_), None) => Some("a"),
        (None, Some(_)) => Some("b"),
        _ => None,
    };
    html! {
        <tr data-tone={moment.event.tone.attribute()} data-event={moment.event.key} data-only={only}>
            <td><span class="event-node">{ &moment.node }</span>{ " " }{ words::say(text, &moment.event) }</td>
            <td>{ instant(moment.a) }</td>
            <td>{ instant(moment.b) }</td>
        </tr>
    }
}

fn stretch(text: &Text, stretch: &Stretch) -> Html {
    let range = match (stretch.first, stretch.last) {
        (first, last) if first == last => first.to_string(),
        (first, last) => format!("{first}–{last}"),
    };
    let owner =
        |of: &Option<String>| of.clone().unwrap_or_else(|| text.get("probe-nobody").to_owned());
    html! { <tr><td>{ range }</td><td>{ owner(&stretch.a) }</td><td>{ owner(&stretch.b) }</td></tr> }
}

/// The panel.
#[component]
pub(crate) fn Panel(props: &PanelProps) -> Html {
    let text = use_text();
    let diff = &props.twin.diff;
    let head = |key| {
        html! {
            <thead><tr><th scope="col">{ text.get(key) }</th><th scope="col">{ "A" }</th><th scope="col">{ "B" }</th></tr></thead>
        }
    };
    let figures = diff.figures.iter().map(|f| {
        let differs = (f.a != f.b).then_some("yes");
        html! {
            <tr data-figure={f.key} data-differs={differs}><td>{ text.get(f.key) }</td><td>{ f.a }</td><td>{ f.b }</td></tr>
        }
    });
    let moments = diff.moments.iter().map(|m| moment(&text, m));
    let slots = diff.slots.iter().map(|s| stretch(&text, s));
    html! {
        <section class="differ" aria-label={text.get("differ-name")} data-testid="differ">
            <div class="scroll-x" tabindex="0" role="group" aria-label={text.get("differ-name")}>
                <table>{ head("differ-figures") }<tbody>{ for figures }</tbody></table>
                if !diff.slots.is_empty() {
                    <table data-testid="differ-slots">{ head("differ-slots") }<tbody>{ for slots }</tbody></table>
                }
                if !diff.moments.is_empty() {
                    <table data-testid="differ-moments">{ head("differ-moments") }<tbody>{ for moments }</tbody></table>
                }
            </div>
        </section>
    }
}
