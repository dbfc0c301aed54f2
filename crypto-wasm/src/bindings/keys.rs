//! Making keys, and stretching what unlocks them.

use wasm_bindgen::prelude::*;

use super::{Thrown, whole};
use crate::{KeyDraft, PasswordKdf, RecoveryCode, Stretched, Username, random, stack::wiping};

/// Keys in the making.
#[wasm_bindgen(js_name = KeyDraft)]
pub struct JsKeyDraft(pub(super) KeyDraft);

#[wasm_bindgen(js_class = KeyDraft)]
impl JsKeyDraft {
    /// See [`KeyDraft::new`].
    #[wasm_bindgen(constructor)]
    pub fn new(bits: f64) -> Thrown<Self> {
        // What no u32 holds is no size of a key either.
        let bits = u32::try_from(whole(bits)?).unwrap_or(u32::MAX);
        Ok(Self(KeyDraft::new(bits)?))
    }

    /// See [`KeyDraft::step`].
    pub fn step(&mut self) -> Thrown<u8> {
        wiping(|| Ok(self.0.step(&mut random::system()?)?))
    }

    /// See [`KeyDraft::import`].
    pub fn import(&mut self, pkcs8: &[u8]) -> Thrown<u8> {
        wiping(|| Ok(self.0.import(pkcs8)?))
    }
}

/// A stretched password.
#[wasm_bindgen(js_name = Stretched)]
pub struct JsStretched(pub(super) Box<Stretched>);

#[wasm_bindgen(js_class = Stretched)]
impl JsStretched {
    /// See [`Stretched::new`].
    #[wasm_bindgen(constructor)]
    pub fn new(password: &str, kdf: &str) -> Thrown<Self> {
        wiping(|| Ok(Self(Box::new(Stretched::new(password, PasswordKdf::from_json(kdf)?)?))))
    }

    /// See [`Stretched::login_secret`].
    #[wasm_bindgen(getter, js_name = loginSecret)]
    pub fn login_secret(&self) -> String {
        wiping(|| self.0.login_secret().to_string())
    }

    /// See [`Stretched::kdf`].
    #[wasm_bindgen(getter)]
    pub fn kdf(&self) -> Thrown<String> {
        Ok(self.0.kdf().to_json()?)
    }
}

/// See [`PasswordKdf::fresh`].
#[wasm_bindgen(js_name = freshKdf)]
pub fn fresh_kdf() -> Thrown<String> {
    Ok(PasswordKdf::fresh(&mut random::system()?).to_json()?)
}

/// See [`RecoveryCode::recovery_secret`].
#[wasm_bindgen(js_name = recoverySecret)]
pub fn recovery_secret(code: &str) -> Thrown<String> {
    wiping(|| Ok(RecoveryCode::parse(code)?.recovery_secret()?.to_string()))
}

/// See [`Username::parse`].
#[wasm_bindgen(js_name = checkUsername)]
pub fn check_username(username: &str) -> Thrown<()> {
    Username::parse(username)?;
    Ok(())
}
