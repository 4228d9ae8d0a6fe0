//! Databricks' signed addresses, at which a trace's file of spans is written and read.

use serde::Deserialize;

use super::percent_encoded;

/// Where the address to write the file of a trace's spans is asked for.
pub(crate) fn upload_path(trace_id: &str) -> String {
    format!("/api/2.0/mlflow/traces/{}/credentials-for-data-upload", percent_encoded(trace_id))
}

/// Where the address to write an attachment is asked for.
pub(crate) fn attachment_upload_path(trace_id: &str, id: &str) -> String {
    let file = percent_encoded(&format!("attachments/{id}"));
    format!("{}?path={file}", upload_path(trace_id))
}

/// Where the address to read it is asked for.
pub(crate) fn download_path(trace_id: &str) -> String {
    format!("/api/2.0/mlflow/traces/{}/credentials-for-data-download", percent_encoded(trace_id))
}

/// A signed address. It is as good as a password, so it has no `Debug`.
pub(crate) struct Upload {
    /// Scheme, host and port.
    pub(crate) origin: String,
    /// What follows, with the signature.
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) kind: UploadKind,
}

/// How the storage behind the address is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UploadKind {
    /// One `PUT`: Amazon and Google.
    Put,
    /// One `PUT` that names the type of blob.
    AzureBlob,
    /// Create, then append and flush.
    AzureDataLake,
}

/// Reads the answer; `None` when it is none that is known.
pub(crate) fn upload(body: &[u8]) -> Option<Upload> {
    #[derive(Deserialize)]
    struct Body {
        credential_info: Info,
    }
    #[derive(Deserialize)]
    struct Info {
        signed_uri: String,
        #[serde(default)]
        headers: Vec<Header>,
        #[serde(rename = "type")]
        kind: String,
    }
    #[derive(Deserialize)]
    struct Header {
        name: String,
        value: String,
    }
    let Body { credential_info: info } = serde_json::from_slice(body).ok()?;
    let kind = match info.kind.as_str() {
        "AWS_PRESIGNED_URL" | "GCP_SIGNED_URL" => UploadKind::Put,
        "AZURE_SAS_URI" => UploadKind::AzureBlob,
        "AZURE_ADLS_GEN2_SAS_URI" => UploadKind::AzureDataLake,
        _ => return None,
    };
    let host_at = info.signed_uri.find("://")? + 3;
    let path_at = info.signed_uri[host_at..].find(['/', '?']).map(|at| host_at + at)?;
    let (origin, path) = info.signed_uri.split_at(path_at);
    let headers = info.headers.into_iter().map(|header| (header.name, header.value)).collect();
    Some(Upload { origin: origin.to_owned(), path: path.to_owned(), headers, kind })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signed_address_is_taken_apart() {
        let body = br#"{"credential_info": {"type": "AWS_PRESIGNED_URL", "signed_uri": "https://b.s3.amazonaws.com:444/a/t?X=1",
            "headers": [{"name": "x-amz-a", "value": "1"}], "path": "p"}}"#;
        let upload = upload(body).unwrap();
        assert_eq!(
            (upload.origin.as_str(), upload.path.as_str()),
            ("https://b.s3.amazonaws.com:444", "/a/t?X=1")
        );
        assert_eq!(upload.headers, [("x-amz-a".to_owned(), "1".to_owned())]);
        assert_eq!(upload.kind, UploadKind::Put);
    }

    #[test]
    fn an_unknown_kind_of_address_is_none() {
        assert!(upload(br#"{"credential_info": {"type": "NEW", "signed_uri": "https://x/y"}}"#).is_none());
        assert!(upload(b"{}").is_none());
    }
}
