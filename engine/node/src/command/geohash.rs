//! Places on the globe as 52-bit numbers: geohash.c and geohash_helper.c.

/// The latitudes that Web Mercator can show; longitudes go once around.
pub(super) const LAT: (f64, f64) = (-85.051_128_78, 85.051_128_78);
pub(super) const LON: (f64, f64) = (-180.0, 180.0);
/// Bits of each coordinate (`GEO_STEP_MAX`).
const STEP: u32 = 26;
/// Of the sphere that is taken for the Earth, in metres.
pub(super) const EARTH_RADIUS: f64 = 6_372_797.560_856;

/// A place, in degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) lon: f64,
    pub(super) lat: f64,
}

impl Place {
    /// Whether it can be encoded.
    pub(super) fn is_valid(self) -> bool {
        (LON.0..=LON.1).contains(&self.lon) && (LAT.0..=LAT.1).contains(&self.lat)
    }

    /// Its number: bits of latitude and longitude by turns, the longitude's first.
    pub(super) fn encode(self) -> u64 {
        encode(self, LAT)
    }

    /// The middle of the cell with that number.
    pub(super) fn decode(bits: u64) -> Self {
        let cell = |n: u64, (min, max): (f64, f64)| {
            let cells = (1_u64 << STEP) as f64;
            let low = min + n as f64 / cells * (max - min);
            let high = min + (n + 1) as f64 / cells * (max - min);
            ((low + high) / 2.0).clamp(min, max)
        };
        Self { lon: cell(squash(bits >> 1), LON), lat: cell(squash(bits), LAT) }
    }

    /// Metres to another place, over the sphere (haversine).
    pub(super) fn distance(self, other: Self) -> f64 {
        let (lat1, lat2) = (self.lat.to_radians(), other.lat.to_radians());
        let v = ((other.lon.to_radians() - self.lon.to_radians()) / 2.0).sin();
        if v == 0.0 {
            return EARTH_RADIUS * (lat2 - lat1).abs();
        }
        let u = ((lat2 - lat1) / 2.0).sin();
        2.0 * EARTH_RADIUS * (u * u + lat1.cos() * lat2.cos() * v * v).sqrt().asin()
    }

    /// The eleven letters of geohash.org, which counts latitudes from pole to pole.
    pub(super) fn letters(self) -> [u8; 11] {
        const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
        let bits = encode(self, (-90.0, 90.0));
        let mut text = [b'0'; 11];
        // There are 52 bits, which is ten letters and a bit: the last letter says nothing.
        for (i, letter) in text.iter_mut().enumerate().take(10) {
            *letter = ALPHABET[(bits >> (52 - (i + 1) * 5) & 31) as usize];
        }
        text
    }
}

fn encode(place: Place, lat: (f64, f64)) -> u64 {
    let cells = (1_u64 << STEP) as f64;
    let cell = |at: f64, (min, max): (f64, f64)| ((at - min) / (max - min) * cells) as u32;
    spread(cell(place.lat, lat)) | spread(cell(place.lon, LON)) << 1
}

/// Puts a zero above every bit.
pub(super) fn spread(n: u32) -> u64 {
    (0..32).fold(0, |sum, i| sum | u64::from(n >> i & 1) << (2 * i))
}

/// Takes every second bit.
fn squash(n: u64) -> u64 {
    (0..32).fold(0, |sum, i| sum | (n >> (2 * i) & 1) << i)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn palermo_is_where_the_documentation_says() {
        let palermo = Place { lon: 13.361389, lat: 38.115556 };
        assert_eq!(palermo.encode(), 3_479_099_956_230_698);
        assert_eq!(&Place::decode(palermo.encode()).letters(), b"sqc8b49rny0");
        let catania = Place { lon: 15.087269, lat: 37.502669 };
        let distance = Place::decode(palermo.encode()).distance(Place::decode(catania.encode()));
        assert_eq!(format!("{distance:.4}"), "166274.1516");
    }
}
