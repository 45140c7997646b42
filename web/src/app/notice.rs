//! What must be said once, and files that are dropped on the page.

use std::rc::Rc;

use yew::prelude::*;

use crate::header::own;
use crate::i18n::{Text, use_text};
use crate::world::foreign::InEach;
use crate::world::model::Role;
use crate::world::replay::Outcome;
use crate::world::screen::Command;
use crate::world::snapshot::{NodeEnd, Unlike};

/// No more nodes are listed.
const LISTED: usize = 8;

#[derive(Properties, PartialEq)]
pub(super) struct NoticeProps {
    /// A key of the catalogue.
    pub notice: &'static str,
    /// What became of a shared run.
    pub outcome: Option<Rc<Outcome>>,
    /// What exactly, in the words of the lessons' reader.
    pub trouble: Option<InEach>,
    /// Does something to the world.
    pub act: Callback<Command>,
}

/// A node at the end of a run, in words.
fn words(text: &Text, node: Option<&NodeEnd>) -> String {
    let Some(node) = node else { return text.get("unlike-absent").to_owned() };
    if !node.runs {
        return text.get("role-down").to_owned();
    }
    let role = text.get(match node.role {
        Some(Role::Master) => "role-master",
        Some(Role::Replica) => "role-replica",
        None => "role-none",
    });
    let slots: Vec<String> = node.ranges.iter().map(|(a, b)| format!("{a}–{b}")).collect();
    let (epoch, keys) = (node.epoch.to_string(), node.keys.to_string());
    let slots = slots.join(" ");
    text.fill(
        "unlike-node",
        &[("role", role), ("slots", &slots), ("epoch", &epoch), ("keys", &keys)],
    )
}

fn line(text: &Text, unlike: &Unlike) -> Html {
    html! {
        <li>
            <code>{ &unlike.address }</code>{ " " }
            { words(text, unlike.was.as_ref()) }{ " → " }{ words(text, unlike.is.as_ref()) }
        </li>
    }
}

/// The notice.
#[component]
pub(super) fn Notice(props: &NoticeProps) -> Html {
    let text = use_text();
    let unlike = props.outcome.as_ref().map(|o| o.unlike.as_slice()).unwrap_or_default();
    let lines = unlike.iter().take(LISTED).map(|u| line(&text, u));
    let more = unlike.len().saturating_sub(LISTED);
    let has_end = props.outcome.as_ref().is_some_and(|o| o.end.is_some());
    let to_end = props.act.reform(|_: MouseEvent| Command::OpenEnd);
    let close = props.act.reform(|_: MouseEvent| Command::Dismiss);
    html! {
        <div class="notice" role="alert" data-testid="notice">
            <div class="notice-words">
                <p>{ text.get(props.notice) }</p>
                if let Some(trouble) = &props.trouble { <p><code>{ &trouble[text.lang.place()] }</code></p> }
                if !unlike.is_empty() {
                    <p class="muted">{ text.get("unlike-intro") }</p>
                    <ul data-testid="unlike">
                        { for lines }
                        if more > 0 { <li>{ text.fill("unlike-more", &[("n", &more.to_string())]) }</li> }
                    </ul>
                } else if has_end {
                    <p class="muted">{ text.get("unlike-none") }</p>
                }
            </div>
            if has_end && !unlike.is_empty() {
                <button type="button" class="button" data-testid="open-end" onclick={to_end}>{ text.get("unlike-open") }</button>
            }
            <button type="button" class="button" onclick={close}>{ text.get("close") }</button>
        </div>
    }
}

/// A file was dropped on the page: a run, or the nodes of a cluster.
pub(super) fn drop(e: &DragEvent, act: Callback<Command>) {
    e.prevent_default();
    let Some(file) = e.data_transfer().and_then(|d| d.files()).and_then(|f| f.item(0)) else {
        return;
    };
    own::read(
        &file,
        Callback::from(move |read: Result<String, _>| {
            // One that is too long to be read is no file of ours either.
            act.emit(Command::Take(read.unwrap_or_default()));
        }),
    );
}
