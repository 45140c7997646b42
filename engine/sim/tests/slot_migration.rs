//! Whole slots move between nodes in one moment (`CLUSTER MIGRATESLOTS`), under load, through
//! faults, and back.

mod slot_mover;

use slot_mover::Mover;

const RANGE: (u16, u16) = (2000, 4000);

#[test]
fn slots_move_under_load_and_no_client_notices() {
    let mut m = Mover::new(31);
    m.fill(400);
    assert_eq!(m.migrate(0, 1, &[RANGE]), "+OK\r\n");
    let mut steps = 0;
    while !m.ended(0) || !m.ended(1) {
        m.load(400);
        steps += 1;
        assert!(steps < 5000, "{}{}", m.jobs(0), m.jobs(1));
    }
    assert!(m.jobs(0).contains("success") && m.jobs(1).contains("success"), "{}", m.jobs(0));
    for _ in 0..100 {
        m.load(400);
    }
    assert!(m.until(5000, |m| m.agree(&[0, 1, 2, 3, 4, 5], RANGE.0, 1)));
    assert!(m.agree(&[0, 1, 2, 3, 4, 5], RANGE.1, 1));
    m.check_values();
    assert!(m.promised(RANGE) > 20);
    assert_eq!(m.held(0, RANGE), 0, "the source keeps nothing");
    assert_eq!(m.held(1, RANGE), m.promised(RANGE));
    let at = m.nodes[0];
    assert!(m.says(at, "CLUSTER INFO").contains("cluster_slots_ok:16384"));
}
