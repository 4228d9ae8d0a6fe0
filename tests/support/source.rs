//! Rust sources as `tests/tidy.rs` reads them: comments and the contents of texts blanked, tests marked, imports found.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// A source file.
pub(crate) struct Source {
    /// From the root of the repository.
    pub(crate) path: String,
    /// The module's path within its crate; empty for the crate's root.
    pub(crate) module: Vec<String>,
    pub(crate) text: String,
    /// The text without comments and without the contents of literals, line by line.
    code: Vec<String>,
    /// For each line whether it belongs to tests.
    in_tests: Vec<bool>,
}

/// Something of this crate that a file names.
pub(crate) struct Import {
    pub(crate) line: usize,
    /// The path from the crate's root.
    pub(crate) path: Vec<String>,
}

/// All `.rs` files under a directory, sorted by path.
pub(crate) fn sources_under(directory: &Path) -> Vec<Source> {
    let mut found = Vec::new();
    collect(directory, directory, &mut found);
    assert!(!found.is_empty(), "no sources under {}", directory.display());
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

fn collect(root: &Path, directory: &Path, found: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries {
        let path = entry.expect("a directory entry can be read").path();
        if path.is_dir() {
            collect(root, &path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(Source::read(root, &path));
        }
    }
}

impl Source {
    fn read(root: &Path, file: &Path) -> Self {
        let text = fs::read_to_string(file).expect("a source file is text");
        let within = file.strip_prefix(root).expect("it was found under the root").with_extension("");
        let mut module: Vec<String> = within.iter().map(|part| part.to_string_lossy().into_owned()).collect();
        if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
            module.pop();
        }
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        let path = file.strip_prefix(repository).unwrap_or(file).display().to_string();
        let code: Vec<String> = blank_comments_and_literals(&text).lines().map(str::to_owned).collect();
        let whole_file_is_tests = module.iter().any(|name| name == "tests" || name.ends_with("_tests"));
        let in_tests = if whole_file_is_tests { vec![true; code.len()] } else { test_lines(&code) };
        Self { path, module, text, code, in_tests }
    }

    /// Whether the whole file is tests.
    pub(crate) fn is_tests(&self) -> bool {
        self.in_tests.iter().all(|in_tests| *in_tests)
    }

    /// The lines that are no tests, numbered from 1, comments and contents of literals blanked.
    pub(crate) fn shipped_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code
            .iter()
            .enumerate()
            .filter(|(index, _)| !self.in_tests[*index])
            .map(|(i, l)| (i + 1, l.as_str()))
    }

    /// Whether a comment in the line or in the five before it states an invariant.
    pub(crate) fn has_invariant_beside(&self, number: usize) -> bool {
        let lines = self.text.lines().skip(number.saturating_sub(6)).take(6);
        lines.into_iter().any(|line| line.contains("// Invariant:"))
    }

    /// Every path that begins with `crate::` or `super::`, groups spread out, tests left out.
    pub(crate) fn imports(&self) -> Vec<Import> {
        let mut code = String::new();
        for (index, line) in self.code.iter().enumerate() {
            code.push_str(if self.in_tests[index] { "" } else { line });
            code.push('\n');
        }
        let mut imports = Vec::new();
        for start in word_starts(&code, &["crate::", "super::", "self::super::"]) {
            // `$crate` and `foo::super` are no beginnings of a path of ours.
            if start > 0 && matches!(code.as_bytes()[start - 1], b':' | b'$') {
                continue;
            }
            // `pub(in crate::store)` says who may see an item; it imports nothing.
            if code[..start].ends_with("(in ") {
                continue;
            }
            let line = code[..start].matches('\n').count() + 1;
            let mut paths = Vec::new();
            spread(&code[start..], &mut Vec::new(), &mut paths);
            for path in paths {
                if let Some(path) = self.resolved(&path) {
                    imports.push(Import { line, path });
                }
            }
        }
        imports
    }

    /// The path from the crate's root, or `None` when it stays at the root itself.
    fn resolved(&self, path: &[String]) -> Option<Vec<String>> {
        let mut base = self.module.clone();
        let mut rest = path.iter().peekable();
        while let Some(first) = rest.next_if(|part| ["crate", "super", "self"].contains(&part.as_str())) {
            match first.as_str() {
                "crate" => base.clear(),
                "super" => drop(base.pop()),
                _ => {}
            }
        }
        base.extend(rest.cloned());
        (!base.is_empty()).then_some(base)
    }
}

