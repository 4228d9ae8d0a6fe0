//! The model and the cost of a call, where the span does not say them: as MLflow's store works them out.

use serde::Deserialize;
use serde_json::Value;

use crate::buffer::tape::python_number;
use crate::model::{Json, Span, TokenUsage, keys};
use crate::policy::PriceTable;

/// Adds the model that the inputs or outputs name, and the cost of the tokens.
///
/// As MLflow: of spans of every type; a cost that is there stays, a null among them.
pub(super) fn add_model_and_cost(span: &mut Span, prices: &PriceTable) {
    if span.attribute(keys::LLM_MODEL).is_none()
        && let Some(model) = named_model(span)
    {
        span.attributes.push((keys::LLM_MODEL.to_owned(), Json::string(&model)));
    }
    if span.attribute(keys::LLM_COST).is_some() {
        return;
    }
    let Some(usage) = span.attribute(keys::TOKEN_USAGE) else { return };
    let Some(usage) = TokenUsage::read(&usage.to_value()) else { return };
    let text = |key| span.attribute(key).and_then(|json| json.to_value().as_str().map(str::to_owned));
    let Some(model) = text(keys::LLM_MODEL) else { return };
    let Some(cost) = prices.cost(&model, text(keys::LLM_PROVIDER).as_deref(), &usage) else { return };
    let dollars = [("input", cost.input_cost), ("output", cost.output_cost), ("total", cost.total_cost)];
    let fields = dollars.map(|(name, dollars)| format!("\"{name}_cost\": {}", python_number(dollars)));
    span.attributes.push((keys::LLM_COST.to_owned(), Json::from_valid(format!("{{{}}}", fields.join(", ")))));
}

/// The field `model` of the inputs, else of the outputs.
fn named_model(span: &Span) -> Option<String> {
    for json in [span.inputs(), span.outputs()].into_iter().flatten() {
        // Most have no such field, which is seen without taking them apart.
        if !json.as_str().starts_with('{') || !json.as_str().contains("\"model\"") {
            continue;
        }
        match serde_json::from_str(json.as_str()).ok().and_then(|named: Named| named.model) {
            None | Some(Value::Null | Value::Bool(false)) => {}
            Some(Value::String(model)) if model.is_empty() => {}
            Some(Value::String(model)) => return Some(model),
            Some(_) => return None,
        }
    }
    None
}

#[derive(Deserialize)]
struct Named {
    model: Option<Value>,
}
