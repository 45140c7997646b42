//! Slots whose keys are here and not shown yet: they are on their way from another node, and
//! count only when this node owns them. Commands on one key reach them; what walks over keys,
//! counts or expires them does not.

use engine_base::{Slot, SlotSet};

use super::Db;

/// Which slots are hidden, and what they hold.
#[derive(Clone, Debug, Default)]
pub(super) struct Hidden {
    pub(super) slots: SlotSet,
    pub(super) len: usize,
    pub(super) volatile: usize,
}

impl Db {
    /// Hides slots.
    pub fn hide(&mut self, slots: impl IntoIterator<Item = Slot>) {
        for slot in slots {
            let (len, volatile) = self.dict(slot).map_or((0, 0), |d| (d.len(), d.volatile()));
            let hidden = self.hidden.get_or_insert_default();
            if hidden.slots.insert(slot) {
                hidden.len += len;
                hidden.volatile += volatile;
            }
        }
    }

    /// Shows slots that were hidden.
    pub fn show(&mut self, slots: impl IntoIterator<Item = Slot>) {
        for slot in slots {
            let (len, volatile) = self.dict(slot).map_or((0, 0), |d| (d.len(), d.volatile()));
            let Some(hidden) = &mut self.hidden else { return };
            if hidden.slots.remove(slot) {
                hidden.len -= len;
                hidden.volatile -= volatile;
            }
            if hidden.slots.is_empty() {
                self.hidden = None;
            }
        }
    }

    /// Shows all that is here: for a snapshot, which keeps what is not shown too.
    pub fn show_all(&mut self) {
        self.hidden = None;
    }

    /// Whether a slot is hidden.
    pub(super) fn hides(&self, slot: u16) -> bool {
        let hidden = self.hidden.as_ref();
        hidden.is_some_and(|h| Slot::new(slot).is_some_and(|slot| h.slots.contains(slot)))
    }
}

#[cfg(test)]
mod tests {
    use engine_base::{Rng, Seed, Slot, UnixMs};

    use crate::{Db, Value};

    #[test]
    fn a_hidden_slot_is_neither_counted_nor_walked_nor_expired() {
        let mut db = Db::new(1);
        let put = |db: &mut Db, key: &str| {
            db.insert(key.as_bytes(), Value::string(b"x"));
            db.set_expire(key.as_bytes(), Some(UnixMs(5)));
        };
        put(&mut db, "{a}1");
        put(&mut db, "{b}1");
        db.hide([Slot::of_key(b"a")]);
        put(&mut db, "{a}2");
        db.remove(b"{a}1");
        put(&mut db, "{a}3");
        assert_eq!((db.len(), db.volatile_len()), (1, 1));
        assert_eq!(db.iter().count(), 1);
        let mut seen = Vec::new();
        db.scan(0, 100, |entry| seen.push(entry.key().to_vec()));
        assert_eq!(seen, [b"{b}1"]);
        let mut rng = Rng::new(Seed::from_number(1));
        for _ in 0..20 {
            assert_eq!(db.random_entry(&mut rng).map(|e| e.key().to_vec()), Some(b"{b}1".to_vec()));
            assert!(db.random_volatile(&mut rng).is_some());
        }
        assert_eq!(db.due_keys(UnixMs(100), 100).len(), 1);
        assert_eq!(db.count_in_slot(Slot::of_key(b"a")), 2, "asked for by its slot it is there");
        let mut whole = db.clone();
        whole.show_all();
        assert_eq!(whole.len(), 3);
        db.show([Slot::of_key(b"a")]);
        assert_eq!((db.len(), db.volatile_len(), db.iter().count()), (3, 3, 3));
        db.hide([Slot::of_key(b"a")]);
        db.flush();
        put(&mut db, "{a}1");
        assert!(db.is_empty(), "what is hidden stays so when all is deleted");
    }
}
