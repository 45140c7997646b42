//! The cluster manager's rarer roads, beside the real program: backup, the cases of fix, import
//! with its options, rebalance with weights.

#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test on real servers")]

mod common;

use common::Servers;
use common::pair::{Pair, mask_ids, wait_for_words};

const THREE: &str = "127.0.0.1:{0} 127.0.0.1:{1} 127.0.0.1:{2}";

/// Three masters in each of two clusters; ports `{0}`, `{1}`, `{2}`.
fn two_clusters(first: u16) -> (Pair, Servers, Servers) {
    let (a, b): (Vec<u16>, Vec<u16>) =
        ((first..first + 3).collect(), (first + 12..first + 15).collect());
    let servers = (Servers::start(&a, true), Servers::start(&b, true));
    let pair = Pair::new(a, b);
    pair.same(&format!("--cluster create {THREE} --cluster-yes"), "");
    (pair, servers.0, servers.1)
}

/// Puts a key of a foreign slot into a node, as a broken reshard leaves it. `foo`: slot 12182.
fn stray_key(pair: &Pair, node: usize, key: &str) {
    let number = if key.contains("{foo}") { 12182 } else { panic!("a key of slot 12182") };
    pair.same(&format!("-p {{{node}}} cluster setslot {number} importing [2]"), "");
    pair.same(&format!("-p {{{node}}}"), &format!("asking\nset {key} stray\n"));
}

#[test]
fn backup_writes_the_same_files() {
    let (pair, _a, _b) = two_clusters(24200);
    for key in ["foo", "a", "b"] {
        pair.same(&format!("-c -p {{0}} set {key} 1"), "");
    }
    let files = |folder: &std::path::Path| {
        let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                let path = entry.unwrap().path();
                let name = mask_ids(&path.file_name().unwrap().to_string_lossy());
                (name, std::fs::read(path).unwrap())
            })
            .collect();
        files.sort();
        files
    };
    let compare = |what: &str| {
        let [theirs, ours] = [0, 1].map(|side| files(&pair.folders[side]));
        assert_eq!(theirs.len(), 4, "{what}");
        let mut backups = [Vec::new(), Vec::new()];
        for (side, all) in [theirs, ours].iter().enumerate() {
            for (name, bytes) in all {
                if name == "nodes.json" {
                    assert!(bytes.starts_with(b"[\n  {\n") && bytes.ends_with(b"  }\n]"));
                    let text = pair.masked_json(&String::from_utf8_lossy(bytes), side);
                    backups[side].push((name.clone(), text));
                } else {
                    assert!(bytes.starts_with(b"REDIS0010"), "{name}");
                    let name = pair.masked_json(name, side).concat();
                    backups[side].push((name, vec![bytes.len().to_string()]));
                }
            }
            backups[side].sort();
        }
        assert_eq!(backups[0], backups[1], "{what}");
    };
    pair.same("--cluster backup 127.0.0.1:{0} {dir}", "");
    compare("a sound cluster");
    pair.same("-p {0} cluster setslot 5 migrating [1]", "");
    pair.same("-p {0} cluster setslot 7 migrating [1]", "");
    pair.same("-p {0} cluster delslots 77", "");
    pair.same_now("--cluster backup 127.0.0.1:{1} {dir}/", "");
    compare("a broken one");
    pair.same_now("--cluster backup 127.0.0.1:{1} {dir}/missing", "");
    pair.same_now("--cluster backup 127.0.0.1:{1}", "");
    pair.same_now("--cluster backup 127.0.0.1:1 {dir}", "");
}

#[test]
fn every_case_of_an_open_slot() {
    let (pair, _a, _b) = two_clusters(24230);
    let fix = "--cluster fix 127.0.0.1:{0}";
    pair.same("-c -p {0} set {foo}1 1", "");
    // Two import it, one has a key: all keys go to the owner.
    stray_key(&pair, 0, "{foo}2");
    pair.same("-p {1} cluster setslot 12182 importing [2]", "");
    pair.same_now(fix, "");
    // One gives it away, two take it, none has keys: it goes where it was meant to.
    for node in [0, 1] {
        pair.same(&format!("-p {{{node}}} cluster setslot 12182 importing [2]"), "");
    }
    pair.same("-p {2} cluster setslot 12182 migrating [1]", "");
    pair.same_now(fix, "");
    pair.same("-c -p {0} get {foo}1", "");
    // It is the second node's now; back, and the goal is none of the two.
    let back = "--cluster reshard 127.0.0.1:{0} --cluster-from [1] --cluster-to [2] \
                --cluster-slots 1 --cluster-yes";
    pair.same(back, "");
    pair.same("-p {0} cluster setslot 1 migrating [1]", "");
    pair.same_now("--cluster fix 127.0.0.1:{1}", "");
    // Nobody takes it, and its giver has keys but does not own it any more.
    pair.same("--cluster check 127.0.0.1:{0}", "");
    pair.same("-c -p {0} get {foo}2", "");
}

