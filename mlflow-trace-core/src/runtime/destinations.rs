//! From settings to exporters: each destination with its counters, made on the worker's thread when the first trace
//! comes.

use std::sync::Arc;

use crate::config::{Destination, Settings};
use crate::exporters::{Exporter, Tally};

/// Makes all exporters.
pub(super) type MakeExporters = Box<dyn FnOnce() -> Vec<Box<dyn Exporter>> + Send>;
type MakeExporter = Box<dyn FnOnce() -> Box<dyn Exporter> + Send>;

/// What wakes the worker.
pub(super) type Wake = Arc<dyn Fn() + Send + Sync>;

/// The counters of the destinations, and what makes the destinations.
pub(super) fn plan(settings: &Settings, wake: &Wake) -> (Vec<Arc<Tally>>, MakeExporters) {
    let mut tallies = Vec::new();
    let mut makers: Vec<MakeExporter> = Vec::new();
    for destination in &settings.destinations {
        let tally = Arc::new(Tally::new(name(destination)));
        makers.push(maker(destination, settings, wake, &tally));
        tallies.push(tally);
    }
    #[cfg(feature = "http")]
    makers.extend(network::metrics_maker(settings, wake));
    (tallies, Box::new(move || makers.into_iter().map(|make| make()).collect()))
}

/// What people call it; no secrets.
pub(super) fn name(destination: &Destination) -> String {
    match destination {
        Destination::Local { file, .. } => file.display().to_string(),
        #[cfg(feature = "http")]
        Destination::Server(server) => server.connection.base.clone(),
        #[cfg(feature = "http")]
        Destination::Otlp(otlp) => otlp.connection.base.clone(),
    }
}

#[cfg_attr(not(feature = "http"), allow(unused_variables))]
fn maker(destination: &Destination, settings: &Settings, wake: &Wake, tally: &Arc<Tally>) -> MakeExporter {
    match destination {
        Destination::Local { file, .. } => local(file, settings, tally),
        #[cfg(feature = "http")]
        Destination::Server(_) | Destination::Otlp(_) => network::maker(destination, settings, wake, tally),
    }
}

#[cfg(feature = "sqlite")]
fn local(file: &std::path::Path, settings: &Settings, tally: &Arc<Tally>) -> MakeExporter {
    let (file, experiment, tally) = (file.to_owned(), settings.experiment.clone(), Arc::clone(tally));
    Box::new(move || Box::new(crate::exporters::LocalExporter::new(&file, experiment, tally)))
}

#[cfg(not(feature = "sqlite"))]
fn local(_file: &std::path::Path, _settings: &Settings, tally: &Arc<Tally>) -> MakeExporter {
    let tally = Arc::clone(tally);
    Box::new(move || Box::new(crate::exporters::Nowhere::new(tally)))
}

/// What tells the traces for this destination from those for others, also in another process.
pub(super) fn identity(destination: &Destination) -> String {
    match destination {
        Destination::Local { .. } => format!("mlflow {}", name(destination)),
        #[cfg(feature = "http")]
        Destination::Server(_) | Destination::Otlp(_) => network::identity(destination),
    }
}

/// The same with the experiment, which traces in a journal do not name.
pub(super) fn journal_identity(destination: &Destination, settings: &Settings) -> String {
    let identity = identity(destination);
    match destination {
        Destination::Local { .. } => format!("{identity} {:?}", settings.experiment),
        #[cfg(feature = "http")]
        Destination::Server(server) => format!("{identity} {:?}", server.experiment),
        #[cfg(feature = "http")]
        Destination::Otlp(_) => identity,
    }
}

/// Whether it is reached over the network.
#[cfg(feature = "http")]
pub(super) fn is_network(destination: &Destination) -> bool {
    !matches!(destination, Destination::Local { .. })
}

#[cfg(feature = "http")]
pub(super) use network::{check_files, hide, sender};

#[cfg(feature = "http")]
mod network {
    use std::time::Duration;

    use super::{Arc, Destination, MakeExporter, Settings, Tally, Wake, is_network, name};
    use crate::config::Experiment;
    use crate::context;
    use crate::error::Error;
    use crate::exporters::{
        MakeSender, MetricsExporter, MetricsSettings, OtlpSender, Outbox, OutboxSettings, Prepare, Sender,
        ServerSender,
    };
    use crate::http::Client;
    use crate::policy::Redactor;
    use crate::spool::Spool;

    /// Bounds of one hand-over to a sender: an MLflow server needs a third of a second for one trace, and some minutes
    /// for thousands.
    const MOST_TRACES: usize = 50;
    const MOST_BYTES: usize = 4 << 20;
    /// Without a disk queue a trace is tried for so long.
    const GIVE_UP_AFTER: Duration = Duration::from_secs(300);

