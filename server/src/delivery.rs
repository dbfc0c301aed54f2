//! Delivering: the transaction that puts a message into mailboxes.

use std::collections::BTreeMap;

use sqlx::{Any, AnyConnection, Executor};

use crate::{
    database::column,
    error::{Code, Error, Fault},
    jose,
    messages::{ContentType, Person},
    text::{Id, Timestamp},
};

/// What a message leaves in each mailbox when everybody has deleted it, its own row included: these
/// bytes stay taken from the sender's room.
const COPY_BYTES: i64 = 512;

/// Someone who takes part, with the key that the envelope is sealed to.
pub(crate) struct Participant {
    /// Who it is.
    pub(crate) person: Person,
    /// Thumbprint of the encryption key.
    pub(crate) enc_kid: String,
    /// Where the request names the participant.
    pub(crate) pointer: String,
}

impl Participant {
    /// Says that the envelope is not sealed to the participant's current key.
    pub(crate) fn stale(&self) -> Fault {
        let detail = "the envelope is not sealed to the current key of this account";
        Fault::new(self.pointer.clone(), "stale_key", detail)
    }
}

/// A message that has been found in order.
pub(crate) struct Delivery {
    /// The message's identifier.
    pub(crate) id: Id,
    /// The sender's account.
    pub(crate) sender: i64,
    /// Hash of the request.
    pub(crate) body_hash: String,
    /// What the letter inside holds.
    pub(crate) content_type: ContentType,
    /// The file that it names.
    pub(crate) file_id: Option<Id>,
    /// The envelope, as JSON.
    pub(crate) envelope: String,
    /// The most bytes that the sender's messages may take.
    pub(crate) quota: i64,
    /// When it was accepted.
    pub(crate) sent_at: Timestamp,
    /// Everybody who takes part, by account number.
    pub(crate) participants: BTreeMap<i64, Participant>,
}

/// When the same request was first answered; none when the identifier is free.
///
/// # Errors
/// `message_id_taken` when another request had the identifier.
pub(crate) async fn first_answer<'e>(
    database: impl Executor<'e, Database = Any>,
    id: Id,
    sender: i64,
    body_hash: &str,
) -> Result<Option<Timestamp>, Error> {
    let row = sqlx::query("SELECT sender, body_hash, sent_at FROM messages WHERE id = $1")
        .bind(id.to_string())
        .fetch_optional(database)
        .await?;
    let Some(row) = row else {
        return Ok(None);
    };
    let same = column::<i64>(&row, "sender")? == sender
        && column::<String>(&row, "body_hash")? == body_hash;
    if same {
        Ok(Some(Timestamp(column(&row, "sent_at")?)))
    } else {
        Err(Code::MessageIdTaken.into())
    }
}

async fn find_conversation(tx: &mut AnyConnection, hash: &str) -> Result<Option<String>, Error> {
    let row = sqlx::query("SELECT id FROM conversations WHERE participants_hash = $1")
        .bind(hash)
        .fetch_optional(tx)
        .await?;
    Ok(row.map(|row| column(&row, "id")).transpose()?)
}

