//! For each predicate a history that meets it, one that violates it, and one that is undecided;
//! for each fact a world in which it is so and one in which it is not.

#![allow(clippy::unwrap_used, reason = "a test")]

use lessons::scenario::Worlds;
use lessons::walk::Walker;
use lessons::{Lesson, Verdict};

use Verdict::{Met, Pending, Violated};

/// A lesson with one check.
fn lesson(check: &str) -> Lesson {
    let skeleton = format!(
        "format = 1\nid = \"tiny\"\nminutes = 1\nlevel = \"advanced\"\nobjectives = []\n\
         misconceptions = []\nsources = []\n[start]\nscenario = \"formed\"\n\
         [bind]\nfallen = {{ event = \"server-ended\", serving = true }}\n\
         [[step]]\nid = \"act\"\nkind = \"do\"\n[[step.check]]\nid = \"c\"\n{check}\n\
         [[solution]]\nid = \"one\"\nscript = \"\"\n"
    );
    let text = "+++\nlanguage = \"en\"\ntitle = \"t\"\n+++\n# summary\ns\n# debrief\nd\n# act.title\nt\n\
                # act\na\n# act.c.pending\n{node}|{nodes}|{count}\n# act.c.met\n{node}|{nodes}|{count}\n";
    let parsed = Lesson::parse("tiny", &skeleton, &[("en", text)]);
    parsed
        .or_else(|_| Lesson::parse("tiny", &skeleton, &[]))
        .unwrap_or_else(|e| panic!("{check}: {e}"))
}

struct Bench {
    worlds: Worlds,
}

impl Bench {
    /// How a check stands after a script.
    fn verdict(&mut self, check: &str, script: &str) -> Verdict {
        self.walk(check, script).session.verdict("act.c").unwrap()
    }

    fn walk(&mut self, check: &str, script: &str) -> Walker {
        let mut walker = Walker::new(&mut self.worlds, &lesson(check), 1).unwrap();
        for line in script.lines() {
            if let Err(why) = walker.line(line, None, &mut |_| {}) {
                panic!("{line}: {why}");
            }
        }
        walker
    }
}

fn bench() -> Bench {
    Bench { worlds: Worlds::default() }
}

const ASK: &str = "redis-cli -h 192.168.40.5 -p 6380 get foo\n";
const KILL: &str = "kill -9 $(cat /opt/redis_cluster/redis_6380/pid/redis_6380.pid)\n";
const STORE: &str = "redis-cli -h 192.168.40.2 -p 6380 set foo bar\n";
const DELETE: &str = "redis-cli -h 192.168.40.2 -p 6380 del foo\n";

#[test]
fn eventually() {
    let mut b = bench();
    let check = "eventually = { fact = \"stored\", key = \"foo\" }";
    assert_eq!(b.verdict(check, ""), Pending);
    assert_eq!(b.verdict(check, &format!("{STORE}{DELETE}")), Met);
    let bounded = format!("{check}\nwithin-seconds = 5");
    assert_eq!(b.verdict(&bounded, "@wait 4s"), Pending);
    assert_eq!(b.verdict(&bounded, STORE), Met);
    assert_eq!(b.verdict(&bounded, &format!("@wait 6s\n{STORE}")), Violated);
    let until = format!("{check}\nuntil = {{ event = \"server-ended\" }}");
    assert_eq!(b.verdict(&until, ""), Pending);
    assert_eq!(b.verdict(&until, &format!("{STORE}{KILL}")), Met);
    assert_eq!(b.verdict(&until, &format!("{KILL}{STORE}")), Violated);
}

#[test]
fn holds() {
    let mut b = bench();
    let check = "holds = { fact = \"stored\", key = \"foo\" }";
    assert_eq!(b.verdict(check, ""), Pending);
    assert_eq!(b.verdict(check, STORE), Met);
    assert_eq!(b.verdict(check, &format!("{STORE}{DELETE}")), Pending);
    let bounded = format!("{check}\nwithin-seconds = 5");
    assert_eq!(b.verdict(&bounded, "@wait 6s"), Violated);
}

