//! The one place that reads the process's environment, arguments and working directory.

use std::path::PathBuf;

/// The value of an environment variable, if it is set and not empty.
pub(crate) fn variable(name: &str) -> Option<String> {
    let value = std::env::var_os(name)?.to_string_lossy().trim().to_owned();
    (!value.is_empty()).then_some(value)
}

/// The working directory.
pub(crate) fn working_directory() -> PathBuf {
    std::env::current_dir().unwrap_or_else(|_| PathBuf::from("."))
}

/// The folder for files that nobody keeps.
pub(crate) fn temporary_folder() -> PathBuf {
    std::env::temp_dir()
}

/// The user's own directory.
#[cfg(feature = "http")]
pub(crate) fn home() -> Option<PathBuf> {
    std::env::home_dir().filter(|path| !path.as_os_str().is_empty())
}

/// The program, as it was called.
pub(crate) fn program() -> String {
    match std::env::args_os().next() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => std::env::current_exe().map_or_else(|_| String::new(), |path| path.display().to_string()),
    }
}

/// The user that runs the program.
pub(crate) fn user() -> String {
    // As Python's getpass: the environment first, then the system's user database.
    ["LOGNAME", "USER", "LNAME", "USERNAME"]
        .into_iter()
        .find_map(variable)
        .or_else(|| whoami::username().ok())
        .unwrap_or_default()
}

/// An address without user name, password, query and fragment.
pub(crate) fn without_secrets(uri: &str) -> String {
    let (scheme, rest) = uri.split_once("://").map_or(("", uri), |(scheme, rest)| (scheme, rest));
    // The last `@` first: a password may hold any character.
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    if scheme.is_empty() { rest.to_owned() } else { format!("{scheme}://{rest}") }
}