impl Delivery {
    /// Stores the message and puts it into all mailboxes, or says when it was stored before.
    pub(crate) async fn deliver(&self, tx: &mut AnyConnection) -> Result<Timestamp, Error> {
        let conversation = self.conversation(tx).await?;
        let stored = sqlx::query(
            "INSERT INTO messages (id, sender, conversation, body_hash, content_type, file_id,
                 sent_at, copies, size, envelope)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (id) DO NOTHING",
        )
        .bind(self.id.to_string())
        .bind(self.sender)
        .bind(&conversation)
        .bind(&self.body_hash)
        .bind(self.content_type.as_str())
        .bind(self.file_id.map(|id| id.to_string()))
        .bind(self.sent_at.0)
        .bind(self.size()?)
        .bind(self.bytes()?)
        .bind(&self.envelope)
        .execute(&mut *tx)
        .await?;
        if stored.rows_affected() == 0 {
            let answer = first_answer(tx, self.id, self.sender, &self.body_hash).await?;
            return answer.ok_or_else(|| Code::Unavailable.into());
        }
        self.take_room(tx).await?;
        self.take_file(tx).await?;
        // In ascending account order, so that no two deliveries wait for each other.
        for (account, participant) in &self.participants {
            self.enter(tx, *account, participant, &conversation).await?;
        }
        Ok(self.sent_at)
    }

    fn size(&self) -> Result<i64, Error> {
        i64::try_from(self.participants.len()).map_err(Error::internal)
    }

    /// Finds the conversation of exactly these participants, or makes it.
    async fn conversation(&self, tx: &mut AnyConnection) -> Result<String, Error> {
        let numbers: Vec<String> = self.participants.keys().map(i64::to_string).collect();
        let hash = jose::hash(numbers.join(",").as_bytes());
        if let Some(known) = find_conversation(tx, &hash).await? {
            return Ok(known);
        }
        let people: Vec<&Person> =
            self.participants.values().map(|participant| &participant.person).collect();
        sqlx::query(
            "INSERT INTO conversations (id, participants_hash, participants, size)
             VALUES ($1, $2, $3, $4) ON CONFLICT (participants_hash) DO NOTHING",
        )
        .bind(Id::new().to_string())
        .bind(&hash)
        .bind(serde_json::to_string(&people).map_err(Error::internal)?)
        .bind(self.size()?)
        .execute(&mut *tx)
        .await?;
        find_conversation(tx, &hash).await?.ok_or_else(|| Code::Unavailable.into())
    }

    fn bytes(&self) -> Result<i64, Error> {
        i64::try_from(self.envelope.len()).map_err(Error::internal)
    }

    /// Takes room from the sender's account: for the envelope until nobody keeps it, and for every
    /// copy for good. Nobody else's room is taken, so that no stranger can use it up.
    async fn take_room(&self, tx: &mut AnyConnection) -> Result<(), Error> {
        let taken = sqlx::query(
            "UPDATE accounts SET message_bytes = message_bytes + $1
             WHERE no = $2 AND message_bytes <= $3 - $1",
        )
        .bind(self.bytes()? + self.size()? * COPY_BYTES)
        .bind(self.sender)
        .bind(self.quota)
        .execute(tx)
        .await?;
        if taken.rows_affected() == 1 { Ok(()) } else { Err(Code::QuotaExceeded.into()) }
    }

    async fn take_file(&self, tx: &mut AnyConnection) -> Result<(), Error> {
        let Some(file_id) = self.file_id else {
            return Ok(());
        };
        let taken = sqlx::query(
            "UPDATE files SET refs = refs + 1
             WHERE id = $1 AND owner = $2 AND state = 1 AND (refs > 0 OR expires_at >= $3)",
        )
        .bind(file_id.to_string())
        .bind(self.sender)
        .bind(self.sent_at.0)
        .execute(tx)
        .await?;
        if taken.rows_affected() == 1 { Ok(()) } else { Err(Code::FileNotFound.into()) }
    }

    /// Puts the message into one mailbox. The update allocates the entry's number, holds the
    /// account and its key against what the envelope was checked with, and orders commits.
    async fn enter(
        &self,
        tx: &mut AnyConnection,
        account: i64,
        participant: &Participant,
        conversation: &str,
    ) -> Result<(), Error> {
        let row = sqlx::query(
            "UPDATE mailboxes SET last_seq = last_seq + 1
             WHERE account = $1 AND enc_kid = $2 AND is_active = 1 RETURNING last_seq",
        )
        .bind(account)
        .bind(&participant.enc_kid)
        .fetch_optional(&mut *tx)
        .await?;
        let Some(row) = row else {
            return Err(Error::at(Code::RecipientsMismatch, vec![participant.stale()]));
        };
        let seq: i64 = column(&row, "last_seq")?;
        sqlx::query(
            "INSERT INTO entries (account, seq, message_id, conversation) VALUES ($1, $2, $3, $4)",
        )
        .bind(account)
        .bind(seq)
        .bind(self.id.to_string())
        .bind(conversation)
        .execute(&mut *tx)
        .await?;
        sqlx::query(
            "INSERT INTO threads (account, conversation, last_seq, read_seq, unread)
             VALUES ($1, $2, $3, 0, $4) ON CONFLICT (account, conversation) DO UPDATE
             SET last_seq = excluded.last_seq, unread = threads.unread + excluded.unread",
        )
        .bind(account)
        .bind(conversation)
        .bind(seq)
        .bind(i64::from(account != self.sender))
        .execute(tx)
        .await?;
        Ok(())
    }
}
