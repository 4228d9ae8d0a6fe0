//! Reads the values of options that take more than any expression: text, one word of a list, a share, a path.

use syn::parse::ParseStream;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitStr, Path, UnOp};

use crate::options_table::Key;
use crate::spelling::nearest;

/// How an `Err` is told, where the user chose it.
pub(crate) struct ErrorStyle {
    pub(crate) telling: Telling,
    /// As it was written, for the place of the compiler's messages.
    pub(crate) written: LitStr,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Telling {
    Ignore,
    Debug,
    Display,
}

/// How much a span matters: MLflow's number for it.
pub(crate) struct LogLevel {
    pub(crate) number: &'static str,
    pub(crate) written: LitStr,
}

/// Text in quotes, or any constant expression, which the compiler checks for its type.
pub(crate) fn text(input: ParseStream<'_>, key: &Key) -> syn::Result<Expr> {
    let value = input.parse::<Expr>()?;
    match &value {
        Expr::Lit(ExprLit { lit: Lit::Str(_), .. }) => Ok(value),
        Expr::Lit(_) => Err(syn::Error::new_spanned(
            value,
            format!("`{}` takes text in quotes, as in `{}`", key.name, key.example),
        )),
        _ => Ok(value),
    }
}

/// `crate = path`, or `crate = "path"` as serde's users write it.
pub(crate) fn path_of_crate(input: ParseStream<'_>) -> syn::Result<Path> {
    if input.peek(LitStr) {
        return input.parse::<LitStr>()?.parse_with(Path::parse_mod_style);
    }
    input.call(Path::parse_mod_style)
}

pub(crate) fn error_style(input: ParseStream<'_>, key: &Key) -> syn::Result<ErrorStyle> {
    const STYLES: [(&str, Telling); 3] =
        [("ignore", Telling::Ignore), ("debug", Telling::Debug), ("display", Telling::Display)];
    let written = word_in_quotes(input, key)?;
    let telling = one_of(&written, &written.value(), key, &STYLES)?;
    Ok(ErrorStyle { telling, written })
}

/// In any case of letters, as Python takes it.
pub(crate) fn log_level(input: ParseStream<'_>, key: &Key) -> syn::Result<LogLevel> {
    const LEVELS: [(&str, &str); 5] =
        [("DEBUG", "10"), ("INFO", "20"), ("WARNING", "30"), ("ERROR", "40"), ("CRITICAL", "50")];
    let written = word_in_quotes(input, key)?;
    let number = one_of(&written, &written.value().trim().to_uppercase(), key, &LEVELS)?;
    Ok(LogLevel { number, written })
}

fn word_in_quotes(input: ParseStream<'_>, key: &Key) -> syn::Result<LitStr> {
    match input.parse::<Expr>()? {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Ok(text),
        other => Err(syn::Error::new_spanned(
            other,
            format!("`{}` takes text in quotes, as in `{}`", key.name, key.example),
        )),
    }
}

fn one_of<T: Copy>(place: &LitStr, written: &str, key: &Key, accepted: &[(&str, T)]) -> syn::Result<T> {
    if let Some((_, value)) = accepted.iter().find(|(word, _)| *word == written) {
        return Ok(*value);
    }
    let words = accepted.iter().map(|(word, _)| *word);
    let hint =
        nearest(written, words.clone()).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    let list = words.map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(", ");
    let (separator, start) = if hint.is_empty() { (";", "accepted") } else { ("", "Accepted") };
    let message = format!("`{}` can't be `{}`{hint}{separator} {start} are {list}", key.name, place.value());
    Err(syn::Error::new(place.span(), message))
}

/// A number from 0.0 to 1.0, which is checked where it is written out, or any expression.
pub(crate) fn ratio(input: ParseStream<'_>) -> syn::Result<Expr> {
    const MESSAGE: &str =
        "`sampling_ratio` is a share of the traces, a number from 0.0 to 1.0, as in `sampling_ratio = 0.1`";
    let value = input.parse::<Expr>()?;
    let number = match &value {
        Expr::Lit(literal) => number(literal),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => match expr.as_ref() {
            Expr::Lit(literal) => number(literal).map(|number| -number),
            _ => return Ok(value),
        },
        _ => return Ok(value),
    };
    match number {
        Some(number) if (0.0..=1.0).contains(&number) => Ok(value),
        _ => Err(syn::Error::new_spanned(value, MESSAGE)),
    }
}

fn number(literal: &ExprLit) -> Option<f64> {
    match &literal.lit {
        Lit::Float(number) => number.base10_parse().ok(),
        Lit::Int(number) => number.base10_parse().ok(),
        _ => None,
    }
}
