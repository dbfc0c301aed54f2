//! What a mailbox holds: entries with their messages, and conversations.

use poem_openapi::Object;
use sqlx::any::AnyRow;

use crate::{
    database::column,
    envelope::Envelope,
    error::Error,
    messages::{ContentType, Person},
    text::{Id, Timestamp},
};

/// A sealed message that has been delivered.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Message {
    /// The `id` of the letter inside.
    message_id: Id,
    /// Who sent it.
    sender: Person,
    /// Everybody who received it. To oneself: oneself.
    #[oai(validator(max_items = 256))]
    receivers: Vec<Person>,
    /// What the letter inside holds.
    content_type: ContentType,
    /// The sealed letter.
    envelope: Envelope,
    /// The sealed file, where there is one.
    file_id: Option<Id>,
    /// Bytes of the sealed file.
    file_size: Option<i64>,
    /// When the server accepted it.
    sent_at: Timestamp,
}

/// An entry of a mailbox.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Entry {
    /// Its number in the mailbox: 1, 2, 3 … without a gap.
    pub(crate) seq: i64,
    /// The conversation that it belongs to. Absent once deleted.
    conversation_id: Option<Id>,
    /// The message. Absent once deleted.
    pub(crate) message: Option<Message>,
    /// True when the entry has been deleted; otherwise absent.
    deleted: Option<bool>,
}

/// A conversation: everything between exactly these people.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Conversation {
    /// Its identifier, the same for all who take part.
    id: Id,
    /// Everybody who takes part, oneself included.
    #[oai(validator(max_items = 256))]
    participants: Vec<Person>,
    /// The latest message. Absent when it has been deleted.
    last_message: Option<Message>,
    /// The number of the latest entry in the caller's mailbox.
    pub(crate) last_seq: i64,
    /// How many messages of others are unread.
    unread: i64,
}

impl Message {
    /// Reads a message; none when it has been deleted.
    fn from_row(row: &AnyRow) -> Result<Option<Self>, Error> {
        let id: Option<String> = column(row, "id")?;
        let envelope: Option<String> = column(row, "envelope")?;
        let (Some(id), Some(envelope)) = (id, envelope) else {
            return Ok(None);
        };
        let sender = Person::from_row(row, "sender_id", "sender_name")?;
        let mut receivers = people(row)?;
        if receivers.len() > 1 {
            receivers.retain(|person| person.id != sender.id);
        }
        let content_type: String = column(row, "content_type")?;
        let file_id: Option<String> = column(row, "file_id")?;
        Ok(Some(Self {
            message_id: id.parse().map_err(Error::internal)?,
            sender,
            receivers,
            content_type: ContentType::from_column(&content_type),
            envelope: serde_json::from_str(&envelope).map_err(Error::internal)?,
            file_id: file_id.map(|id| id.parse()).transpose().map_err(Error::internal)?,
            file_size: column(row, "file_size")?,
            sent_at: Timestamp(column(row, "sent_at")?),
        }))
    }
}

impl Entry {
    /// Reads an entry.
    pub(crate) fn from_row(row: &AnyRow) -> Result<Self, Error> {
        let seq = column(row, "seq")?;
        match Message::from_row(row)? {
            Some(message) => Ok(Self {
                seq,
                conversation_id: Some(conversation(row)?),
                message: Some(message),
                deleted: None,
            }),
            None => Ok(Self { seq, conversation_id: None, message: None, deleted: Some(true) }),
        }
    }
}

impl Conversation {
    /// Reads a conversation.
    pub(crate) fn from_row(row: &AnyRow) -> Result<Self, Error> {
        Ok(Self {
            id: conversation(row)?,
            participants: people(row)?,
            last_message: Message::from_row(row)?,
            last_seq: column(row, "seq")?,
            unread: column(row, "unread")?,
        })
    }
}

fn conversation(row: &AnyRow) -> Result<Id, Error> {
    column::<String>(row, "conversation")?.parse().map_err(Error::internal)
}

/// Reads who takes part in a conversation.
pub(crate) fn people(row: &AnyRow) -> Result<Vec<Person>, Error> {
    serde_json::from_str(&column::<String>(row, "participants")?).map_err(Error::internal)
}
