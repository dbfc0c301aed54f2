//! What each operation needs besides what poem-openapi says: its errors, its security, closed
//! bodies.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{members, referred};
use crate::{error::Code, operation_codes::codes, tus};

/// Gives an operation its errors, its security and descriptions of its responses.
pub(super) fn complete(operation: &mut Value, schemas: &Value) {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes(operation) {
        by_status.entry(code.status().as_u16()).or_default().push(code);
    }
    operation["security"] = security(operation);
    let summary = operation["summary"].clone();
    for (_, response) in members(&mut operation["responses"]) {
        if let Some(Value::Object(headers)) = response.get_mut("headers") {
            let named = std::mem::take(headers).into_iter();
            *headers = named.map(|(name, header)| (as_written(&name), header)).collect();
        }
        if response["description"] == "" {
            let name = referred(&response["content"]["application/json"]["schema"]);
            let described = name.and_then(|name| schemas[name].get("description"));
            response["description"] = described.unwrap_or(&summary).clone();
        }
    }
    for (status, codes) in by_status {
        operation["responses"][status.to_string()] = problem(status, &codes);
    }
    describe_uploads(operation);
}

/// Gives the responses of tus the headers that poem-openapi does not know of.
fn describe_uploads(operation: &mut Value) {
    let takes = |name: &str| {
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        parameters.into_iter().any(|parameter| parameter["name"] == name)
    };
    if !takes("Tus-Resumable") {
        return;
    }
    let appends = takes("Upload-Offset");
    for (status, response) in members(&mut operation["responses"]) {
        response["headers"]["Tus-Resumable"] = json!({
            "description": "The version of tus that is spoken.",
            "required": true,
            "schema": { "type": "string", "example": tus::VERSION },
        });
        if appends && status == "409" {
            response["headers"]["Upload-Offset"] = json!({
                "description": "How many bytes there are, with `wrong_offset`.",
                "schema": { "type": "integer", "format": "int64", "minimum": 0, "example": 40 },
            });
        }
    }
}

/// Which tokens open an operation, one of several if there are several.
fn security(operation: &Value) -> Value {
    let token = |name: &str| json!({ name: [] });
    match operation["security"][0].as_object().and_then(|schemes| schemes.keys().next()) {
        Some(any) if any == "any_token" => json!([token("access_token"), token("refresh_token")]),
        Some(scheme) => json!([token(scheme)]),
        // Where registration is for staff only, it takes an access token.
        None if operation["operationId"] == "register" => json!([{}, token("access_token")]),
        None => json!([]),
    }
}

/// The name of a header as it is usually written; poem-openapi gives it in upper case.
fn as_written(name: &str) -> String {
    if name.bytes().any(|byte| byte.is_ascii_lowercase()) {
        return name.to_owned();
    }
    let word = |word: &str| {
        let (first, rest) = word.split_at(word.len().min(1));
        format!("{first}{}", rest.to_ascii_lowercase())
    };
    name.split('-').map(word).collect::<Vec<_>>().join("-")
}

/// The tokens that there are; that several are good for an operation is said there.
pub(super) fn security_schemes(all: &Value) -> Value {
    let schemes = all.as_object().into_iter().flatten().filter(|(name, _)| *name != "any_token");
    schemes.map(|(name, scheme)| (name.clone(), scheme.clone())).collect::<Map<_, _>>().into()
}

/// The response for all errors of one status.
fn problem(status: u16, codes: &[Code]) -> Value {
    let lines: Vec<String> =
        codes.iter().map(|code| format!("- `{}`: {}", code.as_str(), code.title())).collect();
    let examples: Map<String, Value> = codes
        .iter()
        .map(|code| {
            let reference = format!("#/components/examples/{}", code.as_str());
            (code.as_str().to_owned(), json!({ "$ref": reference }))
        })
        .collect();
    let mut response = json!({
        "description": lines.join("\n"),
        "content": {
            "application/problem+json": {
                "schema": { "$ref": "#/components/schemas/Problem" },
                "examples": examples,
            },
        },
    });
    let header = match status {
        401 => Some(("WWW-Authenticate", "What the token lacks (RFC 6750).", "Bearer")),
        412 => Some(("Tus-Version", "The versions of tus that are spoken.", "1.0.0")),
        416 => Some(("Content-Range", "How many bytes there are.", "bytes */87")),
        429 => Some(("Retry-After", "Seconds after which to come again.", "8")),
        503 => Some(("Retry-After", "Seconds after which to come again.", "5")),
        _ => None,
    };
    if let Some((name, description, example)) = header {
        let schema = json!({ "type": "string", "example": example });
        response["headers"] = json!({ name: { "description": description, "schema": schema } });
    }
    response
}

/// Errors as they are answered when there is nothing more to say, as far as operations refer to
/// them.
pub(super) fn problems(paths: &Value) -> Map<String, Value> {
    let mut used = Vec::new();
    references(paths, &mut used);
    let example = |code: &Code| {
        let value = json!({
            "type": format!("urn:pli:problem:{}", code.as_str()),
            "title": code.title(),
            "status": code.status().as_u16(),
            "detail": code.title(),
            "code": code.as_str(),
        });
        (code.as_str().to_owned(), json!({ "summary": code.title(), "value": value }))
    };
    Code::ALL
        .iter()
        .filter(|code| used.iter().any(|name| name == code.as_str()))
        .map(example)
        .collect()
}

/// Says of every object that a request may hold that it has no further members.
pub(super) fn close_request_schemas(paths: &Value, schemas: &mut Value) {
    let mut open = Vec::new();
    for operation in paths.as_object().into_iter().flat_map(Map::values) {
        for method in operation.as_object().into_iter().flat_map(Map::values) {
            references(&method["requestBody"], &mut open);
        }
    }
    while let Some(name) = open.pop() {
        let schema = &mut schemas[&name];
        if schema["type"] == "object" && schema.get("additionalProperties").is_none() {
            schema["additionalProperties"] = Value::Bool(false);
            references(schema, &mut open);
        }
    }
}

fn references(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(target)) = object.get("$ref") {
                names.extend(target.rsplit('/').next().map(str::to_owned));
            }
            object.values().for_each(|value| references(value, names));
        }
        Value::Array(items) => items.iter().for_each(|value| references(value, names)),
        _ => {}
    }
}
