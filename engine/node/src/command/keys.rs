//! Which words of a command are keys.

/// Where a command's keys stand.
#[derive(Clone, Copy)]
pub enum KeySpec {
    /// It has none.
    None,
    /// From word `first` to word `last` (negative: counted from the end), every `step`.
    Range {
        /// Index of the first key; the name is word 0.
        first: usize,
        /// Index of the last key; -1 is the last word.
        last: isize,
        /// Distance between keys.
        step: usize,
    },
    /// Only its arguments tell (`ZUNION numkeys key …`): gives the indices of the keys. Wrong
    /// arguments give none, and the handler answers the error.
    Find(fn(&[&[u8]]) -> Vec<usize>),
}

impl KeySpec {
    /// One key, the first argument.
    pub const FIRST: Self = Self::Range { first: 1, last: 1, step: 1 };
    /// All arguments are keys.
    pub const ALL: Self = Self::Range { first: 1, last: -1, step: 1 };

    /// Calls `each` with every key of `args`, in order.
    pub fn for_each<'a>(&self, args: &[&'a [u8]], mut each: impl FnMut(&'a [u8])) {
        match *self {
            Self::None => {}
            Self::Range { first, last, step } => {
                let end = if last < 0 {
                    args.len().saturating_sub(last.unsigned_abs())
                } else {
                    (last as usize).min(args.len().saturating_sub(1))
                };
                let mut at = first;
                while at <= end && at < args.len() {
                    each(args[at]);
                    at += step.max(1);
                }
            }
            Self::Find(find) => {
                for at in find(args) {
                    if let Some(key) = args.get(at) {
                        each(key);
                    }
                }
            }
        }
    }
}
