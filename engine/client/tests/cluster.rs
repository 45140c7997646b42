//! Against real servers in cluster mode: redirects and the cluster manager.

#![allow(clippy::unwrap_used, reason = "a test")]

mod common;

use common::{Servers, ours, real, same, same_piped};

/// Node ids, in the order in which they are met, become `ID1`, `ID2`, …: they differ between
/// two clusters.
fn mask_ids(text: &str) -> String {
    let mut seen: Vec<&str> = Vec::new();
    let mut out = String::new();
    let is_id = |word: &str| word.len() == 40 && word.bytes().all(|b| b.is_ascii_hexdigit());
    for line in text.lines() {
        let words: Vec<String> = line
            .split(' ')
            .map(|word| {
                if !is_id(word) {
                    return word.to_owned();
                }
                let place = seen.iter().position(|id| *id == word).unwrap_or_else(|| {
                    seen.push(word);
                    seen.len() - 1
                });
                format!("ID{place}")
            })
            .collect();
        out.push_str(&words.join(" "));
        out.push('\n');
    }
    out
}

/// What does not depend on chance: without the pairs that the optimiser draws, the dots and the
/// line of waiting, and the order in which nodes list each other.
fn steady(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('.') && !l.contains("replicates "))
        .map(|line| mask_ids(line).trim_end().to_owned())
        .collect();
    if let Some(check) = lines.iter().position(|l| l.starts_with(">>> Performing Cluster Check")) {
        let end = lines.iter().position(|l| l.starts_with("[OK] All nodes agree"));
        let end = end.unwrap_or(lines.len());
        lines[check + 1..end].sort();
    }
    lines
}

fn addresses(ports: &[u16]) -> String {
    ports.iter().map(|p| format!("127.0.0.1:{p}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn create_check_info_and_call_print_what_the_real_ones_print() {
    let (a, b): (Vec<u16>, Vec<u16>) = ((21420..21426).collect(), (21430..21436).collect());
    let _servers = (Servers::start(&a, true), Servers::start(&b, true));
    let command = "--cluster create --cluster-replicas 1";
    let theirs = real(&format!("{command} {}", addresses(&a)), "yes\n");
    let mine = ours(&format!("{command} {}", addresses(&b)), "yes\n").replace(":2143", ":2142");
    assert_eq!(steady(&theirs), steady(&mine), "--- real\n{theirs}\n--- ours\n{mine}");
    assert!(mine.contains("[OK] All 16384 slots covered.\n"), "{mine}");

    redirects(a[0]);
    one_cluster(a[0]);
}

/// Both programs on the same cluster.
fn one_cluster(port: u16) {
    for args in [
        format!("--cluster check 127.0.0.1:{port}"),
        format!("--cluster check 127.0.0.1 {port}"),
        format!("--cluster info 127.0.0.1:{port}"),
        format!("--cluster call 127.0.0.1:{port} config get port"),
        format!("--cluster call 127.0.0.1:{port} dbsize --cluster-only-masters"),
        format!("--cluster call 127.0.0.1:{port} nosuch --cluster-only-replicas"),
        format!("--cluster check {port}"),
        "--cluster info 127.0.0.1:1".into(),
        format!("--cluster create 127.0.0.1:{port} 127.0.0.1:{port}"),
        format!("--cluster create 127.0.0.1:{port} nonsense"),
    ] {
        let (theirs, mine) = (real(&args, ""), ours(&args, ""));
        let sorted = |text: &str| {
            let mut lines: Vec<&str> = text.lines().collect();
            lines.sort_unstable();
            lines.join("\n")
        };
        assert_eq!(sorted(&theirs), sorted(&mine), "{args}\n--- real\n{theirs}\n--- ours\n{mine}");
    }
    for kind in ["migrating", "importing"] {
        // An id of the other two masters is needed: the first line that is not our own.
        let nodes = real(&format!("-p {port} --raw cluster nodes"), "");
        let other = nodes
            .lines()
            .find(|l| l.contains("master") && !l.contains("myself"))
            .and_then(|l| l.split(' ').next())
            .unwrap();
        let slot = if kind == "migrating" { 0 } else { 5461 };
        real(&format!("-p {port} cluster setslot {slot} {kind} {other}"), "");
    }
    let args = format!("--cluster check 127.0.0.1:{port}");
    let line = "[WARNING]";
    let warnings = |text: &str| -> Vec<String> {
        text.lines().filter(|l| l.starts_with(line)).take(2).map(str::to_owned).collect()
    };
    let (theirs, mine) = (real(&args, ""), ours(&args, ""));
    assert_eq!(warnings(&theirs), warnings(&mine));
    assert!(theirs.ends_with("[exit 1]") && mine.ends_with("[exit 1]"));
}

fn redirects(port: u16) {
    let script = "set foo 0\nset foo 1\nget foo\nget {x}1\nmset a 1 b 2\nmset {a}1 1 {a}2 2\nmulti\n\
                  get foo\nget bar\nexec\ncluster keyslot foo\nreadonly\n";
    same(&format!("-p {port}"), script);
    same(&format!("-c -p {port}"), script);
    same(&format!("-c -p {port} get foo"), "");
    same(&format!("-p {port} get foo"), "");
    same_piped(&format!("-c -p {port} get foo"), "");
    same_piped(&format!("-c -p {port}"), script);
    same_piped(&format!("-c -e -p {port} nosuch"), "");
}

#[test]
fn what_create_refuses() {
    let _servers = (Servers::start(&[21440, 21441, 21442], true), Servers::start(&[21450], false));
    for args in [
        "--cluster create 127.0.0.1:21440 127.0.0.1:21441 127.0.0.1:21442 --cluster-replicas 1",
        "--cluster create 127.0.0.1:21440 127.0.0.1:21441",
        "--cluster create 127.0.0.1:21440 127.0.0.1:21450 127.0.0.1:21441",
        "--cluster create 127.0.0.1:21440 127.0.0.1:1 127.0.0.1:21441",
        "--cluster info 127.0.0.1:21450",
        "--cluster check 127.0.0.1:21440",
    ] {
        same(args, "");
        same_piped(args, "");
    }
    let create = "--cluster create 127.0.0.1:21440 127.0.0.1:21441 127.0.0.1:21442";
    same(create, "no\n");
    same(create, "y\n");
    same_piped(create, "no\n");
    real("-p 21441 cluster meet 127.0.0.1 21442", "");
    same(create, "yes\n");
}
