//! JSON read strictly: no member twice in any object at any depth, and no array of its members in
//! an object's place (FORMAT.md §1).

use std::{collections::BTreeSet, fmt};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{
        DeserializeOwned, Error as _, IntoDeserializer, MapAccess, SeqAccess, Visitor,
        value::{MapDeserializer, SeqDeserializer},
    },
    forward_to_deserialize_any,
};
use serde_json::Value;

use crate::error::{Error, Reason, Result};

/// Reads a value from JSON text.
///
/// The text is read twice: once to see that no object repeats a member, which would otherwise be
/// dropped silently, and once for the value. The reason for a refusal does not hold the words,
/// since they may be secret.
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
    let value = Exact(serde_json::from_str(text).map_err(place)?);
    T::deserialize(value).map_err(|_| "a member is missing, unknown or of another type".into())
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

/// JSON as serde reads it, except that nothing but an object passes for a struct: serde would
/// also take an array of the members. The server's `exact.rs` is its twin: the server depends on
/// nothing of this library.
struct Exact(Value);

impl<'de> IntoDeserializer<'de, serde_json::Error> for Exact {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Exact {
    type Error = serde_json::Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        match self.0 {
            Value::Array(items) => {
                let mut items = SeqDeserializer::new(items.into_iter().map(Exact));
                let value = visitor.visit_seq(&mut items)?;
                items.end().map(|()| value)
            }
            Value::Object(members) => {
                let members = members.into_iter().map(|(name, value)| (name, Exact(value)));
                let mut members = MapDeserializer::new(members);
                let value = visitor.visit_map(&mut members)?;
                members.end().map(|()| value)
            }
            simple => simple.deserialize_any(visitor),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        if !self.0.is_object() {
            return Err(Self::Error::custom("not an object"));
        }
        self.deserialize_any(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.0.deserialize_enum(name, variants, visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_array_of_its_members_is_no_object() {
        #[derive(Debug, Deserialize)]
        struct Outer {
            inner: Vec<Inner>,
        }
        #[derive(Debug, Deserialize)]
        struct Inner {
            one: u8,
            two: Option<String>,
        }
        let outer: Outer = parse(r#"{"inner":[{"one":1,"two":"2"},{"one":3}]}"#).unwrap();
        assert_eq!((outer.inner[0].one, outer.inner[1].one), (1, 3));
        assert_eq!((outer.inner[0].two.as_deref(), &outer.inner[1].two), (Some("2"), &None));
        for text in [r#"[[{"one":1}]]"#, r#"{"inner":[[1,"2"]]}"#, r#"{"inner":[[1,null]]}"#] {
            assert!(parse::<Outer>(text).is_err(), "{text} was accepted");
        }
    }

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