    pub(super) fn maker(
        destination: &Destination,
        settings: &Settings,
        wake: &Wake,
        tally: &Arc<Tally>,
    ) -> MakeExporter {
        let networks = settings.destinations.iter().filter(|one| is_network(one)).count().max(1);
        let (experiment, redactor) = match destination {
            Destination::Server(server) => (server.experiment.clone(), server.redactor.clone()),
            Destination::Otlp(otlp) => (Experiment::Default, otlp.redactor.clone()),
            Destination::Local { .. } => (Experiment::Default, None),
        };
        let spool = settings.spool.folder.as_ref();
        let outbox = OutboxSettings {
            experiment,
            takes_running_parts: true,
            takes_tags: matches!(destination, Destination::Server(_)),
            most_traces: MOST_TRACES,
            most_bytes: MOST_BYTES,
            most_memory: settings.max_memory_bytes / 2 / networks,
            most_spans: settings.max_spans / 2 / networks,
            hide: hider(destination),
            spool: spool
                .map(|folder| Spool::new(folder, &super::identity(destination), settings.spool.max_bytes)),
            spool_place: spool.map(|folder| folder.display().to_string()).unwrap_or_default(),
            give_up_after: GIVE_UP_AFTER,
            prepare: prepare(destination, settings, redactor),
            wake: Arc::clone(wake),
            prepare_thread: context::silence_this_thread,
        };
        let (tally, make_sender) = (Arc::clone(tally), sender_maker(destination.clone()));
        Box::new(move || Box::new(Outbox::new(outbox, tally, make_sender)))
    }

    /// What is kept out of the traces for this destination: what its rules say, and what it has no place for.
    fn prepare(
        destination: &Destination,
        settings: &Settings,
        redactor: Option<Redactor>,
    ) -> Option<Prepare> {
        let takes_attachments = !matches!(destination, Destination::Otlp(_));
        let another_does = settings.destinations.iter().any(|one| !matches!(one, Destination::Otlp(_)));
        if takes_attachments && redactor.is_none() {
            return None;
        }
        Some(Box::new(move |trace| {
            if let Some(redactor) = &redactor {
                redactor.trace(trace);
            }
            if !takes_attachments && another_does {
                trace.attachments.clear();
            } else if !takes_attachments {
                // That there were any is said by the sender.
                trace.attachments.iter_mut().for_each(|attachment| *attachment = attachment.emptied());
            }
        }))
    }

    /// What reports the durations of spans, if anything does. Its counters are none of the destinations'.
    pub(super) fn metrics_maker(settings: &Settings, wake: &Wake) -> Option<MakeExporter> {
        let metrics = MetricsSettings {
            destination: settings.metrics.as_deref()?.clone(),
            experiment: settings.experiment.clone(),
            wake: Arc::clone(wake),
            prepare_thread: context::silence_this_thread,
        };
        Some(Box::new(move || Box::new(MetricsExporter::new(metrics))))
    }

    /// Reads the files of certificates and looks at headers and proxy, so that what can't be used is said at the start.
    ///
    /// # Errors
    /// The first that can't be used.
    pub(in crate::runtime) fn check_files(settings: &Settings) -> Result<(), Error> {
        for destination in &settings.destinations {
            let connection = match destination {
                Destination::Server(server) => &server.connection,
                Destination::Otlp(otlp) => &otlp.connection,
                Destination::Local { .. } => continue,
            };
            Client::new(connection)?;
        }
        Ok(())
    }

    /// Where traces go, as which service and into which workspace. Not the credentials: traces wait for a key that is mended.
    pub(super) fn identity(destination: &Destination) -> String {
        let (kind, connection, path, resource) = match destination {
            Destination::Otlp(otlp) => ("otlp", &otlp.connection, otlp.path.reveal(), &otlp.resource),
            Destination::Server(server) => ("mlflow", &server.connection, "", &server.resource),
            Destination::Local { .. } => return name(destination),
        };
        let mut identity = format!("{kind} {}{path}", connection.base);
        // What a program is called when nobody says so differs even from `mlflow-trace drain`.
        let is_given = |(key, value): &&(String, String)| {
            !key.starts_with("telemetry.sdk.") && !value.starts_with("unknown_service:")
        };
        for (key, value) in resource.iter().filter(is_given) {
            identity.push_str(&format!("\n{key}={value}"));
        }
        let workspaces = connection.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(WORKSPACE));
        for (_, workspace) in workspaces {
            identity.push_str(&format!("\nworkspace={}", workspace.reveal()));
        }
        identity
    }

    /// The text without the secrets of this destination.
    pub(in crate::runtime) fn hide(destination: &Destination, text: &str) -> String {
        hider(destination)(text)
    }

    fn hider(destination: &Destination) -> Box<dyn Fn(&str) -> String + Send + Sync> {
        match destination {
            Destination::Otlp(otlp) => {
                let connection = otlp.connection.clone();
                Box::new(move |text| connection.hide(text))
            }
            Destination::Server(server) => {
                let connection = server.connection.clone();
                Box::new(move |text| connection.hide(text))
            }
            Destination::Local { .. } => Box::new(str::to_owned),
        }
    }

    const WORKSPACE: &str = "x-mlflow-workspace";

    fn sender_maker(destination: Destination) -> MakeSender {
        Box::new(move || sender(&destination))
    }

    /// A sender to a network destination.
    pub(in crate::runtime) fn sender(destination: &Destination) -> Result<Box<dyn Sender>, Error> {
        Ok(match destination {
            Destination::Server(server) => Box::new(ServerSender::new(server)?),
            Destination::Otlp(otlp) => Box::new(OtlpSender::new(otlp)?),
            Destination::Local { .. } => {
                return Err(Error::invalid("a local file is not reached over the network."));
            }
        })
    }
}
