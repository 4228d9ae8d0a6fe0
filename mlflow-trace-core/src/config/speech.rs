//! Which of our own sentences are said, as Python MLflow's loggers are set.

use super::reading::{Reading, origin};
use super::variables as var;
use crate::policy::notice::Speech;

/// The levels of Python's loggers, with their numbers.
const LEVELS: [(&str, u8); 8] = [
    ("NOTSET", 0),
    ("DEBUG", 10),
    ("INFO", 20),
    ("WARNING", 30),
    ("WARN", 30),
    ("ERROR", 40),
    ("CRITICAL", 50),
    ("FATAL", 50),
];

pub(super) fn resolve(reading: &mut Reading<'_>) -> Speech {
    let default = Speech::default();
    let least = reading.read(var::LOGGING_LEVEL, |name, text| {
        let known = LEVELS.iter().find(|(level, _)| level.eq_ignore_ascii_case(text));
        known.map(|(_, number)| *number).ok_or_else(|| {
            format!(
                "{name} is `{}`; accepted are DEBUG, INFO, WARNING, ERROR and CRITICAL; it is not used.",
                text.escape_debug()
            )
        })
    });
    let on_stderr = reading.flag(var::CONFIGURE_LOGGING);
    let speech =
        Speech { least: least.unwrap_or(default.least), on_stderr: on_stderr.unwrap_or(default.on_stderr) };
    let shown = LEVELS.iter().find(|(_, number)| *number == speech.least).map_or("", |(level, _)| level);
    reading.note(var::LOGGING_LEVEL, shown, origin(false, least.is_some()));
    reading.note(var::CONFIGURE_LOGGING, speech.on_stderr.to_string(), origin(false, on_stderr.is_some()));
    speech
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(level: &str, configure: &str) -> (Speech, Vec<String>) {
        let lookup = |name: &str| {
            let value = if name == var::LOGGING_LEVEL { level } else { configure };
            (!value.is_empty()).then(|| value.to_owned())
        };
        let mut reading = Reading::new(&lookup, std::path::Path::new("/"));
        let speech = resolve(&mut reading);
        (speech, reading.problems.in_environment)
    }

    #[test]
    fn levels_are_those_of_python_in_any_case_and_only_warnings_are_said_by_default() {
        assert_eq!(read("", "").0, Speech { least: 30, on_stderr: true });
        assert_eq!(read("debug", "false").0, Speech { least: 10, on_stderr: false });
        assert_eq!(read("Critical", "1").0, Speech { least: 50, on_stderr: true });
    }

    #[test]
    fn a_level_that_python_does_not_know_is_said_and_not_used() {
        let (speech, problems) = read("LOUD", "");
        assert_eq!(speech, Speech::default());
        assert!(problems[0].contains("MLFLOW_LOGGING_LEVEL") && problems[0].contains("LOUD"), "{problems:?}");
    }
}
