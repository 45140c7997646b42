//! Searching places: `GEOSEARCH` and the older `GEORADIUS` commands (`georadiusGeneric` in geo.c).

use engine_store::{ScoreBound, ZSet};

use super::geo::{of_score, place, reply_distance, reply_place, unit};
use super::geo_areas::areas;
use super::geohash::Place;
use super::partial_sort::partial_sort;
use super::{Answer, Call, Fail, args};

/// Around what.
#[derive(Clone, Copy)]
enum From {
    Place(Place),
    /// A member, and where it is; nowhere when there is no key.
    Member(Option<Place>),
}

/// How far, in metres.
#[derive(Clone, Copy)]
enum Shape {
    Radius(f64),
    Box { width: f64, height: f64 },
}

impl Shape {
    /// The distance of a place from the middle, if it is inside.
    fn distance(self, middle: Place, place: Place) -> Option<f64> {
        let distance = middle.distance(place);
        let inside = match self {
            Self::Radius(radius) => distance <= radius,
            Self::Box { width, height } => {
                let north = place.distance(Place { lat: middle.lat, ..place });
                let east = place.distance(Place { lon: middle.lon, ..place });
                north <= height / 2.0 && east <= width / 2.0
            }
        };
        inside.then_some(distance)
    }

    /// The ranges of scores in which places of this shape lie.
    fn areas(self, middle: Place) -> Vec<(u64, u64)> {
        match self {
            Self::Radius(radius) => areas(middle, radius, radius, radius),
            Self::Box { width, height } => {
                let (half_width, half_height) = (width / 2.0, height / 2.0);
                areas(middle, half_width, half_height, half_width.hypot(half_height))
            }
        }
    }
}

/// What is asked for.
struct Query<'a> {
    from: Option<From>,
    shape: Option<Shape>,
    /// Metres of the unit in which distances are told.
    unit: f64,
    descending: Option<bool>,
    count: usize,
    any: bool,
    with_dist: bool,
    with_hash: bool,
    with_coord: bool,
    store: Option<&'a [u8]>,
    store_dist: bool,
}

impl Query<'_> {
    const fn new() -> Self {
        Self {
            from: None,
            shape: None,
            unit: 1.0,
            descending: None,
            count: 0,
            any: false,
            with_dist: false,
            with_hash: false,
            with_coord: false,
            store: None,
            store_dist: false,
        }
    }
}

/// One place that was found.
struct Hit {
    member: Vec<u8>,
    score: f64,
    distance: f64,
}

/// `GEORADIUS key longitude latitude radius unit …`, `GEORADIUSBYMEMBER key member radius unit …`
pub(super) fn georadius(call: &mut Call<'_>, by_member: bool, may_store: bool) -> Answer {
    let words = call.args;
    let form = if may_store { Form::Radius } else { Form::RadiusReadOnly };
    run(call, words[1], form, |query, zset| {
        let at = if by_member { 3 } else { 4 };
        let known = !by_member || zset.is_some();
        query.from = Some(if by_member {
            From::Member(of_member(zset, words[2])?)
        } else {
            From::Place(place(words[2], words[3])?)
        });
        // Redis does not look at the radius around a member of a key that is not there.
        if known {
            let radius = radius(words[at])?;
            query.unit = unit(words[at + 1])?;
            query.shape = Some(Shape::Radius(radius * query.unit));
        }
        parse(query, zset, &words[at + 2..], form)
    })
}

/// `GEOSEARCH key …`
pub(super) fn geosearch(call: &mut Call<'_>) -> Answer {
    let words = call.args;
    run(call, words[1], Form::Search, |query, zset| parse(query, zset, &words[2..], Form::Search))
}

