//! The lesson that is open.

use std::rc::Rc;

use lessons::{LessonView, Standing, StepKind};
use yew::prelude::*;

use super::prose::{self, TypeLines};
use super::step::StepItem;
use crate::i18n::{Text, use_text};
use crate::world::screen::{Command, LessonScreen};

#[derive(Properties, PartialEq)]
pub(crate) struct PaneProps {
    /// The lesson.
    pub open: Rc<LessonScreen>,
    /// Does something to the world.
    pub act: Callback<Command>,
    /// Types lines on a host.
    pub type_lines: TypeLines,
}

/// Title, steps, end.
#[component]
pub(crate) fn Pane(props: &PaneProps) -> Html {
    let text = use_text();
    let open = &props.open;
    let view = &open.view;
    let say = |command: Command| props.act.reform(move |_: MouseEvent| command.clone());
    let steps = view.steps.iter().enumerate().map(|(place, step)| {
        html! {
            <StepItem key={step.id.clone()} step={step.clone()} {place} current={view.current} solution={open.solution.clone()} act={props.act.clone()} type_lines={props.type_lines.clone()} />
        }
    });
    let minutes = view.minutes.to_string();
    let overline = match open.place {
        Some(place) => {
            text.fill("lesson-overline", &[("n", &(place + 1).to_string()), ("minutes", &minutes)])
        }
        None if open.foreign => text.fill("foreign-overline", &[("minutes", &minutes)]),
        None => text.fill("challenge-overline", &[("minutes", &minutes)]),
    };
    html! {
        <section class="lesson-pane" data-standing={standing(view.standing)}>
            <p class="lesson-top">
                <span class="overline">{ overline }</span>
                <button type="button" class="quiet" data-testid="lesson-close" onclick={say(Command::CloseLesson)}>{ text.get("lesson-close") }</button>
            </p>
            <h2>{ &view.title }</h2>
            <div class="summary">{ prose::blocks(&text, &view.summary, &props.type_lines) }</div>
            { objectives(&text, view) }
            { experiment(&text, open, &props.act) }
            <ol class="steps">{ for steps }</ol>
            <p class="hidden-text" role="status">{ heard(view) }</p>
            if let Some(debrief) = &view.debrief {
                <div class="debrief" role="status">
                    <h3>{ text.get(if view.standing == Standing::Seen { "lesson-seen" } else { "lesson-solved" }) }</h3>
                    { prose::blocks(&text, debrief, &props.type_lines) }
                    { predictions(&text, view) }
                </div>
            }
            <p class="lesson-end">
                if view.standing != Standing::Open {
                    if let Some(challenge) = open.challenge.clone() {
                        <button type="button" class="button" data-testid="lesson-challenge" onclick={say(Command::OpenLesson(challenge))}>{ text.get("lesson-challenge") }</button>
                    }
                    if let Some(next) = open.next.clone() {
                        <button type="button" class="button primary" data-testid="lesson-following" onclick={say(Command::OpenLesson(next))}>{ text.get("lesson-following") }</button>
                    }
                }
                <button type="button" class="quiet" data-testid="lesson-again" onclick={say(Command::OpenLesson(view.id.clone()))}>{ text.get("lesson-again") }</button>
            </p>
        </section>
    }
}

/// What a listener is told when a step is done: it folds up with its verdicts, and another one begins.
fn heard(view: &LessonView) -> String {
    let Some(done) = view.current.checked_sub(1).and_then(|place| view.steps.get(place)) else {
        return String::new();
    };
    let verdicts = done.checks.iter().map(|check| check.words.as_str());
    let begins = view.steps.get(view.current).map(|step| step.title.as_str());
    verdicts.chain(begins).collect::<Vec<_>>().join(" ")
}

/// What the learner can do afterwards: always in sight.
fn objectives(text: &Text, view: &LessonView) -> Html {
    if view.objectives.is_empty() {
        return Html::default();
    }
    html! {
        <div class="goals">
            <p class="overline">{ text.get("lesson-objectives") }</p>
            <ul class="objectives">{ for view.objectives.iter().map(|o| html! { <li>{ o }</li> }) }</ul>
        </div>
    }
}

/// The way out for a while, and the way back.
fn experiment(text: &Text, open: &LessonScreen, act: &Callback<Command>) -> Html {
    if open.view.standing != Standing::Open || open.view.steps.is_empty() {
        return Html::default();
    }
    let begins = !open.experiment;
    let onclick = act.reform(move |_: MouseEvent| Command::Experiment(begins));
    let key = if begins { "lesson-experiment" } else { "lesson-back" };
    html! {
        <p class="experiment" data-on={open.experiment.to_string()}>
            if open.experiment { <span role="status">{ text.get("lesson-experimenting") }</span> }
            <button type="button" class="quiet" data-testid="lesson-experiment" {onclick}>{ text.get(key) }</button>
        </p>
    }
}

/// What was predicted, beside what was so.
fn predictions(text: &Text, view: &LessonView) -> Html {
    let rows = view.steps.iter().filter(|s| s.kind == StepKind::Predict).filter_map(|step| {
        let mine = step.choices.iter().find(|c| c.right.is_some())?;
        let right = mine.right == Some(true);
        let so = step.answer.as_ref().filter(|_| !right);
        Some(html! {
            <li data-right={right.to_string()}>
                { &mine.words }
                if let Some(so) = so { <span class="muted">{ " → " }{ so }</span> }
            </li>
        })
    });
    let rows: Vec<Html> = rows.collect();
    if rows.is_empty() {
        return Html::default();
    }
    html! {
        <div class="goals"><p class="overline">{ text.get("lesson-predicted") }</p><ul class="predicted">{ for rows }</ul></div>
    }
}

const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Open => "open",
        Standing::Solved => "solved",
        Standing::Seen => "seen",
    }
}
