//! JSON as no program of ours writes it, but as texts that are handed through may be: nothing of it makes the encoder
//! fail, and what comes out can be read.

use proptest::prelude::*;

use super::decoded::spans_of;
use super::values::{Plain, all_doubles, plain, text_value};
use super::*;
use crate::model::Event;

/// Encodes a span with this attribute in every way, on the span and on an event, and reads it back.
fn survives(json: &str) {
    let attributes = vec![("key".to_owned(), Json::from_valid(json.to_owned()))];
    let mut trace = trace(1, 1);
    trace.spans[0].attributes = attributes.clone();
    trace.spans[0].events = vec![Event { name: "event".to_owned(), time_unix_nanos: 1, attributes }];
    for form in [Form::Protobuf, Form::Json] {
        for values in [ValueForm::Structured, ValueForm::JsonText] {
            for max_attribute_bytes in [None, Some(0), Some(2), Some(10)] {
                let encoding = Encoding { values, max_attribute_bytes, ..encoding(form) };
                for batch in encode(&[&trace], &encoding, 1_000) {
                    let spans = spans_of(&batch, &encoding);
                    assert_eq!((spans[0].attributes.len(), spans[0].events[0].attributes.len()), (1, 1));
                }
            }
        }
    }
}

/// Readers of protobuf give up at 100 messages inside one another, those of JSON at 128 brackets.
#[test]
fn depths_that_readers_refuse_are_sent_as_text() {
    for depth in [1, 23, 24, 25, 60, 126, 127, 128, 10_000] {
        for (open, close) in [("[", "]"), ("{\"a\": ", "}"), ("[{\"a\\n\": ", "}]")] {
            survives(&format!("{}1{}", open.repeat(depth), close.repeat(depth)));
            survives(&open.repeat(depth));
        }
    }
}

#[test]
fn numbers_of_any_length_are_sent() {
    for number in [
        "9".repeat(100_000),
        format!("-0.{}e-{}", "0".repeat(5_000), "9".repeat(50)),
        format!("1e{}", "9".repeat(400)),
        "-0".to_owned(),
        "9223372036854775808".to_owned(),
    ] {
        survives(&number);
        survives(&format!("[{number}, {{\"a\": {number}}}]"));
    }
}

#[test]
fn cut_values_end_in_dots_and_are_no_longer_than_allowed() {
    let text = format!("{}é", "x".repeat(20));
    for (json, max, expected) in [
        (Json::string(&text), 22, text.clone()),
        (Json::string(&text), 21, format!("{}...", "x".repeat(18))),
        (Json::string("é€😀"), 6, "é...".to_owned()),
        (Json::string("abc"), 2, "..".to_owned()),
        (Json::from_valid("[1, 2, 3]".to_owned()), 8, "[1, 2...".to_owned()),
    ] {
        let mut trace = trace(1, 1);
        trace.spans[0].attributes = vec![("key".to_owned(), json)];
        for form in [Form::Protobuf, Form::Json] {
            let encoding = Encoding { max_attribute_bytes: Some(max), ..encoding(form) };
            let batches = encode(&[&trace], &encoding, 1_000);
            let spans = spans_of(&batches[0], &encoding);
            assert_eq!(spans[0].attributes[0].value, Some(text_value(&expected)));
        }
    }
}

proptest! {
    /// Half of a JSON text, or one with a letter of it replaced, is no JSON any more; it never is fatal.
    #[test]
    fn broken_json_is_sent_as_text(
        plain in plain(all_doubles()), at: proptest::sample::Index, letter: char, is_cut: bool, is_ascii: bool,
    ) {
        let json = Plain::List(vec![plain]).json(is_ascii);
        let mut letters: Vec<char> = json.as_str().chars().collect();
        let at = at.index(letters.len());
        if is_cut {
            letters.truncate(at);
        } else {
            letters[at] = letter;
        }
        survives(&letters.into_iter().collect::<String>());
    }

    #[test]
    fn any_text_in_the_place_of_json_is_sent(text in r#"[\[\]{}",:\\u0-9eE+.truefalsn -]{0,40}"#) {
        survives(&text);
    }

    #[test]
    fn half_a_surrogate_pair_is_sent_as_the_replacement_character(units in proptest::collection::vec(any::<u16>(), 0..8)) {
        let escapes: String = units.iter().map(|unit| format!("\\u{unit:04x}")).collect();
        let mut trace = trace(1, 1);
        trace.spans[0].attributes = vec![("key".to_owned(), Json::from_valid(format!("\"{escapes}\"")))];
        for form in [Form::Protobuf, Form::Json] {
            let encoding = encoding(form);
            let batches = encode(&[&trace], &encoding, 1_000);
            let expected = String::from_utf16_lossy(&units);
            assert_eq!(spans_of(&batches[0], &encoding)[0].attributes[0].value, Some(text_value(&expected)));
        }
    }
}
