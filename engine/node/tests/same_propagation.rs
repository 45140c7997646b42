//! What is told to replicas and the append-only file: the same commands to this node and to a real
//! redis-server 7.0.15 must leave the same commands in the file.

mod peers;

use std::collections::BTreeMap;

use engine_base::split::split_args;
use engine_resp::{Limits, RequestParser};
use peers::{Client, Ours, Peer, Real};

/// The commands in a file, with times of these days written as `TIME`.
fn commands(bytes: &[u8]) -> Vec<String> {
    let mut parser = RequestParser::new();
    let mut all = Vec::new();
    while parser.parse(bytes, &Limits::default()) == Ok(true) {
        let words: Vec<String> = parser
            .args(bytes)
            .map(|word| {
                let text = word.escape_ascii().to_string();
                let recent = text.len() == 13 && text.starts_with("17")
                    || text.starts_with("18") && text.len() == 13;
                if recent { "TIME".into() } else { text }
            })
            .collect();
        all.push(words.join(" "));
    }
    all
}

fn run(peer: &mut dyn Peer) {
    let mut clients: BTreeMap<String, Client> = BTreeMap::new();
    for line in include_str!("same_propagation.txt").lines() {
        if let Some(ms) = line.strip_prefix("%+") {
            peer.pass(ms.parse().expect("milliseconds"));
            continue;
        }
        let (name, rest) = match line.strip_prefix("@2") {
            Some(rest) => ("2", rest),
            None => ("1", line),
        };
        let client = clients.entry(name.into()).or_insert_with(|| peer.connect());
        let waits = rest.starts_with('>');
        let text = rest.trim_start_matches(['>', ' ']);
        if text != "<" {
            peer.send(client, &split_args(text.as_bytes()).expect("balanced quotes"));
        }
        if waits {
            peer.settle();
        } else {
            peer.reply(client).expect("an answer");
        }
    }
}

#[test]
#[allow(clippy::disallowed_methods, reason = "the real server's file is read")]
fn the_same_commands_are_passed_on() {
    let dir = std::env::temp_dir().join(format!("slotlab-aof-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("a folder");
    let text = dir.to_str().expect("a path").to_owned();
    let directives = ["--appendonly", "yes", "--appendfsync", "always", "--dir", &text];
    let Some(mut real) = Real::start_with(&directives) else {
        eprintln!("skipped: redis-server is not installed (CI installs it)");
        return;
    };
    run(&mut real);
    let file = dir.join("appendonlydir/appendonly.aof.1.incr.aof");
    let want = commands(&std::fs::read(file).expect("the real server's file"));
    drop(real);
    std::fs::remove_dir_all(&dir).expect("a folder to remove");
    let mut ours = Ours::start_with(&["--appendonly", "yes", "--appendfsync", "always"]);
    run(&mut ours);
    let got = commands(&ours.appended);
    assert!(want.len() > 100, "{} commands only", want.len());
    let differs = want.iter().zip(&got).position(|(a, b)| a != b);
    let at = differs.unwrap_or(want.len().min(got.len()));
    let near = |all: &[String]| {
        all[at.saturating_sub(4).min(all.len())..(at + 6).min(all.len())].join("\n    ")
    };
    assert!(want == got, "redis\n    {}\nours\n    {}", near(&want), near(&got));
}
