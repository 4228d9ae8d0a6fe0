//! What is said about this program (`OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES`; OpenTelemetry specification,
//! "Resource SDK").

use std::path::Path;

use percent_encoding::percent_decode_str;

use super::reading::Reading;
use super::{environment, variables as var};

/// The resource's attributes. A receiver other than MLflow wants a service name in any case.
pub(super) fn resource(reading: &mut Reading<'_>, needs_service: bool) -> Vec<(String, String)> {
    let mut attributes = vec![
        ("telemetry.sdk.language".to_owned(), "rust".to_owned()),
        ("telemetry.sdk.name".to_owned(), "mlflow-trace".to_owned()),
        ("telemetry.sdk.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned()),
    ];
    let mut set = |key: String, value: String| match attributes.iter_mut().find(|(known, _)| *known == key) {
        Some((_, known)) => *known = value,
        None => attributes.push((key, value)),
    };
    let given = reading.read(var::RESOURCE_ATTRIBUTES, pairs).unwrap_or_default();
    given.into_iter().for_each(|(key, value)| set(key, value));
    if let Some(name) = reading.variable(var::SERVICE_NAME) {
        set("service.name".to_owned(), name);
    }
    if needs_service && !attributes.iter().any(|(key, _)| key == "service.name") {
        let program = environment::program();
        let name = Path::new(&program).file_name().unwrap_or_default().to_string_lossy();
        attributes.push(("service.name".to_owned(), format!("unknown_service:{name}")));
    }
    attributes
}

/// `key=value,key2=value2`, both percent-encoded.
fn pairs(name: &str, text: &str) -> Result<Vec<(String, String)>, String> {
    let decode = |text: &str| percent_decode_str(text.trim()).decode_utf8_lossy().into_owned();
    let pair = |pair: &str| match pair.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((decode(key), decode(value))),
        _ => Err(format!(
            "{name} has the part `{}`; accepted is key=value, with commas between; none of it is used.",
            pair.escape_debug()
        )),
    };
    text.split(',').filter(|part| !part.trim().is_empty()).map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)], needs_service: bool) -> (Vec<(String, String)>, usize) {
        let lookup = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        let mut reading = Reading::new(&lookup, Path::new("/"));
        let attributes = resource(&mut reading, needs_service);
        (attributes, reading.problems.in_environment.len())
    }

    fn value<'a>(attributes: &'a [(String, String)], key: &str) -> Option<&'a str> {
        attributes.iter().find(|(known, _)| known == key).map(|(_, value)| value.as_str())
    }

    #[test]
    fn the_service_name_beats_the_attributes_and_values_are_decoded() {
        let (attributes, problems) = of(
            &[
                ("OTEL_RESOURCE_ATTRIBUTES", "team=search%20%26%20rank, service.name=a,odd=x=y"),
                ("OTEL_SERVICE_NAME", "b"),
            ],
            true,
        );
        assert_eq!(value(&attributes, "team"), Some("search & rank"));
        assert_eq!(value(&attributes, "service.name"), Some("b"));
        assert_eq!((value(&attributes, "odd"), problems), (Some("x=y"), 0));
    }

    #[test]
    fn receivers_other_than_mlflow_are_told_a_service_name_in_any_case() {
        assert_eq!(value(&of(&[], false).0, "service.name"), None);
        let attributes = of(&[], true).0;
        assert!(value(&attributes, "service.name").unwrap().starts_with("unknown_service:"));
    }

    #[test]
    fn attributes_that_can_t_be_read_are_said_and_none_is_used() {
        let (attributes, problems) = of(&[("OTEL_RESOURCE_ATTRIBUTES", "team=a,oops")], false);
        assert_eq!((value(&attributes, "team"), problems), (None, 1));
    }
}
