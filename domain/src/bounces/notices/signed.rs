//! Signatures of notices: those of SendGrid over the body, those of Mailgun over a time and a word of its choice.

use chrono::{DateTime, TimeDelta, Utc};
use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use serde_json::Value;
use sha2::Sha256;

use super::at;

/// The prefix of a P-256 key's point in its `SubjectPublicKeyInfo`. RFC 5480 section 2.
const P256: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86,
    0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The length of an uncompressed point of P-256, in bytes.
const POINT_BYTES: usize = 65;

/// The maximum age of a signature of Mailgun, which retries for eight hours and signs only the time.
const MAILGUN_MAX_AGE: TimeDelta = TimeDelta::hours(12);

/// SendGrid's verification key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SendGridKey(Vec<u8>);

impl SendGridKey {
    /// Reads the key as SendGrid shows it: Base64 of a `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let der = BASE64.decode(text.trim().as_bytes()).map_err(|_| "is not in Base64".to_owned())?;
        let point = der.strip_prefix(&P256).filter(|point| point.len() == POINT_BYTES);
        let point = point.ok_or("is not a public key of the curve P-256, as SendGrid shows it")?;
        Ok(Self(point.to_vec()))
    }

    /// Whether the key's owner signed this body at this time; both as they came.
    #[must_use]
    pub fn has_signed(&self, signature: &str, timestamp: &str, body: &[u8]) -> bool {
        let Ok(signature) = BASE64.decode(signature.trim().as_bytes()) else { return false };
        let signed = [timestamp.as_bytes(), body].concat();
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.0).verify(&signed, &signature).is_ok()
    }
}

/// Mailgun's key for signing webhooks.
#[derive(Clone, PartialEq, Eq)]
pub struct MailgunKey(String);

impl std::fmt::Debug for MailgunKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MailgunKey(secret)")
    }
}

impl MailgunKey {
    /// The key with this text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(text.trim().to_owned())
    }

    /// Whether Mailgun signed this body, of late.
    #[must_use]
    pub fn has_signed(&self, body: &Value, now: DateTime<Utc>) -> bool {
        let [timestamp, token, signature] =
            ["timestamp", "token", "signature"].map(|name| at(body, &format!("/signature/{name}")));
        let time = timestamp.parse().ok().and_then(|seconds| DateTime::from_timestamp(seconds, 0));
        let is_of_late = time.is_some_and(|time| (now - time).abs() <= MAILGUN_MAX_AGE);
        let Ok(signature) = HEXLOWER_PERMISSIVE.decode(signature.as_bytes()) else { return false };
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()) else { return false };
        mac.update(timestamp.as_bytes());
        mac.update(token.as_bytes());
        mac.verify_slice(&signature).is_ok() && is_of_late
    }
}

#[cfg(test)]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
    use serde_json::json;

    use super::*;

    #[test]
    fn signatures_of_sendgrid_are_verified() {
        let chance = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &chance).unwrap();
        let pair =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &chance).unwrap();
        let shown = BASE64.encode(&[&P256, pair.public_key().as_ref()].concat());
        let key = SendGridKey::parse(&format!(" {shown}\n")).unwrap();
        let body = br#"[{"event":"bounce"}]"#;
        let signed = pair.sign(&chance, &[b"1600112502", body.as_slice()].concat()).unwrap();
        let signature = BASE64.encode(signed.as_ref());
        assert!(key.has_signed(&signature, "1600112502", body));
        assert!(!key.has_signed(&signature, "1600112503", body));
        assert!(!key.has_signed(&signature, "1600112502", b"[]"));
        assert!(!key.has_signed("", "1600112502", body));
        assert!(SendGridKey::parse("no key").is_err() && SendGridKey::parse("AAAA").is_err());
    }

    #[test]
    fn signatures_of_mailgun_are_verified() {
        let key = MailgunKey::new("key-of-webhooks");
        let now = DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        let signed = |timestamp: i64, key: &str| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
            mac.update(format!("{timestamp}token").as_bytes());
            let signature = HEXLOWER_PERMISSIVE.encode(&mac.finalize().into_bytes());
            json!({ "signature": { "timestamp": timestamp.to_string(), "token": "token", "signature": signature } })
        };
        assert!(key.has_signed(&signed(1_700_000_000, "key-of-webhooks"), now));
        assert!(!key.has_signed(&signed(1_700_000_000, "another"), now));
        assert!(!key.has_signed(&signed(1_600_000_000, "key-of-webhooks"), now));
        assert!(!key.has_signed(&json!({ "signature": { "timestamp": "x" } }), now));
    }
}
