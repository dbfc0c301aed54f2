//! The people here, as others see them: their names and public keys.

use std::sync::Arc;

use poem_openapi::{Object, OpenApi, param::Path};
use sqlx::any::AnyRow;

use crate::{
    accounts::Name,
    app::{App, Part},
    caller::{Caller, CurrentAccount},
    database::column,
    error::{Code, Error},
    json::Json,
    key_histories::key_history,
    names::{Email, Username},
    statements::Statement,
    text::{Id, Timestamp},
};

/// The routes of users.
pub(crate) struct Users(pub(crate) Arc<App>);

/// A user, as others see them.
#[derive(Object)]
#[oai(skip_serializing_if_is_none)]
pub(crate) struct Profile {
    /// The account's identifier.
    id: Id,
    /// The account's handle, the `sub` of its key statements.
    username: Username,
    /// The e-mail address; only for oneself and for staff.
    email: Option<Email>,
    /// When the account was registered. Absent once it has been deleted.
    created_at: Option<Timestamp>,
    /// The key history, oldest statement first; empty while the account has no keys.
    #[oai(validator(max_items = 64))]
    key_history: Vec<Statement>,
    /// True when the account has been deleted; otherwise absent.
    deleted: Option<bool>,
}

#[OpenApi(tag = "Part::Users")]
impl Users {
    /// A user's public profile and keys
    ///
    /// Also of an account that may not sign in or has been deleted: its old letters still open.
    #[oai(path = "/users/:user_id", method = "get", operation_id = "user")]
    async fn user(
        &self,
        caller: CurrentAccount,
        /// The account's identifier.
        user_id: Path<Id>,
    ) -> Result<Json<Profile>, Error> {
        let id = user_id.0.to_string();
        let row =
            sqlx::query("SELECT no, id, username, email, created_at FROM accounts WHERE id = $1")
                .bind(id)
                .fetch_optional(self.0.database.reader())
                .await?;
        self.profile(row, &caller.0).await
    }

    /// Find someone by e-mail address or username
    ///
    /// How often one may ask is limited, together with sending to unknown names.
    #[oai(path = "/users/lookup", method = "post", operation_id = "lookup")]
    async fn lookup(
        &self,
        caller: CurrentAccount,
        Json(name): Json<Name>,
    ) -> Result<Json<Profile>, Error> {
        self.0.limits.look_up(caller.0.no, 1, self.0.clock.now())?;
        let row = sqlx::query(
            "SELECT no, id, username, email, created_at FROM accounts
             WHERE (username = $1 OR email = $1) AND is_active = 1",
        )
        .bind(name.email.as_str())
        .fetch_optional(self.0.database.reader())
        .await?;
        self.profile(row, &caller.0).await
    }
}

impl Users {
    async fn profile(&self, row: Option<AnyRow>, caller: &Caller) -> Result<Json<Profile>, Error> {
        let row = row.ok_or(Code::UserNotFound)?;
        let no: i64 = column(&row, "no")?;
        let email: Option<String> = column(&row, "email")?;
        let shown = no == caller.no || caller.account.is_staff;
        let parse = |email: String| email.parse().map_err(Error::internal);
        Ok(Json(Profile {
            id: column::<String>(&row, "id")?.parse().map_err(Error::internal)?,
            username: column::<String>(&row, "username")?.parse().map_err(Error::internal)?,
            created_at: email
                .as_ref()
                .map(|_| column(&row, "created_at").map(Timestamp))
                .transpose()?,
            deleted: email.is_none().then_some(true),
            email: email.filter(|_| shown).map(parse).transpose()?,
            key_history: key_history(&self.0, no).await?,
        }))
    }
}
