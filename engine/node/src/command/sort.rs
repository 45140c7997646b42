//! `SORT` and `SORT_RO`: sort.c.

use std::cmp::Ordering;
use std::ops::Range;

use engine_base::number;
use engine_store::{Entry, List, Value};

use super::partial_sort::partial_sort;
use super::{Answer, At, Call, Fail, args};
use crate::Node;

#[derive(Default)]
struct Options<'a> {
    descending: bool,
    alpha: bool,
    limit: Option<(i64, i64)>,
    by: Option<&'a [u8]>,
    /// A `BY` with a pattern that holds no `*` was among the words, if not the last one: the order
    /// of the collection stands.
    unsorted: bool,
    get: Vec<&'a [u8]>,
    store: Option<&'a [u8]>,
}

/// The keys that are known beforehand: the sorted one, and what follows the last `STORE`
/// (`sortGetKeys`). The word behind a `STORE` is looked at again: it may be called like an option.
pub(super) fn keys(args: &[&[u8]]) -> Vec<usize> {
    let mut keys = keys_ro(args);
    let mut store = None;
    let mut at = 2;
    while at < args.len() {
        at += match args[at].to_ascii_lowercase().as_slice() {
            b"limit" => 2,
            b"get" | b"by" => 1,
            b"store" if at + 1 < args.len() => {
                store = Some(at + 1);
                0
            }
            _ => 0,
        } + 1;
    }
    keys.extend(store);
    keys
}

/// The key that is sorted.
pub(super) fn keys_ro(args: &[&[u8]]) -> Vec<usize> {
    if args.len() > 1 { vec![1] } else { Vec::new() }
}

/// `SORT key [BY pattern] [LIMIT offset count] [GET pattern …] [ASC|DESC] [ALPHA] [STORE key]`
pub(super) fn sort(call: &mut Call<'_>, may_store: bool) -> Answer {
    let mut options = parse(call, may_store)?;
    let at = call.at();
    let mut items = elements(call, at, call.args[1], &mut options)?;
    let wanted = window(items.len(), options.limit);
    if !options.unsorted {
        sort_items(call.node, at, &mut items, &options, &wanted)?;
    }
    let items = &items[wanted];
    let mut result: Vec<Option<Vec<u8>>> = Vec::new();
    for item in items {
        if options.get.is_empty() {
            result.push(Some(item.clone()));
        }
        for pattern in &options.get {
            result.push(by_pattern(call.node, at, pattern, item));
        }
    }
    let Some(target) = options.store else {
        call.out.array(result.len());
        result.iter().for_each(|item| call.out.bulk_or_null(item.as_deref()));
        return Ok(());
    };
    if result.is_empty() {
        if call.node.make_room(at, target) {
            call.changed(target, b'g', "del");
        }
    } else {
        let limits = call.node.limits();
        let mut list = List::new();
        for item in &result {
            list.push_back(item.as_deref().unwrap_or_default(), &limits);
        }
        call.node.put(at, target, list);
        call.changed(target, b'l', "sortstore");
    }
    call.out.len_int(result.len());
    Ok(())
}

const BY_DENIED: &str = "ERR BY option of SORT denied due to insufficient ACL permissions.";
const GET_DENIED: &str = "ERR GET option of SORT denied due to insufficient ACL permissions.";

fn parse<'a>(call: &Call<'a>, may_store: bool) -> Result<Options<'a>, Fail> {
    let mut options = Options::default();
    let cluster = call.node.config.cluster_enabled;
    let may_read_any_key = || call.node.permits_any_key(call.client, call.spec, call.args);
    let mut words = call.args[2..].iter();
    while let Some(word) = words.next() {
        match word.to_ascii_lowercase().as_slice() {
            b"asc" => options.descending = false,
            b"desc" => options.descending = true,
            b"alpha" => options.alpha = true,
            b"limit" => {
                let (Some(offset), Some(count)) = (words.next(), words.next()) else {
                    return Err(Fail::SYNTAX);
                };
                options.limit = Some((args::int(offset)?, args::int(count)?));
            }
            b"store" if may_store => options.store = Some(words.next().ok_or(Fail::SYNTAX)?),
            b"by" => {
                let pattern = *words.next().ok_or(Fail::SYNTAX)?;
                options.by = Some(pattern);
                if !to_zero(pattern).contains(&b'*') {
                    options.unsorted = true;
                } else if cluster {
                    return Err("ERR BY option of SORT denied in Cluster mode.".into());
                } else if !may_read_any_key() {
                    return Err(Fail::new(BY_DENIED));
                }
            }
            b"get" => {
                options.get.push(words.next().ok_or(Fail::SYNTAX)?);
                if cluster {
                    return Err("ERR GET option of SORT denied in Cluster mode.".into());
                }
                if !may_read_any_key() {
                    return Err(Fail::new(GET_DENIED));
                }
            }
            _ => return Err(Fail::SYNTAX),
        }
    }
    Ok(options)
}

