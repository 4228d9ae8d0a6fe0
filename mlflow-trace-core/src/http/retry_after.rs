//! `Retry-After`: how long a server asks us to wait, as seconds or as the date when it may be asked again.

use std::time::{Duration, SystemTime};

/// The wait that this value of the header asks for; `None` when it is neither of the two forms.
pub(super) fn wait(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    // A date that is over asks for no wait.
    Some(date.duration_since(now).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn seconds_are_waited() {
        assert_eq!(wait(" 120 ", at(0)), Some(Duration::from_secs(120)));
        assert_eq!(wait("0", at(0)), Some(Duration::ZERO));
    }

    #[test]
    fn a_date_is_waited_for_in_each_form_of_the_standard() {
        for date in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(wait(date, at(784_111_700)), Some(Duration::from_secs(77)), "{date}");
        }
    }

    #[test]
    fn a_date_that_is_over_asks_for_no_wait() {
        assert_eq!(wait("Sun, 06 Nov 1994 08:49:37 GMT", at(800_000_000)), Some(Duration::ZERO));
    }

    #[test]
    fn anything_else_asks_for_nothing() {
        for text in ["", "soon", "-1", "1.5", "99999999999999999999999"] {
            assert_eq!(wait(text, at(0)), None, "{text}");
        }
    }
}
