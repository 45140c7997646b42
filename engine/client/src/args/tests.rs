use super::*;

fn parse_line(line: &str) -> Result<Parsed, Stop> {
    parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
}

#[test]
fn options_end_where_the_command_begins() {
    let o = parse_line("-h 192.168.40.5 -p 6380 -c set -h v").unwrap().options;
    assert_eq!((o.host.as_str(), o.port, o.cluster_mode), ("192.168.40.5", 6380, true));
    assert_eq!(o.command, ["set", "-h", "v"]);
}

#[test]
fn cluster_arguments_may_stand_before_or_after_its_options() {
    let before = parse_line("--cluster create a:1 b:2 --cluster-replicas 1").unwrap().options;
    let after = parse_line("--cluster create --cluster-replicas 1 a:1 b:2").unwrap().options;
    assert_eq!(before.cluster.args, ["a:1", "b:2"]);
    assert_eq!(after.cluster.args, ["a:1", "b:2"]);
    assert_eq!(after.cluster.replicas, 1);
}

#[test]
fn unknown_options_are_refused_in_the_real_words() {
    let stop = parse_line("--badopt").unwrap_err();
    assert_eq!(stop.err, "Unrecognized option or bad number of args for: '--badopt'\n");
    assert_eq!(stop.code, 1);
    assert!(parse_line("-p").is_err());
    assert!(parse_line("-h").unwrap_err().out.starts_with("redis-cli 7.0.15\n"));
}

/// Whoever read of it in the help is told that it is not a typing error.
#[test]
fn options_that_are_not_here_are_refused_by_name() {
    for option in ["--stat", "--latency", "--rdb", "--tls", "--eval"] {
        assert!(usage().contains(option), "{option}");
        let stop = parse_line(&format!("-p 7000 {option} x")).unwrap_err();
        let said = format!("'{option}' is an option of redis-cli that this one does not have\n");
        assert_eq!((stop.err, stop.code), (said, 1));
    }
}

#[test]
fn a_uri_names_user_password_host_port_and_database() {
    let o = parse_line("-u redis://me:p%40ss@10.0.0.1:7000/3").unwrap().options;
    assert_eq!(o.user.as_deref(), Some("me"));
    assert_eq!(o.auth.as_deref(), Some("p@ss"));
    assert_eq!((o.host.as_str(), o.port, o.db), ("10.0.0.1", 7000, 3));
}
