//! The connection to an MLflow tracking server or a Databricks workspace, as MLflow's own client reads its settings.

use std::time::Duration;

use super::address::Address;
use super::sources::Sources;
use super::{Connection, Credentials, PemFile, Secret, Tls, databricks, ini, proxies, variables as var};

const ACCEPTED: &str = "http://host:port or https://host, with a path if the server is served under one, or `databricks`, \
                        or databricks://profile";

const USERNAME: &str = "MLFLOW_TRACKING_USERNAME";
const PASSWORD: &str = "MLFLOW_TRACKING_PASSWORD";
const TOKEN: &str = "MLFLOW_TRACKING_TOKEN";
const AUTH: &str = "MLFLOW_TRACKING_AUTH";
const AWS_SIGV4: &str = "MLFLOW_TRACKING_AWS_SIGV4";
const INSECURE_TLS: &str = "MLFLOW_TRACKING_INSECURE_TLS";
const SERVER_CERT_PATH: &str = "MLFLOW_TRACKING_SERVER_CERT_PATH";
const CLIENT_CERT_PATH: &str = "MLFLOW_TRACKING_CLIENT_CERT_PATH";
const REQUEST_TIMEOUT: &str = "MLFLOW_HTTP_REQUEST_TIMEOUT";
const ALLOW_REDIRECTS: &str = "MLFLOW_ALLOW_HTTP_REDIRECTS";
const WORKSPACE: &str = "MLFLOW_WORKSPACE";

impl Connection {
    /// Whether this tracking URI names something that `to_mlflow_server` reaches.
    pub(crate) fn is_for(uri: &str) -> bool {
        let uri = uri.trim().to_ascii_lowercase();
        uri == "databricks"
            || ["http://", "https://", "databricks://"].iter().any(|start| uri.starts_with(start))
    }

    /// The connection to the server of a tracking URI; `setting` is what gave the URI.
    ///
    /// # Errors
    /// A sentence that names the setting which can't be used, and what is accepted.
    pub(crate) fn to_mlflow_server(uri: &str, setting: &str, sources: &Sources<'_>) -> Result<Self, String> {
        let uri = uri.trim();
        let mut connection = match uri.to_ascii_lowercase().as_str() {
            "databricks" => databricks::connection(None, setting, sources)?,
            lower if lower.starts_with("databricks://") => {
                databricks::connection(Some(&uri["databricks://".len()..]), setting, sources)?
            }
            _ => server(uri, setting, sources)?,
        };
        connection.tls = tls(sources)?;
        connection.timeout = match sources.variable(REQUEST_TIMEOUT) {
            None => Duration::from_secs(120),
            Some(text) => match text.parse::<u32>() {
                Ok(seconds) if seconds > 0 => Duration::from_secs(seconds.into()),
                _ => {
                    return Err(format!(
                        "{REQUEST_TIMEOUT} is `{text}`; accepted is a whole number of seconds of at least 1."
                    ));
                }
            },
        };
        connection.follows_redirects = flag(ALLOW_REDIRECTS, sources)?.unwrap_or(true);
        Ok(connection)
    }
}

fn server(uri: &str, setting: &str, sources: &Sources<'_>) -> Result<Connection, String> {
    if let Some(plugin) = sources.variable(AUTH) {
        let plugin = plugin.escape_debug();
        return Err(format!(
            "{AUTH} is `{plugin}`, a plug-in of the Python client that can't run here; accepted are {USERNAME} with \
             {PASSWORD}, or {TOKEN}."
        ));
    }
    if flag(AWS_SIGV4, sources)? == Some(true) {
        return Err(format!(
            "{AWS_SIGV4} asks for signatures that this library does not make; accepted are {USERNAME} with {PASSWORD}, \
             or {TOKEN}."
        ));
    }
    let address = Address::parse(uri, setting, ACCEPTED)?;
    if address.query.is_some() {
        return Err(format!("{setting} is an address with a query, after `?`; accepted is {ACCEPTED}."));
    }
    let base = format!("{}{}", address.origin, address.path.trim_end_matches('/'));
    let mut connection = Connection::plain(base, setting);
    (connection.credentials, connection.credentials_from) = credentials(&address, setting, sources);
    connection.proxy = proxies::for_address(&address, sources);
    if let Some(workspace) = sources.variable(WORKSPACE) {
        if workspace.chars().any(char::is_control) {
            return Err(format!("{WORKSPACE} holds a line break or control character; accepted is a name."));
        }
        connection.headers.push(("X-MLFLOW-WORKSPACE".to_owned(), Secret::new(workspace)));
    }
    Ok(connection)
}

/// The credentials, and the settings that gave them or could.
fn credentials(address: &Address, setting: &str, sources: &Sources<'_>) -> (Credentials, String) {
    if let Some(credentials) = &address.credentials {
        return (credentials.clone(), format!("the user and password in {setting}"));
    }
    let file = sources.home.as_ref().map(|home| home.join(".mlflow").join("credentials"));
    let file = file.and_then(|path| (sources.read)(&path).ok());
    let field = |name: &str| {
        let in_file = || ini::value(file.as_deref()?, "mlflow", &name.to_ascii_lowercase());
        match sources.variable(name) {
            Some(value) => Some((value, name.to_owned())),
            None => in_file()
                .map(|value| (value, format!("{} of ~/.mlflow/credentials", name.to_ascii_lowercase()))),
        }
    };
    let (user, password) = (field(USERNAME), field(PASSWORD));
    let token = sources.variable(TOKEN);
    match (user, password, token) {
        (Some((user, user_from)), Some((password, password_from)), _) => (
            Credentials::Basic { user, password: Secret::new(password) },
            format!("{user_from} and {password_from}"),
        ),
        (_, _, Some(token)) => (Credentials::Bearer(Secret::new(token)), TOKEN.to_owned()),
        (Some((_, from)), None, None) => {
            (Credentials::None, format!("{PASSWORD}, which is missing beside {from}"))
        }
        (None, Some((_, from)), None) => {
            (Credentials::None, format!("{USERNAME}, which is missing beside {from}"))
        }
        (None, None, None) => (Credentials::None, format!("{USERNAME} and {PASSWORD}, or {TOKEN}")),
    }
}

fn tls(sources: &Sources<'_>) -> Result<Tls, String> {
    let is_insecure = flag(INSECURE_TLS, sources)? == Some(true);
    if is_insecure && sources.variable(SERVER_CERT_PATH).is_some() {
        return Err(format!(
            "both {INSECURE_TLS} and {SERVER_CERT_PATH} are set, and they contradict each other; accepted is one of them."
        ));
    }
    // After MLflow's own variable those of Python's requests, which companies set for all programs.
    let authorities = sources.first(&[SERVER_CERT_PATH, "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"]);
    Ok(Tls {
        is_insecure,
        authorities: authorities.filter(|_| !is_insecure).map(|(name, path)| PemFile::new(name, path)),
        client_certificate: sources
            .variable(CLIENT_CERT_PATH)
            .map(|path| PemFile::new(CLIENT_CERT_PATH, path)),
        client_key: None,
    })
}

fn flag(name: &str, sources: &Sources<'_>) -> Result<Option<bool>, String> {
    sources.variable(name).map(|text| var::switch(name, &text)).transpose()
}
