//! Receiving the bytes of uploads: in parts, each durable before it counts, from one request at a
//! time.

use std::{
    collections::HashMap,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use futures_util::TryStreamExt;
use poem::Body;
use sqlx::AnyConnection;
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    error::{Code, Error},
    json::unreadable,
    storage::StoredPart,
    text::Id,
    uploads::Upload,
};

/// A part is stored once it has this many bytes.
const PART: usize = 4 * 1024 * 1024;
/// What is not yet stored of all uploads together has at most about this many bytes: parts are
/// smaller when there are many uploads.
const ROOM: usize = 256 * 1024 * 1024;
/// No part is smaller than this but for a file's last one: the next bytes are stored together
/// with it, so that nobody fills the disk with crumbs.
const SMALLEST: usize = 256 * 1024;

/// The uploads that bytes are coming for, with the request that they come from.
#[derive(Default)]
pub(crate) struct Uploads(Mutex<HashMap<Id, Arc<Signals>>>);

#[derive(Default)]
struct Signals {
    /// Another request is here to send the bytes.
    give_up: CancellationToken,
    /// Somebody asks how far the upload is.
    hand_over: CancellationToken,
    /// Nothing more is stored.
    ended: CancellationToken,
}

/// One request's turn to send bytes for an upload.
pub(crate) struct Turn<'a> {
    uploads: &'a Uploads,
    file: Id,
    signals: Arc<Signals>,
}

impl Uploads {
    fn running(&self) -> MutexGuard<'_, HashMap<Id, Arc<Signals>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the turn to send bytes for an upload from whoever has it. What that one has not
    /// stored is dropped: it comes again.
    pub(crate) async fn take(&self, file: Id) -> Turn<'_> {
        let signals = Arc::new(Signals::default());
        let turn = Turn { uploads: self, file, signals: Arc::clone(&signals) };
        let previous = self.running().insert(file, signals);
        if let Some(previous) = previous {
            previous.give_up.cancel();
            previous.ended.cancelled().await;
        }
        turn
    }

    /// Has the request that sends bytes for an upload store what it has and end.
    pub(crate) async fn settle(&self, file: Id) {
        let running = self.running().get(&file).cloned();
        if let Some(running) = running {
            running.hand_over.cancel();
            running.ended.cancelled().await;
        }
    }

    /// How many bytes a part may have.
    fn part_size(&self) -> usize {
        (ROOM / self.running().len().max(1)).clamp(SMALLEST, PART)
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut running = self.uploads.running();
        if running.get(&self.file).is_some_and(|latest| Arc::ptr_eq(latest, &self.signals)) {
            running.remove(&self.file);
        }
        self.signals.ended.cancel();
    }
}

/// Bytes that have come, and what of the file is stored.
struct Receiver<'a> {
    app: &'a App,
    file: Id,
    /// How many bytes of the file are stored.
    received: i64,
    /// Where `part` begins.
    start: i64,
    part: Vec<u8>,
    /// The object that `part` begins with the bytes of, and is to replace.
    replaced: Option<StoredPart>,
}

/// Stores a body from the upload's offset on. What has come stays, however the body ends.
///
/// # Errors
/// `upload_taken_over` when another request takes its place, `unavailable` when the server stops,
/// and what [`crate::storage::Storage::put`] and the body fail with.
pub(crate) async fn receive(
    app: &App,
    turn: &Turn<'_>,
    upload: Upload,
    body: Body,
) -> Result<(), Error> {
    let mut chunks = body.into_bytes_stream();
    let mut receiver = Receiver::new(app, upload).await?;
    let end = loop {
        let chunk = tokio::select! {
            biased;
            () = turn.signals.give_up.cancelled() => return Err(Code::UploadTakenOver.into()),
            () = turn.signals.hand_over.cancelled() => break Err(Code::UploadTakenOver.into()),
            () = app.stopping.cancelled() => break Err(Code::Unavailable.into()),
            chunk = chunks.try_next() => chunk,
        };
        match chunk {
            Ok(Some(chunk)) if receiver.end() + chunk.len() as i64 > upload.size => {
                return Err(Code::UploadTooLong.into());
            }
            Ok(Some(chunk)) => receiver.take(chunk).await?,
            Ok(None) => break Ok(()),
            Err(error) => break Err(unreadable(Some(&error))),
        }
    };
    receiver.store().await?;
    end
}

