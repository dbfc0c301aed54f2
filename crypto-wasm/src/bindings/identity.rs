//! One's own keys.

use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::{
    Thrown,
    contact::{JsContact, JsRecipients},
    device::JsDeviceLock,
    host::{JsOpening, JsSealed, JsSealing, JsSigning},
    keys::{JsKeyDraft, JsStretched},
    message_id, whole,
};
use crate::{
    Contact, Content, Expected, Identity, PrivateKey, RecoveryCode, Timestamp, Username, random,
    stack::wiping,
};

/// One's own keys.
#[wasm_bindgen(js_name = Identity)]
pub struct JsIdentity(pub(super) Box<Identity>);

/// What a new recovery code comes with.
#[wasm_bindgen(js_name = RecoveryKit, getter_with_clone)]
pub struct JsRecoveryKit {
    /// The code.
    #[wasm_bindgen(readonly)]
    pub code: String,
    /// What proves its possession to the server.
    #[wasm_bindgen(readonly, js_name = recoverySecret)]
    pub recovery_secret: String,
    /// The copy under the code.
    #[wasm_bindgen(readonly, js_name = wrappedKeys)]
    pub wrapped_keys: String,
}

/// What a rotation leaves to be published.
#[wasm_bindgen(js_name = Rotation, getter_with_clone)]
pub struct JsRotation {
    /// The new statement, as JSON.
    #[wasm_bindgen(readonly)]
    pub statement: String,
    /// The remade copy under the recovery code.
    #[wasm_bindgen(readonly, js_name = recoveryWrappedKeys)]
    pub recovery_wrapped_keys: Option<String>,
}

#[wasm_bindgen(js_class = Identity)]
impl JsIdentity {
    /// See [`Identity::create`].
    pub fn create(username: &str, keys: JsKeyDraft, now: f64) -> Thrown<Self> {
        let (username, now) = (Username::parse(username)?, Timestamp::from_seconds(whole(now)?)?);
        wiping(|| {
            let mut rng = random::system()?;
            Ok(Self(Box::new(Identity::create(&username, keys.0.finish()?, now, &mut rng)?)))
        })
    }

    /// See [`Identity::unlock`].
    pub fn unlock(
        wrapped_keys: &str,
        stretched: &JsStretched,
        username: Option<String>,
        pin: Option<String>,
    ) -> Thrown<Self> {
        let username = username.as_deref().map(Username::parse).transpose()?;
        let expected = Expected { username: username.as_ref(), pin: pin.as_deref() };
        wiping(|| Ok(Self(Box::new(Identity::unlock(wrapped_keys, &stretched.0, expected)?))))
    }

    /// See [`Identity::recover`].
    pub fn recover(
        wrapped_keys: &str,
        code: &str,
        username: Option<String>,
        pin: Option<String>,
    ) -> Thrown<Self> {
        let username = username.as_deref().map(Username::parse).transpose()?;
        let expected = Expected { username: username.as_ref(), pin: pin.as_deref() };
        wiping(|| {
            let code = RecoveryCode::parse(code)?;
            Ok(Self(Box::new(Identity::recover(wrapped_keys, &code, expected)?)))
        })
    }

    /// See [`Identity::username`].
    #[wasm_bindgen(getter)]
    pub fn username(&self) -> String {
        self.0.username().to_string()
    }

    /// See [`Identity::history`].
    #[wasm_bindgen(getter)]
    pub fn history(&self) -> Thrown<String> {
        Ok(self.0.history().to_json()?)
    }

    /// See [`Identity::lock`].
    pub fn lock(&self, stretched: &JsStretched) -> Thrown<String> {
        wiping(|| Ok(self.0.lock(&stretched.0, &mut random::system()?)?))
    }

    /// See [`Identity::device_lock`].
    #[wasm_bindgen(js_name = deviceLock)]
    pub fn device_lock(&self) -> Thrown<JsDeviceLock> {
        wiping(|| Ok(JsDeviceLock(Box::new(self.0.device_lock()?))))
    }

    /// See [`Identity::recovery_kit`].
    #[wasm_bindgen(js_name = recoveryKit)]
    pub fn recovery_kit(&mut self) -> Thrown<JsRecoveryKit> {
        wiping(|| {
            let kit = self.0.recovery_kit(&mut random::system()?)?;
            Ok(JsRecoveryKit {
                code: kit.code.reveal().to_string(),
                recovery_secret: kit.code.recovery_secret()?.to_string(),
                wrapped_keys: kit.wrapped_keys,
            })
        })
    }

