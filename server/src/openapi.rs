//! The API as a whole and its OpenAPI document. What poem-openapi leaves out of the document is
//! added here, and only here.

use std::{collections::BTreeMap, sync::Arc};

use poem_openapi::{OpenApi, OpenApiService, registry::Registry, types::Type};
use serde_json::{Map, Value, json};

use crate::{
    account_deletion::AccountDeletions,
    accounts::Accounts,
    app::App,
    deletion::Deletions,
    devices::Devices,
    downloads::Downloads,
    error::{Code, Problem},
    events::Events,
    export::Exports,
    files::Files,
    health::Health,
    mailbox::Mailboxes,
    messages::Messages,
    operation_codes::codes,
    password_change::PasswordChanges,
    reading::Reading,
    recovery::Recoveries,
    rotation::Rotations,
    sessions::Sessions,
    staff::Staff,
    users::Users,
};

type OfAccounts = (
    Accounts,
    Sessions,
    Devices,
    PasswordChanges,
    Rotations,
    Recoveries,
    Exports,
    AccountDeletions,
);
type OfUsers = (Staff, Users);
type OfMessages = (Messages, Mailboxes, Reading, Deletions, Events);
type Routes = (OfAccounts, OfUsers, OfMessages, Files, Downloads, Health);

const DESCRIPTION: &str = "\
Stores and delivers sealed messages and files that the server cannot read.

Every error is a problem document (RFC 9457) with a stable `code`. JSON is read strictly: unknown \
or repeated members, wrong types, `null`, and NUL or unpaired surrogates in strings are refused. \
Times are RFC 3339 in UTC with milliseconds, binary is base64url without padding. Someone else's \
message, file or session is 404.";

/// Everything that the API routes.
pub(crate) fn service(app: &Arc<App>) -> OpenApiService<Routes, ()> {
    let app = || Arc::clone(app);
    let of_accounts = (
        Accounts(app()),
        Sessions(app()),
        Devices(app()),
        PasswordChanges(app()),
        Rotations(app()),
        Recoveries(app()),
        Exports(app()),
        AccountDeletions(app()),
    );
    let of_users = (Staff(app()), Users(app()));
    let of_messages =
        (Messages(app()), Mailboxes(app()), Reading(app()), Deletions(app()), Events(app()));
    let routes =
        (of_accounts, of_users, of_messages, Files(app()), Downloads(app()), Health(app()));
    OpenApiService::new(routes, "Pli", env!("CARGO_PKG_VERSION"))
}

/// The OpenAPI document of the server, the same on every run.
pub fn document() -> Value {
    let mut registry = Registry::new();
    Routes::register(&mut registry);
    Problem::register(&mut registry);
    let mut schemas = value(&registry.schemas);
    let mut paths = Map::new();
    for path in Routes::meta().into_iter().flat_map(|api| api.paths) {
        let operations = paths.entry(&path.path).or_insert_with(|| json!({}));
        merge(operations, value(&path));
    }
    let mut paths = Value::Object(paths);
    for (_, operation) in members(&mut paths).flat_map(|(_, path)| members(path)) {
        complete(operation, &schemas);
    }
    close_request_schemas(&paths, &mut schemas);
    for (name, example) in examples() {
        merge(&mut schemas[name], json!({ "example": example }));
    }
    let mut document = json!({
        "openapi": "3.0.3",
        "info": {
            "title": "Pli",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "license": { "name": env!("CARGO_PKG_LICENSE") },
        },
        "servers": [{ "url": "/" }],
        "tags": value(&registry.tags),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": value(&registry.security_schemes),
        },
    });
    tidy(&mut document);
    document
}

