//! Rotating keys: a new statement extends the account's history.

use std::sync::Arc;

use poem::Request;
use poem_openapi::{Object, OpenApi};
use serde::Deserialize;
use sqlx::AnyConnection;

use crate::{
    app::{App, Part},
    caller::CurrentAccount,
    confirm::{Confirmed, confirm},
    database::column,
    done::Done,
    error::{Code, Error, Fault},
    json::{Json, Unchecked},
    key_histories::{key_history, publish},
    names::Password,
    statements::{History, Statement},
    wrapped_keys,
};

/// The route of rotation.
pub(crate) struct Rotations(pub(crate) Arc<App>);

/// New keys for an account that has some.
#[derive(Deserialize, Object)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rotation {
    /// The account's password, which stays.
    current_password: Password,
    /// The statement that follows the latest one of the history.
    statement: Unchecked<Statement>,
    /// All private keys, former and new, under the password: a compact JWE.
    #[oai(validator(max_length = 1048576))]
    wrapped_keys: String,
    /// The same under the recovery code. Required once there is one.
    #[oai(validator(max_length = 1048576))]
    recovery_wrapped_keys: Option<String>,
}

/// A rotation that has been verified.
struct Verified {
    history: History,
    wrapped_keys: String,
    recovery_wrapped_keys: Option<String>,
}

#[OpenApi(tag = "Part::Auth")]
impl Rotations {
    /// Rotate the keys
    ///
    /// From then on messages are sealed to the new encryption key. Of two devices that rotate at
    /// once, one gets `stale_history`.
    #[oai(path = "/auth/keys", method = "put", operation_id = "rotate_keys")]
    async fn rotate_keys(
        &self,
        caller: CurrentAccount,
        request: &Request,
        Json(rotation): Json<Rotation>,
    ) -> Result<Done, Error> {
        let (app, account) = (&self.0, &caller.0.account);
        let header = wrapped_keys::under_password(&rotation.wrapped_keys, "/wrapped_keys")?;
        let mut seqs = vec![("/wrapped_keys", header.seq)];
        if let Some(jwe) = &rotation.recovery_wrapped_keys {
            let pointer = "/recovery_wrapped_keys";
            seqs.push((pointer, wrapped_keys::under_recovery_code(jwe, pointer)?));
        }
        let confirmed = confirm(app, request, &caller.0, &rotation.current_password).await?;
        let stored = confirmed.wrapped_keys.as_deref().ok_or_else(|| {
            Error::because(Code::StaleHistory, "there are no keys to rotate: none are published")
        })?;
        header.check_kdf(stored, "/wrapped_keys")?;
        let (history, username) = (key_history(app, caller.0.no).await?, account.username.clone());
        let extend = move || History::extend(history, rotation.statement.value, &username);
        let history = tokio::task::spawn_blocking(extend).await.map_err(Error::internal)??;
        for (pointer, seq) in seqs {
            wrapped_keys::check_seq(seq, history.latest_seq(), pointer)?;
        }
        let verified = Verified {
            history,
            wrapped_keys: rotation.wrapped_keys,
            recovery_wrapped_keys: rotation.recovery_wrapped_keys,
        };
        app.database.write(async move |tx| verified.store(tx, &confirmed).await).await?;
        app.listeners.notify(caller.0.no);
        Ok(Done::NoContent)
    }
}

impl Verified {
    async fn store(&self, tx: &mut AnyConnection, confirmed: &Confirmed) -> Result<(), Error> {
        let [.., previous, latest] = self.history.links() else {
            return Err(Code::StaleHistory.into());
        };
        let row = sqlx::query(
            "UPDATE accounts SET wrapped_keys = $1, recovery_wrapped = $2, recovery_grant = NULL
             WHERE no = $3 AND password_hash = $4 RETURNING recovery_hash",
        )
        .bind(&self.wrapped_keys)
        .bind(&self.recovery_wrapped_keys)
        .bind(confirmed.no)
        .bind(&confirmed.password_hash)
        .fetch_optional(&mut *tx)
        .await?
        .ok_or(Code::WrongPassword)?;
        let has_recovery = column::<Option<String>>(&row, "recovery_hash")?.is_some();
        if has_recovery != self.recovery_wrapped_keys.is_some() {
            let (code, detail) = if has_recovery {
                ("missing_member", "this member is required: the account has a recovery code")
            } else {
                ("unknown_member", "the account has no recovery code")
            };
            let fault = Fault::new("/recovery_wrapped_keys", code, detail);
            return Err(Error::at(Code::InvalidRequest, vec![fault]));
        }
        // The lock that sending takes: what is delivered after this is sealed to the new key.
        let rotated = sqlx::query(
            "UPDATE mailboxes SET enc_kid = $1, version = version + 1
             WHERE account = $2 AND enc_kid = $3",
        )
        .bind(&latest.enc_kid)
        .bind(confirmed.no)
        .bind(&previous.enc_kid)
        .execute(&mut *tx)
        .await?;
        if rotated.rows_affected() == 0 {
            return Err(Code::StaleHistory.into());
        }
        let seq = i64::try_from(self.history.latest_seq()).map_err(Error::internal)?;
        publish(tx, confirmed.no, seq, std::slice::from_ref(latest)).await
    }
}
