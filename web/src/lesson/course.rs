//! The lessons to choose from.

use std::rc::Rc;

use lessons::Course;
use yew::prelude::*;

use crate::i18n::use_text;
use crate::prefs;
use crate::world::screen::Command;

#[derive(Properties)]
pub(crate) struct CourseListProps {
    /// All lessons.
    pub course: Rc<Course>,
    /// Does something to the world.
    pub act: Callback<Command>,
}

impl PartialEq for CourseListProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.course, &other.course) && self.act == other.act
    }
}

/// The list.
#[component]
pub(crate) fn CourseList(props: &CourseListProps) -> Html {
    let text = use_text();
    let done = prefs::lessons_done();
    let entries = props.course.lessons.iter().enumerate().map(|(place, lesson)| {
        let title = lesson.words(text.lang.tag()).map(|w| w.title.clone()).unwrap_or_default();
        let id = lesson.id.clone();
        let onclick = props.act.reform(move |_: MouseEvent| Command::OpenLesson(id.clone()));
        let minutes = text.fill("lesson-minutes", &[("n", &lesson.minutes.to_string())]);
        let mark = done.get(&lesson.id).map(|seen| {
            let key = if *seen { "lesson-was-seen" } else { "lesson-was-solved" };
            html! { <span class="course-done">{ text.get(key) }</span> }
        });
        html! {
            <li>
                <button type="button" class="course-entry" data-testid={format!("lesson-{}", lesson.id)} {onclick}>
                    <span class="course-number" aria-hidden="true">{ place + 1 }</span>
                    <span class="course-title">{ title }</span>
                    <span class="muted">{ minutes }</span>
                    { for mark }
                </button>
            </li>
        }
    });
    html! {
        <nav aria-label={text.get("course-name")}><ol class="course">{ for entries }</ol></nav>
    }
}