/// `GEOSEARCHSTORE destination source …`
pub(super) fn geosearchstore(call: &mut Call<'_>) -> Answer {
    let words = call.args;
    run(call, words[2], Form::SearchStore, |query, zset| {
        query.store = Some(words[1]);
        parse(query, zset, &words[3..], Form::SearchStore)
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Form {
    Radius,
    RadiusReadOnly,
    Search,
    SearchStore,
}

impl Form {
    /// Whether middle and shape are options.
    const fn is_search(self) -> bool {
        matches!(self, Self::Search | Self::SearchStore)
    }
}

/// Where a member is; nowhere without a key.
fn of_member(zset: Option<&ZSet>, member: &[u8]) -> Result<Option<Place>, Fail> {
    let Some(zset) = zset else { return Ok(None) };
    let score = zset.score(member).ok_or("ERR could not decode requested zset member")?;
    Ok(Some(of_score(score)))
}

fn radius(arg: &[u8]) -> Result<f64, Fail> {
    let radius = args::float(arg).map_err(|_| Fail::new("ERR need numeric radius"))?;
    if radius < 0.0 {
        return Err("ERR radius cannot be negative".into());
    }
    Ok(radius)
}

/// What a wrong word is told as depends on what stands before it: members are looked up on the way.
fn parse<'a>(query: &mut Query<'a>, zset: Option<&ZSet>, words: &[&'a [u8]], form: Form) -> Answer {
    let search = form.is_search();
    let mut rest = words;
    while let [word, tail @ ..] = rest {
        let word = word.to_ascii_lowercase();
        rest = match (word.as_slice(), tail) {
            (b"withdist", _) => flag(&mut query.with_dist, tail),
            (b"withhash", _) => flag(&mut query.with_hash, tail),
            (b"withcoord", _) => flag(&mut query.with_coord, tail),
            (b"any", _) => flag(&mut query.any, tail),
            (b"storedist", _) if form == Form::SearchStore => flag(&mut query.store_dist, tail),
            (b"asc", _) => {
                query.descending = Some(false);
                tail
            }
            (b"desc", _) => {
                query.descending = Some(true);
                tail
            }
            (b"count", [count, tail @ ..]) => {
                let count = args::int(count)?;
                query.count = usize::try_from(count)
                    .ok()
                    .filter(|n| *n > 0)
                    .ok_or("ERR COUNT must be > 0")?;
                tail
            }
            (b"store" | b"storedist", [key, tail @ ..]) if form == Form::Radius => {
                query.store = Some(key);
                query.store_dist = word == b"storedist";
                tail
            }
            (b"frommember", [member, tail @ ..])
                if search && !matches!(query.from, Some(From::Place(_))) =>
            {
                query.from = Some(From::Member(of_member(zset, member)?));
                tail
            }
            (b"fromlonlat", [lon, lat, tail @ ..])
                if search && !matches!(query.from, Some(From::Member(_))) =>
            {
                query.from = Some(From::Place(place(lon, lat)?));
                tail
            }
            (b"byradius", [far, of, tail @ ..])
                if search && !matches!(query.shape, Some(Shape::Box { .. })) =>
            {
                let far = radius(far)?;
                query.unit = unit(of)?;
                query.shape = Some(Shape::Radius(far * query.unit));
                tail
            }
            (b"bybox", [width, height, of, tail @ ..])
                if search && !matches!(query.shape, Some(Shape::Radius(_))) =>
            {
                let number =
                    |arg, error: &'static str| args::float(arg).map_err(|_| Fail::new(error));
                let width = number(width, "ERR need numeric width")?;
                let height = number(height, "ERR need numeric height")?;
                if width < 0.0 || height < 0.0 {
                    return Err("ERR height or width cannot be negative".into());
                }
                query.unit = unit(of)?;
                let metres = query.unit;
                query.shape = Some(Shape::Box { width: width * metres, height: height * metres });
                tail
            }
            _ => return Err(Fail::SYNTAX),
        };
    }
    Ok(())
}

fn flag<'a, 'b>(flag: &mut bool, tail: &'b [&'a [u8]]) -> &'b [&'a [u8]] {
    *flag = true;
    tail
}

/// What cannot be asked for together.
fn check(name: &[u8], query: &Query<'_>, form: Form) -> Answer {
    let name = String::from_utf8_lossy(name);
    let told = query.with_dist || query.with_hash || query.with_coord;
    if query.store.is_some() && told {
        let what =
            if form == Form::SearchStore { "GEOSEARCHSTORE" } else { "STORE option in GEORADIUS" };
        return Err(format!(
            "ERR {what} is not compatible with WITHDIST, WITHHASH and WITHCOORD options"
        )
        .into());
    }
    if form.is_search() && query.from.is_none() {
        return Err(format!(
            "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for {name}"
        )
        .into());
    }
    if form.is_search() && query.shape.is_none() {
        return Err(
            format!("ERR exactly one of BYRADIUS and BYBOX can be specified for {name}").into()
        );
    }
    if query.any && query.count == 0 {
        return Err("ERR the ANY argument requires COUNT argument".into());
    }
    Ok(())
}

/// `read` reads the words, in Redis's order: first the key's type, then what they say.
fn run<'a>(
    call: &mut Call<'a>,
    key: &[u8],
    form: Form,
    read: impl FnOnce(&mut Query<'a>, Option<&ZSet>) -> Answer,
) -> Answer {
    let (at, name) = (call.at(), call.args[0]);
    let zset = call.node.read_zset(at, key)?;
    let mut query = Query::new();
    read(&mut query, zset)?;
    check(name, &query, form)?;
    let middle = match query.from {
        Some(From::Place(middle) | From::Member(Some(middle))) => Some(middle),
        Some(From::Member(None)) | None => None,
    };
    let mut hits = match (zset, middle, query.shape) {
        (Some(zset), Some(middle), Some(shape)) => {
            find(zset, middle, shape, if query.any { query.count } else { usize::MAX })
        }
        _ => Vec::new(),
    };
    // Those nearest to the middle are wanted when only some are, unless any will do.
    let nearest = query.count > 0 && !query.any;
    if let Some(descending) = query.descending.or(nearest.then_some(false)) {
        let by_distance = |a: &Hit, b: &Hit| {
            let order = a.distance.total_cmp(&b.distance);
            if descending { order.reverse() } else { order }
        };
        if (1..hits.len()).contains(&query.count) {
            partial_sort(&mut hits, &(0..query.count), &by_distance);
        } else {
            hits.sort_by(by_distance);
        }
    }
    if query.count > 0 {
        hits.truncate(query.count);
    }
    match query.store {
        Some(target) => store(call, &query, target, &hits),
        None => show(call, &query, &hits),
    }
    Ok(())
}

/// Looks through the areas around the middle, until `most` are found.
fn find(zset: &ZSet, middle: Place, shape: Shape, most: usize) -> Vec<Hit> {
    let mut hits = Vec::new();
    for (from, to) in shape.areas(middle) {
        let min = ScoreBound { value: from as f64, exclusive: false };
        let max = ScoreBound { value: to as f64, exclusive: true };
        let ranks = (zset.rank_of_min_score(min), zset.rank_of_max_score(max));
        let found = zset.range(ranks.0, ranks.1).filter_map(|(member, score)| {
            let distance = shape.distance(middle, of_score(score))?;
            Some(Hit { member: member.to_vec(), score, distance })
        });
        hits.extend(found.take(most - hits.len()));
        if hits.len() == most {
            break;
        }
    }
    hits
}

fn store(call: &mut Call<'_>, query: &Query<'_>, target: &[u8], hits: &[Hit]) {
    let at = call.at();
    let limits = call.node.limits();
    if let Some(longest) = hits.iter().map(|hit| hit.member.len()).max() {
        let mut result = ZSet::for_member(longest, &limits);
        for hit in hits {
            let score = if query.store_dist { hit.distance / query.unit } else { hit.score };
            result.set(&hit.member, score, &limits);
        }
        call.node.put(at, target, result);
        let event = match call.spec.name {
            "geosearchstore" => "geosearchstore",
            _ => "georadiusstore",
        };
        call.changed(target, b'z', event);
    } else if call.node.make_room(at, target) {
        call.changed(target, b'g', "del");
    }
    call.out.len_int(hits.len());
}

fn show(call: &mut Call<'_>, query: &Query<'_>, hits: &[Hit]) {
    let extras = [query.with_dist, query.with_hash, query.with_coord];
    let extras = extras.iter().filter(|wanted| **wanted).count();
    call.out.array(hits.len());
    for hit in hits {
        if extras > 0 {
            call.out.array(1 + extras);
        }
        call.out.bulk(&hit.member);
        if query.with_dist {
            reply_distance(call.out, hit.distance / query.unit);
        }
        if query.with_hash {
            call.out.int(hit.score as i64);
        }
        if query.with_coord {
            reply_place(call.out, of_score(hit.score));
        }
    }
}
