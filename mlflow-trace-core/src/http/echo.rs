//! Some servers say in an error what they were sent. What that holds of our secrets is blanked before anybody reads it.

use ureq::http::HeaderMap;
use ureq::http::header::AUTHORIZATION;

use crate::config::{Connection, SHORTEST_SECRET};

/// The body of a refusal without the secrets of this connection and of the request's headers and query.
pub(super) fn blank(body: Vec<u8>, connection: &Connection, headers: &HeaderMap, path: &str) -> Vec<u8> {
    let mut secrets: Vec<&[u8]> = Vec::new();
    if let Some(value) = headers.get(AUTHORIZATION) {
        // `Basic` and `Bearer` may be said.
        secrets.extend(value.as_bytes().rsplit(|byte| *byte == b' ').next());
    }
    secrets.extend(connection.secrets().map(str::as_bytes));
    secrets.extend(path.split_once('?').map(|(_, query)| query.as_bytes()));
    secrets.into_iter().filter(|secret| secret.len() >= SHORTEST_SECRET).fold(body, without)
}

fn without(body: Vec<u8>, secret: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = body.as_slice();
    while let Some(at) = rest.windows(secret.len()).position(|here| here == secret) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(b"[redacted]");
        rest = &rest[at + secret.len()..];
    }
    if out.is_empty() && rest.len() == body.len() {
        return body;
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Credentials, Secret};

    fn said(body: &str, path: &str) -> String {
        let mut connection = Connection::plain("http://host", "the test");
        connection.credentials =
            Credentials::Basic { user: "me".to_owned(), password: Secret::new("pass word") };
        connection.headers =
            vec![("x-key".to_owned(), Secret::new("k3y")), ("x-api".to_owned(), Secret::new("api-key"))];
        connection.headers.push(("X-MLFLOW-WORKSPACE".to_owned(), Secret::new("team-a")));
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, "Basic bWU6cGFzcw==".parse().unwrap());
        String::from_utf8(blank(body.as_bytes().to_vec(), &connection, &headers, path)).unwrap()
    }

    #[test]
    fn what_is_said_back_of_secrets_is_blanked_and_nothing_else() {
        assert_eq!(said("no Basic bWU6cGFzcw== here", "/"), "no Basic [redacted] here");
        assert_eq!(said("pass word, api-keyapi-key", "/"), "[redacted], [redacted][redacted]");
        assert_eq!(said("GET /a?token=abc: 404", "/a?token=abc"), "GET /a?[redacted]: 404");
        assert_eq!(said("k3y of team-a and me", "/"), "k3y of team-a and me");
        assert_eq!(said("", "/"), "");
    }
}
