//! What a value must satisfy: bounds, units, and the checks of single directives.

use super::value::NOT_A_NUMBER;

/// The units of redis.conf, in bytes.
const UNITS: [(&str, u64); 8] = [
    ("", 1),
    ("b", 1),
    ("k", 1000),
    ("kb", 1 << 10),
    ("m", 1_000_000),
    ("mb", 1 << 20),
    ("g", 1_000_000_000),
    ("gb", 1 << 30),
];

/// How the text of a number is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Plain,
    Memory,
    Octal,
    /// Memory, or a percentage, which is kept as a negative number.
    MemoryOrPercent,
}

/// Refuses a text, in Redis's words.
type Check = fn(&str) -> Result<(), String>;

/// The rules for the values of one directive.
#[derive(Clone, Copy, Debug)]
pub(super) enum Spec {
    /// None beyond those of its type.
    Plain,
    /// A number between two bounds, both included.
    Number { min: i128, max: i128, unit: Unit },
    /// A text; `nullable` when the empty text means that the directive is not there.
    Text { nullable: bool, check: Option<Check> },
}

impl Spec {
    pub(super) const TEXT: Self = Self::Text { nullable: false, check: None };
    pub(super) const NULLABLE: Self = Self::Text { nullable: true, check: None };

    pub(super) const fn checked(check: Check, nullable: bool) -> Self {
        Self::Text { nullable, check: Some(check) }
    }

    pub(super) const fn number(min: i128, max: i128) -> Self {
        Self::Number { min, max, unit: Unit::Plain }
    }

    pub(super) const fn memory(min: i128, max: i128) -> Self {
        Self::Number { min, max, unit: Unit::Memory }
    }

    pub(super) const fn octal(min: i128, max: i128) -> Self {
        Self::Number { min, max, unit: Unit::Octal }
    }

    pub(super) const fn percent(min: i128, max: i128) -> Self {
        Self::Number { min, max, unit: Unit::MemoryOrPercent }
    }

    pub(super) fn nullable(&self) -> bool {
        matches!(self, Self::Text { nullable: true, .. })
    }

    pub(super) fn check(&self, text: &str) -> Result<(), String> {
        match self {
            Self::Text { check: Some(check), .. } => check(text),
            _ => Ok(()),
        }
    }

    fn unit(&self) -> Unit {
        match self {
            Self::Number { unit, .. } => *unit,
            _ => Unit::Plain,
        }
    }

    /// `numericParseString` and `numericBoundaryCheck` in config.c.
    pub(super) fn parse_number(&self, text: &[u8]) -> Result<i128, String> {
        let (min, max) = match self {
            Self::Number { min, max, .. } => (*min, *max),
            _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
        };
        let unit = self.unit();
        let n = read(text, unit, max)?;
        if unit == Unit::MemoryOrPercent && n < 0 {
            if n < min {
                return Err(format!("percentage argument must be less or equal to {}", -min));
            }
            return Ok(n);
        }
        if n < min || n > max {
            return Err(if unit == Unit::Octal {
                format!("argument must be between {min:o} and {max:o} inclusive")
            } else {
                format!("argument must be between {min} and {max} inclusive")
            });
        }
        Ok(n)
    }

    /// As CONFIG GET prints it.
    pub(super) fn print_number(&self, n: i128) -> String {
        match self.unit() {
            Unit::MemoryOrPercent if n < 0 => format!("{}%", -n),
            Unit::Octal => format!("{n:o}"),
            _ => n.to_string(),
        }
    }

    /// As CONFIG REWRITE writes it: the largest unit that divides it.
    pub(super) fn rewrite_number(&self, n: i128) -> String {
        match self.unit() {
            Unit::Memory | Unit::MemoryOrPercent if n >= 0 => memory_text(n),
            _ => self.print_number(n),
        }
    }
}

/// `rewriteConfigFormatMemory` in config.c.
pub(super) fn memory_text(n: i128) -> String {
    for (name, size) in [("gb", 1_i128 << 30), ("mb", 1 << 20), ("kb", 1 << 10)] {
        if n != 0 && n % size == 0 {
            return format!("{}{name}", n / size);
        }
    }
    n.to_string()
}

