//! Against real servers in cluster mode: redirects and the cluster manager.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test on real servers")]

mod common;

use common::pair::{Pair, mask_ids, settle};
use common::{Servers, ours, real, same, same_piped};

/// What does not depend on chance: without the pairs that the optimiser draws, the dots and the
/// line of waiting, and the order in which nodes list each other. Of the check at the end only the
/// masters' slots stay: who is a replica by now, and of whom, the first node learns by gossip.
fn steady(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('.') && !l.contains("replicates "))
        .map(|line| mask_ids(line).trim_end().to_owned())
        .collect();
    if let Some(check) = lines.iter().position(|l| l.starts_with(">>> Performing Cluster Check")) {
        let end = lines.iter().position(|l| l.starts_with("[OK] All nodes agree"));
        let end = end.unwrap_or(lines.len());
        let mut slots = lines.split_off(check + 1);
        let rest = slots.split_off(end - check - 1);
        slots.retain(|line| line.contains("slots:[") && line.ends_with("master"));
        slots.sort();
        lines.extend(slots.into_iter().chain(rest));
    }
    lines
}

fn addresses(ports: &[u16]) -> String {
    ports.iter().map(|p| format!("127.0.0.1:{p}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn create_check_info_and_call_print_what_the_real_ones_print() {
    let (a, b): (Vec<u16>, Vec<u16>) = ((21420..21426).collect(), (21432..21438).collect());
    let _servers = (Servers::start(&a, true), Servers::start(&b, true));
    let command = "--cluster create --cluster-replicas 1";
    let theirs = real(&format!("{command} {}", addresses(&a)), "yes\n");
    let mine = ours(&format!("{command} {}", addresses(&b)), "yes\n");
    let mine = a
        .iter()
        .zip(&b)
        .fold(mine, |text, (to, from)| text.replace(&format!(":{from}"), &format!(":{to}")));
    assert_eq!(steady(&theirs), steady(&mine), "--- real\n{theirs}\n--- ours\n{mine}");
    assert!(mine.contains("[OK] All 16384 slots covered.\n"), "{mine}");

    settle(&a);
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
    let _servers = (Servers::start(&[21444, 21445, 21446], true), Servers::start(&[21453], false));
    for args in [
        "--cluster create 127.0.0.1:21444 127.0.0.1:21445 127.0.0.1:21446 --cluster-replicas 1",
        "--cluster create 127.0.0.1:21444 127.0.0.1:21445",
        "--cluster create 127.0.0.1:21444 127.0.0.1:21453 127.0.0.1:21445",
        "--cluster create 127.0.0.1:21444 127.0.0.1:1 127.0.0.1:21445",
        "--cluster info 127.0.0.1:21453",
        "--cluster check 127.0.0.1:21444",
    ] {
        same(args, "");
        same_piped(args, "");
    }
    let create = "--cluster create 127.0.0.1:21444 127.0.0.1:21445 127.0.0.1:21446";
    same(create, "no\n");
    same(create, "y\n");
    same_piped(create, "no\n");
    real("-p 21445 cluster meet 127.0.0.1 21446", "");
    same(create, "yes\n");
}

#[test]
fn a_cluster_grows_shrinks_breaks_and_is_mended_in_the_real_words() {
    let (a, b): (Vec<u16>, Vec<u16>) = ((21456..21461).collect(), (21466..21471).collect());
    let _servers = (
        Servers::start(&a[..4], true),
        Servers::start(&b[..4], true),
        Servers::start(&[a[4], b[4]], false),
    );
    let pair = Pair::new(a, b);
    let three = "127.0.0.1:{0} 127.0.0.1:{1} 127.0.0.1:{2}";
    pair.same(&format!("--cluster create {three} --cluster-yes"), "");
    for key in ["foo", "{foo}2", "a", "b", "c"] {
        pair.same(&format!("-c -p {{0}} set {key} 1"), "");
    }
    pair.same("--cluster add-node 127.0.0.1:{3} 127.0.0.1:{0}", "");
    pair.same("--cluster add-node 127.0.0.1:{4} 127.0.0.1:{0}", "");
    pair.same("--cluster reshard 127.0.0.1:{0}", "x\n5\n[3]\n[0]\ndone\nno\n");
    pair.same("--cluster reshard 127.0.0.1:{0}", "5\n[3]\n[3]\ndone\n");
    pair.same("--cluster reshard 127.0.0.1:{0}", "5\nnobody\n");
    let some = "--cluster-to [3] --cluster-slots 5 --cluster-yes";
    pair.same(&format!("--cluster reshard 127.0.0.1:{{0}} --cluster-from [2] {some}"), "");
    pair.same("--cluster del-node 127.0.0.1:{0} [3]", "");
    pair.same("--cluster del-node 127.0.0.1:{0} nobody", "");
    pair.same("--cluster rebalance 127.0.0.1:{0} --cluster-simulate", "");
    pair.same("--cluster rebalance 127.0.0.1:{0} --cluster-weight nobody=2", "");
    let back = "--cluster-from [3] --cluster-to [2] --cluster-slots 5 --cluster-yes";
    pair.same(&format!("--cluster reshard 127.0.0.1:{{0}} {back}"), "");
    pair.same("--cluster rebalance 127.0.0.1:{0}", "");
    pair.same("--cluster set-timeout 127.0.0.1:{0} 50", "");
    pair.same("--cluster set-timeout 127.0.0.1:{0} 5000", "");
    pair.same("--cluster fix 127.0.0.1:{0}", "");
    // `foo` is in slot 12182, at the third node.
    pair.same("-p {1} cluster setslot 12182 importing [2]", "");
    pair.same("-p {2} cluster setslot 12182 migrating [1]", "");
    pair.same("--cluster fix 127.0.0.1:{0}", "");
    pair.same("-p {0} cluster setslot 0 migrating [1]", "");
    pair.same("--cluster fix 127.0.0.1:{0}", "");
    // Its owner first: the others would hear of it again.
    for node in [1, 0, 2, 3] {
        pair.same_now(&format!("-p {{{node}}} cluster delslots 12182"), "");
    }
    pair.same("--cluster fix 127.0.0.1:{0}", "no\n");
    pair.same("--cluster fix 127.0.0.1:{0}", "yes\n");
    pair.same("-p {4} set one 1", "");
    pair.same("--cluster import 127.0.0.1:{0}", "");
    pair.same("--cluster import 127.0.0.1:{0} --cluster-from 127.0.0.1:{1}", "");
    pair.same("--cluster import 127.0.0.1:{0} --cluster-from 127.0.0.1:{4} --cluster-copy", "");
    pair.same("--cluster import 127.0.0.1:{0} --cluster-from 127.0.0.1:{4}", "");
    pair.same("--cluster del-node 127.0.0.1:{0} [3]", "");
    pair.same("--cluster info 127.0.0.1:{0}", "");
}
