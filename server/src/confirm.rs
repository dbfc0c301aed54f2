//! Asking who is signed in for the password again, before what a stolen session must not do.

use poem::Request;
use sqlx::AnyConnection;

use crate::{
    app::App,
    caller::Caller,
    database::column,
    error::{Code, Error},
    limits::Subject,
    names::Password,
    networks::Network,
};

/// An account that has just proved its password.
#[derive(Debug, Clone)]
pub(crate) struct Confirmed {
    /// The account's number.
    pub(crate) no: i64,
    /// The hash that the password was held against. What is written on the strength of it must
    /// hold it against the row again, as another device may change the password meanwhile.
    pub(crate) password_hash: String,
    /// The private keys under that password.
    pub(crate) wrapped_keys: Option<String>,
}

/// Locks the row of an active account, and says whether it still has the password that was hashed
/// to `password_hash`.
pub(crate) async fn still_holds(
    tx: &mut AnyConnection,
    account: i64,
    password_hash: &str,
) -> Result<bool, Error> {
    let held = sqlx::query(
        "UPDATE accounts SET password_hash = password_hash
         WHERE no = $1 AND password_hash = $2 AND is_active = 1",
    )
    .bind(account)
    .bind(password_hash)
    .execute(tx)
    .await?;
    Ok(held.rows_affected() == 1)
}

/// Holds a password against that of the caller.
///
/// # Errors
/// `wrong_password` or `too_many_requests`.
pub(crate) async fn confirm(
    app: &App,
    request: &Request,
    caller: &Caller,
    password: &Password,
) -> Result<Confirmed, Error> {
    let row = sqlx::query("SELECT password_hash, wrapped_keys FROM accounts WHERE no = $1")
        .bind(caller.no)
        .fetch_one(app.database.reader())
        .await?;
    let password_hash: String = column(&row, "password_hash")?;
    let network = Network::of(request, &app.settings.trusted_proxies);
    let turn = app.passwords.turn().await?;
    let subject = Subject::SignedIn(caller.no);
    let attempt = app.limits.attempt(subject, network, false, app.clock.now())?;
    if !turn.verify(password, Some(password_hash.clone())).await? {
        attempt.failed();
        return Err(Code::WrongPassword.into());
    }
    Ok(Confirmed { no: caller.no, password_hash, wrapped_keys: column(&row, "wrapped_keys")? })
}
