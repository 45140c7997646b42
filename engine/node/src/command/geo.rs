//! Places in sorted sets: the single-member commands of geo.c. Searching is in `geo_search.rs`.

use engine_base::Extended;
use engine_resp::Reply;

use super::geohash::Place;
use super::macros::{keys, specs};
use super::{Answer, Call, Fail, Spec, args, geo_search};

/// The family's table.
pub(crate) const SPECS: &[Spec] = specs! {
    "geoadd" -5 [WRITE DENYOOM] (1) [GEO] => geoadd,
    "geodist" -4 [READONLY] (1) [GEO] => geodist,
    "geohash" -2 [READONLY] (1) [GEO] => geohash,
    "geopos" -2 [READONLY] (1) [GEO] => geopos,
    "georadius" -6 [WRITE DENYOOM MOVABLE_KEYS] (find radius_keys) [GEO] => |call| geo_search::georadius(call, false, true),
    "georadius_ro" -6 [READONLY] (1) [GEO] => |call| geo_search::georadius(call, false, false),
    "georadiusbymember" -5 [WRITE DENYOOM MOVABLE_KEYS] (find radius_keys) [GEO] => |call| geo_search::georadius(call, true, true),
    "georadiusbymember_ro" -5 [READONLY] (1) [GEO] => |call| geo_search::georadius(call, true, false),
    "geosearch" -7 [READONLY] (1) [GEO] => geo_search::geosearch,
    "geosearchstore" -8 [WRITE DENYOOM] (1 2 1) [GEO] => geo_search::geosearchstore,
};

/// The first argument, and what follows the last `STORE` or `STOREDIST`, whose key is the one that
/// is written (`georadiusGetKeys`). The word that follows one is a key, whatever it says.
fn radius_keys(words: &[&[u8]]) -> Vec<usize> {
    let (mut stored, mut at) = (None, 5);
    while at + 1 < words.len() {
        if args::is(words[at], "store") || args::is(words[at], "storedist") {
            at += 1;
            stored = Some(at);
        }
        at += 1;
    }
    std::iter::once(1).chain(stored).collect()
}

/// A longitude and a latitude.
pub(super) fn place(lon: &[u8], lat: &[u8]) -> Result<Place, Fail> {
    let place = Place { lon: args::float(lon)?, lat: args::float(lat)? };
    if place.is_valid() {
        return Ok(place);
    }
    let Place { lon, lat } = place;
    Err(format!("ERR invalid longitude,latitude pair {lon:.6},{lat:.6}").into())
}

/// Metres in a unit of length.
pub(super) fn unit(word: &[u8]) -> Result<f64, Fail> {
    match word.to_ascii_lowercase().as_slice() {
        b"m" => Ok(1.0),
        b"km" => Ok(1000.0),
        b"ft" => Ok(0.3048),
        b"mi" => Ok(1609.34),
        _ => Err("ERR unsupported unit provided. please use M, KM, FT, MI".into()),
    }
}

/// The place that a score stands for.
pub(super) fn of_score(score: f64) -> Place {
    Place::decode(cell(score))
}

/// The number of a cell. A score need not be one: then what Redis's conversion gives on the
/// machines it runs on, which goes around instead of stopping at the ends.
fn cell(score: f64) -> u64 {
    const HALF: f64 = (1_u64 << 63) as f64;
    // What has no place in 64 bits, infinities and NaN too, becomes the smallest number.
    let signed = |n: f64| if (-HALF..HALF).contains(&n) { n as i64 } else { i64::MIN };
    if score < HALF { signed(score) as u64 } else { (signed(score - HALF) ^ i64::MIN) as u64 }
}

/// A distance with four decimals.
pub(super) fn reply_distance(out: &mut Reply, distance: f64) {
    out.bulk(four_decimals(distance).as_bytes());
}

/// What `{:.4}` gives: distances are many, and by whole numbers it takes a fifth of the time.
fn four_decimals(number: f64) -> String {
    let (fraction_bits, bias) = (52, 1023);
    let bits = number.to_bits();
    let exponent = (bits >> fraction_bits) as i64;
    // From 2^-20 to 2^40: what is scaled and shifted has room in 128 bits.
    if !(bias - 20..bias + 40).contains(&exponent) {
        return format!("{number:.4}");
    }
    let scaled = u128::from(bits & ((1 << fraction_bits) - 1) | 1 << fraction_bits) * 10_000;
    let shift = fraction_bits - (exponent - bias);
    let (whole, rest, half) = (scaled >> shift, scaled & ((1 << shift) - 1), 1_u128 << (shift - 1));
    let up = rest > half || rest == half && whole & 1 == 1;
    let units = (whole + u128::from(up)) as u64;
    format!("{}.{:04}", units / 10_000, units % 10_000)
}

