//! The address of a network destination, taken apart.

use percent_encoding::percent_decode_str;
use ureq::http::Uri;

use super::{Credentials, Secret, environment};

/// An `http` or `https` URL.
pub(super) struct Address {
    pub(super) scheme: String,
    /// An IPv6 literal without its brackets.
    pub(super) host: String,
    pub(super) port: u16,
    /// Scheme, host and port as they were written, without the user.
    pub(super) origin: String,
    /// With its leading slash; empty when there is none.
    pub(super) path: String,
    pub(super) query: Option<String>,
    /// From `user:password@`.
    pub(super) credentials: Option<Credentials>,
}

impl Address {
    /// Takes an address apart.
    ///
    /// # Errors
    /// A sentence that names the setting and what is accepted, and shows the address without its secrets.
    pub(super) fn parse(text: &str, setting: &str, accepted: &str) -> Result<Self, String> {
        let refuse = || {
            let shown = environment::without_secrets(text);
            Err(format!("{setting} is `{}`; accepted is {accepted}.", shown.escape_debug()))
        };
        let Some((scheme, rest)) = text.trim().split_once("://") else { return refuse() };
        let scheme = scheme.to_ascii_lowercase();
        if !["http", "https"].contains(&scheme.as_str()) {
            return refuse();
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (user, host_and_port) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let (path, query) = match rest.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (rest, None),
        };
        let origin = format!("{scheme}://{host_and_port}");
        let Ok(uri) = format!("{origin}{path}").parse::<Uri>() else { return refuse() };
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
        // `http` takes a port that is no number for none.
        let has_bad_port = host_and_port
            .rsplit_once(':')
            .is_some_and(|(_, port)| !port.ends_with(']') && !port.parse::<u16>().is_ok_and(|port| port > 0));
        if host.is_empty() || has_bad_port || query.as_deref().is_some_and(|query| !is_visible(query)) {
            return refuse();
        }
        let port = uri.port_u16().unwrap_or(if scheme == "https" { 443 } else { 80 });
        let credentials = user.filter(|user| !user.is_empty()).map(|user| {
            let (name, password) = user.split_once(':').unwrap_or((user, ""));
            let plain = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
            Credentials::Basic { user: plain(name), password: Secret::new(plain(password)) }
        });
        Ok(Self { scheme, host, port, origin, path: path.to_owned(), query, credentials })
    }
}

fn is_visible(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_graphic())
}
