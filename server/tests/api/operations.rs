//! The operations of the document, for tests that try something on all of them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    holder::NEW_PASSWORD,
    people::{PASSWORD, kdf, uuid, wrapped_keys},
    server::{Answer, Call, TestServer},
};

/// An operation of the document.
pub struct Operation {
    pub id: String,
    pub method: Method,
    pub path: String,
    /// The kinds of token that it takes.
    pub takes: Vec<String>,
    pub is_open: bool,
    pub identifiers: Vec<String>,
    /// The media types of what it is sent.
    pub media_types: Vec<String>,
}

/// All of them.
pub fn operations() -> Vec<Operation> {
    let document = pli_server::document();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let security = operation["security"].as_array().unwrap();
            let schemes = security.iter().flat_map(|scheme| scheme.as_object().unwrap().keys());
            let body = &operation["requestBody"]["content"]["application/json"]["schema"]["$ref"];
            let body = body.as_str().map(|name| document.pointer(&name[1..]).unwrap());
            let members = body.into_iter().flat_map(|body| body["properties"].as_object().unwrap());
            let members = members.filter(|(_, schema)| schema["format"] == "uuid");
            let parameters = path.split('/').filter(|part| part.starts_with('{'));
            let content = operation["requestBody"]["content"].as_object();
            operations.push(Operation {
                id: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                takes: schemes.cloned().collect(),
                is_open: security.is_empty() || security.contains(&json!({})),
                media_types: content.into_iter().flat_map(|types| types.keys().cloned()).collect(),
                identifiers: parameters
                    .chain(members.map(|(name, _)| name.as_str()))
                    .map(str::to_owned)
                    .collect(),
            });
        }
    }
    operations
}

impl Operation {
    /// A request to it, with an identifier for what its path names.
    pub fn call(&self, server: &TestServer, id: &str, body: &Value) -> Call {
        let path = self.path.split('/').map(|part| if part.starts_with('{') { id } else { part });
        let path = path.collect::<Vec<_>>().join("/");
        let call = server.call(self.method.clone(), &path).header("upload-offset", "0");
        match self.path.starts_with("/files") {
            true => call.header("content-type", "application/offset+octet-stream").body("bytes"),
            false => call.json(body),
        }
    }

    /// A body that is good where a token is only looked at together with it.
    pub fn body(&self) -> Value {
        match self.id.as_str() {
            "register" => {
                let username = format!("a{}", uuid().replace('-', "").split_off(8));
                let email = format!("{username}@example.org");
                json!({ "username": username, "email": email, "password": PASSWORD })
            }
            "reset_password" => {
                json!({ "new_password": NEW_PASSWORD, "wrapped_keys": wrapped_keys(&kdf(), 0) })
            }
            _ => json!({}),
        }
    }

    #[track_caller]
    pub fn refused(&self, answer: &Answer, status: u16, code: &str, who: &str) {
        let found = match self.method {
            Method::HEAD => code.to_owned(),
            _ => answer.json()["code"].as_str().unwrap_or_default().to_owned(),
        };
        let asked = (self.id.as_str(), who);
        assert_eq!((asked, answer.status, found.as_str()), (asked, status, code));
    }
}
