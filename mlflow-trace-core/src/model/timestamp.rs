//! Moments as nanoseconds since 1970, and as the text that protobuf's JSON makes of them.

/// The last moment that fits where MLflow keeps times: a signed number of 64 bits.
const LAST: u64 = i64::MAX.unsigned_abs();

/// A moment that can be stored.
pub(crate) fn clamp_nanos(nanos: u128) -> u64 {
    u64::try_from(nanos).unwrap_or(LAST).min(LAST)
}

/// A moment with its milliseconds, in UTC.
pub(crate) fn rfc_3339(unix_nanos: u64) -> String {
    let millis = unix_nanos / 1_000_000;
    let (days, in_day) = (millis / 86_400_000, millis % 86_400_000);
    // Days since 1 March of the year 0, in eras of 400 years, so that the leap day ends each year.
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_since_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months_since_march + 2) / 5 + 1;
    let month = if months_since_march < 10 { months_since_march + 3 } else { months_since_march - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    let (hour, minute) = (in_day / 3_600_000, in_day / 60_000 % 60);
    let (second, milli) = (in_day / 1_000 % 60, in_day % 1_000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// A moment in UTC, to the nanosecond; `None` for other texts and for moments before 1970.
pub(super) fn parse_rfc_3339(text: &str) -> Option<u64> {
    let (date, time) = text.trim().strip_suffix('Z')?.split_once('T')?;
    let mut date = date.split('-').map(|part| part.parse::<u64>().ok());
    let (year, month, day) = (date.next()??, date.next()??, date.next()??);
    let (time, fraction) = time.split_once('.').unwrap_or((time, ""));
    let mut time = time.split(':').map(|part| part.parse::<u64>().ok());
    let (hour, minute, second) = (time.next()??, time.next()??, time.next()??);
    let is_moment = (1970..=9999).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 61
        && fraction.len() <= 9;
    if !is_moment {
        return None;
    }
    // The year begins in March, so that the leap day ends it.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = (era * 146_097 + day_of_era).checked_sub(719_468)?;
    let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second;
    let nanos: u64 = format!("{fraction:0<9}").parse().ok()?;
    Some(clamp_nanos(u128::from(seconds) * 1_000_000_000 + u128::from(nanos)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_it_was_written() {
        for seconds in [0, 951_782_400, 951_868_799, 1_709_164_800, 1_795_552_021, 253_402_300_799_u64] {
            let nanos = clamp_nanos(u128::from(seconds) * 1_000_000_000 + 123_000_000);
            assert_eq!(parse_rfc_3339(&rfc_3339(nanos)), Some(nanos / 1_000_000 * 1_000_000));
        }
        assert_eq!(parse_rfc_3339("2023-11-14T22:13:20Z"), Some(1_700_000_000_000_000_000));
        assert_eq!(parse_rfc_3339("2023-11-14T22:13:20.000000007Z"), Some(1_700_000_000_000_000_007));
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in [
            "",
            "Z",
            "2023-11-14",
            "2023-13-14T22:13:20Z",
            "1969-12-31T23:59:59Z",
            "2023-11-14T22:13Z",
            "aTbZ",
        ] {
            assert_eq!(parse_rfc_3339(text), None, "{text}");
        }
    }
}
