//! Where a redirect leads, and whether we go there.
//!
//! A redirect of a POST with 301, 302 or 303 is followed by nobody: browsers make a GET of it, and what it leads to is
//! usually a login page. What we write stays on the host that the user named.

use ureq::http::Uri;

use super::Method;

/// The next address of a request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Next {
    pub(super) url: String,
    /// Whether the credentials may go there too.
    pub(super) is_same_host: bool,
}

/// Where to go; `None` when this answer is the caller's to judge.
pub(super) fn next(method: Method, status: u16, from: &str, location: &str) -> Option<Next> {
    let is_read = method == Method::Get;
    match status {
        307 | 308 => {}
        301..=303 if is_read => {}
        _ => return None,
    }
    let here: Uri = from.parse().ok()?;
    let url = absolute(&here, location.split('#').next()?.trim())?;
    let there: Uri = url.parse().ok()?;
    let (from_scheme, to_scheme) = (here.scheme_str()?, there.scheme_str()?);
    let (from_host, to_host) = (here.authority()?, there.authority()?);
    if !["http", "https"].contains(&to_scheme) || to_host.as_str().contains('@') {
        return None;
    }
    // Never from encrypted to plain.
    if from_scheme == "https" && to_scheme == "http" {
        return None;
    }
    let is_same_host = if from_scheme == to_scheme {
        from_host.host().eq_ignore_ascii_case(to_host.host()) && port(&here) == port(&there)
    } else {
        from_host.host().eq_ignore_ascii_case(to_host.host())
    };
    (is_read || is_same_host).then_some(Next { url, is_same_host })
}

fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 })
}

fn absolute(here: &Uri, location: &str) -> Option<String> {
    let (scheme, host) = (here.scheme_str()?, here.authority()?);
    if location.is_empty() {
        None
    } else if location.contains("://") && !location.starts_with(['/', '?', '.']) {
        Some(location.to_owned())
    } else if location.starts_with("//") {
        Some(format!("{scheme}:{location}"))
    } else if location.starts_with('/') {
        Some(format!("{scheme}://{host}{location}"))
    } else if location.starts_with('?') {
        Some(format!("{scheme}://{host}{}{location}", here.path()))
    } else {
        // Beside the last part of the path.
        let folder = here.path().rsplit_once('/').map_or("", |(folder, _)| folder);
        Some(format!("{scheme}://{host}{folder}/{location}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(from: &str, location: &str) -> Option<(String, bool)> {
        next(Method::Get, 302, from, location).map(|next| (next.url, next.is_same_host))
    }

    fn post(status: u16, location: &str) -> Option<String> {
        next(Method::Post, status, "http://a:5000/v1/traces", location).map(|next| next.url)
    }

    #[test]
    fn each_form_of_a_location_is_read() {
        let from = "https://a/x/y?z=1";
        for (location, url) in [
            ("https://a/n", "https://a/n"),
            ("/n?q#part", "https://a/n?q"),
            ("n", "https://a/x/n"),
            ("?q", "https://a/x/y?q"),
            ("//a/n", "https://a/n"),
            ("/login?next=http://b/", "https://a/login?next=http://b/"),
        ] {
            assert_eq!(get(from, location), Some((url.to_owned(), true)), "{location}");
        }
    }

    #[test]
    fn credentials_stay_with_the_host() {
        for (location, is_same_host) in [
            ("http://a:5000/n", true),
            ("http://A:5000/n", true),
            ("https://a/n", true),
            ("http://a:5001/n", false),
            ("http://b:5000/n", false),
        ] {
            assert_eq!(
                get("http://a:5000/x", location).map(|(_, same)| same),
                Some(is_same_host),
                "{location}"
            );
        }
    }

    #[test]
    fn a_body_goes_only_where_it_keeps_its_method_and_host() {
        assert_eq!(post(307, "/n").as_deref(), Some("http://a:5000/n"));
        assert_eq!(post(308, "https://a/n").as_deref(), Some("https://a/n"));
        for (status, location) in [(301, "/n"), (302, "/n"), (303, "/n"), (307, "http://b/n"), (200, "/n")] {
            assert_eq!(post(status, location), None, "{status} {location}");
        }
    }

    #[test]
    fn what_is_not_safe_is_not_followed() {
        for location in ["http://a/n", "ftp://a/n", "https://user:pass@a/n", "", "https://", "\u{1}"] {
            assert_eq!(get("https://a/x", location), None, "{location}");
        }
    }
}
