//! All 16384 slots as pixels: 128 by 128 cells, row by row.

use crate::world::model::{SLOTS, SlotsView};

/// Cells on a side.
pub(crate) const SIDE: usize = 128;

/// Red, green, blue.
pub(crate) type Rgb = [u8; 3];

/// The shard colours as CSS has them (`--shard-0` …), and the one for nobody.
pub(crate) const fn palette(dark: bool) -> [Rgb; 8] {
    if dark {
        [
            [0x56, 0xb4, 0xe9],
            [0xe6, 0x9f, 0x00],
            [0x2b, 0xb5, 0x8b],
            [0xd8, 0x8a, 0xb5],
            [0xf0, 0xe4, 0x42],
            [0xf0, 0x7a, 0x3f],
            [0x8f, 0x9c, 0xf5],
            [0x1c, 0x26, 0x3a],
        ]
    } else {
        [
            [0x00, 0x72, 0xb2],
            [0xb3, 0x6b, 0x00],
            [0x00, 0x80, 0x5e],
            [0xa8, 0x45, 0x7f],
            [0x85, 0x74, 0x00],
            [0xc2, 0x4e, 0x00],
            [0x55, 0x60, 0xc8],
            [0xe3, 0xe8, 0xf0],
        ]
    }
}

/// The picture as RGBA, `scale` pixels a cell. A slot without keys is paler than one with; a slot
/// on its way carries the colour of both ends in two halves; every eighth line is a fine rule.
pub(crate) fn paint(slots: &SlotsView, dark: bool, scale: usize) -> Vec<u8> {
    let colours = palette(dark);
    let ground: Rgb = if dark { [0x0e, 0x14, 0x20] } else { [0xff, 0xff, 0xff] };
    let of_node = |ix: usize| {
        let shard = slots.shards.get(ix).copied().flatten();
        colours[shard.map_or(7, |s| usize::from(s).min(6))]
    };
    let width = SIDE * scale;
    let mut pixels = vec![255; width * width * 4];
    for slot in 0..SLOTS {
        let owner = slots.owner_of(slot as u16);
        let full = owner.map_or(colours[7], of_node);
        let keyed = slots.has_keys.get(slot).copied().unwrap_or(false);
        let solid = if keyed || owner.is_none() {
            100
        } else if dark {
            66
        } else {
            72
        };
        let moving = slots.moving.iter().find(|m| usize::from(m.0) == slot);
        let other = moving.map(|m| m.2.map_or([255, 255, 255], of_node));
        let (left, top) = (slot % SIDE * scale, slot / SIDE * scale);
        for y in 0..scale {
            for x in 0..scale {
                let mut colour = mix(full, ground, solid);
                if let Some(other) = other.filter(|_| x + y + 1 >= scale) {
                    colour = other;
                }
                let rule = scale > 1
                    && ((x == 0 && (slot % SIDE).is_multiple_of(8))
                        || (y == 0 && (slot / SIDE).is_multiple_of(8)));
                if rule && moving.is_none() {
                    colour = mix(colour, ground, 55);
                }
                let at = ((top + y) * width + left + x) * 4;
                pixels[at..at + 3].copy_from_slice(&colour);
            }
        }
    }
    pixels
}

/// Hatches a stretch of slots, both ends included: they have another owner in another world.
pub(crate) fn hatch(pixels: &mut [u8], (first, last): (u16, u16), dark: bool, scale: usize) {
    let line: Rgb = if dark { [0xff, 0xff, 0xff] } else { [0x0e, 0x14, 0x20] };
    let width = SIDE * scale;
    for slot in usize::from(first)..=usize::from(last).min(SLOTS - 1) {
        let (left, top) = (slot % SIDE * scale, slot / SIDE * scale);
        for (x, y) in (0..scale).flat_map(|y| (0..scale).map(move |x| (left + x, top + y))) {
            // Lines from corner to corner of three cells, so that they are seen as lines.
            if (x + y) % (scale * 3) == 0 {
                let at = (y * width + x) * 4;
                pixels[at..at + 3].copy_from_slice(&line);
            }
        }
    }
}

/// `percent` of `a`, the rest of `b`.
fn mix(a: Rgb, b: Rgb, percent: u32) -> Rgb {
    let one = |a: u8, b: u8| {
        u8::try_from((u32::from(a) * percent + u32::from(b) * (100 - percent)) / 100).unwrap_or(255)
    };
    [one(a[0], b[0]), one(a[1], b[1]), one(a[2], b[2])]
}

/// The slot at a place of the picture, given as parts of its side (0 to 1).
pub(crate) fn slot_at(x: f64, y: f64) -> u16 {
    let cell = |part: f64| ((part * SIDE as f64) as i64).clamp(0, SIDE as i64 - 1) as u16;
    cell(y) * SIDE as u16 + cell(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pixel(pixels: &[u8], scale: usize, slot: usize, x: usize, y: usize) -> &[u8] {
        let at = ((slot / SIDE * scale + y) * SIDE * scale + slot % SIDE * scale + x) * 4;
        &pixels[at..at + 3]
    }

    #[test]
    fn a_slot_wears_its_owners_colour_and_one_with_keys_the_full_one() {
        let mut slots = SlotsView { shards: vec![Some(1), None], ..SlotsView::default() };
        slots.owner[129] = 0;
        slots.owner[130] = 0;
        slots.has_keys[130] = true;
        let pixels = paint(&slots, true, 2);
        assert_eq!(pixel(&pixels, 2, 130, 1, 1), palette(true)[1]);
        assert_ne!(pixel(&pixels, 2, 129, 1, 1), palette(true)[1]);
        assert_eq!(pixel(&pixels, 2, 300, 1, 1), palette(true)[7]);
    }

    #[test]
    fn a_slot_on_its_way_shows_both_ends() {
        let mut slots = SlotsView { shards: vec![Some(0), Some(2)], ..SlotsView::default() };
        slots.owner[200] = 0;
        slots.moving.push((200, Some(0), Some(1)));
        let pixels = paint(&slots, true, 4);
        assert_eq!(pixel(&pixels, 4, 200, 3, 3), palette(true)[2]);
        assert_ne!(pixel(&pixels, 4, 200, 0, 0), palette(true)[2]);
    }

    #[test]
    fn a_slot_that_differs_is_hatched_and_its_neighbour_is_not() {
        let slots = SlotsView::default();
        let (plain, mut pixels) = (paint(&slots, true, 4), paint(&slots, true, 4));
        hatch(&mut pixels, (16383, u16::MAX), true, 4);
        hatch(&mut pixels, (3, 8), true, 4);
        let cell = |pixels: &[u8], slot| -> Vec<u8> {
            let all = (0..16).flat_map(|at| pixel(pixels, 4, slot, at % 4, at / 4).to_vec());
            all.collect()
        };
        assert_eq!(cell(&pixels, 2), cell(&plain, 2));
        assert!((3..=8).any(|slot| cell(&pixels, slot) != cell(&plain, slot)));
        assert_eq!(cell(&pixels, 9), cell(&plain, 9));
    }

    #[test]
    fn every_place_of_the_picture_is_a_slot() {
        assert_eq!(slot_at(0.0, 0.0), 0);
        assert_eq!(slot_at(0.999, 0.0), 127);
        assert_eq!(slot_at(1.0, 1.0), 16383);
        assert_eq!(slot_at(-3.0, 9.0), 127 * 128);
    }
}
