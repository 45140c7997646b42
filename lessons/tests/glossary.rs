//! The glossary: what a lesson speaks of is explained, in both languages.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeSet;

use lessons::Course;
use lessons::glossary::{self, Piece, Term};
use regex_lite::Regex;

const LANGUAGES: [&str; 2] = ["en", "zh-CN"];

/// All that the lessons say in a language: lesson and words.
fn told(language: &str) -> Vec<(String, String)> {
    let course = Course::embedded().unwrap();
    let words = |lesson: &lessons::Lesson| format!("{:?}", lesson.words(language).unwrap());
    course.lessons.iter().map(|lesson| (lesson.id.clone(), words(lesson))).collect()
}

fn is_met(terms: &[Term], text: &str) -> BTreeSet<&'static str> {
    let pieces = glossary::pieces(terms, text, &mut Vec::new());
    let meanings = pieces.into_iter().filter_map(|piece| match piece {
        Piece::Term(_, meaning) => Some(meaning),
        Piece::Plain(_) => None,
    });
    meanings.collect()
}

/// The words for a term that are the same in every language.
fn common(term: &Term) -> Vec<&'static str> {
    let loud = |word: &&str| word.chars().all(|c| c.is_ascii_uppercase()) || *word == "nodes.conf";
    term.words.iter().copied().filter(loud).collect()
}

#[test]
fn both_languages_explain_the_same_terms_in_the_same_order() {
    let [english, chinese] = LANGUAGES.map(glossary::terms);
    for (ours, theirs) in english.iter().zip(&chinese) {
        assert_eq!(common(ours), common(theirs), "{:?} beside {:?}", ours.words, theirs.words);
        assert!(theirs.meaning.chars().any(|c| c > '\u{4e00}'), "{}", theirs.meaning);
        assert!(ours.meaning.is_ascii(), "{}", ours.meaning);
    }
    assert_eq!(english.len(), chinese.len());
}

#[test]
fn each_term_is_met_in_some_lesson_of_each_language() {
    for language in LANGUAGES {
        let terms = glossary::terms(language);
        let mut met = BTreeSet::new();
        for (_, text) in told(language) {
            met.extend(is_met(&terms, &text));
        }
        let idle: Vec<_> = terms.iter().filter(|term| !met.contains(term.meaning)).collect();
        assert!(idle.is_empty(), "{language}: no lesson speaks of {idle:?}");
    }
}

/// What stands in capitals in a lesson and is none of these is an answer or a state of Redis Cluster: commands and
/// their words, and words of other fields.
const NO_TERMS: &str = "ADDRESS ADDSLOTS ADDSLOTSRANGE ASKING BUMPED BUMPEPOCH CLUSTER CONFIG CONT COPY CRC DBSIZE DEL \
    DELSLOTS DENIED DNS EOF ERR EXISTS FAILOVER FLUSHALL FORCE FORGET GET GETKEYSINSLOT HOST IMPORTING INCR INFO KEY \
    KEYS KEYSLOT MEET MGET MIGRATE MIGRATESLOTS MIGRATING MIGRATION MSET MULTI MYID NAT NODE NODES PORT RANDOMKEY RDB \
    READWRITE RENAME REPLICATE SCAN SELECT SET SETSLOT SHARDS SHUTDOWN SINTER SLOTS STABLE STILL SUNIONSTORE TAKEOVER \
    UPDATE WARNING";

#[test]
fn each_answer_and_state_that_a_lesson_names_is_a_term() {
    let capitals = Regex::new(r"[A-Z]{3,}").unwrap();
    let none: BTreeSet<&str> = NO_TERMS.split_whitespace().collect();
    let mut named = BTreeSet::new();
    for language in LANGUAGES {
        let terms = glossary::terms(language);
        for (lesson, text) in told(language) {
            for word in capitals.find_iter(&text).map(|found| found.as_str()) {
                named.insert(word.to_owned());
                let known = none.contains(word) || terms.iter().any(|t| t.words.contains(&word));
                assert!(known, "{lesson} ({language}) speaks of {word}, and nothing explains it");
            }
        }
    }
    let stale: Vec<_> = none.iter().filter(|word| !named.contains(**word)).collect();
    assert!(stale.is_empty(), "no lesson speaks of {stale:?}");
}
