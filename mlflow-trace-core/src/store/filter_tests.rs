//! What the filter language of the local file takes, and the sentences for what it does not.

use super::*;

fn one(text: &str) -> Condition {
    let mut all = conditions(text).unwrap();
    assert_eq!(all.len(), 1, "{text}");
    all.remove(0)
}

fn text(value: &str) -> Literal {
    Literal::Text(value.to_owned())
}

#[test]
fn keys_are_plain_or_quoted_with_any_prefix() {
    for name in ["status", "trace.status", "attributes.STATUS", "Attribute.status"] {
        assert_eq!(one(&format!("{name} = 'OK'")).key, Key::Attribute(Attribute::Status), "{name}");
    }
    let session = Key::Metadata("mlflow.trace.session".to_owned());
    for name in ["metadata.`mlflow.trace.session`", "request_metadata.mlflow.trace.session"] {
        assert_eq!(one(&format!("{name}='s'")).key, session, "{name}");
    }
    assert_eq!(one("tags.\"two words\" = \"it's\"").key, Key::Tag("two words".to_owned()));
    assert_eq!(one("tags.\"two words\" = \"it's\"").values, [text("it's")]);
    assert_eq!(one("trace.text LIKE '%x%'").key, Key::Span("content"));
}

#[test]
fn operators_and_values_are_read_in_any_case() {
    assert_eq!(one("name iLiKe 'a%'").operator, Operator::Ilike);
    let condition = one("status NOT IN ('OK', 'ERROR')");
    assert_eq!((condition.operator, condition.values), (Operator::NotIn, vec![text("OK"), text("ERROR")]));
    assert_eq!(one("timestamp_ms>=1795353788489").values, [Literal::Number(1_795_353_788_489.0)]);
    assert_eq!(one("tag.a IS NOT NULL").operator, Operator::IsNotNull);
    let both = conditions("tag.a = 'x AND y' and tag.b != ''").unwrap();
    assert_eq!((both.len(), &both[0].values), (2, &vec![text("x AND y")]));
    assert_eq!(conditions("  "), Ok(Vec::new()));
}

#[test]
fn what_is_not_understood_is_said() {
    for (filter, said) in [
        ("feedback.ok = 'yes'", "can't be searched by `feedback.ok`"),
        ("tag.a = 'x' OR tag.b = 'y'", "joined by AND"),
        ("(tag.a = 'x')", "each condition is a key"),
        ("tag.a = 'x", "not closed"),
        ("tag.a = 1", "put the value in quotation marks"),
        ("tag.a > 'x'", "has no order"),
        ("timestamp_ms = 'today'", "a number of milliseconds"),
        ("name RLIKE 'x'", "no operator behind `name`"),
        ("status IN 'OK'", "each condition is a key"),
        ("status IN ('OK' 'ERROR')", "each condition is a key"),
        ("name =", "each condition is a key"),
        ("= 'x'", "each condition is a key"),
        ("metadata.mlflow.trace.cost = '1'", "keeps as columns"),
    ] {
        let error = conditions(filter).unwrap_err();
        assert!(error.contains(said), "{filter}: {error}");
    }
}

#[test]
fn orders_are_keys_with_a_direction() {
    assert_eq!(order("timestamp_ms"), Ok((Key::Attribute(Attribute::Timestamp), false)));
    assert_eq!(order("tags.`a b` desc"), Ok((Key::Tag("a b".to_owned()), true)));
    for text in ["", "timestamp_ms DOWN", "span.name", "tag.a, tag.b"] {
        assert!(order(text).is_err(), "{text}");
    }
}
