//! Whole slots move between nodes in one moment (`CLUSTER MIGRATESLOTS`): under load, with every
//! type, unseen until they are there, and cancelled.

mod slot_mover;

use engine_base::Slot;
use engine_sim::FaultOp;
use slot_mover::{ALL, Mover, RANGE, SOURCE, TARGET, TARGETS_REPLICA};

#[test]
fn slots_move_under_load_and_no_client_notices() {
    let mut m = Mover::new(31);
    m.fill(400);
    assert_eq!(m.migrate(SOURCE, TARGET, &[RANGE]), "+OK\r\n");
    m.load_until_ended(&[SOURCE, TARGET], 400);
    assert!(m.jobs(SOURCE).contains("success") && m.jobs(TARGET).contains("success"));
    for _ in 0..100 {
        m.load(400);
    }
    assert!(m.until(5000, |m| m.agree(&ALL, RANGE.0, TARGET)));
    assert!(m.agree(&ALL, RANGE.1, TARGET));
    m.check_values();
    assert!(m.promised(RANGE) > 20);
    assert_eq!(m.held(SOURCE, RANGE), 0, "the source keeps nothing");
    assert_eq!(m.held(TARGET, RANGE), m.promised(RANGE));
    let at = m.nodes[SOURCE];
    assert!(m.says(at, "CLUSTER INFO").contains("cluster_slots_ok:16384"));
}

/// What is asked of the source before, and of the target after. `{b}` is slot 3300.
const QUESTIONS: [&str; 21] = [
    "CLUSTER COUNTKEYSINSLOT 3300",
    "GET {b}string",
    "OBJECT ENCODING {b}number",
    "GET {b}number",
    "PEXPIRETIME {b}lives",
    "EXISTS {b}dies",
    "LRANGE {b}list 0 -1",
    "SORT {b}ints",
    "SORT {b}set ALPHA",
    "HGETALL {b}hash",
    "ZRANGE {b}zset 0 -1 WITHSCORES",
    "PFCOUNT {b}hll",
    "GET {b}long",
    "GET {b}longlives",
    "PEXPIRETIME {b}longlives",
    "LRANGE {b}biglist 0 -1",
    "SORT {b}bigset ALPHA",
    "HLEN {b}bighash",
    "HMGET {b}bighash f0 f1 f1500 f2999",
    "ZRANGE {b}bigzset 0 -1 WITHSCORES",
    "PEXPIRETIME {b}bigzset",
];

fn fill_every_type(m: &mut Mover) {
    let at = m.nodes[SOURCE];
    let big = "x".repeat(100_000);
    for line in [
        "SET {b}string value",
        "SET {b}number 12345",
        "SET {b}lives value PX 600000",
        "SET {b}dies value PX 30",
        "RPUSH {b}list 1 2 three",
        "SADD {b}ints 1 2 3",
        "SADD {b}set x y z",
        "HSET {b}hash a 1 b 2",
        "ZADD {b}zset 1.5 one -inf least 2 two",
        "PFADD {b}hll a b c d",
        &format!("SET {{b}}long {big}"),
        &format!("SET {{b}}longlives {big} PX 900000"),
    ] {
        let answer = m.says(at, line);
        assert!(!answer.starts_with('-'), "{line}: {answer}");
    }
    for i in 0..3000 {
        let word = format!("{i}-{}", "w".repeat(60));
        m.says(at, &format!("RPUSH {{b}}biglist {word}"));
        m.says(at, &format!("HSET {{b}}bighash f{i} {word}"));
        m.says(at, &format!("SADD {{b}}bigset {word}"));
        m.says(at, &format!("ZADD {{b}}bigzset {i}.25 {word}"));
    }
    m.says(at, "PEXPIRE {b}bigzset 800000");
    m.world.run_ms(500);
}

#[test]
fn every_type_and_time_to_live_arrives() {
    let mut m = Mover::new(32);
    fill_every_type(&mut m);
    let (at, to, replica) = (m.nodes[SOURCE], m.nodes[TARGET], m.nodes[TARGETS_REPLICA]);
    let before: Vec<String> = QUESTIONS.iter().map(|q| m.says(at, q)).collect();
    assert_eq!(m.migrate(SOURCE, TARGET, &[RANGE]), "+OK\r\n");
    assert!(m.wait_ended(&[SOURCE, TARGET], 20_000), "{}", m.jobs(SOURCE));
    for (question, wanted) in QUESTIONS.iter().zip(&before) {
        assert_eq!(&m.says(to, question), wanted, "{question}");
    }
    let same = |m: &mut Mover| m.says(replica, "DBSIZE") == m.says(to, "DBSIZE");
    assert!(m.until(5000, same), "the target's replica has them too");
    assert_eq!(m.says(replica, QUESTIONS[0]), before[0]);
}

