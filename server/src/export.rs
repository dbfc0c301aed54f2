//! Exporting: everything that the server holds of an account, streamed.

mod lists;

use std::{io, sync::Arc};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use poem::{Body, IntoResponse, Request, Response, http::header};
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    registry::{MetaMediaType, MetaResponse, MetaResponses, Registry},
    types::{ToJSON, Type},
};
use serde::Deserialize;
use serde_json::Value;
use sqlx::any::AnyRow;

use self::lists::{OwnConversation, OwnFile, list};
use crate::{
    accounts::Account,
    app::{App, Part},
    caller::{Caller, CurrentAccount},
    confirm::confirm,
    database::column,
    devices::{Session, sessions},
    entries::Entry,
    error::Error,
    json::Json,
    key_histories::key_history,
    names::Password,
    statements::Statement,
    text::Timestamp,
};

/// The route of exporting.
pub(crate) struct Exports(pub(crate) Arc<App>);

/// The password, once more.
#[derive(Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct CurrentPassword {
    /// The account's password.
    pub(crate) current_password: Password,
}

/// Everything that the server holds of an account, but for the hashes of its secrets and the bytes
/// of its files, which `GET /messaging/download_file/{file_id}` gives.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Export {
    /// The account.
    account: Account,
    /// The private keys under the password: a compact JWE. Absent without keys.
    #[oai(validator(max_length = 1048576))]
    wrapped_keys: Option<String>,
    /// The private keys under the recovery code: a compact JWE. Absent without recovery.
    #[oai(validator(max_length = 1048576))]
    recovery_wrapped_keys: Option<String>,
    /// The key history, oldest statement first.
    #[oai(validator(max_items = 64))]
    key_history: Vec<Statement>,
    /// Where the account is signed in.
    sessions: Vec<Session>,
    /// The networks that it has signed in from.
    networks: Vec<KnownNetwork>,
    /// The files that it uploaded.
    files: Vec<OwnFile>,
    /// Its conversations.
    conversations: Vec<OwnConversation>,
    /// Its mailbox, oldest entry first.
    entries: Vec<Entry>,
}

/// A network that the account has signed in from.
#[derive(Object)]
pub(crate) struct KnownNetwork {
    /// A keyed hash of its address: that is all that is kept.
    #[oai(validator(max_length = 43))]
    network: String,
    /// When it was last used to sign in.
    used_at: Timestamp,
}

/// An export on its way.
pub(crate) struct ExportStream(Body);

#[OpenApi(tag = "Part::Auth")]
impl Exports {
    /// Export the account
    ///
    /// Everything that the server holds of it, in one JSON document, streamed.
    #[oai(path = "/auth/export", method = "post", operation_id = "export_account")]
    async fn export_account(
        &self,
        caller: CurrentAccount,
        request: &Request,
        Json(password): Json<CurrentPassword>,
    ) -> Result<ExportStream, Error> {
        let (app, caller) = (Arc::clone(&self.0), caller.0);
        confirm(&app, request, &caller, &password.current_password).await?;
        let document = text(head(&app, &caller).await? + ",\"files\":[")
            .chain(list::<OwnFile>(Arc::clone(&app), caller.no))
            .chain(text("],\"conversations\":["))
            .chain(list::<OwnConversation>(Arc::clone(&app), caller.no))
            .chain(text("],\"entries\":["))
            .chain(list::<Entry>(app, caller.no))
            .chain(text("]}"));
        Ok(ExportStream(Body::from_bytes_stream(document)))
    }
}

/// The document up to the lists that may be long.
async fn head(app: &App, caller: &Caller) -> Result<String, Error> {
    let account = caller.no;
    let row = sqlx::query("SELECT wrapped_keys, recovery_wrapped FROM accounts WHERE no = $1")
        .bind(account)
        .fetch_one(app.database.reader())
        .await?;
    let networks = sqlx::query(
        "SELECT network, used_at FROM networks WHERE account = $1 ORDER BY used_at, network",
    )
    .bind(account)
    .fetch_all(app.database.reader())
    .await?;
    let networks = networks.iter().map(KnownNetwork::from_row).collect::<Result<Vec<_>, _>>()?;
    let own = |name| Ok::<_, Error>(column::<Option<String>>(&row, name)?.map(Value::from));
    let members = [
        ("wrapped_keys", own("wrapped_keys")?),
        ("recovery_wrapped_keys", own("recovery_wrapped")?),
        ("key_history", key_history(app, account).await?.to_json()),
        ("sessions", sessions(app, caller).await?.to_json()),
        ("networks", networks.to_json()),
    ];
    let mut head = format!("{{\"account\":{}", caller.account.to_json_string());
    for (name, value) in members {
        if let Some(value) = value {
            head.push_str(&format!(",\"{name}\":{value}"));
        }
    }
    Ok(head)
}

fn text(text: impl Into<Bytes>) -> impl Stream<Item = io::Result<Bytes>> {
    stream::iter([Ok(text.into())])
}

impl KnownNetwork {
    fn from_row(row: &AnyRow) -> Result<Self, Error> {
        Ok(Self { network: column(row, "network")?, used_at: Timestamp(column(row, "used_at")?) })
    }
}

impl IntoResponse for ExportStream {
    fn into_response(self) -> Response {
        Response::builder()
            .content_type("application/json")
            .header(header::CONTENT_DISPOSITION, "attachment; filename=\"pli-account.json\"")
            .body(self.0)
    }
}

impl ApiResponse for ExportStream {
    fn meta() -> MetaResponses {
        MetaResponses {
            responses: vec![MetaResponse {
                description: "",
                status: Some(200),
                status_range: None,
                content: vec![MetaMediaType {
                    content_type: "application/json",
                    schema: Export::schema_ref(),
                }],
                headers: vec![],
            }],
        }
    }

    fn register(registry: &mut Registry) {
        Export::register(registry);
    }
}
