//! The library as JavaScript sees it: every export converts, none decides.
//!
//! The hand-written TypeScript facade is their only caller. What throws is an `Error` whose
//! property `code` is the stable code of FORMAT.md §12.
//!
//! An export that handles secrets wipes the stack behind itself, and keeps what it makes of them on
//! the heap, where whatever is freed is overwritten.

use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use zeroizing_alloc::ZeroAlloc;

use crate::{
    Contact, Content, DeviceCopy, DeviceLock, Error, Expected, FileDescriptor, FileOpener,
    FilePolicy, FileRange, FileSealer, Identity, KeyDraft, MessageId, Opening, PasswordKdf,
    PrivateKey, RecoveryCode, SafetyHalf, Sealed, Sealing, Signing, Stretched, Timestamp, Username,
    random, stack::wiping,
};

/// Overwrites whatever is freed: keys and texts pass through memory that no type of ours owns.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<std::alloc::System> = ZeroAlloc(std::alloc::System);

type Thrown<T> = Result<T, JsValue>;

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        let thrown = js_sys::Error::new(&error.to_string());
        // Setting a property of a new plain Error cannot fail.
        let _ = Reflect::set(&thrown, &"code".into(), &error.code().into());
        thrown.into()
    }
}

/// Takes a JavaScript number that must be a whole one, from 0 to 2^53 − 1.
fn whole(number: f64) -> Result<u64, Error> {
    if number.fract() == 0.0 && (0.0..=9_007_199_254_740_991.0).contains(&number) {
        Ok(number as u64)
    } else {
        Err(Error::InvalidArgument("not a whole number from 0 to 2^53 - 1".into()))
    }
}

fn policy(policy: Option<String>) -> Result<FilePolicy, Error> {
    policy.map_or_else(|| Ok(FilePolicy::default()), |policy| FilePolicy::from_json(&policy))
}

fn message_id(id: Option<String>) -> Result<Option<MessageId>, Error> {
    id.map(|id| MessageId::parse(&id)).transpose()
}

/// Keys in the making.
#[wasm_bindgen(js_name = KeyDraft)]
pub struct JsKeyDraft(KeyDraft);

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
    pub fn import(&mut self, n: &[u8], d: &[u8], p: &[u8], q: &[u8]) -> Thrown<u8> {
        wiping(|| Ok(self.0.import(n, d, p, q)?))
    }
}

/// A stretched password.
#[wasm_bindgen(js_name = Stretched)]
pub struct JsStretched(Box<Stretched>);

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

/// Somebody to write to and hear from.
#[wasm_bindgen(js_name = Contact)]
pub struct JsContact(Rc<Contact>);

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
pub struct JsRecipients(Vec<Rc<Contact>>);

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

/// One's own keys.
#[wasm_bindgen(js_name = Identity)]
pub struct JsIdentity(Box<Identity>);

/// An identity to be encrypted by the host.
#[wasm_bindgen(js_name = DeviceLock)]
pub struct JsDeviceLock(Box<DeviceLock>);

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

/// A letter to be signed by the host.
#[wasm_bindgen(js_name = Sealing)]
pub struct JsSealing(Box<Sealing>);

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
pub struct JsSigning(Signing);

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
pub struct JsOpening(Box<Opening>, Rc<Contact>, Option<MessageId>);

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

impl From<Sealed> for JsSealed {
    fn from(sealed: Sealed) -> Self {
        Self { id: sealed.id.to_string(), envelope: sealed.envelope }
    }
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

/// A file being sealed.
#[wasm_bindgen(js_name = FileSealer)]
pub struct JsFileSealer(Box<FileSealer>);

#[wasm_bindgen(js_class = FileSealer)]
impl JsFileSealer {
    /// See [`FileSealer::new`].
    #[wasm_bindgen(constructor)]
    pub fn new(name: &str, media_type: &str, size: f64, policy: Option<String>) -> Thrown<Self> {
        let (policy, size) = (self::policy(policy)?, whole(size)?);
        wiping(|| {
            let mut rng = random::system()?;
            Ok(Self(Box::new(FileSealer::new(name, media_type, size, policy, &mut rng)?)))
        })
    }

    /// See [`FileSealer::sealed_size`].
    #[wasm_bindgen(getter, js_name = sealedSize)]
    pub fn sealed_size(&self) -> f64 {
        self.0.sealed_size() as f64
    }

