//! The collector rotel: what it prints of what it gets, and what it hands on to a real `mlflow server`.

use std::time::Duration;

use super::support::{Background, Folder, Process, python, rust_program_path};
use super::{Seen, accepts, assert_errand, free_port, rotel_program, run_errand, wait_until, ways};

struct Collector {
    _process: Background,
    log: std::path::PathBuf,
    http: u16,
    grpc: u16,
}

impl Collector {
    fn start(folder: &Folder) -> Self {
        let [http, grpc] = [free_port(), free_port()];
        let log = folder.file("rotel.log");
        let command = format!(
            "exec '{}' start --otlp-grpc-endpoint 127.0.0.1:{grpc} --otlp-http-endpoint 127.0.0.1:{http} \
             --exporter blackhole --debug-log traces --debug-log metrics --debug-log-verbosity detailed \
             --disable-batching --pid-file rotel.pid > rotel.log 2>&1",
            rotel_program().display()
        );
        let shell = std::path::Path::new("/bin/sh");
        let process = Process::new(shell).within(folder.path()).arg("-c").arg(command).start();
        wait_until("the start of rotel", || accepts(http) && accepts(grpc));
        Self { _process: process, log, http, grpc }
    }

    /// What it has printed since so many bytes.
    fn printed_since(&self, begin: usize) -> String {
        let text = std::fs::read(&self.log).expect("rotel writes a log");
        String::from_utf8_lossy(&text[begin.min(text.len())..]).into_owned()
    }
}

/// The spans of the log.
fn spans(log: &str) -> Vec<Seen> {
    let mut found: Vec<Seen> = Vec::new();
    let mut is_in_span = false;
    for line in log.lines() {
        if line.starts_with("Span #") {
            found.push(Seen::default());
            is_in_span = true;
        } else if line.starts_with("ResourceSpans")
            || line.starts_with("Events:")
            || line.starts_with("ResourceMetrics")
        {
            is_in_span = false;
        }
        let Some(span) = found.last_mut().filter(|_| is_in_span) else { continue };
        if let Some((key, value)) = line.trim().strip_prefix("-> ").and_then(|rest| rest.split_once(": Str("))
        {
            span.attributes.insert(key.to_owned(), value.strip_suffix(')').unwrap_or(value).to_owned());
        } else if let Some((key, value)) = line.split_once(':') {
            let value = value.trim();
            match key.trim() {
                "Trace ID" => value.clone_into(&mut span.trace),
                "Parent ID" => value.clone_into(&mut span.parent),
                "ID" => value.clone_into(&mut span.id),
                "Name" => value.clone_into(&mut span.name),
                "Status code" => span.status = value.replace("STATUS_CODE_", ""),
                "Status message" => span.status = format!("{} {value}", span.status).trim().to_owned(),
                _ => {}
            }
        }
    }
    found
}

#[test]
fn rotel_prints_the_spans_and_their_durations_by_every_protocol_compressed_or_not() {
    let folder = Folder::new("otlp-rotel");
    let collector = Collector::start(&folder);
    for (protocol, port, compression) in ways(collector.http, collector.grpc) {
        let way = format!("{protocol} {compression}");
        let begin = collector.printed_since(0).len();
        run_errand(folder.path(), protocol, port, compression);
        let log = || collector.printed_since(begin);
        // In JSON this version overlooks histograms whose counts are texts, as they have to be, and prints `Empty`.
        let points = if protocol == "http/json" { 0 } else { 3 };
        let is_complete = |log: &str| log.matches("Buckets #15").count() == points;
        wait_until(&way, || log().contains("-> DataType: ") && is_complete(&log()));
        let log = log();
        assert_errand(&spans(&log), &way);
        assert!(log.contains("-> Name: mlflow.trace.span.duration"), "{way}: {log}");
        if points == 0 {
            continue;
        }
        assert_eq!(log.matches("-> span_type: Str(TOOL)").count(), 2, "{way}: {log}");
        assert_eq!(log.matches("-> tags.team: Str(red)").count(), 3, "{way}: {log}");
    }
}

fn relay(protocol: &str) {
    let folder = Folder::new(&format!("otlp-relay-{}", protocol.replace('/', "-")));
    python("relay.py")
        .arg(rotel_program())
        .arg(rust_program_path("errand"))
        .arg(protocol)
        .within(folder.path())
        .limit(Duration::from_secs(300))
        .run()
        .succeeded();
}

#[test]
fn a_real_mlflow_server_behind_rotel_gives_pythons_client_the_trace() {
    relay("http/protobuf");
}

#[cfg(feature = "grpc")]
#[test]
fn a_real_mlflow_server_behind_rotel_gives_pythons_client_the_trace_that_came_by_grpc() {
    relay("grpc");
}
