//! A client whose trace goes on in the service that it calls: the headers that name the current span are sent along.
//!
//! `cargo run --features tower --example axum_service`, and beside it
//! `cargo run --features tower --example reqwest_client`; both write into one trace.

#[mlflow::trace(span_type = "TOOL")]
async fn ask(address: &str, question: &str) -> Result<String, reqwest::Error> {
    let request = reqwest::Client::new().post(address).body(question.to_owned());
    let answer = request.headers(mlflow::propagation::header_map()).send().await?;
    answer.error_for_status()?.text().await
}

#[mlflow::trace]
async fn chat(address: &str) -> Result<String, reqwest::Error> {
    ask(address, "What is MLflow?").await
}

#[tokio::main]
async fn main() -> Result<(), reqwest::Error> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:8400".to_owned());
    let answer = chat(&format!("http://{address}/answer")).await?;
    assert_eq!(answer, "a document on What is MLflow?");
    Ok(())
}
