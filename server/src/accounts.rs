//! Accounts: registering, what a client needs to sign in, and the account's own keys.

use std::sync::Arc;

use poem::Request;
use poem_openapi::{
    ApiResponse, Object, OpenApi,
    auth::{Bearer, BearerAuthorization},
};
use serde::Deserialize;
use sqlx::{AnyConnection, any::AnyRow};

use crate::{
    app::{App, Part},
    caller::{CurrentAccount, authenticate},
    database::column,
    error::{Code, Error},
    json::Json,
    key_histories::{key_history, publish},
    names::{AccountName, Email, Password, Username},
    networks::Network,
    new_keys::{NewKeys, VerifiedKeys},
    settings::Registration,
    statements::Statement,
    text::{Id, Timestamp},
    wrapped_keys::{self, Kdf},
};

/// The routes of accounts.
pub(crate) struct Accounts(pub(crate) Arc<App>);

/// An account, as its owner sees it.
#[derive(Debug, Clone, Object)]
pub(crate) struct Account {
    /// The account's identifier.
    pub(crate) id: Id,
    /// Its handle, the `sub` of its key statements. Never changes.
    pub(crate) username: Username,
    /// Its e-mail address.
    pub(crate) email: Email,
    /// Whether it may list all users.
    pub(crate) is_staff: bool,
    /// When it was registered.
    pub(crate) created_at: Timestamp,
}

impl Account {
    /// Reads an account from the columns of its table.
    pub(crate) fn from_row(row: &AnyRow) -> Result<Self, Error> {
        Ok(Self {
            id: column::<String>(row, "id")?.parse().map_err(Error::internal)?,
            username: column::<String>(row, "username")?.parse().map_err(Error::internal)?,
            email: column::<String>(row, "email")?.parse().map_err(Error::internal)?,
            is_staff: column::<i64>(row, "is_staff")? == 1,
            created_at: Timestamp(column(row, "created_at")?),
        })
    }
}

/// A new account.
#[derive(Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAccount {
    /// Its handle. Lower-cased; never changed, never given to anyone else.
    username: Username,
    /// Its e-mail address. Not verified.
    email: Email,
    /// What proves the account at login. Pli's clients send a secret derived from the password,
    /// never the password.
    password: Password,
    /// Must be false: staff is made on the command line or by staff.
    #[serde(default)]
    #[oai(default)]
    is_staff: bool,
    /// Its keys. Without any it can't be written to.
    keys: Option<NewKeys>,
}

#[derive(ApiResponse)]
pub(crate) enum Registered {
    /// The account has been made.
    #[oai(status = 201)]
    Created(
        Json<Account>,
        /// Where its public profile is.
        #[oai(header = "Location")]
        String,
    ),
}

/// Someone's name.
#[derive(Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct Name {
    /// E-mail address or username.
    pub(crate) email: AccountName,
}

/// An account's own keys.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct OwnKeys {
    /// The private keys under the password: a compact JWE. Absent without keys.
    #[oai(validator(max_length = 1048576))]
    wrapped_keys: Option<String>,
    /// The key history, oldest statement first; empty without keys.
    #[oai(validator(max_items = 64))]
    key_history: Vec<Statement>,
    /// Whether there is a copy under a recovery code.
    has_recovery: bool,
}

#[OpenApi(tag = "Part::Auth")]
impl Accounts {
    /// Register an account
    ///
    /// Keys ride along, verified: the history must be a chain of signed statements for this
    /// username, and the wrapped keys those of its latest statement. E-mail addresses are not
    /// verified. Where registration is for staff only, a staff member's access token is needed.
    #[oai(path = "/auth/register", method = "post", operation_id = "register")]
    async fn register(
        &self,
        request: &Request,
        Json(new): Json<NewAccount>,
    ) -> Result<Registered, Error> {
        let app = &self.0;
        if new.is_staff {
            return Err(Code::StaffNotGranted.into());
        }
        if app.settings.registration == Registration::Staff {
            let bearer = Bearer::from_request(request).map_err(|_| Code::MissingToken)?;
            if !authenticate(app, &bearer.token).await?.account.is_staff {
                return Err(Code::RegistrationClosed.into());
            }
        } else {
            let network = Network::of(request, &app.settings.trusted_proxies);
            app.limits.register(network, app.clock.now())?;
        }
        let keys = match new.keys {
            None => None,
            Some(keys) => Some(keys.verify(new.username.clone()).await?),
        };
        let password_hash = app.passwords.hash(&new.password).await?;
        let account = Account {
            id: Id::new(),
            username: new.username,
            email: new.email,
            is_staff: false,
            created_at: Timestamp(app.clock.now()),
        };
        let row = account.clone();
        app.database
            .write(async move |tx| insert(tx, &row, &password_hash, keys.as_ref()).await)
            .await?;
        let location = format!("/users/{}", account.id);
        Ok(Registered::Created(Json(account), location))
    }

