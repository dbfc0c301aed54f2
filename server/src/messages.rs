//! Sending: a sealed message goes into the mailbox of everybody who takes part, once.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use poem_openapi::{Enum, Object, OpenApi};
use serde::{Deserialize, Serialize};
use sqlx::{AssertSqlSafe, any::AnyRow};

use crate::{
    app::{App, Part},
    caller::{Caller, CurrentAccount},
    database::column,
    delivery::{self, Delivery, Participant},
    envelope::{Envelope, MOST_PARTICIPANTS},
    error::{Code, Error, Fault},
    jose,
    json::{Json, Unchecked},
    names::{AccountName, Username},
    text::{Id, Timestamp},
};

/// The route of sending.
pub(crate) struct Messages(pub(crate) Arc<App>);

/// What the letter inside holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Enum)]
#[serde(rename_all = "lowercase")]
#[oai(rename_all = "lowercase")]
pub(crate) enum ContentType {
    /// A text.
    Text,
    /// The descriptor of a sealed file.
    File,
}

/// Someone who takes part in a message.
#[derive(Debug, Clone, Serialize, Deserialize, Object)]
pub(crate) struct Person {
    /// The account's identifier.
    pub(crate) id: Id,
    /// The account's handle.
    pub(crate) username: Username,
}

impl ContentType {
    /// How it stands in the database.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::File => "file",
        }
    }

    /// Reads it from the database.
    pub(crate) fn from_column(text: &str) -> Self {
        if text == "file" { Self::File } else { Self::Text }
    }
}

impl Person {
    /// Reads a person from two columns.
    pub(crate) fn from_row(row: &AnyRow, id: &str, username: &str) -> Result<Self, Error> {
        Ok(Self {
            id: column::<String>(row, id)?.parse().map_err(Error::internal)?,
            username: column::<String>(row, username)?.parse().map_err(Error::internal)?,
        })
    }
}

/// A message to send.
#[derive(Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMessage {
    /// The `id` of the letter inside, unique over all messages. Sending the same message twice
    /// gives the first answer again.
    message_id: Id,
    /// The sender, which is always the account of the token.
    sender_email: Option<AccountName>,
    /// The receiver.
    receiver_email: AccountName,
    /// Further receivers.
    #[serde(default)]
    #[oai(default, validator(max_items = 255))]
    cc_emails: Vec<AccountName>,
    /// What the letter inside holds.
    content_type: ContentType,
    /// The sealed letter, for the current keys of exactly the sender and all receivers.
    envelope: Unchecked<Envelope>,
    /// The sealed file; exactly when `content_type` is `file`.
    file_id: Option<Id>,
}

/// A message that has been stored and delivered.
#[derive(Object)]
pub(crate) struct Sent {
    /// The message.
    message_id: Id,
    /// When it was first accepted.
    sent_at: Timestamp,
}

#[OpenApi(tag = "Part::Messaging")]
impl Messages {
    /// Send a message
    ///
    /// Delivers it to the mailboxes of all receivers and of the sender. The answer comes when it
    /// is on disk.
    #[oai(path = "/messaging/send_message", method = "post", operation_id = "send_message")]
    async fn send_message(
        &self,
        caller: CurrentAccount,
        Json(message): Json<NewMessage>,
    ) -> Result<Json<Sent>, Error> {
        message.check()?;
        let app = Arc::clone(&self.0);
        // What has begun is finished, and told to the listeners, even if the client goes away.
        let sending = async move { send(&app, caller.0, message).await };
        Ok(Json(tokio::spawn(sending).await.map_err(Error::internal)??))
    }
}

impl NewMessage {
    fn check(&self) -> Result<(), Error> {
        let fault = if self.cc_emails.len() >= MOST_PARTICIPANTS {
            Fault::new("/cc_emails", "invalid_value", "at most 256 people take part in a message")
        } else {
            match (self.content_type, self.file_id) {
                (ContentType::File, None) => {
                    Fault::new("/file_id", "missing_member", "a file needs its file_id")
                }
                (ContentType::Text, Some(_)) => {
                    Fault::new("/file_id", "unknown_member", "a text has no file_id")
                }
                _ => return Ok(()),
            }
        };
        Err(Error::at(Code::InvalidRequest, vec![fault]))
    }

    /// What makes two requests the same.
    fn hash(&self) -> Result<String, Error> {
        let body = (
            &self.receiver_email,
            &self.cc_emails,
            self.content_type,
            &self.envelope.value,
            self.file_id,
        );
        Ok(jose::hash(&serde_json::to_vec(&body).map_err(Error::internal)?))
    }

    /// The receivers' names and where they stand in the request.
    fn receivers(&self) -> impl Iterator<Item = (&AccountName, String)> {
        let cc = self.cc_emails.iter().enumerate();
        std::iter::once((&self.receiver_email, "/receiver_email".to_owned()))
            .chain(cc.map(|(index, name)| (name, format!("/cc_emails/{index}"))))
    }
}