#[test]
fn always() {
    let mut b = bench();
    let check = "always = { fact = \"running\", node = \"db01:6380\" }";
    assert_eq!(b.verdict(check, STORE), Met);
    assert_eq!(b.verdict(check, KILL), Violated);
    let until = format!("{check}\nuntil-so = {{ fact = \"stored\", key = \"foo\" }}");
    assert_eq!(b.verdict(&until, ""), Pending, "the time is not over");
    assert_eq!(b.verdict(&until, &format!("{STORE}{KILL}")), Met, "what comes later is free");
    assert_eq!(b.verdict(&until, &format!("{KILL}{STORE}")), Violated);
    let since = format!("{check}\nsince-so = {{ fact = \"stored\", key = \"foo\" }}");
    assert_eq!(b.verdict(&since, ""), Pending, "the time has not begun");
    assert_eq!(b.verdict(&since, STORE), Met);
    assert_eq!(b.verdict(&since, &format!("{STORE}{KILL}")), Violated);
}

#[test]
fn never() {
    let mut b = bench();
    let check = "never = { event = \"redirected\" }";
    assert_eq!(b.verdict(check, STORE), Met);
    assert_eq!(b.verdict(check, ASK), Violated);
    let until = format!("{check}\nuntil = {{ event = \"server-ended\" }}");
    assert_eq!(b.verdict(&until, ""), Pending);
    assert_eq!(b.verdict(&until, KILL), Met);
    assert_eq!(b.verdict(&until, &format!("{ASK}{KILL}")), Violated);
    let since = format!("{check}\nsince = {{ event = \"server-ended\" }}");
    assert_eq!(b.verdict(&since, ASK), Pending);
    assert_eq!(b.verdict(&since, &format!("{ASK}{KILL}")), Met, "what came before is free");
}

#[test]
fn happens() {
    let mut b = bench();
    let once = "happens = { event = \"redirected\", kind = \"MOVED\" }";
    assert_eq!(b.verdict(once, ""), Pending);
    assert_eq!(b.verdict(once, &ASK.repeat(3)), Met);
    let exactly = format!("{once}\nexactly = 2");
    assert_eq!(b.verdict(&exactly, ASK), Pending);
    assert_eq!(b.verdict(&exactly, &ASK.repeat(2)), Met);
    assert_eq!(b.verdict(&exactly, &ASK.repeat(3)), Violated);
    let until = format!("{exactly}\nuntil = {{ event = \"server-ended\" }}");
    assert_eq!(b.verdict(&until, &ASK.repeat(2)), Pending, "a third may come");
    assert_eq!(b.verdict(&until, &format!("{}{KILL}", ASK.repeat(2))), Met);
    assert_eq!(b.verdict(&until, &format!("{ASK}{KILL}")), Violated);
    let between = format!("{once}\nat-least = 1\nat-most = 2");
    assert_eq!(b.verdict(&between, ""), Pending);
    assert_eq!(b.verdict(&between, ASK), Met);
    assert_eq!(b.verdict(&between, &ASK.repeat(3)), Violated);
    let since = format!("{once}\nsince = {{ event = \"server-ended\" }}");
    let other = "redis-cli -h 192.168.40.1 -p 6380 get foo\n";
    assert_eq!(b.verdict(&since, &format!("{ASK}{KILL}")), Pending);
    assert_eq!(b.verdict(&since, &format!("{KILL}{other}")), Met);
    let bounded = format!("{once}\nwithin-seconds = 3");
    assert_eq!(b.verdict(&bounded, "@wait 4s"), Violated);
}

