//! What staff does: listing all users, and saying who is staff and who may sign in.

use std::sync::Arc;

use poem_openapi::{
    ApiResponse, Object, OpenApi,
    param::{Path, Query},
};
use serde::Deserialize;
use sqlx::{AnyConnection, any::AnyRow};

use crate::{
    accounts::Account,
    app::{App, Part},
    caller::CurrentStaff,
    database::column,
    error::{Code, Error},
    json::Json,
    names::{Email, Username},
    text::{Id, Timestamp},
};

/// The routes of staff.
pub(crate) struct Staff(pub(crate) Arc<App>);

/// A user, as staff sees them.
#[derive(Object)]
pub(crate) struct User {
    /// The account's identifier.
    id: Id,
    /// The account's handle.
    pub(crate) username: Username,
    /// The e-mail address.
    pub(crate) email: Email,
    /// Whether the account is staff.
    is_staff: bool,
    /// Whether the account may sign in and be written to.
    is_active: bool,
    /// When the account was registered.
    created_at: Timestamp,
}

impl User {
    /// Reads a user from the columns of the accounts' table.
    pub(crate) fn from_row(row: &AnyRow) -> Result<Self, Error> {
        let Account { id, username, email, is_staff, created_at } = Account::from_row(row)?;
        let is_active = column::<i64>(row, "is_active")? == 1;
        Ok(Self { id, username, email, is_staff, is_active, created_at })
    }
}

/// A page of users, in the order in which they registered.
#[derive(Object)]
pub(crate) struct UserPage {
    /// The users.
    #[oai(validator(max_items = 100))]
    users: Vec<User>,
    /// The number of the page, from 1.
    page: i64,
    /// The most users on a page.
    per_page: i64,
    /// How many users there are.
    total: i64,
    /// How many pages there are.
    pages: i64,
}

#[derive(ApiResponse)]
pub(crate) enum UserList {
    /// A page of users, in the order in which they registered.
    #[oai(status = 200)]
    Page(
        Json<UserPage>,
        /// The first, previous, next and last page (RFC 8288).
        #[oai(header = "Link")]
        String,
    ),
}

/// What staff changes of an account. What is absent stays.
#[derive(Debug, Clone, Copy, Default, Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserChange {
    /// Whether the account is staff.
    pub(crate) is_staff: Option<bool>,
    /// Whether the account may sign in and be written to.
    pub(crate) is_active: Option<bool>,
}

fn first_page() -> i64 {
    1
}

fn few() -> i64 {
    3
}

#[OpenApi(tag = "Part::Users")]
impl Staff {
    /// All users
    ///
    /// For staff. Accounts that were deleted are not listed.
    #[oai(path = "/users/all", method = "get", operation_id = "all_users")]
    async fn all_users(
        &self,
        _staff: CurrentStaff,
        /// The number of the page.
        #[oai(
            default = "first_page",
            validator(minimum(value = "1"), maximum(value = "1000000000"))
        )]
        page: Query<i64>,
        /// The most users on a page.
        #[oai(default = "few", validator(minimum(value = "1"), maximum(value = "100")))]
        per_page: Query<i64>,
    ) -> Result<UserList, Error> {
        let (page, per_page, database) = (page.0, per_page.0, self.0.database.reader());
        let row = sqlx::query("SELECT COUNT(*) AS total FROM accounts WHERE email IS NOT NULL")
            .fetch_one(database)
            .await?;
        let total: i64 = column(&row, "total")?;
        let pages = total / per_page + i64::from(total % per_page > 0);
        let rows = sqlx::query(
            "SELECT id, username, email, is_staff, is_active, created_at FROM accounts
             WHERE email IS NOT NULL ORDER BY no LIMIT $1 OFFSET $2",
        )
        .bind(per_page)
        .bind((page - 1) * per_page)
        .fetch_all(database)
        .await?;
        let users = rows.iter().map(User::from_row).collect::<Result<_, _>>()?;
        let links = links(page, per_page, pages);
        Ok(UserList::Page(Json(UserPage { users, page, per_page, total, pages }), links))
    }

    /// Change who is staff and who may sign in
    ///
    /// For staff. An account that is not active has no sessions, and nobody can write to it. Of
    /// the active members of staff, one remains.
    #[oai(path = "/users/:user_id", method = "patch", operation_id = "change_user")]
    async fn change_user(
        &self,
        staff: CurrentStaff,
        /// The account's identifier.
        user_id: Path<Id>,
        Json(change): Json<UserChange>,
    ) -> Result<Json<User>, Error> {
        let (app, id) = (&self.0, user_id.0.to_string());
        let (account, user) =
            app.database.write(async move |tx| change.apply(tx, &id).await).await?;
        tracing::info!(by = %staff.0.account.id, of = %user.id, ?change, "a user was changed");
        app.listeners.notify(account);
        Ok(Json(user))
    }
}

