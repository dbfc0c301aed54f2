//! Key histories in the database.

use sqlx::AnyConnection;

use crate::{
    app::App,
    database::column,
    error::Error,
    statements::{Link, Statement},
};

/// The key history of an account, oldest statement first.
pub(crate) async fn key_history(app: &App, account: i64) -> Result<Vec<Statement>, Error> {
    let rows = sqlx::query("SELECT jws FROM statements WHERE account = $1 ORDER BY seq")
        .bind(account)
        .fetch_all(app.database.reader())
        .await?;
    rows.iter()
        .map(|row| serde_json::from_str(&column::<String>(row, "jws")?).map_err(Error::internal))
        .collect()
}

/// The number of an account's latest statement; none without keys.
pub(crate) async fn latest_seq(tx: &mut AnyConnection, account: i64) -> Result<Option<u64>, Error> {
    let row =
        sqlx::query("SELECT seq FROM statements WHERE account = $1 ORDER BY seq DESC LIMIT 1")
            .bind(account)
            .fetch_optional(tx)
            .await?;
    Ok(row.map(|row| column::<i64>(&row, "seq")).transpose()?.map(i64::unsigned_abs))
}

/// Appends verified statements to an account's history, the first one as number `seq`. That their
/// keys are nobody else's is for the unique indexes to say.
pub(crate) async fn publish(
    tx: &mut AnyConnection,
    account: i64,
    seq: i64,
    links: &[Link],
) -> Result<(), Error> {
    for (seq, link) in (seq..).zip(links) {
        sqlx::query("INSERT INTO statements (account, seq, jws) VALUES ($1, $2, $3)")
            .bind(account)
            .bind(seq)
            .bind(serde_json::to_string(&link.statement).map_err(Error::internal)?)
            .execute(&mut *tx)
            .await?;
        for kid in [&link.enc_kid, &link.sig_kid] {
            sqlx::query("INSERT INTO key_ids (kid, account, seq) VALUES ($1, $2, $3)")
                .bind(kid)
                .bind(account)
                .bind(seq)
                .execute(&mut *tx)
                .await?;
        }
    }
    Ok(())
}
