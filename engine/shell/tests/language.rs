//! The language of the shell and its programs, as typed and as shown.

use std::cell::RefCell;
use std::rc::Rc;

use engine_base::Seed;
use engine_shell::{Chunk, Console, TabId};
use engine_sim::{HostId, HostSpec, World};

struct Session {
    console: Console,
    tab: TabId,
}

impl Session {
    fn new() -> Self {
        let world = World::new(Seed::from_number(1), &HostSpec::seed_hosts());
        let mut console = Console::new(Rc::new(RefCell::new(world)));
        let tab = console.open(HostId(0));
        Self { console, tab }
    }

    /// Types a text; what is shown after the typed lines.
    fn run(&mut self, text: &str) -> String {
        self.console.submit(self.tab, text);
        let limit = self.console.now().plus_ms(60_000);
        assert!(self.console.run_until_idle(self.tab, limit), "{text} does not end");
        let shown = self.console.take_output(self.tab);
        use engine_shell::Style::{Stderr, Stdout};
        shown
            .into_iter()
            .filter(|c| matches!(c.style, Stdout | Stderr))
            .map(|c: Chunk| c.text)
            .collect()
    }
}

/// Each line typed, and what it shows.
fn check(pairs: &[(&str, &str)]) {
    let mut session = Session::new();
    for (typed, shown) in pairs {
        assert_eq!(session.run(typed), *shown, "after typing: {typed}");
    }
}

#[test]
fn quotes_variables_and_substitution() {
    check(&[
        ("echo a   b 'c   d' \"e   $HOME\" f\\ g", "a b c   d e   /root f g\n"),
        ("X=7000; echo $X ${X}1 '$X' \"${Y:-none}\"", "7000 70001 $X none\n"),
        ("echo $(echo in; echo side) `hostname`", "in side db01\n"),
        ("echo \"$(printf 'a\\nb')\"", "a\nb\n"),
        ("echo $((X + 10000)) $((7 / 2))", "17000 3\n"),
        ("false; echo $?; true; echo $?", "1\n0\n"),
        ("false && echo no || echo yes", "yes\n"),
        ("! false && echo turned", "turned\n"),
        ("for p in {7000..7002}; do echo -n \"$p \"; done; echo", "7000 7001 7002 \n"),
        ("i=0; while [ $i -lt 3 ]; do i=$((i+1)); done; echo $i", "3\n"),
        ("if [ -d /tmp ]; then echo folder; else echo none; fi", "folder\n"),
        ("echo a # remark", "a\n"),
        ("echo a#b", "a#b\n"),
        ("echo \"\" | wc -c", "1\n"),
        ("(cd /tmp; pwd); pwd", "/tmp\n/root\n"),
    ]);
}

#[test]
fn files_and_their_errors() {
    check(&[
        ("mkdir -p a/{b,c}; ls a", "b  c\n"),
        ("mkdir x/y", "mkdir: cannot create directory ‘x/y’: No such file or directory\n"),
        ("mkdir a", "mkdir: cannot create directory ‘a’: File exists\n"),
        ("cat > a/f <<EOF\nport 7000\n  home $HOME\nEOF", ""),
        ("cat a/f", "port 7000\n  home /root\n"),
        ("cat > a/g <<'EOF'\n$HOME\nEOF\ncat a/g", "$HOME\n"),
        ("cat nothing", "cat: nothing: No such file or directory\n"),
        ("cat a", "cat: a: Is a directory\n"),
        ("cp a/f a/b/ && cat a/b/f | head -1", "port 7000\n"),
        ("cp a b", "cp: -r not specified; omitting directory 'a'\n"),
        ("cp -r a b && ls b", "b  c  f  g\n"),
        ("mv b/f b/h; ls b/*", "b/g  b/h\n\nb/b:\nf\n\nb/c:\n"),
        ("rm b", "rm: cannot remove 'b': Is a directory\n"),
        ("rm -rf b; ls b", "ls: cannot access 'b': No such file or directory\n"),
        ("cd nowhere", "-bash: cd: nowhere: No such file or directory\n"),
        ("cd a/f", "-bash: cd: a/f: Not a directory\n"),
        ("cd a; pwd; cd ..; cd -", "/root/a\n/root/a\n"),
        ("echo one > /tmp/o; echo two >> /tmp/o; wc -l < /tmp/o", "2\n"),
        ("ls nowhere 2>&1 | wc -l; ls nowhere 2>/dev/null", "1\n"),
        ("echo x > /no/way", "-bash: /no/way: No such file or directory\n"),
        ("ls -l /tmp/o | cut -d' ' -f1,3", "-rw-r--r-- root\n"),
    ]);
}

