//! Runs what is opened: envelopes, files, passwords, wrapped keys, recovery codes.

use std::{collections::BTreeMap, sync::OnceLock};

use pli_crypto::{
    Contact, Expected, FileDescriptor, FileOpener, FilePolicy, FileRange, Identity, MessageId,
    PasswordKdf, RecoveryCode, Result, Stretched, Username,
};
use serde_json::{Map, Value, json};

use crate::{
    forgery::{decode, encode},
    people::username,
    text,
};

/// The people of people.json, who are unlocked from it.
pub(crate) struct People {
    pub(crate) stretched: Stretched,
    file: Value,
    identities: BTreeMap<String, Identity>,
}

impl People {
    pub(crate) fn identity(&self, title: &Value) -> &Identity {
        &self.identities[title.as_str().unwrap()]
    }

    pub(crate) fn contact(&self, title: &Value) -> Contact {
        let person = &self.file["people"][title.as_str().unwrap()];
        let name = username(person["username"].as_str().unwrap());
        Contact::from_history(&person["history"].to_string(), &name, None).unwrap()
    }
}

pub(crate) fn people() -> &'static People {
    static PEOPLE: OnceLock<People> = OnceLock::new();
    PEOPLE.get_or_init(|| {
        let file: Value = serde_json::from_str(&text("people.json")).unwrap();
        let kdf = PasswordKdf::from_json(&file["kdf"].to_string()).unwrap();
        let stretched = Stretched::new(file["password"].as_str().unwrap(), kdf).unwrap();
        let all: &Map<String, Value> = file["people"].as_object().unwrap();
        let unlock = |(title, person): (&String, &Value)| {
            let wrapped = person["wrappedKeys"].as_str().unwrap();
            (title.clone(), Identity::unlock(wrapped, &stretched, Expected::default()).unwrap())
        };
        let identities = all.iter().map(unlock).collect();
        People { stretched, file, identities }
    })
}

pub(crate) fn string<'a>(case: &'a Value, member: &str) -> &'a str {
    case[member].as_str().unwrap()
}

pub(crate) fn envelope(case: &Value) -> Result<Value> {
    let (reader, sender) = (people().identity(&case["reader"]), people().contact(&case["sender"]));
    let id = case["id"].as_str().map(MessageId::parse).transpose()?;
    let letter = reader.open(string(case, "envelope"), &sender, id.as_ref())?;
    Ok(serde_json::from_str(&letter.to_json()?).unwrap())
}

pub(crate) fn file(case: &Value) -> Result<Value> {
    let policy = match &case["policy"] {
        Value::Null => FilePolicy::default(),
        policy => FilePolicy::from_json(&policy.to_string())?,
    };
    let descriptor = FileDescriptor::from_json(string(case, "descriptor"))?;
    let sealed = decode(&case["sealed"]);
    let text = match &case["range"] {
        // All of these files have one segment.
        Value::Null => FileOpener::new(descriptor, policy)?.open_segment(&sealed)?,
        range => {
            let [start, end] = [&range[0], &range[1]].map(|place| place.as_u64().unwrap());
            let mut range = FileRange::new(descriptor, start, end)?;
            match range.next_length() {
                None => vec![],
                Some(_) => {
                    range.read_header(&sealed[..range.header_length() as usize])?;
                    range.open_segment(&sealed)?
                }
            }
        }
    };
    Ok(json!(encode(text)))
}

pub(crate) fn password(case: &Value) -> Result<Value> {
    let kdf = PasswordKdf::from_json(string(case, "kdf"))?;
    Ok(json!(*Stretched::new(string(case, "password"), kdf)?.login_secret()))
}

pub(crate) fn wrapped_keys(case: &Value) -> Result<Value> {
    let username = case["username"].as_str().map(Username::parse).transpose()?;
    let expected = Expected { username: username.as_ref(), pin: case["pin"].as_str() };
    let identity = Identity::unlock(string(case, "wrappedKeys"), &people().stretched, expected)?;
    let statements = identity.history().seq() + 1;
    Ok(json!({"username": identity.username().as_str(), "statements": statements}))
}

pub(crate) fn recovery_code(case: &Value) -> Result<Value> {
    let code = RecoveryCode::parse(string(case, "code"))?;
    let mut outcome = json!({"recoverySecret": *code.recovery_secret()?});
    if let Some(wrapped_keys) = case["wrappedKeys"].as_str() {
        let identity = Identity::recover(wrapped_keys, &code, Expected::default())?;
        outcome["username"] = json!(identity.username().as_str());
    }
    Ok(outcome)
}
