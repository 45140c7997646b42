//! ADDSLOTS, DELSLOTS and their ranges: all or nothing, in Redis's words.

mod common;

use common::{says, six};
use engine_sim::World;

#[test]
fn all_slots_are_checked_before_one_is_changed() {
    let (mut world, nodes) = World::nodes(&six(99, &[]), 1);
    let at = nodes[0];
    let twice = says(&mut world, at, "CLUSTER ADDSLOTS 1 2 1");
    assert_eq!(twice, "-ERR Slot 1 specified multiple times\r\n");
    let assigned = |w: &mut World| {
        let info = says(w, at, "CLUSTER INFO");
        let line = info.lines().find(|l| l.starts_with("cluster_slots_assigned:"));
        line.map(str::to_owned).unwrap()
    };
    assert_eq!(assigned(&mut world), "cluster_slots_assigned:0");
    assert_eq!(says(&mut world, at, "CLUSTER ADDSLOTSRANGE 0 9 20 29"), "+OK\r\n");
    assert_eq!(says(&mut world, at, "CLUSTER ADDSLOTS 10 9"), "-ERR Slot 9 is already busy\r\n");
    let reversed = says(&mut world, at, "CLUSTER ADDSLOTSRANGE 9 5");
    assert_eq!(reversed, "-ERR start slot number 9 is greater than end slot number 5\r\n");
    let free = says(&mut world, at, "CLUSTER DELSLOTS 0 10");
    assert_eq!(free, "-ERR Slot 10 is already unassigned\r\n");
    let outside = says(&mut world, at, "CLUSTER ADDSLOTS 16384");
    assert_eq!(outside, "-ERR Invalid or out of range slot\r\n");
    assert_eq!(assigned(&mut world), "cluster_slots_assigned:20");
}
