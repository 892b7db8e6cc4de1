//! Signing messages with DKIM (RFC 6376): rsa-sha256 with a key of 2048 bits or more (RFC 8301 section 3.2), relaxed
//! canonicalisation of header and body, the whole body, the domain of From.
//!
//! From, Subject, To and Date are named once more than they stand there, so that nobody can add another one to a
//! signed message; List-Unsubscribe and List-Unsubscribe-Post are signed, as RFC 8058 section 4 wants. The same message
//! gets the same signature: RSA with PKCS #1 v1.5 takes no chance, and the time is that of the letter.
//!
//! ring does the arithmetic; what is here is the form. [ADR-19](../../../docs/adr/0019-dkim.md) says why.

use std::fmt;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use data_encoding::BASE64;
use lettre::message::Mailbox;
use ring::rand::SystemRandom;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;
use sha2::{Digest as _, Sha256};

use crate::error::{Error, Result};

/// The headers that are signed if they stand. RFC 6376 section 5.4.1, RFC 8058 section 4.
const SIGNED: [&str; 20] = [
    "From",
    "Reply-To",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "MIME-Version",
    "Content-Type",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "List-Archive",
    "List-Help",
    "List-Owner",
    "Precedence",
    "Feedback-ID",
    "Sender",
    "Content-Transfer-Encoding",
];

/// The headers of which no second one may be added.
const OVERSIGNED: [&str; 4] = ["From", "Subject", "To", "Date"];

/// Octets of base64 in a line of the header.
const BASE64_LINE_OCTETS: usize = 70;

/// A domain's key, and the name under which its public half is published.
#[derive(Clone)]
pub struct DkimSigner {
    domain: String,
    selector: String,
    key: Arc<RsaKeyPair>,
    further: Vec<&'static str>,
}

impl fmt::Debug for DkimSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DkimSigner({})", self.record_name())
    }
}

impl DkimSigner {
    /// A signer for `from`'s domain with the first private key in `pem` (PKCS #8 or PKCS #1).
    ///
    /// # Errors
    /// What is wrong with the key, without a word of it.
    pub fn new(from: &Mailbox, selector: &str, pem: &str) -> Result<Self> {
        let no_key = || {
            Error::Setting("holds no RSA private key in PEM, such as `openssl genrsa 2048` prints".to_owned())
        };
        let rejected = |error: ring::error::KeyRejected| {
            Error::Setting(format!(
                "holds a key that cannot sign ({error}); it must be RSA of 2048 to 4096 bits"
            ))
        };
        let key = match PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| no_key())? {
            PrivateKeyDer::Pkcs1(der) => RsaKeyPair::from_der(der.secret_pkcs1_der()).map_err(rejected)?,
            PrivateKeyDer::Pkcs8(der) => RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(rejected)?,
            _ => return Err(no_key()),
        };
        let (domain, selector) = (from.email.domain().to_owned(), selector.to_owned());
        Ok(Self { domain, selector, key: Arc::new(key), further: Vec::new() })
    }

    /// Signs these headers as well as those that every message has: the application's own.
    #[must_use]
    pub fn signing_also(self, names: &[&'static str]) -> Self {
        Self { further: names.to_vec(), ..self }
    }

    /// Where in the DNS the public key stands, as a TXT record. RFC 6376 section 3.6.2.1.
    #[must_use]
    pub fn record_name(&self) -> String {
        format!("{}._domainkey.{}", self.selector, self.domain)
    }

    /// What stands there. RFC 6376 section 3.6.1; the key is a `SubjectPublicKeyInfo` (RFC 5280 section 4.1.2.7), as
    /// every verifier expects.
    #[must_use]
    pub fn record(&self) -> String {
        // SEQUENCE { rsaEncryption, NULL }. RFC 3279 section 2.3.1.
        const ALGORITHM: [u8; 15] =
            [0x30, 0x0D, 0x06, 0x09, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01, 0x05, 0x00];
        let mut bits = vec![0];
        bits.extend_from_slice(self.key.public_key().as_ref());
        let info = der(0x30, &[ALGORITHM.to_vec(), der(0x03, &bits)].concat());
        format!("v=DKIM1; k=rsa; p={}", BASE64.encode(&info))
    }

    /// The message with its signature in front. Its lines end in CRLF.
    ///
    /// # Errors
    /// If the message has no body, or the key does not sign.
    pub fn sign(&self, message: &[u8], at: DateTime<Utc>) -> Result<Vec<u8>> {
        let text = std::str::from_utf8(message).map_err(|_| Error::NoBody)?;
        let (head, body) = text.split_once("\r\n\r\n").ok_or(Error::NoBody)?;
        let headers = headers(head);
        let mut names = Vec::new();
        let mut signed = String::new();
        for name in SIGNED.into_iter().chain(self.further.iter().copied()) {
            // Of several the last counts first. RFC 6376 section 5.4.2.
            for (_, value) in headers.iter().rev().filter(|(known, _)| known.eq_ignore_ascii_case(name)) {
                names.push(name);
                signed.push_str(&relaxed_header(name, value));
                signed.push_str("\r\n");
            }
        }
        names.extend(OVERSIGNED);
        let body_hash = BASE64.encode(&Sha256::digest(relaxed_body(body)));
        let unsigned = format!(
            "v=1; a=rsa-sha256; c=relaxed/relaxed; d={};\r\n s={}; t={};\r\n h={};\r\n bh={body_hash};\r\n b=",
            self.domain,
            self.selector,
            at.timestamp(),
            names.join(":\r\n  "),
        );
        signed.push_str(&relaxed_header("DKIM-Signature", &unsigned));
        let mut signature = vec![0; self.key.public().modulus_len()];
        self.key
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature)
            .map_err(|_| Error::Unsigned)?;
        let signature = BASE64.encode(&signature);
        let mut whole = format!("DKIM-Signature: {unsigned}").into_bytes();
        for (number, line) in signature.as_bytes().chunks(BASE64_LINE_OCTETS).enumerate() {
            if number > 0 {
                whole.extend_from_slice(b"\r\n  ");
            }
            whole.extend_from_slice(line);
        }
        whole.extend_from_slice(b"\r\n");
        whole.extend_from_slice(message);
        Ok(whole)
    }
}

