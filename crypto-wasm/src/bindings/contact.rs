//! Other people: their keys, and what their keys verify.

use std::rc::Rc;

use wasm_bindgen::prelude::*;

use super::Thrown;
use crate::{Contact, SafetyHalf, Username};

/// Somebody to write to and hear from.
#[wasm_bindgen(js_name = Contact)]
pub struct JsContact(pub(super) Rc<Contact>);

#[wasm_bindgen(js_class = Contact)]
impl JsContact {
    /// See [`Contact::from_history`].
    #[wasm_bindgen(constructor)]
    pub fn new(history: &str, username: &str, pin: Option<String>) -> Thrown<Self> {
        let username = Username::parse(username)?;
        Ok(Self(Rc::new(Contact::from_history(history, &username, pin.as_deref())?)))
    }

    /// See [`Contact::username`].
    #[wasm_bindgen(getter)]
    pub fn username(&self) -> String {
        self.0.username().to_string()
    }

    /// See [`Contact::pin`].
    #[wasm_bindgen(getter)]
    pub fn pin(&self) -> Thrown<String> {
        Ok(self.0.pin()?)
    }

    /// See [`Contact::safety_half`].
    #[wasm_bindgen(getter, js_name = safetyHalf)]
    pub fn safety_half(&self) -> String {
        self.0.safety_half().to_string()
    }
}

/// The contacts that a letter goes to.
#[wasm_bindgen(js_name = Recipients)]
#[derive(Default)]
pub struct JsRecipients(pub(super) Vec<Rc<Contact>>);

#[wasm_bindgen(js_class = Recipients)]
impl JsRecipients {
    /// Begins with nobody.
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a contact, which stays the caller's.
    pub fn add(&mut self, contact: &JsContact) {
        self.0.push(Rc::clone(&contact.0));
    }
}

/// See [`crate::safety_number`].
#[wasm_bindgen(js_name = safetyNumber)]
pub fn safety_number(one: &str, other: &str) -> Thrown<String> {
    Ok(crate::safety_number(&SafetyHalf::parse(one)?, &SafetyHalf::parse(other)?))
}

/// See [`crate::verify`]; the signer as JSON, or undefined.
#[wasm_bindgen]
pub fn verify(jws: &str, bytes: &[u8], from: &JsContact) -> Thrown<Option<String>> {
    let signer = crate::verify(jws, bytes, &from.0)?;
    Ok(signer.as_ref().map(crate::json::write).transpose()?)
}
