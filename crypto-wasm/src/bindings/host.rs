//! Letters and signatures whose private operation the host does.

use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::Thrown;
use crate::{Contact, MessageId, Opening, Sealed, Sealing, Signing, random, stack::wiping};

/// What a sealing gives.
#[wasm_bindgen(js_name = Sealed, getter_with_clone)]
pub struct JsSealed {
    /// The letter's identifier.
    #[wasm_bindgen(readonly)]
    pub id: String,
    /// The envelope, as JSON.
    #[wasm_bindgen(readonly)]
    pub envelope: String,
}

impl From<Sealed> for JsSealed {
    fn from(sealed: Sealed) -> Self {
        Self { id: sealed.id.to_string(), envelope: sealed.envelope }
    }
}

/// A letter to be signed by the host.
#[wasm_bindgen(js_name = Sealing)]
pub struct JsSealing(pub(super) Box<Sealing>);

#[wasm_bindgen(js_class = Sealing)]
impl JsSealing {
    /// See [`Sealing::kid`].
    #[wasm_bindgen(getter)]
    pub fn kid(&self) -> String {
        self.0.kid().to_string()
    }

    /// See [`Sealing::signing_input`].
    #[wasm_bindgen(getter)]
    pub fn input(&self) -> Vec<u8> {
        wiping(|| self.0.signing_input().as_bytes().to_vec())
    }

    /// See [`Sealing::finish`].
    pub fn finish(&self, signature: &[u8]) -> Thrown<JsSealed> {
        wiping(|| Ok(self.0.finish(signature, &mut random::system()?)?.into()))
    }
}

/// Bytes to be signed by the host.
#[wasm_bindgen(js_name = Signing)]
pub struct JsSigning(pub(super) Signing);

#[wasm_bindgen(js_class = Signing)]
impl JsSigning {
    /// See [`Signing::kid`].
    #[wasm_bindgen(getter)]
    pub fn kid(&self) -> String {
        self.0.kid().to_string()
    }

    /// See [`Signing::input`].
    #[wasm_bindgen(getter)]
    pub fn input(&self) -> Vec<u8> {
        wiping(|| self.0.input().as_bytes().to_vec())
    }

    /// See [`Signing::finish`].
    pub fn finish(&self, signature: &[u8]) -> Thrown<String> {
        Ok(self.0.finish(signature)?)
    }
}

/// An envelope whose content key the host is to unwrap, from a contact and with an identifier.
#[wasm_bindgen(js_name = Opening)]
pub struct JsOpening(pub(super) Box<Opening>, pub(super) Rc<Contact>, pub(super) Option<MessageId>);

#[wasm_bindgen(js_class = Opening)]
impl JsOpening {
    /// See [`Opening::kid`].
    #[wasm_bindgen(getter)]
    pub fn kid(&self) -> String {
        self.0.kid().to_string()
    }

    /// See [`Opening::encrypted_key`].
    #[wasm_bindgen(getter, js_name = encryptedKey)]
    pub fn encrypted_key(&self) -> Vec<u8> {
        self.0.encrypted_key().to_vec()
    }

    /// See [`Opening::finish`]; the letter as JSON.
    pub fn finish(&self, content_key: Option<Vec<u8>>) -> Thrown<String> {
        wiping(|| Ok(self.0.finish(content_key.as_deref(), &self.1, self.2.as_ref())?.to_json()?))
    }
}
