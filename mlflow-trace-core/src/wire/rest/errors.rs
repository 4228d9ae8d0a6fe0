//! What a server says when it does not do what it was asked: four forms, made one.

use serde::Deserialize;

/// The longest message that is quoted, in characters.
const MAX_MESSAGE: usize = 300;

/// The form of an answer that is an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// `{"error_code": …, "message": …}`: MLflow's own handlers, and Databricks.
    Mlflow,
    /// `{"detail": …}`: the routes for spans and artifacts.
    Detail,
    /// A page: a path that the server does not know, a method that it does not take there, a crash, a login.
    Html,
    /// Checks before MLflow's handlers: credentials, host, origin. Also what stands between us and the server.
    Text,
}

/// An error that a server answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) format: Format,
    /// MLflow's code, such as `RESOURCE_DOES_NOT_EXIST`; empty in the other forms.
    pub(crate) code: String,
    /// What it said, on one line and not too long; empty for a page.
    pub(crate) message: String,
    /// All that it said, to look for words in it.
    said: String,
}

impl Refusal {
    /// Reads the answer.
    pub(crate) fn read(status: u16, content_type: &str, body: &[u8]) -> Self {
        #[derive(Deserialize)]
        struct Mlflow {
            error_code: String,
            #[serde(default)]
            message: String,
        }
        #[derive(Deserialize)]
        struct Detail {
            detail: serde_json::Value,
        }
        let text = String::from_utf8_lossy(body);
        let start = text.trim_start();
        let is_page = content_type == "text/html" || start.get(..1) == Some("<");
        let (format, code, said) = if let Ok(error) = serde_json::from_slice::<Mlflow>(body) {
            (Format::Mlflow, error.error_code, error.message)
        } else if let Ok(Detail { detail }) = serde_json::from_slice(body) {
            (Format::Detail, String::new(), detail_text(&detail))
        } else if is_page {
            (Format::Html, String::new(), text.into_owned())
        } else {
            (Format::Text, String::new(), text.into_owned())
        };
        let message = if format == Format::Html { String::new() } else { on_one_line(&said) };
        Self { status, format, code, message, said }
    }

    /// Whether the path or the method is not known, as on servers that are too old for it.
    pub(crate) fn is_unknown_route(&self) -> bool {
        match self.status {
            405 | 501 => true,
            404 => self.format != Format::Mlflow || self.code == "ENDPOINT_NOT_FOUND",
            _ => false,
        }
    }

    /// Whether two writers met in the server's database, which goes well the next time.
    pub(crate) fn is_race(&self) -> bool {
        const WORDS: [&str; 9] = [
            "UniqueViolation",
            "UNIQUE constraint",
            "Duplicate entry",
            "duplicate key",
            "constraint violation",
            "eadlock",
            "could not serialize",
            "Lock wait timeout",
            "database is locked",
        ];
        self.status >= 400 && self.status != 429 && self.says_one_of(&WORDS)
    }

    /// Whether the row is there already, on servers that take each trace once (3.2 and 3.3).
    pub(crate) fn is_there_already(&self) -> bool {
        self.status == 400
            && self.says_one_of(&["UNIQUE constraint", "UniqueViolation", "Duplicate entry", "duplicate key"])
    }

    /// All that was said.
    pub(crate) fn said(&self) -> &str {
        &self.said
    }

    /// Whether one of these texts is in what was said.
    pub(crate) fn says_one_of(&self, texts: &[&str]) -> bool {
        texts.iter().any(|text| self.said.contains(text))
    }

    /// What was answered, to stand in a sentence: `400 INVALID_PARAMETER_VALUE (Name is too long)`.
    pub(crate) fn shown(&self) -> String {
        let mut shown = self.status.to_string();
        if !self.code.is_empty() {
            shown.push(' ');
            shown.push_str(&on_one_line(&self.code));
        }
        if self.format == Format::Html {
            shown.push_str(" with a page");
        } else if !self.message.is_empty() {
            shown.push_str(&format!(" ({})", self.message));
        }
        shown
    }
}

