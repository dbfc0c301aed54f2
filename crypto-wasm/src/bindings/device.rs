//! The copy of the keys that stays on a device, under a key of the host.

use wasm_bindgen::prelude::*;

use super::{Thrown, identity::JsIdentity};
use crate::{DeviceCopy, DeviceLock, Expected, Username, stack::wiping};

/// An identity to be encrypted by the host.
#[wasm_bindgen(js_name = DeviceLock)]
pub struct JsDeviceLock(pub(super) Box<DeviceLock>);

#[wasm_bindgen(js_class = DeviceLock)]
impl JsDeviceLock {
    /// See [`DeviceLock::associated_data`].
    #[wasm_bindgen(getter, js_name = associatedData)]
    pub fn associated_data(&self) -> Vec<u8> {
        self.0.associated_data().as_bytes().to_vec()
    }

    /// See [`DeviceLock::contents`].
    #[wasm_bindgen(getter)]
    pub fn contents(&self) -> Vec<u8> {
        self.0.contents().to_vec()
    }

    /// See [`DeviceLock::finish`].
    pub fn finish(&self, iv: &[u8], sealed: &[u8]) -> Thrown<String> {
        Ok(self.0.finish(iv, sealed)?)
    }
}

/// Wrapped keys of a device, to be decrypted by the host.
#[wasm_bindgen(js_name = DeviceCopy)]
pub struct JsDeviceCopy(DeviceCopy);

#[wasm_bindgen(js_class = DeviceCopy)]
impl JsDeviceCopy {
    /// See [`DeviceCopy::parse`].
    #[wasm_bindgen(constructor)]
    pub fn new(wrapped_keys: &str) -> Thrown<Self> {
        Ok(Self(DeviceCopy::parse(wrapped_keys)?))
    }

    /// The associated data.
    #[wasm_bindgen(getter, js_name = associatedData)]
    pub fn associated_data(&self) -> Vec<u8> {
        self.0.for_host().0.as_bytes().to_vec()
    }

    /// The iv.
    #[wasm_bindgen(getter)]
    pub fn iv(&self) -> Vec<u8> {
        self.0.for_host().1.to_vec()
    }

    /// The encrypted contents with their tag.
    #[wasm_bindgen(getter)]
    pub fn sealed(&self) -> Vec<u8> {
        self.0.for_host().2.to_vec()
    }

    /// See [`DeviceCopy::unlock`].
    pub fn unlock(
        &self,
        contents: &[u8],
        username: Option<String>,
        pin: Option<String>,
    ) -> Thrown<JsIdentity> {
        let username = username.as_deref().map(Username::parse).transpose()?;
        let expected = Expected { username: username.as_ref(), pin: pin.as_deref() };
        wiping(|| Ok(JsIdentity(Box::new(self.0.unlock(contents, expected)?))))
    }
}
