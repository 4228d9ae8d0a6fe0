//! The connection to an OTLP receiver, from OpenTelemetry's variables or from code.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use ureq::http::{HeaderName, HeaderValue};

use super::address::Address;
use super::sources::Sources;
use super::{Connection, PemFile, Secret, Tls, proxies, variables as var};

const ACCEPTED: &str = "http://host:port or https://host:port, with a path if there is one";

/// What is sent by OTLP. Each has variables and an address of its own beside those for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OtlpSignal {
    Traces,
    Metrics,
}

impl OtlpSignal {
    /// What is sent, as sentences call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Metrics => "metrics",
        }
    }

    /// What follows the base address for HTTP.
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Traces => "/v1/traces",
            Self::Metrics => "/v1/metrics",
        }
    }

    /// The method of gRPC, which is the path of its requests.
    #[cfg(feature = "grpc")]
    pub(crate) fn grpc_path(self) -> &'static str {
        match self {
            Self::Traces => "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            Self::Metrics => "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
        }
    }

    /// The variable for this signal alone.
    pub(crate) fn variable(self, what: &str) -> String {
        format!("OTEL_EXPORTER_OTLP_{}_{what}", self.name().to_ascii_uppercase())
    }

    /// What is set for this signal, else for all.
    fn either(self, what: &str, sources: &Sources<'_>) -> Option<(String, String)> {
        [self.variable(what), all(what)]
            .into_iter()
            .find_map(|name| sources.variable(&name).map(|value| (name, value)))
    }
}

/// An OTLP receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OtlpEndpoint {
    pub(crate) connection: Connection,
    /// What follows the base, with its query; it may hold a secret, so it is not shown.
    pub(crate) path: Secret,
    /// What is worth saying once, although it can be used.
    pub(crate) remarks: Vec<String>,
}

impl Connection {
    /// The receiver of `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` (or `…_METRICS_…`) or `OTEL_EXPORTER_OTLP_ENDPOINT`; `None`
    /// when neither is set.
    ///
    /// # Errors
    /// A sentence that names the variable which can't be used, and what is accepted.
    pub(crate) fn to_otlp(signal: OtlpSignal, sources: &Sources<'_>) -> Result<Option<OtlpEndpoint>, String> {
        let (own, general) = (signal.variable("ENDPOINT"), all("ENDPOINT"));
        let Some((name, url)) = sources.first(&[&own, &general]) else { return Ok(None) };
        // Without a scheme, only who says so may mean an open connection.
        let url = match signal.either("INSECURE", sources) {
            Some((name, text)) if var::switch(&name, &text)? && !url.contains("://") => {
                format!("http://{url}")
            }
            _ => url,
        };
        let address = Address::parse(&url, name, ACCEPTED)?;
        let path = match address.path.as_str() {
            path if name == general => format!("{}{}", path.trim_end_matches('/'), signal.path()),
            "" => "/".to_owned(),
            path => path.to_owned(),
        };
        let headers = match signal.either("HEADERS", sources) {
            Some((name, text)) => headers(&name, &text)?,
            None => Vec::new(),
        };
        endpoint(signal, &address, name, path, headers, sources).map(Some)
    }

    /// A receiver that code names. A URL without a path means `/v1/traces`; headers and address of the environment do
    /// not apply, its certificates and time-out do.
    ///
    /// # Errors
    /// A sentence that names the setting which can't be used, and what is accepted.
    pub(crate) fn to_otlp_in_code(
        url: &str,
        headers: &[(String, String)],
        setting: &str,
        sources: &Sources<'_>,
    ) -> Result<OtlpEndpoint, String> {
        let address = Address::parse(url, setting, ACCEPTED)?;
        let path = match address.path.as_str() {
            "" | "/" => "/v1/traces".to_owned(),
            path => path.to_owned(),
        };
        let headers = headers.iter().map(|(key, value)| header(setting, key, value));
        let headers = headers.collect::<Result<_, _>>()?;
        endpoint(OtlpSignal::Traces, &address, setting, path, headers, sources)
    }
}

fn endpoint(
    signal: OtlpSignal,
    address: &Address,
    setting: &str,
    path: String,
    headers: Vec<(String, Secret)>,
    sources: &Sources<'_>,
) -> Result<OtlpEndpoint, String> {
    let mut connection = Connection::plain(address.origin.clone(), setting);
    connection.credentials_from = signal
        .either("HEADERS", sources)
        .map_or_else(|| format!("{} (or the headers in code)", all("HEADERS")), |(name, _)| name);
    if let Some(credentials) = &address.credentials {
        connection.credentials = credentials.clone();
        connection.credentials_from = format!("the user and password in {setting}");
    }
    connection.headers = headers;
    connection.proxy = proxies::for_address(address, sources);
    connection.timeout = match signal.either("TIMEOUT", sources) {
        None => Duration::from_secs(10),
        Some((name, text)) => match text.parse::<u32>() {
            Ok(milliseconds) if milliseconds > 0 => Duration::from_millis(milliseconds.into()),
            _ => {
                return Err(format!(
                    "{name} is `{text}`; accepted is a whole number of milliseconds of at least 1."
                ));
            }
        },
    };
    let file = |what| signal.either(what, sources).map(|(name, path)| PemFile::new(&name, path));
    connection.tls = Tls {
        is_insecure: false,
        authorities: file("CERTIFICATE"),
        client_certificate: file("CLIENT_CERTIFICATE"),
        client_key: file("CLIENT_KEY"),
    };
    let mut remarks = Vec::new();
    if address.port == 4317 {
        remarks.push(format!(
            "{setting} names port 4317, where OTLP receivers speak gRPC; {} go there by HTTP, whose port is 4318.",
            signal.name()
        ));
    }
    let path = match &address.query {
        Some(query) => format!("{path}?{query}"),
        None => path,
    };
    Ok(OtlpEndpoint { connection, path: Secret::new(path), remarks })
}

/// `key=value,key2=value2`, the values percent-encoded.
fn headers(name: &str, text: &str) -> Result<Vec<(String, Secret)>, String> {
    let mut found = Vec::new();
    for (index, entry) in text.split(',').enumerate() {
        let entry = entry.trim();
        if entry.is_empty() {
            continue;
        }
        // What has no `=` may be a secret from its first letter on.
        let Some((key, value)) = entry.split_once('=') else {
            return Err(format!(
                "entry {} of {name} has no `=`; accepted is key=value,key2=value2.",
                index + 1
            ));
        };
        let Ok(value) = percent_decode_str(value.trim()).decode_utf8() else {
            return Err(format!(
                "the value of `{}` in {name} is no text after percent-decoding; accepted is UTF-8.",
                key.trim().escape_debug()
            ));
        };
        found.push(header(name, key.trim(), &value)?);
    }
    Ok(found)
}

fn header(setting: &str, key: &str, value: &str) -> Result<(String, Secret), String> {
    let shown = key.escape_debug();
    if key.parse::<HeaderName>().is_err() {
        return Err(format!(
            "the header `{shown}` of {setting} has a name that HTTP does not allow; accepted are letters, digits, `-` \
             and `_`."
        ));
    }
    if HeaderValue::from_str(value).is_err() {
        return Err(format!(
            "the value of the header `{shown}` of {setting} holds a line break or another character that HTTP does not \
             allow; accepted is one line of visible characters and spaces."
        ));
    }
    Ok((key.to_owned(), Secret::new(value)))
}

fn all(what: &str) -> String {
    format!("OTEL_EXPORTER_OTLP_{what}")
}
