//! Union, intersection and difference of sorted sets (`zunionInterDiffGenericCommand` in t_zset.c).

use std::collections::BTreeMap;

use engine_store::{Set, Value, ZSet};

use super::{Answer, Call, Fail, args};

/// Which members are wanted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Kind {
    /// Those in any set.
    Union,
    /// Those in all sets.
    Intersection,
    /// Those in the first set only.
    Difference,
}

/// What becomes of several scores of one member.
#[derive(Clone, Copy, PartialEq)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

impl Aggregate {
    fn join(self, a: f64, b: f64) -> f64 {
        match self {
            // The sum of both infinities is taken as zero.
            Self::Sum if (a + b).is_nan() => 0.0,
            Self::Sum => a + b,
            // What is no number, or as good, changes nothing.
            Self::Min => {
                if b < a {
                    b
                } else {
                    a
                }
            }
            Self::Max => {
                if b > a {
                    b
                } else {
                    a
                }
            }
        }
    }
}

/// One source: a sorted set, or a set whose members all have score 1.
enum Source {
    Sorted(ZSet),
    Plain(Set),
    Missing,
}

impl Source {
    fn len(&self) -> usize {
        match self {
            Self::Sorted(zset) => zset.len(),
            Self::Plain(set) => set.len(),
            Self::Missing => 0,
        }
    }

    fn score(&self, member: &[u8]) -> Option<f64> {
        match self {
            Self::Sorted(zset) => zset.score(member),
            Self::Plain(set) => set.contains(member).then_some(1.0),
            Self::Missing => None,
        }
    }

    fn members(&self) -> Vec<(Vec<u8>, f64)> {
        match self {
            Self::Sorted(zset) => zset.iter().map(|(m, s)| (m.to_vec(), s)).collect(),
            Self::Plain(set) => set.iter().map(|m| (m.to_vec(), 1.0)).collect(),
            Self::Missing => Vec::new(),
        }
    }
}

/// A command's sources and what is to be done with them.
struct Plan {
    sources: Vec<(Source, f64)>,
    aggregate: Aggregate,
    with_scores: bool,
    limit: usize,
}

/// Reads `numkeys key …` and the options from word `from` on.
fn plan(call: &mut Call<'_>, from: usize, kind: Kind, card_only: bool) -> Result<Plan, Fail> {
    let words = call.args;
    let count = args::int(words[from])?;
    let Ok(count @ 1..) = usize::try_from(count) else {
        let name = super::full_name(call.spec);
        return Err(format!("ERR at least 1 input key is needed for '{name}' command").into());
    };
    if count > words.len() - from - 1 {
        return Err(Fail::SYNTAX);
    }
    let (keys, options) = words[from + 1..].split_at(count);
    let at = call.at();
    let mut sources = Vec::with_capacity(count);
    for key in keys {
        sources.push(match call.node.read(at, key) {
            None => (Source::Missing, 1.0),
            Some(Value::ZSet(zset)) => (Source::Sorted((**zset).clone()), 1.0),
            Some(Value::Set(set)) => (Source::Plain((**set).clone()), 1.0),
            Some(_) => return Err(Fail::WRONG_TYPE),
        });
    }
    let mut plan = Plan { sources, aggregate: Aggregate::Sum, with_scores: false, limit: 0 };
    let stores = from == 2;
    let mut rest = options;
    while let [word, tail @ ..] = rest {
        let difference = kind == Kind::Difference;
        rest = match word.to_ascii_lowercase().as_slice() {
            b"weights" if !difference && !card_only && tail.len() >= count => {
                for ((_, weight), text) in plan.sources.iter_mut().zip(tail) {
                    *weight = args::float(text)
                        .map_err(|_| Fail::from("ERR weight value is not a float"))?;
                }
                &tail[count..]
            }
            b"aggregate" if !difference && !card_only && !tail.is_empty() => {
                plan.aggregate = match tail[0].to_ascii_lowercase().as_slice() {
                    b"sum" => Aggregate::Sum,
                    b"min" => Aggregate::Min,
                    b"max" => Aggregate::Max,
                    _ => return Err(Fail::SYNTAX),
                };
                &tail[1..]
            }
            b"withscores" if !stores && !card_only => {
                plan.with_scores = true;
                tail
            }
            b"limit" if card_only && !tail.is_empty() => {
                plan.limit = args::count_or(tail[0], "ERR LIMIT can't be negative")?;
                &tail[1..]
            }
            _ => return Err(Fail::SYNTAX),
        };
    }
    Ok(plan)
}