/// `"text"`, or a list of what is wrong with which field; the values, which it has too, are left out.
fn detail_text(detail: &serde_json::Value) -> String {
    match detail {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => {
            let text = |item: &serde_json::Value| {
                let place: Vec<&str> =
                    item["loc"].as_array().into_iter().flatten().filter_map(|piece| piece.as_str()).collect();
                format!("{}: {}", place.join("."), item["msg"].as_str().unwrap_or_default())
            };
            items.iter().map(text).collect::<Vec<_>>().join("; ")
        }
        _ => String::new(),
    }
}

/// The text without line breaks and what follows SQL, which quotes what was to be written.
fn on_one_line(text: &str) -> String {
    let text = text.split("[SQL:").next().unwrap_or_default();
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.extend(word.chars().filter(|letter| !letter.is_control()));
    }
    if let Some((end, _)) = line.char_indices().nth(MAX_MESSAGE) {
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(status: u16, body: &str) -> Refusal {
        Refusal::read(status, "application/json", body.as_bytes())
    }

    #[test]
    fn each_of_the_four_forms_becomes_words() {
        let mlflow = json(
            400,
            r#"{"error_code": "BAD_REQUEST", "message": "no\n  such [SQL: INSERT secrets]", "sqlstate": "X"}"#,
        );
        assert_eq!((mlflow.format, mlflow.shown().as_str()), (Format::Mlflow, "400 BAD_REQUEST (no such)"));
        let detail = json(422, r#"{"detail": "Failed to log OpenTelemetry spans"}"#);
        assert_eq!(detail.shown(), "422 (Failed to log OpenTelemetry spans)");
        let list = json(
            422,
            r#"{"detail": [{"type": "missing", "loc": ["header", "x"], "msg": "Field required", "input": "secret"}]}"#,
        );
        assert_eq!(list.shown(), "422 (header.x: Field required)");
        let page = Refusal::read(404, "text/html", b"<!doctype html><title>404 Not Found</title>");
        assert_eq!((page.format, page.shown().as_str()), (Format::Html, "404 with a page"));
        let text = Refusal::read(403, "text/plain", b"Permission denied\n");
        assert_eq!((text.format, text.shown().as_str()), (Format::Text, "403 (Permission denied)"));
    }

    #[test]
    fn a_missing_route_differs_from_a_missing_thing() {
        assert!(Refusal::read(404, "text/html", b"<html>").is_unknown_route());
        assert!(Refusal::read(405, "text/html", b"<html>").is_unknown_route());
        assert!(json(404, r#"{"detail": "Not Found"}"#).is_unknown_route());
        assert!(json(501, r#"{"detail": "not supported by FileStore"}"#).is_unknown_route());
        assert!(
            !json(404, r#"{"error_code": "RESOURCE_DOES_NOT_EXIST", "message": "No experiment"}"#)
                .is_unknown_route()
        );
    }

    #[test]
    fn races_of_the_database_are_seen_behind_any_status() {
        for words in [
            "(psycopg2.errors.UniqueViolation) duplicate key",
            "Deadlock found when trying to get lock",
            "[SQL: x] deadlock",
        ] {
            let body = serde_json::json!({"error_code": "BAD_REQUEST", "message": words}).to_string();
            assert!(json(400, &body).is_race(), "{words}");
        }
        assert!(!json(400, r#"{"error_code": "INVALID_PARAMETER_VALUE", "message": "too long"}"#).is_race());
    }

    #[test]
    fn a_long_message_is_cut() {
        let body = serde_json::json!({"error_code": "BAD_REQUEST", "message": "ü".repeat(5000)}).to_string();
        assert_eq!(json(400, &body).message.chars().count(), MAX_MESSAGE + 1);
    }
}