/// What the crate's root re-exports: the item's name and the module that it comes from.
pub(crate) fn reexports(root: &Source) -> BTreeMap<String, String> {
    let code = root.code.join("\n");
    let mut items = BTreeMap::new();
    for start in word_starts(&code, &["pub use ", "pub(crate) use "]) {
        let after = code[start..].split_once("use ").map_or("", |(_, after)| after);
        let mut paths = Vec::new();
        spread(after.trim_start_matches("crate::").trim_start_matches("self::"), &mut Vec::new(), &mut paths);
        for path in paths {
            if let [module, .., item] = path.as_slice() {
                items.insert(item.clone(), module.clone());
            }
        }
    }
    items
}

/// Whether the line has this text with no letter directly before it.
pub(crate) fn contains_word(line: &str, text: &str) -> bool {
    !word_starts(line, &[text]).is_empty()
}

/// Where one of these texts begins and no name goes before it, in order and each place once.
fn word_starts(code: &str, texts: &[&str]) -> Vec<usize> {
    let mut starts: Vec<usize> = texts
        .iter()
        .flat_map(|text| code.match_indices(text))
        .map(|(start, _)| start)
        .filter(|start| {
            let before = code[..*start].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
        })
        .collect();
    starts.sort_unstable();
    starts.dedup();
    starts
}

/// Reads one path, with its groups, into full paths. Returns what follows it.
fn spread<'a>(code: &'a str, prefix: &mut Vec<String>, into: &mut Vec<Vec<String>>) -> &'a str {
    let depth = prefix.len();
    let mut rest = code.trim_start();
    loop {
        if let Some(inside) = rest.strip_prefix('{') {
            rest = inside.trim_start();
            while !rest.starts_with('}') && !rest.is_empty() {
                let before = rest;
                rest = spread(rest, prefix, into).trim_start();
                // `a as b,`: the new name is of no interest, nor is anything else up to the next entry.
                let next = rest.find([',', '}']).unwrap_or(rest.len());
                rest = &rest[next..];
                rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
                if before == rest {
                    break;
                }
            }
            rest = rest.strip_prefix('}').unwrap_or(rest);
            break;
        }
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
        if end > 0 {
            prefix.push(rest[..end].to_owned());
        }
        rest = &rest[end..];
        match rest.strip_prefix("::") {
            Some(after) if end > 0 => rest = after.trim_start(),
            _ => {
                into.push(prefix.clone());
                break;
            }
        }
    }
    prefix.truncate(depth);
    rest
}

/// Marks the lines of items under `#[cfg(test)]` and `#[test]`.
fn test_lines(code: &[String]) -> Vec<bool> {
    let mut marks = vec![false; code.len()];
    let mut index = 0;
    while index < code.len() {
        let line = code[index].trim();
        if line.starts_with("#[cfg(test)]") || line.starts_with("#[cfg(all(test") || line == "#[test]" {
            let mut depth = 0_usize;
            let mut opened = false;
            while index < code.len() {
                marks[index] = true;
                for c in code[index].chars() {
                    match c {
                        '{' => (depth, opened) = (depth + 1, true),
                        '}' => depth = depth.saturating_sub(1),
                        _ => {}
                    }
                }
                let ends_without_body = !opened && code[index].trim_end().ends_with(';');
                if (opened && depth == 0) || ends_without_body {
                    break;
                }
                index += 1;
            }
        }
        index += 1;
    }
    marks
}

