//! The Rust twin of `tests/python/attachments_twin.py`: the same functions, arguments and values, called in the same
//! order.
#![allow(clippy::expect_used, reason = "a program for tests")]

use mlflow::Attachment;
use serde_json::{Value, json};

/// One pixel.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52, 0x00,
    0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x06, 0x00, 0x00, 0x00, 0x1f, 0x15, 0xc4, 0x89, 0x00,
    0x00, 0x00, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0xda, 0x63, 0xf8, 0xcf, 0xc0, 0xf0, 0x1f, 0x00, 0x05,
    0x00, 0x01, 0xff, 0x56, 0xc7, 0x2f, 0x0d, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42,
    0x60, 0x82,
];
const PNG_TEXT: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP4z8DwHwAFAAH/VscvDQAAAABJRU5ErkJggg==";

#[mlflow::trace]
fn look(image: &Attachment) -> usize {
    image.content().len()
}

#[mlflow::trace]
fn draw(topic: &str) -> Attachment {
    let _ = topic;
    Attachment::new("image/png", PNG)
}

#[mlflow::trace]
fn show(topic: &str) -> usize {
    let image = draw(topic);
    look(&image) + look(&image)
}

#[mlflow::trace]
fn by_hand() {
    let span = mlflow::current_span();
    let sound = Attachment::new("audio/wav", b"RIFF and so on".to_vec());
    let paper = Attachment::new("application/pdf", b"%PDF-1.4 nearly".to_vec());
    span.set_inputs((1, [("sound", &sound)].into_iter().collect::<std::collections::BTreeMap<_, _>>()));
    span.set_outputs([vec![paper.clone()], vec![paper, sound]]);
}

#[mlflow::trace]
fn read(path: &str) -> Attachment {
    std::fs::write(path, "three words here").expect("the folder can be written");
    Attachment::from_file(path).expect("the file can be read")
}

#[mlflow::trace]
fn ask(messages: Value) -> Value {
    let _ = messages;
    json!({"data": [{"b64_json": PNG_TEXT}], "audio": {"data": "UklGRg==", "transcript": "hm"}})
}

#[mlflow::trace]
fn echo(value: Value) -> Value {
    value
}

#[mlflow::trace]
fn large(image: String) -> usize {
    image.len()
}

fn main() {
    show("cats");
    by_hand();
    read("words.txt");
    let image =
        json!({"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{PNG_TEXT}")}});
    let sound = json!({"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "mp3"}});
    ask(json!([{"role": "user", "content": [{"type": "text", "text": "what is this?"}, image, sound]}]));
    for value in [
        json!({"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PNG_TEXT}}),
        json!({"image": {"format": "png", "source": {"bytes": PNG_TEXT}}}),
        json!({"inline_data": {"mime_type": "application/pdf", "data": "JVBERi0="}}),
        json!({"type": "image_generation_call", "result": PNG_TEXT, "output_format": "png"}),
        json!({"type": "image_generation_call", "result": "no base64!"}),
        json!([
            "data:image/png,plain",
            "data:text/plain;charset=utf-8;base64,aGVsbG8=",
            "data:;base64,aGVsbG8="
        ]),
    ] {
        echo(value);
    }
    // Nearly 3 MB of text, more than a value may have.
    large(format!("data:image/x-raw;base64,{}", "QUJD".repeat(700_000)));
    let report = mlflow::flush();
    // With an argument the destination is away, and what was recorded waits for the next process.
    assert!(report.is_complete() || std::env::args().nth(1).is_some(), "{report:?}");
}
