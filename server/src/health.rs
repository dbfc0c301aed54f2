//! Whether the server is well.

use std::sync::Arc;

use poem_openapi::{Object, OpenApi};

use crate::{
    app::{App, Part},
    error::{Code, Error},
    json::Json,
};

/// The routes of health.
pub(crate) struct Health(pub(crate) Arc<App>);

/// How the server is.
#[derive(Object)]
pub(crate) struct Status {
    /// Always `ok`; everything else is an error.
    #[oai(validator(pattern = "^ok$"))]
    status: String,
}

impl Status {
    fn ok() -> Json<Self> {
        Json(Self { status: "ok".to_owned() })
    }
}

#[OpenApi(tag = "Part::Operations")]
impl Health {
    /// Whether the server runs
    ///
    /// Touches nothing: it answers as long as the process does.
    #[oai(path = "/health/live", method = "get", operation_id = "live")]
    async fn live(&self) -> Json<Status> {
        Status::ok()
    }

    /// Whether the server can do its work
    ///
    /// Answers 503 when the database can't be read or written, and while the server is stopping.
    #[oai(path = "/health/ready", method = "get", operation_id = "ready")]
    async fn ready(&self) -> Result<Json<Status>, Error> {
        if self.0.stopping.is_cancelled() {
            return Err(Code::Unavailable.into());
        }
        self.0.database.check().await?;
        Ok(Status::ok())
    }
}