/// A coordinate with as many decimals as it has, up to 17 (`addReplyHumanLongDouble`).
pub(super) fn reply_place(out: &mut Reply, place: Place) {
    out.array(2);
    for degrees in [place.lon, place.lat] {
        let text = Extended::from_f64(degrees).map(Extended::to_text).unwrap_or_default();
        out.double_text(&text);
    }
}

/// `GEOADD key [NX|XX] [CH] longitude latitude member …`: a ZADD whose scores are places.
fn geoadd(call: &mut Call<'_>) -> Answer {
    let words = call.args;
    let options = words[2..]
        .iter()
        .take_while(|word| ["nx", "xx", "ch"].iter().any(|option| args::is(word, option)))
        .count();
    let (options, triples) = words[2..].split_at(options);
    let has = |name: &str| options.iter().any(|word| args::is(word, name));
    let (triples, rest) = triples.as_chunks::<3>();
    if !rest.is_empty() || (has("nx") && has("xx")) {
        return Err(Fail::SYNTAX);
    }
    let mut scores = Vec::with_capacity(triples.len());
    for [lon, lat, _] in triples {
        scores.push(place(lon, lat)?.encode().to_string());
    }
    let mut told: Vec<&[u8]> = vec![b"zadd", words[1]];
    told.extend(options);
    for (score, [_, _, member]) in scores.iter().zip(triples) {
        told.push(score.as_bytes());
        told.push(member);
    }
    super::zset::zadd_words(call, &told)?;
    call.propagate_instead(&told);
    Ok(())
}

/// `GEODIST key member1 member2 [M|KM|FT|MI]`
fn geodist(call: &mut Call<'_>) -> Answer {
    let metres = match call.args[4..] {
        [] => 1.0,
        [word] => unit(word)?,
        _ => return Err(Fail::SYNTAX),
    };
    let at = call.at();
    let zset = call.node.read_zset(at, call.args[1])?;
    let score = |member: &[u8]| zset.and_then(|z| z.score(member));
    match (score(call.args[2]), score(call.args[3])) {
        (Some(a), Some(b)) => reply_distance(call.out, of_score(a).distance(of_score(b)) / metres),
        _ => call.out.null(),
    }
    Ok(())
}

/// `GEOHASH key [member …]`
fn geohash(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let zset = call.node.read_zset(at, call.args[1])?;
    call.out.array(call.args.len() - 2);
    for member in &call.args[2..] {
        match zset.and_then(|z| z.score(member)) {
            Some(score) => call.out.bulk(&of_score(score).letters()),
            None => call.out.null(),
        }
    }
    Ok(())
}

/// `GEOPOS key [member …]`
fn geopos(call: &mut Call<'_>) -> Answer {
    let at = call.at();
    let zset = call.node.read_zset(at, call.args[1])?;
    call.out.array(call.args.len() - 2);
    for member in &call.args[2..] {
        match zset.and_then(|z| z.score(member)) {
            Some(score) => reply_place(call.out, of_score(score)),
            None => call.out.null_array(),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use engine_base::{Rng, Seed};

    use super::four_decimals;

    #[test]
    fn a_distance_is_rounded_as_by_the_formatter() {
        let mut rng = Rng::new(Seed::from_number(4));
        let drawn = (0..20_000).map(|n| rng.index(1 << 40) as f64 / (1_u64 << (n % 41)) as f64);
        // Halfway between two, on the edges of what is counted by whole numbers, and outside.
        let odd = [0.0, 0.03125, 0.09375, 1e-9, 9.5e-7, 0.000_05, 0.999_95, 1.099_511_627_776e12];
        let more = [1e300, f64::INFINITY, -1.5, 166_274.151_56, f64::MIN_POSITIVE];
        for number in drawn.chain(odd).chain(more) {
            assert_eq!(four_decimals(number), format!("{number:.4}"), "{number:e}");
        }
    }
}
