//! What the options record when nothing is captured unless it is set by hand. A process of its own: that is one setting.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use mlflow::testing::capture;
use mlflow::{Capture, Json};

#[mlflow::trace(
    inputs(a, length = b.len()),
    output = |_| -> u32 { panic!("called for nothing") },
    attributes(length = b.len())
)]
fn named(a: u32, b: &str) -> u32 {
    a + b.len() as u32
}

#[mlflow::trace]
fn by_argument(#[mlflow(debug)] a: &str, #[mlflow(redact)] b: &str) -> Result<usize, String> {
    Err(format!("{} letters", a.len() + b.len()))
}

#[test]
fn only_attributes_and_errors_are_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("none.db").display().to_string();
    let init = mlflow::init().tracking_uri(format!("sqlite:///{file}")).capture(Capture::None);
    let _guard = init.start().unwrap();
    let traces = capture(|| {
        assert_eq!(named(1, "secret"), 7);
        assert!(by_argument("secret", "secret").is_err());
    });
    for trace in &*traces {
        let span = &trace.spans[0];
        assert_eq!((span.inputs().map(Json::as_str), span.outputs()), (Some("{}"), None), "{span:#?}");
        assert!(!format!("{trace:?}").contains("secret"));
    }
    assert!(traces[0].spans[0].events.is_empty(), "`output` was called");
    assert_eq!(traces[0].spans[0].attribute("length").map(Json::as_str), Some("6"));
    assert_eq!(traces[1].spans[0].status.message, "String: 12 letters");
}
