//! Active expiry: finding keys whose time has come without reading all keys.

use std::sync::Arc;

use engine_base::{SLOT_COUNT, Slot, UnixMs};

use super::{Db, PAGE};

/// Reading one key costs one; passing a slot without due keys costs nothing that counts.
impl Db {
    /// Finds keys whose time has come, going on where the last step ended and once around at
    /// most. Looks at about `budget` keys, and gives those that are due: the caller deletes them
    /// and tells replicas and the AOF.
    pub fn due_keys(&mut self, now: UnixMs, budget: usize) -> Vec<Box<[u8]>> {
        let mut due = Vec::new();
        if self.volatile == 0 {
            return due;
        }
        let mut looked = 0;
        let (start, mut cursor) = self.expire_at;
        for step in 0..=SLOT_COUNT {
            let number = (usize::from(start) + step) % SLOT_COUNT;
            if step > 0 {
                cursor = 0;
            }
            if looked >= budget {
                self.expire_at = (number as u16, cursor);
                return due;
            }
            if self.pages.get(number / PAGE).is_none_or(Option::is_none)
                || self.hides(number as u16)
            {
                continue;
            }
            let Some(slot) = Slot::new(number as u16) else { continue };
            let Some(next) = self.due_in_slot(slot, cursor, now, budget, &mut looked, &mut due)
            else {
                continue;
            };
            self.expire_at = (number as u16, next);
            return due;
        }
        self.expire_at = (start, 0);
        due
    }

    /// One slot; gives the cursor in it when the budget ran out inside.
    fn due_in_slot(
        &mut self,
        slot: Slot,
        cursor: u32,
        now: UnixMs,
        budget: usize,
        looked: &mut usize,
        due: &mut Vec<Box<[u8]>>,
    ) -> Option<u32> {
        let dict = self.dict(slot)?;
        if !dict.may_have_due(now) {
            return None;
        }
        let mut soonest = UnixMs(i64::MAX);
        let left = budget.saturating_sub(*looked).max(1);
        let next = dict.table().scan(cursor, left, |entry| {
            *looked += 1;
            if let Some(at) = entry.expire() {
                soonest = soonest.min(at);
                if entry.is_expired(now) {
                    due.push(entry.key().into());
                }
            }
        });
        if cursor == 0 && next.is_none() && soonest > now {
            // The whole slot was read and nothing is due: until `soonest` it need not be read.
            self.note_soonest(slot, soonest);
        }
        next
    }

    fn note_soonest(&mut self, slot: Slot, soonest: UnixMs) {
        let page = self.pages.get_mut(slot.index() / PAGE).and_then(Option::as_mut);
        // Only a hint: not worth a copy of what a snapshot shares.
        if let Some(page) = page.and_then(Arc::get_mut)
            && let Some(dict) = page.slots[slot.index() % PAGE].as_mut().and_then(Arc::get_mut)
        {
            dict.set_soonest(soonest);
        }
    }
}
