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

use std::rc::Rc;

use lessons::Course;
use yew::prelude::*;

use crate::i18n::{Text, use_text};
use crate::world::drafting::Recorded;
use crate::world::screen::{Command, LessonScreen, Scenario};

#[derive(Properties)]
pub(crate) struct LessonPanelProps {
    /// All lessons; the same for as long as the page lives.
    pub course: Rc<Course>,
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

impl PartialEq for LessonPanelProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.course, &other.course)
            && self.open == other.open
            && self.scenario == other.scenario
            && self.act == other.act
            && self.type_lines == other.type_lines
    }
}

/// The panel.
#[component]
pub(crate) fn LessonPanel(props: &LessonPanelProps) -> Html {
    let text = use_text();
    let panel = use_node_ref();
    let step = props.open.as_ref().map(|o| (o.view.id.clone(), o.view.current));
    {
        let panel = panel.clone();
        use_effect_with(step, move |_| bring_current(&panel));
    }
    html! {
        <aside class="lesson" ref={panel} data-testid="lesson" data-lesson={props.open.as_ref().map(|o| o.view.id.clone())} aria-label={text.get("pane-lesson")}>
            if let Some(open) = props.open.clone() {
                { recalled(&text, props, &open.view.id, open.view.current) }
                <pane::Pane {open} act={props.act.clone()} type_lines={props.type_lines.clone()} />
            } else {
                <p class="overline">{ text.get("guide-overline") }</p>
                { of_today(&text, props) }
                <course::CourseList course={props.course.clone()} act={props.act.clone()} />
                <progress::Progress />
                <builder::Builder record={props.record.clone()} act={props.act.clone()} />
                <guide::Guide scenario={props.scenario.clone()} type_lines={props.type_lines.clone()} />
            }
        </aside>
    }
}

/// The questions that come again today.
fn of_today(text: &Text, props: &LessonPanelProps) -> Html {
    const MOST: usize = 6;
    let mut paths = review::due(&review::deck(), review::today());
    paths.truncate(MOST);
    let title = text.fill("review-today", &[("n", &paths.len().to_string())]);
    html! { <card::Cards course={props.course.clone()} {paths} {title} type_lines={props.type_lines.clone()} /> }
}

/// The questions of earlier lessons with which a lesson begins.
fn recalled(text: &Text, props: &LessonPanelProps, id: &str, current: usize) -> Html {
    let own = props.open.as_ref().is_some_and(|open| !open.foreign);
    let recall = props.course.lesson(id).map(|l| l.recall.clone()).filter(|_| current == 0 && own);
    let (paths, title) = (recall.unwrap_or_default(), text.get("review-recall"));
    html! { <card::Cards course={props.course.clone()} {paths} {title} type_lines={props.type_lines.clone()} /> }
}

/// Scrolls the panel, and nothing else, so that the current step is seen.
fn bring_current(panel: &NodeRef) {
    let Some(panel) = panel.cast::<web_sys::HtmlElement>() else { return };
    let current = panel.query_selector("[data-state=current]").ok().flatten();
    let top = current.map_or(0.0, |step| {
        let of_panel = panel.get_bounding_client_rect().top();
        step.get_bounding_client_rect().top() - of_panel + f64::from(panel.scroll_top()) - 90.0
    });
    panel.set_scroll_top(top.max(0.0) as i32);
}
