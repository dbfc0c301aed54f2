//! What poem-openapi writes in a form that generators stumble over, mended.

use serde_json::{Map, Value, json};

use crate::mailbox::HIGHEST;

/// Mends `nullable` on members that are left out rather than null, whole numbers as fractions or
/// without bounds, references wrapped twice, explicit defaults, empty members, lines broken as in
/// the source. Values of examples stay as they are.
pub(super) fn tidy(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.remove("nullable");
            object.retain(|_, value| !value.is_null());
            for flag in ["deprecated", "explode"] {
                let default = Value::Bool(flag == "explode");
                if object.get(flag) == Some(&default) {
                    object.remove(flag);
                }
            }
            if object.get("type").is_some_and(|of| of == "integer") {
                bound(object);
            }
            if let Some(Value::Array(parts)) = object.get_mut("allOf") {
                parts.retain(|part| part.get("$ref").is_some() || part.get("type").is_some());
            }
            if let Some(Value::String(description)) = object.get_mut("description") {
                *description = unwrap_lines(description);
            }
            let is_data = |name: &str| name == "example" || name == "examples";
            let rest = object.iter_mut().filter(|(name, _)| !is_data(name));
            rest.for_each(|(_, value)| tidy(value));
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        Value::Number(number) => {
            if let Some(float) = number.as_f64().filter(|_| number.is_f64())
                && float.fract() == 0.0
                && let Ok(whole) = format!("{float:.0}").parse::<i64>()
            {
                *value = whole.into();
            }
        }
        _ => {}
    }
}

/// No number here is negative, or higher than JavaScript can count.
fn bound(schema: &mut Map<String, Value>) {
    schema.insert("format".to_owned(), json!("int64"));
    schema.entry("minimum").or_insert(json!(0));
    schema.entry("maximum").or_insert(json!(HIGHEST));
}

/// Joins the lines of each paragraph; list items keep theirs.
fn unwrap_lines(text: &str) -> String {
    text.replace("\n\n", "\u{1}")
        .replace("\n- ", "\u{2}")
        .replace('\n', " ")
        .replace('\u{2}', "\n- ")
        .replace('\u{1}', "\n\n")
}