    /// See [`Identity::rotate`].
    pub fn rotate(&mut self, keys: JsKeyDraft, now: f64) -> Thrown<JsRotation> {
        let now = Timestamp::from_seconds(whole(now)?)?;
        wiping(|| {
            let rotation = self.0.rotate(keys.0.finish()?, now, &mut random::system()?)?;
            Ok(JsRotation {
                statement: rotation.statement,
                recovery_wrapped_keys: rotation.recovery_wrapped_keys,
            })
        })
    }

    /// See [`Identity::seal`].
    pub fn seal(
        &self,
        content: &str,
        to: &JsRecipients,
        now: f64,
        id: Option<String>,
    ) -> Thrown<JsSealed> {
        let contacts: Vec<&Contact> = to.0.iter().map(Rc::as_ref).collect();
        let (now, id) = (Timestamp::from_millis(whole(now)?)?, message_id(id)?);
        wiping(|| {
            let content = Content::from_json(content)?;
            Ok(self.0.seal(content, &contacts, now, id, &mut random::system()?)?.into())
        })
    }

    /// See [`Identity::begin_sealing`].
    #[wasm_bindgen(js_name = beginSealing)]
    pub fn begin_sealing(
        &self,
        content: &str,
        to: &JsRecipients,
        now: f64,
        id: Option<String>,
    ) -> Thrown<JsSealing> {
        let contacts: Vec<&Contact> = to.0.iter().map(Rc::as_ref).collect();
        let (now, id) = (Timestamp::from_millis(whole(now)?)?, message_id(id)?);
        wiping(|| {
            let (content, mut rng) = (Content::from_json(content)?, random::system()?);
            Ok(JsSealing(Box::new(self.0.begin_sealing(content, &contacts, now, id, &mut rng)?)))
        })
    }

    /// See [`Identity::open`]; the letter as JSON.
    pub fn open(&self, envelope: &str, from: &JsContact, id: Option<String>) -> Thrown<String> {
        wiping(|| Ok(self.0.open(envelope, &from.0, message_id(id)?.as_ref())?.to_json()?))
    }

    /// See [`Identity::begin_opening`].
    #[wasm_bindgen(js_name = beginOpening)]
    pub fn begin_opening(
        &self,
        envelope: &str,
        from: &JsContact,
        id: Option<String>,
    ) -> Thrown<JsOpening> {
        let id = message_id(id)?;
        Ok(JsOpening(Box::new(self.0.begin_opening(envelope)?), Rc::clone(&from.0), id))
    }

    /// See [`Identity::begin_signing`].
    #[wasm_bindgen(js_name = beginSigning)]
    pub fn begin_signing(&self, bytes: &[u8]) -> Thrown<JsSigning> {
        wiping(|| Ok(JsSigning(self.0.begin_signing(bytes)?)))
    }

    /// See [`Identity::encryption_kid`].
    #[wasm_bindgen(getter, js_name = encryptionKid)]
    pub fn encryption_kid(&self) -> String {
        self.0.encryption_kid().to_string()
    }

    /// See [`Identity::signing_kid`].
    #[wasm_bindgen(getter, js_name = signingKid)]
    pub fn signing_kid(&self) -> String {
        self.0.signing_kid().to_string()
    }

    /// See [`Identity::private_key`]; in PKCS#8.
    #[wasm_bindgen(js_name = privateKey)]
    pub fn private_key(&self, kid: &str) -> Thrown<Option<Vec<u8>>> {
        wiping(|| {
            let der = self.0.private_key(kid).map(PrivateKey::to_pkcs8_der).transpose()?;
            Ok(der.map(|der| der.to_vec()))
        })
    }

    /// See [`Identity::sign`].
    pub fn sign(&self, bytes: &[u8]) -> Thrown<String> {
        wiping(|| Ok(self.0.sign(bytes, &mut random::system()?)?))
    }

    /// See [`Identity::safety_half`].
    #[wasm_bindgen(getter, js_name = safetyHalf)]
    pub fn safety_half(&self) -> String {
        self.0.safety_half().to_string()
    }
}
