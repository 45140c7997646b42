//! Which data which functions read, told by the linker: with `--emit-relocs` it leaves the place of every
//! address that it wrote into code and data (tool-conventions, `Linking.md`).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use anyhow::{Context, Result};
use wasmparser::{
    DataKind, KnownCustom, Linking, Name, Operator, Parser, Payload, RelocationEntry,
    RelocationType, SymbolInfo,
};

/// Shorter runs stay where they are: a segment has a head of its own.
const SHORTEST: usize = 48;
/// Between two pieces of data there may be so many bytes that are nobody's, for alignment.
const PADDING: usize = 16;

/// Who reads what in a module.
#[derive(Default)]
pub(crate) struct Reach {
    /// Pieces of data by their number: where they stand in memory.
    pieces: BTreeMap<u32, Range<usize>>,
    /// What functions of one name read.
    by_code: BTreeMap<String, BTreeSet<u32>>,
    /// What a piece points to.
    by_data: BTreeMap<u32, BTreeSet<u32>>,
}

/// What the module says of itself.
#[derive(Default)]
struct Told<'a> {
    imported: u32,
    names: BTreeMap<u32, &'a str>,
    /// Where the bodies of functions stand in the file, in their order.
    bodies: Vec<Range<usize>>,
    /// Data: where in the file, and at which address.
    segments: Vec<(Range<usize>, usize)>,
    /// Where sections begin in the file.
    sections: Vec<usize>,
    symbols: Vec<SymbolInfo<'a>>,
    relocations: Vec<(u32, RelocationEntry)>,
}

impl Reach {
    /// Of a module as the linker wrote it; of one without relocations, that nobody reads anything.
    pub(crate) fn of(bytes: &[u8]) -> Result<Self> {
        let told = Told::by(bytes)?;
        let mut reach = Self::default();
        for (number, symbol) in (0..).zip(&told.symbols) {
            let SymbolInfo::Data { symbol: Some(place), .. } = symbol else { continue };
            // Memory that begins as zeroes is no segment.
            let Some((_, at)) = told.segments.get(place.index as usize) else { continue };
            let at = at + place.offset as usize;
            reach.pieces.insert(number, at..at + place.size as usize);
        }
        let by_address: BTreeMap<usize, u32> =
            reach.pieces.iter().map(|(number, range)| (range.start, *number)).collect();
        for (section, entry) in &told.relocations {
            if !is_address(entry.ty) || !reach.pieces.contains_key(&entry.index) {
                continue;
            }
            let begin = told.sections.get(*section as usize).context("no such section")?;
            let at = begin + entry.offset as usize;
            if let Some(name) = told.function_at(at) {
                reach.by_code.entry(readable(name)).or_default().insert(entry.index);
            } else if let Some(address) = told.address_at(at) {
                let holder = by_address.range(..=address).next_back();
                let (_, holder) = holder.context("an address outside of all data")?;
                reach.by_data.entry(*holder).or_default().insert(entry.index);
            }
        }
        Ok(reach)
    }

    /// The places in memory that none of these functions reads, nor anything that they read points to.
    pub(crate) fn unread<'a>(&self, functions: impl Iterator<Item = &'a str>) -> Vec<Range<usize>> {
        let mut open: Vec<u32> = functions
            .filter_map(|name| self.by_code.get(shared(name)))
            .flatten()
            .copied()
            .collect();
        let mut read = BTreeSet::new();
        while let Some(piece) = open.pop() {
            if read.insert(piece) {
                open.extend(self.by_data.get(&piece).into_iter().flatten());
            }
        }
        let place = |number: &u32| self.pieces[number].clone();
        let kept = merged(read.iter().map(place).collect());
        let mut unread: Vec<Range<usize>> =
            self.pieces.iter().filter(|(n, _)| !read.contains(n)).map(|(n, _)| place(n)).collect();
        unread.sort_unstable_by_key(|range| range.start);
        let mut runs: Vec<Range<usize>> = Vec::new();
        for range in unread {
            let is_kept = |range: &Range<usize>| {
                let next = kept.partition_point(|kept| kept.end <= range.start);
                kept.get(next).is_some_and(|kept| kept.start < range.end)
            };
            if range.is_empty() || is_kept(&range) {
                continue;
            }
            match runs.last_mut() {
                Some(last)
                    if range.start <= last.end + PADDING
                        && !is_kept(&(last.start..range.end.max(last.end))) =>
                {
                    last.end = range.end.max(last.end);
                }
                _ => runs.push(range),
            }
        }
        runs.retain(|run| run.len() >= SHORTEST);
        runs
    }
}

/// Places without overlaps, in their order.
fn merged(mut places: Vec<Range<usize>>) -> Vec<Range<usize>> {
    places.retain(|place| !place.is_empty());
    places.sort_unstable_by_key(|place| place.start);
    let mut merged: Vec<Range<usize>> = Vec::with_capacity(places.len());
    for place in places {
        match merged.last_mut() {
            Some(last) if place.start < last.end => last.end = last.end.max(place.end),
            _ => merged.push(place),
        }
    }
    merged
}