#[test]
fn keys_on_several_nodes_are_gathered() {
    let (pair, _a, _b) = two_clusters(24260);
    for i in 1..4 {
        pair.same(&format!("-c -p {{0}} set {{foo}}{i} 1"), "");
    }
    stray_key(&pair, 0, "{foo}stray");
    pair.same("-p {0} cluster setslot 12182 stable", "");
    // Only who looks for owners sees it.
    pair.same("--cluster fix 127.0.0.1:{0}", "");
    pair.same("--cluster fix 127.0.0.1:{0} --cluster-search-multiple-owners", "");
    pair.same("-p {2} cluster countkeysinslot 12182", "");
    // Open at its owner, and others have keys: the one with the most keys gets it.
    for key in ["{foo}a", "{foo}b", "{foo}c", "{foo}d", "{foo}e"] {
        stray_key(&pair, 0, key);
    }
    pair.same("-p {2} cluster setslot 12182 migrating [0]", "");
    pair.same_now("--cluster fix 127.0.0.1:{0}", "");
    pair.same("-c -p {0} get {foo}1", "");
    pair.same("--cluster check 127.0.0.1:{0}", "");
}

#[test]
fn a_fix_without_all_masters_asks_to_be_told_twice() {
    let (pair, mut a, mut b) = two_clusters(24290);
    pair.same("-p {0} cluster setslot 3 migrating [1]", "");
    a.kill(2);
    b.kill(2);
    for port in [24290, 24302] {
        wait_for_words(&format!("-p {port} cluster nodes"), "master,fail ");
    }
    pair.same_now("--cluster check 127.0.0.1:{0}", "");
    pair.same_now("--cluster fix 127.0.0.1:{0}", "");
    pair.same_now("-p {0} cluster setslot 3 stable", "");
    pair.same_now("--cluster fix 127.0.0.1:{0}", "");
    let anyway = "--cluster fix 127.0.0.1:{0} --cluster-fix-with-unreachable-masters";
    pair.same_now(anyway, "no\n");
}

#[test]
fn import_with_all_its_options() {
    let (pair, _a, _b) = two_clusters(24320);
    let sources = [24330, 24342];
    let _sources = Servers::start(&sources, false);
    for port in sources {
        common::real(&format!("-p {port} set one 1"), "");
    }
    let pair = pair.with_another(sources);
    pair.same("-c -p {0} set one here", "");
    let import = "--cluster import 127.0.0.1:{0} --cluster-from 127.0.0.1:{3}";
    // It is there already.
    pair.same(&format!("{import} --cluster-copy"), "");
    pair.same("-p {3} mset two 2 {foo}3 3", "");
    pair.same(&format!("{import} --cluster-copy --cluster-replace"), "");
    pair.same("-c -p {0} get one", "");
    pair.same("-p {3} config set requirepass secret", "");
    pair.same(import, "");
    pair.same(&format!("{import} --cluster-from-pass wrong"), "");
    pair.same(&format!("{import} --cluster-from-askpass"), "wrong\n");
    pair.same(
        &format!("{import} --cluster-from-askpass --cluster-copy --cluster-replace"),
        "secret\n",
    );
    pair.same(&format!("{import} --cluster-from-user nobody --cluster-from-pass secret"), "");
    let user = "--cluster-from-user default --cluster-from-pass secret";
    pair.same(&format!("{import} {user} --cluster-replace"), "");
    pair.same("-a secret --no-auth-warning -p {3} dbsize", "");
    pair.same("--askpass -p {3} dbsize", "secret\n");
    pair.same("--cluster import 127.0.0.1:{0} --cluster-from nonsense", "");
    pair.same("--cluster import 127.0.0.1:{0} --cluster-from 127.0.0.1:1", "");
}

#[test]
fn rebalance_by_weight_by_threshold_and_in_thought() {
    let (pair, _a, _b) = two_clusters(24350);
    let rebalance = "--cluster rebalance 127.0.0.1:{0}";
    for key in ["foo", "a", "b", "c"] {
        pair.same(&format!("-c -p {{0}} set {key} 1"), "");
    }
    pair.same(&format!("{rebalance} --cluster-weight [0]=1.01 --cluster-threshold 5"), "");
    pair.same(&format!("{rebalance} --cluster-weight [0]=3 [1]=2 --cluster-simulate"), "");
    pair.same(&format!("{rebalance} --cluster-weight [0]"), "");
    pair.same(&format!("{rebalance} --cluster-weight [0]=2 --cluster-weight [1]=2"), "");
    pair.same(&format!("{rebalance} --cluster-threshold 0 --cluster-weight [1]=0.98"), "");
    let how = "--cluster-pipeline 2 --cluster-timeout 1000 --cluster-replace --verbose";
    pair.same(&format!("{rebalance} --cluster-weight [2]=1.1 --cluster-threshold 1 {how}"), "");
    pair.same(&format!("{rebalance} --cluster-weight [1]=0 --cluster-simulate"), "");
    pair.same(&format!("{rebalance} --cluster-use-empty-masters --cluster-simulate"), "");
    pair.same("-p {0} cluster setslot 3 migrating [1]", "");
    pair.same_now(rebalance, "");
}
