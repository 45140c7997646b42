//! The ends of ranges by score and by bytes.

/// An end of a range of scores.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ScoreBound {
    /// The score.
    pub value: f64,
    /// Whether the score itself is outside (`(` in front).
    pub exclusive: bool,
}

impl ScoreBound {
    /// Whether a score lies before a range that begins here.
    pub(super) fn is_before(self, score: f64) -> bool {
        if self.exclusive { score <= self.value } else { score < self.value }
    }

    /// Whether a score does not lie behind a range that ends here.
    pub(super) fn not_behind(self, score: f64) -> bool {
        if self.exclusive { score < self.value } else { score <= self.value }
    }
}

/// An end of a range of members in the order of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LexBound<'a> {
    /// `-`: before everything.
    Min,
    /// `+`: behind everything.
    Max,
    /// `[member`
    Inclusive(&'a [u8]),
    /// `(member`
    Exclusive(&'a [u8]),
}

impl LexBound<'_> {
    /// Whether a member lies before a range that begins here.
    pub(super) fn is_before(self, member: &[u8]) -> bool {
        match self {
            Self::Min => false,
            Self::Max => true,
            Self::Inclusive(b) => member < b,
            Self::Exclusive(b) => member <= b,
        }
    }

    /// Whether a member does not lie behind a range that ends here.
    pub(super) fn not_behind(self, member: &[u8]) -> bool {
        match self {
            Self::Min => false,
            Self::Max => true,
            Self::Inclusive(b) => member <= b,
            Self::Exclusive(b) => member < b,
        }
    }
}
