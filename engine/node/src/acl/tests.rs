//! The file of users and the log of what was refused.

use engine_base::UnixMs;
use engine_resp::Reply;

use super::file::read_users;
use super::log::Entry;
use super::{AclLog, Context, Setting, User, merge_selectors};

fn errors(text: &str) -> String {
    let read = read_users(text.as_bytes(), "u.acl", &mut Setting::new(false));
    String::from_utf8(read.map(|_| ()).unwrap_err()).unwrap()
}

#[test]
fn a_file_says_all_that_is_wrong_with_it() {
    const END: &str =
        "WARNING: ACL errors detected, no change to the previously active ACL rules was performed";
    for (text, wanted) in [
        ("# no remark\n", "u.acl:1 should start with user keyword followed by the username. "),
        ("\nuser a on\nuser a off\n", "WARNING: Duplicate user 'a' found on line 3. "),
        (
            "user a +x bad ~* ~b +@y\n",
            "u.acl:1: Error in applying operation '+x': Unknown command or category name in ACL. \
             u.acl:1: Syntax error. \
             u.acl:1: Error in applying operation '+@y': Unknown command or category name in ACL. ",
        ),
        ("user a (+get\n", "u.acl:1: Unmatched parenthesis in selector definition."),
        ("user a\tb on\n", "'u.acl:1: username 'a\tb' contains invalid characters. "),
    ] {
        assert_eq!(errors(text), format!("{wanted}{END}"), "{text}");
    }
}

#[test]
fn a_file_holds_users_and_empty_lines() {
    let text =
        b"\r\nuser  on\nuser a on  nopass (+get\t ~x) \t\r\n\nuser default on nopass ~* &* +@all";
    let users = read_users(text, "u", &mut Setting::new(false)).unwrap();
    let told: Vec<String> = users
        .iter()
        .map(|(name, user)| {
            let rules = String::from_utf8(user.describe(false)).unwrap();
            format!("{}: {rules}", String::from_utf8_lossy(name))
        })
        .collect();
    assert_eq!(
        told,
        [
            ": on resetchannels -@all",
            "a: on nopass resetchannels -@all (~x resetchannels -@all +get)",
            "default: on nopass ~* &* +@all",
        ]
    );
}

#[test]
fn a_selector_over_several_words_is_put_together() {
    let merged = merge_selectors(&["on", "(", "+get", "~x", ")", "(+set)"]).unwrap();
    assert_eq!(merged, [b"on".to_vec(), b"( +get ~x )".to_vec(), b"(+set)".to_vec()]);
    assert_eq!(merge_selectors(&["on", "(+get", "~x"]), Err(1));
}

/// Rules of every kind that are described are rules that make the same user again.
#[test]
fn a_user_is_described_by_the_rules_that_make_it() {
    for rules in [
        "on nopass +@all -@dangerous +config|get -get ~a %R~b %W~c &d",
        "off >a >b +@read -@slow +select|1 +select|0 -hello (+@write -set ~x) (+acl|whoami)",
        "+client -client|kill -client|list +@string -getex +debug|object sanitize-payload",
        "allcommands -acl -cluster +cluster|info skip-sanitize-payload",
        "~x %RW~* ~y (%RW~* ~z)",
        "(+get \"~y)\" %R~z) (\"+select|a\\x20b\")",
        "+@pubsub -publish +cluster -cluster|migrateslots allkeys allchannels",
    ] {
        let mut setting = Setting::new(false);
        let make = |text: &[u8], setting: &mut Setting| {
            let words: Vec<&[u8]> = text.split(|b| *b == b' ').collect();
            let mut user = User::new(setting);
            for rule in merge_selectors(&words).unwrap() {
                user.set(&rule, setting).unwrap_or_else(|e| panic!("{}", e.text()));
            }
            user
        };
        let first = make(rules.as_bytes(), &mut setting).describe(true);
        let again = make(&first, &mut setting).describe(true);
        assert_eq!(String::from_utf8_lossy(&first), String::from_utf8_lossy(&again));
        for rule in rules.split(' ').filter(|rule| rule.contains("debug|") || rule.contains('~')) {
            let shown = rule.trim_matches(['(', ')']);
            assert!(String::from_utf8_lossy(&first).contains(shown), "{rule}");
        }
    }
}

#[test]
fn refusals_that_are_alike_are_one_entry_for_a_minute() {
    let entry = |object: &[u8], at: i64| Entry {
        count: 1,
        reason: "key",
        context: Context::Toplevel,
        object: object.to_vec(),
        username: b"u".to_vec(),
        at: UnixMs(at),
        client: format!("at {at}"),
    };
    let told = |log: &AclLog| {
        let mut out = Reply::new();
        log.write(&mut out, 99, UnixMs(200_000));
        let text = String::from_utf8(out.into_vec()).unwrap();
        let words: Vec<&str> = text.split("\r\n").filter(|w| !w.starts_with(['$', '*'])).collect();
        words.iter().skip_while(|w| **w != "count").map(|w| (*w).to_owned()).collect::<Vec<_>>()
    };
    let mut log = AclLog::default();
    log.add(entry(b"a", 0), 3);
    log.add(entry(b"b", 1), 3);
    log.add(entry(b"a", 60_000), 3);
    let words = told(&log);
    assert_eq!(&words[..4], ["count", ":2", "reason", "key"]);
    assert_eq!(words[7], "a");
    assert!(words.contains(&"at 60000".to_owned()) && !words.contains(&"at 0".to_owned()));
    // More than a minute after the last of its kind it is another one.
    log.add(entry(b"a", 120_001), 3);
    assert_eq!(told(&log).iter().filter(|w| *w == "count").count(), 3);
    assert_eq!(told(&log)[11], "79.998999999999995");
    log.add(entry(b"c", 120_002), 3);
    assert_eq!(told(&log).iter().filter(|w| *w == "count").count(), 3, "no more than 3 are kept");
    log.add(entry(b"d", 120_003), 1);
    assert_eq!(told(&log)[7], "d");
    log.clear();
    assert!(told(&log).is_empty());
}
