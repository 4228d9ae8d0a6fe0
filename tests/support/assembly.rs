//! Assembly as the compiler prints it, reduced to what the processor sees: the instructions of each function and the
//! bytes of each constant, without the names and numbers that differ between two compilations of the same code.

use std::collections::BTreeMap;

/// Each function by its name without hashes (instances of a generic one share a name), and each constant by its bytes.
pub(crate) struct Assembly {
    pub(crate) functions: BTreeMap<String, Vec<Vec<String>>>,
    pub(crate) constants: Vec<Vec<String>>,
}

impl Assembly {
    pub(crate) fn read(text: &str) -> Self {
        let mut assembly = Self { functions: BTreeMap::new(), constants: Vec::new() };
        let mut section = "";
        let mut open: Option<(String, bool, Vec<String>)> = None;
        for line in text.lines().map(str::trim) {
            if let Some(name) = line.strip_prefix(".section").map(str::trim) {
                section = name.split([',', '.', '"']).find(|part| !part.is_empty()).unwrap_or_default();
            } else if line == ".text" {
                section = "text";
            }
            let is_code = section == "text";
            match line.strip_suffix(':') {
                // Places inside a function.
                Some(label) if is_code && label.starts_with(".L") => {
                    if let Some((_, _, lines)) = &mut open {
                        lines.push(line.to_owned());
                    }
                }
                Some(label) => {
                    assembly.close(open.take());
                    open = Some((without_hash(label), is_code, Vec::new()));
                }
                None => {
                    let says_something =
                        if is_code { !line.starts_with(['.', '#']) } else { is_content(line) };
                    if let Some((_, _, lines)) = open.as_mut().filter(|_| says_something && !line.is_empty())
                    {
                        lines.push(without_hash(line.split('#').next().unwrap_or_default().trim()));
                    }
                }
            }
        }
        assembly.close(open);
        assembly.constants.sort();
        assembly.functions.values_mut().for_each(|instances| instances.sort());
        assembly
    }

    fn close(&mut self, open: Option<(String, bool, Vec<String>)>) {
        let Some((name, is_code, lines)) = open else { return };
        let lines = numbered_anew(lines);
        if is_code {
            self.functions.entry(name).or_default().push(lines);
        } else if !name.starts_with("GCC_except_table") && !lines.is_empty() {
            self.constants.push(lines);
        }
    }
}

fn is_content(line: &str) -> bool {
    [".byte", ".short", ".long", ".quad", ".ascii", ".asciz", ".zero"]
        .iter()
        .any(|kind| line.starts_with(kind))
}

/// Takes `17h0123456789abcdefE`, the end of a mangled name, apart from its hash.
fn without_hash(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("17h") {
        let (before, hash) = rest.split_at(at + 3);
        out.push_str(before);
        let is_hash = hash.len() > 16 && hash.as_bytes()[..16].iter().all(u8::is_ascii_hexdigit);
        rest = if is_hash { &hash[16..] } else { hash };
    }
    out + rest
}

/// Local labels in the order in which they appear.
fn numbered_anew(lines: Vec<String>) -> Vec<String> {
    let mut seen: Vec<String> = Vec::new();
    let is_of_label = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '$');
    let mut renamed = |line: String| {
        let mut out = String::new();
        let mut rest = line.as_str();
        while let Some(at) = rest.find(".L") {
            let (before, label) = rest.split_at(at);
            let end = label.find(|c| !is_of_label(c)).unwrap_or(label.len());
            let number = seen.iter().position(|old| old == &label[..end]).unwrap_or_else(|| {
                seen.push(label[..end].to_owned());
                seen.len() - 1
            });
            out.push_str(before);
            out.push_str(&format!("label {number}"));
            rest = &label[end..];
        }
        out + rest
    };
    lines.into_iter().map(&mut renamed).collect()
}
