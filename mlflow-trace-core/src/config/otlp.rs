//! The connection to an OTLP receiver by HTTP, from OpenTelemetry's variables or from code.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use ureq::http::{HeaderName, HeaderValue};

use super::address::Address;
use super::sources::Sources;
use super::{Connection, PemFile, Secret, Tls, proxies, variables as var};

const ACCEPTED: &str = "http://host:port or https://host:port, with a path if there is one";

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
    /// The receiver of `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or `OTEL_EXPORTER_OTLP_ENDPOINT`; `None` when neither is set.
    ///
    /// # Errors
    /// A sentence that names the variable which can't be used, and what is accepted.
    pub(crate) fn to_otlp(sources: &Sources<'_>) -> Result<Option<OtlpEndpoint>, String> {
        let (of_traces, general) = (traces("ENDPOINT"), all("ENDPOINT"));
        let Some((name, url)) = sources.first(&[&of_traces, &general]) else { return Ok(None) };
        // Without a scheme, only who says so may mean an open connection.
        let url = match either("INSECURE", sources) {
            Some((name, text)) if var::switch(&name, &text)? && !url.contains("://") => {
                format!("http://{url}")
            }
            _ => url,
        };
        let address = Address::parse(&url, name, ACCEPTED)?;
        let path = match address.path.as_str() {
            path if name == general => format!("{}/v1/traces", path.trim_end_matches('/')),
            "" => "/".to_owned(),
            path => path.to_owned(),
        };
        let headers = match either("HEADERS", sources) {
            Some((name, text)) => headers(&name, &text)?,
            None => Vec::new(),
        };
        endpoint(&address, name, path, headers, sources).map(Some)
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
        endpoint(&address, setting, path, headers.collect::<Result<_, _>>()?, sources)
    }
}

fn endpoint(
    address: &Address,
    setting: &str,
    path: String,
    headers: Vec<(String, Secret)>,
    sources: &Sources<'_>,
) -> Result<OtlpEndpoint, String> {
    let mut connection = Connection::plain(address.origin.clone(), setting);
    connection.credentials_from = either("HEADERS", sources)
        .map_or_else(|| format!("{} (or the headers in code)", all("HEADERS")), |(name, _)| name);
    if let Some(credentials) = &address.credentials {
        connection.credentials = credentials.clone();
        connection.credentials_from = format!("the user and password in {setting}");
    }
    connection.headers = headers;
    connection.proxy = proxies::for_address(address, sources);
    connection.timeout = match either("TIMEOUT", sources) {
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
    let file = |what| either(what, sources).map(|(name, path)| PemFile::new(&name, path));
    connection.tls = Tls {
        is_insecure: false,
        authorities: file("CERTIFICATE"),
        client_certificate: file("CLIENT_CERTIFICATE"),
        client_key: file("CLIENT_KEY"),
    };
    let mut remarks = Vec::new();
    if address.port == 4317 {
        remarks.push(format!(
            "{setting} names port 4317, where OTLP receivers speak gRPC; traces go there by HTTP, whose port is 4318."
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

fn traces(what: &str) -> String {
    format!("OTEL_EXPORTER_OTLP_TRACES_{what}")
}

/// What is set for traces, else for all signals.
fn either(what: &str, sources: &Sources<'_>) -> Option<(String, String)> {
    [traces(what), all(what)].into_iter().find_map(|name| sources.variable(&name).map(|value| (name, value)))
}
