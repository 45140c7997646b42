//! Civil dates from Unix time, in UTC: what logs, `date` and `ls -l` print.

use engine_base::UnixMs;

/// A date and a time of day in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    /// For example 2026.
    pub year: i64,
    /// 1 to 12.
    pub month: u32,
    /// 1 to 31.
    pub day: u32,
    /// 0 to 23.
    pub hour: u32,
    /// 0 to 59.
    pub minute: u32,
    /// 0 to 59.
    pub second: u32,
    /// 0 to 999.
    pub milli: u32,
    /// 0 is Sunday.
    pub weekday: u32,
}

/// `Jan` to `Dec`.
pub const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// `Sun` to `Sat`.
pub const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

impl Civil {
    /// The date of an instant (days-from-civil, turned around; proleptic Gregorian calendar).
    #[must_use]
    pub fn of(unix: UnixMs) -> Self {
        let secs = unix.as_secs();
        let days = secs.div_euclid(86_400);
        let of_day = secs.rem_euclid(86_400) as u32;
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = (day_of_year - (153 * shifted_month + 2) / 5 + 1) as u32;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 } as u32;
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day,
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
            milli: unix.as_millis().rem_euclid(1000) as u32,
            weekday: (days + 4).rem_euclid(7) as u32,
        }
    }

    /// `Jan` to `Dec`.
    #[must_use]
    pub fn month_name(&self) -> &'static str {
        MONTHS.get(self.month.wrapping_sub(1) as usize).copied().unwrap_or("???")
    }

    /// `Sun` to `Sat`.
    #[must_use]
    pub fn weekday_name(&self) -> &'static str {
        WEEKDAYS.get(self.weekday as usize).copied().unwrap_or("???")
    }

    /// `22 Nov 2026 02:00:00.123`: the time of a Redis log line (`serverLogRaw` in server.c).
    #[must_use]
    pub fn log_time(&self) -> String {
        format!(
            "{:02} {} {} {:02}:{:02}:{:02}.{:03}",
            self.day,
            self.month_name(),
            self.year,
            self.hour,
            self.minute,
            self.second,
            self.milli
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_dates() {
        let at = Civil::of(UnixMs(1_654_524_226_664));
        assert_eq!(at.log_time(), "06 Jun 2022 14:03:46.664");
        assert_eq!(at.weekday_name(), "Mon");
        assert_eq!(Civil::of(UnixMs(951_782_400_000)).log_time(), "29 Feb 2000 00:00:00.000");
        assert_eq!(Civil::of(UnixMs(-1)).log_time(), "31 Dec 1969 23:59:59.999");
    }
}
