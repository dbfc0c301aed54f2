//! Instants, as RFC 3339 writes them.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::error::{Error, Reason, Result};

const DAY: i64 = 86_400_000;

/// The last millisecond of the year 9999, after which RFC 3339 has no more digits.
const LAST: u64 = 253_402_300_799_999;

/// Milliseconds since 1970 in UTC, without leap seconds; between the years 1970 and 9999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(u64);

impl Timestamp {
    /// Takes milliseconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] after the year 9999.
    pub fn from_millis(millis: u64) -> Result<Self> {
        if millis > LAST {
            return Err(Error::InvalidArgument("a time after the year 9999".into()));
        }
        Ok(Self(millis))
    }

    /// Takes seconds since 1970-01-01T00:00:00Z.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] after the year 9999.
    pub fn from_seconds(seconds: u64) -> Result<Self> {
        Self::from_millis(seconds.saturating_mul(1000))
    }

    /// Gives milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub fn as_millis(self) -> u64 {
        self.0
    }

    pub(crate) fn as_seconds(self) -> u64 {
        self.0 / 1000
    }

    /// Reads a date-time of RFC 3339 §5.6 with any offset; digits after the third of a fraction
    /// are cut off.
    pub(crate) fn parse(text: &str) -> Result<Self, Reason> {
        Self::read(text).ok_or_else(|| "not a date and time of RFC 3339".into())
    }

    fn read(text: &str) -> Option<Self> {
        let (date_time, rest) = text.split_at_checked(19)?;
        let bytes = date_time.as_bytes();
        let punctuation = [bytes[4], bytes[7], bytes[10], bytes[13], bytes[16]];
        if !matches!(punctuation, [b'-', b'-', b'T' | b't', b':', b':']) {
            return None;
        }
        let number = |from: usize, to: usize| digits(&date_time[from..to]);
        let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
        let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
        let in_range = (1..=12).contains(&month)
            && (1..=days_of_month(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second <= 60;
        if !in_range {
            return None;
        }
        let (millis, offset) = match rest.strip_prefix('.') {
            None => (0, rest),
            Some(fraction) => {
                let end = fraction.find(|c: char| !c.is_ascii_digit())?;
                let (fraction, offset) = fraction.split_at(end);
                let millis = format!("{fraction:0<3}");
                (if fraction.is_empty() { None } else { digits(&millis[..3]) }?, offset)
            }
        };
        let local = days_since_1970(year, month, day) * DAY
            + ((hour * 60 + minute) * 60 + second) * 1000
            + millis;
        let utc = u64::try_from(local - offset_millis(offset)?).ok()?;
        Self::from_millis(utc).ok()
    }
}

impl fmt::Display for Timestamp {
    /// Writes UTC with milliseconds, as in `2026-02-28T23:59:59.999Z`.
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let (days, millis) = (self.0 / 86_400_000, self.0 % 86_400_000);
        let (year, month, day) = date_of(days);
        let (hour, minute) = (millis / 3_600_000, millis / 60_000 % 60);
        let (second, millis) = (millis / 1000 % 60, millis % 1000);
        write!(
            formatter,
            "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z"
        )
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

fn digits(text: &str) -> Option<i64> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn offset_millis(text: &str) -> Option<i64> {
    if matches!(text, "Z" | "z") {
        return Some(0);
    }
    let sign = match text.as_bytes() {
        [b'+', _, _, b':', _, _] => 1,
        [b'-', _, _, b':', _, _] => -1,
        _ => return None,
    };
    let (hours, minutes) = (digits(text.get(1..3)?)?, digits(text.get(4..6)?)?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 60 + minutes) * 60_000)
}

fn days_of_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days in the Gregorian calendar, counted in years that begin in March so that the leap day is
/// the last of one.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
        - 719_468
}

/// The reverse of [`days_since_1970`].
fn date_of(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_instants_are_written_and_read() {
        for (millis, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (1_772_323_199_999, "2026-02-28T23:59:59.999Z"),
            (LAST, "9999-12-31T23:59:59.999Z"),
        ] {
            assert_eq!(Timestamp::from_millis(millis).unwrap().to_string(), text);
            assert_eq!(Timestamp::parse(text).unwrap().as_millis(), millis);
        }
    }

    #[test]
    fn every_day_of_four_centuries_comes_back() {
        for day in 0..146_097 {
            let instant = Timestamp::from_seconds(day * 86_400).unwrap();
            assert_eq!(Timestamp::parse(&instant.to_string()).unwrap(), instant);
        }
    }

    #[test]
    fn offsets_and_fractions_of_rfc_3339_are_understood() {
        for (text, same) in [
            ("1985-04-12T23:20:50.52Z", "1985-04-12T23:20:50.520Z"),
            ("1996-12-19T16:39:57-08:00", "1996-12-20T00:39:57.000Z"),
            ("2026-01-01t00:30:00.1239+01:00", "2025-12-31T23:30:00.123Z"),
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().to_string(), same);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-01-01 00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z",
            "2026-01-01T00:00:61Z",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00.5",
            "2026-01-01T00:00:00+0100",
            "2026-01-01T00:00:00+24:00",
            "+026-01-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "2026-01-01T00:00:00é",
        ] {
            assert!(Timestamp::parse(text).is_err(), "{text:?} was accepted");
        }
        assert!(Timestamp::from_millis(LAST + 1).is_err());
        assert!(Timestamp::from_seconds(u64::MAX).is_err());
    }
}
