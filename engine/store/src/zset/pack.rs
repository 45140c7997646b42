//! A small sorted set as one listpack: member and score by turns, in order (`zzl…` in t_zset.c).

use std::cmp::Ordering;

use super::tree::order;
use crate::listpack::{Elem, Listpack, Place};
use crate::number::{IntText, parse_score, score_text};

pub(super) fn index(rank: usize) -> i64 {
    i64::try_from(rank).unwrap_or(i64::MAX).saturating_mul(2)
}

pub(super) fn elem_score(elem: Elem<'_>) -> Option<f64> {
    match elem {
        Elem::Int(n) => Some(n as f64),
        Elem::Str(text) => parse_score(text),
    }
}

pub(super) fn pairs(pack: &Listpack) -> impl Iterator<Item = (Elem<'_>, Option<f64>)> {
    let mut elems = pack.iter();
    std::iter::from_fn(move || Some((elems.next()?, elems.next().and_then(elem_score))))
}

pub(super) fn walk(
    pack: &Listpack,
    mut at: Option<Place>,
    step: fn(&Listpack, Place) -> Option<Place>,
) -> impl Iterator<Item = (Elem<'_>, f64)> {
    std::iter::from_fn(move || {
        let place = at?;
        let score = step(pack, place)?;
        at = step(pack, score);
        Some((pack.get(place)?, elem_score(pack.get(score)?)?))
    })
}

/// A score's text in a listpack: every whole number that surely fits is stored as one, and so minus
/// zero is zero (`double2ll` in util.c).
pub(super) fn stored(score: f64) -> String {
    const SAFE: f64 = (i64::MAX / 2) as f64;
    let whole = score as i64;
    if (-SAFE..=SAFE).contains(&score) && whole as f64 == score {
        whole.to_string()
    } else {
        score_text(score)
    }
}

pub(super) fn insert(pack: &mut Listpack, member: &[u8], score: f64) {
    let mut text = IntText::new();
    let mut at = pack.first();
    while let Some(place) = at {
        let here = pack.get(place);
        let there = pack.next(place).and_then(|p| Some((p, elem_score(pack.get(p)?)?)));
        let (Some(here), Some((score_place, there))) = (here, there) else { break };
        if order((there, here.bytes(&mut text)), (score, member)) == Ordering::Greater {
            pack.insert(place, member);
            pack.insert_after(place, stored(score).as_bytes());
            return;
        }
        at = pack.next(score_place);
    }
    pack.push_back(member);
    pack.push_back(stored(score).as_bytes());
}
