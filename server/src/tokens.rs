//! Access and refresh tokens: JWTs signed with Ed25519 (RFC 7519, 8037, 9068).

use std::{collections::HashMap, iter};

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};

use crate::{
    error::{Code, Error},
    secrets::Ring,
    text::Id,
};

/// How long an access token serves, in seconds.
pub(crate) const ACCESS_SECONDS: i64 = 10 * 60;
/// How long a refresh token serves, in seconds.
pub(crate) const REFRESH_SECONDS: i64 = 30 * 24 * 60 * 60;
/// How long a recovery token serves, in seconds.
const RECOVERY_SECONDS: i64 = 10 * 60;
/// How far clocks may differ, in seconds.
const LEEWAY_SECONDS: i64 = 5;

const ISSUER: &str = "pli-server";
const AUDIENCE: &str = "pli";

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Opens everything but `GET /auth/refresh` and `POST /auth/reset_password`.
    Access,
    /// Opens `GET /auth/refresh`, and ends its session at `GET /auth/logout`.
    Refresh,
    /// Opens `POST /auth/reset_password`, once.
    Recovery,
}

impl Kind {
    fn typ(self) -> &'static str {
        match self {
            Self::Access => "at+jwt",
            Self::Refresh => "rt+jwt",
            Self::Recovery => "rc+jwt",
        }
    }

    fn seconds(self) -> i64 {
        match self {
            Self::Access => ACCESS_SECONDS,
            Self::Refresh => REFRESH_SECONDS,
            Self::Recovery => RECOVERY_SECONDS,
        }
    }
}

/// What a token says. All of it is required, in these types.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Claims {
    iss: String,
    aud: String,
    /// The account.
    pub(crate) sub: Id,
    /// The session, or the grant of a recovery.
    pub(crate) sid: Id,
    /// The session's generation when the token was issued.
    #[serde(rename = "gen")]
    pub(crate) generation: i64,
    iat: i64,
    exp: i64,
    jti: Id,
    /// Never issued; kept when present.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    nbf: Option<i64>,
}

/// Issues and verifies tokens with a ring of keys: one signs, former ones verify.
pub(crate) struct Tokens {
    signer: EncodingKey,
    kid: Id,
    verifiers: HashMap<String, DecodingKey>,
    validation: Validation,
}

impl Tokens {
    /// Takes the ring.
    pub(crate) fn new(ring: &Ring) -> Self {
        let keys = iter::once(&ring.signer).chain(&ring.former);
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        // The times are held against the server's own clock below.
        validation.validate_exp = false;
        Self {
            signer: EncodingKey::from_ed_der(&ring.signer.private),
            kid: ring.signer.kid,
            verifiers: keys
                .map(|key| (key.kid.to_string(), DecodingKey::from_ed_der(&key.public)))
                .collect(),
            validation,
        }
    }

    /// Issues a token for a session; `now` is in milliseconds.
    pub(crate) fn issue(
        &self,
        kind: Kind,
        account: Id,
        session: Id,
        generation: i64,
        now: i64,
    ) -> Result<String, Error> {
        let iat = now.div_euclid(1000);
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: account,
            sid: session,
            generation,
            iat,
            exp: iat + kind.seconds(),
            jti: Id::new(),
            nbf: None,
        };
        let header = Header {
            typ: Some(kind.typ().to_owned()),
            kid: Some(self.kid.to_string()),
            ..Header::new(Algorithm::EdDSA)
        };
        jsonwebtoken::encode(&header, &claims, &self.signer).map_err(Error::internal)
    }

    /// Verifies a token that must be of one of `kinds`; `now` is in milliseconds.
    ///
    /// # Errors
    /// `expired_token` for one that was good once, `invalid_token` for all others.
    pub(crate) fn verify(&self, kinds: &[Kind], token: &str, now: i64) -> Result<Claims, Error> {
        let claims = self.check(kinds, token).ok_or(Code::InvalidToken)?;
        let now = now.div_euclid(1000);
        if claims.iat.max(claims.nbf.unwrap_or(0)) > now + LEEWAY_SECONDS {
            return Err(Error::because(Code::InvalidToken, "the token is not valid yet"));
        }
        if claims.exp + LEEWAY_SECONDS < now {
            return Err(Code::ExpiredToken.into());
        }
        Ok(claims)
    }

    fn check(&self, kinds: &[Kind], token: &str) -> Option<Claims> {
        let header = jsonwebtoken::decode_header(token).ok()?;
        let typ = header.typ?;
        if !kinds.iter().any(|kind| kind.typ() == typ) {
            return None;
        }
        let verifier = self.verifiers.get(&header.kid?)?;
        Some(jsonwebtoken::decode::<Claims>(token, verifier, &self.validation).ok()?.claims)
    }
}
