//! Options of the attribute that say what is recorded, and how.

use std::fmt::{self, Display};

use mlflow::testing::{capture, capture_async};
use mlflow::{SpanType, StatusCode};
use serde_json::json;

use crate::{exception, inputs, outputs};

const NAME: &str = "from a constant";
const KIND: &str = "MY_KIND";

trait Step {
    const NAME: &'static str;

    #[mlflow::trace(name = Self::NAME, span_type = Self::NAME, description = Self::NAME)]
    fn run(&self) {}
}

struct Search;
impl Step for Search {
    const NAME: &'static str = "SEARCH";
}

struct Answer;
impl Step for Answer {
    const NAME: &'static str = "ANSWER";
}

/// A step in a wrapper whose type parameter is that of the `impl`.
struct Repeated<S>(S);

impl<S: Step> Repeated<S> {
    #[mlflow::trace(name = S::NAME, span_type = S::NAME)]
    fn again(&self) {
        self.0.run();
    }
}

#[test]
fn a_constant_may_belong_to_a_type_parameter_of_the_impl() {
    let traces = capture(|| {
        Repeated(Search).again();
        Repeated(Answer).again();
    });
    assert_eq!(
        traces.outline(),
        "SEARCH [SEARCH] OK\n  SEARCH [SEARCH] OK\nANSWER [ANSWER] OK\n  ANSWER [ANSWER] OK\n"
    );
}

#[test]
fn a_name_may_be_any_constant() {
    #[mlflow::trace(name = NAME)]
    fn constant() {}
    #[mlflow::trace(name = concat!("con", "cat"))]
    fn macro_made() {}
    #[mlflow::trace(name = Search::NAME)]
    fn associated() {}
    #[mlflow::trace(name = T::NAME)]
    fn generic<T: Step>(_step: &T) {}
    let traces = capture(|| {
        constant();
        macro_made();
        associated();
        generic(&Answer);
    });
    let names: Vec<&str> = traces.iter().map(|trace| trace.info.name.as_str()).collect();
    assert_eq!(names, [NAME, "concat", "SEARCH", "ANSWER"]);
}

#[test]
fn constants_of_self_are_those_of_each_implementation() {
    let traces = capture(|| {
        Search.run();
        Answer.run();
    });
    assert_eq!(traces.outline(), "SEARCH [SEARCH] OK\nANSWER [ANSWER] OK\n");
    let description = traces[1].spans[0].attribute("mlflow.spanDescription");
    assert_eq!(description.unwrap().as_str(), "\"ANSWER\"");
}

#[test]
fn a_span_type_may_be_a_constant_text_or_a_constant_of_our_type() {
    const TYPE: SpanType = SpanType::Reranker;
    #[mlflow::trace(span_type = KIND)]
    fn text() {}
    #[mlflow::trace(span_type = TYPE)]
    fn own_type() {}
    #[mlflow::trace(span_type = SpanType::custom("MADE"))]
    fn made() {}
    let traces = capture(|| {
        text();
        own_type();
        made();
    });
    assert_eq!(traces.outline(), "text [MY_KIND] OK\nown_type [RERANKER] OK\nmade [MADE] OK\n");
}

