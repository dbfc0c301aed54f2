//! The document and the last one that was released: what worked with that one works with this.

use drift::{ChangeClass, compare};
use serde_json::Value;

fn released() -> Value {
    serde_json::from_str(include_str!("../../../openapi/released/1.json")).unwrap()
}

/// Takes members and answers out of `new` that `old` does not have, which `drift` takes for breaks
/// as it does not look further. A member that a request must have stays required, and so is found.
fn without_additions(old: &Value, new: &Value) -> Value {
    let mut new = new.clone();
    for (name, schema) in new["components"]["schemas"].as_object_mut().unwrap() {
        let known = &old["components"]["schemas"][name]["properties"];
        let is_known = |member: &str| known.get(member).is_some();
        let is_request = schema["additionalProperties"] == false;
        if let Some(Value::Object(members)) = schema.get_mut("properties") {
            members.retain(|member, _| is_known(member));
        }
        if let Some(Value::Array(required)) = schema.get_mut("required") {
            required.retain(|member| is_request || is_known(member.as_str().unwrap()));
        }
    }
    for (path, operations) in new["paths"].as_object_mut().unwrap() {
        for (method, operation) in operations.as_object_mut().unwrap() {
            if let Some(known) = old["paths"][path][method]["responses"].as_object() {
                let responses = operation["responses"].as_object_mut().unwrap();
                responses.retain(|status, _| known.contains_key(status));
            }
        }
    }
    new
}

/// The changes that break what was written against `old`.
fn breaking(old: &Value, new: &Value) -> Vec<String> {
    let changes = compare(old, &without_additions(old, new)).unwrap();
    let breaks = |class: &ChangeClass| {
        !matches!(class, ChangeClass::ForwardIncompatible | ChangeClass::Trivial)
    };
    let told = changes.iter().flat_map(|change| {
        let places: Vec<_> = change.paths.iter().map(|path| path.old.current_pointer()).collect();
        let breaking = change.changes.iter().filter(|info| breaks(&info.class));
        let place = places.first().copied().unwrap_or_default().to_owned();
        breaking.map(move |info| format!("{place}/{}: {}", info.old_subpath, info.message))
    });
    told.collect()
}

/// What must change in a version when something breaks: the first number that is not zero.
fn line(document: &Value) -> Vec<u64> {
    let version = document["info"]["version"].as_str().unwrap();
    let numbers = version.split('.').map(|number| number.parse().unwrap());
    let mut line: Vec<u64> = Vec::new();
    for number in numbers {
        line.push(number);
        if number > 0 {
            break;
        }
    }
    line
}

#[test]
fn nothing_breaks_what_was_written_against_the_last_release() {
    let (old, new) = (released(), pli_server::document());
    let broken = breaking(&old, &new);
    assert!(
        broken.is_empty() || line(&new) > line(&old),
        "raise the version in Cargo.toml, or take back:\n{}",
        broken.join("\n")
    );
}

type Change = fn(&mut Value);

/// Changes the document that was released; says whether that breaks.
fn breaks(change: Change) -> bool {
    let (old, mut new) = (released(), released());
    change(&mut new);
    assert_ne!(old, new, "nothing was changed");
    !breaking(&old, &new).is_empty()
}

fn schema<'a>(document: &'a mut Value, name: &str) -> &'a mut Value {
    &mut document["components"]["schemas"][name]
}

fn remove(value: &mut Value, member: &str) {
    value.as_object_mut().unwrap().remove(member).unwrap();
}

fn make_required(schema: &mut Value, member: &str) {
    schema["required"].as_array_mut().unwrap().push(member.into());
}

#[test]
fn what_breaks_clients_is_found() {
    let changes: [(&str, Change); 9] = [
        ("an address that is gone", |document| remove(&mut document["paths"], "/users/lookup")),
        ("an operation that is gone", |document| {
            remove(&mut document["paths"]["/auth/keys"], "put");
        }),
        ("a member of an answer that is gone", |document| {
            remove(&mut schema(document, "Inbox")["properties"], "last_seq");
        }),
        ("a member of a request that is gone", |document| {
            remove(&mut schema(document, "NewAccount")["properties"], "keys");
        }),
        ("a member of a request that must be there now", |document| {
            make_required(schema(document, "Between"), "before");
        }),
        ("a new member that a request must have", |document| {
            let schema = schema(document, "Between");
            schema["properties"]["new"] = serde_json::json!({ "type": "string" });
            make_required(schema, "new");
        }),
        ("another type", |document| {
            schema(document, "Inbox")["properties"]["version"]["type"] = "string".into();
        }),
        ("a narrower request", |document| {
            schema(document, "Between")["properties"]["limit"]["maximum"] = 100.into();
        }),
        ("a parameter that must be there now", |document| {
            document["paths"]["/users/all"]["get"]["parameters"][0]["required"] = true.into();
        }),
    ];
    for (name, change) in changes {
        assert!(breaks(change), "{name} was not found");
    }
}

#[test]
fn what_only_adds_does_not_break() {
    let changes: [(&str, Change); 5] = [
        ("an operation", |document| {
            let operation = document["paths"]["/health/live"].clone();
            document["paths"]["/health/new"] = operation;
            document["paths"]["/health/new"]["get"]["operationId"] = "new".into();
        }),
        ("a member of an answer", |document| {
            let schema = schema(document, "Inbox");
            schema["properties"]["new"] = serde_json::json!({ "type": "string" });
            make_required(schema, "new");
        }),
        ("a member that a request may have", |document| {
            schema(document, "NewAccount")["properties"]["new"] =
                serde_json::json!({ "type": "string" });
        }),
        ("a refusal", |document| {
            let responses = &mut document["paths"]["/health/ready"]["get"]["responses"];
            responses["429"] = responses["503"].clone();
        }),
        ("words", |document| {
            document["paths"]["/health/live"]["get"]["summary"] = "Alive".into();
        }),
    ];
    for (name, change) in changes {
        assert!(!breaks(change), "{name} was taken for a break");
    }
}

#[test]
fn a_version_says_whether_something_may_break() {
    let version = |version: &str| serde_json::json!({ "info": { "version": version } });
    assert!(line(&version("0.2.0")) > line(&version("0.1.9")));
    assert!(line(&version("2.0.0")) > line(&version("1.9.9")));
    assert!(line(&version("0.1.9")) == line(&version("0.1.0")));
    assert!(line(&version("1.9.0")) == line(&version("1.0.0")));
}
