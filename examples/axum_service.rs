//! A service that goes on with its caller's trace: one layer of tower, and handlers are traced as anything else.
//!
//! `cargo run --features tower --example axum_service` serves one question on 127.0.0.1:8400 (or the address given) and
//! ends; `cargo run --features tower --example reqwest_client` asks it.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use tokio::sync::mpsc;

#[mlflow::trace(span_type = "RETRIEVER")]
async fn retrieve(question: &str) -> Vec<String> {
    vec![format!("a document on {question}")]
}

/// A child of the caller's span.
#[mlflow::trace]
async fn answer(question: String) -> String {
    retrieve(&question).await.join("\n")
}

async fn serve(State(served): State<mpsc::Sender<()>>, question: String) -> String {
    let text = answer(question).await;
    let _ = served.send(()).await;
    text
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8400".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    let (served, mut one) = mpsc::channel(1);
    let app = Router::new().route("/answer", post(serve)).with_state(served);
    let app = app.layer(mlflow::tower::ContinueTrace);
    axum::serve(listener, app)
        .with_graceful_shutdown(async move {
            one.recv().await;
        })
        .await
}
