//! The sessions of the two seeds run to their end.

use engine::shell::script::{Runner, hosts_from};
use engine::sim::HostSpec;

fn run(script: &str, hosts: &[HostSpec]) -> String {
    let mut shown = String::new();
    let done = Runner::new(1, hosts).run(script, &mut |text| shown.push_str(text));
    if let Err(failure) = done {
        panic!("{failure}\n{shown}");
    }
    shown
}

#[test]
fn the_first_seed_by_hand() {
    let shown = run(include_str!("../scripts/seed1.txt"), &HostSpec::seed_hosts());
    for text in [
        "(error) DENIED Redis is running in protected mode",
        " handshake - ",
        "(error) CLUSTERDOWN Hash slot not served",
        "(error) ERR Invalid or out of range slot",
        "vars currentEpoch 5 lastVoteEpoch 0",
        "cluster_state:fail",
        "master,fail",
        "\"v1\"",
        "mkdir: cannot create directory ‘/data/redis_cluster/redis_6381’: No such file or directory",
    ] {
        assert!(shown.contains(text), "{text} is missing in:\n{shown}");
    }
}

#[test]
fn the_second_seed_with_cluster_create() {
    let shown = run(include_str!("../scripts/seed2.txt"), &hosts_from("10.0.0.1").unwrap());
    for text in [
        "Adding replica 127.0.0.1:7004 to 127.0.0.1:7000\n",
        "[WARNING] Some slaves are in the same host as their master\n",
        "[OK] All 16384 slots covered.\n",
        "(error) MOVED 12182 127.0.0.1:7002\n",
        "-> Redirected to slot [12182] located at 127.0.0.1:7002\n\"1\"\n",
        "(integer) 3443\n",
        "(integer) 8363\n",
        "(integer) 4015\n",
        "(integer) 5061\n",
    ] {
        assert!(shown.contains(text), "{text} is missing in:\n{shown}");
    }
}

#[test]
fn a_script_ends_at_the_line_that_failed() {
    let mut runner = Runner::new(1, &HostSpec::seed_hosts());
    let script = "echo one\n@until 2s never echo no\necho not reached\n";
    let mut shown = String::new();
    let failure = runner.run(script, &mut |text| shown.push_str(text)).unwrap_err();
    assert_eq!(failure.to_string(), "line 2: @until 2s never echo no: not met within 2s");
    assert!(shown.ends_with("one\nno\n"), "{shown}");
    let mut fails = |line: &str| runner.line(line, None, &mut |_| {}).unwrap_err();
    assert_eq!(fails("@host db09"), "there is no host 'db09'");
    assert_eq!(fails("@wait soon"), "'soon' is not a time (20s, 500ms, 2m)");
    assert_eq!(fails("@nothing"), "there is no directive '@nothing'");
    assert!(fails("@until 1s ( echo").starts_with("not a regular expression"));
}

#[test]
fn names_are_expanded_everywhere() {
    let script = "@set ME hostname\necho ${ME}\n@wait 1500ms\n@set OTHER echo x${ME}x\n\
                  cat <<EOF\n@host ${OTHER}\nEOF\n";
    let shown = run(script, &HostSpec::seed_hosts());
    assert!(shown.contains("db01 ~]# echo db01\ndb01\n"), "{shown}");
    assert!(shown.ends_with("> EOF\n@host xdb01x\n"), "{shown}");
}
