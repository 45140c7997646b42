//! A lesson that is written from what somebody did: it is read by the same reader, and walked by the same
//! checker.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::collections::BTreeMap;

use engine::shell::script::Runner;
use lessons::check::{Probes, Snapshot};
use lessons::draft::{Draft, Typed, Words, suggest};
use lessons::format::{Bundle, Scenario, Start};
use lessons::scenario::Worlds;
use lessons::{Verdict, walk};

fn begin(scenario: Scenario) -> Runner {
    let start = Start { scenario, seed: 1, script: String::new(), variants: Vec::new() };
    Worlds::default().begin(&start, 1).unwrap()
}

fn look(runner: &Runner) -> Snapshot {
    runner.console().with_world(|w| Snapshot::of(w, BTreeMap::new(), &Probes::default()))
}

/// Types lines (`db02: line`, or a pause in seconds) as an author would, and notes when.
fn typed(runner: &mut Runner, lines: &[&str]) -> Vec<Typed> {
    let mut all = Vec::new();
    for line in lines {
        if let Ok(seconds) = line.parse::<u64>() {
            runner.line(&format!("@wait {seconds}s"), None, &mut |_| {}).unwrap();
            continue;
        }
        let (host, line) = line.split_once(": ").unwrap();
        let at_ms = runner.console().now().as_millis();
        runner.line(&format!("@host {host}"), None, &mut |_| {}).unwrap();
        runner.line(line, None, &mut |_| {}).unwrap();
        all.push(Typed { at_ms, host: host.to_owned(), line: Some(line.to_owned()) });
    }
    all
}

fn draft(scenario: Scenario, before: &[&str], lines: &[&str]) -> (Draft, Vec<String>) {
    let mut runner = begin(scenario);
    let ready_ms = runner.console().now().as_millis();
    let start = typed(&mut runner, before);
    let begin_ms = runner.console().now().as_millis();
    let first = look(&runner);
    let solution = typed(&mut runner, lines);
    let checks = suggest(&first, &look(&runner));
    let ids = checks.iter().map(|c| c.id.clone()).collect();
    let draft = Draft {
        id: "mine".into(),
        scenario: if scenario == Scenario::Bare { "bare" } else { "formed" },
        seed: 1,
        ready_ms,
        start,
        begin_ms,
        solution,
        end_ms: runner.console().now().as_millis(),
        checks,
        words: [
            Words {
                title: "Kill \"it\"".into(),
                task: "Kill a master.".into(),
                ..Words::default()
            },
            Words { title: "杀掉它".into(), ..Words::default() },
        ],
    };
    (draft, ids)
}

/// The lesson is read, its beginning solves nothing, and what was done solves it.
fn walks(draft: &Draft) {
    let text = draft.bundle().text();
    let lesson =
        Bundle::read(&text).and_then(|b| b.lesson()).unwrap_or_else(|e| panic!("{e}\n{text}"));
    for report in walk::all(&mut Worlds::default(), &lesson, 1) {
        assert_eq!(report.problem, None, "{}\n{text}", report.script);
    }
    let begun = Worlds::default().begin(&lesson.start, 1).unwrap();
    let session = begun.console().with_world(|w| lessons::Session::new(&lesson, w));
    for check in &draft.checks {
        assert_ne!(session.verdict(&format!("task.{}", check.id)), Some(Verdict::Met));
    }
    for language in ["en", "zh-CN"] {
        let words = lesson.words(language).unwrap();
        assert!(words.ids().all(|id| !words.line(id).contains('{')), "{language}");
    }
}

#[test]
fn a_killed_master_becomes_a_lesson_about_a_failover() {
    let kill = "db01: kill -9 $(cat /opt/redis_cluster/redis_6380/pid/redis_6380.pid)";
    let (draft, ids) = draft(Scenario::Formed, &[], &[kill, "40"]);
    for id in ["gone", "failed", "promoted", "owner"] {
        assert!(ids.iter().any(|i| i == id), "{ids:?}");
    }
    walks(&draft);
    let text = draft.bundle().text();
    assert!(text.contains("db03:6381 is a master."), "{text}");
    assert!(text.contains("db03:6381 是主节点了。"), "{text}");
}

#[test]
fn a_half_moved_slot_is_a_beginning_and_its_mending_a_lesson() {
    let (draft, ids) = draft(
        Scenario::Formed,
        &[
            "db01: redis-cli -c -h 192.168.40.5 -p 6380 set '{foo}\"a' \"1\\2\"",
            "db02: redis-cli -h 192.168.40.1 -p 6380 cluster setslot 12182 importing $(redis-cli -h 192.168.40.2 -p 6380 cluster myid)",
            "db03: redis-cli -h 192.168.40.2 -p 6380 cluster setslot 12182 migrating $(redis-cli -h 192.168.40.1 -p 6380 cluster myid)",
            "3",
        ],
        &["db01: redis-cli --cluster fix 192.168.40.5:6380", "10"],
    );
    assert!(ids.iter().any(|i| i == "closed") && ids.iter().any(|i| i == "owner"), "{ids:?}");
    walks(&draft);
}

#[test]
fn nodes_from_nothing_become_a_lesson() {
    let conf = "mkdir -p /root/a; redis-server --port 7000 --dir /root/a --cluster-enabled yes --daemonize yes";
    let (draft, ids) = draft(
        Scenario::Bare,
        &[],
        &[
            &format!("db02: {conf}"),
            "3",
            "db02: redis-cli -p 7000 cluster addslotsrange 0 16383",
            "8",
        ],
    );
    assert!(ids.iter().any(|i| i == "back") && ids.iter().any(|i| i == "ok"), "{ids:?}");
    walks(&draft);
}
