//! Searches the repository's Markdown: paragraphs, ranked by BM25.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use serde::Serialize;

const FILES: [&str; 4] = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "src/trace.md"];

/// A paragraph, in the shape by which MLflow shows retrieved documents.
#[derive(Clone, Serialize)]
pub(crate) struct Passage {
    pub(crate) page_content: String,
    pub(crate) metadata: Source,
}

#[derive(Clone, Serialize)]
pub(crate) struct Source {
    pub(crate) doc_uri: String,
    score: f64,
}

/// The `limit` paragraphs that fit the question best.
#[mlflow::trace(name = "search_documents", span_type = "RETRIEVER")]
pub(crate) fn search(question: &str, limit: usize) -> io::Result<Vec<Passage>> {
    let paragraphs = mlflow::span("read_documents").run(|span| {
        let paragraphs = paragraphs()?;
        span.set_attribute("files", FILES).set_outputs(paragraphs.len());
        io::Result::Ok(paragraphs)
    })?;
    Ok(rank(question, paragraphs, limit))
}

fn paragraphs() -> io::Result<Vec<(&'static str, String)>> {
    let mut found = Vec::new();
    for file in FILES {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
        let text = std::fs::read_to_string(path)?.replace("\r\n", "\n");
        let mut in_code = false;
        for paragraph in text.split("\n\n") {
            let begins_in_code = in_code;
            in_code ^= paragraph.matches("```").count() % 2 == 1;
            // Code and headings answer no question.
            let prose = !begins_in_code && !paragraph.contains("```") && !paragraph.starts_with('#');
            if prose && paragraph.split_whitespace().count() >= 8 {
                found.push((file, paragraph.trim().chars().take(1_000).collect()));
            }
        }
    }
    Ok(found)
}

/// BM25 with the usual constants: rare words count more, repeated words and long paragraphs less.
fn rank(question: &str, paragraphs: Vec<(&'static str, String)>, limit: usize) -> Vec<Passage> {
    let (k1, b) = (1.2, 0.75);
    let bags: Vec<HashMap<String, f64>> = paragraphs.iter().map(|(_, text)| bag_of_words(text)).collect();
    let lengths: Vec<f64> = bags.iter().map(|bag| bag.values().sum()).collect();
    let mean = lengths.iter().sum::<f64>() / lengths.len().max(1) as f64;
    let rarity = |word: &str| {
        let holders = bags.iter().filter(|bag| bag.contains_key(word)).count() as f64;
        (1.0 + (bags.len() as f64 - holders + 0.5) / (holders + 0.5)).ln()
    };
    let wanted: Vec<(String, f64)> = bag_of_words(question)
        .into_keys()
        .map(|word| {
            let rarity = rarity(&word);
            (word, rarity)
        })
        .collect();
    let score = |index: usize| -> f64 {
        let norm = k1 * (1.0 - b + b * lengths[index] / mean);
        let term = |(word, rarity): &(String, f64)| {
            let count = bags[index].get(word).copied().unwrap_or(0.0);
            rarity * count * (k1 + 1.0) / (count + norm)
        };
        wanted.iter().map(term).sum()
    };
    let mut passages: Vec<Passage> = paragraphs
        .iter()
        .enumerate()
        .map(|(index, (file, text))| Passage {
            page_content: text.clone(),
            metadata: Source { doc_uri: (*file).to_owned(), score: score(index) },
        })
        .filter(|passage| passage.metadata.score > 0.0)
        .collect();
    passages.sort_by(|a, b| b.metadata.score.total_cmp(&a.metadata.score));
    passages.truncate(limit);
    passages
}

/// Words in lower case without a plural s, and how often each occurs.
fn bag_of_words(text: &str) -> HashMap<String, f64> {
    let mut bag = HashMap::new();
    for word in text.split(|char: char| !char.is_alphanumeric() && char != '_').filter(|word| word.len() > 2)
    {
        *bag.entry(word.to_lowercase().trim_end_matches('s').to_owned()).or_insert(0.0) += 1.0;
    }
    bag
}
