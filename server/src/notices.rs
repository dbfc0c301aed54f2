//! Notices between the servers of one Postgres database: whose mailbox has changed, and nothing
//! else. One that is lost delays an event until the stream looks by itself, and no longer.

use std::{
    collections::HashSet,
    mem,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use sqlx::{AnyPool, postgres::PgListener};
use tokio::{sync::Notify, time::sleep};

use crate::{app::App, database_url::DatabaseUrl, text::Id};

/// The channel of LISTEN and NOTIFY.
const CHANNEL: &str = "pli_mailboxes";
/// How many accounts one notice names: Postgres takes less than 8,000 bytes.
const NAMED: usize = 350;
/// How long to wait before listening again after the database went away.
const PAUSE: Duration = Duration::from_secs(1);

/// What the other servers are to be told.
#[derive(Default)]
pub(crate) struct Outbox {
    changed: Mutex<HashSet<i64>>,
    filled: Notify,
}

impl Outbox {
    /// Notes an account whose mailbox has changed.
    pub(crate) fn put(&self, account: i64) {
        self.changed.lock().unwrap_or_else(PoisonError::into_inner).insert(account);
        self.filled.notify_one();
    }

    /// Waits until there is something to tell, and takes it.
    async fn take(&self) -> Vec<i64> {
        loop {
            self.filled.notified().await;
            let changed =
                mem::take(&mut *self.changed.lock().unwrap_or_else(PoisonError::into_inner));
            if !changed.is_empty() {
                return changed.into_iter().collect();
            }
        }
    }
}

/// Tells the other servers what changes here, and wakes streams for what changes there, until the
/// server stops. A SQLite file has no other servers.
pub(crate) async fn exchange(app: Arc<App>) {
    let DatabaseUrl::Postgres(url) = app.settings.database() else { return };
    let Some(outbox) = app.listeners.outbox() else { return };
    let own = Id::new().to_string();
    let both = async { tokio::join!(tell(&app, outbox, &own), listen(&app, &url, &own)) };
    app.stopping.run_until_cancelled(both).await;
}

async fn tell(app: &App, outbox: &Outbox, own: &str) {
    loop {
        for accounts in outbox.take().await.chunks(NAMED) {
            let accounts: Vec<String> = accounts.iter().map(i64::to_string).collect();
            let notice = format!("{own} {}", accounts.join(","));
            if let Err(error) = notify(app.database.reader(), &notice).await {
                tracing::warn!(%error, "the other servers could not be told of changes");
            }
        }
    }
}

async fn notify(pool: &AnyPool, notice: &str) -> Result<(), sqlx::Error> {
    let query = sqlx::query("SELECT pg_notify($1, $2)").bind(CHANNEL).bind(notice);
    query.execute(pool).await.map(drop)
}

async fn listen(app: &App, url: &str, own: &str) {
    loop {
        if let Err(error) = hear(app, url, own).await {
            tracing::warn!(%error, "the other servers can't be heard");
        }
        sleep(PAUSE).await;
    }
}

/// Listens until the connection fails in a way that does not mend itself.
async fn hear(app: &App, url: &str, own: &str) -> Result<(), sqlx::Error> {
    let mut listener = PgListener::connect(url).await?;
    listener.listen(CHANNEL).await?;
    loop {
        // Whatever was said while nobody listened.
        app.listeners.wake_all();
        while let Some(notice) = listener.try_recv().await? {
            let Some((server, accounts)) = notice.payload().split_once(' ') else { continue };
            if server != own {
                let accounts = accounts.split(',').filter_map(|account| account.parse().ok());
                accounts.for_each(|account| app.listeners.wake(account));
            }
        }
    }
}
