//! MLflow's REST: paths, requests and answers, as MLflow 3.2 to 3.17 and Databricks speak it.
//!
//! The server reads JSON leniently in a dangerous way: a field of the wrong type ends the reading, and what was read so
//! far is carried out with status 200. So everything is written by types that have no other form.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

mod artifacts;
mod assessments;
mod errors;
mod experiments;
mod found_spans;
mod found_traces;
mod tags;
mod trace_info;
mod upload;

pub(crate) use {
    artifacts::{artifact_path, artifact_path_of, merge_spans, traces_json},
    assessments::{
        Overridden, assessment_path, assessments_path, create_assessment, feedback_in, id_in,
        update_assessment,
    },
    errors::{Format, Refusal},
    experiments::{Found, by_id, by_name, create, created_id, found},
    found_spans::spans_of_file,
    found_traces::{
        DELETE, MOST_DELETED, MOST_WITH_SPANS, SEARCH, SearchRequest, artifact_of_ui_path, batch_path,
        delete_body, deleted, found_info, found_page, found_trace, found_traces, has_spans_in_database,
        whole_path,
    },
    tags::{LINK_PROMPTS, delete_tag, link_prompts, set_tag, tags_path},
    trace_info::{TRACES, TraceAnswer, TraceRequest, trace_answer, trace_path},
    upload::{Upload, UploadKind, attachment_upload_path, download_path, upload, upload_path},
};

/// All but letters, digits and these: what is plain in every piece of an address (RFC 3986).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A text as a piece of a path or as a value of a query.
fn percent_encoded(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_plain_letters_is_percent_encoded() {
        assert_eq!(percent_encoded("Grüße a/b&c=d~1"), "Gr%C3%BC%C3%9Fe%20a%2Fb%26c%3Dd~1");
    }
}
