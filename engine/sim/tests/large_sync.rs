//! A full synchronisation of more than the kernels of a link hold.

mod common;

use common::{formed, says, six};
use engine_base::Slot;

/// Text that no dump makes shorter.
fn noise(len: usize, seed: u64) -> String {
    let mut x = seed;
    let next = |_| {
        x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'0' + (x >> 58) as u8)
    };
    (0..len).map(next).collect()
}

#[test]
fn a_replica_that_changes_its_master_gets_all_that_it_holds() {
    let (mut world, nodes) = formed(&six(104, &["--appendonly", "yes"]));
    let mine = |key: &String| Slot::of_key(key.as_bytes()).number() < 5461;
    let keys: Vec<String> = (0..400).map(|i| format!("large:{i}")).filter(mine).take(24).collect();
    for (i, key) in keys.iter().enumerate() {
        let set = world.call(nodes[0], &["SET", key, &noise(256 * 1024, i as u64 + 1)]);
        assert_eq!(set, b"+OK\r\n");
    }
    // A replica of another master comes over.
    let id = says(&mut world, nodes[0], "CLUSTER MYID");
    let id = id.lines().last().unwrap_or_default();
    let comer = 5;
    assert_eq!(world.call(nodes[comer], &["CLUSTER", "REPLICATE", id]), b"+OK\r\n");
    let up = world.until(30_000, |w| {
        says(w, nodes[comer], "INFO replication").contains("master_link_status:up")
    });
    assert!(
        up,
        "{}\n{}",
        says(&mut world, nodes[comer], "INFO replication"),
        says(&mut world, nodes[0], "INFO replication")
    );
    assert!(says(&mut world, nodes[comer], "DBSIZE").contains("24"));
}
