use super::*;
use engine_base::{Rng, Seed};
use std::collections::{BTreeMap, BTreeSet};

const T0: UnixMs = UnixMs(1_000);

fn key(n: u64) -> Vec<u8> {
    format!("key:{n}").into_bytes()
}

fn text(db: &Db, key: &[u8], now: UnixMs) -> Option<Vec<u8>> {
    match db.get(key, now) {
        Some(Value::Str(s)) => Some(s.to_vec()),
        _ => None,
    }
}

#[test]
fn it_holds_what_a_map_holds() {
    let mut rng = Rng::new(Seed::from_number(1));
    let mut db = Db::new(9);
    let mut model: BTreeMap<Vec<u8>, (Vec<u8>, Option<i64>)> = BTreeMap::new();
    for _ in 0..20_000 {
        let k = key(rng.below(2_000));
        match rng.below(5) {
            0..=2 => {
                let v = rng.below(100).to_string().into_bytes();
                db.insert(&k, Value::string(&v));
                model.insert(k, (v, None));
            }
            3 => {
                let had = db.remove(&k).is_some();
                assert_eq!(had, model.remove(&k).is_some());
            }
            _ => {
                let at = rng.chance(0.7).then(|| rng.below(5_000) as i64);
                let had = db.set_expire(&k, at.map(UnixMs));
                let entry = model.get_mut(&k);
                assert_eq!(had, entry.is_some());
                if let Some(entry) = entry {
                    entry.1 = at;
                }
            }
        }
    }
    assert_eq!(db.len(), model.len());
    assert_eq!(db.volatile_len(), model.values().filter(|v| v.1.is_some()).count());
    for (k, (v, at)) in &model {
        let alive = at.is_none_or(|at| T0.0 <= at);
        assert_eq!(text(&db, k, T0), alive.then(|| v.clone()));
        assert_eq!(db.expire_of(k), at.map(UnixMs));
    }
    for slot in Slot::all() {
        let n = model.keys().filter(|k| Slot::of_key(k) == slot).count();
        assert_eq!(db.count_in_slot(slot), n);
        if n > 0 {
            assert_eq!(db.keys_in_slot(slot, 1).count(), 1);
            assert_eq!(db.flush_slot(slot), n);
        }
    }
    assert!(db.is_empty());
    assert_eq!(db.volatile_len(), 0);
}

#[test]
fn a_scan_finds_every_key_that_stays() {
    let mut rng = Rng::new(Seed::from_number(2));
    let mut db = Db::new(9);
    for n in 0..1_000 {
        db.insert(&key(n), Value::string(b"x"));
        db.insert(format!("{{tag}}{n}").as_bytes(), Value::string(b"x"));
    }
    let mut seen = BTreeSet::new();
    let (mut cursor, mut rounds) = (0, 0);
    loop {
        cursor = db.scan(cursor, 10, |e| {
            seen.insert(e.key().to_vec());
        });
        rounds += 1;
        if cursor == 0 {
            break;
        }
        assert!(cursor < 1 << 53);
        for _ in 0..20 {
            let n = 1_000 + rng.below(3_000);
            if rng.chance(0.5) {
                db.insert(&key(n), Value::string(b"y"));
            } else {
                db.remove(&key(n));
            }
        }
    }
    assert!(rounds > 50);
    for n in 0..1_000 {
        assert!(seen.contains(&key(n)));
        assert!(seen.contains(format!("{{tag}}{n}").as_bytes()));
    }
}

#[test]
fn a_clone_is_a_snapshot() {
    let mut db = Db::new(9);
    for n in 0..100 {
        db.insert(&key(n), Value::string(b"old"));
    }
    let before = db.clone();
    db.insert(&key(5), Value::string(b"new"));
    db.remove(&key(6));
    assert_eq!(text(&before, &key(5), T0), Some(b"old".to_vec()));
    assert_eq!(text(&before, &key(6), T0), Some(b"old".to_vec()));
    assert_eq!(text(&db, &key(5), T0), Some(b"new".to_vec()));
    assert_eq!((before.len(), db.len()), (100, 99));
}

#[test]
fn due_keys_are_found_all_and_only_they() {
    let mut db = Db::new(9);
    for n in 0..3_000 {
        db.insert(&key(n), Value::string(b"x"));
        db.set_expire(&key(n), (n % 3 == 0).then_some(UnixMs(500 + (n % 2) as i64 * 2_000)));
    }
    let mut gone = BTreeSet::new();
    for _ in 0..1_000 {
        for k in db.due_keys(T0, 50) {
            assert!(db.is_expired(&k, T0));
            db.remove(&k);
            gone.insert(k);
        }
    }
    assert_eq!(gone.len(), (0..3_000).filter(|n| n % 6 == 0).count());
    assert!(db.due_keys(T0, usize::MAX).is_empty());
    assert_eq!(db.due_keys(UnixMs(3_000), usize::MAX).len(), 500);
}

#[test]
fn random_keys_are_fair_over_slots_of_any_size() {
    let mut rng = Rng::new(Seed::from_number(4));
    let mut db = Db::new(9);
    for n in 0..900 {
        db.insert(format!("{{big}}{n}").as_bytes(), Value::string(b"x"));
    }
    for n in 0..100 {
        db.insert(&key(n), Value::string(b"x"));
        db.set_expire(&key(n), Some(UnixMs(5_000)));
    }
    let draws = 5_000;
    let small = (0..draws)
        .filter(|_| db.random_entry(&mut rng).is_some_and(|e| e.key().starts_with(b"key")))
        .count();
    assert!((400..600).contains(&small), "{small} of {draws} draws hit a tenth of the keys");
    assert!(db.random_volatile(&mut rng).is_some_and(|e| e.key().starts_with(b"key")));
    assert!(Db::new(1).random_entry(&mut rng).is_none());
}

#[test]
fn chains_count_every_key_once() {
    let mut db = Db::new(7);
    assert_eq!(db.chains(false).keys, 0);
    for n in 0..500 {
        let key = format!("key:{{{}}}{n}", n % 3);
        db.insert(key.as_bytes(), crate::Str::new(b"v"));
        db.set_expire(key.as_bytes(), (n % 5 == 0).then_some(UnixMs(1)));
    }
    let (all, volatile) = (db.chains(false), db.chains(true));
    assert_eq!((all.keys, volatile.keys), (500, 100));
    for chains in [all, volatile] {
        assert_eq!(chains.by_length.iter().map(|(n, homes)| n * homes).sum::<usize>(), chains.keys);
        assert_eq!(chains.by_length.values().sum::<usize>(), chains.homes);
    }
}