#[test]
fn what_is_on_its_way_is_seen_by_nobody() {
    let mut m = Mover::new(33);
    m.fill(400);
    let (shown, to) = (m.dbsize(TARGET), m.nodes[TARGET]);
    m.half_move();
    assert_eq!(m.held(TARGET, RANGE), m.promised(RANGE), "{}", m.jobs(TARGET));
    assert_eq!(m.dbsize(TARGET), shown);
    assert_eq!(m.dbsize(TARGETS_REPLICA), shown, "nor at the replica");
    assert_eq!(m.held(TARGETS_REPLICA, RANGE), m.promised(RANGE));
    let keys = m.says(to, "KEYS *");
    assert!(keys.starts_with(&format!("*{shown}\r\n")), "{keys}");
    let scan = m.says(to, "SCAN 0 COUNT 10000");
    assert!(scan.contains(&format!("*{shown}\r\n")), "{scan}");
    let inside = |key: &str| (RANGE.0..=RANGE.1).contains(&Slot::of_key(key.as_bytes()).number());
    for _ in 0..50 {
        let key = m.says(to, "RANDOMKEY");
        assert!(!inside(key.lines().nth(1).unwrap_or_default()), "{key}");
    }
    assert!(m.says(to, "INFO keyspace").contains(&format!("keys={shown},")));
    let key = m.wanted.keys().find(|key| inside(key)).cloned().unwrap_or_default();
    assert!(m.says(to, &format!("GET {key}")).starts_with("-MOVED"));
    m.world.fault(FaultOp::ReleaseAll);
    assert!(m.wait_ended(&[SOURCE, TARGET], 20_000));
    assert_eq!(m.dbsize(TARGET), shown + m.promised(RANGE));
    m.check_values();
}

#[test]
fn a_cancelled_migration_leaves_nothing_behind() {
    let mut m = Mover::new(34);
    m.fill(400);
    m.half_move();
    let at = m.nodes[SOURCE];
    assert_eq!(m.says(at, "CLUSTER CANCELSLOTMIGRATIONS"), "+OK\r\n");
    m.world.fault(FaultOp::ReleaseAll);
    assert!(m.wait_ended(&[SOURCE, TARGET], 20_000));
    assert!(m.jobs(SOURCE).contains("cancelled"), "{}", m.jobs(SOURCE));
    assert!(m.jobs(TARGET).contains("Connection lost to source."), "{}", m.jobs(TARGET));
    assert_eq!(m.held(TARGET, RANGE), 0);
    assert!(m.until(3000, |m| m.held(TARGETS_REPLICA, RANGE) == 0));
    assert!(m.agree(&ALL, RANGE.0, SOURCE));
    m.check_values();
    assert_eq!(m.says(at, "CLUSTER CANCELSLOTMIGRATIONS"), "-ERR No migrations ongoing\r\n");
    // And again, to the end.
    assert_eq!(m.migrate(SOURCE, TARGET, &[RANGE]), "+OK\r\n");
    assert!(m.wait_ended(&[SOURCE, TARGET], 20_000));
    assert!(m.jobs(SOURCE).contains("success"));
    m.check_values();
}

/// Found by the fault search (seed 1588).
#[test]
fn leave_that_was_given_is_not_taken_back() {
    let mut m = Mover::new(39);
    m.fill(400);
    assert_eq!(m.migrate(SOURCE, TARGET, &[RANGE]), "+OK\r\n");
    let at = m.nodes[SOURCE];
    let mut steps = 0;
    while !m.clone().jobs(SOURCE).contains("failover-granted") {
        m.world.step();
        steps += 1;
        assert!(steps < 40_000, "{}", m.jobs(SOURCE));
    }
    let refused = "-ERR The targets of all ongoing migrations have leave to take the slots\r\n";
    assert_eq!(m.says(at, "CLUSTER CANCELSLOTMIGRATIONS"), refused);
    m.load(400);
    assert!(m.wait_ended(&[SOURCE, TARGET], 20_000));
    assert!(m.jobs(SOURCE).contains("success"), "{}", m.jobs(SOURCE));
    assert!(m.until(5000, |m| m.agree(&ALL, RANGE.0, TARGET)));
    m.check_values();
}