/// Gives an operation its errors, its security and descriptions of its responses.
fn complete(operation: &mut Value, schemas: &Value) {
    let mut by_status: BTreeMap<u16, Vec<Code>> = BTreeMap::new();
    for code in codes(operation) {
        by_status.entry(code.status().as_u16()).or_default().push(code);
    }
    let id = operation["operationId"].as_str().unwrap_or_default().to_owned();
    if operation.get("security").is_none() {
        // Where registration is for staff only, it takes an access token.
        let security =
            if id == "register" { json!([{}, { "access_token": [] }]) } else { json!([]) };
        operation["security"] = security;
    }
    let summary = operation["summary"].clone();
    for (_, response) in members(&mut operation["responses"]) {
        if response["description"] == "" {
            let schema = response["content"]["application/json"]["schema"]["$ref"].as_str();
            let name = schema.and_then(|schema| schema.rsplit('/').next()).unwrap_or_default();
            let described = schemas[name].get("description").unwrap_or(&summary);
            response["description"] = described.clone();
        }
    }
    for (status, codes) in by_status {
        operation["responses"][status.to_string()] = problem(status, &codes);
    }
}

/// The response for all errors of one status.
fn problem(status: u16, codes: &[Code]) -> Value {
    let lines: Vec<String> =
        codes.iter().map(|code| format!("- `{}`: {}", code.as_str(), code.title())).collect();
    let mut response = json!({
        "description": lines.join("\n"),
        "content": {
            "application/problem+json": {
                "schema": { "$ref": "#/components/schemas/Problem" },
                "example": codes.first().map(|code| json!({
                    "type": format!("urn:pli:problem:{}", code.as_str()),
                    "title": code.title(),
                    "status": status,
                    "detail": code.title(),
                    "code": code.as_str(),
                })),
            },
        },
    });
    let header = match status {
        401 => Some("WWW-Authenticate"),
        416 => Some("Content-Range"),
        429 | 503 => Some("Retry-After"),
        _ => None,
    };
    if let Some(header) = header {
        response["headers"] = json!({ header: { "schema": { "type": "string" } } });
    }
    response
}

/// Says of every object that a request may hold that it has no further members.
fn close_request_schemas(paths: &Value, schemas: &mut Value) {
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

/// Bodies that can be tried as they are.
fn examples() -> [(&'static str, Value); 4] {
    let password = "Vpl4Wyk8nQ6QF0o3pZ1kqj0p2fT3m8cXbYbS0rZ8h5E";
    [
        (
            "NewAccount",
            json!({ "username": "alice", "email": "alice@example.org", "password": password }),
        ),
        ("Credentials", json!({ "email": "alice@example.org", "password": password })),
        ("Name", json!({ "email": "alice@example.org" })),
        (
            "Between",
            json!({ "sender_email": "alice@example.org", "receiver_email": "bob@example.org" }),
        ),
    ]
}

/// Mends what poem-openapi writes in a form that generators stumble over: `nullable` on members
/// that are left out rather than null, whole numbers as fractions, references wrapped twice,
/// explicit defaults, lines broken as in the source.
fn tidy(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.remove("nullable");
            for flag in ["deprecated", "explode"] {
                let default = Value::Bool(flag == "explode");
                if object.get(flag) == Some(&default) {
                    object.remove(flag);
                }
            }
            if let Some(Value::Array(parts)) = object.get_mut("allOf") {
                parts.retain(|part| part.get("$ref").is_some() || part.get("type").is_some());
            }
            if let Some(Value::String(description)) = object.get_mut("description") {
                *description = unwrap_lines(description);
            }
            object.values_mut().for_each(tidy);
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

/// Joins the lines of each paragraph; list items keep theirs.
fn unwrap_lines(text: &str) -> String {
    text.replace("\n\n", "\u{1}")
        .replace("\n- ", "\u{2}")
        .replace('\n', " ")
        .replace('\u{2}', "\n- ")
        .replace('\u{1}', "\n\n")
}

fn value(part: &impl serde::Serialize) -> Value {
    serde_json::to_value(part).unwrap_or_default()
}

fn merge(into: &mut Value, from: Value) {
    if let (Some(into), Value::Object(from)) = (into.as_object_mut(), from) {
        into.extend(from);
    }
}

fn members(value: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    value.as_object_mut().into_iter().flat_map(Map::iter_mut)
}
