//! Spans and traces as MLflow's JSON, and back.

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};

use crate::error::Error;
use crate::model::{Json, LogLevel, Span, Trace, read_span, read_trace, span_json, trace_json};

impl Span {
    /// The JSON text that Python's `Span.to_dict` stands for; Python reads it with `Span.from_dict`.
    pub fn to_json(&self) -> String {
        span_json(self)
    }

    /// Reads what Python's `Span.to_dict` or [`Span::to_json`] made.
    ///
    /// # Errors
    /// When the text is no JSON, or the span has no name, ids or start.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        read_span(json).map_err(|why| Error::invalid(format!("this is not a span in MLflow's JSON: {why}")))
    }

    /// How much the span matters (`mlflow.spanLogLevel`), if it says so.
    pub fn log_level(&self) -> Option<LogLevel> {
        self.attribute("mlflow.spanLogLevel")?.to_value().as_i64().and_then(LogLevel::from_number)
    }
}

impl Trace {
    /// The JSON text that Python's `Trace.to_json` makes; Python reads it with `Trace.from_json`.
    ///
    /// ```
    /// use mlflow_trace_core::Trace;
    /// # fn main() -> Result<(), mlflow_trace_core::Error> {
    /// # let answer = include_str!("../model/remote_trace.json");
    /// let trace = Trace::from_json(answer)?;
    /// assert_eq!(Trace::from_json(&trace.to_json())?, trace);
    /// # Ok(())
    /// # }
    /// ```
    pub fn to_json(&self) -> String {
        trace_json(self)
    }

    /// Reads what Python's `Trace.to_json` or [`Trace::to_json`] made, of this version of MLflow or of an earlier one.
    /// Assessments are not read.
    ///
    /// # Errors
    /// When the text is no JSON or no trace.
    pub fn from_json(json: &str) -> Result<Self, Error> {
        read_trace(json).map_err(|why| Error::invalid(format!("this is not a trace in MLflow's JSON: {why}")))
    }
}

/// As [`Span::to_json`] and [`Trace::to_json`], for a value inside of another one.
macro_rules! json_forms {
    ($($type:ty, $write:ident, $read:ident;)*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                Json::from_valid($write(self)).serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let json = Json::deserialize(deserializer)?;
                $read(json.as_str()).map_err(D::Error::custom)
            }
        }
    )*};
}

json_forms! {
    Span, span_json, read_span;
    Trace, trace_json, read_trace;
}

impl std::str::FromStr for LogLevel {
    type Err = Error;

    /// Reads MLflow's name of the level, in whatever case.
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::named(text).ok_or_else(|| {
            Error::invalid(format!(
                "`{text}` is no log level; expected DEBUG, INFO, WARNING, ERROR or CRITICAL"
            ))
        })
    }
}