#[test]
fn several_migrations_at_once_and_one_back() {
    for seed in 35..38 {
        let mut m = Mover::new(seed);
        m.fill(300);
        let (at, one, two) = (m.nodes[SOURCE], m.ids[1].clone(), m.ids[2].clone());
        let line = format!(
            "CLUSTER MIGRATESLOTS SLOTSRANGE 0 500 700 900 NODE {one} SLOTSRANGE 1000 1500 NODE \
             {two}"
        );
        assert_eq!(m.says(at, &line), "+OK\r\n");
        assert_eq!(m.migrate(1, 2, &[(6000, 7000)]), "+OK\r\n");
        assert_eq!(m.migrate(2, 0, &[(12_000, 12_500)]), "+OK\r\n");
        m.load_until_ended(&[0, 1, 2], 300);
        for (slot, owner) in [(0, 1), (600, 0), (900, 1), (1000, 2), (1501, 0), (6500, 2)] {
            assert!(m.until(5000, |m| m.agree(&ALL, slot, owner)), "{seed}: {slot}");
        }
        assert_eq!(m.migrate(2, 0, &[(1000, 1500)]), "+OK\r\n");
        assert!(m.wait_ended(&[0, 2], 20_000));
        assert!(m.until(5000, |m| m.agree(&ALL, 1200, 0)));
        m.check_values();
        let jobs = m.jobs(0);
        assert_eq!(jobs.matches("success").count(), 4, "{jobs}");
        m.says(at, "CONFIG SET cluster-slot-migration-log-max-len 1");
        assert!(m.until(2000, |m| m.jobs(0).starts_with("*1\r\n")));
    }
}

#[test]
fn the_source_may_give_away_all_it_has() {
    let mut m = Mover::new(37);
    m.fill(300);
    assert_eq!(m.migrate(SOURCE, TARGET, &[(0, 5460)]), "+OK\r\n");
    assert!(m.until(30_000, |m| m.agree(&ALL, 100, TARGET)), "{}", m.jobs(SOURCE));
    let at = m.nodes[SOURCE];
    // Like any master that loses its last slot, it follows the one who has it now.
    assert!(m.until(20_000, |m| m.says(at, "INFO replication").contains("status:up")));
    m.check_values();
    assert!(m.jobs(SOURCE).contains("success"), "{}", m.jobs(SOURCE));
}

#[test]
fn a_request_of_valkey_cli_is_understood() {
    let mut m = Mover::new(41);
    let id = m.ids[TARGET].clone();
    let line = format!("CLUSTER MIGRATESLOTS SLOTSRANGE\0 1 2 NODE {id}");
    let at = m.nodes[SOURCE];
    assert_eq!(m.says(at, &line), "+OK\r\n");
    assert!(m.wait_ended(&[SOURCE, TARGET], 5000));
    assert!(m.jobs(SOURCE).contains("success"));
}

#[test]
fn a_flush_ends_what_is_under_way() {
    let mut m = Mover::new(39);
    m.fill(400);
    m.half_move();
    let at = m.nodes[SOURCE];
    assert_eq!(m.says(at, "FLUSHALL"), "+OK\r\n");
    assert!(m.jobs(SOURCE).contains("Data was flushed"), "{}", m.jobs(SOURCE));
    m.world.fault(FaultOp::ReleaseAll);
    assert!(m.wait_ended(&[TARGET], 10_000));
    assert_eq!(m.held(TARGET, RANGE), 0);
}

#[test]
fn a_password_is_asked_for_and_given() {
    let mut m = Mover::new(40);
    m.fill(100);
    for node in 0..3 {
        let at = m.nodes[node];
        m.says(at, "CONFIG SET masterauth wrong");
    }
    let to = m.nodes[TARGET];
    m.says(to, "CONFIG SET requirepass secret");
    assert_eq!(m.migrate(SOURCE, TARGET, &[RANGE]), "+OK\r\n");
    assert!(m.wait_ended(&[SOURCE], 5000));
    assert!(m.jobs(SOURCE).contains("Failed to AUTH to target node: -WRONGPASS"));
    let at = m.nodes[SOURCE];
    m.says(at, "CONFIG SET masterauth secret");
    assert_eq!(m.migrate(SOURCE, TARGET, &[RANGE]), "+OK\r\n");
    assert!(m.until(10_000, |m| m.agree(&[0, 2, 3], RANGE.0, TARGET)), "{}", m.jobs(SOURCE));
    assert!(m.wait_ended(&[SOURCE], 5000));
    assert!(m.jobs(SOURCE).contains("success"));
}
