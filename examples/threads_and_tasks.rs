//! One trace across threads and tasks: `.in_current_span()` takes the current span along.
//!
//! `cargo run --example threads_and_tasks`, then `cargo run --features cli --bin mlflow-trace -- show last`.

use mlflow::prelude::*;

#[mlflow::trace(span_type = "TOOL")]
fn count_words(text: &str) -> usize {
    text.split_whitespace().count()
}

#[mlflow::trace(span_type = "RETRIEVER")]
async fn fetch(page: u32) -> String {
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    format!("the text of page {page}")
}

#[mlflow::trace]
async fn collect(pages: u32) -> usize {
    // Futures that are awaited here need nothing. A spawned task starts with no span, unless it is given one.
    let tasks: Vec<_> = (0..pages).map(|page| tokio::spawn(fetch(page).in_current_span())).collect();
    let mut words = 0;
    for task in tasks {
        let text = task.await.unwrap_or_default();
        // The same word for closures.
        let count = std::thread::spawn((move || count_words(&text)).in_current_span());
        words += count.join().unwrap_or_default();
    }
    words
}

#[tokio::main]
async fn main() {
    let words = collect(3).await;
    assert_eq!(words, 15);
}