/// Where the other pages are (RFC 8288).
fn links(page: i64, per_page: i64, pages: i64) -> String {
    let last = pages.max(1);
    let others = [
        ("first", Some(1)),
        ("prev", Some((page - 1).min(last)).filter(|previous| *previous >= 1)),
        ("next", Some(page + 1).filter(|next| *next <= last)),
        ("last", Some(last)),
    ];
    let links = others.into_iter().filter_map(|(relation, page)| {
        let page = page?;
        Some(format!("</users/all?page={page}&per_page={per_page}>; rel=\"{relation}\""))
    });
    links.collect::<Vec<_>>().join(", ")
}

impl UserChange {
    /// Changes the account with an id, username or e-mail address: no two of them look alike.
    ///
    /// # Errors
    /// `user_not_found` or `last_staff`.
    pub(crate) async fn apply(
        self,
        tx: &mut AnyConnection,
        name: &str,
    ) -> Result<(i64, User), Error> {
        lock_accounts(tx).await?;
        let was_staff = is_active_staff(tx, name).await?;
        let row = sqlx::query(
            "UPDATE accounts SET is_staff = COALESCE($1, is_staff),
                 is_active = COALESCE($2, is_active)
             WHERE (id = $3 OR username = $3 OR email = $3) AND email IS NOT NULL
             RETURNING no, id, username, email, is_staff, is_active, created_at",
        )
        .bind(self.is_staff.map(i64::from))
        .bind(self.is_active.map(i64::from))
        .bind(name)
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(Code::UserNotFound)?;
        let (no, user): (i64, _) = (column(&row, "no")?, User::from_row(&row)?);
        if was_staff && (self.is_staff == Some(false) || self.is_active == Some(false)) {
            keep_staff(tx).await?;
        }
        sqlx::query("UPDATE mailboxes SET is_active = $1 WHERE account = $2")
            .bind(i64::from(user.is_active))
            .bind(no)
            .execute(&mut *tx)
            .await?;
        if !user.is_active {
            sqlx::query("DELETE FROM sessions WHERE account = $1").bind(no).execute(tx).await?;
        }
        Ok((no, user))
    }
}

/// Lets nobody else change who is staff until the end of the transaction: of two members of staff
/// who demote each other, the second one is told.
pub(crate) async fn lock_accounts(tx: &mut AnyConnection) -> Result<(), Error> {
    sqlx::query("UPDATE counters SET value = value WHERE name = 'accounts'").execute(tx).await?;
    Ok(())
}

async fn is_active_staff(tx: &mut AnyConnection, name: &str) -> Result<bool, Error> {
    let row = sqlx::query(
        "SELECT no FROM accounts WHERE (id = $1 OR username = $1 OR email = $1)
         AND is_staff = 1 AND is_active = 1",
    )
    .bind(name)
    .fetch_optional(tx)
    .await?;
    Ok(row.is_some())
}

/// Refuses to go on without an active member of staff.
///
/// # Errors
/// `last_staff`.
pub(crate) async fn keep_staff(tx: &mut AnyConnection) -> Result<(), Error> {
    sqlx::query("SELECT no FROM accounts WHERE is_staff = 1 AND is_active = 1 LIMIT 1")
        .fetch_optional(tx)
        .await?
        .map(|_| ())
        .ok_or_else(|| Code::LastStaff.into())
}
