//! Checks that one Python process makes, each shown as a Rust test of the same name.
//!
//! Importing MLflow takes Python some five seconds, so a script makes all its checks in one process and prints what
//! became of each as the last line of its output.

use std::collections::BTreeMap;

use super::Ran;

/// The outcome of each check of a script: `None` when it held, else what was different.
pub(crate) struct Checks(BTreeMap<String, Option<String>>);

impl Checks {
    /// Reads the outcomes out of the last line that the script printed.
    pub(crate) fn from(ran: &Ran) -> Self {
        let last = ran.stdout.lines().last().unwrap_or_default();
        Self(
            serde_json::from_str(last)
                .unwrap_or_else(|error| panic!("the script made no report: {error}\n{ran}")),
        )
    }

    #[track_caller]
    pub(crate) fn assert(&self, name: &str) {
        match self.0.get(name) {
            None => panic!("the script has no check `{name}`; it has {:?}", self.0.keys()),
            Some(Some(difference)) => panic!("{difference}"),
            Some(None) => {}
        }
    }

    /// Fails when the script makes a check that no test stands for.
    #[track_caller]
    pub(crate) fn assert_only(&self, names: &[&str]) {
        let unknown: Vec<&String> = self.0.keys().filter(|name| !names.contains(&name.as_str())).collect();
        assert!(unknown.is_empty(), "these checks have no test: {unknown:?}");
    }
}

/// Makes a test out of each check of a script.
macro_rules! checks {
    ($report:expr => $($name:ident),+ $(,)?) => {
        $(
            #[test]
            fn $name() {
                $report.assert(stringify!($name));
            }
        )+

        #[test]
        fn every_check_of_the_script_has_a_test() {
            $report.assert_only(&[$(stringify!($name)),+]);
        }
    };
}
pub(crate) use checks;
