//! JSON read strictly: no member twice, in any object at any depth (FORMAT.md §1).

use std::{collections::BTreeSet, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{DeserializeOwned, Error as _, MapAccess, SeqAccess, Visitor},
};

use crate::error::{Error, Reason, Result};

/// Reads a value from JSON text.
///
/// The text is read twice: once to see that no object repeats a member, which would otherwise be
/// dropped silently where members are ignored, and once for the value. The reason for a refusal
/// gives the place and not the words, since they may be secret.
pub(crate) fn parse<T: DeserializeOwned>(text: &str) -> Result<T, Reason> {
    let place = |error: serde_json::Error| -> Reason {
        let (line, column) = (error.line(), error.column());
        if error.to_string().starts_with(REPEATED) {
            format!("a member is repeated at line {line} column {column}").into()
        } else {
            format!("unexpected JSON at line {line} column {column}").into()
        }
    };
    serde_json::from_str::<NothingRepeated>(text).map_err(place)?;
    serde_json::from_str(text).map_err(place)
}

/// As [`parse`], for bytes, which must be UTF-8.
pub(crate) fn parse_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Reason> {
    parse(std::str::from_utf8(bytes).map_err(|_| "not UTF-8")?)
}

/// Writes a value of this crate as JSON.
pub(crate) fn write<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|_| Error::Internal("a value has no JSON form".into()))
}

/// For members that may be absent but not null: `#[serde(default, deserialize_with = …)]`.
pub(crate) fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

const REPEATED: &str = "repeated member";

/// Any JSON value without a repeated member.
struct NothingRepeated;

impl<'de> Deserialize<'de> for NothingRepeated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Self)
    }
}

impl<'de> Visitor<'de> for NothingRepeated {
    type Value = Self;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<Self, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self, A::Error> {
        while elements.next_element::<Self>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self, A::Error> {
        let mut names = BTreeSet::<String>::new();
        while let Some(name) = members.next_key()? {
            if !names.insert(name) {
                return Err(A::Error::custom(REPEATED));
            }
            members.next_value::<Self>()?;
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn a_repeated_member_is_refused_at_any_depth() {
        for text in
            [r#"{"a":1,"a":1}"#, r#"{"a":1,"\u0061":2}"#, r#"{"x":[{"y":{"a":1,"b":2,"a":3}}]}"#]
        {
            let reason = parse::<Value>(text).unwrap_err();
            assert!(reason.starts_with("a member is repeated"), "{text}: {reason}");
        }
        assert!(parse::<Value>(r#"[{"a":1},{"a":1}]"#).is_ok());
    }

    #[test]
    fn a_refusal_does_not_repeat_what_it_read() {
        let reason = parse::<u64>(r#""hunter2""#).unwrap_err();
        assert!(!reason.contains("hunter2"), "{reason}");
    }

    #[test]
    fn deep_nesting_is_refused_and_does_not_exhaust_the_stack() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(parse::<Value>(&nested(127)).is_ok());
        assert!(parse::<Value>(&nested(128)).is_err());
        assert!(parse::<Value>(&"[".repeat(100_000)).is_err());
    }
}
