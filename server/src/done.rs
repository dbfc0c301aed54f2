//! The answer of what has nothing to say.

use poem_openapi::ApiResponse;

/// That it is done.
#[derive(ApiResponse)]
pub(crate) enum Done {
    /// Done, and on disk.
    #[oai(status = 204)]
    NoContent,
}
