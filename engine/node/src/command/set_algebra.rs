//! Intersection, union and difference of sets (`sinterGenericCommand` and
//! `sunionDiffGenericCommand` in t_set.c).

use engine_store::Set;
use engine_store::number::IntText;

use super::{Answer, At, Call, Fail, args};
use crate::Node;

/// Which members are wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// Those in all sets.
    Intersection,
    /// Those in any set.
    Union,
    /// Those in the first set only.
    Difference,
}

/// The sets at these keys, `None` for a missing one. Cheap: values are shared until written.
fn sets(node: &mut Node, at: At, keys: &[&[u8]]) -> Result<Vec<Option<Set>>, Fail> {
    keys.iter().map(|key| Ok(node.read_set(at, key)?.cloned())).collect()
}

/// The members that are wanted, at most `limit` of them.
fn combine(kind: Kind, sets: &[Option<Set>], limit: usize) -> Vec<Vec<u8>> {
    match kind {
        Kind::Intersection => {
            let Some(mut all) = sets.iter().map(Option::as_ref).collect::<Option<Vec<&Set>>>()
            else {
                return Vec::new();
            };
            all.sort_by_key(|set| set.len());
            let Some((smallest, others)) = all.split_first() else { return Vec::new() };
            smallest
                .iter()
                .filter(|m| {
                    let mut scratch = IntText::new();
                    let member = m.bytes(&mut scratch);
                    others.iter().all(|set| set.contains(member))
                })
                .take(limit)
                .map(|m| m.to_vec())
                .collect()
        }
        Kind::Union => {
            let mut seen = std::collections::BTreeSet::new();
            let all = sets.iter().flatten().flat_map(Set::iter).map(|m| m.to_vec());
            all.filter(|m| seen.insert(m.clone())).collect()
        }
        Kind::Difference => {
            let Some((Some(first), others)) = sets.split_first() else { return Vec::new() };
            let absent = |m: &[u8]| others.iter().flatten().all(|set| !set.contains(m));
            first.iter().map(|m| m.to_vec()).filter(|m| absent(m)).collect()
        }
    }
}

/// `SINTER`, `SUNION`, `SDIFF`
pub(super) fn show(call: &mut Call<'_>, kind: Kind) -> Answer {
    let at = call.at();
    let sets = sets(call.node, at, &call.args[1..])?;
    let members = combine(kind, &sets, usize::MAX);
    call.out.set(members.len());
    members.iter().for_each(|member| call.out.bulk(member));
    Ok(())
}

/// `SINTERSTORE`, `SUNIONSTORE`, `SDIFFSTORE`
pub(super) fn store(call: &mut Call<'_>, kind: Kind) -> Answer {
    let at = call.at();
    let limits = call.node.limits();
    let key = call.args[1];
    let sets = sets(call.node, at, &call.args[2..])?;
    let members = combine(kind, &sets, usize::MAX);
    if let Some(first) = members.first() {
        let mut result = Set::for_member(first, &limits);
        for member in &members {
            result.insert(member, &limits);
        }
        call.node.put(at, key, result);
        let event = match kind {
            Kind::Intersection => "sinterstore",
            Kind::Union => "sunionstore",
            Kind::Difference => "sdiffstore",
        };
        call.changed(key, b's', event);
    } else if call.node.make_room(at, key) {
        call.changed(key, b'g', "del");
    }
    call.out.len_int(members.len());
    Ok(())
}

/// `SINTERCARD numkeys key … [LIMIT limit]`
pub(super) fn sintercard(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let (keys, limit) = counted(call)?;
    let sets = sets(call.node, at, keys)?;
    call.out.len_int(combine(Kind::Intersection, &sets, limit).len());
    Ok(())
}

/// The keys and the limit of `SINTERCARD` and `ZINTERCARD`.
pub(super) fn counted<'a>(call: &Call<'a>) -> Result<(&'a [&'a [u8]], usize), Fail> {
    let count = args::positive_or(call.args[1], "ERR numkeys should be greater than 0")?;
    if count > call.args.len() - 2 {
        return Err("ERR Number of keys can't be greater than number of args".into());
    }
    let (keys, mut rest) = call.args[2..].split_at(count);
    let mut limit = 0;
    while let [word, tail @ ..] = rest {
        let [value, tail @ ..] = tail else { return Err(Fail::SYNTAX) };
        if !args::is(word, "limit") {
            return Err(Fail::SYNTAX);
        }
        limit = args::count_or(value, "ERR LIMIT can't be negative")?;
        rest = tail;
    }
    Ok((keys, if limit == 0 { usize::MAX } else { limit }))
}
