//! The examples of the document: requests and answers of a run of this server
//! (`examples/record`), one file an operation.

use rust_embed::RustEmbed;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{members, referred};

/// Longer texts are cut where they stand for a member alone; whole ones stand in the bodies.
const LONGEST: usize = 80;

#[derive(RustEmbed)]
#[folder = "../openapi/examples"]
#[include = "*.json"]
#[allow_missing = true]
struct Recorded;

/// A request and its answer.
#[derive(Deserialize)]
pub(super) struct Exchange {
    name: String,
    summary: String,
    #[serde(default)]
    parameters: Map<String, Value>,
    request: Option<Value>,
    status: u16,
    #[serde(default)]
    headers: Map<String, Value>,
    response: Option<Value>,
}

/// What has been recorded of an operation.
pub(super) fn of(operation: &Value) -> Vec<Exchange> {
    let id = operation["operationId"].as_str().unwrap_or_default();
    let file = Recorded::get(&format!("{id}.json"));
    file.and_then(|file| serde_json::from_slice(&file.data).ok()).unwrap_or_default()
}

/// Puts requests, answers, parameters and headers into an operation.
pub(super) fn show(operation: &mut Value, recorded: &[Exchange]) {
    for exchange in recorded {
        let example = |value: &Value| json!({ "summary": exchange.summary, "value": value });
        let good = exchange.status < 400;
        if let Some(request) = exchange.request.as_ref().filter(|_| good) {
            for (_, content) in members(&mut operation["requestBody"]["content"]) {
                content["examples"][&exchange.name] = example(request);
            }
        }
        let parameters = operation["parameters"].as_array_mut().into_iter().flatten();
        for parameter in parameters {
            let name = parameter["name"].as_str().unwrap_or_default();
            if let Some(value) = exchange.parameters.get(name)
                && parameter.get("example").is_none()
            {
                parameter["example"] = value.clone();
            }
        }
        let response = &mut operation["responses"][exchange.status.to_string()];
        for (name, value) in &exchange.headers {
            if let Some(header) = response["headers"].get_mut(name) {
                header["example"] = typed(value, &header["schema"]);
            }
        }
        if let Some(answer) = &exchange.response {
            for (_, content) in members(&mut response["content"]) {
                // A problem stands for its code, in place of the one that says no more than that.
                let name = answer["code"].as_str().filter(|_| !good).unwrap_or(&exchange.name);
                content["examples"][name] = example(answer);
            }
        }
    }
}

/// A header's text as the type that its schema says.
fn typed(text: &Value, schema: &Value) -> Value {
    let number = text.as_str().filter(|_| schema["type"] == "integer").map(str::parse::<u64>);
    number.and_then(Result::ok).map_or_else(|| text.clone(), Value::from)
}

/// Gives the members of the operation's bodies the values that they had in the run.
pub(super) fn illustrate(operation: &Value, recorded: &[Exchange], schemas: &mut Value) {
    for exchange in recorded {
        let response = &operation["responses"][exchange.status.to_string()]["content"];
        let request = &operation["requestBody"]["content"];
        let bodies = [(request, &exchange.request), (response, &exchange.response)];
        for (contents, body) in bodies {
            let contents = contents.as_object().into_iter().flat_map(Map::values);
            for content in contents {
                if let (Some(name), Some(body)) = (referred(&content["schema"]), body) {
                    fill(schemas, name, body);
                }
            }
        }
    }
}

/// Gives a schema, and those that it refers to, the values found in `value`.
fn fill(schemas: &mut Value, name: &str, value: &Value) {
    let schema = &mut schemas[name];
    if schema.get("enum").is_some() && schema.get("example").is_none() {
        schema["example"] = value.clone();
    }
    let mut within: Vec<(String, Value)> = Vec::new();
    for (member, schema) in members(&mut schema["properties"]) {
        let Some(value) = value.get(member) else {
            continue;
        };
        if let Some(name) = referred(schema) {
            within.push((name.to_owned(), value.clone()));
        } else if let Some(name) = referred(&schema["items"]) {
            let items = value.as_array().into_iter().flatten();
            within.extend(items.map(|item| (name.to_owned(), item.clone())));
        } else if schema.get("example").is_none() {
            schema["example"] = cut(value);
        }
    }
    for (name, value) in within {
        fill(schemas, &name, &value);
    }
}

fn cut(value: &Value) -> Value {
    match value.as_str() {
        Some(text) if text.len() > LONGEST => {
            text.chars().take(LONGEST).chain(['…']).collect::<String>().into()
        }
        _ => value.clone(),
    }
}
