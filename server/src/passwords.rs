//! Hashing what clients send as their password, with Argon2id (RFC 9106).

use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, Version,
    password_hash::{
        self,
        phc::{Output, ParamsString, PasswordHash, Salt},
    },
};
use prometheus_client::metrics::gauge::Gauge;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{
    error::{Code, Error},
    metrics::Present,
    names::Password,
};

/// Hashes and verifies passwords, so many at a time that they neither fill the memory nor keep
/// all processors busy.
pub(crate) struct Passwords {
    params: Params,
    permits: Arc<Semaphore>,
    memory: Arc<Memory>,
    decoy: PasswordHash,
    runs: AtomicU64,
    queue: Gauge,
}

/// The memory that Argon2 works in, kept for the next run: what an allocator would keep of it
/// for each thread adds up to many times as much.
#[derive(Default)]
struct Memory(Mutex<Vec<Vec<Block>>>);

impl Memory {
    fn lend<T>(&self, work: impl FnOnce(&mut Vec<Block>) -> T) -> T {
        let spare = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut blocks = spare.unwrap_or_default();
        let done = work(&mut blocks);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(blocks);
        done
    }
}

impl Passwords {
    /// Sets up Argon2id with 19 MiB, two passes and one lane, `parallel` at a time.
    ///
    /// # Errors
    /// When the decoy for unknown accounts can't be made.
    pub(crate) fn new(parallel: usize) -> Result<Self, password_hash::Error> {
        let params = Params::new(19 * 1024, 2, 1, None)?;
        let memory = Arc::new(Memory::default());
        let decoy = memory.lend(|blocks| hash(&params, &random::<32>()?, blocks))?;
        let permits = Arc::new(Semaphore::new(parallel));
        Ok(Self {
            params,
            permits,
            memory,
            decoy,
            runs: AtomicU64::new(0),
            queue: Gauge::default(),
        })
    }

    /// How often Argon2id has run for requests.
    pub(crate) fn runs(&self) -> u64 {
        self.runs.load(Ordering::Relaxed)
    }

    /// How many wait for their turn.
    pub(crate) fn queue(&self) -> &Gauge {
        &self.queue
    }

    /// Hashes a new password into a PHC string.
    pub(crate) async fn hash(&self, password: &Password) -> Result<String, Error> {
        let (params, password) = (self.params.clone(), password.clone());
        let turn = self.turn().await?;
        let hashed = turn.run(move |blocks| hash(&params, password.as_bytes(), blocks)).await?;
        Ok(hashed.map_err(Error::internal)?.to_string())
    }

    /// Waits for a turn. What is decided while one has it can't be overtaken by more than a few
    /// others.
    pub(crate) async fn turn(&self) -> Result<Turn<'_>, Error> {
        let _waiting = Present::of(&self.queue);
        let permits = Arc::clone(&self.permits);
        let permit = permits.acquire_owned().await.map_err(|_| Code::Unavailable)?;
        Ok(Turn { passwords: self, permit: Arc::new(permit) })
    }
}

/// The right to run Argon2id, until it is dropped.
pub(crate) struct Turn<'a> {
    passwords: &'a Passwords,
    permit: Arc<OwnedSemaphorePermit>,
}

impl Turn<'_> {
    /// Whether `password` is the one that the PHC string was made from. Without one it costs the
    /// same and is false.
    pub(crate) async fn verify(
        &self,
        password: &Password,
        stored: Option<String>,
    ) -> Result<bool, Error> {
        let known = stored.is_some();
        let stored = match stored {
            Some(text) => PasswordHash::new(&text).map_err(Error::internal)?,
            None => self.passwords.decoy.clone(),
        };
        let password = password.clone();
        let matches = self.run(move |blocks| matches(&stored, password.as_bytes(), blocks)).await?;
        Ok(matches.map_err(Error::internal)? & known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> T + Send + 'static,
    ) -> Result<T, Error> {
        self.passwords.runs.fetch_add(1, Ordering::Relaxed);
        let (permit, memory) = (Arc::clone(&self.permit), Arc::clone(&self.passwords.memory));
        let job = move || {
            // Even if nobody waits for the result any more.
            let _permit = permit;
            memory.lend(work)
        };
        tokio::task::spawn_blocking(job).await.map_err(Error::internal)
    }
}

fn hash(
    params: &Params,
    password: &[u8],
    blocks: &mut Vec<Block>,
) -> Result<PasswordHash, password_hash::Error> {
    let salt = random::<16>()?;
    Ok(PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(params)?,
        salt: Some(Salt::new(&salt)?),
        hash: Some(argon2id(params.clone(), password, &salt, blocks)?),
    })
}

fn matches(
    stored: &PasswordHash,
    password: &[u8],
    blocks: &mut Vec<Block>,
) -> Result<bool, password_hash::Error> {
    let salt = stored.salt.as_ref().ok_or(password_hash::Error::SaltInvalid)?;
    let output = argon2id(Params::try_from(stored)?, password, salt, blocks)?;
    // `Output` compares in constant time.
    Ok(stored.hash == Some(output))
}

fn argon2id(
    params: Params,
    password: &[u8],
    salt: &[u8],
    blocks: &mut Vec<Block>,
) -> Result<Output, password_hash::Error> {
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    blocks.resize(params.block_count(), Block::default());
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params).hash_password_into_with_memory(
        password,
        salt,
        &mut output,
        blocks,
    )?;
    Ok(Output::new(&output)?)
}

fn random<const SIZE: usize>() -> Result<[u8; SIZE], password_hash::Error> {
    let mut bytes = [0; SIZE];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| password_hash::Error::Crypto)?;
    Ok(bytes)
}
