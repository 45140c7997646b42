//! What words are drawn from: good ones, and those at and beyond the edges.

pub(super) const STRINGS: [&[u8]; 25] = [
    b"a",
    b"b",
    b"c",
    b"d",
    b"e",
    b"field",
    b"",
    b"1",
    b"2",
    b"10",
    b"-5",
    b"3.5",
    b"hello world",
    b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    b"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    b"\x00\xff\n\"",
    b"12345678901234567890",
    b"foo",
    b"ab*",
    b"inf",
    b" 1",
    b"01",
    b"9223372036854775807",
    b"-0",
    b"\xe4\xbd\xa0",
];

pub(super) const INTEGERS: [&str; 16] =
    ["0", "1", "2", "3", "-1", "-2", "5", "10", "100", "-100", "7", "4", "63", "64", "8", "9"];

pub(super) const BAD_INTEGERS: [&str; 17] = [
    "",
    "abc",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "1.5",
    "+1",
    " 1",
    "01",
    "1 ",
    "nan",
    "4294967296",
    "2147483648",
    "1e3",
    "-0",
    "0x10",
    "18446744073709551616",
];

pub(super) const DOUBLES: [&str; 17] = [
    "0",
    "1",
    "-1",
    "1.5",
    "2.25",
    "3",
    "0.1",
    "100",
    "-2.75",
    "1e3",
    "inf",
    "-inf",
    "3.0",
    "10",
    "17",
    "1e-7",
    "123456789.123",
];

pub(super) const BAD_DOUBLES: [&str; 17] = [
    "nan", "abc", "", "1e400", "(1", "[1", "+inf", "infinity", "0x10", " 1", "1 ", "1_0", "-nan",
    "1e-400", ".5", "5.", "--1",
];

pub(super) const COORDINATES: [&str; 10] =
    ["13.361389", "15.087269", "38.115556", "37.502669", "0", "10", "-20.5", "85.06", "180", "181"];

pub(super) const TIMES: [&str; 7] =
    ["2000000000", "2000000000000", "1", "0", "-1", "9223372036854775807", "99999999999"];

/// Times to live: long, so that no key dies between the two servers' answers, or none at all.
pub(super) const LIFETIMES: [&str; 6] = ["100000", "1000000", "5000000", "0", "-1", "100000"];

pub(super) const PATTERNS: [&str; 12] =
    ["*", "a*", "?", "[a-c]*", "x*", "\\*", "[^a]", "h*l*", "{x}*", "*[", "[b-a]", "\\"];

pub(super) const BOUNDS: [&str; 17] = [
    "-inf", "+inf", "(1", "1", "0", "(0", "3", "10", "[a", "(b", "-", "+", "[x", "[field", "5",
    "-1", "2",
];

pub(super) const BIT_TYPES: [&str; 11] =
    ["u8", "i8", "u4", "i5", "u63", "i64", "u64", "i0", "u1", "i16", "x"];

pub(super) const SLOTS: [&str; 12] = [
    "0",
    "1",
    "2",
    "100",
    "101",
    "16287",
    "16383",
    "16384",
    "-1",
    "abc",
    "",
    "99999999999999999999",
];

/// [`super::pair::ID`] stands for each server's own id.
pub(super) const NODES: [&str; 5] = [
    super::pair::ID,
    "0000000000000000000000000000000000000000",
    "abc",
    "",
    "ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ",
];

pub(super) const SECTIONS: [&str; 12] = [
    "server",
    "clients",
    "memory",
    "persistence",
    "stats",
    "replication",
    "cpu",
    "cluster",
    "keyspace",
    "nosuch",
    "modules",
    "Replication",
];

pub(super) const CATEGORIES: [&str; 8] =
    ["read", "@write", "string", "nosuch", "GEO", "dangerous", "", "keyspace"];

pub(super) const COMMANDS: [&str; 16] = [
    "get",
    "SET",
    "nosuch",
    "client|list",
    "config|get",
    "CONFIG",
    "object",
    "",
    "zadd",
    "sort",
    "debug",
    "client|nosuch",
    "mget",
    "zunionstore",
    "migrate",
    "get|x",
];

/// For CONFIG SET.
pub(super) const SETTINGS: [&str; 62] = [
    "0",
    "1",
    "2",
    "-1",
    "10",
    "100",
    "1000",
    "65535",
    "65536",
    "1k",
    "1kb",
    "1mb",
    "5gb",
    "100%",
    "abc",
    "",
    "yes",
    "no",
    "YES",
    "always",
    "everysec",
    "1.5",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "-9223372036854775808",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "noeviction",
    "allkeys-lru",
    "debug",
    "a b",
    "900 1",
    "900 1 300 10",
    "normal 0 0 0",
    "replica 256mb 64mb 60",
    "pubsub 32mb 8mb 60",
    "slave 1 1 1",
    "foo 1 1 1",
    "KEA",
    "g$",
    "swapdb",
    "on-empty-db",
    "ip",
    "hostname",
    "unknown-endpoint",
    "clients",
    "10mb",
    "0x10",
    "1e3",
    " 1",
    "1 ",
    "+1",
    "\"x\"",
    "0 200 800",
    "resetchannels",
    "relative",
    "notice",
    "\u{e4}",
];

pub(super) const SETTING_PATTERNS: [&str; 10] = [
    "*max*",
    "cluster-*",
    "notify-*",
    "[a-c]*",
    "nosuch",
    "hash-*",
    "?z",
    "HZ",
    "*ziplist*",
    "lua-*",
];
