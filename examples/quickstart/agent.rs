//! The agent: it looks up house rules, searches the documents, and writes an answer.

use std::error::Error;
use std::io;
use std::path::Path;

use serde::Serialize;

use crate::chat_model::{ChatModel, Message};
use crate::documents::{self, Passage};

/// What the agent found out.
#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) text: String,
    pub(crate) written_by: String,
    sources: Vec<&'static str>,
}

/// The root of the trace: everything that it calls becomes a child.
#[mlflow::trace(name = "answer", span_type = "AGENT")]
pub(crate) fn answer(question: &str) -> Result<Answer, Box<dyn Error>> {
    mlflow::update_current_trace().user("quickstart").session("quickstart-1").tag("example", "quickstart");

    // The error of this call is recorded on its span; the agent handles it, so the trace as a whole is OK.
    let rules = read_house_rules("HOUSE_RULES.md").unwrap_or_else(|_| "Answer in two sentences.".to_owned());

    let passages = documents::search(question, 3)?;
    let sources = passages.iter().map(|passage| passage.metadata.doc_uri).collect();
    let Some(best) = passages.first() else {
        return Err(format!("Nothing in the documents has to do with `{question}`.").into());
    };
    let (text, written_by) = match ChatModel::from_environment() {
        None => (
            best.page_content.clone(),
            "the best passage, as there is no OPENAI_API_KEY or OPENAI_BASE_URL".to_owned(),
        ),
        Some(model) => match model.complete(&prompt(&rules, question, &passages)) {
            Ok(completion) => (completion.text()?, model.name().to_owned()),
            Err(error) => {
                (best.page_content.clone(), format!("the best passage, as the model failed: {error}"))
            }
        },
    };
    Ok(Answer { text, written_by, sources })
}

/// A tool that fails in a fresh clone, because nobody wrote such a file.
#[mlflow::trace(span_type = "TOOL")]
fn read_house_rules(file: &str) -> io::Result<String> {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))
}

fn prompt(rules: &str, question: &str, passages: &[Passage]) -> Vec<Message> {
    let context: Vec<&str> = passages.iter().map(|passage| passage.page_content.as_str()).collect();
    vec![
        Message::new("system", format!("{rules} Use only this text:\n\n{}", context.join("\n\n"))),
        Message::new("user", question),
    ]
}