/// Blanks comments, and the contents of texts and characters; lines and columns stay where they are.
fn blank_comments_and_literals(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    let blank = |c: char| if c == '\n' { '\n' } else { ' ' };
    while at < chars.len() {
        let rest = &chars[at..];
        let end = match rest {
            ['/', '/', ..] => at + rest.iter().position(|c| *c == '\n').unwrap_or(rest.len()),
            ['/', '*', ..] => at + block_comment_length(rest),
            ['r', '"' | '#', ..] if !name_before(&chars, at) => at + raw_text_length(rest),
            ['"', ..] => at + quoted_length(rest, '"'),
            ['\'', '\\', ..] | ['\'', _, '\'', ..] => at + quoted_length(rest, '\''),
            _ => at,
        };
        if end <= at {
            out.push(chars[at]);
            at += 1;
        } else {
            let keep_quotes = !matches!(rest, ['/', ..]);
            for (offset, c) in chars[at..end].iter().enumerate() {
                let edge = offset == 0 || at + offset + 1 == end;
                out.push(if keep_quotes && edge { '"' } else { blank(*c) });
            }
            at = end;
        }
    }
    out
}

fn name_before(chars: &[char], at: usize) -> bool {
    at > 0 && (chars[at - 1].is_alphanumeric() || chars[at - 1] == '_')
}

fn block_comment_length(rest: &[char]) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < rest.len() {
        match rest[at..] {
            ['/', '*', ..] => (depth, at) = (depth + 1, at + 2),
            ['*', '/', ..] => {
                (depth, at) = (depth - 1, at + 2);
                if depth == 0 {
                    break;
                }
            }
            _ => at += 1,
        }
    }
    at
}

/// The length of `r"…"` or `r#"…"#`; 0 when it is a raw name like `r#type`.
fn raw_text_length(rest: &[char]) -> usize {
    let hashes = rest[1..].iter().take_while(|c| **c == '#').count();
    if rest.get(1 + hashes) != Some(&'"') {
        return 0;
    }
    let mut at = 2 + hashes;
    while at < rest.len() {
        if rest[at] == '"' && rest[at + 1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes {
            return at + 1 + hashes;
        }
        at += 1;
    }
    at
}

fn quoted_length(rest: &[char], quote: char) -> usize {
    let mut at = 1;
    while at < rest.len() && rest[at] != quote {
        at += if rest[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(module: &[&str], text: &str) -> Source {
        let code: Vec<String> = blank_comments_and_literals(text).lines().map(str::to_owned).collect();
        let in_tests = test_lines(&code);
        let module = module.iter().map(|name| (*name).to_owned()).collect();
        Source { path: String::new(), module, text: text.to_owned(), code, in_tests }
    }

    fn paths(module: &[&str], text: &str) -> Vec<String> {
        source(module, text).imports().iter().map(|import| import.path.join("::")).collect()
    }

    #[test]
    fn groups_are_spread_out() {
        let found =
            paths(&["store"], "use crate::{model::{Span, keys as k}, error::Error};\ncrate::http::get();");
        assert_eq!(found, ["model::Span", "model::keys", "error::Error", "http::get"]);
    }

    #[test]
    fn super_is_counted_from_the_module() {
        assert_eq!(paths(&["store", "rows"], "use super::super::model::Span;"), ["model::Span"]);
        assert_eq!(paths(&["store", "rows"], "use super::schema;"), ["store::schema"]);
    }

    #[test]
    fn comments_texts_and_tests_import_nothing() {
        let text = "// crate::http\nlet a = \"crate::http\"; /* crate::http */\npub(in crate::store) fn f() {}\n\
                    #[cfg(test)]\nmod tests {\n    use crate::api::x;\n}\nuse crate::model::Span;";
        assert_eq!(paths(&["store"], text), ["model::Span"]);
        assert_eq!(source(&["store"], text).imports()[0].line, 8);
    }

    #[test]
    fn reexports_of_the_root_know_their_module() {
        let root = source(&[], "pub use model::{Span, Trace as T};\npub use error::Error;");
        let expected = [("Error", "error"), ("Span", "model"), ("Trace", "model")];
        assert_eq!(reexports(&root), expected.map(|(a, b)| (a.to_owned(), b.to_owned())).into());
    }
}
