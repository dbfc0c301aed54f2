//! Where files are kept: in a folder, or in a bucket of a store that speaks S3.

use std::{fmt, io, path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use object_store::{
    BackoffConfig, ClientConfigKey, ObjectStore, RetryConfig,
    aws::{AmazonS3Builder, AmazonS3ConfigKey},
    local::LocalFileSystem,
    prefix::PrefixStore,
};
use percent_encoding::percent_decode_str;
use url::Url;

/// How often a request to the store is tried again.
const RETRIES: usize = 3;

/// A place for files: `file:FOLDER`, or
/// `s3://BUCKET/PREFIX?endpoint=URL&region=NAME`, where everything after the bucket may be left
/// out, and `KEY:SECRET@` may stand in front of it. What the address leaves out is taken from the
/// `AWS_*` variables, or from the machine's role.
#[derive(Clone)]
pub enum FilesUrl {
    /// A folder.
    Folder(PathBuf),
    /// A bucket.
    Bucket(Url),
}

impl FromStr for FilesUrl {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("file:").filter(|path| !path.is_empty()) {
            return Ok(Self::Folder(path.strip_prefix("//").unwrap_or(path).into()));
        }
        let url = Url::parse(text).map_err(|_| "must be file:FOLDER or s3://BUCKET")?;
        let known = |name: &str| matches!(name, "endpoint" | "region" | "virtual_hosted");
        if url.scheme() != "s3" || url.host_str().is_none_or(str::is_empty) {
            Err("must be file:FOLDER or s3://BUCKET")
        } else if url.query_pairs().any(|(name, _)| !known(&name)) {
            Err("only endpoint, region and virtual_hosted may follow the bucket")
        } else {
            Ok(Self::Bucket(url))
        }
    }
}

/// Without the secret that an address may have.
impl fmt::Debug for FilesUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(formatter, "file:{}", folder.display()),
            Self::Bucket(url) => {
                write!(formatter, "s3://{}", url.host_str().unwrap_or_default())
            }
        }
    }
}

impl FilesUrl {
    /// Opens the place. A bucket is first asked for when there is something to store, and each of
    /// its answers may take as long as `patience`.
    ///
    /// # Errors
    /// When there is no such folder, or the address and the variables make no sense.
    pub(crate) fn open(&self, patience: Duration) -> io::Result<Arc<dyn ObjectStore>> {
        match self {
            Self::Folder(folder) => {
                let objects = LocalFileSystem::new_with_prefix(folder).map_err(io::Error::other)?;
                // A part is acknowledged only once it is on disk, its name in the folder included.
                Ok(Arc::new(objects.with_fsync(true)))
            }
            Self::Bucket(url) => {
                let prefix = url.path().trim_matches('/').to_owned();
                let objects = builder(url, patience).build().map_err(io::Error::other)?;
                Ok(Arc::new(PrefixStore::new(objects, prefix)))
            }
        }
    }
}

fn builder(url: &Url, patience: Duration) -> AmazonS3Builder {
    let client = |key| AmazonS3ConfigKey::Client(key);
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    let mut builder = AmazonS3Builder::from_env()
        .with_bucket_name(url.host_str().unwrap_or_default())
        .with_config(client(ClientConfigKey::Timeout), format!("{} ms", patience.as_millis()))
        .with_retry(RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(100),
                max_backoff: Duration::from_secs(2),
                base: 2.0,
            },
            max_retries: RETRIES,
            retry_timeout: patience,
        });
    for (name, value) in url.query_pairs() {
        builder = match &*name {
            "endpoint" => {
                builder.with_allow_http(value.starts_with("http://")).with_endpoint(value)
            }
            "region" => builder.with_region(value),
            _ => builder.with_virtual_hosted_style_request(value == "true"),
        };
    }
    if let Some(secret) = url.password() {
        builder = builder
            .with_access_key_id(decoded(url.username()))
            .with_secret_access_key(decoded(secret));
    }
    builder
}

#[cfg(test)]
mod tests {
    use super::FilesUrl;

    #[test]
    fn a_folder_or_a_bucket_is_understood() {
        for (text, shown) in [
            ("file:files", "file:files"),
            ("file:///var/lib/pli", "file:/var/lib/pli"),
            ("s3://bucket", "s3://bucket"),
            ("s3://key:se%2Fcret@bucket/a/b?region=x&endpoint=http://s3:9000", "s3://bucket"),
        ] {
            assert_eq!(format!("{:?}", text.parse::<FilesUrl>().unwrap()), shown);
        }
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "file:", "files", "s3:", "s3://", "s3://bucket?secret=x", "gs://bucket"] {
            assert!(text.parse::<FilesUrl>().is_err(), "{text}");
        }
    }
}
