//! The left panel: the course and the guide, or the lesson that is open.

mod builder;
mod card;
mod course;
mod files;
mod guide;
mod pane;
mod progress;
mod prose;
pub(crate) mod review;
mod step;
mod term;
mod today;

use std::rc::Rc;

use yew::prelude::*;

use crate::i18n::{Text, use_text};
use crate::world::drafting::Recorded;
use crate::world::library::{Gap, Part, Shelf};
use crate::world::screen::{Command, LessonScreen, Scenario};

#[derive(Properties, PartialEq)]
pub(crate) struct LessonPanelProps {
    /// What of the course is here.
    pub shelf: Rc<Shelf>,
    /// The lesson that shall be opened and is not here yet.
    pub coming: Option<String>,
    /// The lesson that is open.
    pub open: Option<Rc<LessonScreen>>,
    /// How the world began.
    pub scenario: Scenario,
    /// Does something to the world.
    pub act: Callback<Command>,
    /// Types lines on a host: its number and the lines.
    pub type_lines: Callback<(usize, Vec<String>)>,
    /// What was done, as a lesson that begins before a line.
    pub record: Callback<usize, Option<Recorded>>,
}

/// The panel.
#[component]
pub(crate) fn LessonPanel(props: &LessonPanelProps) -> Html {
    let text = use_text();
    let panel = use_node_ref();
    // A progress file was taken up: what was drawn from the old one is drawn anew.
    let taken = use_state(|| 0_u32);
    let on_taken = {
        let taken = taken.clone();
        Callback::from(move |()| taken.set(taken.wrapping_add(1)))
    };
    let step = props.open.as_ref().map(|o| (o.view.id.clone(), o.view.current));
    {
        let panel = panel.clone();
        use_effect_with(step, move |_| bring_current(&panel));
    }
    html! {
        <aside class="lesson" ref={panel} data-testid="lesson" data-lesson={props.open.as_ref().map(|o| o.view.id.clone())} aria-label={text.get("pane-lesson")}>
            { coming(&text, props) }
            if let Some(open) = props.open.clone() {
                { recalled(&text, props, &open) }
                <pane::Pane {open} act={props.act.clone()} type_lines={props.type_lines.clone()} />
            } else {
                <p class="overline">{ text.get("guide-overline") }</p>
                <today::Today key={format!("today-{}", *taken)} shelf={props.shelf.clone()} act={props.act.clone()} type_lines={props.type_lines.clone()} />
                <div key={format!("map-{}", *taken)}>{ map(&text, props) }</div>
                <progress::Progress taken={on_taken} />
                <builder::Builder record={props.record.clone()} act={props.act.clone()} />
                <guide::Guide scenario={props.scenario.clone()} type_lines={props.type_lines.clone()} />
            }
        </aside>
    }
}

/// The map of the course, or why it is not there.
fn map(text: &Text, props: &LessonPanelProps) -> Html {
    match &props.shelf.map {
        Part::Coming => html! { <p class="muted" role="status">{ text.get("course-coming") }</p> },
        Part::Here(map) => {
            html! { <course::CourseList map={map.clone()} act={props.act.clone()} /> }
        }
        Part::Missing(gap) => missing(text, *gap, &props.act, Command::FetchMap),
    }
}

/// The lesson that shall be opened and is not here yet.
fn coming(text: &Text, props: &LessonPanelProps) -> Html {
    let Some(id) = &props.coming else { return Html::default() };
    match props.shelf.part(id) {
        Some(Part::Missing(gap)) => {
            missing(text, *gap, &props.act, Command::OpenLesson(id.clone()))
        }
        _ => html! { <p class="muted" role="status">{ text.get("lesson-coming") }</p> },
    }
}

/// What did not come, and a button to ask for it again.
fn missing(text: &Text, gap: Gap, act: &Callback<Command>, again: Command) -> Html {
    let onclick = act.reform(move |_: MouseEvent| again.clone());
    html! {
        <div class="missing" role="alert" data-testid="lesson-missing">
            <p>{ text.get(gap.words()) }</p>
            <button type="button" class="button" data-testid="lesson-fetch" {onclick}>{ text.get("try-again") }</button>
        </div>
    }
}

/// The questions of earlier lessons with which a lesson begins.
fn recalled(text: &Text, props: &LessonPanelProps, open: &LessonScreen) -> Html {
    let paths =
        if open.view.current == 0 && !open.foreign { open.recall.clone() } else { Vec::new() };
    let title = text.get("review-recall").to_owned();
    html! { <card::Cards shelf={props.shelf.clone()} {paths} {title} act={props.act.clone()} type_lines={props.type_lines.clone()} /> }
}

/// Scrolls the panel, and nothing else, so that the current step is seen.
fn bring_current(panel: &NodeRef) {
    let Some(panel) = panel.cast::<web_sys::HtmlElement>() else { return };
    let current = panel.query_selector("[data-state=current]").ok().flatten();
    // The objectives stay where the panel begins: the step comes below them.
    let goals = panel.query_selector(".lesson-pane > .goals").ok().flatten();
    let goals = goals.map_or(0.0, |goals| goals.get_bounding_client_rect().height());
    let top = current.map_or(0.0, |step| {
        let of_panel = panel.get_bounding_client_rect().top();
        let above = f64::max(goals + 24.0, 90.0);
        step.get_bounding_client_rect().top() - of_panel + f64::from(panel.scroll_top()) - above
    });
    panel.set_scroll_top(top.max(0.0) as i32);
}
