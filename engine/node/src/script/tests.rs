//! Scripts in a world without a stopwatch: their slices take virtual time.

use std::net::SocketAddr;

use engine_base::{LinkId, Mono, Now, Seed, UnixMs};

use crate::api::{Action, Boot, BootDisk, Listener};
use crate::{Config, Node};

struct NoDisk;

impl BootDisk for NoDisk {
    fn read(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

struct Host {
    node: Node,
    now: Now,
    log: Vec<String>,
    /// Links that were begun.
    dials: usize,
}

impl Host {
    fn new(options: &[&str]) -> Self {
        let config = Config::parse("", options).expect("directives");
        let now = Now { mono: Mono::from_millis(9), unix: UnixMs(1_700_000_000_000) };
        let seed = Seed::from_number(1);
        let boot = Boot { config, config_file: None, pid: 10, seed, disk: &NoDisk, now };
        let node = Node::boot(boot).expect("boots");
        let mut host = Self { node, now, log: Vec::new(), dials: 0 };
        host.drain();
        host
    }

    fn client(&mut self) -> LinkId {
        let at = SocketAddr::from(([127, 0, 0, 1], 6379));
        self.node.accept(self.now, Listener::Client, at, at)
    }

    fn drain(&mut self) {
        while let Some(action) = self.node.poll_action() {
            match action {
                Action::Log { text, .. } => self.log.push(text),
                Action::Dial { .. } => self.dials += 1,
                _ => {}
            }
        }
        while self.node.poll_event().is_some() {}
    }

    fn say(&mut self, link: LinkId, words: &[&str]) {
        let mut bytes = format!("*{}\r\n", words.len());
        for word in words {
            bytes.push_str(&format!("${}\r\n{word}\r\n", word.len()));
        }
        self.node.handle_bytes(self.now, link, bytes.as_bytes());
        self.drain();
    }

    fn heard(&mut self, link: LinkId) -> String {
        let text = String::from_utf8_lossy(self.node.output(link)).into_owned();
        self.node.handle_flushed(self.now, link, text.len());
        text
    }

    fn ask(&mut self, link: LinkId, words: &[&str]) -> String {
        self.say(link, words);
        self.heard(link)
    }

    /// Lets so much time pass, as a driver does that calls at every deadline.
    fn pass(&mut self, ms: u64) {
        let end = self.now.mono.plus_ms(ms);
        loop {
            let next = self.node.next_deadline().at;
            if next > end {
                break;
            }
            self.go_to(next);
            self.node.handle_timeout(self.now);
            self.drain();
        }
        self.go_to(end);
    }

    fn go_to(&mut self, at: Mono) {
        let ms = at.ms_since(self.now.mono);
        self.now = Now { mono: at, unix: UnixMs(self.now.unix.0 + ms as i64) };
    }
}

const FOR_EVER: &str = "while true do end";

#[test]
fn a_long_script_holds_others_up_and_then_they_are_told() {
    let mut host = Host::new(&["--busy-reply-threshold", "100"]);
    let (one, other) = (host.client(), host.client());
    assert_eq!(host.ask(one, &["EVAL", FOR_EVER, "0"]), "");
    assert_eq!(host.ask(other, &["PING"]), "", "nothing is heard yet");
    host.pass(300);
    assert!(host.heard(other).starts_with("-BUSY Redis is busy running a script."));
    assert!(
        host.log.iter().any(|line| line.starts_with("Slow script detected: still in execution"))
    );
    assert!(host.ask(other, &["GET", "a"]).starts_with("-BUSY"));
    assert_eq!(host.ask(other, &["MULTI"]), "+OK\r\n");
    assert!(host.ask(other, &["GET", "a"]).starts_with("-BUSY"));
    assert!(host.ask(other, &["EXEC"]).starts_with("-EXECABORT"));
    assert!(host.ask(other, &["FUNCTION", "KILL"]).starts_with("-BUSY"));
    assert_eq!(host.ask(other, &["SCRIPT", "KILL"]), "+OK\r\n");
    host.pass(100);
    let end = host.heard(one);
    assert!(
        end.starts_with("-ERR Script killed by user with SCRIPT KILL... script: ")
            && end.ends_with(", on @user_script:1.\r\n"),
        "{end}"
    );
    assert_eq!(host.ask(other, &["PING"]), "+PONG\r\n");
    assert_eq!(
        host.ask(other, &["SCRIPT", "KILL"]),
        "-NOTBUSY No scripts in execution right now.\r\n"
    );
}

#[test]
fn a_script_that_takes_a_while_is_answered_late_and_in_order() {
    let mut host = Host::new(&[]);
    let (one, other) = (host.client(), host.client());
    let script = "for i = 1, 100000 do end redis.call('set', 'k', 'v') return 'done'";
    host.say(one, &["EVAL", script, "0"]);
    host.say(one, &["GET", "k"]);
    host.say(other, &["GET", "k"]);
    assert_eq!(host.heard(one), "");
    host.pass(1000);
    assert_eq!(host.heard(one), "$4\r\ndone\r\n$1\r\nv\r\n");
    assert_eq!(host.heard(other), "$1\r\nv\r\n");
}

#[test]
fn one_that_has_written_cannot_be_killed() {
    let mut host = Host::new(&["--busy-reply-threshold", "10"]);
    let (one, other) = (host.client(), host.client());
    let script = "redis.call('set', 'k', 'v') for i = 1, 1000000 do end return 1";
    host.say(one, &["EVAL", script, "0"]);
    host.pass(50);
    assert!(
        host.ask(other, &["SCRIPT", "KILL"]).starts_with("-UNKILLABLE Sorry the script already")
    );
    host.pass(2000);
    assert_eq!(host.heard(one), ":1\r\n");
    assert_eq!(host.ask(other, &["GET", "k"]), "$1\r\nv\r\n");
}

#[test]
fn a_transaction_goes_on_behind_its_slow_script() {
    let mut host = Host::new(&["--busy-reply-threshold", "10"]);
    let one = host.client();
    for words in [
        &["MULTI"][..],
        &["SET", "a", "1"],
        &["EVAL", "for i = 1, 500000 do end return redis.call('incr', 'a')", "0"],
        &["INCR", "a"],
        &["EVAL", "for i = 1, 500000 do end return redis.call('incr', 'a')", "0"],
    ] {
        host.say(one, words);
    }
    host.heard(one);
    host.say(one, &["EXEC"]);
    host.say(one, &["PING"]);
    host.pass(5000);
    assert_eq!(host.heard(one), "*4\r\n+OK\r\n:2\r\n:3\r\n:4\r\n+PONG\r\n");
    assert_eq!(host.ask(one, &["EXEC"]), "-ERR EXEC without MULTI\r\n");
}

#[test]
fn a_caller_that_goes_leaves_its_script_to_its_end() {
    let mut host = Host::new(&["--busy-reply-threshold", "10"]);
    let (one, other) = (host.client(), host.client());
    let script = "for i = 1, 500000 do end redis.call('set', 'k', 'v')";
    host.say(one, &["EVAL", script, "0"]);
    host.pass(20);
    host.node.handle_closed(host.now, one);
    host.pass(2000);
    assert!(!host.node.is_connected(one));
    assert_eq!(host.ask(other, &["GET", "k"]), "$1\r\nv\r\n");
}

#[test]
fn a_clone_in_the_middle_of_a_script_goes_its_own_way() {
    let mut host = Host::new(&["--busy-reply-threshold", "10"]);
    let (one, other) = (host.client(), host.client());
    host.say(one, &["EVAL", "for i = 1, 500000 do end return 7", "0"]);
    host.pass(20);
    let mut twin = Host { node: host.node.clone(), now: host.now, log: Vec::new(), dials: 0 };
    assert_eq!(twin.ask(other, &["SCRIPT", "KILL"]), "+OK\r\n");
    twin.pass(100);
    assert!(twin.heard(one).starts_with("-ERR Script killed"));
    host.pass(2000);
    assert_eq!(host.heard(one), ":7\r\n");
}

#[test]
fn a_library_that_never_ends_is_given_up() {
    let mut host = Host::new(&[]);
    let one = host.client();
    let code = "#!lua name=a\nwhile true do end";
    assert_eq!(
        host.ask(one, &["FUNCTION", "LOAD", code]),
        "-ERR Error registering functions: ERR FUNCTION LOAD timeout\r\n"
    );
    assert_eq!(host.ask(one, &["FUNCTION", "LIST"]), "*0\r\n");
}

#[test]
fn functions_are_kept_deleted_and_restored() {
    let mut host = Host::new(&[]);
    let one = host.client();
    let code = "#!lua name=lib\nredis.register_function('f', function(k, a) return a end)";
    assert_eq!(host.ask(one, &["FUNCTION", "LOAD", code]), "$3\r\nlib\r\n");
    assert_eq!(host.ask(one, &["FUNCTION", "LOAD", code]), "-ERR Library 'lib' already exists\r\n");
    let other = code.replace("name=lib", "name=b");
    assert_eq!(host.ask(one, &["FUNCTION", "LOAD", &other]), "-ERR Function f already exists\r\n");
    assert_eq!(host.ask(one, &["FCALL", "F", "0", "x", "y"]), "*2\r\n$1\r\nx\r\n$1\r\ny\r\n");
    assert_eq!(host.ask(one, &["FUNCTION", "DELETE", "lib"]), "+OK\r\n");
    assert_eq!(host.ask(one, &["FCALL", "f", "0"]), "-ERR Function not found\r\n");
    assert_eq!(host.ask(one, &["FUNCTION", "LOAD", &other]), "$1\r\nb\r\n");
    assert_eq!(host.ask(one, &["FCALL", "f", "0", "z"]), "*1\r\n$1\r\nz\r\n");
}

#[test]
fn memory_stats_tell_of_scripts_and_functions() {
    let mut host = Host::new(&[]);
    let link = host.client();
    let caches = |host: &mut Host| {
        let report = host.ask(link, &["MEMORY", "STATS"]);
        ["lua.caches", "functions.caches"].map(|name| {
            let behind = report.split_once(&format!("{name}\r\n:")).expect("a figure").1;
            behind.split_once('\r').expect("its end").0.parse::<u64>().expect("a number")
        })
    };
    assert_eq!(caches(&mut host), [0, 0]);
    assert_eq!(host.ask(link, &["EVAL", "return 1", "0"]), ":1\r\n");
    let library = "#!lua name=l\nredis.register_function('f', function() return 1 end)";
    assert_eq!(host.ask(link, &["FUNCTION", "LOAD", library]), "$1\r\nl\r\n");
    let [evals, functions] = caches(&mut host);
    assert!(evals > 0 && functions > 0, "{evals} {functions}");
}

#[test]
fn a_script_cannot_migrate_and_nothing_is_begun() {
    let mut host = Host::new(&[]);
    let link = host.client();
    assert_eq!(host.ask(link, &["SET", "k", "v"]), "+OK\r\n");
    let script = "return redis.pcall('MIGRATE', '127.0.0.1', '7000', KEYS[1], 0, 100)";
    let refusal = "-ERR This Redis command is not allowed from script";
    let answer = host.ask(link, &["EVAL", script, "1", "k"]);
    assert!(answer.starts_with(refusal), "{answer}");
    assert_eq!(host.dials, 0);
    assert_eq!(host.ask(link, &["GET", "k"]), "$1\r\nv\r\n");
    assert_eq!(host.ask(link, &["EVAL", script, "1", "none"]), "+NOKEY\r\n");
    host.pass(1000);
    assert_eq!(host.dials, 0);
    assert_eq!(host.ask(link, &["MIGRATE", "127.0.0.1", "7000", "k", "0", "100"]), "");
    assert_eq!(host.dials, 1, "a client of its own waits");
}
