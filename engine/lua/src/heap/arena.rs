//! Objects of one kind by index: slots are used again after a collection.

/// Colour of a slot for the collector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Free,
    White,
    Black,
}

#[derive(Clone, Debug)]
pub(crate) struct Arena<T> {
    pub(crate) items: Vec<T>,
    pub(crate) marks: Vec<Mark>,
    free: Vec<u32>,
}

impl<T> Default for Arena<T> {
    fn default() -> Arena<T> {
        Arena { items: Vec::new(), marks: Vec::new(), free: Vec::new() }
    }
}

impl<T> Arena<T> {
    pub(crate) fn add(&mut self, item: T) -> u32 {
        if let Some(index) = self.free.pop() {
            self.items[index as usize] = item;
            self.marks[index as usize] = Mark::White;
            return index;
        }
        self.items.push(item);
        self.marks.push(Mark::White);
        (self.items.len() - 1) as u32
    }

    #[inline]
    pub(crate) fn get(&self, index: u32) -> &T {
        &self.items[index as usize]
    }

    #[inline]
    pub(crate) fn get_mut(&mut self, index: u32) -> &mut T {
        &mut self.items[index as usize]
    }

    /// Marks a slot; gives whether it was white.
    #[inline]
    pub(crate) fn mark(&mut self, index: u32) -> bool {
        let mark = &mut self.marks[index as usize];
        let white = *mark == Mark::White;
        *mark = Mark::Black;
        white
    }

    #[inline]
    pub(crate) fn is_white(&self, index: u32) -> bool {
        self.marks[index as usize] == Mark::White
    }

    /// Frees what stayed white, each after `last` saw it, and whitens the rest. `empty` is what a free slot holds.
    pub(crate) fn sweep(&mut self, empty: impl Fn() -> T, mut last: impl FnMut(u32, &mut T)) {
        for (index, mark) in self.marks.iter_mut().enumerate() {
            match mark {
                Mark::Free => {}
                Mark::Black => *mark = Mark::White,
                Mark::White => {
                    *mark = Mark::Free;
                    let item = &mut self.items[index];
                    last(index as u32, item);
                    *item = empty();
                    self.free.push(index as u32);
                }
            }
        }
    }
}
