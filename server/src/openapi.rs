//! The API as a whole and its OpenAPI document. What poem-openapi leaves out of the document is
//! added here, and only here.

mod examples;
mod operations;
mod tidy;

use std::sync::Arc;

use poem_openapi::{OpenApi, OpenApiService, registry::Registry, types::Type};
use serde_json::{Map, Value, json};

use crate::{
    account_deletion::AccountDeletions, accounts::Accounts, app::App, deletion::Deletions,
    devices::Devices, downloads::Downloads, error::Problem, events::Events, export::Exports,
    files::Files, health::Health, mailbox::Mailboxes, messages::Messages,
    password_change::PasswordChanges, reading::Reading, recovery::Recoveries, rotation::Rotations,
    sessions::Sessions, staff::Staff, users::Users,
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

/// Where both licences are to be read.
const LICENCES: &str = "https://spdx.org/licenses/";

const DESCRIPTION: &str = "\
Stores and delivers sealed messages and files that the server cannot read.

Every error is a problem document (RFC 9457) with a stable `code`. JSON is read strictly: unknown \
or repeated members, wrong types, `null`, and NUL or unpaired surrogates in strings are refused. \
Times are RFC 3339 in UTC with milliseconds, binary is base64url without padding. Someone else's \
message, file or session is 404.

The examples are a real run of such a server, with its identifiers. What follows can be sent as it \
stands. Register \
Alice and Bob (`POST /auth/register` has both among its examples), sign Alice in (`POST \
/auth/login`), copy the `access_token` into “Authorize”, and send the prepared letter (`POST \
/messaging/send_message`). Only Bob and Alice can open it: their browsers have the keys.";

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
    operations::close_request_schemas(&paths, &mut schemas);
    for (_, operation) in members(&mut paths).flat_map(|(_, path)| members(path)) {
        operations::complete(operation, &schemas);
        let recorded = examples::of(operation);
        examples::show(operation, &recorded);
        examples::illustrate(operation, &recorded, &mut schemas);
    }
    let problems = operations::problems(&paths);
    let mut document = json!({
        "openapi": "3.0.3",
        "info": {
            "title": "Pli",
            "version": env!("CARGO_PKG_VERSION"),
            "description": DESCRIPTION,
            "contact": { "name": env!("CARGO_PKG_AUTHORS") },
            "license": { "name": env!("CARGO_PKG_LICENSE"), "url": LICENCES },
        },
        "servers": [{ "url": "/", "description": "The server that this document comes from" }],
        "tags": value(&registry.tags),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "examples": problems,
            "securitySchemes": operations::security_schemes(&value(&registry.security_schemes)),
        },
    });
    tidy::tidy(&mut document);
    document
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

/// The name of the schema that a value refers to.
fn referred(value: &Value) -> Option<&str> {
    let direct = || value.get("$ref").and_then(Value::as_str);
    let wrapped = || value["allOf"].as_array()?.iter().find_map(|part| part["$ref"].as_str());
    direct().or_else(wrapped)?.rsplit('/').next()
}