/// A fact, a script after which it is so, one after which it is not.
const FACTS: &[(&str, &str, &str)] = &[
    ("fact = \"running\", node = \"db01:6380\"", "", KILL),
    ("fact = \"down\", count = 1", KILL, ""),
    (
        "fact = \"cluster-ok\", at = \"every-node\"",
        "",
        "redis-cli -h 192.168.40.5 -p 6380 cluster delslots 0\n@wait 1s",
    ),
    (
        "fact = \"master\", node = \"$fallen\"",
        "kill -9 $(cat /opt/redis_cluster/redis_6380/pid/redis_6380.pid)\nredis-server /opt/redis_cluster/redis_6380/conf/redis_6380.conf",
        KILL,
    ),
    (
        "fact = \"replica\", node = \"db01:6381\", of = \"db02:6380\"",
        "",
        "redis-cli -h 192.168.40.5 -p 6381 cluster failover takeover\n@wait 2s",
    ),
    ("fact = \"masters\", count = 3", "", KILL),
    (
        "fact = \"replicas\", of = \"every-master\", at-least = 1",
        "",
        "redis-cli -h 192.168.40.5 -p 6381 cluster replicate $(redis-cli -h 192.168.40.5 -p 6380 cluster myid)\n@wait 2s",
    ),
    (
        "fact = \"apart\"",
        "",
        "redis-cli -h 192.168.40.5 -p 6381 cluster replicate $(redis-cli -h 192.168.40.5 -p 6380 cluster myid)\n@wait 2s",
    ),
    (
        "fact = \"one-master-a-host\"",
        "",
        "redis-cli -h 192.168.40.5 -p 6381 cluster failover\n@wait 5s",
    ),
    (
        "fact = \"link-up\", at = \"every-replica\"",
        "",
        "kill -9 $(cat /opt/redis_cluster/redis_6380/pid/redis_6380.pid)\n@wait 1s",
    ),
    (
        "fact = \"owns\", node = \"db03:6380\", key = \"foo\"",
        "",
        "redis-cli -h 192.168.40.1 -p 6381 cluster failover\n@wait 5s",
    ),
    (
        "fact = \"owner-changed\", key = \"foo\"",
        "redis-cli -h 192.168.40.1 -p 6381 cluster failover\n@wait 5s",
        "",
    ),
    (
        "fact = \"slots\", at = \"db01:6380\", at-least = 5462, at-most = 5462",
        "",
        "redis-cli -h 192.168.40.5 -p 6380 cluster delslots 0",
    ),
    (
        "fact = \"covered\", at = \"db01:6380\"",
        "",
        "redis-cli -h 192.168.40.5 -p 6380 cluster delslots 0",
    ),
    (
        "fact = \"stored\", key = \"foo\", at = \"db02:6381\"",
        "redis-cli -c -h 192.168.40.5 -p 6380 set foo 1\n@wait 1s",
        "",
    ),
    (
        "fact = \"stored\", key = \"foo\", value = \"bar\"",
        STORE,
        "redis-cli -c -h 192.168.40.5 -p 6380 set foo 1",
    ),
    ("fact = \"keys\", at = \"any-node\", at-least = 1", STORE, ""),
    (
        "fact = \"total-keys\", at-least = 2, at-most = 2",
        "redis-cli -c -h 192.168.40.5 -p 6380 set foo 1\nredis-cli -c -h 192.168.40.5 -p 6380 set hello 1",
        STORE,
    ),
    (
        "fact = \"together\", at-least = 2",
        "redis-cli -c -h 192.168.40.5 -p 6380 mset '{u}a' 1 '{u}b' 2",
        "redis-cli -c -h 192.168.40.5 -p 6380 set foo 1\nredis-cli -c -h 192.168.40.5 -p 6380 set hello 1",
    ),
    (
        "fact = \"no-open-slot\"",
        "",
        "redis-cli -h 192.168.40.1 -p 6380 cluster setslot 12182 importing $(redis-cli -h 192.168.40.2 -p 6380 cluster myid)",
    ),
    ("fact = \"agreed\"", "", "redis-cli -h 192.168.40.5 -p 6380 cluster delslots 0"),
    ("fact = \"no-suspicion\"", "", "net cut db01 db02\n@wait 20s"),
    (
        "fact = \"knows\", at = \"every-node\", count = 6",
        "",
        "redis-cli -h 192.168.40.5 -p 6380 cluster forget $(redis-cli -h 192.168.40.1 -p 6381 cluster myid)",
    ),
    (
        "fact = \"suspects\", at = \"any-node\", of = \"db01:6380\"",
        "kill -9 $(cat /opt/redis_cluster/redis_6380/pid/redis_6380.pid)\n@wait 20s",
        KILL,
    ),
    (
        "fact = \"failed\", at = \"db02:6380\", of = \"db01:6380\"",
        "kill -9 $(cat /opt/redis_cluster/redis_6380/pid/redis_6380.pid)\n@wait 20s",
        KILL,
    ),
    (
        "fact = \"address\", at = \"every-node\", of = \"db01:6380\", port = 6380, bus-port = 16380",
        "",
        "redis-cli -h 192.168.40.5 -p 6380 config set cluster-announce-port 7777\n@wait 5s",
    ),
    (
        "fact = \"newer-epoch\", node = \"db01:6380\", than = \"db02:6380\"",
        "redis-cli -h 192.168.40.5 -p 6380 cluster bumpepoch\nredis-cli -h 192.168.40.5 -p 6380 cluster bumpepoch",
        "redis-cli -h 192.168.40.1 -p 6380 cluster bumpepoch\nredis-cli -h 192.168.40.1 -p 6380 cluster bumpepoch",
    ),
    (
        "fact = \"setting\", at = \"db01:6380\", name = \"min-replicas-to-write\", value = \"1\"",
        "redis-cli -h 192.168.40.5 -p 6380 config set min-replicas-to-write 1",
        "",
    ),
    (
        "fact = \"called\", at = \"any-node\", command = \"wait\"",
        "redis-cli -h 192.168.40.5 -p 6380 wait 0 10",
        "redis-cli -h 192.168.40.5 -p 6380 wait x 10",
    ),
    (
        "fact = \"all\", of = [{ fact = \"running\", node = \"db01:6380\" }, { fact = \"agreed\" }]",
        "",
        KILL,
    ),
    (
        "fact = \"any\", of = [{ fact = \"down\", count = 1 }, { fact = \"down\", count = 2 }]",
        KILL,
        "",
    ),
];

