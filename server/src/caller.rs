//! Who a request comes from. A handler that asks for a [`CurrentAccount`] runs only for an
//! account whose session is alive.

use std::sync::Arc;

use poem::Request;
use poem_openapi::{SecurityScheme, auth::Bearer};

use crate::{
    accounts::Account,
    app::App,
    database::column,
    error::{Code, Error},
    text::Id,
    tokens::{Claims, Kind},
};

/// How exactly it is noted when a session was last used, in milliseconds.
const USED_AT_STEP: i64 = 5 * 60_000;

/// The account that a request comes from, with a session that is alive.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The account's number.
    pub(crate) no: i64,
    /// The account.
    pub(crate) account: Account,
    /// The session.
    pub(crate) session: Id,
}

/// The `access_token` of `POST /auth/login`. Good for ten minutes, and no longer than its session.
#[derive(SecurityScheme)]
#[oai(rename = "access_token", ty = "bearer", bearer_format = "JWT", checker = "check_access")]
pub(crate) struct CurrentAccount(pub(crate) Caller);

/// The `access_token` of `POST /auth/login`. Good for ten minutes, and no longer than its session.
#[derive(SecurityScheme)]
#[oai(rename = "access_token", ty = "bearer", bearer_format = "JWT", checker = "check_staff")]
pub(crate) struct CurrentStaff(pub(crate) Caller);

/// The `refresh_token` of `POST /auth/login` or `GET /auth/refresh`. Good once, for thirty days.
#[derive(SecurityScheme)]
#[oai(rename = "refresh_token", ty = "bearer", bearer_format = "JWT", checker = "check_refresh")]
pub(crate) struct RefreshToken(pub(crate) Claims);

/// The `recovery_token` of `POST /auth/recovery_keys`. Good once, for ten minutes.
#[derive(SecurityScheme)]
#[oai(rename = "recovery_token", ty = "bearer", bearer_format = "JWT", checker = "check_recovery")]
pub(crate) struct RecoveryToken(pub(crate) Claims);

/// An access token or a refresh token.
#[derive(SecurityScheme)]
#[oai(rename = "any_token", ty = "bearer", bearer_format = "JWT", checker = "check_any")]
pub(crate) struct AnyToken(pub(crate) Claims);

async fn check_access(request: &Request, bearer: Bearer) -> poem::Result<Caller> {
    let app = request.data::<Arc<App>>().ok_or(Error::from(Code::Internal))?;
    Ok(authenticate(app, &bearer.token).await?)
}

async fn check_staff(request: &Request, bearer: Bearer) -> poem::Result<Caller> {
    let caller = check_access(request, bearer).await?;
    if caller.account.is_staff { Ok(caller) } else { Err(Error::from(Code::NotStaff).into()) }
}

async fn check_refresh(request: &Request, bearer: Bearer) -> poem::Result<Claims> {
    check(request, &bearer, &[Kind::Refresh])
}

async fn check_recovery(request: &Request, bearer: Bearer) -> poem::Result<Claims> {
    check(request, &bearer, &[Kind::Recovery])
}

async fn check_any(request: &Request, bearer: Bearer) -> poem::Result<Claims> {
    check(request, &bearer, &[Kind::Access, Kind::Refresh])
}

fn check(request: &Request, bearer: &Bearer, kinds: &[Kind]) -> poem::Result<Claims> {
    let app = request.data::<Arc<App>>().ok_or(Error::from(Code::Internal))?;
    Ok(app.tokens.verify(kinds, &bearer.token, app.clock.now())?)
}

/// Finds the account and the living session of an access token.
///
/// # Errors
/// `invalid_token`, `expired_token` or `session_ended`.
pub(crate) async fn authenticate(app: &App, token: &str) -> Result<Caller, Error> {
    let now = app.clock.now();
    let claims = app.tokens.verify(&[Kind::Access], token, now)?;
    let row = sqlx::query(
        "SELECT s.generation, s.confirmed_at, s.used_at,
                a.no, a.id, a.username, a.email, a.is_staff, a.created_at
         FROM sessions s JOIN accounts a ON a.no = s.account
         WHERE s.id = $1 AND s.expires_at > $2 AND a.is_active = 1 AND a.id = $3",
    )
    .bind(claims.sid.to_string())
    .bind(now)
    .bind(claims.sub.to_string())
    .fetch_optional(app.database.reader())
    .await?
    .ok_or(Code::SessionEnded)?;

    let current = column::<i64>(&row, "generation")? == claims.generation;
    let confirms = current && column::<Option<i64>>(&row, "confirmed_at")?.is_none();
    if confirms || now - column::<i64>(&row, "used_at")? > USED_AT_STEP {
        let noted = note_use(app, &claims, now).await;
        if let Err(error) = noted {
            // Reading goes on when the disk is full.
            tracing::warn!(%error, "could not note the use of a session");
        }
    }
    Ok(Caller { no: column(&row, "no")?, account: Account::from_row(&row)?, session: claims.sid })
}

async fn note_use(app: &App, claims: &Claims, now: i64) -> Result<(), Error> {
    let (session, generation) = (claims.sid.to_string(), claims.generation);
    app.database
        .write(async move |tx| {
            sqlx::query(
                "UPDATE sessions SET used_at = $1, confirmed_at =
                     CASE WHEN generation = $2 THEN COALESCE(confirmed_at, $1) ELSE confirmed_at END
                 WHERE id = $3",
            )
            .bind(now)
            .bind(generation)
            .bind(&session)
            .execute(tx)
            .await?;
            Ok(())
        })
        .await
}

/// Whether a session is alive.
pub(crate) async fn is_alive(app: &App, session: Id) -> Result<bool, Error> {
    let row = sqlx::query(
        "SELECT 1 AS alive FROM sessions s JOIN accounts a ON a.no = s.account
         WHERE s.id = $1 AND s.expires_at > $2 AND a.is_active = 1",
    )
    .bind(session.to_string())
    .bind(app.clock.now())
    .fetch_optional(app.database.reader())
    .await?;
    Ok(row.is_some())
}
