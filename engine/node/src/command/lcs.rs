//! `LCS`: the longest common subsequence of two strings (`lcsCommand` in t_string.c).

use engine_store::Str;

use super::{Answer, Call, Fail, args};

#[derive(Default)]
struct Wanted {
    idx: bool,
    len: bool,
    min_match: usize,
    with_match_len: bool,
}

/// A run of equal bytes: first and last position in both strings.
struct Match {
    a: (usize, usize),
    b: (usize, usize),
}

/// Bytes that the table of lengths may take.
const TABLE_MAX: usize = 512 * 1024 * 1024;

/// `LCS key1 key2 [LEN] [IDX] [MINMATCHLEN len] [WITHMATCHLEN]`
pub(super) fn lcs(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let not_strings = || Fail::new("ERR The specified keys must contain string values");
    let a = call.node.read_str(at, call.args[1]).map_err(|_| not_strings())?.map(Str::to_vec);
    let b = call.node.read_str(at, call.args[2]).map_err(|_| not_strings())?.map(Str::to_vec);
    let wanted = parse(&call.args[3..])?;
    if wanted.idx && wanted.len {
        return Err("ERR If you want both the length and indexes, please just use IDX.".into());
    }
    let (a, b) = (a.unwrap_or_default(), b.unwrap_or_default());
    let cells = (a.len() + 1).saturating_mul(b.len() + 1);
    let bytes = cells.saturating_mul(4);
    if bytes as u64 > call.node.config.proto_max_bulk_len {
        return Err(
            "ERR Insufficient memory, transient memory for LCS exceeds proto-max-bulk-len".into()
        );
    }
    if bytes > TABLE_MAX {
        return Err("ERR Insufficient memory, failed allocating transient memory for LCS".into());
    }
    let table = lengths(&a, &b);
    let total = table.last().copied().unwrap_or(0);
    if wanted.len {
        call.out.int(i64::from(total));
        return Ok(());
    }
    let (text, matches) = walk_back(&a, &b, &table);
    if !wanted.idx {
        call.out.bulk(&text);
        return Ok(());
    }
    call.out.map(2);
    call.out.bulk(b"matches");
    let shown: Vec<&Match> =
        matches.iter().filter(|m| m.a.1 - m.a.0 + 1 >= wanted.min_match).collect();
    call.out.array(shown.len());
    for m in shown {
        call.out.array(2 + usize::from(wanted.with_match_len));
        for (from, to) in [m.a, m.b] {
            call.out.array(2);
            call.out.len_int(from);
            call.out.len_int(to);
        }
        if wanted.with_match_len {
            call.out.len_int(m.a.1 - m.a.0 + 1);
        }
    }
    call.out.bulk(b"len");
    call.out.int(i64::from(total));
    Ok(())
}

fn parse(words: &[&[u8]]) -> Result<Wanted, Fail> {
    let mut wanted = Wanted::default();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if args::is(word, "idx") {
            wanted.idx = true;
        } else if args::is(word, "len") {
            wanted.len = true;
        } else if args::is(word, "withmatchlen") {
            wanted.with_match_len = true;
        } else if args::is(word, "minmatchlen")
            && let Some(amount) = words.next()
        {
            wanted.min_match = usize::try_from(args::int(amount)?).unwrap_or(0);
        } else {
            return Err(Fail::SYNTAX);
        }
    }
    Ok(wanted)
}

/// The length of the longest common subsequence of every pair of beginnings, row by row of `a`.
fn lengths(a: &[u8], b: &[u8]) -> Vec<u32> {
    let width = b.len() + 1;
    let mut table = vec![0_u32; (a.len() + 1) * width];
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            table[i * width + j] = if a[i - 1] == b[j - 1] {
                table[(i - 1) * width + j - 1] + 1
            } else {
                table[(i - 1) * width + j].max(table[i * width + j - 1])
            };
        }
    }
    table
}

/// The subsequence, and its runs from the last to the first.
fn walk_back(a: &[u8], b: &[u8], table: &[u32]) -> (Vec<u8>, Vec<Match>) {
    let width = b.len() + 1;
    let (mut i, mut j) = (a.len(), b.len());
    let mut text = Vec::new();
    let mut matches: Vec<Match> = Vec::new();
    while i > 0 && j > 0 {
        if a[i - 1] == b[j - 1] {
            text.push(a[i - 1]);
            match matches.last_mut() {
                Some(run) if run.a.0 == i && run.b.0 == j => {
                    run.a.0 = i - 1;
                    run.b.0 = j - 1;
                }
                _ => matches.push(Match { a: (i - 1, i - 1), b: (j - 1, j - 1) }),
            }
            i -= 1;
            j -= 1;
        } else if table[(i - 1) * width + j] > table[i * width + j - 1] {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    text.reverse();
    (text, matches)
}
