//! What an author sees who makes a mistake.

use lessons::{Course, Lesson};

const SKELETON: &str = r#"format = 1
id = "tiny"
minutes = 1
level = "beginner"
objectives = []
misconceptions = []
sources = []

[start]
scenario = "formed"

[[step]]
id = "guess"
kind = "predict"
choices = [{ id = "yes" }, { id = "no", misconception = 1 }]
answer = "yes"

[[step]]
id = "act"
kind = "do"

[[step.check]]
id = "done"
eventually = { fact = "stored", key = "foo" }

[[solution]]
id = "one"
script = "@choose yes"
"#;

const TEXT: &str = "+++
language = \"en\"
title = \"Tiny\"
+++

# summary
A summary.
# debrief
The end.
# guess.title
Guess
# guess
Yes or *no*?
# guess.yes
Yes
# guess.yes.why
It is so.
# guess.no
No
# guess.no.why
It is not.
# act.title
Act
# act
Do it.
# act.done.pending
Not yet.
# act.done.met
Done.
";

fn problem(skeleton: &str, text: &str) -> String {
    match Lesson::parse("tiny", skeleton, &[("en", text)]) {
        Ok(_) => "no problem".into(),
        Err(error) => error.to_string(),
    }
}

#[test]
fn a_whole_lesson_is_read() {
    assert_eq!(problem(SKELETON, TEXT), "no problem");
}

#[test]
fn mistakes_in_the_skeleton_name_line_and_remedy() {
    let cases = [
        (
            "format = 1",
            "format = 9",
            "tiny/lesson.toml:1: format 9 is unknown here; write format = 1",
        ),
        (
            "id = \"tiny\"",
            "id = \"huge\"",
            "tiny/lesson.toml:2: the id is \"huge\", the folder is \"tiny\"; give both the same name",
        ),
        (
            "minutes = 1",
            "minuets = 1",
            "tiny/lesson.toml:3: unknown field `minuets`; write one of `format`",
        ),
        (
            "kind = \"do\"",
            "kind = \"dance\"",
            "unknown variant `dance`; write one of `read`, `predict`, `do`",
        ),
        (
            "fact = \"stored\"",
            "fact = \"eaten\"",
            "unknown variant `eaten`; write one of `running`",
        ),
        (
            "eventually = { fact = \"stored\", key = \"foo\" }",
            "happens = { event = \"redirected\", sort = \"MOVED\" }",
            "the event \"redirected\" has no field \"sort\"; write one of node, after, kind, slot, command",
        ),
        (
            "eventually = { fact = \"stored\", key = \"foo\" }",
            "happens = { event = \"explosion\" }",
            "there is no event \"explosion\"; write one of server-started",
        ),
        (
            "eventually = { fact = \"stored\", key = \"foo\" }",
            "within-seconds = 5",
            "check \"done\" has no time, or several; write exactly one of eventually",
        ),
        ("answer = \"yes\"", "answer = \"perhaps\"", "asks without answers"),
        (
            "[[step.check]]\nid = \"done\"\neventually = { fact = \"stored\", key = \"foo\" }",
            "",
            "step \"act\" cannot be finished; write at least one [[step.check]]",
        ),
        ("[[solution]]", "[[counter]]", "there is no solution; write [[solution]]"),
        (
            "script = \"@choose yes\"",
            "fails = \"act.don\"\nscript = \"\"",
            "names no step and no check",
        ),
    ];
    for (from, to, expected) in cases {
        assert!(SKELETON.contains(from), "{from}");
        let said = problem(&SKELETON.replacen(from, to, 1), TEXT);
        assert!(said.contains(expected), "{from} -> {to}\n{said}\nshould say\n{expected}");
        assert!(said.starts_with("tiny/lesson.toml:"), "{said}");
    }
}

#[test]
fn mistakes_in_a_text_name_line_and_remedy() {
    let cases = [
        ("+++\nlanguage", "language", "tiny/en.md:1: there is no front matter"),
        ("\"en\"", "\"de\"", "tiny/en.md:2: the language is \"de\", the file is en.md"),
        ("# act\nDo it.\n", "", "tiny/en.md:1: messages are missing: act; write a line \"# act\""),
        (
            "# guess.no.why",
            "# guess.no.because",
            "tiny/en.md:20: nobody asks for the message \"guess.no.because\"; take it out, or name it in \
             lesson.toml (there is \"guess.no.why\")",
        ),
        ("# debrief", "# summary", "tiny/en.md:8: the message \"summary\" is there twice"),
        ("The end.\n", "", "tiny/en.md:8: the message \"debrief\" has no words"),
        ("# summary\nA", "A", "tiny/en.md:6: words outside of any message"),
    ];
    for (from, to, expected) in cases {
        assert!(TEXT.contains(from), "{from}");
        let said = problem(SKELETON, &TEXT.replacen(from, to, 1));
        assert!(said.contains(expected), "{said}\nshould say\n{expected}");
    }
}

#[test]
fn nothing_that_a_file_holds_makes_the_reader_panic() {
    let mut text = SKELETON.to_owned();
    while !text.is_empty() {
        text.pop();
        let _ = problem(&text, TEXT);
    }
    let mut words = TEXT.to_owned();
    while !words.is_empty() {
        words.pop();
        let _ = problem(SKELETON, &words);
    }
    let _ = problem(SKELETON, &format!("{TEXT}```\n# [*`![((\n- 1. > **"));
}

#[test]
fn every_folder_is_in_the_course_and_every_lesson_in_both_languages() {
    let course = Course::embedded().unwrap_or_else(|e| panic!("{e}"));
    let content = concat!(env!("CARGO_MANIFEST_DIR"), "/content");
    let mut folders: Vec<String> = std::fs::read_dir(content)
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    folders.sort();
    let mut lessons: Vec<String> = course.lessons.iter().map(|l| l.id.clone()).collect();
    lessons.sort();
    assert_eq!(folders, lessons);
    for lesson in &course.lessons {
        let languages: Vec<&str> = lesson.texts.keys().map(String::as_str).collect();
        assert_eq!(languages, ["en", "zh-CN"], "{}", lesson.id);
        assert!(lesson.minutes <= 10 && !lesson.counters.is_empty(), "{}", lesson.id);
    }
}

#[test]
fn hints_do_not_hold_the_solution() {
    for lesson in &Course::embedded().unwrap().lessons {
        for texts in lesson.texts.values() {
            for id in texts.ids().filter(|id| id.contains(".hint1")) {
                assert!(!texts.line(id).contains("redis-cli"), "{}: {id}", lesson.id);
            }
        }
    }
}
