//! Searches the repository's Markdown: paragraphs, list items and table rows, ranked by BM25.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use serde::Serialize;

const FILES: [&str; 3] = ["README.md", "ARCHITECTURE.md", "src/trace.md"];

/// A piece of a document, in the shape by which MLflow shows retrieved documents.
#[derive(Clone, Serialize)]
pub(crate) struct Passage {
    pub(crate) page_content: String,
    pub(crate) metadata: Source,
}

#[derive(Clone, Serialize)]
pub(crate) struct Source {
    pub(crate) doc_uri: &'static str,
    section: String,
    score: f64,
}

/// The `limit` passages that fit the question best.
#[mlflow::trace(name = "search_documents", span_type = "RETRIEVER")]
pub(crate) fn search(question: &str, limit: usize) -> io::Result<Vec<Passage>> {
    let passages = mlflow::span("read_documents").run(|span| {
        let mut passages = Vec::new();
        for file in FILES {
            let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file))?;
            passages.extend(split(file, &text));
        }
        span.set_attribute("files", FILES).set_outputs(passages.len());
        io::Result::Ok(passages)
    })?;
    Ok(rank(question, passages, limit))
}

/// Paragraphs, list items and table rows outside of code, each with the heading above it.
fn split(doc_uri: &'static str, text: &str) -> Vec<Passage> {
    let mut passages: Vec<Passage> = Vec::new();
    let (mut section, mut in_code, mut continues) = (String::new(), false, false);
    for line in text.lines() {
        let is_fence = line.starts_with("```");
        in_code ^= is_fence;
        if let Some(heading) = line.strip_prefix('#').filter(|_| !in_code) {
            section = heading.trim_start_matches('#').trim().to_owned();
        }
        let is_prose = !in_code && !is_fence && !line.trim().is_empty() && !line.starts_with(['#', '<']);
        if line.starts_with("|--") {
            // The row above is the table's heading.
            passages.pop();
        } else if is_prose && continues && !line.starts_with(['-', '|']) {
            passages
                .iter_mut()
                .last()
                .into_iter()
                .for_each(|last| last.page_content += &format!(" {}", line.trim()));
        } else if is_prose {
            let metadata = Source { doc_uri, section: section.clone(), score: 0.0 };
            passages.push(Passage { page_content: line.trim().to_owned(), metadata });
        }
        continues = is_prose;
    }
    passages
}

/// BM25 with the usual constants: rare words count more, repeated words and long paragraphs less.
fn rank(question: &str, mut passages: Vec<Passage>, limit: usize) -> Vec<Passage> {
    let (k1, b) = (1.2, 0.75);
    let text = |passage: &Passage| format!("{} {}", passage.metadata.section, passage.page_content);
    let bags: Vec<_> = passages.iter().map(|passage| bag_of_words(&text(passage))).collect();
    let length = |bag: &HashMap<String, f64>| bag.values().sum::<f64>();
    let mean = bags.iter().map(length).sum::<f64>() / bags.len().max(1) as f64;
    for word in bag_of_words(question).into_keys() {
        let holders = bags.iter().filter(|bag| bag.contains_key(&word)).count() as f64;
        let rarity = (1.0 + (bags.len() as f64 - holders + 0.5) / (holders + 0.5)).ln();
        for (passage, bag) in passages.iter_mut().zip(&bags) {
            let count = bag.get(&word).copied().unwrap_or(0.0);
            let norm = k1 * (1.0 - b + b * length(bag) / mean);
            passage.metadata.score += rarity * count * (k1 + 1.0) / (count + norm);
        }
    }
    passages.retain(|passage| passage.metadata.score > 0.0);
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
