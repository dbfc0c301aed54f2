//! Exporting: everything that the server holds of an account, streamed.

use std::sync::Arc;

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

use crate::{
    accounts::Account,
    app::{App, Part},
    caller::{Caller, CurrentAccount},
    confirm::confirm,
    database::column,
    devices::{Session, sessions},
    entries::{Entry, people},
    error::Error,
    json::Json,
    key_histories::key_history,
    mailbox::entries_after,
    messages::Person,
    names::Password,
    statements::Statement,
    text::{Id, Timestamp},
};

/// How many entries are read at a time.
const BATCH: i64 = 100;

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

/// A file that the account uploaded.
#[derive(Object)]
pub(crate) struct OwnFile {
    /// The file.
    file_id: Id,
    /// Its bytes.
    size: i64,
    /// How many messages name it.
    messages: i64,
}

/// What is kept of a conversation.
#[derive(Object)]
pub(crate) struct OwnConversation {
    /// Its identifier.
    id: Id,
    /// Everybody who takes part.
    #[oai(validator(max_items = 256))]
    participants: Vec<Person>,
    /// The number of its latest entry.
    last_seq: i64,
    /// The number of the last entry that was marked as read.
    read_seq: i64,
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
        let export = Export::of(&app, &caller).await?;
        let head = stream::once(async move { Ok(Bytes::from(export.head())) });
        let tail = stream::once(async { Ok(Bytes::from_static(b"]}")) });
        let entries = entries(app, caller.no);
        Ok(ExportStream(Body::from_bytes_stream(head.chain(entries).chain(tail))))
    }
}

impl Export {
    /// Everything but the entries.
    async fn of(app: &App, caller: &Caller) -> Result<Self, Error> {
        let account = caller.no;
        let row = sqlx::query("SELECT wrapped_keys, recovery_wrapped FROM accounts WHERE no = $1")
            .bind(account)
            .fetch_one(app.database.reader())
            .await?;
        Ok(Self {
            account: caller.account.clone(),
            wrapped_keys: column(&row, "wrapped_keys")?,
            recovery_wrapped_keys: column(&row, "recovery_wrapped")?,
            key_history: key_history(app, account).await?,
            sessions: sessions(app, caller).await?,
            networks: rows(app, account, NETWORKS, KnownNetwork::from_row).await?,
            files: rows(app, account, FILES, OwnFile::from_row).await?,
            conversations: rows(app, account, CONVERSATIONS, OwnConversation::from_row).await?,
            entries: Vec::new(),
        })
    }

    /// The document up to the first entry.
    fn head(&self) -> String {
        let mut document = self.to_json().unwrap_or_default();
        if let Value::Object(members) = &mut document {
            members.remove("entries");
        }
        let mut text = document.to_string();
        text.truncate(text.len().saturating_sub(1));
        text + ",\"entries\":["
    }
}

/// The entries of a mailbox, as they stand in the list of the document.
fn entries(app: Arc<App>, account: i64) -> impl Stream<Item = std::io::Result<Bytes>> {
    stream::unfold(Some(0), move |after| {
        let app = Arc::clone(&app);
        async move {
            let after = after?;
            let Ok(page) = entries_after(&app, account, after, BATCH).await else {
                // The error has been logged; that the document breaks off shows in its form.
                return Some((Err(std::io::ErrorKind::Other.into()), None));
            };
            let next = page.last()?.seq;
            let mut text = String::new();
            for (index, entry) in page.iter().enumerate() {
                text.push_str(if after == 0 && index == 0 { "" } else { "," });
                text.push_str(&entry.to_json_string());
            }
            Some((Ok(text.into()), Some(next)))
        }
    })
}

const NETWORKS: &str =
    "SELECT network, used_at FROM networks WHERE account = $1 ORDER BY used_at, network";
const FILES: &str = "SELECT id, size, refs FROM files WHERE owner = $1 AND state = 1 ORDER BY id";
const CONVERSATIONS: &str = "SELECT t.conversation, t.last_seq, t.read_seq, c.participants
     FROM threads t JOIN conversations c ON c.id = t.conversation
     WHERE t.account = $1 ORDER BY t.last_seq";

async fn rows<T>(
    app: &App,
    account: i64,
    query: &'static str,
    read: impl Fn(&AnyRow) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let rows = sqlx::query(query).bind(account).fetch_all(app.database.reader()).await?;
    rows.iter().map(read).collect()
}

impl KnownNetwork {
    fn from_row(row: &AnyRow) -> Result<Self, Error> {
        Ok(Self { network: column(row, "network")?, used_at: Timestamp(column(row, "used_at")?) })
    }
}

impl OwnFile {
    fn from_row(row: &AnyRow) -> Result<Self, Error> {
        Ok(Self {
            file_id: column::<String>(row, "id")?.parse().map_err(Error::internal)?,
            size: column(row, "size")?,
            messages: column(row, "refs")?,
        })
    }
}

impl OwnConversation {
    fn from_row(row: &AnyRow) -> Result<Self, Error> {
        Ok(Self {
            id: column::<String>(row, "conversation")?.parse().map_err(Error::internal)?,
            participants: people(row)?,
            last_seq: column(row, "last_seq")?,
            read_seq: column(row, "read_seq")?,
        })
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
