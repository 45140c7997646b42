//! Random commands to redis-server and native-node, side by side: the same answers, values,
//! encodings, events and append-only files. `cargo xtask compare` runs more of them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use oracle::random::{Mode, Plan, Report, Servers, run, why_not};

/// Fixed seeds: what they draw is the same every time. `more` are directives for native-node alone.
fn asked(mode: Mode, seed: u64, commands: usize, more: &[&str]) -> Report {
    let servers = Servers {
        ours: env!("CARGO_BIN_EXE_native-node").into(),
        ports: [oracle::ports::free(), oracle::ports::free()],
        more: more.iter().map(|word| (*word).to_owned()).collect(),
    };
    run(&servers, &Plan { seed, mode, commands, only: Vec::new(), most: 10 }).unwrap()
}

/// Says why nothing is compared, where that is so.
fn skipped() -> bool {
    let why = why_not();
    if let Some(why) = &why {
        println!("skipped: {why}");
    }
    why.is_some()
}

fn equal(mode: Mode, commands: usize) {
    if skipped() {
        return;
    }
    for seed in [1, 2] {
        let report = asked(mode, seed, commands, &[]);
        let shown: Vec<String> = report.differences.iter().map(ToString::to_string).collect();
        assert!(shown.is_empty(), "{}", shown.join("\n"));
        // Some are refused and most are not, or little was compared.
        assert!(report.errors * 20 > report.asked, "{report:?}");
        assert!(report.errors * 10 < report.asked * 9, "{report:?}");
    }
}

#[test]
fn without_a_cluster() {
    equal(Mode::Standalone, 2500);
}

#[test]
fn without_a_cluster_in_resp3() {
    equal(Mode::Standalone3, 2500);
}

#[test]
fn in_a_cluster() {
    equal(Mode::Cluster, 2500);
}

#[test]
fn in_a_cluster_in_resp3() {
    equal(Mode::Cluster3, 2500);
}

#[test]
fn the_slots_of_a_node() {
    equal(Mode::Slots, 1500);
}

#[test]
fn directives() {
    equal(Mode::Config, 1500);
}

/// The test's own test: what is planted is found, and told with the command, both answers and the
/// words that show it again.
#[test]
fn planted_differences_are_found() {
    if skipped() {
        return;
    }
    let told = |more: &[&str]| -> String {
        let report = asked(Mode::Standalone, 1, 2000, more);
        report.differences.iter().map(|difference| format!("{difference}\n")).collect()
    };
    // An answer.
    let shown = told(&["--databases", "1"]);
    let upper = shown.to_ascii_uppercase();
    assert!(upper.contains("THE ANSWER DIFFER(S): SELECT"), "{shown}");
    assert!(shown.contains(r"redis-server  +OK\r\n"), "{shown}");
    assert!(shown.contains("native-node   -ERR DB index is out of range"), "{shown}");
    assert!(shown.contains("--mode standalone --seeds 1..2"), "{shown}");
    // An encoding that no answer tells.
    let shown = told(&["--hash-max-listpack-entries", "1"]);
    assert!(shown.contains("the value or its encoding differ(s): H"), "{shown}");
    assert!(shown.contains("listpack") && shown.contains("hashtable"), "{shown}");
    // What is only heard.
    let shown = told(&["--notify-keyspace-events", "KEl"]);
    assert!(shown.contains("events differ(s)"), "{shown}");
}
