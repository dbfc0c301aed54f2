//! The bytes of sealed files, in parts, each an object of its own.

use std::{io, ops::Range, path::Path, sync::Arc};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt, local::LocalFileSystem};
use sqlx::any::AnyRow;

use crate::{
    database::column,
    error::{Code, Error},
    text::Id,
};

/// Where the parts of files lie.
pub(crate) struct Storage {
    objects: Arc<dyn ObjectStore>,
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
    /// Opens a folder, and makes it when there is none.
    ///
    /// # Errors
    /// When the folder can't be made.
    pub(crate) fn open(folder: &Path) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        // A part is acknowledged only once it is on disk, its name in the folder included.
        let objects =
            LocalFileSystem::new_with_prefix(folder).map_err(io::Error::other)?.with_fsync(true);
        Ok(Self { objects: Arc::new(objects) })
    }

    /// Stores a part durably, in an object that nothing else writes.
    ///
    /// # Errors
    /// `storage_full`, or `internal`.
    pub(crate) async fn put(
        &self,
        file: Id,
        start: u64,
        bytes: Bytes,
    ) -> Result<StoredPart, Error> {
        let key = format!("{file}/{start:012}-{}", Id::new());
        let size = bytes.len() as u64;
        self.objects.put(&key.as_str().into(), bytes.into()).await.map_err(refuse)?;
        Ok(StoredPart { start, size, key })
    }

    /// Reads a whole part.
    ///
    /// # Errors
    /// `internal`.
    pub(crate) async fn load(&self, part: &StoredPart) -> Result<Vec<u8>, Error> {
        let object = self.objects.get(&part.key.as_str().into()).await.map_err(refuse)?;
        Ok(object.bytes().await.map_err(refuse)?.into())
    }

    /// Removes a part that nothing counts on. When that fails, the sweep will come by it.
    pub(crate) async fn discard(&self, part: &StoredPart) {
        if let Err(error) = self.objects.delete(&part.key.as_str().into()).await {
            tracing::warn!(%error, "a part could not be removed yet");
        }
    }

    /// Streams a range of a file.
    pub(crate) fn read(
        &self,
        parts: Vec<StoredPart>,
        range: Range<u64>,
    ) -> impl Stream<Item = io::Result<Bytes>> + Send + 'static {
        let objects = Arc::clone(&self.objects);
        let wanted = parts.into_iter().filter_map(move |part| {
            let from = range.start.max(part.start) - part.start;
            let to = range.end.min(part.start + part.size).checked_sub(part.start)?;
            (from < to).then_some((part.key, from..to))
        });
        stream::iter(wanted)
            .then(move |(key, range)| {
                let objects = Arc::clone(&objects);
                async move {
                    let options =
                        GetOptions { range: Some(GetRange::Bounded(range)), ..Default::default() };
                    let part = objects.get_opts(&key.into(), options).await?;
                    Ok::<_, object_store::Error>(part.into_stream())
                }
            })
            .try_flatten()
            .map_err(|error| {
                tracing::error!(%error, "a part of a file could not be read");
                io::Error::other(error)
            })
    }

    /// Removes all parts of a file, recorded or not.
    ///
    /// # Errors
    /// `internal`.
    pub(crate) async fn remove(&self, file: Id) -> Result<(), Error> {
        let folder = file.to_string().into();
        let mut parts = self.objects.list(Some(&folder));
        while let Some(part) = parts.try_next().await.map_err(refuse)? {
            self.objects.delete(&part.location).await.map_err(refuse)?;
        }
        Ok(())
    }
}

/// Tells a full disk from everything else that may go wrong.
fn refuse(error: object_store::Error) -> Error {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if matches!(kind, Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)) {
            return Code::StorageFull.into();
        }
        cause = error.source();
    }
    Error::internal(error)
}
