//! More attachments than memory may hold: they are left out and said, and no span is lost for them. A process of its own:
//! bounds are set once.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use mlflow::Attachment;
use mlflow::client::LocalTraces;

#[mlflow::trace]
fn look(image: &Attachment) -> usize {
    image.content().len()
}

#[test]
fn attachments_beyond_the_bound_are_left_out_and_the_spans_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bounded.db");
    let guard = mlflow::init()
        .tracking_uri(format!("sqlite:///{}", file.display()))
        .max_memory_bytes(4 << 20)
        .start()
        .unwrap();
    // 12 MB in one trace, which is delivered when it ends; half of 4 MiB is for attachments.
    mlflow::span("album").run(|_| {
        for number in 0..20 {
            look(&Attachment::new("image/png", vec![number; 600_000]));
        }
    });
    let report = mlflow::flush();
    assert!(report.is_complete(), "{report:?}");
    assert_eq!((report.delivered_spans(), report.dropped_spans()), (21, 0));

    let trace = LocalTraces::open(&file).unwrap().last().unwrap().unwrap();
    let inputs = |span: &mlflow::Span| span.inputs().unwrap().as_str().to_owned();
    let all: Vec<String> = trace.spans.iter().filter(|span| span.parent_id.is_some()).map(inputs).collect();
    let kept = all.iter().filter(|inputs| inputs.contains("mlflow-attachment://")).count();
    let left_out = all.iter().filter(|inputs| inputs.contains("[Attachment left out: 600000 bytes")).count();
    assert_eq!((kept, left_out), (3, 17));

    // There is room again.
    look(&Attachment::new("image/png", vec![1; 600_000]));
    assert!(mlflow::flush().is_complete());
    let trace = LocalTraces::open(&file).unwrap().last().unwrap().unwrap();
    assert!(inputs(&trace.spans[0]).contains("mlflow-attachment://"));
    drop(guard);
}
