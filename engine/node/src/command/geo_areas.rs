//! Which cells of the globe a search visits, and in which order: its own and the eight around
//! (`geohashCalculateAreasByShapeWGS84`). What is not asked for in an order comes in theirs.

use super::geohash::{EARTH_RADIUS, LAT, LON, Place, spread};

/// Half of the way around the equator of Web Mercator, in metres.
const MERCATOR_MAX: f64 = 20_037_726.37;
/// Bits of each coordinate of a score.
const STEP_MAX: u32 = 26;

/// One cell of a grid of `2^step` by `2^step`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cell {
    step: u32,
    lon: u32,
    lat: u32,
}

impl Cell {
    fn of(place: Place, step: u32) -> Self {
        let cells = (1_u64 << step) as f64;
        let index = |at: f64, (min, max): (f64, f64)| ((at - min) / (max - min) * cells) as u32;
        Self { step, lon: index(place.lon, LON), lat: index(place.lat, LAT) }
    }

    /// The cell so far to the east and to the north: the grid goes around in both directions.
    fn beside(self, east: i32, north: i32) -> Self {
        let mask = (1_u32 << self.step) - 1;
        let moved = |at: u32, by: i32| match by {
            0 => at,
            by => at.wrapping_add_signed(by) & mask,
        };
        Self { step: self.step, lon: moved(self.lon, east), lat: moved(self.lat, north) }
    }

    /// The degrees from the one end of a coordinate to the other.
    fn span(self, index: u32, (min, max): (f64, f64)) -> (f64, f64) {
        let cells = (1_u64 << self.step) as f64;
        let edge = |n: f64| min + n / cells * (max - min);
        (edge(f64::from(index)), edge(f64::from(index) + 1.0))
    }

    fn lons(self) -> (f64, f64) {
        self.span(self.lon, LON)
    }

    fn lats(self) -> (f64, f64) {
        self.span(self.lat, LAT)
    }

    /// The scores of what lies in it: from the first on, up to and without the second.
    fn scores(self) -> (u64, u64) {
        let bits = spread(self.lat) | spread(self.lon) << 1;
        let shift = 2 * (STEP_MAX - self.step);
        (bits << shift, (bits + 1) << shift)
    }
}

/// How fine the grid is whose cells are as large as what is asked for
/// (`geohashEstimateStepsByRadius`).
fn step_of(radius: f64, lat: f64) -> u32 {
    if radius == 0.0 {
        return STEP_MAX;
    }
    let (mut step, mut range) = (1_i32, radius);
    while range < MERCATOR_MAX && step <= 60 {
        range *= 2.0;
        step += 1;
    }
    step -= 2;
    // Towards the poles, a degree is a shorter way.
    step -= i32::from(lat.abs() > 66.0) + i32::from(lat.abs() > 80.0);
    step.clamp(1, STEP_MAX as i32) as u32
}

/// The degrees that a search covers.
struct Bounds {
    lons: (f64, f64),
    lats: (f64, f64),
}

impl Bounds {
    fn around(middle: Place, half_width: f64, half_height: f64) -> Self {
        let up = (half_height / EARTH_RADIUS).to_degrees();
        // The narrower side of the two.
        let edge = if middle.lat < 0.0 { middle.lat - up } else { middle.lat + up };
        let aside = (half_width / EARTH_RADIUS / edge.to_radians().cos()).to_degrees();
        Self {
            lons: (middle.lon - aside, middle.lon + aside),
            lats: (middle.lat - up, middle.lat + up),
        }
    }
}

/// The ranges of scores to look through, in order, for what lies within `half_width` and
/// `half_height` metres of the middle, and `radius` metres at most.
pub(super) fn areas(
    middle: Place,
    half_width: f64,
    half_height: f64,
    radius: f64,
) -> Vec<(u64, u64)> {
    let bounds = Bounds::around(middle, half_width, half_height);
    let mut step = step_of(radius, middle.lat);
    let cell = Cell::of(middle, step);
    // Close to an edge, even the cell beside does not reach far enough.
    let short = cell.beside(0, 1).lats().1 < bounds.lats.1
        || cell.beside(0, -1).lats().0 > bounds.lats.0
        || cell.beside(1, 0).lons().1 < bounds.lons.1
        || cell.beside(-1, 0).lons().0 > bounds.lons.0;
    if step > 1 && short {
        step -= 1;
    }
    let cell = Cell::of(middle, step);
    // Cells on sides to which the search does not reach are left out.
    let fine = step >= 2;
    let (south, north) = (cell.lats().0 < bounds.lats.0, cell.lats().1 > bounds.lats.1);
    let (west, east) = (cell.lons().0 < bounds.lons.0, cell.lons().1 > bounds.lons.1);
    let useless = |(to_east, to_north): (i32, i32)| {
        fine && (to_north < 0 && south
            || to_north > 0 && north
            || to_east < 0 && west
            || to_east > 0 && east)
    };
    let sides = [(0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, 1), (1, -1), (-1, -1)];
    let mut visited = vec![cell];
    for side in sides.into_iter().filter(|side| !useless(*side)) {
        let next = cell.beside(side.0, side.1);
        // In a coarse grid one cell lies on more than one side.
        if visited.len() == 1 || visited.last() != Some(&next) {
            visited.push(next);
        }
    }
    visited.into_iter().map(Cell::scores).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cell_itself_comes_first_and_no_score_twice() {
        for (lon, lat) in [(0.0, 0.0), (-122.4, 37.7), (179.99, -79.0), (13.3, 66.5), (45.0, 84.9)]
        {
            let middle = Place { lon, lat };
            for radius in [0.0, 1.0, 900.0, 50_000.0, 1_000_000.0, 9_000_000.0] {
                let ranges = areas(middle, radius, radius, radius);
                let own = middle.encode();
                assert!((ranges[0].0..ranges[0].1).contains(&own), "{middle:?} {radius}");
                let mut sorted = ranges.clone();
                sorted.sort_unstable();
                for pair in sorted.windows(2) {
                    assert!(pair[0].1 <= pair[1].0, "{middle:?} {radius}: {ranges:?}");
                }
            }
        }
    }
}
