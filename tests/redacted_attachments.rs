//! What redaction keeps out of attachments: looked for in every byte of the local file and of the files beside it. A
//! process of its own, since the rules are those of the whole process, and files go below the folder that it works in.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::path::Path;

use mlflow::client::LocalTraces;
use mlflow::{Attachment, Redactor};
use serde_json::json;

const SECRET: &str = "hunter2-very-secret";
/// The same, encoded, and in JSON, encoded.
const ENCODED: &str = "aHVudGVyMi12ZXJ5LXNlY3JldA==";
const ENCODED_JSON: &str = "eyJwYXNzd29yZCI6ICJodW50ZXIyLXZlcnktc2VjcmV0In0=";

fn files(folder: &Path, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            files(&entry.path(), into);
        } else {
            into.push((entry.path().display().to_string(), std::fs::read(entry.path()).unwrap()));
        }
    }
}

#[test]
fn no_attachment_and_no_value_holds_what_the_rules_keep_out() {
    let folder = tempfile::tempdir().unwrap();
    std::env::set_current_dir(folder.path()).unwrap();
    let guard = mlflow::init()
        .tracking_uri("sqlite:///mlflow.db")
        .redact(Redactor::keys(["passport", "password"]))
        .redact(Redactor::new().pattern("hunter[0-9]-[a-z-]+").pattern("^data:audio/.*"))
        .start()
        .unwrap();
    mlflow::span("enrol").run(|span| {
        span.set_inputs(json!({
            "passport": format!("data:text/plain;base64,{ENCODED}"),
            "letter": format!("data:text/plain;base64,{ENCODED}"),
            "form": {"b64_json": ENCODED_JSON},
            "voice": "data:audio/wav;base64,UklGRg==",
            "photo": "data:image/png;base64,cGhvdG8=",
        }));
        // Given by hand, and by a name that is kept out.
        span.set_attribute("scan", json!({"passport": 1}));
        #[derive(serde::Serialize)]
        struct Papers {
            passport: Attachment,
            notes: Attachment,
            photo: Attachment,
        }
        span.set_outputs(Papers {
            passport: Attachment::new("image/png", *b"the passport's picture"),
            notes: Attachment::new("text/plain", format!("her word is {SECRET}").into_bytes()),
            photo: Attachment::new("image/png", *b"a photo that may be kept"),
        });
    });
    assert!(mlflow::flush().is_complete());
    drop(guard);

    let mut all = Vec::new();
    files(folder.path(), &mut all);
    for (name, content) in &all {
        for secret in [SECRET, ENCODED, ENCODED_JSON, "the passport's picture", "UklGRg"] {
            let is_there = content.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!is_there, "{name} holds {secret}");
        }
    }
    let mut attachments: Vec<&[u8]> = all
        .iter()
        .filter(|(name, _)| name.contains("attachments"))
        .map(|(_, content)| &content[..])
        .collect();
    attachments.sort_unstable();
    assert_eq!(attachments, [&b"a photo that may be kept"[..], b"photo"]);

    let trace = LocalTraces::open(Path::new("mlflow.db")).unwrap().last().unwrap().unwrap();
    let [inputs, outputs] =
        [trace.spans[0].inputs(), trace.spans[0].outputs()].map(|json| json.unwrap().to_value());
    let redacted = |value: &serde_json::Value| value == "[redacted]";
    assert!(["passport", "letter", "voice"].iter().all(|key| redacted(&inputs[key])), "{inputs}");
    assert!(redacted(&inputs["form"]["b64_json"]), "{inputs}");
    assert!(["passport", "notes"].iter().all(|key| redacted(&outputs[key])), "{outputs}");
    assert!(outputs["photo"].as_str().unwrap().starts_with("mlflow-attachment://"), "{outputs}");
}
