//! A small agent that answers questions about this repository from its own Markdown, traced.
//!
//! ```text
//! cargo run --example quickstart
//! cargo run --example quickstart -- "Which switches turn tracing off?"
//! OPENAI_API_KEY=… cargo run --example quickstart          # the answer comes from a chat model
//! ```
//! With `OPENAI_API_KEY` or `OPENAI_BASE_URL` (any server with OpenAI's chat API) a model writes the answer, else the
//! best passage is the answer. `OPENAI_MODEL` names the model.
#![allow(clippy::print_stdout, reason = "a program that answers has to print")]

mod agent;
mod chat_model;
mod documents;
mod report;

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let asked = std::env::args().skip(1).collect::<Vec<_>>().join(" ");
    let question = if asked.is_empty() { "What happens when the program ends?" } else { &asked };

    // The agent is the program; nothing else is needed to trace it.
    let answer = agent::answer(question)?;

    println!("Question: {question}\n\n{}\n\n(Source: {}.)\n", answer.text, answer.written_by);
    report::print_last_trace()
}
