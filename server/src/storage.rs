//! The bytes of sealed files, in parts, each an object of its own.

use std::{io, ops::Range, path::PathBuf, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use object_store::{ObjectStore, ObjectStoreExt};
use sqlx::any::AnyRow;

use crate::{
    database::column,
    error::{Code, Error},
    files_url::FilesUrl,
    text::Id,
};

/// Bytes that are read at a time: what a slow client keeps in memory is twice that.
const BLOCK: u64 = 512 * 1024;

/// Where the parts of files lie.
pub(crate) struct Storage {
    objects: Arc<dyn ObjectStore>,
    /// The folder, where it is one.
    folder: Option<PathBuf>,
}

/// A part of a file that is stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredPart {
    /// Where it begins in the file.
    pub(crate) start: u64,
    /// How many bytes it has.
    pub(crate) size: u64,
    /// The name of its object.
    pub(crate) key: String,
}

impl StoredPart {
    /// Reads a part from `start_at`, `size` and `object_key`.
    pub(crate) fn from_row(row: &AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            start: column::<i64>(row, "start_at")?.unsigned_abs(),
            size: column::<i64>(row, "size")?.unsigned_abs(),
            key: column(row, "object_key")?,
        })
    }
}

impl Storage {
    /// Opens the place where files are kept.
    ///
    /// # Errors
    /// What [`FilesUrl::open`] fails with.
    pub(crate) fn open(place: &FilesUrl, patience: Duration) -> io::Result<Self> {
        let folder = match place {
            FilesUrl::Folder(folder) => Some(folder.clone()),
            FilesUrl::Bucket(_) => None,
        };
        Ok(Self { objects: place.open(patience)?, folder })
    }

    /// Stores a part durably, in an object that nothing else writes.
    ///
    /// # Errors
    /// `storage_full`, `unavailable` or `internal`.
    pub(crate) async fn put(
        &self,
        file: Id,
        start: u64,
        bytes: Bytes,
    ) -> Result<StoredPart, Error> {
        let key = format!("{file}/{start:012}-{}", Id::new());
        let size = bytes.len() as u64;
        let stored = self.objects.put(&key.as_str().into(), bytes.into()).await;
        stored.map_err(|error| self.refuse(error))?;
        Ok(StoredPart { start, size, key })
    }

    /// Reads a whole part.
    ///
    /// # Errors
    /// `unavailable` or `internal`.
    pub(crate) async fn load(&self, part: &StoredPart) -> Result<Vec<u8>, Error> {
        let bytes = self.objects.get_range(&part.key.as_str().into(), 0..part.size).await;
        Ok(bytes.map_err(|error| self.refuse(error))?.into())
    }

    /// Streams a range of a file. Its beginning has been read when this returns.
    ///
    /// # Errors
    /// `unavailable` or `internal`.
    pub(crate) async fn read(
        &self,
        parts: Vec<StoredPart>,
        range: Range<u64>,
    ) -> Result<impl Stream<Item = io::Result<Bytes>> + Send + 'static, Error> {
        let objects = Arc::clone(&self.objects);
        let wanted = parts.into_iter().flat_map(move |part| {
            let from = range.start.max(part.start) - part.start;
            let to = range.end.min(part.start + part.size).saturating_sub(part.start);
            let blocks = (from..to).step_by(BLOCK as usize);
            blocks.map(move |at| (part.key.clone(), at..to.min(at + BLOCK)))
        });
        let blocks = stream::iter(wanted).map(move |(key, range)| {
            let objects = Arc::clone(&objects);
            async move { objects.get_range(&key.into(), range).await }
        });
        // The next block is on its way while one is sent.
        let mut blocks = Box::pin(blocks.buffered(2));
        let first = blocks.try_next().await.map_err(|error| self.refuse(error))?;
        let rest = blocks.map_err(|error| {
            tracing::error!(%error, "a part of a file could not be read");
            io::Error::other(error)
        });
        Ok(stream::iter(first.map(Ok)).chain(rest))
    }

    /// Removes an object that nothing counts on. When that fails, the sweep will come by it.
    pub(crate) async fn discard(&self, key: &str) {
        if let Err(error) = self.objects.delete(&key.into()).await {
            tracing::warn!(%error, "an object could not be removed yet");
        }
    }

    /// Removes all parts of a file, recorded or not.
    ///
    /// # Errors
    /// `unavailable` or `internal`.
    pub(crate) async fn remove(&self, file: Id) -> Result<(), Error> {
        if let Some(folder) = &self.folder {
            // With what a crash left half written.
            return match tokio::fs::remove_dir_all(folder.join(file.to_string())).await {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    Err(Error::internal(error))
                }
                _ => Ok(()),
            };
        }
        let parts = self.objects.list(Some(&file.to_string().into()));
        let parts = parts.map_ok(|part| part.location).boxed();
        let removed = self.objects.delete_stream(parts).try_for_each(|_| async { Ok(()) }).await;
        removed.map_err(|error| self.refuse(error))
    }

    /// The objects of files that were stored before `before`, in milliseconds since 1970.
    pub(crate) fn stored_before(
        &self,
        before: i64,
    ) -> impl Stream<Item = Result<(Id, String), Error>> + Send + '_ {
        let objects = self.objects.list(None).map_err(|error| self.refuse(error));
        objects.try_filter_map(move |object| async move {
            let key = object.location.to_string();
            let file = key.split_once('/').and_then(|(file, _)| file.parse().ok());
            let is_old = object.last_modified.timestamp_millis() < before;
            Ok(file.filter(|_| is_old).map(|file| (file, key)))
        })
    }

    /// Tells a full disk, and a store elsewhere that does not answer, from everything else that
    /// may go wrong.
    fn refuse(&self, error: object_store::Error) -> Error {
        let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
        while let Some(error) = cause {
            match error.downcast_ref::<io::Error>().map(io::Error::kind) {
                Some(
                    io::ErrorKind::StorageFull
                    | io::ErrorKind::QuotaExceeded
                    | io::ErrorKind::FileTooLarge,
                ) => return Code::StorageFull.into(),
                _ => cause = error.source(),
            }
        }
        if self.folder.is_some() {
            return Error::internal(error);
        }
        tracing::error!(%error, "the store of files does not do its work");
        Code::Unavailable.into()
    }
}