fn read(text: &[u8], unit: Unit, max: i128) -> Result<i128, String> {
    let utf8 = core::str::from_utf8(text).unwrap_or("?");
    match unit {
        Unit::Plain => integer(utf8).map(i128::from).ok_or_else(|| NOT_A_NUMBER.into()),
        Unit::Octal => i64::from_str_radix(utf8, 8)
            .map(i128::from)
            .map_err(|_| "argument couldn't be parsed as an octal number".into()),
        Unit::Memory => memory(utf8)
            .map(|n| within(n, max))
            .ok_or_else(|| "argument must be a memory value".into()),
        Unit::MemoryOrPercent => {
            if let Some(n) = memory(utf8) {
                return Ok(within(n, max));
            }
            utf8.strip_suffix('%')
                .and_then(integer)
                .filter(|&n| n >= 0)
                .map(|n| -i128::from(n))
                .ok_or_else(|| "argument must be a memory or percent value".into())
        }
    }
}

/// Redis keeps what it read in a signed number, unless the directive's own is unsigned.
fn within(n: u64, max: i128) -> i128 {
    if max > i128::from(i64::MAX) { i128::from(n) } else { i128::from(n.cast_signed()) }
}

/// A decimal number in its one canonical form (`string2ll` in util.c).
pub(super) fn integer(text: &str) -> Option<i64> {
    let n: i64 = text.parse().ok()?;
    (n.to_string() == text).then_some(n)
}

/// A number of bytes with a unit: `1gb`, `64mb`, `100`. Too large a product wraps, as Redis's does
/// (`memtoull` in util.c).
#[must_use]
pub fn memory(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let size = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit))?.1;
    if digits == 0 {
        // An empty number is zero to strtoull, and the text is not empty only when a unit stands.
        return Some(0);
    }
    if digits >= 128 {
        return None;
    }
    Some(number.parse::<u64>().unwrap_or(u64::MAX).wrapping_mul(size))
}

/// The checks of single directives (`isValid…` in config.c).
pub(super) mod check {
    fn file_name(text: &str, what: &str, kind: &str) -> Result<(), String> {
        if text.contains(['/', '\\']) {
            return Err(format!("{what} can't be a path, just a {kind}"));
        }
        Ok(())
    }

    pub(in super::super) fn dbfilename(text: &str) -> Result<(), String> {
        file_name(text, "dbfilename", "filename")
    }

    pub(in super::super) fn appendfilename(text: &str) -> Result<(), String> {
        if text.is_empty() {
            return Err("appendfilename can't be empty".into());
        }
        file_name(text, "appendfilename", "filename")
    }

    pub(in super::super) fn appenddirname(text: &str) -> Result<(), String> {
        if text.is_empty() {
            return Err("appenddirname can't be empty".into());
        }
        file_name(text, "appenddirname", "dirname")
    }

    pub(in super::super) fn hostname(text: &str) -> Result<(), String> {
        if text.len() >= 256 {
            return Err("Hostnames must be less than 256 characters".into());
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'.') {
            return Err(
                "Hostnames may only contain alphanumeric characters, hyphens or dots".into()
            );
        }
        Ok(())
    }

    pub(in super::super) fn nodename(text: &str) -> Result<(), String> {
        // What would break a line of nodes.conf, as `isValidAuxString` says.
        let bad = |b: u8| !b.is_ascii_graphic() || b"!#$%&()*+:;,=<>?@[]^{|}~".contains(&b);
        if text.len() >= 256 || text.bytes().any(bad) {
            return Err("Announced human node name contained invalid character".into());
        }
        Ok(())
    }

    /// The variables of `proc-title-template`.
    const TITLE: [&str; 7] =
        ["title", "listen-addr", "server-mode", "port", "tls-port", "unixsocket", "config-file"];

    pub(in super::super) fn title(text: &str) -> Result<(), String> {
        const BAD: &str = "template format is invalid or contains unknown variables";
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            let inner = &rest[open + 1..];
            let known = inner.split_once('}').filter(|(name, _)| TITLE.contains(name));
            let Some((_, after)) = known else {
                return Err(BAD.into());
            };
            rest = after;
        }
        // Nothing would be left of it for a process without a name.
        if text.replace("{title}", "").trim_matches(' ').is_empty() {
            return Err(BAD.into());
        }
        Ok(())
    }
}
