//! Scopes: what holds for the traces that begin in them.

use mlflow::prelude::*;
use mlflow::testing::{capture, capture_async};

#[mlflow::trace]
fn work() {
    inner();
}

#[mlflow::trace]
fn inner() {}

#[mlflow::trace(root)]
fn always_a_root() {}

#[test]
fn a_scope_describes_all_traces_that_begin_in_it() {
    let traces = capture(|| {
        let scope = mlflow::context().session("s-4").user("u-17").tag("tier", "gold").metadata("build", "17");
        scope.run(|| {
            work();
            mlflow::span("by hand").run(|_| inner());
        });
        work();
    });
    for trace in &traces[..2] {
        assert_eq!(trace.info.session.as_deref(), Some("s-4"));
        assert_eq!(trace.info.metadata["mlflow.trace.user"], "u-17");
        assert_eq!((&*trace.info.tags["tier"], &*trace.info.metadata["build"]), ("gold", "17"));
        assert_eq!(trace.spans.len(), 2);
    }
    assert_eq!((&traces[2].info.session, traces[2].info.tags.len()), (&None, 0));
}

#[test]
fn inner_scopes_add_and_win() {
    let traces = capture(|| {
        let _outer =
            mlflow::context().session("outer").user("u").tag("a", "outer").tag("b", "outer").attach();
        mlflow::context().session("inner").tag("a", "inner").tag("c", "inner").run(work);
        work();
    });
    let tags = |number: usize| traces[number].info.tags.clone().into_iter().collect::<Vec<_>>();
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(tags(0), [pair("a", "inner"), pair("b", "outer"), pair("c", "inner")]);
    assert_eq!(traces[0].info.session.as_deref(), Some("inner"));
    assert_eq!(traces[0].info.metadata["mlflow.trace.user"], "u");
    assert_eq!(tags(1), [pair("a", "outer"), pair("b", "outer")]);
    assert_eq!(traces[1].info.session.as_deref(), Some("outer"));
}

#[test]
fn a_session_may_be_given_as_the_metadata_that_it_is() {
    let traces = capture(|| {
        mlflow::context().session("outer").run(|| {
            mlflow::context().metadata("mlflow.trace.session", "inner").run(work);
        });
    });
    assert_eq!(traces[0].info.session.as_deref(), Some("inner"));
}

#[test]
fn what_is_said_of_the_trace_itself_wins() {
    let traces = capture(|| {
        mlflow::context().session("scope").tag("a", "scope").user("scope").run(|| {
            mlflow::span("root").run(|_| {
                let _ = mlflow::update_current_trace().session("trace").tag("a", "trace").user("trace");
            });
        });
    });
    let info = &traces[0].info;
    assert_eq!((info.session.as_deref(), &*info.tags["a"]), (Some("trace"), "trace"));
    assert_eq!(info.metadata["mlflow.trace.user"], "trace");
}

#[test]
fn a_trace_that_began_outside_stays_as_it_is() {
    let traces = capture(|| {
        mlflow::span("root").run(|_| mlflow::context().tag("a", "b").run(work));
    });
    assert!(traces[0].info.tags.is_empty());
    assert_eq!(traces[0].spans.len(), 3);
}

#[test]
fn nothing_is_recorded_in_a_scope_that_is_kept_out() {
    let traces = capture(|| {
        mlflow::span("root").run(|_| {
            mlflow::context().enabled(false).run(|| {
                work();
                always_a_root();
                mlflow::current_span().set_attribute("a", 1);
                let _ = mlflow::update_current_trace().tag("a", "b");
                mlflow::span("by hand").run(|span| assert!(!span.is_recording()));
                for _ in mlflow::trace_iterator(0..2) {}
            });
            inner();
        });
    });
    assert_eq!(traces.outline(), "root [UNKNOWN] OK\n  inner [UNKNOWN] OK\n");
    assert!(traces[0].info.tags.is_empty());
}

#[test]
fn a_scope_inside_of_one_that_is_kept_out_may_go_on() {
    let traces = capture(|| {
        mlflow::span("root").run(|_| {
            let _out = mlflow::context().enabled(false).attach();
            let _still_out = mlflow::context().tag("a", "b").attach();
            inner();
            mlflow::context().enabled(true).run(|| {
                inner();
                mlflow::context().enabled(false).run(inner);
                always_a_root();
            });
            inner();
        });
    });
    assert_eq!(traces.outline(), "root [UNKNOWN] OK\n  inner [UNKNOWN] OK\nalways_a_root [UNKNOWN] OK\n");
    assert_eq!(traces[1].info.tags["a"], "b");
}

#[test]
fn a_scope_ends_with_a_panic() {
    let traces = capture(|| {
        let body = || mlflow::context().tag("a", "b").run(|| panic!("as planned"));
        assert!(std::panic::catch_unwind(body).is_err());
        work();
    });
    assert!(traces[0].info.tags.is_empty());
}

#[tokio::test]
async fn a_future_keeps_its_scope_and_lends_it_to_nobody() {
    let traces = capture_async(async {
        let slow = async |name: &'static str| {
            for _ in 0..3 {
                tokio::task::yield_now().await;
                mlflow::span(name).run(|_| {});
            }
        };
        let scope = |name| mlflow::context().tag("of", name);
        let one = slow("one").with_context(scope("one"));
        let two = slow("two").with_context(scope("two").enabled(true));
        let out = slow("out").with_context(mlflow::context().enabled(false));
        futures_util::future::join(
            futures_util::future::join(one, two),
            futures_util::future::join(out, slow("none")),
        )
        .await;
    })
    .await;
    assert_eq!(traces.len(), 9);
    for trace in traces.iter() {
        let of = trace.info.tags.get("of").map_or("none", String::as_str);
        assert_eq!(trace.info.name, of);
    }
}

#[tokio::test]
async fn tasks_and_threads_that_get_the_current_span_get_the_scope() {
    let traces = capture_async(async {
        let _entered = async {
            tokio::spawn(async { mlflow::span("task").run(|_| {}) }.in_current_span()).await.unwrap();
            let thread = || mlflow::span("thread").run(|_| {});
            std::thread::spawn(thread.in_current_span()).join().unwrap();
        }
        .with_context(mlflow::context().session("s-4"))
        .await;
    })
    .await;
    let sessions: Vec<_> = traces.iter().map(|trace| trace.info.session.as_deref()).collect();
    assert_eq!(sessions, [Some("s-4"), Some("s-4")]);
}

#[test]
fn a_scope_asked_for_by_a_value_s_own_code_records_nothing() {
    struct Sly;
    impl serde::Serialize for Sly {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            mlflow::context().enabled(true).run(work);
            serializer.serialize_str("sly")
        }
    }
    let traces = capture(|| mlflow::span("root").inputs(Sly).run(|_| {}));
    assert_eq!(traces.outline(), "root [UNKNOWN] OK\n");
}

#[test]
fn what_is_kept_out_stays_out_whatever_place_is_chosen_for_it() {
    let traces = capture(|| {
        mlflow::span("outside").run(|outside| {
            mlflow::context().enabled(false).run(|| {
                mlflow::span("root").root().run(|_| ());
                mlflow::span("child").parent(&outside).run(|_| ());
                outside.run(|| mlflow::span("inside").run(|_| ()));
            });
        });
    });
    assert_eq!(traces.outline(), "outside [UNKNOWN] OK\n");
}