#[test]
fn filters() {
    check(&[
        ("printf 'b 2\\na 10\\nc 1\\n' > f", ""),
        ("sort f | head -n 1; sort -k2 -n -r f | head -1", "a 10\na 10\n"),
        ("grep -n a f; grep -vc a f; grep -o '[0-9]*' f | sort -n | tail -1", "2:a 10\n2\n10\n"),
        ("grep -E '^(a|b)' f | wc -l; grep zzz f; echo $?", "2\n1\n"),
        (
            "awk '{print $2}' f | paste; awk '{s += $2} END {print s}' f",
            "-bash: paste: command not found\n13\n",
        ),
        ("awk -F: '{print $1 \"-\" $3}' <<< 'x:y:z'", "x-z\n"),
        ("awk '/a/ {print NR, NF, $NF}' f; awk '$2 > 1 && $1 != \"a\"' f", "2 2 10\nb 2\n"),
        ("awk 'NR==1 {printf \"%-3s|%03d\\n\", $1, $2}' f", "b  |002\n"),
        (
            "awk '{if ($2 > 5) print \"big\"; else print \"small\"}' f | uniq -c",
            "      1 small\n      1 big\n      1 small\n",
        ),
        ("sed 's/a/X/; s/[0-9]/#/g' f | head -2", "b #\nX ##\n"),
        ("sed -n '2p' f; sed -i 's/^b/B/' f; head -1 f", "a 10\nB 2\n"),
        ("echo a:b:c | cut -d: -f2; echo a b | tr a-z A-Z", "b\nA B\n"),
        ("seq 3 | xargs echo n; seq 2 | xargs -I{} echo '<{}>'", "n 1 2 3\n<1>\n<2>\n"),
        ("echo 'a b' | tee /tmp/t | wc -w; cat /tmp/t", "2\na b\n"),
    ]);
}

#[test]
fn what_the_shell_cannot_do_it_says_in_bashs_words() {
    check(&[
        ("foo", "-bash: foo: command not found\n"),
        ("./foo", "-bash: ./foo: No such file or directory\n"),
        ("touch f; ./f", "-bash: ./f: Permission denied\n"),
        ("/tmp", "-bash: /tmp: Is a directory\n"),
        ("echo )", "-bash: syntax error near unexpected token `)'\n"),
        ("ls | | wc", "-bash: syntax error near unexpected token `|'\n"),
        ("kill 99999", "-bash: kill: (99999) - No such process\n"),
        ("kill abc", "-bash: kill: abc: arguments must be process or job IDs\n"),
        ("vim redis.conf", "vim: Output is not to a terminal\n"),
        ("//1. a remark", ""),
        ("shell> echo pasted", "pasted\n"),
        ("[root@localhost redis_cluster]#hostname", "db01\n"),
        (
            "cp /usr/local/bin/redis-server . && ./redis-server --version | cut -c1-21",
            "Redis server v=7.0.15\n",
        ),
    ]);
}

#[test]
fn processes_come_and_go() {
    let mut session = Session::new();
    assert_eq!(session.run("redis-server --port 7000 --daemonize yes"), "");
    let listed = session.run("ps -ef | grep redis");
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines.len(), 2, "{listed}");
    assert!(lines[0].ends_with("?        00:00:00 redis-server *:7000"), "{listed}");
    assert!(lines[1].ends_with("pts/0    00:00:00 grep --color=auto redis"), "{listed}");
    assert_eq!(session.run("redis-cli -p 7000 ping"), "PONG\n");
    assert_eq!(session.run("kill -9 $(pgrep redis-server); pgrep redis"), "");
    assert_eq!(
        session.run("redis-cli -p 7000 ping"),
        "Could not connect to Redis at 127.0.0.1:7000: Connection refused\n"
    );
    let taken = session.run("redis-server --port 7000 --daemonize yes; redis-server --port 7000");
    assert!(
        taken.contains("# Warning: Could not create server TCP listening socket *:7000: bind: Address already in use\n"),
        "{taken}"
    );
    assert!(taken.ends_with("# Failed listening on port 7000 (TCP), aborting.\n"), "{taken}");
    assert_eq!(session.run("echo $?"), "1\n");
}

