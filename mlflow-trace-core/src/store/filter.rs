//! MLflow's filter language, as far as the local file understands it: conditions joined by `AND`.

/// One condition on a trace.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Condition {
    pub(super) key: Key,
    pub(super) operator: Operator,
    pub(super) values: Vec<Literal>,
}

/// What a condition or an order is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Attribute(Attribute),
    Tag(String),
    Metadata(String),
    /// A column of `spans`. All conditions on spans must hold for the same one.
    Span(&'static str),
}

/// What the trace itself has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Attribute {
    Status,
    Timestamp,
    Duration,
    End,
    TraceId,
    ClientRequestId,
    Name,
    Run,
    Experiment,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Like,
    Ilike,
    In,
    NotIn,
    IsNull,
    IsNotNull,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Text(String),
    Number(f64),
}

/// Reads a filter; empty text filters nothing.
///
/// # Errors
/// A sentence about what is not understood, and what is.
pub(super) fn conditions(text: &str) -> Result<Vec<Condition>, String> {
    let tokens = tokens(text)?;
    let mut rest = tokens.as_slice();
    let mut conditions = Vec::new();
    while !rest.is_empty() {
        if !conditions.is_empty() && !take_word(&mut rest, "AND") {
            return Err(format!(
                "`{text}` can't be read: conditions are joined by AND, and by nothing else."
            ));
        }
        conditions.push(condition(&mut rest, text)?);
    }
    Ok(conditions)
}

/// Reads one order, `key`, `key ASC` or `key DESC`; true when it is descending.
///
/// # Errors
/// As [`conditions`].
pub(super) fn order(text: &str) -> Result<(Key, bool), String> {
    let tokens = tokens(text)?;
    let mut rest = tokens.as_slice();
    let Some(Token::Word(name)) = rest.first() else {
        return Err(format!(
            "`{text}` is no order; accepted is a key with ASC or DESC, as in `timestamp_ms DESC`."
        ));
    };
    let key = key(name)?;
    rest = rest.get(1..).unwrap_or_default();
    let is_descending = take_word(&mut rest, "DESC");
    if !is_descending {
        take_word(&mut rest, "ASC");
    }
    if !rest.is_empty() || matches!(key, Key::Span(_)) {
        return Err(format!(
            "traces can't be put in the order `{text}`; accepted is one attribute, tag or metadata key with ASC or DESC."
        ));
    }
    Ok((key, is_descending))
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A key or a key word, with its quoted pieces.
    Word(String),
    Text(String),
    Number(f64),
    /// An operator, a comma or a bracket.
    Sign(&'static str),
}

const SIGNS: [&str; 9] = ["!=", ">=", "<=", "=", ">", "<", "(", ")", ","];

fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, behind) = if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Token::Sign(sign), &rest[sign.len()..])
        } else if first == '\'' || first == '"' {
            let (inside, behind) = quoted(rest, first, text)?;
            (Token::Text(inside.to_owned()), behind)
        } else {
            word(rest, text)?
        };
        tokens.push(token);
        rest = behind.trim_start();
    }
    Ok(tokens)
}

/// What stands between a quotation mark and the next one of its kind, and what follows.
fn quoted<'a>(rest: &'a str, mark: char, text: &str) -> Result<(&'a str, &'a str), String> {
    let inside = rest.strip_prefix(mark).unwrap_or(rest);
    inside.split_once(mark).ok_or_else(|| format!("`{text}` has a {mark} that is not closed."))
}

/// A number, a key word, or a key whose pieces may be quoted.
fn word<'a>(from: &'a str, text: &str) -> Result<(Token, &'a str), String> {
    let mut name = String::new();
    let mut rest = from;
    while let Some(letter) = rest.chars().next() {
        if letter.is_whitespace() || "=!<>(),'".contains(letter) {
            break;
        }
        if letter == '`' || letter == '"' {
            let (inside, behind) = quoted(rest, letter, text)?;
            name.push_str(inside);
            rest = behind;
        } else {
            name.push(letter);
            rest = &rest[letter.len_utf8()..];
        }
    }
    if name.is_empty() {
        return Err(format!("`{text}` can't be read from `{from}` on."));
    }
    let number = name.parse::<f64>().ok().filter(|number| number.is_finite());
    Ok((number.map_or(Token::Word(name), Token::Number), rest))
}

fn take_word(rest: &mut &[Token], wanted: &str) -> bool {
    let found = matches!(rest.first(), Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted));
    if found {
        *rest = rest.get(1..).unwrap_or_default();
    }
    found
}

fn condition(rest: &mut &[Token], text: &str) -> Result<Condition, String> {
    let unread = || format!("`{text}` can't be read: each condition is a key, an operator and a value.");
    let Some((Token::Word(name), behind)) = rest.split_first() else { return Err(unread()) };
    *rest = behind;
    let key = key(name)?;
    let operator = operator(rest).ok_or_else(|| {
        format!(
            "`{text}` has no operator behind `{name}` that the local file knows; accepted are =, !=, >, <, >=, <=, \
             LIKE, ILIKE, IN, NOT IN, IS NULL and IS NOT NULL."
        )
    })?;
    let mut values = Vec::new();
    match operator {
        Operator::IsNull | Operator::IsNotNull => {}
        Operator::In | Operator::NotIn => loop {
            // The bracket that opens, then a comma before each further value.
            let sign = if values.is_empty() { "(" } else { "," };
            match rest.split_first() {
                Some((Token::Sign(found), behind)) if *found == sign => *rest = behind,
                Some((Token::Sign(")"), behind)) if !values.is_empty() => {
                    *rest = behind;
                    break;
                }
                _ => return Err(unread()),
            }
            values.push(value(rest).ok_or_else(unread)?);
        },
        _ => values.push(value(rest).ok_or_else(unread)?),
    }
    let condition = Condition { key, operator, values };
    check(&condition, name).map(|()| condition)
}

