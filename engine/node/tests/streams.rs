//! Streams in virtual time: who waits, who is idle for how long, and what becomes of those who wait
//! for a group that goes. What the answers look like is compared with redis-server in
//! `same_replies`.

mod peers;

use peers::{Client, Ours, Peer as _};

struct World {
    node: Ours,
    client: Client,
}

fn words(line: &str) -> Vec<Vec<u8>> {
    line.split(' ').map(|word| word.as_bytes().to_vec()).collect()
}

/// A reply on one line: its elements apart by blanks.
fn text(raw: &[u8]) -> String {
    let lines = String::from_utf8_lossy(raw).into_owned();
    let kept = lines.split("\r\n").filter(|l| !l.starts_with(['*', '$']) || l.ends_with("-1"));
    kept.collect::<Vec<_>>().join(" ").trim().to_owned()
}

impl World {
    fn new() -> Self {
        let mut node = Ours::start();
        let client = node.connect();
        Self { node, client }
    }

    fn ask(&mut self, line: &str) -> String {
        self.node.send(&mut self.client, &words(line));
        text(&self.node.reply(&mut self.client).expect("an answer").0)
    }

    /// Another client, who asks and waits.
    fn wait(&mut self, line: &str) -> Client {
        let mut client = self.node.connect();
        self.node.send(&mut client, &words(line));
        assert!(self.node.drain(&mut client).is_empty(), "{line}: is answered at once");
        client
    }

    /// What one who waited is told without more time passing.
    fn told(&mut self, client: &mut Client) -> String {
        let raw = self.node.drain(client);
        text(&raw)
    }

    fn time(&mut self) -> i64 {
        let time = self.ask("TIME");
        let (secs, micros) = time.split_once(' ').expect("two numbers");
        let number = |text: &str| text.parse::<i64>().expect("a number");
        number(secs) * 1000 + number(micros) / 1000
    }
}

#[test]
fn ids_follow_the_clock_and_never_go_back() {
    let mut world = World::new();
    let now = world.time();
    let first = world.ask("XADD s * a 1");
    let ms: i64 = first.strip_suffix("-0").expect("the first of its millisecond").parse().unwrap();
    assert!((now..now + 5).contains(&ms), "{first} at {now}");
    world.ask(&format!("XADD s {}-7 a 1", ms + 10_000));
    assert_eq!(world.ask("XADD s * a 1"), format!("{}-8", ms + 10_000));
    world.node.pass(20_000);
    assert!(world.ask("XADD s * a 1").ends_with("-0"), "the clock is ahead again");
}

#[test]
fn a_wait_ends_at_its_time_and_not_before() {
    let mut world = World::new();
    let before = world.time();
    assert_eq!(world.ask("XREAD BLOCK 250 STREAMS s $"), "*-1");
    assert!((250..260).contains(&(world.time() - before)));
    let mut waiting = world.wait("XREAD BLOCK 1000 STREAMS s $");
    world.node.pass(900);
    assert_eq!(world.told(&mut waiting), "");
    world.ask("XADD s 1-1 a 1");
    assert_eq!(world.told(&mut waiting), "s 1-1 a 1");
}

#[test]
fn what_nobody_acknowledges_is_idle_until_it_is_claimed() {
    let mut world = World::new();
    for line in ["XADD s 1-1 a 1", "XADD s 2-1 a 2", "XGROUP CREATE s g 0"] {
        world.ask(line);
    }
    world.ask("XREADGROUP GROUP g alice COUNT 1 STREAMS s >");
    world.node.pass(500);
    world.ask("XREADGROUP GROUP g alice COUNT 1 STREAMS s >");
    world.node.pass(300);
    assert_eq!(world.ask("XPENDING s g - + 9"), "1-1 alice :800 :1 2-1 alice :300 :1");
    assert_eq!(world.ask("XPENDING s g IDLE 400 - + 9"), "1-1 alice :800 :1");
    assert_eq!(world.ask("XCLAIM s g bob 900 1-1 JUSTID"), "");
    assert_eq!(world.ask("XCLAIM s g bob 800 1-1 2-1"), "1-1 a 1");
    world.node.pass(100);
    assert_eq!(world.ask("XPENDING s g - + 9"), "1-1 bob :100 :2 2-1 alice :400 :1");
    assert_eq!(world.ask("XAUTOCLAIM s g carol 400 0 JUSTID"), "0-0 2-1");
    world.ask("XCLAIM s g carol 0 2-1 IDLE 5000 RETRYCOUNT 9 JUSTID");
    assert_eq!(world.ask("XPENDING s g - + 9 carol"), "2-1 carol :5000 :9");
    assert_eq!(
        world.ask("XINFO CONSUMERS s g"),
        "name alice pending :0 idle :400 name bob pending :1 idle :100 name carol pending :1 idle :0"
    );
    // Reading what one has been given is one more delivery.
    assert_eq!(world.ask("XREADGROUP GROUP g bob STREAMS s 0"), "s 1-1 a 1");
    assert_eq!(world.ask("XPENDING s g - + 9 bob"), "1-1 bob :0 :3");
}

#[test]
fn entries_of_a_group_go_to_those_who_wait_in_their_order() {
    let mut world = World::new();
    world.ask("XGROUP CREATE s g 0 MKSTREAM");
    let mut first = world.wait("XREADGROUP GROUP g a BLOCK 0 STREAMS s >");
    let mut second = world.wait("XREADGROUP GROUP g b BLOCK 0 STREAMS s >");
    let mut reader = world.wait("XREAD BLOCK 0 STREAMS s 0");
    world.ask("XADD s 1-1 a 1");
    assert_eq!(world.told(&mut first), "s 1-1 a 1");
    assert_eq!(world.told(&mut second), "", "there was one only");
    assert_eq!(world.told(&mut reader), "s 1-1 a 1", "who is in no group misses nothing");
    world.ask("XADD s 2-1 a 2");
    assert_eq!(world.told(&mut second), "s 2-1 a 2");
}

#[test]
fn who_waits_for_a_group_that_goes_is_told() {
    let gone = "-NOGROUP the consumer group this client was blocked on no longer exists";
    let lost = "-UNBLOCKED the stream key no longer exists";
    for (how, told) in [
        ("XGROUP DESTROY s g", gone),
        ("DEL s", lost),
        ("SET s 1", lost),
        ("FLUSHALL", lost),
        ("PEXPIREAT s 1", lost),
        ("RENAME s t", lost),
        ("RENAME other s", gone),
    ] {
        let mut world = World::new();
        world.ask("XGROUP CREATE s g 0 MKSTREAM");
        world.ask("XADD other 1-1 a 1");
        let mut waiting = world.wait("XREADGROUP GROUP g a BLOCK 0 STREAMS s >");
        let mut patient = world.wait("XREAD BLOCK 0 STREAMS s 9");
        world.ask(how);
        assert_eq!(world.told(&mut waiting), told, "{how}");
        assert_eq!(world.told(&mut patient), "", "{how}: who is in no group waits on");
        world.ask("DEL s");
        world.ask("XADD s 9-9 a 1");
        assert_eq!(world.told(&mut patient), "s 9-9 a 1", "{how}");
    }
}
