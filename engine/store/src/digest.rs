//! The digest of a data set, as `DEBUG DIGEST` of Redis computes it (debug.c): two servers with
//! the same data give the same forty digits, whatever their encodings and orders.

use engine_base::UnixMs;
use sha1::{Digest as _, Sha1};

use crate::Elem;
use crate::db::{Db, Entry};
use crate::number::IntText;
use crate::value::Value;
use crate::{Stream, StreamId};

/// Twenty bytes, as SHA-1 gives them.
pub type Digest = [u8; 20];

/// Adds so that order does not matter.
fn xor(digest: &mut Digest, bytes: &[u8]) {
    for (a, b) in digest.iter_mut().zip(sha1(bytes)) {
        *a ^= b;
    }
}

/// Adds so that order matters.
fn mix(digest: &mut Digest, bytes: &[u8]) {
    xor(digest, bytes);
    *digest = sha1(digest);
}

fn pair(first: Elem<'_>, second: &[u8]) -> Digest {
    let mut digest = [0; 20];
    mix(&mut digest, first.bytes(&mut IntText::new()));
    mix(&mut digest, second);
    digest
}

fn add_value(digest: &mut Digest, value: &Value, expire: Option<UnixMs>) {
    let number: u32 = match value {
        Value::Str(_) => 0,
        Value::List(_) => 1,
        Value::Set(_) => 2,
        Value::ZSet(_) => 3,
        Value::Hash(_) => 4,
        Value::Stream(_) => 6,
    };
    mix(digest, &number.to_be_bytes());
    let mut text = IntText::new();
    match value {
        Value::Str(s) => mix(digest, s.bytes(&mut text)),
        Value::List(l) => l.iter().for_each(|e| mix(digest, e.bytes(&mut text))),
        Value::Set(s) => s.iter().for_each(|e| xor(digest, e.bytes(&mut text))),
        Value::ZSet(z) => {
            for (member, score) in z.iter() {
                let score = engine_base::number::f64_text(score);
                xor(digest, &pair(member, &score));
            }
        }
        Value::Hash(h) => {
            for (field, value) in h.iter() {
                xor(digest, &pair(field, value.bytes(&mut text)));
            }
        }
        Value::Stream(stream) => add_stream(digest, stream),
    }
    if expire.is_some() {
        xor(digest, b"!!expire!!");
    }
}

#[inline(never)]
fn add_stream(digest: &mut Digest, stream: &Stream) {
    let mut text = IntText::new();
    for entry in stream.log.range(StreamId::MIN, StreamId::MAX) {
        mix(digest, format!("{}.{}", entry.id.ms, entry.id.seq).as_bytes());
        for (name, value) in entry.pairs() {
            mix(digest, name.bytes(&mut text));
            mix(digest, value.bytes(&mut text));
        }
    }
}

/// The digest of one value (`DEBUG DIGEST-VALUE`).
#[must_use]
pub fn of_entry(entry: &Entry) -> Digest {
    let mut digest = [0; 20];
    add_value(&mut digest, entry.value(), entry.expire());
    digest
}

/// The digest of all databases (`DEBUG DIGEST`).
#[must_use]
pub fn of_all(dbs: &[Db]) -> Digest {
    let mut all = [0; 20];
    for (number, db) in (0_u32..).zip(dbs) {
        if db.is_empty() {
            continue;
        }
        mix(&mut all, &number.to_be_bytes());
        for entry in db.iter() {
            let mut digest = [0; 20];
            mix(&mut digest, entry.key());
            add_value(&mut digest, entry.value(), entry.expire());
            xor(&mut all, &digest);
        }
    }
    all
}

/// Its forty hex digits.
#[must_use]
pub fn text(digest: &Digest) -> String {
    digest.iter().map(|b| format!("{b:02x}")).collect()
}

/// SHA-1.
#[must_use]
pub fn sha1(bytes: &[u8]) -> Digest {
    Sha1::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_sha1() {
        assert_eq!(text(&sha1(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(text(&sha1(b"")), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        let long = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(text(&sha1(long)), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    }

    #[test]
    fn the_same_data_has_the_same_digest_in_any_order_and_encoding() {
        let limits = crate::Limits::default();
        let small = crate::Limits { hash_max_listpack_entries: 0, ..limits };
        let digest = |seed, limits: &crate::Limits, order: &[u32]| {
            let mut db = Db::new(seed);
            let mut hash = crate::Hash::new();
            for i in order {
                hash.set(i.to_string().as_bytes(), b"v", limits);
                db.insert(format!("k{i}").as_bytes(), Value::string(b"1"));
            }
            db.insert(b"h", hash);
            text(&of_all(&[db]))
        };
        let one = digest(1, &limits, &[1, 2, 3]);
        assert_eq!(one, digest(2, &small, &[3, 1, 2]));
        assert_ne!(one, digest(1, &limits, &[1, 2, 4]));
        assert_eq!(text(&of_all(&[Db::new(1)])), "0".repeat(40));
    }
}
