//! What the server can do, from its version: asked once, and again when it behaves like another version.

use super::round::{Ask, Problem, Round};

/// Where the server keeps spans.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SpansPlace {
    /// In its database; they are sent by OTLP (3.6 and newer).
    Database,
    /// In a file of each trace's artifacts, which the server takes for us (3.2 to 3.5, and file stores).
    File,
    /// In such a file, at a signed address in the cloud (Databricks).
    SignedFile,
}

/// What the server can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Capabilities {
    /// `None` when it would not say.
    pub(super) version: Option<Version>,
    pub(super) spans: SpansPlace,
    pub(super) takes_gzip: bool,
    /// Whether a trace's info may be sent again; the oldest take it once.
    pub(super) takes_info_again: bool,
    /// Whether it sums the cost of the spans, with more prices than we know.
    pub(super) sums_cost: bool,
}

impl Capabilities {
    pub(super) const DATABRICKS: Self = Self {
        version: None,
        spans: SpansPlace::SignedFile,
        takes_gzip: false,
        takes_info_again: true,
        sums_cost: false,
    };

    /// Of a server that does not say its version: what every newer one understands.
    const UNKNOWN: Self = Self {
        version: None,
        spans: SpansPlace::Database,
        takes_gzip: false,
        takes_info_again: true,
        sums_cost: true,
    };

    /// `None` for versions that keep no traces of this kind.
    fn of(version: Version) -> Option<Self> {
        let since = |major, minor| version >= Version { major, minor };
        since(3, 2).then(|| Self {
            version: Some(version),
            spans: if since(3, 6) { SpansPlace::Database } else { SpansPlace::File },
            takes_gzip: since(3, 7),
            takes_info_again: since(3, 4),
            sums_cost: since(3, 12),
        })
    }

    /// `version 3.17`, or that it is not known.
    pub(super) fn shown(&self) -> String {
        match self.version {
            Some(Version { major, minor }) => format!("version {major}.{minor}"),
            None if self.spans == SpansPlace::SignedFile => "Databricks".to_owned(),
            None => "of unknown version".to_owned(),
        }
    }
}

/// A version of MLflow, as far as it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version {
    pub(super) major: u32,
    pub(super) minor: u32,
}

impl Version {
    /// From `3.17.2`, `3.18.0rc1`, `3.18.0.dev0`.
    fn parse(text: &str) -> Option<Self> {
        let mut pieces = text.trim().split('.');
        let major = pieces.next()?.parse().ok()?;
        let minor: String = pieces.next()?.chars().take_while(char::is_ascii_digit).collect();
        Some(Self { major, minor: minor.parse().ok()? })
    }
}

/// Asks for the version.
///
/// # Errors
/// When nobody answers, when the credentials are not accepted, and when the server is too old.
pub(super) fn probe(round: &mut Round) -> Result<Capabilities, Problem> {
    let said = match round.ask(&Ask::get("/version")) {
        Ok(answer) => String::from_utf8_lossy(&answer.body).into_owned(),
        // MLflow sends its version as if it were a page.
        Err(problem) => match &problem.refusal {
            Some(refusal) if refusal.status == 200 => refusal.said().to_owned(),
            // A proxy may let only some paths through.
            Some(refusal) if matches!(refusal.status, 300..=399 | 400 | 403 | 404 | 405 | 501) => {
                String::new()
            }
            _ => return Err(problem),
        },
    };
    let Some(version) = Version::parse(&said) else { return Ok(Capabilities::UNKNOWN) };
    Capabilities::of(version).ok_or_else(|| {
        let base = &round.server.connection.base;
        let from = &round.server.connection.address_from;
        Problem::refused(format!(
            "the MLflow server at {base} is version {}, and traces need 3.2 or newer; upgrade it, or name another \
             destination in {from}.",
            said.trim()
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Capabilities> {
        Capabilities::of(Version::parse(text).unwrap())
    }

    #[test]
    fn each_version_is_met_as_it_behaves() {
        assert_eq!(of("2.22.5"), None);
        assert_eq!(of("3.1.4"), None);
        let facts = |text| {
            let Capabilities { spans, takes_gzip, takes_info_again, sums_cost, .. } = of(text).unwrap();
            (spans, takes_gzip, takes_info_again, sums_cost)
        };
        assert_eq!(facts("3.2.0"), (SpansPlace::File, false, false, false));
        assert_eq!(facts("3.5.1"), (SpansPlace::File, false, true, false));
        assert_eq!(facts("3.6.0"), (SpansPlace::Database, false, true, false));
        assert_eq!(facts("3.7.0rc1"), (SpansPlace::Database, true, true, false));
        assert_eq!(facts("3.17.2"), (SpansPlace::Database, true, true, true));
        assert_eq!(facts("4.0.0.dev0"), (SpansPlace::Database, true, true, true));
    }

    #[test]
    fn what_is_no_version_is_none() {
        for text in ["", "<html>", "3", "three.two", "3.x"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
