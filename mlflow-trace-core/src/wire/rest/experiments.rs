//! Experiments: found by name or id, and created.

use serde::{Deserialize, Serialize};

use super::percent_encoded;

/// Where an experiment is asked for by its name.
pub(crate) fn by_name(name: &str) -> String {
    format!("/api/2.0/mlflow/experiments/get-by-name?experiment_name={}", percent_encoded(name))
}

/// Where an experiment is asked for by its id.
pub(crate) fn by_id(id: &str) -> String {
    format!("/api/2.0/mlflow/experiments/get?experiment_id={}", percent_encoded(id))
}

/// Where an experiment is created, and with which body.
pub(crate) fn create(name: &str) -> (&'static str, Vec<u8>) {
    #[derive(Serialize)]
    struct Body<'a> {
        name: &'a str,
    }
    // A text always has a JSON form.
    ("/api/2.0/mlflow/experiments/create", serde_json::to_vec(&Body { name }).unwrap_or_default())
}

/// An experiment that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    /// A decimal number, or 18 digits; always kept as text.
    pub(crate) id: String,
    pub(crate) is_deleted: bool,
}

/// What `by_name` and `by_id` are answered; `None` for anything else.
pub(crate) fn found(body: &[u8]) -> Option<Found> {
    #[derive(Deserialize)]
    struct Body {
        experiment: Experiment,
    }
    #[derive(Deserialize)]
    struct Experiment {
        experiment_id: String,
        #[serde(default)]
        lifecycle_stage: String,
    }
    let Body { experiment } = serde_json::from_slice(body).ok()?;
    Some(Found { is_deleted: experiment.lifecycle_stage == "deleted", id: experiment.experiment_id })
}

/// What `create` is answered.
pub(crate) fn created_id(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Body {
        experiment_id: String,
    }
    Some(serde_json::from_slice::<Body>(body).ok()?.experiment_id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_experiment_is_read_whatever_else_the_answer_has() {
        let body = br#"{"experiment": {"experiment_id": "948172512224469282", "name": "x", "lifecycle_stage": "deleted",
            "tags": [{"key": "a", "value": "b"}], "new": 1}}"#;
        assert_eq!(found(body), Some(Found { id: "948172512224469282".to_owned(), is_deleted: true }));
        assert_eq!(
            found(br#"{"experiment": {"experiment_id": "0"}}"#).map(|found| found.is_deleted),
            Some(false)
        );
        assert_eq!(found(b"<html>"), None);
        assert_eq!(created_id(br#"{"experiment_id": "1"}"#).as_deref(), Some("1"));
    }

    #[test]
    fn a_name_is_sent_as_it_is() {
        assert_eq!(
            by_name("a b/ü"),
            "/api/2.0/mlflow/experiments/get-by-name?experiment_name=a%20b%2F%C3%BC"
        );
        assert_eq!(create("a \"b\"").1, br#"{"name":"a \"b\""}"#);
    }
}
