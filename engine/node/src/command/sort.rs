//! `SORT` and `SORT_RO`: sort.c.

use engine_base::number;
use engine_store::{List, Value};

use super::{Answer, At, Call, Fail, args};
use crate::Node;

#[derive(Default)]
struct Options<'a> {
    descending: bool,
    alpha: bool,
    limit: Option<(i64, i64)>,
    by: Option<&'a [u8]>,
    get: Vec<&'a [u8]>,
    store: Option<&'a [u8]>,
}

impl Options<'_> {
    /// `BY` with a pattern that holds no `*`: the order of the collection stands.
    fn unsorted(&self) -> bool {
        self.by.is_some_and(|by| !by.contains(&b'*'))
    }
}

/// The keys that are known beforehand: the sorted one, and where the result goes.
pub(super) fn keys(args: &[&[u8]]) -> Vec<usize> {
    let mut keys = keys_ro(args);
    let mut store = None;
    let mut at = 2;
    while at < args.len() {
        at += match args[at].to_ascii_lowercase().as_slice() {
            b"limit" => 2,
            b"get" | b"by" => 1,
            b"store" => {
                store = (at + 1 < args.len()).then_some(at + 1);
                1
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
    let options = parse(call, may_store)?;
    let at = call.at();
    let mut items = elements(call, at, call.args[1], &options)?;
    if !options.unsorted() {
        sort_items(call.node, at, &mut items, &options)?;
    }
    let items = window(&items, options.limit);
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
                options.by = Some(words.next().ok_or(Fail::SYNTAX)?);
                if cluster && !options.unsorted() {
                    return Err("ERR BY option of SORT denied in Cluster mode.".into());
                }
                if !options.unsorted() && !may_read_any_key() {
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
    options: &Options<'_>,
) -> Result<Vec<Vec<u8>>, Fail> {
    Ok(match call.node.read(at, key) {
        None => Vec::new(),
        Some(Value::List(list)) => {
            let mut elements: Vec<_> = list.iter().map(|e| e.to_vec()).collect();
            if options.unsorted() && options.descending {
                elements.reverse();
            }
            elements
        }
        Some(Value::Set(set)) => {
            let mut members: Vec<_> = set.iter().map(|e| e.to_vec()).collect();
            if options.unsorted() && (options.store.is_some() || call.is_of_script()) {
                members.sort();
            }
            members
        }
        Some(Value::ZSet(zset)) => {
            let mut members: Vec<_> = zset.iter().map(|(m, _)| m.to_vec()).collect();
            if options.unsorted() && options.descending {
                members.reverse();
            }
            members
        }
        Some(_) => return Err(Fail::WRONG_TYPE),
    })
}

fn sort_items(
    node: &mut Node,
    at: At,
    items: &mut Vec<Vec<u8>>,
    options: &Options<'_>,
) -> Result<(), Fail> {
    let weight = |node: &mut Node, item: &[u8]| match options.by {
        Some(pattern) => by_pattern(node, at, pattern, item),
        None => Some(item.to_vec()),
    };
    if options.alpha {
        let mut keyed: Vec<_> = items.drain(..).map(|item| (weight(node, &item), item)).collect();
        keyed.sort_by(|a, b| match options.by {
            Some(_) => a.0.cmp(&b.0),
            None => a.1.cmp(&b.1),
        });
        items.extend(keyed.into_iter().map(|(_, item)| item));
    } else {
        let mut keyed = Vec::with_capacity(items.len());
        for item in items.drain(..) {
            let score = match weight(node, &item) {
                None => 0.0,
                Some(text) => {
                    score(&text).ok_or("ERR One or more scores can't be converted into double")?
                }
            };
            keyed.push((score, item));
        }
        // Equal scores are told apart by their bytes, so that the order is always the same.
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        items.extend(keyed.into_iter().map(|(_, item)| item));
    }
    if options.descending {
        items.reverse();
    }
    Ok(())
}

/// A score as C reads it: up to the first zero, without the white space in front; nothing is 0.
fn score(text: &[u8]) -> Option<f64> {
    let text = text.split(|b| *b == 0).next().unwrap_or_default();
    if text.is_empty() { Some(0.0) } else { number::parse_f64(number::after_space(text)) }
}

fn window(items: &[Vec<u8>], limit: Option<(i64, i64)>) -> &[Vec<u8>] {
    let Some((offset, count)) = limit else { return items };
    let len = items.len() as i64;
    let start = offset.clamp(0, len) as usize;
    let end = if count < 0 { len } else { (start as i64).saturating_add(count).min(len) } as usize;
    items.get(start..end).unwrap_or_default()
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