#[test]
fn only_what_inputs_names_is_recorded() {
    #[mlflow::trace(inputs(question, words = question.split(' ').count(), "limits.low" = limits.0))]
    fn ask(question: String, limits: (u8, u8), key: &str) -> usize {
        drop(question);
        usize::from(limits.1) + key.len()
    }
    let traces = capture(|| {
        ask("who is it".to_owned(), (1, 2), "secret");
    });
    let recorded = traces[0].spans[0].inputs().unwrap().as_str().to_owned();
    assert_eq!(recorded, r#"{"question": "who is it", "words": 3, "limits.low": 1}"#);
}

#[test]
fn inputs_may_name_parts_of_patterns_and_fields_of_self() {
    struct Agent {
        id: u32,
    }
    impl Agent {
        #[mlflow::trace(inputs(y, agent = self.id))]
        fn act(&mut self, (x, y): (u32, u32), [first, ..]: [u32; 2]) -> u32 {
            self.id += 1;
            x + y + first
        }
        #[mlflow::trace(inputs(count = items.len()))]
        async fn act_later(self, items: Vec<u32>) -> Vec<u32> {
            items
        }
    }
    let traces = capture(|| {
        let mut agent = Agent { id: 7 };
        assert_eq!(agent.act((1, 2), [3, 4]), 6);
        let later = agent.act_later(vec![1, 2]);
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(later);
    });
    assert_eq!(inputs(&traces[0].spans[0]), json!({"y": 2, "agent": 7}));
    assert_eq!(inputs(&traces[1].spans[0]), json!({"count": 2}));
}

#[test]
fn empty_inputs_record_none() {
    #[mlflow::trace(inputs())]
    fn none(key: &str) -> usize {
        key.len()
    }
    let traces = capture(|| {
        none("secret");
    });
    assert_eq!(inputs(&traces[0].spans[0]), json!({}));
}

#[test]
fn output_maps_what_is_recorded_and_not_what_is_returned() {
    #[expect(clippy::ptr_arg, reason = "the type of the returned value")]
    fn first_word(text: &String) -> Option<&str> {
        text.split(' ').next()
    }
    #[mlflow::trace(output = |answer| answer.len())]
    fn closure() -> String {
        "four".to_owned()
    }
    #[mlflow::trace(output = first_word)]
    fn path() -> String {
        "two words".to_owned()
    }
    #[mlflow::trace(output = |list| list.iter().rev().take(2).collect::<Vec<_>>())]
    async fn later() -> Vec<u32> {
        vec![1, 2, 3]
    }
    #[mlflow::trace(output = Vec::len)]
    fn method(list: Vec<u32>) -> Vec<u32> {
        list
    }
    let traces = capture(|| {
        assert_eq!(closure(), "four");
        assert_eq!(path(), "two words");
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert_eq!(runtime.block_on(later()), [1, 2, 3]);
        assert_eq!(method(vec![5]), [5]);
    });
    let recorded: Vec<&str> = traces.iter().map(|trace| outputs(&trace.spans[0])).collect();
    assert_eq!(recorded, ["4", "\"two\"", "[3, 2]", "1"]);
}

#[test]
fn output_gets_the_value_of_a_result_and_leaves_errors_alone() {
    #[mlflow::trace(output = |text| text.len())]
    fn parsed(works: bool) -> Result<String, fmt::Error> {
        if works { Ok("four".to_owned()) } else { Err(fmt::Error) }
    }
    let traces = capture(|| {
        let _ = parsed(true);
        let _ = parsed(false);
    });
    assert_eq!(outputs(&traces[0].spans[0]), "4");
    assert_eq!(outputs(&traces[1].spans[0]), "nothing");
    assert_eq!(traces[1].spans[0].status.code, StatusCode::Error);
}

#[test]
fn a_panic_in_output_is_told_and_goes_no_further() {
    #[mlflow::trace(output = |value: &u32| -> u32 { panic!("no {value}") })]
    fn returns() -> u32 {
        5
    }
    let traces = capture(|| assert_eq!(returns(), 5));
    let span = &traces[0].spans[0];
    assert_eq!(outputs(span), "\"<not recorded: its own code panicked: no 5>\"");
    assert_eq!(
        (span.status.code, span.events[0].name.as_str()),
        (StatusCode::Ok, "mlflow_trace.not_recorded")
    );
}

#[test]
fn what_output_calls_is_not_traced() {
    #[mlflow::trace]
    fn traced(text: &str) -> usize {
        text.len()
    }
    #[mlflow::trace(output = |text| traced(text))]
    fn returns() -> String {
        "four".to_owned()
    }
    let traces = capture(|| {
        returns();
    });
    assert_eq!(traces.outline(), "returns [UNKNOWN] OK\n");
    assert_eq!(outputs(&traces[0].spans[0]), "4");
}

#[derive(Debug, serde::Serialize)]
struct Both {
    value: u8,
}

#[test]
fn each_argument_may_say_how_it_is_recorded() {
    #[mlflow::trace]
    fn call(
        plain: Both,
        #[mlflow(debug)] text: Both,
        #[mlflow(skip)] key: &str,
        #[mlflow(redact)] token: String,
        #[mlflow(redact)] (user, _): (&str, u8),
    ) -> usize {
        usize::from(plain.value + text.value) + key.len() + token.len() + user.len()
    }
    let traces = capture(|| {
        call(Both { value: 1 }, Both { value: 2 }, "secret", "secret".to_owned(), ("secret", 0));
    });
    let expected = json!({
        "plain": {"value": 1},
        "text": "Both { value: 2 }",
        "token": "[redacted]",
        "user": "[redacted]",
    });
    assert_eq!(inputs(&traces[0].spans[0]), expected);
    assert!(!format!("{traces:?}").contains("secret"));
}

#[tokio::test]
async fn options_of_arguments_work_on_async_functions_and_with_inputs() {
    #[mlflow::trace(inputs(token, n))]
    async fn call(#[mlflow(redact)] token: &str, #[mlflow(debug)] n: &str) -> usize {
        token.len() + n.len()
    }
    let traces = capture_async(async {
        call("secret", "a").await;
    })
    .await;
    assert_eq!(inputs(&traces[0].spans[0]), json!({"token": "[redacted]", "n": "\"a\""}));
}

#[derive(Debug)]
struct Outer(std::num::ParseIntError);

impl Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no number")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[test]
fn err_says_how_an_error_is_told() {
    #[mlflow::trace(err = "ignore")]
    fn ignored(text: &str) -> Result<u32, Outer> {
        text.parse().map_err(Outer)
    }
    #[mlflow::trace(err = "debug")]
    fn debugged(text: &str) -> Result<u32, Outer> {
        text.parse().map_err(Outer)
    }
    #[mlflow::trace(err = "display")]
    fn displayed(text: &str) -> Result<u32, Outer> {
        text.parse().map_err(Outer)
    }
    let traces = capture(|| {
        for text in ["x", "7"] {
            let _ = ignored(text);
            let _ = debugged(text);
            let _ = displayed(text);
        }
    });
    let span = |index: usize| &traces[index].spans[0];
    assert_eq!((span(0).status.code, outputs(span(0))), (StatusCode::Ok, "nothing"));
    assert!(span(0).events.is_empty());
    assert_eq!(exception(span(1), "exception.message"), "Outer(ParseIntError { kind: InvalidDigit })");
    assert_eq!(span(1).status.message, "Outer: Outer(ParseIntError { kind: InvalidDigit })");
    assert_eq!(span(2).status.message, "Outer: no number");
    assert_eq!(exception(span(2), "exception.stacktrace"), "");
    for index in 3..6 {
        assert_eq!((span(index).status.code, outputs(span(index))), (StatusCode::Ok, "7"));
    }
}

#[test]
fn err_does_nothing_for_values_that_are_no_result() {
    #[mlflow::trace(err = "display")]
    fn number() -> u32 {
        3
    }
    let traces = capture(|| {
        number();
    });
    assert_eq!(outputs(&traces[0].spans[0]), "3");
}

#[test]
fn attributes_are_computed_when_the_span_starts() {
    struct Agent {
        steps: u32,
    }
    impl Agent {
        #[mlflow::trace(attributes(before = self.steps, by = by * 2))]
        fn step(&mut self, by: u32) {
            self.steps += 1;
        }
    }
    let traces = capture(|| {
        Agent { steps: 4 }.step(3);
    });
    let span = &traces[0].spans[0];
    let text = |key: &str| span.attribute(key).unwrap().to_string();
    assert_eq!((text("before"), text("by")), ("4".to_owned(), "6".to_owned()));
}

#[test]
fn output_holds_for_functions_that_return_nothing_too() {
    #[mlflow::trace(output = |()| "done")]
    fn acts() {}
    #[mlflow::trace(output = |()| "done")]
    async fn acts_later() {}
    let traces = capture(|| {
        acts();
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(acts_later());
    });
    assert_eq!((outputs(&traces[0].spans[0]), outputs(&traces[1].spans[0])), ("\"done\"", "\"done\""));
}
