//! The sandbox beside the real thing: one session of console lines is typed on three real hosts
//! (network namespaces, redis-server and redis-cli 7.0.15, a pseudo-terminal with TERM=dumb) and
//! on the three simulated ones, and what both screens show is compared.
//!
//! [`session`] reads the lines, [`real`] and [`sandbox`] type them, [`mask`] takes out what differs
//! from run to run, [`compare`] tells what is left, [`differences`] holds what is known and why.
//!
//! [`random`] asks both servers random commands and compares what they say. [`scripts`] does so with Lua's libraries.

pub mod compare;
pub mod differences;
pub mod mask;
pub mod ports;
pub mod random;
pub mod real;
pub mod sandbox;
pub mod scripts;
pub mod session;

use std::sync::LazyLock;

use regex::Regex;

/// What the end of the screen looks like when a line can be typed.
pub(crate) static PROMPT: LazyLock<Regex> = LazyLock::new(|| {
    #[expect(clippy::unwrap_used, reason = "the pattern is a constant and tested")]
    Regex::new(
        r"(?:^|\n)(?:\[root@\w+ [^\]\n]+\]# |(?:[\w.]+:\d+|not connected|redis [^\n>]*)(?:\[\d+\])?(?:\(TX\))?> |> |[^\n]*\(type 'yes' to accept\): )$",
    )
    .unwrap()
});

/// What a screen shows, and the prompt at its end.
pub(crate) fn split_prompt(screen: &str) -> (&str, &str) {
    let Some(found) = PROMPT.find(screen) else { return (screen, "") };
    let start = found.start() + usize::from(found.as_str().starts_with('\n'));
    screen.split_at(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_are_known_and_only_at_the_end() {
        for prompt in [
            "[root@db01 ~]# ",
            "192.168.40.5:6380> ",
            "127.0.0.1:7000(TX)> ",
            "not connected> ",
            "> ",
        ] {
            assert!(PROMPT.is_match(&format!("OK\n{prompt}")), "{prompt}");
            assert!(!PROMPT.is_match(&format!("{prompt}x")), "{prompt}");
        }
        assert!(PROMPT.is_match("x\nCan I set the above configuration? (type 'yes' to accept): "));
        assert_eq!(split_prompt("a\n[root@db01 ~]# "), ("a\n", "[root@db01 ~]# "));
        assert!(!PROMPT.is_match(">>> Performing hash slots allocation on 6 nodes...\n"));
    }
}
