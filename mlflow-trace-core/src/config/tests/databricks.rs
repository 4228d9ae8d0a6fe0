//! Databricks workspaces.

use super::{assert_says, with};
use crate::config::{Connection, Credentials, Secret};

const FILE: (&str, &str) = (
    "/home/me/.databrickscfg",
    "[DEFAULT]\nhost = https://default.example/\ntoken = s3cret-default\n\n[prod]\nhost = prod.example\n\
     client_id = the-id\nclient_secret = s3cret-prod\n\n[half]\nhost = half.example\n\
     [both]\nhost = x.example\ntoken = s3cret\nclient_id = id\nclient_secret = s3cret\n",
);

fn workspace(uri: &str, variables: &[(&str, &str)]) -> Result<Connection, String> {
    with(variables, &[FILE, ("/other.cfg", "[p]\nhost = other.example\ntoken = s3cret-other\n")], |sources| {
        Connection::to_mlflow_server(uri, "MLFLOW_TRACKING_URI", sources)
    })
}

fn bearer(token: &str) -> Credentials {
    Credentials::Bearer(Secret::new(token))
}

fn principal(id: &str, secret: &str) -> Credentials {
    Credentials::DatabricksOauth { client_id: id.into(), client_secret: Secret::new(secret) }
}

#[test]
fn variables_come_before_the_default_profile() {
    let connection = workspace(
        "databricks",
        &[("DATABRICKS_HOST", "https://env.example"), ("DATABRICKS_TOKEN", "s3cret-env")],
    )
    .unwrap();
    assert_eq!(
        (connection.base.as_str(), connection.credentials),
        ("https://env.example", bearer("s3cret-env"))
    );
    assert_eq!(connection.credentials_from, "DATABRICKS_TOKEN");
    let connection = workspace("databricks", &[]).unwrap();
    assert_eq!(connection.base, "https://default.example");
    assert_eq!(connection.credentials, bearer("s3cret-default"));
    let connection = workspace("databricks", &[("DATABRICKS_TOKEN", "s3cret-env")]).unwrap();
    assert_eq!(
        (connection.base.as_str(), connection.credentials),
        ("https://default.example", bearer("s3cret-env"))
    );
}

#[test]
fn a_named_profile_is_taken_whatever_the_variables_say() {
    let variables = [("DATABRICKS_HOST", "https://env.example"), ("DATABRICKS_TOKEN", "s3cret-env")];
    let connection = workspace("databricks://prod", &variables).unwrap();
    assert_eq!(connection.base, "https://prod.example");
    assert_eq!(connection.credentials, principal("the-id", "s3cret-prod"));
    assert!(connection.credentials_from.contains("prod"), "{}", connection.credentials_from);
}

#[test]
fn profile_and_file_can_be_chosen_by_variables() {
    let connection = workspace("databricks", &[("DATABRICKS_CONFIG_PROFILE", "prod")]).unwrap();
    assert_eq!(connection.base, "https://prod.example");
    let connection = workspace("databricks://p", &[("DATABRICKS_CONFIG_FILE", "/other.cfg")]).unwrap();
    assert_eq!(connection.credentials, bearer("s3cret-other"));
}

#[test]
fn a_service_principal_comes_by_variables_too() {
    let connection = workspace(
        "databricks",
        &[
            ("DATABRICKS_HOST", "env.example"),
            ("DATABRICKS_CLIENT_ID", "id"),
            ("DATABRICKS_CLIENT_SECRET", "s3cret"),
        ],
    )
    .unwrap();
    assert_eq!(
        (connection.base.as_str(), connection.credentials),
        ("https://env.example", principal("id", "s3cret"))
    );
    assert_eq!(connection.credentials_from, "DATABRICKS_CLIENT_ID and DATABRICKS_CLIENT_SECRET");
}

#[test]
fn what_is_missing_or_contradictory_is_named() {
    for (uri, variables, words) in [
        ("databricks://half", &[][..], &["DATABRICKS_TOKEN", "DATABRICKS_CLIENT_SECRET"][..]),
        ("databricks://none", &[], &["`none`", ".databrickscfg"]),
        ("databricks://both", &[], &["`token` of profile `both`", "contradict"]),
        ("databricks", &[("DATABRICKS_CONFIG_FILE", "/nowhere")], &["DATABRICKS_HOST"]),
        (
            "databricks://p",
            &[("DATABRICKS_CONFIG_FILE", "/nowhere")],
            &["/nowhere", "DATABRICKS_CONFIG_FILE"],
        ),
        ("databricks", &[("DATABRICKS_HOST", "ftp://me:s3cret@x")], &["DATABRICKS_HOST"]),
        (
            "databricks",
            &[
                ("DATABRICKS_HOST", "x"),
                ("DATABRICKS_TOKEN", "s3cret"),
                ("DATABRICKS_CLIENT_ID", "id"),
                ("DATABRICKS_CLIENT_SECRET", "s3cret"),
            ],
            &["DATABRICKS_TOKEN and DATABRICKS_CLIENT_ID", "contradict"],
        ),
    ] {
        assert_says(&workspace(uri, variables).unwrap_err(), words);
    }
}
