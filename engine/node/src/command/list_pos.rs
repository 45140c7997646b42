//! `LPOS`: where an element stands in a list (`lposCommand` in t_list.c).

use engine_store::{Elem, List};

use super::{Answer, Call, Fail, args};

struct Wanted {
    /// Which match is the first wanted; negative: counted from the end.
    rank: i64,
    /// How many matches; `None` for one, told without an array.
    count: Option<usize>,
    /// How many elements to compare at most.
    max_len: usize,
}

/// `LPOS key element [RANK rank] [COUNT count] [MAXLEN len]`
pub(super) fn lpos(call: &mut Call<'_>) -> Answer {
    let wanted = parse(&call.args[3..])?;
    let at = call.at();
    let element = call.args[2];
    let Some(list) = call.node.read_list(at, call.args[1])? else {
        if wanted.count.is_some() {
            call.out.array(0);
        } else {
            call.out.null();
        }
        return Ok(());
    };
    let len = list.len();
    let found: Vec<usize> = if wanted.rank < 0 {
        let from_back = list.iter_back_from(len.saturating_sub(1));
        positions(from_back, element, &wanted).map(|at| len - 1 - at).collect()
    } else {
        positions(List::iter(list), element, &wanted).collect()
    };
    match (wanted.count, found.first()) {
        (Some(_), _) => {
            call.out.array(found.len());
            found.iter().for_each(|at| call.out.len_int(*at));
        }
        (None, Some(at)) => call.out.len_int(*at),
        (None, None) => call.out.null(),
    }
    Ok(())
}

fn positions<'a>(
    elements: impl Iterator<Item = Elem<'a>>,
    element: &[u8],
    wanted: &Wanted,
) -> impl Iterator<Item = usize> {
    let count = match wanted.count {
        None => 1,
        Some(0) => usize::MAX,
        Some(n) => n,
    };
    elements
        .take(wanted.max_len)
        .enumerate()
        .filter(move |(_, e)| e.is(element))
        .map(|(at, _)| at)
        .skip(wanted.rank.unsigned_abs() as usize - 1)
        .take(count)
}

fn parse(words: &[&[u8]]) -> Result<Wanted, Fail> {
    let mut wanted = Wanted { rank: 1, count: None, max_len: usize::MAX };
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let Some(value) = words.next() else { return Err(Fail::SYNTAX) };
        if args::is(word, "rank") {
            // The lowest number cannot be turned round: Redis takes it for the last match.
            wanted.rank = match args::int(value)? {
                i64::MIN => -1,
                rank => rank,
            };
            if wanted.rank == 0 {
                return Err("ERR RANK can't be zero: use 1 to start from the first match, 2 from \
                            the second ... or use negative to start from the end of the list"
                    .into());
            }
        } else if args::is(word, "count") {
            wanted.count = Some(args::count_or(value, "ERR COUNT can't be negative")?);
        } else if args::is(word, "maxlen") {
            let max = args::count_or(value, "ERR MAXLEN can't be negative")?;
            wanted.max_len = if max == 0 { usize::MAX } else { max };
        } else {
            return Err(Fail::SYNTAX);
        }
    }
    Ok(wanted)
}
