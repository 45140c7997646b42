//! What one typed line may cost: rounds of its loops, bytes that it writes. A line that never ends would take
//! the page with it; here it ends, and says why.

use crate::io::Io;
use crate::tty::Tty;

/// Rounds of all loops of a line together.
const ROUNDS_MAX: usize = 1_000_000;
/// Bytes that all programs of a line write together.
const BYTES_MAX: usize = 64 << 20;

/// What a line has cost so far.
#[derive(Clone, Copy, Default)]
pub(crate) struct Effort {
    rounds: usize,
    bytes: usize,
    gave_up: bool,
}

impl Effort {
    /// Somebody typed: the count begins anew, unless all is over.
    pub(crate) fn go_on(&mut self) {
        *self = Self { gave_up: self.gave_up, ..Self::default() };
    }
}

impl Tty {
    /// Whether the line was too much and ends.
    pub(crate) fn gave_up(&self) -> bool {
        self.0.borrow().effort.gave_up
    }

    /// Ends the line that runs, with a reason; what it writes from here on is lost.
    pub(crate) fn give_up(&self, io: &Io, why: &str) {
        if !self.gave_up() {
            io.err(format!("-bash: {why}\n"));
            self.0.borrow_mut().effort.gave_up = true;
        }
    }

    /// Whether a loop may begin another round.
    pub(crate) fn may_go_round(&self, io: &Io) -> bool {
        self.0.borrow_mut().effort.rounds += 1;
        if self.0.borrow().effort.rounds > ROUNDS_MAX {
            self.give_up(io, &format!("stopped after {ROUNDS_MAX} rounds of loops"));
        }
        !self.gave_up()
    }

    /// Whether so many more bytes may be written.
    pub(crate) fn may_write(&self, bytes: usize, io: &Io) -> bool {
        let effort = {
            let effort = &mut self.0.borrow_mut().effort;
            effort.bytes = effort.bytes.saturating_add(bytes);
            *effort
        };
        // The complaint itself goes past this bound once.
        if effort.bytes > BYTES_MAX && effort.bytes - bytes <= BYTES_MAX {
            self.give_up(io, &format!("stopped after {BYTES_MAX} bytes of output"));
            return false;
        }
        !effort.gave_up
    }
}