/// A value of DER: a tag, a length of up to four octets, the content. X.690 section 8.1.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap_or(u32::MAX).to_be_bytes();
    let significant: Vec<u8> = length.into_iter().skip_while(|&byte| byte == 0).collect();
    let mut value = vec![tag];
    match significant.as_slice() {
        [short] if *short < 0x80 => value.push(*short),
        [] => value.push(0),
        long => {
            value.push(0x80 | u8::try_from(long.len()).unwrap_or(4));
            value.extend_from_slice(long);
        }
    }
    value.extend_from_slice(content);
    value
}

/// The headers in their order: names, and values with their folds.
fn headers(head: &str) -> Vec<(&str, String)> {
    let mut headers: Vec<(&str, String)> = Vec::new();
    for line in head.split("\r\n") {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = headers.last_mut() {
                value.push_str(line);
            }
        } else if let Some((name, value)) = line.split_once(':') {
            headers.push((name, value.to_owned()));
        }
    }
    headers
}

/// RFC 6376 section 3.4.2.
fn relaxed_header(name: &str, value: &str) -> String {
    let words: Vec<&str> = value.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty()).collect();
    format!("{}:{}", name.to_ascii_lowercase(), words.join(" "))
}

/// RFC 6376 section 3.4.4.
fn relaxed_body(body: &str) -> String {
    let mut relaxed = String::with_capacity(body.len());
    let mut empty = 0;
    for line in body.split("\r\n") {
        let line = line.trim_end_matches([' ', '\t']);
        if line.is_empty() {
            empty += 1;
            continue;
        }
        relaxed.push_str(&"\r\n".repeat(std::mem::take(&mut empty)));
        // Most lines have nothing to be made one space.
        if !line.contains("  ") && !line.contains('\t') {
            relaxed.push_str(line);
            relaxed.push_str("\r\n");
            continue;
        }
        let mut was_space = false;
        for c in line.chars() {
            let is_space = matches!(c, ' ' | '\t');
            if !is_space {
                relaxed.push(c);
            } else if !was_space {
                relaxed.push(' ');
            }
            was_space = is_space;
        }
        relaxed.push_str("\r\n");
    }
    relaxed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_forms_are_those_of_the_standard() {
        // RFC 6376 section 3.4.5, its first example.
        assert_eq!(relaxed_header("A", " X"), "a:X");
        assert_eq!(relaxed_header("B ".trim(), " Y\t\r\n\tZ  "), "b:Y Z");
        assert_eq!(relaxed_body(" C \r\nD \t E\r\n\r\n\r\n"), " C\r\nD E\r\n");
        assert_eq!(relaxed_body(""), "");
        assert_eq!(relaxed_body("\r\n\r\n"), "");
        assert_eq!(relaxed_body("a\r\n\r\nb"), "a\r\n\r\nb\r\n");
    }

    #[test]
    fn der_lengths_have_two_forms() {
        assert_eq!(der(4, &[1]), [4, 1, 1]);
        assert_eq!(der(4, &[]), [4, 0]);
        assert_eq!(der(4, &[0; 200])[..3], [4, 0x81, 200]);
        assert_eq!(der(4, &[0; 300])[..4], [4, 0x82, 1, 44]);
    }

    #[test]
    fn invalid_keys_are_refused() {
        let from: Mailbox = "digest@papers.example.org".parse().unwrap();
        for text in ["", "nonsense", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            assert!(DkimSigner::new(&from, "s1", text).is_err(), "{text}");
        }
    }
}
