//! What a browser shows: the demo, Swagger UI and the OpenAPI document.

use std::borrow::Cow;

use bytes::Bytes;
use poem::{
    Response,
    http::{HeaderMap, StatusCode, header},
};
use rust_embed::{EmbeddedFile, RustEmbed};
use serde_json::Value;

use crate::jose;

/// The demo as it has been built, each file with one beside it that is compressed; builds for
/// development read it from disk.
#[derive(RustEmbed)]
#[folder = "../web-demo/dist"]
#[allow_missing = true]
struct Demo;

/// What Swagger UI needs at least.
#[derive(RustEmbed)]
#[folder = "../node_modules/swagger-ui-dist"]
#[include = "favicon-32x32.png"]
#[include = "swagger-ui.css"]
#[include = "swagger-ui-bundle.js"]
#[allow_missing = true]
struct SwaggerUi;

/// The pages that the server brings itself.
#[derive(RustEmbed)]
#[folder = "src/pages"]
struct Own;

/// The demo shows pictures as `blob:`, and saves files through a frame that its service worker fills.
const DEMO_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self'; img-src 'self' blob:; connect-src 'self'; worker-src 'self'; \
    frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types pli-scripts";
/// Swagger UI renders nothing where Trusted Types are required.
const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; \
    frame-ancestors 'none'";

/// What no page of ours asks a browser for.
const PERMISSIONS_POLICY: &str = "accelerometer=(), camera=(), display-capture=(), \
    geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), \
    serial=(), usb=()";

/// Must be asked for again.
const REVALIDATE: &str = "no-cache";
/// Has a name that changes with its content.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// What the name of a compressed file ends in.
const COMPRESSED: &str = ".br";

/// All pages.
pub(crate) struct Pages {
    json: Page,
    yaml: Page,
}

/// A page that can be answered with.
#[derive(Clone)]
pub(crate) struct Page {
    content: Bytes,
    /// The content compressed with Brotli (RFC 7932).
    brotli: Option<Bytes>,
    etag: String,
    content_type: &'static str,
    caching: &'static str,
    policy: &'static str,
}

impl Pages {
    /// Takes the OpenAPI document.
    ///
    /// # Errors
    /// When it can't be written.
    pub(crate) fn new(document: &Value) -> Result<Self, serde_yaml::Error> {
        Ok(Self {
            json: Page::text(to_json(document), "application/json"),
            yaml: Page::text(to_yaml(document)?, "application/yaml"),
        })
    }

    /// Finds the page at a path.
    pub(crate) fn find(&self, path: &str) -> Option<Page> {
        let name = path.strip_prefix('/')?;
        match name {
            "" => demo("index.html").or_else(|| {
                Own::get("no-demo.html").map(|file| Page::file("index.html", file, DEMO_POLICY))
            }),
            "openapi.json" => Some(self.json.clone()),
            "openapi.yaml" => Some(self.yaml.clone()),
            "docs" | "docs/" => docs("docs.html"),
            _ => match name.strip_prefix("docs/") {
                Some(name) => docs(name),
                None => demo(name),
            },
        }
    }
}

fn demo(name: &str) -> Option<Page> {
    if name.ends_with(COMPRESSED) {
        return None;
    }
    let mut page = Demo::get(name).map(|file| Page::file(name, file, DEMO_POLICY))?;
    page.brotli = Demo::get(&format!("{name}{COMPRESSED}")).map(bytes);
    Some(page)
}

fn docs(name: &str) -> Option<Page> {
    let own = matches!(name, "docs.html" | "docs.css" | "docs.js").then(|| Own::get(name));
    own.flatten().or_else(|| SwaggerUi::get(name)).map(|file| Page::file(name, file, DOCS_POLICY))
}

impl Page {
    fn file(name: &str, file: EmbeddedFile, policy: &'static str) -> Self {
        let caching = if name.starts_with("assets/") { IMMUTABLE } else { REVALIDATE };
        let etag = jose::encode(&file.metadata.sha256_hash());
        let content_type = content_type(name);
        Self { content: bytes(file), brotli: None, etag, content_type, caching, policy }
    }

    fn text(text: String, content_type: &'static str) -> Self {
        let etag = jose::hash(text.as_bytes());
        let content = Bytes::from(text);
        let (caching, policy) = (REVALIDATE, DOCS_POLICY);
        Self { content, brotli: None, etag, content_type, caching, policy }
    }

    /// Answers with the page, or says that the browser has it already.
    pub(crate) fn answer(self, request: &HeaderMap) -> Response {
        let mut response = Response::builder();
        if self.brotli.is_some() {
            response = response.header(header::VARY, "Accept-Encoding");
        }
        let brotli = self.brotli.filter(|_| takes_brotli(request));
        let etag = format!("\"{}{}\"", self.etag, brotli.as_ref().map_or("", |_| "-br"));
        let known = request.get(header::IF_NONE_MATCH);
        let unchanged = known.is_some_and(|known| known.as_bytes() == etag.as_bytes());
        let mut response = response
            .header(header::ETAG, etag)
            .header(header::CACHE_CONTROL, self.caching)
            .header(header::CONTENT_SECURITY_POLICY, self.policy)
            .header("permissions-policy", PERMISSIONS_POLICY);
        if unchanged {
            return response.status(StatusCode::NOT_MODIFIED).finish();
        }
        if brotli.is_some() {
            response = response.header(header::CONTENT_ENCODING, "br");
        }
        response.content_type(self.content_type).body(brotli.unwrap_or(self.content))
    }
}

fn bytes(file: EmbeddedFile) -> Bytes {
    match file.data {
        Cow::Borrowed(embedded) => Bytes::from_static(embedded),
        Cow::Owned(read) => Bytes::from(read),
    }
}

/// Whether a client takes Brotli (RFC 9110 §12.5.3).
fn takes_brotli(request: &HeaderMap) -> bool {
    let all = request.get_all(header::ACCEPT_ENCODING).into_iter();
    all.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).any(|coding| {
        let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
        let weight = weight.trim().strip_prefix("q=").and_then(|it| it.parse::<f32>().ok());
        name.trim().eq_ignore_ascii_case("br") && weight.is_some_and(|weight| weight > 0.0)
    })
}

/// The OpenAPI document as JSON text.
pub fn to_json(document: &Value) -> String {
    format!("{document:#}\n")
}

/// The OpenAPI document as YAML text.
///
/// # Errors
/// When it can't be written.
pub fn to_yaml(document: &Value) -> Result<String, serde_yaml::Error> {
    serde_yaml::to_string(document)
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "ico" => "image/x-icon",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "json" | "map" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}
