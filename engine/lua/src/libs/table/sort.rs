//! The quicksort of Lua 5.1's `table.sort` as a stepper: it names the two values to compare and goes on with the answer,
//! so that the comparison can be a call of the machine. The order of comparisons is Lua's own, for scripts see it.

/// The table that is sorted: read and written by whole indices, without metamethods.
pub(crate) trait Slots<V> {
    /// The value at `index`.
    fn get(&mut self, index: i32) -> V;
    /// Puts a value at `index`.
    fn set(&mut self, index: i32, value: V);
}

/// What the sort wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next<V> {
    /// Whether the first is less than the second.
    Less(V, V),
    /// All is sorted.
    Done,
    /// The comparisons contradict each other: `invalid order function for sorting`.
    Invalid,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Range,
    Ends,
    MiddleLow,
    MiddleHigh,
    Up,
    Down,
}

/// A sort under way. The values that it still needs are in [`Sort::held`]: the collector must see them.
#[derive(Clone, Debug)]
pub(crate) struct Sort<V> {
    low: i32,
    high: i32,
    i: i32,
    j: i32,
    state: State,
    /// Ranges to be sorted later: the larger halves, so there are few.
    later: Vec<(i32, i32)>,
    /// The pivot, the two values that are compared, and the one from below that waits for its partner.
    pub(crate) held: [V; 4],
}

impl<V: Copy + Default> Sort<V> {
    /// Sorts the indices 1 to `count`.
    pub(crate) fn new(count: i32) -> Sort<V> {
        let held = [V::default(); 4];
        Sort { low: 1, high: count, i: 0, j: 0, state: State::Range, later: Vec::new(), held }
    }

    /// Goes on; `less` is the answer to the question before (nothing at the start).
    pub(crate) fn step(&mut self, slots: &mut impl Slots<V>, less: bool) -> Next<V> {
        match self.state {
            State::Range => self.range(slots),
            State::Ends => self.ends(slots, less),
            State::MiddleLow => self.middle_low(slots, less),
            State::MiddleHigh => {
                if less {
                    slots.set(self.i, self.held[1]);
                    slots.set(self.high, self.held[2]);
                }
                self.partition(slots)
            }
            State::Up => self.up(slots, less),
            State::Down => self.down(slots, less),
        }
    }

    fn ask(&mut self, state: State, first: V, second: V) -> Next<V> {
        self.state = state;
        (self.held[1], self.held[2]) = (first, second);
        Next::Less(first, second)
    }

    fn range(&mut self, slots: &mut impl Slots<V>) -> Next<V> {
        while self.low >= self.high {
            let Some((low, high)) = self.later.pop() else { return Next::Done };
            (self.low, self.high) = (low, high);
        }
        let (first, last) = (slots.get(self.low), slots.get(self.high));
        self.ask(State::Ends, last, first)
    }

    /// This range is done.
    fn finished(&mut self, slots: &mut impl Slots<V>) -> Next<V> {
        self.high = self.low;
        self.state = State::Range;
        self.range(slots)
    }

    fn ends(&mut self, slots: &mut impl Slots<V>, less: bool) -> Next<V> {
        if less {
            slots.set(self.low, self.held[1]);
            slots.set(self.high, self.held[2]);
        }
        if self.high - self.low == 1 {
            return self.finished(slots);
        }
        self.i = self.low + (self.high - self.low) / 2;
        // Lua halves the sum: the same, as both are positive.
        let (middle, first) = (slots.get(self.i), slots.get(self.low));
        self.ask(State::MiddleLow, middle, first)
    }

    fn middle_low(&mut self, slots: &mut impl Slots<V>, less: bool) -> Next<V> {
        if less {
            slots.set(self.i, self.held[2]);
            slots.set(self.low, self.held[1]);
            return self.partition(slots);
        }
        let middle = self.held[1];
        let last = slots.get(self.high);
        self.ask(State::MiddleHigh, last, middle)
    }

    fn partition(&mut self, slots: &mut impl Slots<V>) -> Next<V> {
        if self.high - self.low == 2 {
            return self.finished(slots);
        }
        let pivot = slots.get(self.i);
        let beside = slots.get(self.high - 1);
        slots.set(self.i, beside);
        slots.set(self.high - 1, pivot);
        self.held[0] = pivot;
        (self.i, self.j) = (self.low, self.high - 1);
        self.ask_up(slots)
    }

    fn ask_up(&mut self, slots: &mut impl Slots<V>) -> Next<V> {
        self.i += 1;
        let value = slots.get(self.i);
        self.held[3] = value;
        self.ask(State::Up, value, self.held[0])
    }

    fn up(&mut self, slots: &mut impl Slots<V>, less: bool) -> Next<V> {
        if !less {
            return self.ask_down(slots);
        }
        if self.i > self.high { Next::Invalid } else { self.ask_up(slots) }
    }

    fn ask_down(&mut self, slots: &mut impl Slots<V>) -> Next<V> {
        self.j -= 1;
        let value = slots.get(self.j);
        self.ask(State::Down, self.held[0], value)
    }

    fn down(&mut self, slots: &mut impl Slots<V>, less: bool) -> Next<V> {
        if less {
            return if self.j < self.low { Next::Invalid } else { self.ask_down(slots) };
        }
        if self.j >= self.i {
            slots.set(self.i, self.held[2]);
            slots.set(self.j, self.held[3]);
            return self.ask_up(slots);
        }
        let (pivot, here) = (slots.get(self.high - 1), slots.get(self.i));
        slots.set(self.high - 1, here);
        slots.set(self.i, pivot);
        // The smaller half at once, the larger one later.
        let (small, large) = if self.i - self.low < self.high - self.i {
            ((self.low, self.i - 1), (self.i + 1, self.high))
        } else {
            ((self.i + 1, self.high), (self.low, self.i - 1))
        };
        self.later.push(large);
        (self.low, self.high) = small;
        self.state = State::Range;
        self.range(slots)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct List(Vec<i64>);

    impl Slots<i64> for List {
        fn get(&mut self, index: i32) -> i64 {
            self.0.get(index as usize - 1).copied().unwrap_or(i64::MAX)
        }

        fn set(&mut self, index: i32, value: i64) {
            self.0[index as usize - 1] = value;
        }
    }

    fn sorted(list: Vec<i64>, order: impl Fn(i64, i64) -> bool) -> Option<Vec<i64>> {
        let mut list = List(list);
        let mut sort = Sort::new(list.0.len() as i32);
        let mut next = sort.step(&mut list, false);
        loop {
            match next {
                Next::Done => return Some(list.0),
                Next::Invalid => return None,
                Next::Less(a, b) => next = sort.step(&mut list, order(a, b)),
            }
        }
    }

    #[test]
    fn every_list_is_sorted() {
        for count in 0..40_i64 {
            for step in 1..7 {
                let list: Vec<i64> = (0..count).map(|n| n * step * 7 % 11).collect();
                let mut want = list.clone();
                want.sort_unstable();
                assert_eq!(sorted(list, |a, b| a < b), Some(want), "{count} {step}");
            }
        }
    }

    #[test]
    fn an_order_that_is_none_is_found_out() {
        assert_eq!(sorted((0..10).collect(), |_, _| true), None);
    }
}
