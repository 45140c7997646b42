//! The questions of earlier lessons that come again today.

use std::rc::Rc;

use yew::prelude::*;

use super::card::Cards;
use super::prose::TypeLines;
use super::review;
use crate::i18n::use_text;
use crate::world::library::Shelf;
use crate::world::screen::Command;

/// No more questions are asked at a time.
const MOST: usize = 6;

#[derive(Properties, PartialEq)]
pub(crate) struct TodayProps {
    /// The lessons that are here.
    pub shelf: Rc<Shelf>,
    /// Asks for a lesson.
    pub act: Callback<Command>,
    /// Types lines on a host.
    pub type_lines: TypeLines,
}

/// They stay as long as the map is shown: the answer to one is read after it was given.
#[component]
pub(crate) fn Today(props: &TodayProps) -> Html {
    let text = use_text();
    let paths = use_memo((), |()| {
        let mut paths = review::due(&review::deck(), review::today());
        paths.truncate(MOST);
        paths
    });
    let title = text.fill("review-today", &[("n", &paths.len().to_string())]);
    html! { <Cards shelf={props.shelf.clone()} paths={(*paths).clone()} {title} act={props.act.clone()} type_lines={props.type_lines.clone()} /> }
}
