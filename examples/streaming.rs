//! An answer that comes word by word: the span is open until the last word, each of which becomes an event.
//!
//! `cargo run --example streaming`, then `cargo run --features cli --bin mlflow-trace -- show last`.

use std::time::Duration;

use futures_util::stream::{self, BoxStream, Stream, StreamExt as _};

#[derive(Debug)]
struct LineCut;

impl std::fmt::Display for LineCut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the line was cut")
    }
}

impl std::error::Error for LineCut {}

/// Puts the words together again, for the span's outputs.
fn joined(text: &mut String, word: &str) {
    text.push_str(word);
}

/// What a model client returns: an error before the stream, or a stream of which each item may be one.
#[mlflow::trace(span_type = "LLM", output_reducer = joined)]
async fn complete(prompt: String) -> Result<BoxStream<'static, Result<String, LineCut>>, LineCut> {
    if prompt.is_empty() {
        return Err(LineCut);
    }
    let words = ["Said ", "word ", "by ", "word: ", &prompt].map(str::to_owned);
    let pause = async |word| {
        tokio::time::sleep(Duration::from_millis(20)).await;
        Ok(word)
    };
    Ok(stream::iter(words).then(pause).boxed())
}

/// An iterator works in the same way.
#[mlflow::trace]
fn syllables(word: &str) -> impl Iterator<Item = &str> {
    word.split_inclusive(['a', 'e', 'i', 'o', 'u'])
}

/// A stream of somebody else's gets its span by hand.
fn numbered(words: impl Stream<Item = String>) -> impl Stream<Item = String> {
    let numbered = words.enumerate().map(|(number, word)| format!("{number}: {word}"));
    mlflow::trace_stream(numbered).name("numbered").span_type("PARSER")
}

#[mlflow::trace]
async fn answer(question: &str) -> Result<String, LineCut> {
    let mut text = String::new();
    let mut words = complete(question.to_owned()).await?;
    // Between two items nothing of the stream's span is current here.
    while let Some(word) = words.next().await {
        text.push_str(&word?);
    }
    syllables("streaming").count();
    numbered(stream::iter(text.split(' ').map(str::to_owned))).count().await;
    Ok(text)
}

#[tokio::main]
async fn main() {
    let answer = answer("what is a stream?").await;
    assert_eq!(answer.ok().as_deref(), Some("Said word by word: what is a stream?"));
    assert!(complete(String::new()).await.is_err());
}