    /// How to derive the login secret
    ///
    /// The parameters that the client needs to stretch a password with. A name that is not known
    /// here gets parameters too, always the same ones.
    #[oai(path = "/auth/kdf", method = "post", operation_id = "kdf")]
    async fn kdf(&self, Json(name): Json<Name>) -> Result<Json<Kdf>, Error> {
        let app = &self.0;
        let row = sqlx::query(
            "SELECT SUBSTR(wrapped_keys, 1, 1024) AS head FROM accounts
             WHERE (email = $1 OR username = $1) AND is_active = 1",
        )
        .bind(name.email.as_str())
        .fetch_optional(app.database.reader())
        .await?;
        let known: Option<String> = row.map(|row| column(&row, "head")).transpose()?.flatten();
        // Known or not, a decoy is made and a header is read: both take as long.
        let decoy = wrapped_keys::decoy_header(&app.mac_key, name.email.as_str());
        Ok(Json(wrapped_keys::kdf_in(&known.unwrap_or(decoy))?))
    }

    /// The account's own keys
    ///
    /// What a signed-in device needs to unlock them again: the private keys as they were wrapped on
    /// the client, and the public history.
    #[oai(path = "/auth/keys", method = "get", operation_id = "own_keys")]
    async fn own_keys(&self, caller: CurrentAccount) -> Result<Json<OwnKeys>, Error> {
        let app = &self.0;
        let row = sqlx::query("SELECT wrapped_keys, recovery_hash FROM accounts WHERE no = $1")
            .bind(caller.0.no)
            .fetch_one(app.database.reader())
            .await?;
        Ok(Json(OwnKeys {
            wrapped_keys: column(&row, "wrapped_keys")?,
            key_history: key_history(app, caller.0.no).await?,
            has_recovery: column::<Option<String>>(&row, "recovery_hash")?.is_some(),
        }))
    }
}

/// Inserts an account. That username, e-mail address and keys are not taken is for the unique
/// indexes to say.
async fn insert(
    tx: &mut AnyConnection,
    account: &Account,
    password_hash: &str,
    keys: Option<&VerifiedKeys>,
) -> Result<(), Error> {
    let row = sqlx::query(
        "UPDATE counters SET value = value + 1 WHERE name = 'accounts' RETURNING value",
    )
    .fetch_one(&mut *tx)
    .await?;
    let no: i64 = column(&row, "value")?;
    let recovery = keys.and_then(|keys| keys.recovery.as_ref());
    sqlx::query(
        "INSERT INTO accounts (no, id, username, email, password_hash, is_staff, is_active,
             created_at, wrapped_keys, recovery_hash, recovery_wrapped, file_bytes,
             message_bytes)
         VALUES ($1, $2, $3, $4, $5, 0, 1, $6, $7, $8, $9, 0, 0)",
    )
    .bind(no)
    .bind(account.id.to_string())
    .bind(account.username.as_str())
    .bind(account.email.as_str())
    .bind(password_hash)
    .bind(account.created_at.0)
    .bind(keys.map(|keys| keys.wrapped_keys.as_str()))
    .bind(recovery.map(|(secret, _)| secret.hash()))
    .bind(recovery.map(|(_, wrapped)| wrapped.as_str()))
    .execute(&mut *tx)
    .await?;

    let links = keys.map(|keys| keys.history.links()).unwrap_or_default();
    publish(tx, no, 0, links).await?;
    sqlx::query(
        "INSERT INTO mailboxes (account, enc_kid, is_active, last_seq, version)
         VALUES ($1, $2, 1, 0, 0)",
    )
    .bind(no)
    .bind(links.last().map(|link| link.enc_kid.as_str()))
    .execute(tx)
    .await?;
    Ok(())
}
