//! `ps`: `-ef` as procps prints it, `aux`, and plain.

use engine_sim::Process;
use engine_sim::date::Civil;

use super::Context;

pub(crate) async fn run(c: Context) -> i32 {
    let letters: String =
        c.args[1..].iter().flat_map(|a| a.chars()).filter(char::is_ascii_alphabetic).collect();
    let bsd = c.args.get(1).is_some_and(|a| !a.starts_with('-'));
    let all = letters.contains(['e', 'A']) || bsd && letters.contains('x');
    let world = c.sys.world.borrow();
    let Some(host) = world.host(c.sys.host) else { return 1 };
    let mut text = String::new();
    if bsd {
        text.push_str(
            "USER        PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n",
        );
    } else if letters.contains('f') {
        text.push_str("UID         PID   PPID  C STIME TTY          TIME CMD\n");
    } else {
        text.push_str("   PID TTY          TIME CMD\n");
    }
    for p in host.processes() {
        if !all && p.tty.as_deref() != Some(&c.tty_name) {
            continue;
        }
        let age = world.now().ms_since(p.started);
        let began = Civil::of(engine_base::UnixMs(world.unix(c.sys.host).0 - age as i64));
        let row =
            Row { p, start: format!("{:02}:{:02}", began.hour, began.minute), cpu: cpu(p, age) };
        text.push_str(&if bsd {
            row.bsd()
        } else if letters.contains('f') {
            row.full()
        } else {
            row.short()
        });
    }
    drop(world);
    c.io.out(text);
    0
}

/// Seconds of processor time: a redis-server in a quiet cluster takes about a thousandth.
fn cpu(p: &Process, age_ms: u64) -> u64 {
    if p.server().is_some() { age_ms / 1_000_000 } else { 0 }
}

struct Row<'a> {
    p: &'a Process,
    start: String,
    cpu: u64,
}

impl Row<'_> {
    fn tty(&self) -> &str {
        self.p.tty.as_deref().unwrap_or("?")
    }

    fn time(&self) -> String {
        format!("{:02}:{:02}:{:02}", self.cpu / 3600, self.cpu / 60 % 60, self.cpu % 60)
    }

    fn full(&self) -> String {
        let p = self.p;
        format!(
            "{:<8} {:>6} {:>6} {:>2} {:>5} {:<8} {} {}\n",
            p.user,
            p.pid.0,
            p.ppid.0,
            0,
            self.start,
            self.tty(),
            self.time(),
            p.title
        )
    }

    fn bsd(&self) -> String {
        let p = self.p;
        let state = match (p.stopped, p.server().is_some()) {
            (true, _) => "T",
            (false, true) => "Ssl",
            (false, false) => "S",
        };
        format!(
            "{:<8} {:>6} {:>4} {:>4} {:>6} {:>5} {:<8} {:<4} {:<5} {:>6} {}\n",
            p.user,
            p.pid.0,
            "0.0",
            "0.1",
            if p.server().is_some() { 164_480 } else { 112_812 },
            if p.server().is_some() { 9_876 } else { 980 },
            self.tty(),
            state,
            self.start,
            format!("{}:{:02}", self.cpu / 60, self.cpu % 60),
            p.title
        )
    }

    fn short(&self) -> String {
        let p = self.p;
        let first = p.title.split(' ').next().unwrap_or("").trim_start_matches('-');
        let name: String = first.rsplit('/').next().unwrap_or(first).chars().take(15).collect();
        format!("{:>6} {:<8} {} {name}\n", p.pid.0, self.tty(), self.time())
    }
}
