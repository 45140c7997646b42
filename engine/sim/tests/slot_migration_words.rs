//! Wrong requests about slot migrations are answered in the words of Valkey 9.1.

mod slot_mover;

use slot_mover::{Mover, SOURCE, TARGET};

/// Requests to the source, by what they name, and the errors.
fn cases(me: &str, other: &str) -> Vec<(String, String)> {
    let nobody = "f".repeat(40);
    let of_client = "should only be used by slot migration clients";
    let texts = [
        ("MIGRATESLOTS 1 2", "syntax error".to_owned()),
        (
            "MIGRATESLOTS SLOTSRANGE",
            "wrong number of arguments for 'cluster|migrateslots' command".to_owned(),
        ),
        ("MIGRATESLOTS SLOTSRANGE NODE OTHER", "No slot ranges specified".to_owned()),
        ("MIGRATESLOTS SLOTSRANGE 1 NODE OTHER", "Invalid or out of range slot".to_owned()),
        ("MIGRATESLOTS SLOTSRANGE 1 2 3", "No end slot for final slot range".to_owned()),
        ("MIGRATESLOTS SLOTSRANGE 1 16384 NODE OTHER", "Invalid or out of range slot".to_owned()),
        (
            "MIGRATESLOTS SLOTSRANGE 9 1 NODE OTHER",
            "Start slot number 9 is greater than end slot number 1.".to_owned(),
        ),
        (
            "MIGRATESLOTS SLOTSRANGE 1 9 5 6 NODE OTHER",
            "Slot range 5-6 overlaps with previous range 1-9.".to_owned(),
        ),
        (
            "MIGRATESLOTS SLOTSRANGE 1 6000 NODE OTHER",
            "Requested slots span multiple shards".to_owned(),
        ),
        (
            "MIGRATESLOTS SLOTSRANGE 6000 6001 NODE OTHER",
            "Slots are not served by this node.".to_owned(),
        ),
        ("MIGRATESLOTS SLOTSRANGE 1 2 NODE short", "Invalid node name: short".to_owned()),
        ("MIGRATESLOTS SLOTSRANGE 1 2 NODE NOBODY", format!("Unknown node name: {nobody}")),
        ("MIGRATESLOTS SLOTSRANGE 1 2 NODE ME", "Target node can not be this node.".to_owned()),
        ("MIGRATESLOTS SLOTSRANGE 1 2 NODE OTHER AND", "syntax error".to_owned()),
        (
            "MIGRATESLOTS SLOTSRANGE 1 5 NODE OTHER SLOTSRANGE 5 6 NODE OTHER",
            "Slot ranges in migrations overlap".to_owned(),
        ),
        ("CANCELSLOTMIGRATIONS", "No migrations ongoing".to_owned()),
        ("SYNCSLOTS ACK", format!("CLUSTER SYNCSLOTS ACK {of_client}")),
        ("SYNCSLOTS request-pause", format!("CLUSTER SYNCSLOTS REQUEST-PAUSE {of_client}")),
        ("SYNCSLOTS FAILOVER-GRANTED 7", format!("CLUSTER SYNCSLOTS FAILOVER-GRANTED {of_client}")),
        ("SYNCSLOTS WHAT", "syntax error".to_owned()),
        ("SYNCSLOTS ESTABLISH SOURCE x", "syntax error".to_owned()),
        (
            "SYNCSLOTS ESTABLISH SOURCE ME NAME OTHER SLOTSRANGE 1 2",
            "Source node is target node itself".to_owned(),
        ),
        (
            "SYNCSLOTS ESTABLISH SOURCE OTHER NAME ME SLOTSRANGE 1 2",
            "Target node does not agree about current slot ownership".to_owned(),
        ),
        (
            "SYNCSLOTS ESTABLISH SOURCE NOBODY NAME ME SLOTSRANGE 1 2",
            "Target node does not know the source node".to_owned(),
        ),
        ("SYNCSLOTS FINISH STATE success NAME ME", "No such slot migration job".to_owned()),
        ("SYNCSLOTS FINISH STATE maybe NAME ME", "syntax error".to_owned()),
    ];
    let words =
        |text: &str| text.replace("OTHER", other).replace("NOBODY", &nobody).replace("ME", me);
    // NAME and ME: the words of the protocol are not replaced.
    texts
        .into_iter()
        .map(|(request, error)| (words(&request.replace("NAME ", "name ")), error))
        .collect()
}

#[test]
fn wrong_requests_are_answered_in_valkeys_words() {
    let mut m = Mover::new(38);
    m.fill(100);
    let (at, replica) = (m.nodes[SOURCE], m.nodes[4]);
    let (me, other) = (m.ids[SOURCE].clone(), m.ids[TARGET].clone());
    for (words, error) in cases(&me, &other) {
        let answer = m.says(at, &format!("CLUSTER {words}"));
        assert_eq!(answer, format!("-ERR {error}\r\n"), "{words}");
    }
    assert_eq!(m.says(at, "CLUSTER GETSLOTMIGRATIONS"), "*0\r\n");
    let line = format!("CLUSTER MIGRATESLOTS SLOTSRANGE 1 2 NODE {other}");
    let on_replica = m.says(replica, &line);
    assert_eq!(on_replica, "-ERR Slot migration can only be used on primary nodes.\r\n");
    m.says(at, &format!("CLUSTER SETSLOT 5 MIGRATING {other}"));
    assert_eq!(m.says(at, &line), "-ERR Slots are being manually migrated\r\n");
    m.says(at, "CLUSTER SETSLOT 5 STABLE");
    m.half_move();
    let again = m.migrate(SOURCE, TARGET, &[(2500, 2500)]);
    assert_eq!(again, "-ERR I am already migrating slot 2500.\r\n");
    let open = m.says(at, &format!("CLUSTER SETSLOT 5 MIGRATING {other}"));
    assert_eq!(open, "-ERR Slot export in progress.\r\n");
    let to = m.nodes[TARGET];
    let open = m.says(to, &format!("CLUSTER SETSLOT 5 IMPORTING {me}"));
    assert_eq!(open, "-ERR Slot import in progress.\r\n");
}