/// A name without the number that wasm-bindgen gives to the second and later functions of that name.
fn shared(name: &str) -> &str {
    let numbered = name.strip_suffix(']').and_then(|name| name.rsplit_once('['));
    match numbered {
        Some((shared, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => shared,
        _ => name,
    }
}

/// A function's name as wasm-bindgen writes it.
fn readable(name: &str) -> String {
    rustc_demangle::try_demangle(name).map_or_else(|_| name.to_owned(), |name| name.to_string())
}

fn is_address(kind: RelocationType) -> bool {
    use RelocationType as Kind;
    matches!(kind, Kind::MemoryAddrLeb | Kind::MemoryAddrSleb | Kind::MemoryAddrI32)
}

impl<'a> Told<'a> {
    fn by(bytes: &'a [u8]) -> Result<Self> {
        let mut told = Self::default();
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            if let Some((_, range)) = payload.as_section() {
                told.sections.push(range.start);
            }
            match payload {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        let function = matches!(import?.ty, wasmparser::TypeRef::Func(_));
                        told.imported += u32::from(function);
                    }
                }
                Payload::CodeSectionEntry(body) => told.bodies.push(body.range()),
                Payload::DataSection(data) => {
                    for segment in data {
                        let segment = segment?;
                        let DataKind::Active { offset_expr, .. } = segment.kind else { continue };
                        let mut ops = offset_expr.get_operators_reader();
                        let Operator::I32Const { value } = ops.read()? else { continue };
                        let end = segment.range.end;
                        let at = value.cast_unsigned() as usize;
                        told.segments.push((end - segment.data.len()..end, at));
                    }
                }
                Payload::CustomSection(custom) => told.custom(custom.as_known())?,
                _ => {}
            }
        }
        Ok(told)
    }

    fn custom(&mut self, section: KnownCustom<'a>) -> Result<()> {
        match section {
            KnownCustom::Linking(linking) => {
                for part in linking.subsections() {
                    let Linking::SymbolTable(symbols) = part? else { continue };
                    self.symbols = symbols.into_iter().collect::<Result<_, _>>()?;
                }
            }
            KnownCustom::Reloc(relocations) => {
                for entry in relocations.entries() {
                    self.relocations.push((relocations.section_index(), entry?));
                }
            }
            KnownCustom::Name(names) => {
                for part in names {
                    let Name::Function(names) = part? else { continue };
                    for naming in names {
                        let naming = naming?;
                        self.names.insert(naming.index, naming.name);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn function_at(&self, at: usize) -> Option<&'a str> {
        let place = self.bodies.partition_point(|body| body.end <= at);
        self.bodies.get(place).filter(|body| body.contains(&at))?;
        self.names.get(&(self.imported + u32::try_from(place).ok()?)).copied()
    }

    fn address_at(&self, at: usize) -> Option<usize> {
        let (place, address) = self.segments.iter().find(|(place, _)| place.contains(&at))?;
        Some(address + at - place.start)
    }
}

/// The module without what the linker told: no other tool keeps it in step.
pub(crate) fn stripped(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut out = bytes.get(..8).context("no module")?.to_vec();
    for payload in Parser::new(0).parse_all(bytes) {
        let payload = payload?;
        let Some((id, contents)) = payload.as_section() else { continue };
        if let Payload::CustomSection(custom) = &payload
            && (custom.name() == "linking" || custom.name().starts_with("reloc."))
        {
            continue;
        }
        out.push(id);
        let mut length = u32::try_from(contents.len())?;
        while length >= 0x80 {
            out.push(length as u8 | 0x80);
            length >>= 7;
        }
        out.push(length as u8);
        out.extend_from_slice(&bytes[contents]);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What none of the functions reads, as first and last byte.
    fn unread(reach: &Reach, functions: &[&str]) -> Vec<(usize, usize)> {
        let runs = reach.unread(functions.iter().copied());
        runs.into_iter().map(|run| (run.start, run.end - 1)).collect()
    }

    fn set<const N: usize>(pieces: [u32; N]) -> BTreeSet<u32> {
        pieces.into_iter().collect()
    }

    #[test]
    fn what_a_function_reads_and_what_that_points_to_is_read() {
        let reach = Reach {
            pieces: [(1, 100..200), (2, 200..300), (3, 304..400), (4, 400..500)].into(),
            by_code: [("a".to_owned(), set([1])), ("b".to_owned(), set([3]))].into(),
            by_data: [(1, set([2])), (2, set([1]))].into(),
        };
        assert_eq!(unread(&reach, &["a"]), [(304, 499)]);
        assert_eq!(unread(&reach, &["a[12]"]), [(304, 499)], "another of that name");
        assert_eq!(unread(&reach, &["b", "unknown"]), [(100, 299), (400, 499)]);
        assert_eq!(unread(&reach, &["a", "b"]), [(400, 499)]);
        assert_eq!(unread(&reach, &[]), [(100, 499)], "over what alignment leaves between");
    }

    #[test]
    fn what_shares_bytes_with_what_is_read_stays_and_so_do_short_pieces() {
        let reach = Reach {
            pieces: [(1, 100..200), (2, 150..300), (3, 300..310), (4, 320..400)].into(),
            by_code: [("a".to_owned(), set([1]))].into(),
            by_data: BTreeMap::new(),
        };
        assert_eq!(unread(&reach, &["a"]), [(300, 399)]);
        let short = Reach { pieces: [(3, 300..310)].into(), ..Reach::default() };
        assert_eq!(unread(&short, &[]), []);
    }

    #[test]
    fn a_module_without_relocations_gives_nothing_away() {
        let bytes = walrus::Module::default().emit_wasm();
        let reach = Reach::of(&bytes).expect("a module");
        assert_eq!(unread(&reach, &[]), []);
        assert!(Reach::of(b"no module").is_err());
    }

    #[test]
    fn only_what_the_linker_told_is_left_out() {
        let with = |names: &[&str]| {
            let mut module = walrus::Module::default();
            module.memories.add_local(false, false, 1, None, None);
            for name in names {
                let data = vec![7; 300];
                module.customs.add(walrus::RawCustomSection { name: (*name).to_owned(), data });
            }
            module.emit_wasm()
        };
        let told = with(&["linking", "kept", "reloc.CODE"]);
        assert_eq!(stripped(&told).expect("a module"), with(&["kept"]));
        assert!(stripped(b"no module").is_err());
    }
}
