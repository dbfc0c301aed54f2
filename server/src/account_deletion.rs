//! Deleting an account. Its number, id, username and key history stay, so that its old letters
//! open and nobody takes its name.

use std::sync::Arc;

use poem::Request;
use poem_openapi::OpenApi;
use sqlx::AnyConnection;

use crate::{
    app::{App, Part},
    caller::CurrentAccount,
    confirm::{Confirmed, confirm},
    database::column,
    deletion::{discard, release},
    done::Done,
    error::{Code, Error},
    export::CurrentPassword,
    json::Json,
    staff::{keep_staff, lock_accounts},
    text::Id,
};

/// How many entries go in one transaction.
const BATCH: i64 = 100;

/// The route of deleting an account.
pub(crate) struct AccountDeletions(pub(crate) Arc<App>);

#[OpenApi(tag = "Part::Auth")]
impl AccountDeletions {
    /// Delete the account
    ///
    /// With its mailbox and the files that no message of others names. Its username and key
    /// history stay, so that old letters still open; its e-mail address is free again.
    #[oai(path = "/auth/delete_account", method = "post", operation_id = "delete_account")]
    async fn delete_account(
        &self,
        caller: CurrentAccount,
        request: &Request,
        Json(password): Json<CurrentPassword>,
    ) -> Result<Done, Error> {
        let (app, account) = (Arc::clone(&self.0), caller.0.no);
        let confirmed = confirm(&app, request, &caller.0, &password.current_password).await?;
        // What has begun is finished, even if the client goes away.
        let deleting = async move {
            app.database.write(async move |tx| close(tx, &confirmed).await).await?;
            app.listeners.notify(account);
            erase(&app, account).await
        };
        tokio::spawn(deleting).await.map_err(Error::internal)??;
        Ok(Done::NoContent)
    }
}

/// Closes an account for good.
async fn close(tx: &mut AnyConnection, confirmed: &Confirmed) -> Result<(), Error> {
    lock_accounts(tx).await?;
    let row = sqlx::query("SELECT is_staff FROM accounts WHERE no = $1 AND password_hash = $2")
        .bind(confirmed.no)
        .bind(&confirmed.password_hash)
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(Code::WrongPassword)?;
    sqlx::query(
        "UPDATE accounts SET email = NULL, password_hash = '', is_staff = 0, is_active = 0,
             wrapped_keys = NULL, recovery_hash = NULL, recovery_wrapped = NULL,
             recovery_grant = NULL
         WHERE no = $1",
    )
    .bind(confirmed.no)
    .execute(&mut *tx)
    .await?;
    if column::<i64>(&row, "is_staff")? == 1 {
        keep_staff(tx).await?;
    }
    for statement in [
        "UPDATE mailboxes SET is_active = 0 WHERE account = $1",
        "DELETE FROM sessions WHERE account = $1",
        "DELETE FROM networks WHERE account = $1",
    ] {
        sqlx::query(statement).bind(confirmed.no).execute(&mut *tx).await?;
    }
    Ok(())
}

/// Removes what a closed account leaves behind, bit by bit, so that nobody waits for it. May be
/// broken off and begun again.
pub(crate) async fn erase(app: &App, account: i64) -> Result<(), Error> {
    loop {
        let (files, more) =
            app.database.write(async move |tx| erase_some(tx, account).await).await?;
        for file in files {
            discard(app, file).await;
        }
        if !more {
            break;
        }
    }
    let unnamed = sqlx::query("SELECT id FROM files WHERE owner = $1 AND refs = 0")
        .bind(account)
        .fetch_all(app.database.reader())
        .await?;
    for row in &unnamed {
        discard(app, column::<String>(row, "id")?.parse().map_err(Error::internal)?).await;
    }
    Ok(())
}

async fn erase_some(tx: &mut AnyConnection, account: i64) -> Result<(Vec<Id>, bool), Error> {
    let rows = sqlx::query("SELECT seq FROM entries WHERE account = $1 ORDER BY seq LIMIT $2")
        .bind(account)
        .bind(BATCH)
        .fetch_all(&mut *tx)
        .await?;
    let mut files = Vec::new();
    for row in &rows {
        // Of two who erase the same account, one finds the entry.
        let erased = "DELETE FROM entries WHERE account = $1 AND seq = $2 RETURNING message_id";
        let erased = sqlx::query(erased)
            .bind(account)
            .bind(column::<i64>(row, "seq")?)
            .fetch_optional(&mut *tx)
            .await?;
        let message = erased.map(|row| column::<Option<String>>(&row, "message_id")).transpose()?;
        if let Some(message) = message.flatten() {
            files.extend(release(tx, &message).await?);
        }
    }
    if rows.is_empty() {
        // Last: the sweep finds by them what is not done.
        sqlx::query("DELETE FROM threads WHERE account = $1").bind(account).execute(tx).await?;
    }
    Ok((files, !rows.is_empty()))
}