fn value(rest: &mut &[Token]) -> Option<Literal> {
    let (token, behind) = rest.split_first()?;
    let value = match token {
        Token::Text(text) => Literal::Text(text.clone()),
        Token::Number(number) => Literal::Number(*number),
        Token::Word(_) | Token::Sign(_) => return None,
    };
    *rest = behind;
    Some(value)
}

fn operator(rest: &mut &[Token]) -> Option<Operator> {
    if let Some((Token::Sign(sign), behind)) = rest.split_first() {
        let operator = match *sign {
            "=" => Operator::Equal,
            "!=" => Operator::NotEqual,
            ">" => Operator::Greater,
            "<" => Operator::Less,
            ">=" => Operator::AtLeast,
            "<=" => Operator::AtMost,
            _ => return None,
        };
        *rest = behind;
        return Some(operator);
    }
    const WORDS: [(&[&str], Operator); 6] = [
        (&["LIKE"], Operator::Like),
        (&["ILIKE"], Operator::Ilike),
        (&["IN"], Operator::In),
        (&["NOT", "IN"], Operator::NotIn),
        (&["IS", "NULL"], Operator::IsNull),
        (&["IS", "NOT", "NULL"], Operator::IsNotNull),
    ];
    WORDS.into_iter().find_map(|(words, operator)| {
        let mut behind = *rest;
        words.iter().all(|word| take_word(&mut behind, word)).then(|| {
            *rest = behind;
            operator
        })
    })
}

/// The key of a name. Prefixes and attributes are known in any case.
fn key(name: &str) -> Result<Key, String> {
    let (prefix, rest) = name.split_once('.').unwrap_or(("", name));
    match prefix.to_ascii_lowercase().as_str() {
        "tag" | "tags" => return Ok(Key::Tag(rest.to_owned())),
        "metadata" | "request_metadata" => {
            let is_total = ["mlflow.trace.tokenUsage", "mlflow.trace.cost"].contains(&rest);
            return match is_total {
                true => {
                    Err(format!("the local file can't be searched by `{name}`, which it keeps as columns."))
                }
                false => Ok(Key::Metadata(rest.to_owned())),
            };
        }
        "span" | "spans" => match rest.to_ascii_lowercase().as_str() {
            "name" => return Ok(Key::Span("name")),
            "type" => return Ok(Key::Span("type")),
            "status" => return Ok(Key::Span("status")),
            "content" => return Ok(Key::Span("content")),
            _ => return Err(unknown(name)),
        },
        "" | "attribute" | "attributes" | "trace" => {}
        _ => return Err(unknown(name)),
    }
    Ok(Key::Attribute(match rest.to_ascii_lowercase().as_str() {
        "status" => Attribute::Status,
        "timestamp_ms" | "timestamp" => Attribute::Timestamp,
        "execution_time_ms" | "execution_time" => Attribute::Duration,
        "end_time_ms" | "end_time" => Attribute::End,
        "request_id" => Attribute::TraceId,
        "client_request_id" => Attribute::ClientRequestId,
        "name" => Attribute::Name,
        "run_id" => Attribute::Run,
        "experiment_id" => Attribute::Experiment,
        "text" if prefix.eq_ignore_ascii_case("trace") => return Ok(Key::Span("content")),
        _ => return Err(unknown(name)),
    }))
}

fn unknown(name: &str) -> String {
    format!(
        "the local file can't be searched by `{name}`; accepted are trace.status, trace.name, trace.timestamp_ms, \
         trace.execution_time_ms, trace.end_time_ms, trace.request_id, trace.client_request_id, trace.run_id, \
         trace.text, tag.KEY, metadata.KEY, span.name, span.type, span.status and span.content."
    )
}

/// Whether the operator and the values suit the key.
fn check(condition: &Condition, name: &str) -> Result<(), String> {
    let Condition { key, operator, values } = condition;
    let is_number =
        matches!(key, Key::Attribute(Attribute::Timestamp | Attribute::Duration | Attribute::End));
    let compares =
        matches!(operator, Operator::Less | Operator::AtMost | Operator::Greater | Operator::AtLeast);
    let is_plain = compares || matches!(operator, Operator::Equal | Operator::NotEqual);
    if is_number {
        let are_numbers = values.iter().all(|value| matches!(value, Literal::Number(_)));
        return match is_plain && are_numbers {
            true => Ok(()),
            false => Err(format!(
                "`{name}` is a number of milliseconds; accepted are =, !=, >, <, >= and <= with a number without \
                 quotation marks."
            )),
        };
    }
    if compares {
        return Err(format!(
            "`{name}` is a text, which has no order; accepted are =, !=, LIKE, ILIKE and IN."
        ));
    }
    match values.iter().all(|value| matches!(value, Literal::Text(_))) {
        true => Ok(()),
        false => {
            Err(format!("`{name}` is a text; put the value in quotation marks, as in {name} = 'value'."))
        }
    }
}

#[cfg(test)]
#[path = "filter_tests.rs"]
mod tests;
