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
        assert!(operation["security"].is_array(), "{name}");
        assert_eq!(operation["tags"].as_array().unwrap().len(), 1, "{name}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(parameter["description"].is_string(), "{name}: {parameter}");
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
    assert_eq!(names.len(), 32);
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
