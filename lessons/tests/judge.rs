//! Each kind of demand goes the ways that it can go, in a real simulated world.

#![allow(clippy::unwrap_used, reason = "a test")]

use lessons::{Lesson, Session, Verdict, walk};

/// A lesson with one step and these checks.
fn lesson(checks: &str) -> Lesson {
    let skeleton = format!(
        "format = 1\nid = \"tiny\"\nminutes = 1\nlevel = \"advanced\"\nobjectives = []\n\
         misconceptions = []\nsources = []\n[start]\nscenario = \"formed\"\n\
         [bind]\nfallen = {{ event = \"server-ended\", serving = true }}\n\
         [[step]]\nid = \"act\"\nkind = \"do\"\n{checks}\n\
         [[solution]]\nid = \"one\"\nscript = \"\"\n"
    );
    Lesson::parse("tiny", &skeleton, &[]).unwrap_or_else(|e| panic!("{e}"))
}

fn play(lesson: &Lesson, script: &str) -> Session {
    let mut script_of = lesson.solutions[0].clone();
    script_of.lines = script.into();
    walk::run(lesson, &script_of, 1).unwrap_or_else(|e| panic!("{e}")).0
}

const CHECKS: &str = r#"
[[step.check]]
id = "calm"
never = { event = "server-ended" }
[[step.check]]
id = "up"
always = { fact = "cluster-ok", at = "every-node" }
[[step.check]]
id = "once"
happens = { event = "redirected", kind = "MOVED" }
exactly = 1
[[step.check]]
id = "some"
happens = { event = "redirected" }
at-least = 2
at-most = 3
[[step.check]]
id = "quick"
eventually = { fact = "stored", key = "foo", value = "bar" }
within-seconds = 10
[[step.check]]
id = "now"
holds = { fact = "not", of = { fact = "stored", key = "foo" } }
[[step.check]]
id = "after"
happens = { event = "redirected" }
since = { event = "server-ended" }
[[step.check]]
id = "fallen"
eventually = { fact = "not", of = { fact = "running", node = "db01:6380" } }
"#;

fn verdicts(session: &Session) -> Vec<(&str, Verdict)> {
    ["calm", "up", "once", "some", "quick", "now", "after", "fallen"]
        .into_iter()
        .map(|id| (id, session.verdict(&format!("act.{id}")).unwrap()))
        .collect()
}

#[test]
fn at_first_only_what_is_so_is_met() {
    use Verdict::{Met, Pending};
    let session = play(&lesson(CHECKS), "");
    let expected = [
        ("calm", Met),
        ("up", Met),
        ("once", Pending),
        ("some", Pending),
        ("quick", Pending),
        ("now", Met),
        ("after", Pending),
        ("fallen", Pending),
    ];
    assert_eq!(verdicts(&session), expected);
}

#[test]
fn counting_waiting_and_breaking_change_the_verdicts() {
    use Verdict::{Met, Pending, Violated};
    let one = "redis-cli -h 192.168.40.5 -p 6380 get foo\n";
    let session = play(&lesson(CHECKS), one);
    assert_eq!(verdicts(&session)[2..4], [("once", Met), ("some", Pending)]);

    let session = play(&lesson(CHECKS), &one.repeat(2));
    assert_eq!(verdicts(&session)[2..4], [("once", Violated), ("some", Met)]);

    let session = play(&lesson(CHECKS), &one.repeat(4));
    assert_eq!(verdicts(&session)[2..4], [("once", Violated), ("some", Violated)]);

    let store = "redis-cli -h 192.168.40.2 -p 6380 set foo bar\n";
    let session = play(&lesson(CHECKS), store);
    assert_eq!(verdicts(&session)[4..6], [("quick", Met), ("now", Pending)]);

    let session = play(&lesson(CHECKS), &format!("@wait 11s\n{store}"));
    assert_eq!(verdicts(&session)[4..6], [("quick", Violated), ("now", Pending)]);

    let gone = format!("{store}redis-cli -h 192.168.40.2 -p 6380 del foo\n");
    let session = play(&lesson(CHECKS), &gone);
    assert_eq!(verdicts(&session)[4..6], [("quick", Met), ("now", Met)]);

    let kill = format!("{one}kill -9 $(cat /opt/redis_cluster/redis_6380/pid/redis_6380.pid)\n");
    let session = play(&lesson(CHECKS), &kill);
    let kinds = verdicts(&session);
    assert_eq!(kinds[0], ("calm", Violated));
    assert_eq!(
        kinds[6..],
        [("after", Pending), ("fallen", Met)],
        "what came before does not count"
    );

    let session = play(&lesson(CHECKS), &format!("{kill}@wait 30s\n"));
    assert_eq!(verdicts(&session)[1], ("up", Violated), "FAIL takes the cluster down for a while");

    let on = "redis-cli -h 192.168.40.1 -p 6380 get foo\n";
    let session = play(&lesson(CHECKS), &format!("{kill}{on}"));
    assert_eq!(verdicts(&session)[6], ("after", Met));
}

#[test]
fn a_session_is_a_place_to_come_back_to() {
    let lesson = lesson(CHECKS);
    let session = play(&lesson, "");
    let kept = session.clone();
    let later = play(&lesson, "redis-cli -h 192.168.40.5 -p 6380 get foo\n");
    assert_ne!(verdicts(&kept), verdicts(&later));
    assert_eq!(verdicts(&kept), verdicts(&session));
}
