//! One call: put together by what the document says of the operation, sent, and recorded.

use reqwest::{Method, RequestBuilder, Response};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{renaming::Renaming, run::Run};

/// What alice and bob browse with.
const USER_AGENT: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0";

/// A request and its answer.
#[derive(Serialize)]
pub(crate) struct Exchange {
    name: &'static str,
    summary: &'static str,
    #[serde(skip_serializing_if = "Map::is_empty")]
    parameters: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<Value>,
    status: u16,
    #[serde(skip_serializing_if = "Map::is_empty")]
    headers: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<Value>,
}

impl Exchange {
    pub(crate) fn rename(&mut self, renaming: &mut Renaming) {
        let maps = [&mut self.parameters, &mut self.headers];
        maps.into_iter().flat_map(Map::values_mut).for_each(|value| renaming.value(value));
        self.request.iter_mut().for_each(|value| renaming.value(value));
        self.response.iter_mut().for_each(|value| renaming.value(value));
    }
}

/// A call that is being put together.
pub(crate) struct Call<'a> {
    run: &'a mut Run,
    operation: &'static str,
    token: Option<String>,
    parameters: Map<String, Value>,
    json: Option<Value>,
    bytes: Option<(&'static str, Vec<u8>)>,
}

impl<'a> Call<'a> {
    pub(crate) fn of(run: &'a mut Run, operation: &'static str) -> Self {
        Self { run, operation, token: None, parameters: Map::new(), json: None, bytes: None }
    }

    pub(crate) fn by(mut self, token: &str) -> Self {
        self.token = Some(token.to_owned());
        self
    }

    pub(crate) fn with(mut self, parameter: &str, value: impl Into<Value>) -> Self {
        self.parameters.insert(parameter.to_owned(), value.into());
        self
    }

    pub(crate) fn with_all(mut self, parameters: &Value) -> Self {
        self.parameters.extend(parameters.as_object().unwrap().clone());
        self
    }

    pub(crate) fn json(mut self, body: Value) -> Self {
        self.json = Some(body);
        self
    }

    pub(crate) fn bytes(mut self, media_type: &'static str, body: Vec<u8>) -> Self {
        self.bytes = Some((media_type, body));
        self
    }

    /// Sends it, expects this status, and records the exchange under a name, the first of this
    /// name of the operation. Gives the answer's JSON.
    pub(crate) async fn records(
        self,
        status: u16,
        name: &'static str,
        summary: &'static str,
    ) -> Value {
        let (path, method, described) = find(&self.run.document, self.operation);
        let described = described.clone();
        let mut response = self.request(&path, &method, &described).send().await.unwrap();
        let headers = documented_headers(&described, &response);
        let media_type = response.headers().get("content-type").cloned();
        let body = match media_type.as_ref().map(|value| value.to_str().unwrap()) {
            // The stream goes on; its first event is all that there is now.
            Some("text/event-stream") => response.chunk().await.unwrap().unwrap().to_vec(),
            _ => Vec::new(),
        };
        let answered = response.status().as_u16();
        let (body, is_stream) =
            if body.is_empty() { (rest(response).await, false) } else { (body, true) };
        assert_eq!(answered, status, "{}: {}", self.operation, String::from_utf8_lossy(&body));
        let json = serde_json::from_slice(&body).ok();
        let text = || is_stream.then(|| String::from_utf8(body).unwrap().into());
        let response: Option<Value> = json.or_else(text);
        let exchange = Exchange {
            name,
            summary,
            parameters: self.parameters,
            request: self.json,
            status,
            headers,
            response: response.clone(),
        };
        let again = |(operation, known): &(String, Exchange)| {
            operation == self.operation && known.name == name
        };
        if !self.run.recorded.iter().any(again) {
            self.run.recorded.push((self.operation.to_owned(), exchange));
        }
        response.unwrap_or_default()
    }

    fn request(&self, path: &str, method: &Method, described: &Value) -> RequestBuilder {
        let (mut path, mut query, mut headers) = (path.to_owned(), Vec::new(), Vec::new());
        for (name, value) in &self.parameters {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            match place(described, name) {
                "path" => path = path.replace(&format!("{{{name}}}"), &text),
                "query" => query.push((name.clone(), text)),
                "header" => headers.push((name.clone(), text)),
                other => panic!("{} has no parameter {name}: {other}", self.operation),
            }
        }
        let url = format!("{}{path}", self.run.url);
        let mut request = self.run.http.request(method.clone(), url).query(&query);
        request = request.header("user-agent", USER_AGENT);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        match (&self.json, &self.bytes) {
            (Some(json), _) => request.json(json),
            (_, Some((media_type, bytes))) => {
                request.header("content-type", *media_type).body(bytes.clone())
            }
            _ => request,
        }
    }
}

async fn rest(response: Response) -> Vec<u8> {
    response.bytes().await.unwrap().to_vec()
}

fn find<'a>(document: &'a Value, id: &str) -> (String, Method, &'a Value) {
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            if operation["operationId"] == id {
                let method = method.to_uppercase().parse().unwrap();
                return (path.clone(), method, operation);
            }
        }
    }
    panic!("there is no operation {id}")
}

fn place<'a>(operation: &'a Value, parameter: &str) -> &'a str {
    let all = operation["parameters"].as_array().into_iter().flatten();
    let mut named = all.filter(|described| described["name"] == parameter);
    named.next().and_then(|described| described["in"].as_str()).unwrap_or("nowhere")
}

fn documented_headers(operation: &Value, response: &Response) -> Map<String, Value> {
    let status = response.status().as_u16().to_string();
    let documented = operation["responses"][status]["headers"].as_object();
    let names = documented.into_iter().flat_map(Map::keys);
    names
        .filter_map(|name| {
            let value = response.headers().get(name)?.to_str().unwrap();
            Some((name.clone(), value.into()))
        })
        .collect()
}
