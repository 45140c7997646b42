//! What is wrong with a lesson is said in both languages.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;

use lessons::format::{ContentError, told};
use regex_lite::Regex;

const READER: [&str; 6] = [
    include_str!("../src/format/bundle.rs"),
    include_str!("../src/format/error.rs"),
    include_str!("../src/format/head.rs"),
    include_str!("../src/format/read.rs"),
    include_str!("../src/format/text.rs"),
    include_str!("../src/format/markdown.rs"),
];

fn is_chinese(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

/// The sentences in a source: its literals of more than one word, blanks filled with `1`.
fn sentences(source: &str) -> BTreeSet<String> {
    let remarks = Regex::new(r"(?m)^\s*//.*$|#\[[^\]]*\]").unwrap();
    let literal = Regex::new(r#""((?:[^"\\]|\\[\s\S])*)""#).unwrap();
    let joined = Regex::new(r"\\\n\s*").unwrap();
    let blank = Regex::new(r"\{[A-Za-z_]*(:\?)?\}").unwrap();
    let source = source.split("#[cfg(test)]").next().unwrap();
    let source = remarks.replace_all(source, "");
    // A quote that is a character opens no sentence.
    let source = source.replace("'\"'", "");
    literal
        .captures_iter(&source)
        .map(|found| {
            let text = joined.replace_all(&found[1], "").replace("\\\"", "\"").replace("\\n", "\n");
            let text = text.replace("{{", "\u{1}").replace("}}", "\u{2}");
            let text = blank.replace_all(&text, "1").into_owned();
            text.replace('\u{1}', "{").replace('\u{2}', "}")
        })
        .filter(|text| text.trim().contains(' '))
        .collect()
}

/// The sentences of sources that the catalogue does not have, but for those that are none; and how many it has.
fn missing(sources: &[&str], none: &[&str]) -> (Vec<String>, usize) {
    let all: BTreeSet<String> = sources.iter().flat_map(|source| sentences(source)).collect();
    let absent = none.iter().filter(|text| !all.contains(**text));
    assert_eq!(absent.collect::<Vec<_>>(), Vec::<&&str>::new(), "no longer in the sources");
    let asked: Vec<&String> = all.iter().filter(|text| !none.contains(&text.as_str())).collect();
    let unknown = asked.iter().filter(|sentence| {
        let said = told("zh-CN", sentence);
        // What matches the sentence that is one blank only has none of its own.
        let any = sentence.strip_prefix("write ").filter(|rest| rest.contains(' '));
        let loose = any.is_some_and(|rest| said == format!("写 {rest}"));
        assert_eq!(&told("en", sentence), **sentence);
        !is_chinese(&said) || loose
    });
    let unknown: Vec<String> = unknown.map(|sentence| (*sentence).clone()).collect();
    let known = asked.len() - unknown.len();
    (unknown, known)
}

#[test]
fn every_sentence_of_the_reader_has_a_chinese_one() {
    // The head of a bundle; what another sentence is the rest of; where nothing but blanks stands.
    let others = [
        "slotlab lesson ",
        "write format = 1",
        "take it out, or name it in lesson.toml1",
        "1: 1",
        ", expected ",
        " (there is 1)",
        "}, {",
        "the lesson has 1 1",
    ];
    let (unknown, known) = missing(&READER, &others);
    assert_eq!(unknown, Vec::<String>::new());
    assert!(known > 60, "{known}: the sources are read wrongly");
}

/// Who else says in the page what is wrong with a lesson: the words of a check, the walk through its solutions, its
/// setup.
const OTHERS: [&str; 5] = [
    include_str!("../src/check/event.rs"),
    include_str!("../src/check/mod.rs"),
    include_str!("../src/check/detail.rs"),
    include_str!("../src/walk.rs"),
    include_str!("../../engine/shell/src/script.rs"),
];

#[test]
fn every_sentence_of_checks_walks_and_setups_has_a_chinese_one() {
    // More names than are listed; a line of a script with its host; a line that the walk types; what only the command
    // line says.
    let others = [", …", "1: 1", "@wait 1ms", "'1' is not an address"];
    let (unknown, known) = missing(&OTHERS, &others);
    assert_eq!(unknown, Vec::<String>::new());
    assert!(known > 15, "{known}: the sources are read wrongly");
}

#[test]
fn a_sentence_without_a_chinese_one_is_found() {
    let source = r#"
        // "a remark is no sentence"
        fn say(moon: &str) -> Result<(), String> {
            if moon.contains('"') { return Err(format!("the moon {moon:?} is \"blue\"\n{moon}")); }
            Err("the command did not end".to_owned())
        }
        #[cfg(test)]
        mod tests { const SAID: &str = "nor is what a test says"; }
    "#;
    assert_eq!(missing(&[source], &[]), (vec!["the moon 1 is \"blue\"\n1".to_owned()], 1));
}

#[test]
fn blanks_are_filled_and_sentences_in_sentences_are_told_too() {
    for (english, chinese) in [
        ("no page shows a link to \"x:y\"", "页面不显示指向 \"x:y\" 的链接"),
        ("done: \"db01\" is no node", "done: \"db01\" 不是节点"),
        ("the lesson has 201 checks", "课程有 201 个检查项"),
        ("the check of \"a.b\" cannot fill {nod}", "\"a.b\" 的检查项填不出 {nod}"),
        ("act.done should not be met\n$ ls\n", "act.done 不应该满足\n$ ls\n"),
        ("line 2: @wait 9h: the script takes too long", "第 2 行：@wait 9h：脚本用时太长"),
        ("unknown variant `dance`", "不认识的取值 `dance`"),
    ] {
        assert_eq!(told("zh-CN", english), chinese);
    }
}

#[test]
fn a_mistake_keeps_its_place_in_either_language() {
    let error = lessons::format::Bundle::read("hello").unwrap_err();
    assert_eq!(error.told("en"), error.to_string());
    assert_eq!(error.told("zh-CN"), "lesson.txt:1: 这不是课程；第一行写 \"slotlab lesson 1\"");
    let odd = ContentError { problem: "Z z".into(), ..error };
    assert!(odd.told("zh-CN").contains("TOML 写得不对（Z z）"));
}
