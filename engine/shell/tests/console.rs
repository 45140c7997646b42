//! Terminals: programs that wait, Ctrl-C, several hosts, power, completion, replay.

use std::cell::RefCell;
use std::rc::Rc;

use engine_base::Seed;
use engine_shell::{Ask, Console, Style, TabId};
use engine_sim::{FaultOp, HostId, HostSpec, World};

fn console() -> (Console, TabId) {
    let world = World::new(Seed::from_number(1), &HostSpec::seed_hosts());
    let mut console = Console::new(Rc::new(RefCell::new(world)));
    let tab = console.open(HostId(0));
    (console, tab)
}

/// Types a text and gives all that the terminal shows for it.
fn screen(console: &mut Console, tab: TabId, text: &str) -> String {
    console.submit(tab, text);
    let limit = console.now().plus_ms(600_000);
    assert!(console.run_until_idle(tab, limit), "{text} does not end");
    console.take_output(tab).into_iter().map(|c| c.text).collect()
}

#[test]
fn prompts_follow_host_folder_and_program() {
    let (mut console, tab) = console();
    let prompt = |c: &Console| c.prompt(tab).unwrap_or_default();
    assert_eq!(prompt(&console), "[root@db01 ~]# ");
    screen(&mut console, tab, "cd /opt");
    assert_eq!(prompt(&console), "[root@db01 opt]# ");
    screen(&mut console, tab, "redis-server --daemonize yes --protected-mode no");
    screen(&mut console, tab, "redis-cli -h 192.168.40.5 -p 6379");
    assert_eq!(prompt(&console), "192.168.40.5:6379> ");
    assert_eq!(
        screen(&mut console, tab, "set k v\nget k"),
        "192.168.40.5:6379> set k v\nOK\n192.168.40.5:6379> get k\n\"v\"\n"
    );
    assert!(console.complete(tab, "clust").iter().any(|c| c.eq_ignore_ascii_case("cluster")));
    assert!(console.hint(tab, "get ").is_some_and(|h| h.contains("key")));
    screen(&mut console, tab, "exit");
    assert_eq!(prompt(&console), "[root@db01 opt]# ");
    screen(&mut console, tab, "cat > f <<EOF");
    assert_eq!(prompt(&console), "> ");
    screen(&mut console, tab, "x\nEOF");
    assert_eq!(console.complete(tab, "cat f"), ["cat f "]);
    assert_eq!(console.complete(tab, "redis-c"), ["redis-cli "]);
    assert_eq!(console.history(tab)[0], "cd /opt");
}

#[test]
fn a_subscriber_waits_until_control_c() {
    let (mut console, tab) = console();
    let other = console.open(HostId(0));
    screen(&mut console, tab, "redis-server --daemonize yes\nredis-cli");
    console.submit(tab, "subscribe news");
    console.advance(console.now().plus_ms(500));
    assert!(!console.is_idle(tab));
    assert_eq!(
        screen(&mut console, other, "redis-cli publish news hello").lines().last(),
        Some("(integer) 1")
    );
    console.advance(console.now().plus_ms(100));
    let shown: String = console.take_output(tab).into_iter().map(|c| c.text).collect();
    assert!(shown.contains("1) \"message\"\n2) \"news\"\n3) \"hello\"\n"), "{shown}");
    console.interrupt(tab);
    assert!(console.run_until_idle(tab, console.now().plus_ms(1000)));
    assert_eq!(screen(&mut console, tab, "exit\necho $?").lines().last(), Some("0"));
}

#[test]
fn control_c_gives_the_prompt_back() {
    let (mut console, tab) = console();
    console.submit(tab, "while true; do echo -n; done");
    console.advance(console.now().plus_ms(50));
    assert!(!console.is_idle(tab));
    console.interrupt(tab);
    assert!(console.run_until_idle(tab, console.now().plus_ms(1000)));
    console.submit(tab, "sleep 1000 | cat");
    console.advance(console.now().plus_ms(50));
    console.interrupt(tab);
    assert!(console.run_until_idle(tab, console.now().plus_ms(1000)));
    let shown: String = console.take_output(tab).into_iter().map(|c| c.text).collect();
    assert!(shown.ends_with("sleep 1000 | cat\n^C\n"), "{shown}");
}

#[test]
fn a_host_without_power_closes_its_terminals() {
    let (mut console, tab) = console();
    screen(&mut console, tab, "sleep 1");
    console.world().borrow_mut().fault(FaultOp::PowerOff(HostId(0)));
    console.poll();
    let shown = console.take_output(tab);
    assert_eq!(shown[0].text, "Connection to db01 closed by remote host.\n");
    assert_eq!(shown[0].style, Style::Stderr);
    console.submit(tab, "ls");
    assert_eq!(
        console.take_output(tab)[0].text,
        "ssh: connect to host db01 port 22: No route to host\n"
    );
    console.world().borrow_mut().fault(FaultOp::PowerOn(HostId(0)));
    assert_eq!(screen(&mut console, tab, "whoami").lines().last(), Some("root"));
}

#[test]
fn a_terminal_that_closes_takes_no_other_ones_shell_along() {
    let (mut console, tab) = console();
    screen(&mut console, tab, "cd /opt");
    let mut other = Console::new(console.world().clone());
    let theirs = other.open(HostId(0));
    let listed = screen(&mut other, theirs, "ps -ef");
    assert!(listed.contains("pts/1    00:00:00 ps -ef"), "{listed}");
    other.close(theirs);
    console.poll();
    assert!(!screen(&mut console, tab, "ps -ef").contains("pts/1"));
    assert_eq!(screen(&mut console, tab, "pwd").lines().last(), Some("/opt"));
    // The terminal is free again for whoever comes next.
    let next = console.open(HostId(0));
    let listed = screen(&mut console, next, "ps -ef");
    assert!(listed.contains("pts/1    00:00:00 ps -ef"), "{listed}");
}

