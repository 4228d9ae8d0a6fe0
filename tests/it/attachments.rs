//! Binary content in values: the trace refers to it, and brings it along.

use futures_util::stream::{self, Stream, StreamExt as _};
use mlflow::testing::{capture, capture_async};
use mlflow::{Attachment, Span, Trace};
use serde::{Serialize, Serializer};

use crate::{chunks, inputs, outputs};

fn picture() -> Attachment {
    Attachment::new("image/png", *b"picture")
}

fn reference(trace: &Trace, number: usize) -> String {
    trace.attachments[number].reference(trace.info.trace_id)
}

fn contents(trace: &Trace) -> Vec<&[u8]> {
    trace.attachments.iter().map(Attachment::content).collect()
}

fn problems(span: &Span) -> Vec<String> {
    let events = span.events.iter().filter(|event| event.name == "mlflow_trace.not_recorded");
    let reason = |event: &mlflow::Event| {
        let (_, reason) = event.attributes.iter().find(|(key, _)| key == "reason").unwrap();
        reason.to_value().as_str().unwrap().to_owned()
    };
    events.map(reason).collect()
}

#[derive(Serialize)]
struct Scan<'a> {
    page: u32,
    image: &'a Attachment,
    others: Vec<Option<Attachment>>,
}

#[mlflow::trace(attributes(seen = image))]
fn turn(image: &Attachment, scan: Scan<'_>) -> Result<Attachment, std::fmt::Error> {
    assert_eq!((image.content(), scan.page), (&b"picture"[..], 3));
    mlflow::current_span().add_event("turned", [("image", image)]);
    Ok(Attachment::new("image/jpeg", *b"turned"))
}

#[test]
fn an_attachment_may_stand_wherever_a_value_stands() {
    let traces = capture(|| {
        let image = picture();
        let others = vec![None, Some(Attachment::new("text/plain", *b"other"))];
        turn(&image, Scan { page: 3, image: &image, others }).unwrap();
    });
    let trace = &traces[0];
    assert_eq!(contents(trace), [&b"picture"[..], b"other", b"turned"]);
    let [image, other, turned] = [0, 1, 2].map(|number| reference(trace, number));
    let span = trace.root().unwrap();
    let scan = serde_json::json!({"page": 3, "image": image, "others": [null, other]});
    assert_eq!(inputs(span), serde_json::json!({"image": image, "scan": scan}));
    assert_eq!(outputs(span), format!("\"{turned}\""));
    assert_eq!(span.attribute("seen").unwrap().to_value(), image);
    let event = span.events.iter().find(|event| event.name == "turned").unwrap();
    assert_eq!(event.attributes[0].1.to_value(), image);
    assert!(problems(span).is_empty());
}

#[test]
fn spans_by_hand_take_attachments_too() {
    let traces = capture(|| {
        mlflow::span("by hand").inputs(&[picture()]).run(|span| {
            span.set_outputs((1, picture()));
        });
    });
    let trace = &traces[0];
    let span = trace.root().unwrap();
    assert_eq!(outputs(span), format!("[1, \"{}\"]", reference(trace, 1)));
    assert_eq!(inputs(span), serde_json::json!([reference(trace, 0)]));
    assert!(trace.info.request_preview.as_deref().unwrap().contains(&reference(trace, 0)));
}

#[test]
fn an_attachment_of_several_spans_is_there_once() {
    #[mlflow::trace]
    fn inner(image: &Attachment) -> usize {
        image.content().len()
    }
    #[mlflow::trace]
    fn outer(image: &Attachment) -> usize {
        inner(image) + inner(image)
    }
    let traces = capture(|| {
        outer(&picture());
    });
    assert_eq!((traces[0].spans.len(), contents(&traces[0])), (3, vec![&b"picture"[..]]));
}

#[tokio::test]
async fn the_items_of_a_stream_may_be_attachments() {
    #[mlflow::trace]
    fn frames() -> impl Stream<Item = Attachment> {
        stream::iter([b"one", b"two"]).map(|frame| Attachment::new("image/png", *frame))
    }
    let traces = capture_async(async {
        assert_eq!(frames().count().await, 2);
    })
    .await;
    let (trace, span) = (&traces[0], traces[0].root().unwrap());
    assert_eq!(contents(trace), [b"one", b"two"]);
    let [one, two] = [0, 1].map(|number| reference(trace, number));
    assert_eq!(outputs(span), format!("[\"{one}\", \"{two}\"]"));
    assert_eq!(chunks(span)[1].1, format!("\"{two}\""));
}

#[mlflow::trace]
fn echo(text: &str) -> usize {
    text.len()
}

#[test]
fn encoded_content_may_be_larger_than_a_value() {
    let traces = capture(|| {
        echo(&format!("data:image/x-raw;base64,{}", "QUJD".repeat(1 << 20)));
    });
    let (trace, span) = (&traces[0], traces[0].root().unwrap());
    assert_eq!(inputs(span), serde_json::json!({"text": reference(trace, 0)}));
    assert_eq!(trace.attachments[0].content_type(), "image/x-raw");
    assert_eq!(trace.attachments[0].content(), b"ABC".repeat(1 << 20));
}

#[test]
fn a_long_text_that_only_looks_like_content_is_cut_as_ever() {
    for text in [
        "QUJD".repeat(1 << 19),
        "words, ".repeat(1 << 18),
        format!("data:a/b;base64,{}!", "QUJD".repeat(1 << 19)),
    ] {
        let traces = capture(|| {
            echo(&text);
        });
        let (trace, span) = (&traces[0], traces[0].root().unwrap());
        let kept = span.inputs().unwrap().as_str();
        assert!(kept.len() < (1 << 20) + 100 && kept.contains(&text[..1000]), "{} bytes", kept.len());
        assert!(
            kept.ends_with(&format!("… [cut: {} bytes in all]\"}}", text.len())),
            "{}",
            &kept[kept.len() - 60..]
        );
        assert!(trace.attachments.is_empty() && problems(span).is_empty());
    }
}

#[test]
fn an_attachment_over_the_bound_is_left_out_and_said() {
    let most = 20 << 20;
    let traces = capture(|| {
        mlflow::span("large").run(|span| {
            span.set_outputs(Attachment::new("a/b", vec![0; most + 1]));
        });
    });
    let span = traces[0].root().unwrap();
    let said = format!("[Attachment too large: {} bytes exceeds {most} bytes limit]", most + 1);
    assert_eq!(outputs(span), format!("\"{said}\""));
    assert_eq!(problems(span).len(), 1);
    assert!(traces[0].attachments.is_empty());
    assert_eq!(span.status.code, mlflow::StatusCode::Ok);
}

#[test]
fn a_value_that_fails_takes_its_attachments_with_it() {
    struct Broken;
    impl Serialize for Broken {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut list = serializer.serialize_seq(None)?;
            serde::ser::SerializeSeq::serialize_element(&mut list, &picture())?;
            Err(serde::ser::Error::custom("broken"))
        }
    }
    let traces = capture(|| {
        mlflow::span("broken").run(|span| {
            span.set_outputs(Broken);
        });
    });
    assert!(traces[0].attachments.is_empty());
    assert!(outputs(traces[0].root().unwrap()).contains("broken"));
}

#[test]
fn a_text_that_looks_like_a_mark_of_ours_is_a_text() {
    let text = format!("mlflow-trace-attached:{:032x}", 7);
    let traces = capture(|| {
        echo(&text);
    });
    assert_eq!(inputs(traces[0].root().unwrap()), serde_json::json!({"text": text}));
}