/// The members that are wanted with their scores, in order.
fn combine(kind: Kind, plan: &Plan) -> Vec<(Vec<u8>, f64)> {
    let weighted = |score: f64, weight: f64| {
        let value = score * weight;
        if value.is_nan() { 0.0 } else { value }
    };
    let mut result: BTreeMap<Vec<u8>, f64> = BTreeMap::new();
    // The small ones come first.
    let mut order: Vec<&(Source, f64)> = plan.sources.iter().collect();
    order.sort_by_key(|(source, _)| source.len());
    match kind {
        Kind::Union => {
            for (source, weight) in order {
                for (member, score) in source.members() {
                    let score = weighted(score, *weight);
                    result
                        .entry(member)
                        .and_modify(|old| *old = plan.aggregate.join(*old, score))
                        .or_insert(score);
                }
            }
        }
        Kind::Intersection => {
            let Some((smallest, others)) = order.split_first() else { return Vec::new() };
            for (member, score) in smallest.0.members() {
                let first = weighted(score, smallest.1);
                let joined = others.iter().try_fold(first, |sum, (source, weight)| {
                    Some(plan.aggregate.join(sum, source.score(&member)? * weight))
                });
                if let Some(score) = joined {
                    result.insert(member, score);
                }
            }
        }
        Kind::Difference => {
            let Some(((first, _), others)) = plan.sources.split_first() else { return Vec::new() };
            let mut members = first.members();
            members.retain(|(m, _)| others.iter().all(|(other, _)| other.score(m).is_none()));
            result.extend(members);
        }
    }
    let mut members: Vec<_> = result.into_iter().collect();
    // Both zeros are one.
    let key = |score: f64| score + 0.0;
    members.sort_by(|a, b| key(a.1).total_cmp(&key(b.1)).then_with(|| a.0.cmp(&b.0)));
    members
}

/// `ZUNION`, `ZINTER`, `ZDIFF`
pub(super) fn show(call: &mut Call<'_>, kind: Kind) -> Answer {
    let plan = plan(call, 1, kind, false)?;
    let members = combine(kind, &plan);
    let items = members.iter().map(|(m, s)| (engine_store::Elem::Str(m), *s));
    super::zset_range::reply(call.out, members.len(), items, plan.with_scores);
    Ok(())
}

/// `ZUNIONSTORE`, `ZINTERSTORE`, `ZDIFFSTORE`
pub(super) fn store(call: &mut Call<'_>, kind: Kind) -> Answer {
    let plan = plan(call, 2, kind, false)?;
    let members = combine(kind, &plan);
    let longest = members.iter().map(|(member, _)| member.len()).max();
    replace_with(call, &members, Some(members.len()), longest.unwrap_or(0));
    Ok(())
}

/// Puts these members in place of whatever is at the destination, the first argument, and answers
/// how many; none leave no key. What is known beforehand of their number, if it is, and of the
/// longest decides how they are stored from the first one on: a listpack knows one zero only.
pub(super) fn replace_with<M: AsRef<[u8]>>(
    call: &mut Call<'_>,
    members: &[(M, f64)],
    known: Option<usize>,
    longest: usize,
) {
    let at = call.at();
    let limits = call.node.limits();
    let target = call.args[1];
    if !members.is_empty() {
        let many = known.is_some_and(|known| known > limits.zset_max_listpack_entries);
        let mut result = ZSet::for_member(if many { usize::MAX } else { longest }, &limits);
        for (member, score) in members {
            result.set(member.as_ref(), *score, &limits);
        }
        call.node.put(at, target, result);
        call.changed(target, b'z', call.spec.name);
    } else if call.node.make_room(at, target) {
        call.changed(target, b'g', "del");
    }
    call.out.len_int(members.len());
}

/// `ZINTERCARD numkeys key … [LIMIT limit]`
pub(super) fn zintercard(call: &mut Call<'_>) -> Answer {
    let plan = plan(call, 1, Kind::Intersection, true)?;
    let count = combine(Kind::Intersection, &plan).len();
    call.out.len_int(if plan.limit == 0 { count } else { count.min(plan.limit) });
    Ok(())
}
