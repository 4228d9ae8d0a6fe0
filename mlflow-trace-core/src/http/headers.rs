//! The headers that go with every request of a connection: who we are, the credentials, what the user adds.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use ureq::http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

use crate::Error;
use crate::config::{Connection, Credentials};

/// What we call ourselves.
const AGENT: &str = concat!("mlflow-trace/", env!("CARGO_PKG_VERSION"));

/// Headers that follow from the request itself; a second one would make it ambiguous.
const OURS: [&str; 4] = ["content-length", "transfer-encoding", "content-encoding", "content-type"];

/// The headers of every request.
///
/// # Errors
/// When a header can't be sent; the sentence names it and never its value.
pub(crate) fn of(connection: &Connection) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static(AGENT));
    let authorization = match &connection.credentials {
        Credentials::None | Credentials::DatabricksOauth { .. } => None,
        Credentials::Basic { user, password } => Some(basic(user, password.reveal())),
        Credentials::Bearer(token) => Some(format!("Bearer {}", token.reveal())),
    };
    if let Some(text) = authorization {
        let value = secret(&text).ok_or_else(|| {
            Error::invalid(format!(
                "the token of {} holds a character that a header can't carry; accepted are visible ASCII characters.",
                connection.credentials_from
            ))
        })?;
        headers.insert(AUTHORIZATION, value);
    }
    for (name, value) in &connection.headers {
        let shown = name.escape_debug();
        let Ok(parsed) = name.parse::<HeaderName>() else {
            return Err(Error::invalid(format!(
                "the header `{shown}` of {} has a name that HTTP does not allow; accepted are letters, digits, `-` \
                 and `_`.",
                connection.address_from
            )));
        };
        if OURS.contains(&parsed.as_str()) {
            return Err(Error::invalid(format!(
                "the header `{shown}` of {} follows from each request and can't be set; leave it out.",
                connection.address_from
            )));
        }
        let value = secret(value.reveal()).ok_or_else(|| {
            Error::invalid(format!(
                "the value of the header `{shown}` of {} holds a line break or another character that HTTP does not \
                 allow; accepted is one line of visible characters and spaces.",
                connection.address_from
            ))
        })?;
        // A header of the user's own wins over the one that we would make, `Authorization` too.
        headers.insert(parsed, value);
    }
    Ok(headers)
}

/// The value of `Authorization` for a user and a password.
pub(super) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{user}:{password}")))
}

/// A value that no log shows.
pub(super) fn secret(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
