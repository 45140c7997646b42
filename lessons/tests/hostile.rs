//! A lesson of somebody unknown, as a link carries it: what is wrong is said, and nothing runs away.

use lessons::format::{BYTES_MOST, Bundle};
use lessons::{Lesson, scenario};

const SKELETON: &str = include_str!("sample/lesson.toml");
const WORDS: &str = include_str!("sample/en.md");

fn bundle(skeleton: &str, words: &str) -> String {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    Bundle { files: vec![file("lesson.toml", skeleton), file("en.md", words)] }.text()
}

fn read(text: &str) -> Result<Lesson, String> {
    Bundle::read(text).and_then(|b| b.lesson()).map_err(|e| e.to_string())
}

fn problem(text: &str) -> String {
    read(text).err().unwrap_or_else(|| "no problem".into())
}

#[test]
fn a_whole_lesson_comes_back_as_it_was_sent() {
    let text = bundle(SKELETON, WORDS);
    let lesson = read(&text).unwrap();
    assert_eq!(lesson.id, "tiny");
    assert_eq!(lesson.words("en").unwrap().title, "Tiny");
    assert_eq!(Bundle::read(&text).unwrap().text(), text);
}

#[test]
fn a_broken_envelope_says_what_is_missing() {
    let whole = bundle(SKELETON, WORDS);
    for (text, expected) in [
        (String::new(), "lesson.txt:1: this is no lesson; begin with \"slotlab lesson 1\""),
        ("slotlab 1 0.1.0 six".into(), "lesson.txt:1: this is no lesson"),
        (
            whole.replacen("lesson 1", "lesson 2", 1),
            "lesson.txt:1: the lesson is written for format 2",
        ),
        (whole.replacen("--- lesson.toml\n", "", 1), "lesson.txt:2: a line outside of any file"),
        (whole.replacen("lesson.toml", "lesson.tom", 1), "lesson.txt:1: there is no lesson.toml"),
        (whole.replacen("en.md", "lesson.toml", 1), "the file \"lesson.toml\" is there twice"),
        (whole.replacen("en.md", "readme.txt", 1), "lesson.txt:1: the lesson has no words"),
        (format!("{whole}{}", "x".repeat(BYTES_MOST)), "lesson.txt:1: the lesson has 66"),
    ] {
        assert!(
            problem(&text).starts_with(expected) || problem(&text).contains(expected),
            "{}",
            problem(&text)
        );
    }
}

#[test]
fn a_lesson_of_a_later_format_is_known_as_such() {
    let later = Bundle::read(&bundle(&SKELETON.replacen("format = 1", "format = 7", 1), WORDS));
    let error = later.unwrap().lesson().unwrap_err();
    assert!(error.newer);
    assert!(
        error.to_string().starts_with("lesson.toml:1: the lesson is written for format 7"),
        "{error}"
    );
    let error = Bundle::read("slotlab lesson 3\n").unwrap_err();
    assert!(error.newer, "{error}");
}

#[test]
fn markup_that_would_escape_is_named_with_its_line() {
    for (words, expected) in [
        ("<script>alert(1)</script>", "en.md:25: no page shows HTML; write Markdown"),
        ("One.\n\nTwo <img src=x onerror=alert(1)>", "en.md:27: no page shows HTML"),
        (
            "[here](javascript:alert(1))",
            "en.md:25: no page shows a link to \"javascript:alert(1)\"",
        ),
        ("[here](data:text/html,x)", "en.md:25: no page shows a link to"),
        ("<javascript:alert(1)>", "en.md:25: no page shows a link to"),
        ("![x](https://example.com/x.png)", "en.md:25: no page shows a picture"),
    ] {
        let said = problem(&bundle(SKELETON, &WORDS.replacen("Do it.", words, 1)));
        assert!(said.contains(expected), "{words}\n{said}");
    }
    let fine = WORDS.replacen("Do it.", "`<b>` and [here](https://redis.io/) and 1 < 2.", 1);
    assert_eq!(problem(&bundle(SKELETON, &fine)), "no problem");
}

#[test]
fn depth_and_numbers_have_bounds() {
    for deep in
        [">".repeat(20_000), "*a **b ".repeat(3_000) + &"** *".repeat(3_000), "- ".repeat(9_000)]
    {
        let said = problem(&bundle(SKELETON, &WORDS.replacen("Do it.", &deep, 1)));
        assert!(
            said.contains("nested so deeply")
                || said == "no problem"
                || said.contains("has no words"),
            "{said}"
        );
    }
    let check = "[[step.check]]\nid = \"done\"\neventually = { fact = \"agreed\" }\n";
    let many = SKELETON.replacen("[[solution]]", &format!("{}[[solution]]", check.repeat(200)), 1);
    assert!(
        problem(&bundle(&many, WORDS)).contains("the lesson has 201 checks; write 100 at most")
    );
    let fact = format!("{}{}{}", "{ fact = \"not\", of = ".repeat(2_000), "1", "}".repeat(2_000));
    let deep = SKELETON.replacen("{ fact = \"stored\", key = \"foo\" }", &fact, 1);
    assert!(
        problem(&bundle(&deep, WORDS)).starts_with("lesson.toml:24: cannot recurse"),
        "{}",
        problem(&bundle(&deep, WORDS))
    );
    let long = SKELETON.replacen("\"tiny\"", "\"../../etc\"", 1);
    assert!(problem(&bundle(&long, WORDS)).contains("write small letters, digits and hyphens"));
}

#[test]
fn a_setup_that_does_not_end_is_ended() {
    for script in ["@wait 100h", "sleep 100000", "@until 90h never echo no"] {
        let skeleton = SKELETON.replacen(
            "scenario = \"formed\"",
            &format!("scenario = \"bare\"\nscript = \"{script}\""),
            1,
        );
        let lesson = read(&bundle(&skeleton, WORDS)).unwrap();
        let failure = scenario::begin(&lesson.start, 1).map(|_| ()).unwrap_err();
        assert!(
            failure.why == "the script takes too long" || failure.why.contains("not met"),
            "{script}: {failure}"
        );
    }
}

#[test]
fn whatever_a_link_holds_the_reader_does_not_panic() {
    let whole = bundle(SKELETON, WORDS);
    for end in (0..whole.len()).filter(|at| whole.is_char_boundary(*at)) {
        let _ = problem(&whole[..end]);
    }
}