async fn send(app: &App, caller: Caller, message: NewMessage) -> Result<Sent, Error> {
    if let Some(name) = &message.sender_email {
        let own = [caller.account.email.as_str(), caller.account.username.as_str()];
        if !own.contains(&name.as_str()) {
            let detail = "this is not the account of the token";
            let fault = Fault::new("/sender_email", "invalid_value", detail);
            return Err(Error::at(Code::ForgedSender, vec![fault]));
        }
    }
    let (message_id, body_hash) = (message.message_id, message.hash()?);
    if let Some(sent_at) =
        delivery::first_answer(app.database.reader(), message_id, caller.no, &body_hash).await?
    {
        return Ok(Sent { message_id, sent_at });
    }

    let found = participants(app, &caller, &message).await;
    let envelope = Envelope::parse(message.envelope.value)?;
    let participants = match found.and_then(|participants| sealed_to(participants, &envelope)) {
        Ok(participants) => participants,
        Err(error) => {
            // Whoever has looked up too many names learns here no more than at `/users/lookup`.
            let unknown =
                if error.code == Code::ReceiverNotFound { error.faults().len() } else { 0 };
            app.limits.look_up(caller.no, unknown, app.clock.now())?;
            return Err(error);
        }
    };
    let accounts: Vec<i64> = participants.keys().copied().collect();
    let delivery = Delivery {
        id: message_id,
        sender: caller.no,
        body_hash,
        content_type: message.content_type,
        file_id: message.file_id,
        envelope: serde_json::to_string(&envelope).map_err(Error::internal)?,
        quota: app.settings.max_account_message_bytes,
        sent_at: Timestamp(app.clock.now()),
        participants,
    };
    let sent_at = app.database.write(async move |tx| delivery.deliver(tx).await).await?;
    accounts.into_iter().for_each(|account| app.listeners.notify(account));
    Ok(Sent { message_id, sent_at })
}

/// Finds everybody who takes part, by account number: the sender and all receivers, each once.
async fn participants(
    app: &App,
    caller: &Caller,
    message: &NewMessage,
) -> Result<BTreeMap<i64, Participant>, Error> {
    let sender = AccountName::Username(caller.account.username.clone());
    let names: Vec<(&AccountName, String)> =
        std::iter::once((&sender, "/sender_email".to_owned())).chain(message.receivers()).collect();
    let rows = accounts(app, names.iter().map(|(name, _)| name.as_str())).await?;
    let mut found = HashMap::new();
    for row in &rows {
        for name in ["email", "username"] {
            found.insert(column::<String>(row, name)?, row);
        }
    }
    let mut participants = BTreeMap::new();
    let (mut unknown, mut keyless) = (Vec::new(), Vec::new());
    for (name, pointer) in names {
        let Some(row) = found.get(name.as_str()) else {
            unknown.push(Fault::new(pointer, "not_found", "there is no such account"));
            continue;
        };
        let Some(enc_kid) = column(row, "enc_kid")? else {
            keyless.push(Fault::new(pointer, "no_keys", "the account has published no keys"));
            continue;
        };
        let person = Person::from_row(row, "id", "username")?;
        participants.entry(column(row, "no")?).or_insert(Participant { person, enc_kid, pointer });
    }
    if !unknown.is_empty() {
        return Err(Error::at(Code::ReceiverNotFound, unknown));
    }
    match keyless.first() {
        None => Ok(participants),
        Some(fault) if fault.pointer == "/sender_email" => Err(Code::SenderHasNoKeys.into()),
        Some(_) => Err(Error::at(Code::ReceiverHasNoKeys, keyless)),
    }
}

/// The active accounts that have these names, in one query.
async fn accounts(app: &App, names: impl Iterator<Item = &str>) -> Result<Vec<AnyRow>, Error> {
    let names: Vec<&str> = names.collect();
    let places: Vec<String> = (1..=names.len()).map(|place| format!("${place}")).collect();
    let places = places.join(",");
    let text = format!(
        "SELECT a.no, a.id, a.username, a.email, m.enc_kid
         FROM accounts a JOIN mailboxes m ON m.account = a.no
         WHERE (a.email IN ({places}) OR a.username IN ({places})) AND a.is_active = 1"
    );
    // Safe: the names are bound.
    let query =
        names.iter().fold(sqlx::query(AssertSqlSafe(text)), |query, name| query.bind(*name));
    Ok(query.fetch_all(app.database.reader()).await?)
}

/// Checks that the envelope is sealed to exactly the current keys of the participants.
fn sealed_to(
    participants: BTreeMap<i64, Participant>,
    envelope: &Envelope,
) -> Result<BTreeMap<i64, Participant>, Error> {
    let current: HashSet<&str> =
        participants.values().map(|participant| participant.enc_kid.as_str()).collect();
    let sealed: HashSet<&str> = envelope.kids().collect();
    let stale = participants
        .values()
        .filter(|participant| !sealed.contains(participant.enc_kid.as_str()))
        .map(Participant::stale);
    let strangers =
        envelope.kids().enumerate().filter(|(_, kid)| !current.contains(kid)).map(|(index, _)| {
            let pointer = format!("/envelope/recipients/{index}");
            Fault::new(pointer, "unknown_recipient", "nobody's current key who takes part")
        });
    let faults: Vec<Fault> = stale.chain(strangers).collect();
    if faults.is_empty() {
        Ok(participants)
    } else {
        Err(Error::at(Code::RecipientsMismatch, faults))
    }
}