#[test]
fn an_editor_asks_the_page() {
    let (mut console, tab) = console();
    console.set_page(true);
    screen(&mut console, tab, "cd /opt; vim redis.conf");
    let path = "/opt/redis.conf".to_owned();
    assert_eq!(console.take_asks(), [Ask::Edit { host: HostId(0), path }]);
}

#[test]
fn the_net_command_cuts_cables() {
    let (mut console, tab) = console();
    screen(&mut console, tab, "net cut --oneway db01 db02; net slow db01 db03 100");
    let shown = screen(&mut console, tab, "net");
    assert!(shown.contains("db01 -> db02  cut"), "{shown}");
    assert!(shown.contains("db02 -> db01  up "), "{shown}");
    assert!(shown.contains("db03 -> db01  up   100.2-100.5 ms"), "{shown}");
    assert!(
        screen(&mut console, tab, "net cut db01 db9")
            .ends_with("net: db9: there is no such host\n")
    );
    assert!(!screen(&mut console, tab, "net heal; net").contains("cut "));
}

#[test]
fn a_session_can_be_replayed_from_its_inputs() {
    let (mut console, tab) = console();
    screen(
        &mut console,
        tab,
        "for p in 7000 7001; do redis-server --port $p --cluster-enabled yes --cluster-config-file $p.conf --daemonize yes; done",
    );
    screen(&mut console, tab, "redis-cli -p 7000 cluster meet 127.0.0.1 7001\nsleep 3");
    screen(&mut console, tab, "kill -9 $(pgrep -f :7001); sleep 2; cat 7000.conf");
    console.with_world(|world| {
        let again = world.replay();
        assert!(world.trace().units > 10);
        assert_eq!(again.trace().digest, world.trace().digest);
        assert_eq!(again.now(), world.now());
    });
}

#[test]
fn an_earlier_moment_is_reached_again_and_goes_another_way_with_the_same_shell() {
    let (mut console, tab) = console();
    screen(&mut console, tab, "cd /opt; N=7; redis-server --port 7000 --daemonize yes");
    let early = console.with_world(World::clone);
    screen(&mut console, tab, "redis-cli -p 7000 set k 1");
    let middle = console.with_world(|w| (w.place(), w.trace().digest));
    screen(&mut console, tab, "redis-cli -p 7000 set k 2; pkill redis-server; sleep 2");
    let mut again = early;
    console.with_world(|later| again.follow_to(later, middle.0));
    assert_eq!((again.place(), again.trace().digest), middle);

    let world = Rc::new(RefCell::new(again));
    let kept = [(HostId(0), console.kept(tab))];
    let (mut other, tabs) = Console::take_over(world, &kept);
    assert_eq!(other.prompt(tabs[0]).unwrap_or_default(), "[root@db01 opt]# ");
    let shown = screen(&mut other, tabs[0], "echo $N; redis-cli -p 7000 get k; ps -ef");
    assert!(shown.contains("\n7\n\"1\"\n"), "{shown}");
    assert_eq!(shown.matches("-bash").count(), 1, "{shown}");
    assert!(screen(&mut console, tab, "pgrep redis-server || echo gone").contains("gone"));
}

#[test]
fn a_line_pasted_from_elsewhere_leaves_redis_cli() {
    let (mut console, tab) = console();
    screen(
        &mut console,
        tab,
        "for p in 7000 7001; do redis-server --port $p --daemonize yes; done",
    );
    let shown = screen(
        &mut console,
        tab,
        "redis-cli -p 7000\n127.0.0.1:7000> set k here\n127.0.0.1:7001> set k there\n\
         [root@localhost ~]# redis-cli -p 7000 get k",
    );
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(
        lines[1..],
        [
            "127.0.0.1:7000> 127.0.0.1:7000> set k here",
            "OK",
            "127.0.0.1:7000> exit",
            "[root@db01 ~]# 127.0.0.1:7001> set k there",
            "OK",
            "[root@db01 ~]# [root@localhost ~]# redis-cli -p 7000 get k",
            "\"here\"",
        ]
    );
}

#[test]
fn strange_input_is_no_danger() {
    let (mut console, tab) = console();
    for text in [
        "grep 节点 /etc",
        "echo {a,b}{a,b}{a,b}{a,b} | wc -w",
        &format!("echo {}", "{a,b}".repeat(500)),
        &format!("awk '{}1'", "!".repeat(5000)),
        &format!("awk '{}print{}' /dev/null", "{".repeat(3000), "}".repeat(3000)),
        &format!("mkdir -p {}", "a/".repeat(3000)),
        &format!("{}true{}", "(".repeat(500), ")".repeat(500)),
        "echo $((1 << 2)) $((9223372036854775807 + 1)) ${} ${x",
        "}",
        "kill -9 -1; kill -99 1; kill 1",
        "cut -f; sort -k; head -n; tail -n x; sed s; awk; tr; seq",
        "cat < /; cp / /tmp; mv / /tmp; rm -rf /",
        "redis-cli -p 99999 ping; redis-cli -h '' ping",
        "\u{0}\u{7}\u{1b}[31m",
    ] {
        console.submit(tab, text);
        console.run_until_idle(tab, console.now().plus_ms(60_000));
        console.interrupt(tab);
        console.run_until_idle(tab, console.now().plus_ms(60_000));
    }
    console.take_output(tab);
    assert!(screen(&mut console, tab, "echo alive").ends_with("alive\n"));
}
