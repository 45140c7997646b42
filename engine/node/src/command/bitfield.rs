//! `BITFIELD`: numbers of any width inside a string (`bitfieldGeneric` in bitops.c).

use engine_store::Str;

use super::bitmap::{length, offset, writable};
use super::{Answer, Call, Fail, args};

/// What happens to a number that does not fit.
#[derive(Clone, Copy)]
enum Overflow {
    Wrap,
    Saturate,
    Fail,
}

/// A width of bits and whether there is a sign: `i16`, `u8`.
#[derive(Clone, Copy)]
struct Field {
    signed: bool,
    bits: u32,
}

enum Action {
    Get,
    Set(i64),
    Add(i64),
}

struct Step {
    field: Field,
    at: u64,
    action: Action,
    overflow: Overflow,
}

impl Field {
    fn parse(arg: &[u8]) -> Result<Self, Fail> {
        let invalid = || {
            Fail::new(
                "ERR Invalid bitfield type. Use something like i16 u8. Note that u64 is not \
                       supported but i64 is.",
            )
        };
        let (signed, digits) = match arg {
            [b'i', rest @ ..] => (true, rest),
            [b'u', rest @ ..] => (false, rest),
            _ => return Err(invalid()),
        };
        let bits = engine_base::number::parse_i64(digits).ok_or_else(invalid)?;
        let max = if signed { 64 } else { 63 };
        if !(1..=max).contains(&bits) {
            return Err(invalid());
        }
        Ok(Self { signed, bits: bits as u32 })
    }

    fn range(self) -> (i128, i128) {
        if self.signed {
            (-(1_i128 << (self.bits - 1)), (1_i128 << (self.bits - 1)) - 1)
        } else {
            (0, (1_i128 << self.bits) - 1)
        }
    }

    /// Whether OVERFLOW SAT makes the largest number of a number that is too small.
    fn is_far_below(self, n: i64) -> bool {
        self.bits < 64 && self.range().1 - i128::from(n) > i128::from(i64::MAX)
    }

    /// A number made to fit, or `None` where it must not be cut.
    fn fit(self, n: i128, overflow: Overflow) -> Option<i128> {
        let (min, max) = self.range();
        if (min..=max).contains(&n) {
            return Some(n);
        }
        match overflow {
            Overflow::Fail => None,
            Overflow::Saturate => Some(n.clamp(min, max)),
            Overflow::Wrap => {
                let low = n & ((1_i128 << self.bits) - 1);
                Some(if self.signed && low > max { low - (1_i128 << self.bits) } else { low })
            }
        }
    }

    fn get(self, bytes: &[u8], at: u64) -> i128 {
        let mut n = 0_i128;
        for i in at..at + u64::from(self.bits) {
            let byte = bytes.get((i >> 3) as usize).copied().unwrap_or(0);
            n = n << 1 | i128::from(byte >> (7 - (i & 7)) & 1);
        }
        let (_, max) = self.range();
        if self.signed && n > max { n - (1_i128 << self.bits) } else { n }
    }

    fn put(self, bytes: &mut [u8], at: u64, n: i128) {
        for i in 0..u64::from(self.bits) {
            let place = at + i;
            let mask = 0x80_u8 >> (place & 7);
            let on = n >> (u64::from(self.bits) - 1 - i) & 1 == 1;
            if let Some(byte) = bytes.get_mut((place >> 3) as usize) {
                *byte = (*byte & !mask) | if on { mask } else { 0 };
            }
        }
    }
}

/// `BITFIELD key [GET type offset|[OVERFLOW WRAP|SAT|FAIL] SET type offset value|INCRBY …] …`
pub(super) fn bitfield(call: &mut Call<'_>, read_only: bool) -> Answer {
    let steps = parse(call)?;
    let writes = || steps.iter().filter(|s| !matches!(s.action, Action::Get));
    if read_only && writes().next().is_some() {
        return Err("ERR BITFIELD_RO only supports the GET subcommand".into());
    }
    let Some(end) = writes().map(|s| s.at + u64::from(s.field.bits)).max() else {
        let at = call.at();
        let bytes = call.node.read_str(at, call.args[1])?.map(Str::to_vec).unwrap_or_default();
        call.out.array(steps.len());
        steps.iter().for_each(|step| call.out.int(step.field.get(&bytes, step.at) as i64));
        return Ok(());
    };
    let size = end.div_ceil(8) as usize;
    let grows = length(call)? < size;
    let bytes = writable(call, size)?;
    let mut answers = Vec::with_capacity(steps.len());
    let mut changed = false;
    for step in &steps {
        let old = step.field.get(bytes, step.at);
        let new = match step.action {
            Action::Get => {
                answers.push(Some(old));
                continue;
            }
            // An unsigned field takes the bits of a negative number for a large one.
            Action::Set(n) if !step.field.signed => i128::from(n as u64),
            // In Redis the room above so small a number overflows: it is taken for a large one.
            Action::Set(n)
                if matches!(step.overflow, Overflow::Saturate) && step.field.is_far_below(n) =>
            {
                i128::from(i64::MAX)
            }
            Action::Set(n) => i128::from(n),
            Action::Add(n) => old + i128::from(n),
        };
        let Some(new) = step.field.fit(new, step.overflow) else {
            answers.push(None);
            continue;
        };
        step.field.put(bytes, step.at, new);
        changed |= grows || new != old;
        answers.push(Some(if matches!(step.action, Action::Set(_)) { old } else { new }));
    }
    if changed {
        call.changed(call.args[1], b'$', "setbit");
    }
    call.out.array(answers.len());
    for answer in answers {
        match answer {
            Some(n) => call.out.int(n as i64),
            None => call.out.null(),
        }
    }
    Ok(())
}

fn parse(call: &Call<'_>) -> Result<Vec<Step>, Fail> {
    let mut steps = Vec::new();
    let mut overflow = Overflow::Wrap;
    let mut rest = &call.args[2..];
    while let [word, tail @ ..] = rest {
        let word = word.to_ascii_lowercase();
        rest = match (word.as_slice(), tail) {
            (b"overflow", [how, tail @ ..]) => {
                overflow = match how.to_ascii_lowercase().as_slice() {
                    b"wrap" => Overflow::Wrap,
                    b"sat" => Overflow::Saturate,
                    b"fail" => Overflow::Fail,
                    _ => return Err("ERR Invalid OVERFLOW type specified".into()),
                };
                tail
            }
            (b"get", [kind, at, tail @ ..]) => {
                let field = Field::parse(kind)?;
                let at = offset(call, at, Some(u64::from(field.bits)))?;
                steps.push(Step { field, at, action: Action::Get, overflow });
                tail
            }
            (b"set" | b"incrby", [kind, at, value, tail @ ..]) => {
                let field = Field::parse(kind)?;
                let at = offset(call, at, Some(u64::from(field.bits)))?;
                let value = args::int(value)?;
                let action = if word == b"set" { Action::Set(value) } else { Action::Add(value) };
                steps.push(Step { field, at, action, overflow });
                tail
            }
            _ => return Err(Fail::SYNTAX),
        };
    }
    Ok(steps)
}
