//! Parsing JSON strictly: no repeated members, no null where none is expected, no NUL.

use std::cell::RefCell;

use serde::{
    Deserializer,
    de::{DeserializeSeed, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value};

use crate::error::{Code, Error, Fault};

/// Parses JSON and refuses what serde_json would let pass.
pub(crate) fn parse_strictly(text: &[u8]) -> Result<Value, Error> {
    parse_at(&Place::default(), text)
}

/// Parses JSON that may contain null, as the payload of a key statement does.
pub(crate) fn parse_with_null(text: &[u8]) -> Result<Value, Error> {
    parse_at(&Place { null: true, ..Place::default() }, text)
}

fn parse_at(place: &Place, text: &[u8]) -> Result<Value, Error> {
    let mut json = serde_json::Deserializer::from_slice(text);
    let parsed = place.deserialize(&mut json).and_then(|value| json.end().map(|()| value));
    parsed.map_err(|error| match place.fault.take() {
        Some(fault) => Error::at(Code::InvalidRequest, vec![fault]),
        None => Error::because(
            Code::MalformedJson,
            format!("not JSON at line {}, column {}", error.line(), error.column()),
        ),
    })
}

/// Where a strict parse stands, and what it found wrong there.
#[derive(Default)]
struct Place {
    null: bool,
    path: RefCell<Vec<String>>,
    fault: RefCell<Option<Fault>>,
}

impl Place {
    fn refuse<E: serde::de::Error>(&self, code: &'static str, detail: &'static str) -> E {
        let mut pointer = String::new();
        self.path.borrow().iter().for_each(|member| push(&mut pointer, member));
        *self.fault.borrow_mut() = Some(Fault::new(pointer, code, detail));
        E::custom(detail)
    }
}

impl<'de> DeserializeSeed<'de> for &Place {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &Place {
    type Value = Value;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E: serde::de::Error>(self) -> Result<Value, E> {
        if self.null {
            return Ok(Value::Null);
        }
        Err(self.refuse("null", "null is not allowed; leave the member out instead"))
    }

    fn visit_str<E: serde::de::Error>(self, value: &str) -> Result<Value, E> {
        self.visit_string(value.to_owned())
    }

    fn visit_string<E: serde::de::Error>(self, value: String) -> Result<Value, E> {
        if value.contains('\0') {
            return Err(self.refuse("invalid_value", "the character NUL is not allowed"));
        }
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        loop {
            self.path.borrow_mut().push(array.len().to_string());
            let item = items.next_element_seed(self)?;
            self.path.borrow_mut().pop();
            match item {
                Some(item) => array.push(item),
                None => return Ok(array.into()),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            self.path.borrow_mut().push(name.clone());
            if name.contains('\0') {
                return Err(self.refuse("invalid_value", "the character NUL is not allowed"));
            }
            if object.contains_key(&name) {
                return Err(self.refuse("repeated_member", "this member stands twice"));
            }
            let value = members.next_value_seed(self)?;
            self.path.borrow_mut().pop();
            object.insert(name, value);
        }
        Ok(object.into())
    }
}

/// Adds a member to a JSON Pointer.
pub(crate) fn push(pointer: &mut String, member: &str) {
    pointer.push('/');
    pointer.push_str(&escape(member));
}

/// Escapes a member for a JSON Pointer (RFC 6901, section 3).
fn escape(member: &str) -> String {
    member.replace('~', "~0").replace('/', "~1")
}
