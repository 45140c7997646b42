//! Doubles to integers as the processor of x86-64 converts them: C leaves what does not fit undefined, and scripts see
//! what redis-server's build makes of it.

/// `(long)d`: what does not fit becomes the lowest number.
pub(crate) fn to_i64(d: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&d) { d as i64 } else { i64::MIN }
}

/// `(int)(long)d`: the lower 32 bits (`luaL_checkint`).
pub(crate) fn to_int(d: f64) -> i32 {
    to_i64(d) as i32
}

/// `(int)d`, without the detour over 64 bits.
pub(crate) fn to_i32(d: f64) -> i32 {
    if d > -2_147_483_649.0 && d < 2_147_483_648.0 { d as i32 } else { i32::MIN }
}

/// `(unsigned long)d`: below 2^63 as [`to_i64`], above by a subtraction before and an exclusive or after.
pub(crate) fn to_u64(d: f64) -> u64 {
    const HALF: f64 = 9_223_372_036_854_775_808.0;
    if d >= HALF { to_i64(d - HALF) as u64 ^ 1 << 63 } else { to_i64(d) as u64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_what_the_processor_gives() {
        assert_eq!([1e300, -1e300, f64::NAN, -1.9].map(to_i64), [i64::MIN, i64::MIN, i64::MIN, -1]);
        assert_eq!(
            [1e10, 2_147_483_648.0, -1.5, 1e300].map(to_int),
            [1_410_065_408, i32::MIN, -1, 0]
        );
        assert_eq!(
            [1e10, 2_147_483_647.5, -2_147_483_648.5].map(to_i32),
            [i32::MIN, i32::MAX, i32::MIN]
        );
        let top = 1 << 63;
        let wide = [
            -1.0,
            9_223_372_036_854_775_808.0,
            18_446_744_073_709_551_616.0,
            f64::NAN,
            f64::INFINITY,
        ];
        assert_eq!(wide.map(to_u64), [u64::MAX, top, 0, top, 0]);
    }
}
