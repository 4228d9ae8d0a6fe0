//! Traces that come from other processes and go on in others.

use std::collections::{BTreeMap, HashMap};

use mlflow::prelude::*;
use mlflow::propagation;
use mlflow::testing::{capture, capture_async};

const PARENT: &str = "00-00000000000000000000000000000abc-0000000000000def-01";
const UNSAMPLED: &str = "00-00000000000000000000000000000abc-0000000000000def-00";

/// One for each test that records below it: tests run at the same time, and a trace is one wherever its spans are.
fn parent(id: &str) -> String {
    PARENT.replace("abc", id)
}

#[mlflow::trace]
fn served() -> Option<String> {
    sent("traceparent")
}

/// The header that a request would bring along.
fn sent(name: &str) -> Option<String> {
    propagation::headers().find(|(sent, _)| *sent == name).map(|(_, value)| value)
}

#[test]
fn spans_below_a_remote_parent_are_its_children_in_its_trace() {
    let traces = capture(|| {
        let _context = propagation::attach(&[("traceparent", PARENT)]);
        served();
        mlflow::span("second").run(|_| served());
    });
    assert_eq!(traces.len(), 1);
    assert_eq!(traces[0].info.trace_id.to_string(), "tr-00000000000000000000000000000abc");
    let parent = |name: &str| traces[0].span(name).unwrap().parent_id.unwrap().to_u64();
    assert_eq!((parent("served"), parent("second")), (0xdef, 0xdef));
    assert_eq!(traces[0].spans.len(), 3);
    assert!(traces[0].root().is_none());
}

#[test]
fn what_is_sent_names_the_current_span() {
    let traces = capture(|| {
        let header = served().unwrap();
        mlflow::span("said").run(|span| {
            span.set_attribute("header", header);
        });
    });
    let header = traces[1].span("said").unwrap().attribute("header").unwrap().to_value();
    let header = header.as_str().unwrap();
    // The capture takes its own number out of the ids.
    assert!(header.starts_with("00-") && header.ends_with("-01") && header.len() == 55, "{header}");
    let span = u64::from_str_radix(&header[36..52], 16).unwrap() & u64::from(u32::MAX);
    assert_eq!(span, traces[0].root().unwrap().span_id.to_u64());
}

#[test]
fn outside_of_a_trace_nothing_is_sent() {
    assert_eq!(propagation::headers().count(), 0);
    let mut headers = HashMap::from([("traceparent".to_owned(), "as it was".to_owned())]);
    propagation::inject(&mut headers);
    assert_eq!(headers["traceparent"], "as it was");
}

#[test]
fn what_is_sent_takes_the_place_of_what_is_there_whatever_its_case() {
    capture(|| {
        let _context = propagation::attach(&[("traceparent", PARENT)]);
        let mut map: HashMap<String, String> = HashMap::from([("TraceParent".into(), "old".into())]);
        propagation::inject(&mut map);
        assert_eq!(map, HashMap::from([("traceparent".to_owned(), PARENT.to_owned())]));
        let mut map: BTreeMap<&str, String> = BTreeMap::from([("Traceparent", "old".into())]);
        propagation::inject(&mut map);
        assert_eq!(map, BTreeMap::from([("traceparent", PARENT.to_owned())]));
        let mut list = vec![("Traceparent".to_owned(), "old".to_owned()), ("a".into(), "b".into())];
        propagation::inject(&mut list);
        assert_eq!(list[1], ("traceparent".to_owned(), PARENT.to_owned()));
        assert_eq!(list.len(), 2);
    });
}

#[test]
fn headers_of_the_crate_http_are_read_and_written() {
    capture(|| {
        let mut headers = http::HeaderMap::new();
        headers.insert("Traceparent", http::HeaderValue::from_static(PARENT));
        headers.append("tracestate", http::HeaderValue::from_static("a=1"));
        headers.append("tracestate", http::HeaderValue::from_static("b=2"));
        let _context = propagation::attach(&headers);
        let mut sent = http::HeaderMap::new();
        sent.extend(propagation::header_map());
        assert!(sent["traceparent"] == PARENT && sent["tracestate"] == "a=1,b=2", "{sent:?}");
        headers.append("traceparent", http::HeaderValue::from_static(PARENT));
        assert!(!propagation::extract(&headers).is_some(), "a doubled header is none");
    });
}

#[test]
fn a_remote_trace_that_is_not_sampled_is_not_recorded_and_says_so_to_those_it_calls() {
    let traces = capture(|| {
        let parent = propagation::extract(&HashMap::from([("Traceparent", UNSAMPLED)]));
        assert!(parent.is_some() && !parent.is_sampled());
        let _context = parent.attach();
        assert_eq!(served().as_deref(), Some(UNSAMPLED));
    });
    assert!(traces.is_empty());
}

#[test]
fn headers_that_name_no_parent_change_nothing() {
    let wrong = PARENT.replace("abc-", "ABC-");
    let traces = capture(|| {
        mlflow::span("outer").run(|_| {
            let _one = propagation::attach(&[("traceparent", &wrong)]);
            let _two = propagation::attach(&HashMap::<String, String>::new());
            served();
        });
    });
    assert_eq!(traces.outline(), "outer [UNKNOWN] OK\n  served [UNKNOWN] OK\n");
}

#[test]
fn the_state_goes_on_with_its_trace_and_not_with_others() {
    capture(|| {
        let parent = parent("ab3");
        let headers = [("traceparent", parent.as_str()), ("tracestate", "vendor=1")];
        let parent = propagation::extract(&headers);
        assert_eq!(parent.trace_state(), Some("vendor=1"));
        drop(parent.attach());
        assert_eq!(sent("tracestate"), None);
        let _context = parent.attach();
        mlflow::span("inside").run(|_| assert_eq!(sent("tracestate").as_deref(), Some("vendor=1")));
        other_trace();
        let other = PARENT.replace("abc", "aba");
        let _context = propagation::attach(&[("traceparent", &other)]);
        assert_eq!(sent("tracestate"), None);
    });
}

#[mlflow::trace(root)]
fn other_trace() {
    assert_eq!(sent("tracestate"), None);
}

#[test]
fn nothing_can_be_said_about_the_remote_span_or_its_trace() {
    let traces = capture(|| {
        let _context = propagation::attach(&[("traceparent", parent("ab1"))]);
        assert!(!mlflow::current_span().is_recording());
        let _ = mlflow::update_current_trace().tag("a", "b");
        mlflow::current_span().set_attribute("a", 1);
        served();
    });
    assert_eq!(traces[0].spans.len(), 1);
}

#[tokio::test]
async fn a_future_keeps_its_remote_parent_across_awaits_and_tasks() {
    let traces = capture_async(async {
        let parent = propagation::extract(&[("traceparent", parent("ab2"))]);
        let work = async {
            tokio::task::yield_now().await;
            served();
            tokio::spawn(async { served() }.in_current_span()).await.unwrap()
        };
        let header = work.with_context(parent).await;
        assert!(header.is_some_and(|header| header.contains("0ab2-")));
        served();
    })
    .await;
    assert_eq!(traces.len(), 2);
    let remote = traces.iter().find(|trace| trace.info.trace_id.to_u128() == 0xab2).unwrap();
    assert_eq!(remote.spans.len(), 2);
    assert!(remote.spans.iter().all(|span| span.parent_id.unwrap().to_u64() == 0xdef));
}
