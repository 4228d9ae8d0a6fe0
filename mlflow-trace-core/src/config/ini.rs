//! Files of `[section]` and `key = value`, as Python's `configparser` and Databricks' tools write them.

/// The value of a key in a section; keys in any case, sections as they are written.
pub(super) fn value(text: &str, section: &str, key: &str) -> Option<String> {
    let mut is_in_section = false;
    let mut found = None;
    for line in text.lines().map(str::trim) {
        if line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            is_in_section = name.trim() == section;
        } else if is_in_section
            && let Some((name, value)) = line.split_once(['=', ':'])
            && name.trim().eq_ignore_ascii_case(key)
            && !value.trim().is_empty()
        {
            found = Some(value.trim().to_owned());
        }
    }
    found
}

/// Whether there is such a section.
pub(super) fn has_section(text: &str, section: &str) -> bool {
    text.lines()
        .any(|line| line.trim().strip_prefix('[').and_then(|rest| rest.split(']').next()) == Some(section))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str =
        "# mine\n[DEFAULT]\nhost = https://a\n\n[mlflow]\r\nUser = me\npass : x=y:z\n;user = no\nempty =\n";

    #[test]
    fn a_value_is_found_in_its_section_alone() {
        assert_eq!(value(FILE, "DEFAULT", "host").as_deref(), Some("https://a"));
        assert_eq!(value(FILE, "mlflow", "user").as_deref(), Some("me"));
        assert_eq!(value(FILE, "mlflow", "pass").as_deref(), Some("x=y:z"));
        for (section, key) in [("mlflow", "host"), ("mlflow", "empty"), ("MLFLOW", "user"), ("other", "user")]
        {
            assert_eq!(value(FILE, section, key), None, "{section} {key}");
        }
        assert!(has_section(FILE, "mlflow") && !has_section(FILE, "other"));
    }
}