#[test]
fn every_fact_is_so_somewhere_and_not_so_elsewhere() {
    let mut b = bench();
    let mut wrong = Vec::new();
    for (fact, so, not_so) in FACTS {
        let check = format!("holds = {{ {fact} }}");
        for (script, expected) in [(so, Met), (not_so, Pending)] {
            if b.verdict(&check, script) != expected {
                wrong.push(format!("{fact} is not {expected:?} after:\n{script}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn a_node_that_left_is_forgotten_when_nobody_knows_it() {
    let mut b = bench();
    let check = "holds = { fact = \"forgotten\", node = \"db01:6381\" }";
    let id = "@set GONE redis-cli -h 192.168.40.5 -p 6381 cluster myid\n";
    let stop = "redis-cli -h 192.168.40.5 -p 6381 shutdown nosave\n";
    let forget = |ip: &str, port| format!("redis-cli -h {ip} -p {port} cluster forget ${{GONE}}\n");
    let mut script = format!("{id}{stop}{}", forget("192.168.40.5", 6380));
    assert_eq!(b.verdict(check, &script), Pending);
    for ip in ["192.168.40.1", "192.168.40.2"] {
        script.push_str(&forget(ip, 6380));
        script.push_str(&forget(ip, 6381));
    }
    assert_eq!(b.verdict(check, &script), Met);
}

#[test]
fn words_name_the_nodes() {
    let mut b = bench();
    let check = "holds = { fact = \"keys\", at = \"every-master\", at-least = 1 }";
    let words = |walker: &Walker| walker.session.view("en").steps[0].checks[0].words.clone();
    let walker = b.walk(check, STORE);
    assert_eq!(words(&walker), "db01:6380|db01:6380, db02:6380|?");
    let check = "holds = { fact = \"down\", count = 2 }";
    assert_eq!(words(&b.walk(check, KILL)), "db01:6380|db01:6380|1");
}
