//! The one thing in which a twin differs.

/// What is turned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Knob {
    /// `cluster-node-timeout`, in seconds.
    Timeout(u16),
    /// How many replicas each master has.
    Replicas(u16),
    /// `cluster-require-full-coverage no`.
    Partial,
    /// `min-replicas-to-write`.
    MinReplicas(u16),
    /// Every plain SET is followed by a WAIT for so many replicas.
    Wait(u16),
}

impl Knob {
    /// All that the page offers, in the order of the menu.
    pub(crate) const ALL: [Self; 8] = [
        Self::Timeout(2),
        Self::Timeout(5),
        Self::Timeout(30),
        Self::Replicas(0),
        Self::Replicas(2),
        Self::Partial,
        Self::MinReplicas(1),
        Self::Wait(1),
    ];

    /// Its name in the page (`data-knob`).
    pub(crate) fn word(self) -> String {
        match self {
            Self::Timeout(n) => format!("timeout-{n}"),
            Self::Replicas(n) => format!("replicas-{n}"),
            Self::Partial => "partial".to_owned(),
            Self::MinReplicas(n) => format!("min-replicas-{n}"),
            Self::Wait(n) => format!("wait-{n}"),
        }
    }

    /// Its name and what it is good for, as keys of the catalogue, and the number in both.
    pub(crate) const fn words(self) -> (&'static str, &'static str, u16) {
        match self {
            Self::Timeout(n) => ("knob-timeout", "knob-timeout-hint", n),
            Self::Replicas(0) => ("knob-replicas-none", "knob-replicas-none-hint", 0),
            Self::Replicas(n) => ("knob-replicas", "knob-replicas-hint", n),
            Self::Partial => ("knob-partial", "knob-partial-hint", 0),
            Self::MinReplicas(n) => ("knob-min-replicas", "knob-min-replicas-hint", n),
            Self::Wait(n) => ("knob-wait", "knob-wait-hint", n),
        }
    }

    /// What every redis-server is started with.
    pub(super) fn directives(self) -> Vec<(String, String)> {
        let one = |name: &str, value: String| vec![(name.to_owned(), value)];
        match self {
            Self::Timeout(n) => one("cluster-node-timeout", (u32::from(n) * 1000).to_string()),
            Self::Partial => one("cluster-require-full-coverage", "no".to_owned()),
            Self::MinReplicas(n) => one("min-replicas-to-write", n.to_string()),
            Self::Replicas(_) | Self::Wait(_) => Vec::new(),
        }
    }

    /// How many replicas each master has, when that is what is turned.
    pub(super) const fn replicas(self) -> Option<u16> {
        match self {
            Self::Replicas(n) => Some(n),
            _ => None,
        }
    }

    /// The lines that are typed instead of one; `prompt` is what stands before it.
    pub(super) fn lines(self, prompt: &str, line: &str) -> Vec<String> {
        let Self::Wait(n) = self else { return vec![line.to_owned()] };
        // At the prompt of redis-cli (`192.168.40.5:6380> `) the same connection waits.
        let in_cli = prompt.trim_end().ends_with('>') && prompt.contains(':');
        if in_cli {
            let set = is_set(line.trim());
            let wait = set.then(|| format!("wait {n} {WAIT_MS}"));
            return std::iter::once(line.to_owned()).chain(wait).collect();
        }
        let mut out = String::new();
        let mut rest = line;
        while !rest.is_empty() {
            let end = rest.find([';', '|', '&', '\n']).unwrap_or(rest.len());
            let (command, after) = rest.split_at(end);
            out.push_str(&waiting(command, n));
            let mark = after.find(|c| !matches!(c, ';' | '|' | '&' | '\n')).unwrap_or(after.len());
            out.push_str(&after[..mark]);
            rest = &after[mark..];
        }
        vec![out]
    }
}

/// So long is waited for a replica at most, in milliseconds.
const WAIT_MS: u32 = 1000;

fn is_set(words: &str) -> bool {
    let mut words = words.split_whitespace();
    words.next().is_some_and(|w| w.eq_ignore_ascii_case("set")) && words.count() == 2
}

/// `redis-cli … set key value` with a WAIT on the same connection; any other command as it is.
fn waiting(command: &str, n: u16) -> String {
    let Some(at) = command.find("redis-cli ") else { return command.to_owned() };
    let lower = command.to_ascii_lowercase();
    let Some(set) = lower[at..].find(" set ").map(|set| at + set) else {
        return command.to_owned();
    };
    if !is_set(&command[set..]) {
        return command.to_owned();
    }
    let (before, cli, words) = (&command[..at], &command[at..set], command[set..].trim());
    format!("{before}{{ echo {words}; echo wait {n} {WAIT_MS}; }} | {cli}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_waits_on_its_own_connection_and_nothing_else_is_touched() {
        let wait = |line: &str| Knob::Wait(1).lines("[root@db01 ~]# ", line).concat();
        assert_eq!(
            wait("redis-cli -c -h h -p 1 set a b"),
            "{ echo set a b; echo wait 1 1000; } | redis-cli -c -h h -p 1"
        );
        assert_eq!(
            wait("for i in {1..4}; do redis-cli -c -h h set k:$i $i; sleep 0.3; done"),
            "for i in {1..4}; do { echo set k:$i $i; echo wait 1 1000; } | redis-cli -c -h h; sleep 0.3; done"
        );
        for line in ["redis-cli get a", "redis-cli set a b ex 3", "ps -ef | grep redis", "cd /; ls"]
        {
            assert_eq!(wait(line), line);
        }
        let typed = Knob::Wait(2).lines("192.168.40.5:6380> ", "set a b");
        assert_eq!(typed, ["set a b", "wait 2 1000"]);
        assert_eq!(Knob::Partial.lines("", "redis-cli set a b"), ["redis-cli set a b"]);
    }
}