/// What is to be sorted. A set that would stay unsorted is sorted by its bytes when the result is
/// stored, so that replicas store the same, or a script sees it.
fn elements(
    call: &mut Call<'_>,
    at: At,
    key: &[u8],
    options: &mut Options<'_>,
) -> Result<Vec<Vec<u8>>, Fail> {
    let mut items: Vec<_> = match call.node.read(at, key) {
        None => Vec::new(),
        Some(Value::List(list)) => list.iter().map(|e| e.to_vec()).collect(),
        Some(Value::Set(set)) => {
            let members = set.iter().map(|e| e.to_vec()).collect();
            if options.unsorted && (options.store.is_some() || call.is_of_script()) {
                (options.unsorted, options.alpha, options.by) = (false, true, None);
            }
            return Ok(members);
        }
        Some(Value::ZSet(zset)) => {
            let is_packed = zset.as_listpack().is_some();
            let members = zset.iter().map(|(m, _)| m.to_vec()).collect();
            if is_packed {
                unpack(call.node, at, key);
            }
            members
        }
        Some(_) => return Err(Fail::WRONG_TYPE),
    };
    if options.unsorted && options.descending {
        items.reverse();
    }
    Ok(items)
}

/// A sorted set that was sorted is a skip list from then on, as it is there.
fn unpack(node: &mut Node, at: At, key: &[u8]) {
    let limits = node.limits();
    let db = &mut node.dbs[at.db];
    // Its use is noted already.
    let Some(noted) = db.peek(key).map(Entry::access) else { return };
    if let Some(Value::ZSet(zset)) = db.get_mut(key, at.expiry) {
        zset.unpack(&limits);
    }
    db.set_access(key, noted);
}

/// An element, and what it is sorted by.
type Keyed<W> = (W, Vec<u8>);

fn sort_items(
    node: &mut Node,
    at: At,
    items: &mut Vec<Vec<u8>>,
    options: &Options<'_>,
    wanted: &Range<usize>,
) -> Result<(), Fail> {
    let weight = |node: &mut Node, item: &[u8]| match options.by {
        Some(pattern) => by_pattern(node, at, pattern, item),
        None => Some(item.to_vec()),
    };
    if options.alpha {
        // What is not stored is compared as C compares texts.
        let seen = |mut text: Vec<u8>| {
            if options.store.is_none() {
                text.truncate(to_zero(&text).len());
            }
            text
        };
        let weighed = |item: Vec<u8>| (weight(node, &item).map(seen), item);
        let mut keyed: Vec<Keyed<Option<Vec<u8>>>> = items.drain(..).map(weighed).collect();
        in_order(&mut keyed, options, wanted, &|a, b| a.0.cmp(&b.0));
        items.extend(keyed.into_iter().map(|(_, item)| item));
        return Ok(());
    }
    let mut keyed: Vec<Keyed<f64>> = Vec::with_capacity(items.len());
    for item in items.drain(..) {
        let score = match weight(node, &item) {
            None => 0.0,
            Some(text) => {
                score(&text).ok_or("ERR One or more scores can't be converted into double")?
            }
        };
        // Both zeros are one.
        keyed.push((score + 0.0, item));
    }
    // Equal scores are told apart by their bytes, so that the order is always the same.
    let by_score = |a: &Keyed<f64>, b: &Keyed<f64>| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1));
    in_order(&mut keyed, options, wanted, &by_score);
    items.extend(keyed.into_iter().map(|(_, item)| item));
    Ok(())
}

/// Equals stay in their order, or, when only some are wanted of what has weights elsewhere, come in
/// that of Redis's partial sort.
fn in_order<W>(
    keyed: &mut [Keyed<W>],
    options: &Options<'_>,
    wanted: &Range<usize>,
    compare: &dyn Fn(&Keyed<W>, &Keyed<W>) -> Ordering,
) {
    let directed = |a: &Keyed<W>, b: &Keyed<W>| {
        let order = compare(a, b);
        if options.descending { order.reverse() } else { order }
    };
    if options.by.is_some() && *wanted != (0..keyed.len()) {
        partial_sort(keyed, wanted, &directed);
    } else {
        keyed.sort_by(directed);
    }
}

/// What C sees of a text.
fn to_zero(text: &[u8]) -> &[u8] {
    text.split(|b| *b == 0).next().unwrap_or_default()
}

/// A score as C reads it: up to the first zero, without the white space in front; nothing is 0.
fn score(text: &[u8]) -> Option<f64> {
    let text = to_zero(text);
    if text.is_empty() { Some(0.0) } else { number::parse_f64(number::after_space(text)) }
}

/// Which of so many items `LIMIT` asks for.
fn window(len: usize, limit: Option<(i64, i64)>) -> Range<usize> {
    let Some((offset, count)) = limit else { return 0..len };
    let most = len as i64;
    let start = offset.clamp(0, most);
    let end = if count < 0 { most } else { start.saturating_add(count).min(most) };
    start as usize..end as usize
}

/// The value that a pattern names for an element: `#` is the element, `*` stands for it, and
/// `->field` looks into a hash (`lookupKeyByPattern`).
fn by_pattern(node: &mut Node, at: At, pattern: &[u8], element: &[u8]) -> Option<Vec<u8>> {
    if pattern == b"#" {
        return Some(element.to_vec());
    }
    let star = pattern.iter().position(|b| *b == b'*')?;
    let (before, after) = (&pattern[..star], &pattern[star + 1..]);
    let arrow = after.windows(2).position(|w| w == b"->").filter(|at| at + 2 < after.len());
    let (tail, field) = match arrow {
        Some(at) => (&after[..at], Some(&after[at + 2..])),
        None => (after, None),
    };
    let key = [before, element, tail].concat();
    match (node.read(at, &key)?, field) {
        (Value::Hash(hash), Some(field)) => hash.get(field).map(|v| v.to_vec()),
        (Value::Str(text), None) => Some(text.to_vec()),
        _ => None,
    }
}
