//! The OpenAPI document.

use std::collections::HashSet;

use serde_json::Value;

fn walk(value: &Value, visit: &mut impl FnMut(&Value)) {
    visit(value);
    match value {
        Value::Object(object) => object.values().for_each(|value| walk(value, visit)),
        Value::Array(items) => items.iter().for_each(|value| walk(value, visit)),
        _ => {}
    }
}

fn operations(document: &Value) -> impl Iterator<Item = &Value> {
    let paths = document["paths"].as_object().unwrap().values();
    paths.flat_map(|path| path.as_object().unwrap().values())
}

#[test]
fn every_operation_is_named_described_and_has_its_errors() {
    let document = pli_server::document();
    let mut names = HashSet::new();
    for operation in operations(&document) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name), "{name} twice");
        assert!(operation["summary"].is_string(), "{name}");
        assert!(operation["description"].is_string(), "{name}");
        assert!(operation["security"].is_array(), "{name}");
        assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{name}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{name}: {parameter}");
            let exampled = parameter.get("example").or(parameter["schema"].get("example"));
            assert!(exampled.is_some(), "{name}: {parameter} has no example");
        }
        let responses = operation["responses"].as_object().unwrap();
        assert!(responses.contains_key("500") && responses.contains_key("400"), "{name}");
        for (status, response) in responses {
            assert_ne!(response["description"], "", "{name} {status}");
            if status.as_str() >= "400" {
                let schema = &response["content"]["application/problem+json"]["schema"]["$ref"];
                assert_eq!(schema, "#/components/schemas/Problem", "{name} {status}");
            }
        }
    }
}

/// Run `cargo xtask spec` after having `server/examples/record/story.rs` do what is new.
#[test]
fn every_operation_has_a_recorded_request_and_answer() {
    let document = pli_server::document();
    for operation in operations(&document) {
        let name = operation["operationId"].as_str().unwrap();
        if let Some(content) = operation["requestBody"]["content"].get("application/json") {
            assert!(content["examples"].is_object(), "{name} has no example of a request");
        }
        let mut successes = operation["responses"].as_object().unwrap().iter();
        let (_, success) = successes.find(|(status, _)| status.starts_with('2')).unwrap();
        if let Some(content) = success["content"].get("application/json") {
            assert!(content["examples"].is_object(), "{name} has no example of an answer");
        }
        let file = format!("{}/../openapi/examples/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let recorded: Vec<Value> =
            serde_json::from_slice(&std::fs::read(&file).expect(&file)).unwrap();
        assert!(recorded.iter().any(|exchange| exchange["status"].as_u64() < Some(400)), "{name}");
    }
}

/// What has no bound in itself: lists of all that there is, and text for people.
const UNBOUNDED: [&str; 10] = [
    "Export.conversations",
    "Export.entries",
    "Export.files",
    "Export.networks",
    "Export.sessions",
    "Fault.detail",
    "Fault.pointer",
    "Problem.detail",
    "Problem.title",
    "SessionList.sessions",
];

#[test]
fn every_member_is_bounded_and_has_an_example() {
    let document = pli_server::document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        for (member, schema) in schema["properties"].as_object().into_iter().flatten() {
            let place = format!("{name}.{member}");
            let any = |keys: &[&str]| keys.iter().any(|key| schema.get(key).is_some());
            let bounded = match schema["type"].as_str() {
                Some("string") => any(&["enum", "format", "maxLength", "pattern"]),
                Some("integer") => any(&["minimum"]) && any(&["maximum"]) && any(&["format"]),
                Some("array") => any(&["maxItems"]),
                _ => true,
            };
            assert_eq!(bounded, !UNBOUNDED.contains(&place.as_str()), "bounds of {place}");
            let is_leaf = !any(&["$ref", "allOf"]) && schema["items"].get("$ref").is_none();
            assert!(any(&["example"]) || !is_leaf, "{place} has no example");
        }
    }
}

#[test]
fn every_member_is_described_and_every_reference_leads_somewhere() {
    let document = pli_server::document();
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        assert!(schema["description"].is_string(), "{name}");
        let members = schema["properties"].as_object().into_iter().flatten();
        for (member, schema) in members {
            assert!(schema["description"].is_string(), "{name}.{member}");
        }
    }
    walk(&document, &mut |value| {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            assert!(document.pointer(&target[1..]).is_some(), "{target}");
        }
        assert!(value.get("nullable").is_none(), "{value}");
    });
}

#[test]
fn bodies_are_closed_and_plain_json() {
    let document = pli_server::document();
    for operation in operations(&document) {
        let content = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        if let Some(name) = content.as_str() {
            let schema = document.pointer(&name[1..]).unwrap();
            assert_eq!(schema["additionalProperties"], false, "{name}");
        }
    }
    walk(&document, &mut |value| {
        for name in value.as_object().into_iter().flat_map(|object| object.keys()) {
            assert!(!name.contains("charset"), "{name}");
        }
    });
}