    /// See [`FileSealer::next_length`].
    #[wasm_bindgen(getter, js_name = nextLength)]
    pub fn next_length(&self) -> Option<f64> {
        self.0.next_length().map(|length| length as f64)
    }

    /// See [`FileSealer::seal_segment`].
    #[wasm_bindgen(js_name = sealSegment)]
    pub fn seal_segment(&mut self, text: &[u8]) -> Thrown<Vec<u8>> {
        wiping(|| Ok(self.0.seal_segment(text)?))
    }

    /// See [`FileSealer::segment_length`].
    #[wasm_bindgen(js_name = segmentLength)]
    pub fn segment_length(&self, segment: u32) -> Option<f64> {
        self.0.segment_length(segment).map(|length| length as f64)
    }

    /// See [`FileSealer::header`].
    #[wasm_bindgen(getter)]
    pub fn header(&self) -> Vec<u8> {
        self.0.header().to_vec()
    }

    /// See [`FileSealer::reveal_key`].
    #[wasm_bindgen(getter)]
    pub fn key(&self) -> Vec<u8> {
        self.0.reveal_key().to_vec()
    }

    /// See [`FileSealer::start_length`].
    #[wasm_bindgen(getter, js_name = startLength)]
    pub fn start_length(&self) -> usize {
        self.0.start_length()
    }

    /// See [`FileSealer::begin_segment`].
    #[wasm_bindgen(js_name = beginSegment)]
    pub fn begin_segment(&mut self, length: f64, start: &[u8]) -> Thrown<Vec<u8>> {
        let length = whole(length)?;
        wiping(|| Ok(self.0.begin_segment(length, start)?.to_vec()))
    }

    /// See [`FileSealer::add_digest`].
    #[wasm_bindgen(js_name = addDigest)]
    pub fn add_digest(&mut self, digest: &[u8]) -> Thrown<()> {
        let digest = digest.try_into();
        let digest = digest.map_err(|_| Error::Internal("no SHA-256 digest".into()))?;
        Ok(self.0.add_digest(digest)?)
    }

    /// See [`FileSealer::finish`]; the descriptor as JSON.
    pub fn finish(&self) -> Thrown<String> {
        wiping(|| Ok(self.0.finish()?.reveal_json()?.to_string()))
    }
}

/// A file being opened.
#[wasm_bindgen(js_name = FileOpener)]
pub struct JsFileOpener(Box<FileOpener>);

#[wasm_bindgen(js_class = FileOpener)]
impl JsFileOpener {
    /// See [`FileOpener::new`].
    #[wasm_bindgen(constructor)]
    pub fn new(descriptor: &str, policy: Option<String>) -> Thrown<Self> {
        let policy = self::policy(policy)?;
        wiping(|| {
            let descriptor = FileDescriptor::from_json(descriptor)?;
            Ok(Self(Box::new(FileOpener::new(descriptor, policy)?)))
        })
    }

    /// See [`FileOpener::next_length`].
    #[wasm_bindgen(getter, js_name = nextLength)]
    pub fn next_length(&self) -> Option<f64> {
        self.0.next_length().map(|length| length as f64)
    }

    /// See [`FileOpener::segment_length`].
    #[wasm_bindgen(js_name = segmentLength)]
    pub fn segment_length(&self, segment: u32) -> Option<f64> {
        self.0.segment_length(segment).map(|length| length as f64)
    }

    /// See [`FileOpener::size`].
    #[wasm_bindgen(getter)]
    pub fn size(&self) -> f64 {
        self.0.size() as f64
    }

    /// See [`FileOpener::read_header`].
    #[wasm_bindgen(js_name = readHeader)]
    pub fn read_header(&mut self, sealed: &[u8]) -> Thrown<()> {
        wiping(|| Ok(self.0.read_header(sealed)?))
    }

    /// See [`FileOpener::reveal_key`].
    #[wasm_bindgen(getter)]
    pub fn key(&self) -> Thrown<Vec<u8>> {
        Ok(self.0.reveal_key()?.to_vec())
    }

    /// See [`FileOpener::nonce`].
    pub fn nonce(&self, segment: u32, digest: &[u8]) -> Thrown<Vec<u8>> {
        Ok(self.0.nonce(segment, digest)?.to_vec())
    }