impl<'a> Receiver<'a> {
    async fn new(app: &'a App, upload: Upload) -> Result<Self, Error> {
        let Upload { file, received, .. } = upload;
        let mut receiver =
            Self { app, file, received, start: received, part: Vec::new(), replaced: None };
        if let Some(last) = last_part(app, file).await?.filter(|part| part.size < SMALLEST as u64)
            && last.start + last.size == received.unsigned_abs()
        {
            receiver.part = app.storage.load(&last).await?;
            receiver.start = last.start.cast_signed();
            receiver.replaced = Some(last);
        }
        Ok(receiver)
    }

    /// Adds bytes, and stores those that make a part.
    async fn take(&mut self, mut chunk: Bytes) -> Result<(), Error> {
        while !chunk.is_empty() {
            let size = self.app.uploads.part_size();
            let room = size.saturating_sub(self.part.len()).min(chunk.len());
            self.part.extend_from_slice(&chunk.split_to(room));
            if self.part.len() >= size {
                self.store().await?;
            }
        }
        Ok(())
    }

    /// How many bytes of the file have come.
    fn end(&self) -> i64 {
        self.start + self.part.len() as i64
    }

    /// Stores what has come, and counts it once it is durable.
    async fn store(&mut self) -> Result<(), Error> {
        let (app, file, before) = (self.app, self.file, self.received);
        if self.end() == before {
            return Ok(());
        }
        let bytes = mem::take(&mut self.part).into();
        let part = app.storage.put(file, self.start.unsigned_abs(), bytes).await?;
        let (now, expires_at) = (app.clock.now(), app.upload_expiry());
        let new = part.clone();
        let recorded = app
            .database
            .write(async move |tx| record(tx, file, before, &new, now, expires_at).await)
            .await;
        match recorded {
            Ok(()) => {
                self.received = (part.start + part.size).cast_signed();
                self.start = self.received;
                // If this fails, the sweep comes by it.
                if let Some(replaced) = self.replaced.take() {
                    app.storage.discard(&replaced.key).await;
                }
                Ok(())
            }
            Err(error) => {
                // After any other error nobody knows whether it is recorded.
                if error.code == Code::UploadTakenOver {
                    app.storage.discard(&part.key).await;
                }
                Err(error)
            }
        }
    }
}

async fn last_part(app: &App, file: Id) -> Result<Option<StoredPart>, Error> {
    let row = sqlx::query(
        "SELECT start_at, size, object_key FROM file_parts WHERE file_id = $1
         ORDER BY start_at DESC LIMIT 1",
    )
    .bind(file.to_string())
    .fetch_optional(app.database.reader())
    .await?;
    Ok(row.as_ref().map(StoredPart::from_row).transpose()?)
}

/// Counts a part that is durable, unless the upload has gone, or gone on, meanwhile.
async fn record(
    tx: &mut AnyConnection,
    file: Id,
    before: i64,
    part: &StoredPart,
    now: i64,
    expires_at: i64,
) -> Result<(), Error> {
    let (file, start, size) = (file.to_string(), part.start.cast_signed(), part.size.cast_signed());
    let recorded = sqlx::query(
        "UPDATE files SET received = $1, state = CASE WHEN size = $1 THEN 1 ELSE 0 END,
             expires_at = $2
         WHERE id = $3 AND state = 0 AND received = $4 AND expires_at >= $5",
    )
    .bind(start + size)
    .bind(expires_at)
    .bind(&file)
    .bind(before)
    .bind(now)
    .execute(&mut *tx)
    .await?;
    if recorded.rows_affected() == 0 {
        return Err(Code::UploadTakenOver.into());
    }
    // The part that this one continues, if it does.
    sqlx::query("DELETE FROM file_parts WHERE file_id = $1 AND start_at = $2")
        .bind(&file)
        .bind(start)
        .execute(&mut *tx)
        .await?;
    sqlx::query(
        "INSERT INTO file_parts (file_id, start_at, size, object_key) VALUES ($1, $2, $3, $4)",
    )
    .bind(&file)
    .bind(start)
    .bind(size)
    .bind(&part.key)
    .execute(tx)
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Id, PART, SMALLEST, Uploads};

    #[tokio::test]
    async fn parts_are_smaller_when_there_are_many_uploads() {
        let uploads = Uploads::default();
        let mut turns = Vec::new();
        for (count, size) in [(0, PART), (1, PART), (64, PART), (128, PART / 2), (5000, SMALLEST)] {
            while turns.len() < count {
                turns.push(uploads.take(Id::new()).await);
            }
            assert_eq!(uploads.part_size(), size, "{count}");
        }
        turns.clear();
        assert_eq!(uploads.part_size(), PART);
    }
}
