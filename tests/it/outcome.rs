//! How spans end: values, errors, panics.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mlflow::testing::capture;
use mlflow::{StatusCode, TraceState};

use crate::{exception, outputs};

#[derive(Debug)]
struct Timeout;
impl fmt::Display for Timeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("took too long")
    }
}
impl std::error::Error for Timeout {}

#[derive(Debug)]
struct Failed(Timeout);
impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the call failed")
    }
}
impl std::error::Error for Failed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

type Answer<T> = Result<T, Failed>;

#[mlflow::trace]
fn call(works: bool) -> Answer<&'static str> {
    if works { Ok("yes") } else { Err(Failed(Timeout)) }
}

#[test]
fn a_result_is_its_value_also_under_another_name() {
    let traces = capture(|| {
        let _ = call(true);
    });
    assert_eq!(outputs(&traces[0].spans[0]), "\"yes\"");
    assert_eq!(traces[0].info.state, TraceState::Ok);
}

#[test]
fn an_error_is_told_with_type_message_and_sources() {
    let traces = capture(|| {
        let _ = call(false);
    });
    let span = &traces[0].spans[0];
    assert_eq!(span.status.code, StatusCode::Error);
    assert_eq!(span.status.message, "Failed: the call failed: took too long");
    assert_eq!(exception(span, "exception.type"), "it::outcome::Failed");
    assert_eq!(exception(span, "exception.message"), "the call failed: took too long");
    assert!(exception(span, "exception.stacktrace").contains("caused by: took too long"));
    assert!(span.outputs().is_none());
    assert_eq!(traces[0].info.state, TraceState::Error);
    assert_eq!(span.attribute("mlflow.spanLogLevel").unwrap().as_str(), "40");
}

#[test]
fn errors_of_every_kind_are_told() {
    struct Silent;
    #[mlflow::trace]
    fn any() -> anyhow::Result<()> {
        Err(anyhow::Error::new(Timeout).context("while asking"))
    }
    #[mlflow::trace]
    fn boxed() -> Result<(), Box<dyn std::error::Error>> {
        Err(Box::new(Failed(Timeout)))
    }
    #[mlflow::trace]
    fn text() -> Result<u8, String> {
        Err("just text".to_owned())
    }
    #[mlflow::trace]
    fn debug() -> Result<u8, Option<u8>> {
        Err(Some(3))
    }
    #[mlflow::trace]
    fn silent() -> Result<u8, Silent> {
        Err(Silent)
    }
    let traces = capture(|| {
        let _ = any();
        let _ = boxed();
        let _ = text();
        let _ = debug();
        let _ = silent();
    });
    let messages: Vec<String> =
        traces.iter().map(|trace| exception(&trace.spans[0], "exception.message")).collect();
    assert_eq!(
        messages,
        [
            "while asking: took too long",
            "the call failed: took too long",
            "just text",
            "Some(3)",
            "<it::outcome::errors_of_every_kind_are_told::Silent>"
        ]
    );
}

#[test]
fn a_child_that_fails_leaves_its_parent_well_when_the_parent_goes_on() {
    #[mlflow::trace]
    fn parent() -> u8 {
        call(false).map_or(1, |_| 2)
    }
    let traces = capture(|| {
        parent();
    });
    assert_eq!(
        traces.outline(),
        "parent [UNKNOWN] OK\n  call [UNKNOWN] ERROR (Failed: the call failed: took too long)\n"
    );
    assert_eq!(traces[0].info.state, TraceState::Ok);
}

#[test]
fn a_question_mark_and_an_early_return_end_the_span() {
    #[mlflow::trace]
    fn early(value: u8) -> Answer<u8> {
        if value == 0 {
            return Ok(9);
        }
        call(value == 1)?;
        Ok(value)
    }
    let traces = capture(|| {
        let _ = early(0);
        let _ = early(1);
        let _ = early(2);
    });
    assert_eq!(outputs(&traces[0].spans[0]), "9");
    assert_eq!(outputs(&traces[1].spans[0]), "1");
    assert_eq!(traces[2].spans[0].status.code, StatusCode::Error);
}

#[test]
fn a_panic_is_told_and_goes_on_as_it_was() {
    #[mlflow::trace]
    fn panics(value: u8) -> u8 {
        assert!(value < 3, "value was {value}");
        value
    }
    let traces = capture(|| {
        let panic = catch_unwind(AssertUnwindSafe(|| panics(7))).unwrap_err();
        assert_eq!(panic.downcast_ref::<String>().unwrap(), "value was 7");
    });
    let span = &traces[0].spans[0];
    assert_eq!(span.status.message, "panic: value was 7");
    assert_eq!(exception(span, "exception.type"), "panic");
    assert_eq!(exception(span, "exception.message"), "value was 7");
    assert!(span.outputs().is_none());
}

#[test]
fn after_a_panic_new_spans_are_no_children_of_the_old_one() {
    #[mlflow::trace]
    fn panics() {
        panic!("gone");
    }
    let traces = capture(|| {
        let _ = catch_unwind(panics);
        let _ = call(true);
    });
    assert_eq!(traces.outline(), "panics [UNKNOWN] ERROR (panic: gone)\ncall [UNKNOWN] OK\n");
}

#[test]
fn outputs_set_by_hand_win_over_the_return_value() {
    #[mlflow::trace]
    fn by_hand() -> u8 {
        mlflow::current_span().set_outputs("better");
        1
    }
    let traces = capture(|| {
        by_hand();
    });
    assert_eq!(outputs(&traces[0].spans[0]), "\"better\"");
}

#[test]
fn an_error_whose_own_code_panics_is_returned_as_it_is() {
    #[derive(Debug)]
    struct Broken;
    impl fmt::Display for Broken {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("no text");
        }
    }
    impl std::error::Error for Broken {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            panic!("no source");
        }
    }
    #[mlflow::trace]
    fn broken() -> Result<u8, Broken> {
        Err(Broken)
    }
    let traces = capture(|| assert!(broken().is_err()));
    assert_eq!(traces[0].spans[0].status.code, StatusCode::Error);
}

#[test]
fn an_attribute_whose_expression_panics_leaves_the_function_alone() {
    #[mlflow::trace(attributes(first = [1, 2][index]))]
    fn picks(index: usize) -> usize {
        index
    }
    let traces = capture(|| assert_eq!(picks(7), 7));
    let span = &traces[0].spans[0];
    assert_eq!((outputs(span), span.attribute("first").is_none()), ("7", true));
    assert_eq!(span.events[0].name, "mlflow_trace.not_recorded");
}