    /// See [`FileOpener::start_length`].
    #[wasm_bindgen(getter, js_name = startLength)]
    pub fn start_length(&self) -> usize {
        self.0.start_length()
    }

    /// See [`FileOpener::check_start`].
    #[wasm_bindgen(js_name = checkStart)]
    pub fn check_start(&self, start: &[u8]) -> Thrown<()> {
        wiping(|| Ok(self.0.check_start(start)?))
    }

    /// See [`FileOpener::open_segment`].
    #[wasm_bindgen(js_name = openSegment)]
    pub fn open_segment(&mut self, sealed: &[u8]) -> Thrown<Vec<u8>> {
        wiping(|| Ok(self.0.open_segment(sealed)?))
    }
}

/// A range of a file being opened.
#[wasm_bindgen(js_name = FileRange)]
pub struct JsFileRange(Box<FileRange>);

#[wasm_bindgen(js_class = FileRange)]
impl JsFileRange {
    /// See [`FileRange::new`].
    #[wasm_bindgen(constructor)]
    pub fn new(descriptor: &str, start: f64, end: f64) -> Thrown<Self> {
        let (start, end) = (whole(start)?, whole(end)?);
        wiping(|| {
            let descriptor = FileDescriptor::from_json(descriptor)?;
            Ok(Self(Box::new(FileRange::new(descriptor, start, end)?)))
        })
    }

    /// See [`FileRange::header_length`].
    #[wasm_bindgen(getter, js_name = headerLength)]
    pub fn header_length(&self) -> f64 {
        self.0.header_length() as f64
    }

    /// The beginning of [`FileRange::sealed`].
    #[wasm_bindgen(getter, js_name = sealedStart)]
    pub fn sealed_start(&self) -> f64 {
        self.0.sealed().start as f64
    }

    /// The end of [`FileRange::sealed`].
    #[wasm_bindgen(getter, js_name = sealedEnd)]
    pub fn sealed_end(&self) -> f64 {
        self.0.sealed().end as f64
    }

    /// See [`FileRange::read_header`].
    #[wasm_bindgen(js_name = readHeader)]
    pub fn read_header(&mut self, header: &[u8]) -> Thrown<()> {
        wiping(|| Ok(self.0.read_header(header)?))
    }

    /// See [`FileRange::next_length`].
    #[wasm_bindgen(getter, js_name = nextLength)]
    pub fn next_length(&self) -> Option<f64> {
        self.0.next_length().map(|length| length as f64)
    }

    /// The beginning of [`FileRange::left`].
    #[wasm_bindgen(getter, js_name = firstSegment)]
    pub fn first_segment(&self) -> u32 {
        self.0.left().start
    }

    /// The end of [`FileRange::left`].
    #[wasm_bindgen(getter, js_name = endSegment)]
    pub fn end_segment(&self) -> u32 {
        self.0.left().end
    }

    /// See [`FileRange::segment_length`].
    #[wasm_bindgen(js_name = segmentLength)]
    pub fn segment_length(&self, segment: u32) -> Option<f64> {
        self.0.segment_length(segment).map(|length| length as f64)
    }

    /// See [`FileRange::reveal_key`].
    #[wasm_bindgen(getter)]
    pub fn key(&self) -> Thrown<Vec<u8>> {
        Ok(self.0.reveal_key()?.to_vec())
    }

    /// See [`FileRange::nonce`].
    pub fn nonce(&self, segment: u32, digest: &[u8]) -> Thrown<Vec<u8>> {
        Ok(self.0.nonce(segment, digest)?.to_vec())
    }

    /// The beginning of [`FileRange::wanted_of`].
    #[wasm_bindgen(js_name = wantedStart)]
    pub fn wanted_start(&self, segment: u32) -> usize {
        self.0.wanted_of(segment).start
    }

    /// The end of [`FileRange::wanted_of`].
    #[wasm_bindgen(js_name = wantedEnd)]
    pub fn wanted_end(&self, segment: u32) -> usize {
        self.0.wanted_of(segment).end
    }

    /// See [`FileRange::open_segment`].
    #[wasm_bindgen(js_name = openSegment)]
    pub fn open_segment(&mut self, sealed: &[u8]) -> Thrown<Vec<u8>> {
        wiping(|| Ok(self.0.open_segment(sealed)?))
    }
}