#[test]
fn sleeping_takes_virtual_time_and_control_c_ends_it() {
    let mut session = Session::new();
    let before = session.console.now();
    session.run("sleep 5");
    assert_eq!(session.console.now().ms_since(before), 5010);
    session.console.submit(session.tab, "sleep 1000; echo not reached");
    let later = session.console.now().plus_ms(100);
    assert!(!session.console.run_until_idle(session.tab, later));
    session.console.interrupt(session.tab);
    assert!(session.console.run_until_idle(session.tab, session.console.now().plus_ms(100)));
    assert_eq!(session.run("echo $?"), "130\n");
}

/// The same lines typed here and given to a real bash: what both show.
#[test]
fn compound_commands_have_streams_as_in_bash() {
    const LINES: [&str; 20] = [
        "for i in 1 2 3; do echo $i; done | sort -r",
        "for i in 1 2 3; do echo $i | cat; done | sort -r",
        "for i in 3 1 2; do echo $i; done > o; cat o; wc -l < o",
        "for i in 4 5; do echo $i | cat; done >> o; cat o",
        "for i in 1 2; do echo $i; done 2>&1 | wc -l",
        "while read a b; do echo $b-$a; done < o | head -2",
        "printf 'x y z\\nlast' | while read a b; do echo $b+$a; done",
        "printf '1\\n2\\n' | while read n; do echo in $n | cat; done | cat",
        "seq 3 | (read first; echo $first; cat)",
        "if true; then echo yes; cat nowhere; fi 2> /dev/null | tr a-z A-Z",
        "{ echo b; echo a; } | sort > o; cat o",
        "(echo in; cat nowhere) 2>/dev/null",
        "i=0; until [ $i -eq 3 ]; do i=$((i+1)); echo $i; done | tail -1; echo $i",
        "for i in 1 2; do for j in a b; do echo $i$j | cat; done | sort -r; done | head -3",
        "for i in 1 2; do cat; done <<E\nline\nE",
        "while read l; do echo got $l; done <<< one",
        "{ echo one; echo two; } | { read x; echo $x; read y; echo $y; }",
        "for i in 1 2; do echo $i; done | for j in 1; do cat; done | sort -r",
        "x=1; for i in 2 3; do x=$i; done | cat; echo $x",
        "for i in 1 2; do echo $i; done > /dev/null && echo quiet",
    ];
    let folder = std::env::temp_dir().join(format!("slotlab-bash-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut session = Session::new();
    for line in LINES {
        let real = std::process::Command::new("bash")
            .args(["-c", line])
            .current_dir(&folder)
            .output()
            .expect("a test machine has bash");
        let said = [real.stdout, real.stderr].concat();
        assert_eq!(session.run(line), String::from_utf8_lossy(&said), "after typing: {line}");
    }
    let _ = std::fs::remove_dir_all(folder);
    check(&[
        ("for i in 1; do echo $i; done echo", "-bash: syntax error near unexpected token `echo'\n"),
        ("for i in 1; do echo $i; done > /no/way", "-bash: /no/way: No such file or directory\n"),
    ]);
}

#[test]
fn a_line_that_never_ends_is_ended_and_says_why() {
    check(&[
        ("x=ab; while true; do x=$x$x; done", "-bash: xmalloc: cannot allocate 2097152 bytes\n"),
        ("echo still here; echo ${x:-gone} | wc -c", "still here\n1048577\n"),
        (
            "for i in {1..100}; do x=$x$x; done; echo no",
            "-bash: xmalloc: cannot allocate 2097152 bytes\n",
        ),
        ("echo \"$x $x\" | wc -c", "-bash: Argument list too long\n"),
        ("echo $(echo $x)$(echo $x) > /tmp/o; echo no", "-bash: Argument list too long\n"),
        (
            "for a in {1..2000}; do for b in {1..2000}; do :; done; done; echo no",
            "-bash: stopped after 1000000 rounds of loops\n",
        ),
        (
            "while true; do echo $x > /dev/null; done",
            "-bash: stopped after 67108864 bytes of output\n",
        ),
        ("echo fine; false; echo $?", "fine\n1\n"),
    ]);
}
