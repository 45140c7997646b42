//! At least 200 console lines of both seeds' flows: on real hosts and in the sandbox the same.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::path::Path;

use oracle::compare::{canonical, difference};
use oracle::differences::Differences;
use oracle::mask::Masks;
use oracle::session::{Numbered, Step, parse};
use oracle::{real, sandbox};

fn read(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn masks() -> Masks {
    Masks::read(&read("masks.toml")).unwrap()
}

const SESSIONS: [&str; 3] = ["seed1", "seed2", "slots"];

fn session(name: &str) -> Vec<Numbered> {
    parse(&read(&format!("sessions/{name}.session"))).unwrap()
}

/// What the sandbox shows for a whole session.
fn simulated(name: &str) -> Vec<String> {
    let shown = sandbox::run(&session(name)).unwrap();
    if let Some(why) = shown.failed {
        let at = &session(name)[shown.steps.len()];
        panic!("{name}, line {}: {}\n{why:#}", at.line, at.text);
    }
    shown.steps
}

#[test]
fn the_sandbox_shows_what_redis_shows() {
    if let Some(why) = real::why_not() {
        println!("skipped: {why}");
        return;
    }
    let masks = masks();
    let known = Differences::read(&read("differences.toml")).unwrap();
    let mut unknown = Vec::new();
    let mut gone: Vec<String> = known.list.iter().map(|d| d.line.clone()).collect();
    // Side by side: most of their time is waiting.
    let real = std::thread::scope(|scope| {
        let run = |name| scope.spawn(move || real::run(&session(name)).unwrap());
        SESSIONS.map(run).map(|thread| thread.join().unwrap())
    });
    for (name, theirs) in SESSIONS.into_iter().zip(real) {
        let steps = session(name);
        let ours = simulated(name);
        for ((step, theirs), ours) in steps.iter().zip(&theirs).zip(&ours) {
            let Some(what) = difference(theirs, ours, &masks) else { continue };
            match known.entry(name, &step.text) {
                Some(entry) => gone.retain(|line| *line != entry.line),
                None => unknown.push(format!("{name}, line {}: {}\n{what}", step.line, step.text)),
            }
        }
    }
    assert!(unknown.is_empty(), "{} differences\n{}", unknown.len(), unknown.join("\n"));
    assert!(gone.is_empty(), "no longer different, strike them out: {gone:?}");
}

#[test]
fn there_are_two_hundred_lines() {
    let is_line = |step: &Numbered| matches!(step.step, Step::Line(_));
    let all = SESSIONS.iter().flat_map(|name| session(name));
    let lines = all.filter(is_line).count();
    assert!(lines >= 200, "{lines}");
}

/// The first letter or digit of a word becomes another one.
fn changed(word: &str) -> Option<String> {
    let at = word.find(|c: char| c.is_ascii_alphanumeric())?;
    let old = word[at..].chars().next()?;
    let new = match old {
        '9' => '8',
        'z' => 'y',
        'Z' => 'Y',
        other => char::from(other as u8 + 1),
    };
    Some(format!("{}{new}{}", &word[..at], &word[at + 1..]))
}

/// The test's own test: no mask hides a field that it does not name.
#[test]
fn every_unmasked_field_counts() {
    let masks = masks();
    let mut fields = 0;
    for name in SESSIONS {
        for text in simulated(name) {
            let text = canonical(&text, &masks);
            for (start, word) in words(&text) {
                let Some(other) = changed(word).filter(|_| !word.contains('<')) else { continue };
                let mutated = format!("{}{other}{}", &text[..start], &text[start + word.len()..]);
                fields += 1;
                assert!(difference(&text, &mutated, &masks).is_some(), "{word} -> {other}\n{text}");
            }
        }
    }
    assert!(fields > 1000, "{fields}");
}

/// The words of a text and where they begin.
fn words(text: &str) -> Vec<(usize, &str)> {
    let begin = |word: &str| word.as_ptr() as usize - text.as_ptr() as usize;
    text.split_whitespace().map(|word| (begin(word), word)).collect()
}
