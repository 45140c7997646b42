//! Redis's own random numbers for scripts (rand.c): the 48-bit congruence of `drand48`, the same on every machine.

/// The state. A server has one for all its scripts: it begins as [`Random::default`] and is never set back, so 7.0's
/// scripts see other numbers each time unless they call math.randomseed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Random(u64);

impl Default for Random {
    fn default() -> Random {
        Random(0x1234_abcd_330e)
    }
}

impl Random {
    /// The state after `srand48(seed)`.
    pub fn seeded(seed: i32) -> Random {
        Random(u64::from(seed as u32) << 16 | 0x330e)
    }

    /// The next number, 0 to 2^31 - 1 (`lrand48`).
    pub fn draw(&mut self) -> i32 {
        self.0 = self.0.wrapping_mul(0x5_deec_e66d).wrapping_add(0xb) & 0xffff_ffff_ffff;
        (self.0 >> 17) as i32
    }

    /// The next number, 0 to just below 1, as math.random scales it.
    pub fn unit(&mut self) -> f64 {
        f64::from(self.draw() % i32::MAX) / f64::from(i32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_numbers_of_a_server_are_those_of_drand48() {
        let mut random = Random::default();
        assert_eq!(
            format!("{:.14} {:.14}", random.unit(), random.unit()),
            "0.39646477363839 0.84048536971234"
        );
        assert_eq!(Random::seeded(0).draw(), 366_850_414);
    }
}
