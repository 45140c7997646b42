//! Against one real server: everything that needs no cluster.

mod common;

use common::{Servers, same, same_piped};

const INTERACTIVE: &str = r#"set k v
get k
get nothing
  
lpush list a b c
lrange list 0 -1
set "two words" "a\x00\n\"é"
get "two words"
get 'two words'
"open
"closed"x
incr n
3 incr n
0 incr n
-2 incr n
del h
hset h a 1 b 2
hgetall h
zadd z 1.5 one 2 two
zrange z 0 -1 withscores
command count extra
nosuch command here
multi
set x 1
get x
exec
multi
select 3
discard
multi
nosuch
exec
select 5
dbsize
select 0
select 99
eval "return {1,{2,{3,'a'},4},{}}" 0
eval "return redis.status_reply('fine')" 0
eval "return {1,2,3,4,5,6,7,8,9,{1,{}}}" 0
hello 3
hgetall h
sadd s a
smembers s
zscore z one
zrange z 0 -1 withscores
eval "redis.setresp(3); return {double=3.5}" 0
eval "redis.setresp(3); return true" 0
debug protocol map
debug protocol set
debug protocol verbatim
debug protocol bignum
hello 2
:set nohints
:set bad
:foo
restart
auth x
client setname me
client getname
reset
help
help nosuchcommand
help set
help cluster meet
? @connection
config get save
object help
ping "hello world"
echo ""
connect 127.0.0.1 1
ping
connect 127.0.0.1 21400
ping
shutdown nosave now force abort
client kill type normal skipme no
ping
ping
quit
never
"#;

#[test]
fn the_interactive_mode_shows_what_the_real_one_shows() {
    let _servers = Servers::start(&[21400], false);
    let script = INTERACTIVE.replace("debug protocol bignum\n", "");
    let run = |f: fn(&str, &str) -> String| {
        let _ = common::real("-p 21400 flushall", "");
        f("-p 21400", &script)
    };
    let (theirs, mine) = (mask(&run(common::real)), mask(&run(common::ours)));
    assert!(theirs == mine, "{}", difference(&theirs, &mine));
}

/// Client ids differ between any two runs.
fn mask(text: &str) -> String {
    let mut out = String::new();
    let mut after_id = false;
    for line in text.lines() {
        let id_here = line.contains("\"id\" => (integer) ");
        if after_id || id_here {
            out.push_str(line.trim_end_matches(|c: char| c.is_ascii_digit()));
        } else {
            out.push_str(line);
        }
        after_id = line.ends_with("\"id\"");
        out.push('\n');
    }
    out
}

fn difference(theirs: &str, mine: &str) -> String {
    let (a, b): (Vec<_>, Vec<_>) = (theirs.lines().collect(), mine.lines().collect());
    let at = a.iter().zip(&b).position(|(x, y)| x != y).unwrap_or(a.len().min(b.len()));
    let near = |lines: &[&str]| lines[at.saturating_sub(3)..(at + 6).min(lines.len())].join("\n");
    format!("first difference in line {at}\n--- real\n{}\n--- ours\n{}", near(&a), near(&b))
}

#[test]
fn one_shot_on_a_terminal_and_in_a_pipe() {
    let _servers = Servers::start(&[21410], false);
    for args in [
        "-p 21410 set k v",
        "-p 21410 get k",
        "-p 21410 --raw get k",
        "-p 21410 --no-raw get k",
        "-p 21410 del l",
        "-p 21410 mget k l k",
        "-p 21410 --csv mget k l k",
        "-p 21410 --json mget k l k",
        "-p 21410 --quoted-json mget k l k",
        "-p 21410 --json hgetall h",
        "-p 21410 --json command info get",
        "-p 21410 -d , mget k l k",
        "-p 21410 -D ; get k",
        "-p 21410 -3 hgetall nothing",
        "-p 21410 --quoted-input set q \"a\\x41\"",
        "-p 21410 --quoted-input set q \"a",
        "-p 21410 get q",
        "-p 21410 -r 3 ping",
        "-p 21410 -r 2 -i 0.01 ping",
        "-p 21410 -n 3 set in3 1",
        "-p 21410 -n 99 ping",
        "-p 21410 -a wrong ping",
        "-p 21410 -a wrong --no-auth-warning ping",
        "-p 21410 -e nosuch",
        "-p 21410 nosuch",
        "-p 21410 cluster nodes",
        "-p 21410 help set",
        "-u redis://127.0.0.1:21410/2 ping",
        "-u http://x ping",
        "-p 1 ping",
        "-h nosuchhost.invalid -p 1 ping",
        "-2 -3 ping",
        "-x -X tag set a b",
        "-p 21410 --scan --pattern k*",
        "-p 21410 --scan --pattern b?g*",
        "-p 1 --scan",
        "-p 1 --bigkeys",
        "--version",
        "--nosuch",
        "--cluster",
        "--cluster help",
        "--cluster nosuch",
        "--cluster create",
        "--help",
    ] {
        same(args, "");
        same_piped(args, "");
    }
    same_piped("-p 21410 -x set from", "stdin text\n");
    same_piped("-p 21410 get from", "");
    same_piped("-p 21410 -X here set here here", "tagged");
    same_piped("-p 21410 -X absent set a b", "tagged");
    same_piped("-p 21410", "set a 1\nget a\nnosuch\n\"bad\n2 ping\nget a");
    same_piped("-p 21410 --no-raw", "set a 1\nget a\nmget k l k\n");
    same_piped("-p 1", "ping\n");
}

#[test]
fn surveys_and_mass_insertion() {
    let _servers = Servers::start(&[21415], false);
    common::real("-p 21415 rpush list a b c", "");
    for args in ["--scan", "--bigkeys", "--memkeys", "--memkeys-samples 2"] {
        same(&format!("-p 21415 {args}"), "");
        same_piped(&format!("-p 21415 {args}"), "");
    }
    // In a pipe the real program's standard output comes late, after its errors.
    let input = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\nPING\r\nnosuch\r\n";
    let sorted = |text: String| {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let pipe = "-p 21415 --pipe";
    assert_eq!(sorted(common::real_piped(pipe, input)), sorted(common::ours_piped(pipe, input)));
    same_piped("-p 21415 --pipe", "PING");
}
