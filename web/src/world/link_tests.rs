//! Links are read as they were written, for ever.

use super::*;
use crate::world::running::Running;

fn shared() -> Shared {
    let noted = |at_us, steps, act| Noted { at_us, steps, act };
    Shared {
        engine: ENGINE.to_owned(),
        scenario: Scenario::Formed,
        seed: 7,
        setup: None,
        log: Log(vec![
            noted(5, 2, Act::Type(1, "set 键 \"a b\"\nget 键".to_owned())),
            noted(9, 2, Act::Interrupt(1)),
            noted(9, 4, Act::Fork(vec!["/root".to_owned(), "/opt".to_owned()])),
            noted(10, 9, Act::End(0)),
        ]),
        end_us: 11,
        end_steps: 12,
        digest: 0xfeed,
        end: None,
    }
}

/// A run of a scenario with these lines typed on db01, so many milliseconds apart.
fn run_of(scenario: Scenario, lines: &[(usize, &str, u64)]) -> Running {
    let mut run = Running::new(7, scenario);
    while !run.is_ready() {
        run.found();
    }
    for (tab, line, ms) in lines {
        match *line {
            "^C" => run.interrupt(*tab),
            line => run.submit(*tab, line),
        }
        wait(&mut run, *ms);
    }
    run
}

fn wait(run: &mut Running, ms: u64) {
    let until = run.now().plus_ms(ms);
    while run.step(until) {}
    run.settle(until);
    run.listen(None, 1.0);
}

const KILL: &str = "kill -9 $(cat /opt/redis_cluster/redis_6380/pid/redis_6380.pid)";

/// Prints lines for the corpus: `cargo test -p web -- --ignored golden --nocapture`. They are added
/// to it once, when the format or a scenario is new, and never made anew.
#[test]
#[ignore = "prints, and tests nothing"]
fn print_golden_lines() {
    let own = Rc::new(Topology::regular(2, &[1; 2], 6380));
    let mut runs = vec![
        run_of(
            Scenario::Formed,
            &[
                (0, "redis-cli -c -h 192.168.40.5 -p 6380 set 键 值", 700),
                (1, "tail -f /opt/redis_cluster/redis_6380/log/redis_6380.log", 400),
                (1, "^C", 100),
                (1, "net slow db01 db02 80", 200),
                (1, "net lose db02 db03 5", 200),
                (0, KILL, 26_000),
            ],
        ),
        run_of(
            Scenario::Bare,
            &[
                (0, "mkdir -p /opt/{a,b}", 100),
                (0, "redis-server --port 6380 --cluster-enabled yes --daemonize yes", 900),
            ],
        ),
        run_of(Scenario::OneHost, &[(0, "pkill -9 -f :7001", 300)]),
        run_of(Scenario::Split, &[(0, "net heal", 2_000)]),
        run_of(
            Scenario::HalfMoved,
            &[(0, "redis-cli -c -h 192.168.40.1 -p 6380 get '{user:7}.name'", 500)],
        ),
        run_of(Scenario::Own(own), &[(1, "net cut --oneway db01 db02", 400)]),
        run_of(Scenario::Spares, &[]),
        run_of(Scenario::Hundred, &[]),
    ];
    let undone = runs[0].undone().unwrap();
    runs.push(undone);
    for run in runs {
        let made = run.share();
        let (word, seed, acts) = (made.scenario.word(), made.seed, made.log.0.len());
        println!("{} {word} {seed} {acts}", made.hash());
    }
}

#[test]
fn a_link_is_read_as_it_was_written() {
    let one = shared();
    assert_eq!(Shared::from_hash(&format!("#{}", one.hash())), Some(Ok(one.clone())));
    let listing = Topology::regular(2, &[1; 2], 6380).listing();
    let topology = Topology::parse(&listing).unwrap();
    let own = Shared { scenario: Scenario::Own(Rc::new(topology)), ..one };
    assert_eq!(Shared::from_hash(&own.hash()), Some(Ok(own)));
    for n in 0..40 {
        let bytes: Vec<u8> = (0..n).map(|b: u8| b.wrapping_mul(7)).collect();
        assert_eq!(from_letters(&letters(&bytes)), Some(bytes));
    }
}

#[test]
fn a_broken_link_and_one_from_the_future_are_told_apart() {
    let hash = shared().hash();
    assert_eq!(Shared::from_hash("#lesson-3"), None);
    assert_eq!(Shared::from_hash("#w="), Some(Err(BadLink::Broken)));
    assert_eq!(Shared::from_hash("#w=zÄÖ"), Some(Err(BadLink::Broken)));
    for end in 3..hash.len() - 1 {
        let cut = Shared::from_hash(&hash[..end]);
        assert!(matches!(cut, Some(Err(_)) | Some(Ok(_))), "no panic");
    }
    assert_eq!(Shared::parse("slotlab 3 9.9.9 whatever it says"), Err(BadLink::Newer));
    assert_eq!(Shared::parse("slotlab 1 0.1.0 six x 0 0 0"), Err(BadLink::Broken));
}

/// The corpus: hash, scenario, seed and number of deeds, or hash and what is wrong with it.
fn corpus() -> impl Iterator<Item = Vec<&'static str>> {
    let lines = include_str!("../../links/golden.txt").lines();
    lines.filter(|l| !l.starts_with('#') && !l.is_empty()).map(|l| l.split(' ').collect())
}

