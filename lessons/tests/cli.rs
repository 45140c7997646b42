//! The program as a newcomer meets it.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::path::Path;
use std::process::{Command, Output};

fn lessons(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_lessons")).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn help_is_given_to_whoever_asks_and_nothing_else_is_done() {
    for command in ["list", "new", "check", "play"] {
        let said = lessons(&[command, "--help"]);
        assert!(said.status.success(), "{command}");
        assert!(text(&said.stdout).starts_with(&format!("usage: lessons {command}")), "{command}");
    }
    let content = Path::new(env!("CARGO_MANIFEST_DIR")).join("content");
    assert!(!content.join("--help").exists(), "`new --help` made a lesson");
}

#[test]
fn what_is_wrong_is_one_line() {
    for (args, expected) in [
        (&["new", "-x"][..], "an id begins with a small letter"),
        (&["play", "nosuch"], "there is no lesson \"nosuch\""),
        (&["play", "slots", "nosuch"], "there is no script \"nosuch\": write one of "),
        (&["check", "--bogus"], "unknown option --bogus"),
    ] {
        let said = lessons(args);
        assert!(!said.status.success(), "{args:?}");
        let words = text(&said.stderr);
        assert!(words.contains(expected) && words.lines().count() == 1, "{args:?}: {words}");
    }
}
