//! What an author sees who makes a mistake.

use lessons::Lesson;

const SKELETON: &str = include_str!("sample/lesson.toml");
const TEXT: &str = include_str!("sample/en.md");

fn problem(skeleton: &str, text: &str) -> String {
    match Lesson::parse("tiny", skeleton, &[("en", text)]) {
        Ok(_) => "no problem".into(),
        Err(error) => {
            let chinese = error.told("zh-CN");
            let whole = !chinese.contains(&error.remedy) && !chinese.contains(&error.problem);
            let foreign = chinese.contains("TOML 写得不对");
            assert!(whole || foreign, "half in English: {chinese}");
            error.to_string()
        }
    }
}

#[test]
fn a_whole_lesson_is_read() {
    assert_eq!(problem(SKELETON, TEXT), "no problem");
}

/// What is replaced, by what, and what is said then.
const SKELETON_CASES: &[(&str, &str, &str)] = &[
    (
        "format = 1",
        "format = 9",
        "tiny/lesson.toml:1: the lesson is written for format 9, and only 1 is known here; open it \
             with a newer Slotlab",
    ),
    ("format = 1", "format = 0", "tiny/lesson.toml:1: format 0 is unknown here; write format = 1"),
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
    ("fact = \"stored\"", "fact = \"eaten\"", "unknown variant `eaten`; write one of `running`"),
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
    (
        "eventually = { fact = \"stored\", key = \"foo\" }",
        "eventually = { fact = \"master\", node = \"db01\" }",
        "done: \"db01\" is no node; write HOST:PORT as in \"db01:6380\"",
    ),
    (
        "eventually = { fact = \"stored\", key = \"foo\" }",
        "eventually = { fact = \"master\", node = \"$heir\" }",
        "done: nothing is bound to \"heir\"; write heir = { event = … } in [bind]",
    ),
    (
        "eventually = { fact = \"stored\", key = \"foo\" }",
        "happens = { event = \"role\", node = \"$heir\" }",
        "nothing is bound to \"heir\"",
    ),
    (
        "eventually = { fact = \"stored\", key = \"foo\" }",
        "eventually = { fact = \"stored\", key = \"foo\" }\nexactly = 2",
        "check \"done\" counts what is no event",
    ),
    (
        "eventually = { fact = \"stored\", key = \"foo\" }",
        "happens = { event = \"role\" }\nat-least = 3\nat-most = 2",
        "counts to nothing possible",
    ),
    (
        "eventually = { fact = \"stored\", key = \"foo\" }",
        "always = { fact = \"agreed\" }\nuntil = { event = \"role\" }\nuntil-so = { fact = \"agreed\" }",
        "has both until and until-so; keep one of them",
    ),
    (
        "objectives = []",
        "objectives = []\ncommands = [\"A\", \"B\", \"C\", \"D\"]",
        "4 new commands in one lesson; name three at most",
    ),
    ("answer = \"yes\"", "answer = \"perhaps\"", "asks without answers"),
    (
        "[[step.check]]\nid = \"done\"\neventually = { fact = \"stored\", key = \"foo\" }",
        "",
        "step \"act\" cannot be finished; write at least one [[step.check]]",
    ),
    ("[[solution]]", "[[counter]]", "there is no solution; write [[solution]]"),
    (
        "script = \"@choose yes\\nredis-cli -c -h 192.168.40.5 -p 6380 set foo 1\"",
        "fails = \"act.don\"\nscript = \"\"",
        "names no step and no check",
    ),
];

#[test]
fn mistakes_in_the_skeleton_name_line_and_remedy() {
    for (from, to, expected) in SKELETON_CASES {
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
        (
            "Not yet.",
            "Not at {nod}, but `{at}` is code.",
            "tiny/en.md:26: the check of \"act.done.pending\" cannot fill {nod}; write one of {node}, \
             {nodes}, {slot}",
        ),
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
