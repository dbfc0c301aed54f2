//! Devices: where an account is signed in, and signing out from afar.

use std::sync::Arc;

use poem_openapi::{Object, OpenApi, param::Path};
use sqlx::any::AnyRow;

use crate::{
    app::{App, Part},
    caller::{Caller, CurrentAccount},
    database::column,
    done::Done,
    error::{Code, Error},
    json::Json,
    text::{Id, Timestamp},
};

/// The routes of devices.
pub(crate) struct Devices(pub(crate) Arc<App>);

/// A sign-in on a device.
#[derive(Object)]
pub(crate) struct Session {
    /// The session's identifier.
    id: Id,
    /// What the device says it is, such as `Firefox on Linux`.
    #[oai(validator(max_length = 40))]
    label: String,
    /// When it signed in.
    created_at: Timestamp,
    /// When it was last used, to five minutes.
    used_at: Timestamp,
    /// Whether it is the one that asks.
    is_current: bool,
}

/// Where an account is signed in.
#[derive(Object)]
pub(crate) struct SessionList {
    /// The sessions that are alive, the one last used first.
    sessions: Vec<Session>,
}

#[OpenApi(tag = "Part::Auth")]
impl Devices {
    /// Where the account is signed in
    ///
    /// Every session that is alive, with the device that it was started from.
    #[oai(path = "/auth/sessions", method = "get", operation_id = "sessions")]
    async fn sessions(&self, caller: CurrentAccount) -> Result<Json<SessionList>, Error> {
        Ok(Json(SessionList { sessions: sessions(&self.0, &caller.0).await? }))
    }

    /// Sign a device out
    ///
    /// Ends the session at once, with all its tokens and event streams.
    #[oai(path = "/auth/sessions/:session_id", method = "delete", operation_id = "end_session")]
    async fn end_session(
        &self,
        caller: CurrentAccount,
        /// The session.
        session_id: Path<Id>,
    ) -> Result<Done, Error> {
        let (app, account) = (&self.0, caller.0.no);
        let session = session_id.0.to_string();
        app.database
            .write(async move |tx| {
                let ended = sqlx::query("DELETE FROM sessions WHERE id = $1 AND account = $2")
                    .bind(&session)
                    .bind(account)
                    .execute(tx)
                    .await?;
                if ended.rows_affected() == 1 { Ok(()) } else { Err(Code::SessionNotFound.into()) }
            })
            .await?;
        app.listeners.notify(account);
        Ok(Done::NoContent)
    }
}

/// The sessions of the caller's account that are alive, the one last used first.
pub(crate) async fn sessions(app: &App, caller: &Caller) -> Result<Vec<Session>, Error> {
    let rows = sqlx::query(
        "SELECT id, label, created_at, used_at FROM sessions
         WHERE account = $1 AND expires_at > $2 ORDER BY used_at DESC, id DESC",
    )
    .bind(caller.no)
    .bind(app.clock.now())
    .fetch_all(app.database.reader())
    .await?;
    let session = |row: &AnyRow| {
        let id = column::<String>(row, "id")?.parse().map_err(Error::internal)?;
        Ok(Session {
            id,
            label: column(row, "label")?,
            created_at: Timestamp(column(row, "created_at")?),
            used_at: Timestamp(column(row, "used_at")?),
            is_current: id == caller.session,
        })
    };
    rows.iter().map(session).collect()
}

/// Says in a few words which device a user agent is.
pub(crate) fn label(user_agent: &str) -> String {
    // The first that fits: browsers also name those they descend from.
    let programs = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("CriOS/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ];
    let named = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| user_agent.contains(mark)).map(|(_, name)| *name)
    };
    match (named(&programs), named(&systems)) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => {
            let is_mark = |character: char| character.is_whitespace() || character == '/';
            let product = user_agent.split(is_mark).next().unwrap_or_default();
            let product: String =
                product.chars().filter(|character| !character.is_control()).take(40).collect();
            if product.is_empty() { "unknown device".to_owned() } else { product }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn a_device_is_told_from_its_user_agent() {
        for (user_agent, device) in [
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0",
                "Firefox on Linux",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like \
                 Gecko) Version/26.0 Safari/605.1.15",
                "Safari on macOS",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/142.0.0.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("curl/8.14.1", "curl"),
            ("node", "node"),
            ("", "unknown device"),
            ("\u{7f}\u{1}", "unknown device"),
            (&"x".repeat(1000), &"x".repeat(40)),
        ] {
            assert_eq!(label(user_agent), device);
        }
    }
}
