//! A question of an earlier lesson, asked again.

use std::rc::Rc;

use lessons::Course;
use yew::prelude::*;

use super::prose::{self, TypeLines};
use super::review;
use crate::i18n::use_text;

#[derive(Properties)]
pub(crate) struct CardProps {
    /// All lessons.
    pub course: Rc<Course>,
    /// The question: `LESSON.STEP`.
    pub path: String,
    /// Types lines on a host.
    pub type_lines: TypeLines,
}

impl PartialEq for CardProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.course, &other.course)
            && self.path == other.path
            && self.type_lines == other.type_lines
    }
}

/// The question and its answers. The first answer decides when it comes again.
#[component]
pub(crate) fn Card(props: &CardProps) -> Html {
    let text = use_text();
    let chosen = use_state(Vec::<String>::new);
    let found = props.path.split_once('.').and_then(|(id, step)| {
        let lesson = props.course.lesson(id)?;
        Some((lesson, lesson.steps.iter().find(|s| s.id == step)?))
    });
    let Some((lesson, step)) = found else { return Html::default() };
    let Some(words) = lesson.words(text.lang.tag()) else { return Html::default() };
    let answer = step.answer.clone().unwrap_or_default();
    let solved = chosen.contains(&answer);
    let choices = step.choices.iter().map(|choice| {
        let picked = chosen.contains(&choice.id);
        let right = picked.then(|| (choice.id == answer).to_string());
        let onclick = {
            let (chosen, id, path) = (chosen.clone(), choice.id.clone(), props.path.clone());
            let answer = answer.clone();
            Callback::from(move |_: MouseEvent| {
                if chosen.is_empty() {
                    review::answered(&path, id == answer);
                }
                let mut all = (*chosen).clone();
                all.push(id.clone());
                chosen.set(all);
            })
        };
        html! {
            <li key={choice.id.clone()}>
                <button type="button" class="choice" data-choice={choice.id.clone()} data-right={right.clone()} disabled={picked || solved} {onclick}>
                    { words.line(&format!("{}.{}", step.id, choice.id)) }
                </button>
                if picked {
                    <div class="why" data-right={right} role="status">
                        { prose::blocks(&text, words.blocks(&format!("{}.{}.why", step.id, choice.id)), &props.type_lines) }
                    </div>
                }
            </li>
        }
    });
    html! {
        <section class="card" data-card={props.path.clone()} data-solved={solved.to_string()}>
            <h4>{ words.line(&format!("{}.title", step.id)) }</h4>
            { prose::blocks(&text, words.blocks(&step.id), &props.type_lines) }
            <ul class="choices">{ for choices }</ul>
        </section>
    }
}

#[derive(Properties)]
pub(crate) struct CardsProps {
    /// All lessons.
    pub course: Rc<Course>,
    /// Questions: `LESSON.STEP`.
    pub paths: Vec<String>,
    /// What stands above them.
    pub title: AttrValue,
    /// Types lines on a host.
    pub type_lines: TypeLines,
}

impl PartialEq for CardsProps {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.course, &other.course)
            && self.paths == other.paths
            && self.title == other.title
            && self.type_lines == other.type_lines
    }
}

/// Questions behind a line that unfolds them.
#[component]
pub(crate) fn Cards(props: &CardsProps) -> Html {
    if props.paths.is_empty() {
        return Html::default();
    }
    let cards = props.paths.iter().map(|path| {
        html! { <Card key={path.clone()} course={props.course.clone()} path={path.clone()} type_lines={props.type_lines.clone()} /> }
    });
    html! {
        <details class="cards" data-testid="cards"><summary>{ &props.title }</summary>{ for cards }</details>
    }
}
