//! The lessons to choose from.

use std::collections::BTreeMap;
use std::rc::Rc;

use lessons::{CourseMap, Entry};
use yew::prelude::*;

use crate::i18n::{Text, use_text};
use crate::prefs;
use crate::world::screen::Command;

#[derive(Properties)]
pub(crate) struct CourseListProps {
    /// What there is.
    pub map: Rc<CourseMap>,
    /// Does something to the world.
    pub act: Callback<Command>,
}

impl PartialEq for CourseListProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.map, &other.map) && self.act == other.act
    }
}

/// The map of the course: chapters, lessons, their challenges; or what a teacher chose.
#[component]
pub(crate) fn CourseList(props: &CourseListProps) -> Html {
    let text = use_text();
    let done = prefs::lessons_done();
    let chosen = prefs::chosen_lessons();
    let map = &props.map;
    let entry = |lesson: &Entry| entry(&text, map, &done, lesson, &props.act);
    let known: Vec<&Entry> = chosen.iter().filter_map(|id| map.entry(id)).collect();
    if !known.is_empty() {
        return html! {
            <nav aria-label={text.get("course-name")}>
                <p class="overline">{ text.get("course-chosen") }</p>
                <ol class="course">{ for known.into_iter().map(entry) }</ol>
            </nav>
        };
    }
    let chapters = map.chapters.iter().map(|chapter| {
        let title = chapter.title.get(text.lang.tag()).cloned().unwrap_or_default();
        let inside = |lesson: &&Entry| {
            let id = lesson.challenge_of.as_ref().unwrap_or(&lesson.id);
            chapter.lessons.contains(id)
        };
        html! {
            <>
                <h3 class="chapter">{ title }</h3>
                <ol class="course">{ for map.entries.iter().filter(inside).map(entry) }</ol>
            </>
        }
    });
    let total = map.entries.len().to_string();
    let count = done.keys().filter(|id| map.entry(id).is_some()).count().to_string();
    html! {
        <nav aria-label={text.get("course-name")}>
            <p class="muted" data-testid="course-progress">{ text.fill("course-progress", &[("n", &count), ("all", &total)]) }</p>
            { for chapters }
        </nav>
    }
}

fn entry(
    text: &Text,
    map: &CourseMap,
    done: &BTreeMap<String, bool>,
    lesson: &Entry,
    act: &Callback<Command>,
) -> Html {
    let title = lesson.titles.get(text.lang.tag()).cloned().unwrap_or_default();
    let id = lesson.id.clone();
    let onclick = act.reform(move |_: MouseEvent| Command::OpenLesson(id.clone()));
    let minutes = text.fill("lesson-minutes", &[("n", &lesson.minutes.to_string())]);
    let mark = done.get(&lesson.id).map(|seen| {
        let key = if *seen { "lesson-was-seen" } else { "lesson-was-solved" };
        html! { <span class="course-done">{ text.get(key) }</span> }
    });
    let number = match map.guided().position(|l| l.id == lesson.id) {
        Some(place) => (place + 1).to_string(),
        None => "★".to_owned(),
    };
    let challenge = lesson.challenge_of.is_some().then_some("yes");
    html! {
        <li>
            <button type="button" class="course-entry" data-challenge={challenge} data-testid={format!("lesson-{}", lesson.id)} {onclick}>
                <span class="course-number" aria-hidden="true">{ number }</span>
                <span class="course-title">{ title }</span>
                <span class="muted">{ minutes }</span>
                { for mark }
            </button>
        </li>
    }
}
