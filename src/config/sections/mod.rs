//! The sections of the configuration, one a file: the settings as written, their check, and the typed result.
//!
//! A raw section has the keys under its heading in defaults.toml, in that order. A setting that may be empty is an
//! `Option`. A check adds what is wrong to the [`Problems`](super::problems::Problems) and goes on.

pub(super) mod bounces;
pub(super) mod community;
pub(super) mod delivery;
pub(super) mod feeds;
pub(super) mod http;
pub(super) mod limits;
pub(super) mod mail;
pub(super) mod observability;
pub(super) mod search;
pub(super) mod sources;
pub(super) mod storage;

use std::net::SocketAddr;

/// The address and port to listen on.
fn socket_address(text: &str, example: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("{text:?} is not an address such as {example}"))
}

#[cfg(test)]
mod tests {
    use serde::de::value::Error;
    use serde::de::{Error as _, Visitor};
    use serde::{Deserialize, Deserializer, forward_to_deserialize_any};

    use crate::config::DEFAULTS;

    /// Notes the names of a struct's fields, and makes no value.
    struct FieldNames<'a>(&'a mut &'static [&'static str]);

    impl<'de> Deserializer<'de> for FieldNames<'_> {
        type Error = Error;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
            Err(Error::custom("not a struct"))
        }

        fn deserialize_struct<V: Visitor<'de>>(
            self,
            _: &'static str,
            fields: &'static [&'static str],
            _: V,
        ) -> Result<V::Value, Error> {
            *self.0 = fields;
            Err(Error::custom("noted"))
        }

        forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str string bytes byte_buf option unit unit_struct
            newtype_struct seq tuple tuple_struct map enum identifier ignored_any
        }
    }

    fn keys<T: for<'de> Deserialize<'de>>() -> Vec<&'static str> {
        let mut fields: &'static [&'static str] = &[];
        assert!(T::deserialize(FieldNames(&mut fields)).is_err());
        fields.to_vec()
    }

    #[test]
    fn each_section_has_the_keys_under_its_heading() {
        let sections = [
            ("HTTP", keys::<super::http::RawHttp>()),
            ("Storage", keys::<super::storage::RawStorage>()),
            ("Papers and feeds", keys::<super::feeds::RawFeeds>()),
            ("Sources", keys::<super::sources::RawSources>()),
            ("Search", keys::<super::search::RawSearch>()),
            ("Mail", keys::<super::mail::RawMail>()),
            ("Delivery", keys::<super::delivery::RawDelivery>()),
            ("Bounces", keys::<super::bounces::RawBounces>()),
            ("Limits", keys::<super::limits::RawLimits>()),
            ("Community", keys::<super::community::RawCommunity>()),
            ("Observability", keys::<super::observability::RawObservability>()),
        ];
        let documented: Vec<(&str, Vec<&str>)> = DEFAULTS
            .split("\n# ===== ")
            .skip(1)
            .map(|section| {
                let (heading, settings) = section.split_once(" =====\n").unwrap();
                let lines = settings.lines().filter(|line| !line.starts_with('#'));
                (heading, lines.filter_map(|line| line.split_once(" = ")).map(|(key, _)| key).collect())
            })
            .collect();
        assert_eq!(documented, sections);
    }
}
