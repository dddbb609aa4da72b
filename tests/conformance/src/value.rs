//! `google.protobuf.Value` and `Struct` as JSON: what suites hold where anything may stand.

use prost_types::value::Kind;
use prost_types::{Struct, Value};
use serde_json::Value as Json;

/// A value as JSON. Whole numbers are whole again.
pub(crate) fn of_value(value: &Value) -> Json {
    match &value.kind {
        None | Some(Kind::NullValue(_)) => Json::Null,
        Some(Kind::BoolValue(value)) => Json::from(*value),
        Some(Kind::NumberValue(value)) => number(*value),
        Some(Kind::StringValue(value)) => Json::from(value.as_str()),
        Some(Kind::ListValue(list)) => list.values.iter().map(of_value).collect(),
        Some(Kind::StructValue(fields)) => of_struct(fields.clone()),
    }
}

/// A struct as a JSON object.
pub(crate) fn of_struct(fields: Struct) -> Json {
    Json::Object(fields.fields.iter().map(|(name, value)| (name.clone(), of_value(value))).collect())
}

// Protobuf's values know floating numbers only; what was written whole must come out whole.
fn number(value: f64) -> Json {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "whole and within the exact range, checked above"
        )]
        let whole = value as i64;
        Json::from(whole)
    } else {
        Json::from(value)
    }
}

/// JSON as a struct; `None` where it is no object.
pub(crate) fn to_struct(json: &Json) -> Option<Struct> {
    let map = json.as_object()?;
    Some(Struct { fields: map.iter().map(|(name, value)| (name.clone(), to_value(value))).collect() })
}

fn to_value(json: &Json) -> Value {
    let kind = match json {
        Json::Null => Kind::NullValue(0),
        Json::Bool(value) => Kind::BoolValue(*value),
        Json::Number(number) => Kind::NumberValue(number.as_f64().unwrap_or_default()),
        Json::String(text) => Kind::StringValue(text.clone()),
        Json::Array(items) => {
            Kind::ListValue(prost_types::ListValue { values: items.iter().map(to_value).collect() })
        }
        Json::Object(_) => Kind::StructValue(to_struct(json).unwrap_or_default()),
    };
    Value { kind: Some(kind) }
}
