//! The connection to a Databricks workspace: host and credentials from variables or from `~/.databrickscfg`.

use std::path::PathBuf;

use super::address::Address;
use super::sources::Sources;
use super::{Connection, Credentials, Secret, ini, proxies};

const HOST: &str = "DATABRICKS_HOST";
const TOKEN: &str = "DATABRICKS_TOKEN";
const CLIENT_ID: &str = "DATABRICKS_CLIENT_ID";
const CLIENT_SECRET: &str = "DATABRICKS_CLIENT_SECRET";
const CONFIG_FILE: &str = "DATABRICKS_CONFIG_FILE";
const CONFIG_PROFILE: &str = "DATABRICKS_CONFIG_PROFILE";

/// What one place says about a workspace.
struct Place {
    host: Option<String>,
    token: Option<String>,
    client_id: Option<String>,
    client_secret: Option<String>,
    /// The names of the four, as this place writes them.
    names: [String; 4],
}

/// The connection to the workspace of a profile; without one, of the variables, then of the default profile.
///
/// # Errors
/// A sentence that names what is missing or can't be used.
pub(super) fn connection(
    profile: Option<&str>,
    setting: &str,
    sources: &Sources<'_>,
) -> Result<Connection, String> {
    let places = match profile {
        Some(profile) => vec![in_file(profile, true, sources)?],
        None => {
            let variables = Place {
                host: sources.variable(HOST),
                token: sources.variable(TOKEN),
                client_id: sources.variable(CLIENT_ID),
                client_secret: sources.variable(CLIENT_SECRET),
                names: [HOST, TOKEN, CLIENT_ID, CLIENT_SECRET].map(str::to_owned),
            };
            if variables.host.is_some() && variables.credentials()?.is_some() {
                vec![variables]
            } else {
                let chosen = sources.variable(CONFIG_PROFILE);
                let file = in_file(chosen.as_deref().unwrap_or("DEFAULT"), chosen.is_some(), sources)?;
                vec![variables, file]
            }
        }
    };
    let host = places.iter().find_map(|place| place.host.clone().map(|host| (host, &place.names[0])));
    let Some((host, host_from)) = host else {
        return Err(format!(
            "{setting} names Databricks, and no host is set; accepted is {HOST}, or `host` in a profile of \
             ~/.databrickscfg."
        ));
    };
    let mut found = None;
    for place in &places {
        found = found.or(place.credentials()?);
    }
    let Some((credentials, credentials_from)) = found else {
        return Err(format!(
            "{setting} names Databricks, and no credentials are set; accepted are {TOKEN}, or {CLIENT_ID} with \
             {CLIENT_SECRET}, or the same in a profile of ~/.databrickscfg."
        ));
    };
    let host = if host.contains("://") { host } else { format!("https://{host}") };
    let address =
        Address::parse(&host, host_from, "the workspace's address, https://name.cloud.databricks.com")?;
    let mut connection = Connection::plain(address.origin.clone(), host_from.as_str());
    connection.proxy = proxies::for_address(&address, sources);
    (connection.credentials, connection.credentials_from) = (credentials, credentials_from);
    Ok(connection)
}

/// What a profile says; nothing when it may be missing and is.
fn in_file(profile: &str, must_exist: bool, sources: &Sources<'_>) -> Result<Place, String> {
    let path = match sources.variable(CONFIG_FILE) {
        Some(path) => PathBuf::from(path),
        None => sources.home.clone().unwrap_or_default().join(".databrickscfg"),
    };
    let text = match (sources.read)(&path) {
        Ok(text) => text,
        Err(_) if !must_exist => String::new(),
        Err(error) => {
            return Err(format!(
                "the file {} with the Databricks profile `{profile}` can't be read ({error}); accepted is another one in \
                 {CONFIG_FILE}.",
                path.display()
            ));
        }
    };
    if must_exist && !ini::has_section(&text, profile) {
        return Err(format!(
            "the Databricks profile `{}` is not in {}; accepted is the name of one of its sections.",
            profile.escape_debug(),
            path.display()
        ));
    }
    let value = |key| ini::value(&text, profile, key);
    Ok(Place {
        host: value("host"),
        token: value("token"),
        client_id: value("client_id"),
        client_secret: value("client_secret"),
        names: ["host", "token", "client_id", "client_secret"]
            .map(|key| format!("`{key}` of profile `{profile}` in {}", path.display())),
    })
}

impl Place {
    /// The credentials and where they stand.
    fn credentials(&self) -> Result<Option<(Credentials, String)>, String> {
        let [_, token_from, id_from, secret_from] = &self.names;
        match (&self.token, &self.client_id, &self.client_secret) {
            (Some(_), Some(_), Some(_)) => Err(format!(
                "{token_from} and {id_from} are both set, and they contradict each other; accepted is a token, or a \
                 client id with its secret."
            )),
            (Some(token), ..) => Ok(Some((Credentials::Bearer(Secret::new(token)), token_from.clone()))),
            (None, Some(id), Some(secret)) => {
                let credentials = Credentials::DatabricksOauth {
                    client_id: id.clone(),
                    client_secret: Secret::new(secret),
                };
                Ok(Some((credentials, format!("{id_from} and {secret_from}"))))
            }
            (None, ..) => Ok(None),
        }
    }
}