/// Links that were given to somebody must be readable for ever, and what cannot be read says why.
#[test]
fn old_links_are_still_read() {
    let mut known = std::collections::BTreeSet::new();
    for line in corpus() {
        match line.as_slice() {
            [hash, "broken"] => assert_eq!(Shared::from_hash(hash), Some(Err(BadLink::Broken))),
            [hash, "newer"] => assert_eq!(Shared::from_hash(hash), Some(Err(BadLink::Newer))),
            [hash, scenario, seed, acts] => {
                let read = Shared::from_hash(hash).unwrap().unwrap();
                assert_eq!(read.scenario.word(), *scenario);
                assert_eq!(read.seed.to_string(), *seed);
                assert_eq!(read.log.0.len().to_string(), *acts);
                known.insert(*scenario);
            }
            other => panic!("{other:?}"),
        }
    }
    for scenario in Scenario::READY.iter().map(Scenario::word).chain(["own"]) {
        assert!(known.contains(scenario), "no link of {scenario}: see print_golden_lines");
    }
}

/// Under whatever engine this is, an old link leads to a world, and when it is another world than
/// its author's, the page can say so and open the author's.
#[test]
fn old_links_still_lead_to_a_world() {
    for line in corpus() {
        let [hash, word, _, _] = line.as_slice() else { continue };
        // These take longer than all others together, and begin as `one-host` does.
        if matches!(*word, "thousand" | "hundred" | "spares") {
            continue;
        }
        let shared = Shared::from_hash(hash).unwrap().unwrap();
        let mut run = Running::again(&shared);
        for _ in 0..100_000 {
            if run.is_ready() {
                break;
            }
            run.found();
        }
        let outcome = run.outcome().unwrap_or_else(|| panic!("never ready: {line:?}")).clone();
        assert_eq!(outcome.older, shared.engine != ENGINE);
        if let Some(end) = &shared.end {
            assert!(outcome.same <= outcome.unlike.is_empty(), "the same run ends the same");
            let nodes = end.nodes.iter().filter(|n| n.role.is_some() || !n.runs).count();
            match end.scenario() {
                Some(Scenario::Own(shape)) => assert_eq!(shape.nodes.len(), nodes),
                _ => assert_eq!(nodes, 0),
            }
        }
    }
}

#[test]
fn a_run_in_a_lesson_is_shared_with_what_the_lesson_had_set_up() {
    let script = "@host db01\nredis-cli -c -h 192.168.40.5 -p 6380 set foo given\n".to_owned();
    let variants = vec![String::new(), "mkdir /variant\n\ncat > /f <<E\n\nE\n".to_owned()];
    let scenario = lessons::format::Scenario::Formed;
    let start = lessons::format::Start { scenario, seed: 3, script, variants };
    let mut run = Running::new(3, Scenario::Formed);
    run.prepare(&start, 3);
    while !run.is_ready() {
        run.found();
    }
    run.submit(0, "ls -d /variant; redis-cli -c -h 192.168.40.5 -p 6380 get foo");
    wait(&mut run, 900);
    let made = run.share();
    let read = Shared::from_hash(&made.hash()).unwrap().unwrap();
    assert_eq!(read, made);
    let mut again = Running::again(&read);
    for _ in 0..100_000 {
        if again.is_ready() {
            break;
        }
        again.found();
    }
    assert!(again.outcome().unwrap().same);
    again.read_terminals();
    let terminal = format!("{:?}", again.tabs()[0].terminal);
    assert!(terminal.contains("given") && !terminal.contains("No such file"), "{terminal}");
    let broken = made.text().replacen("setup formed", "setup somewhere", 1);
    assert_eq!(Shared::parse(&broken), Err(BadLink::Broken));
}

#[test]
fn a_shared_world_is_the_same_to_the_digest() {
    let mut run = Running::new(3, Scenario::HalfMoved);
    while !run.is_ready() {
        run.found();
    }
    run.submit(0, "redis-cli -c -h 192.168.40.5 -p 6380 set foo bar");
    wait(&mut run, 700);
    run.submit(1, "tail -f /opt/redis_cluster/redis_6380/log/redis_6380.log");
    wait(&mut run, 900);
    run.interrupt(1);
    run.submit(1, "cd /opt");
    wait(&mut run, 300);
    run.submit(2, "kill -9 $(pgrep -f :6381)");
    wait(&mut run, 3_000);
    let undone = run.undone().unwrap();
    let mut run = undone;
    run.submit(2, "redis-cli -c -h 192.168.40.5 -p 6380 set other way");
    wait(&mut run, 2_000);
    let made = run.share();
    let read = Shared::from_hash(&made.hash()).unwrap().unwrap();
    let mut again = Running::again(&read);
    for _ in 0..100_000 {
        if again.is_ready() {
            break;
        }
        again.found();
    }
    assert!(again.is_ready());
    assert_eq!(again.share().digest, made.digest);
    assert_eq!(again.share().end_us, made.end_us);
    let outcome = again.outcome().unwrap();
    assert!(outcome.same && !outcome.older, "the page would say so");
    assert_eq!(outcome.unlike, []);
}
