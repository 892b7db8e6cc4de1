//! Values derived from the secret keys: tokens in mails and hashes of addresses.
//!
//! A token is never stored. It is the row id followed by HMAC-SHA-256(key, purpose, row id, nonce) cut to
//! 16 bytes, in lower-case base32 (RFC 4648 section 6, without padding): 39 letters and digits. Mail programs leave a
//! punctuation mark at its end out of a link, and mail servers may change the case of an address; neither harms it. The
//! row keeps the nonce and the expiry, so a stolen database holds no token, and a mail that is built again carries the
//! same link. The first key signs, all verify.

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// The minimum length of a secret key, in characters.
pub const MIN_KEY_LENGTH: usize = 32;

const MAC_LENGTH: usize = 16;

/// Characters of a token: the 192 bits of a row id and a code, five in each.
const TOKEN_LENGTH: usize = 39;

/// The purpose of a token; a token for one purpose is not valid for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Confirms a subscription. 48 hours.
    Confirm,
    /// Reads and changes a subscription. 24 hours.
    Manage,
    /// Ends a subscription, and can do nothing else. No expiry.
    Unsubscribe,
    /// Has a manage link mailed to the subscriber. No expiry.
    RequestManageLink,
    /// Signs its reader in, once. 15 minutes.
    SignIn,
    /// Says that the owner of an address did not ask for mail. As long as the confirmation beside it.
    NotMe,
    /// Proves that a bounce or a complaint is of a mail that was sent from here. No expiry.
    Returned,
}

impl Purpose {
    fn label(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Manage => "manage",
            Self::Unsubscribe => "unsubscribe",
            Self::RequestManageLink => "request-manage-link",
            Self::SignIn => "sign-in",
            Self::NotMe => "not-me",
            Self::Returned => "returned",
        }
    }
}

/// A token taken apart; it proves nothing until [`Keys::verify`] says so.
#[derive(Clone, Copy, Debug)]
pub struct Token {
    /// The row that it names.
    pub id: i64,
    mac: [u8; MAC_LENGTH],
}

impl Token {
    /// Takes the text of a token apart, in any case; `None` if it is invalid. What was copied along with a link, such
    /// as the full stop of a sentence, does not belong to it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c.is_ascii_punctuation());
        if text.len() != TOKEN_LENGTH {
            return None;
        }
        let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok()?;
        let (id, mac) = bytes.split_first_chunk::<8>()?;
        Some(Self { id: i64::from_be_bytes(*id), mac: mac.try_into().ok()? })
    }
}

/// The secret keys, the signing one first.
#[derive(Clone)]
pub struct Keys(Vec<Vec<u8>>);

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Keys({} secret)", self.0.len())
    }
}

impl Keys {
    /// Takes a comma-separated list of keys.
    ///
    /// # Errors
    /// If there is none, or one is shorter than [`MIN_KEY_LENGTH`].
    pub fn parse(list: &str) -> Result<Self, String> {
        let keys: Vec<_> = list.split(',').map(str::trim).filter(|key| !key.is_empty()).collect();
        if keys.is_empty() {
            return Err("contains no key".to_owned());
        }
        if keys.iter().any(|key| key.chars().count() < MIN_KEY_LENGTH) {
            return Err(format!("contains a key of fewer than {MIN_KEY_LENGTH} characters"));
        }
        Ok(Self(keys.into_iter().map(|key| key.as_bytes().to_vec()).collect()))
    }

    /// The token for `purpose` on the row `id` that holds `nonce`.
    #[must_use]
    pub fn token(&self, purpose: Purpose, id: i64, nonce: &str) -> String {
        let mac = self.mac(self.signing(), purpose.label(), &[&id.to_be_bytes(), nonce.as_bytes()]);
        let mut bytes = id.to_be_bytes().to_vec();
        bytes.extend_from_slice(&mac[..MAC_LENGTH]);
        BASE32_NOPAD.encode(&bytes).to_ascii_lowercase()
    }

    /// Whether `token` is the one for `purpose` on its row, which holds `nonce`. Takes the same time
    /// whatever the answer.
    #[must_use]
    pub fn verify(&self, token: Token, purpose: Purpose, nonce: &str) -> bool {
        self.0.iter().fold(false, |found, key| {
            let mac = self.mac(key, purpose.label(), &[&token.id.to_be_bytes(), nonce.as_bytes()]);
            found | bool::from(mac[..MAC_LENGTH].ct_eq(&token.mac))
        })
    }

    /// The keyed hash of a lower-cased address under the signing key.
    #[must_use]
    pub fn address_hash(&self, address_key: &str) -> String {
        HEXLOWER.encode(&self.mac(self.signing(), "address", &[address_key.as_bytes()]))
    }

    /// The keyed hashes of a lower-cased address under every key, the signing one first: what to look
    /// for, since a hash outlives the key that made it from being the first.
    #[must_use]
    pub fn address_hashes(&self, address_key: &str) -> Vec<String> {
        let hash = |key: &Vec<u8>| HEXLOWER.encode(&self.mac(key, "address", &[address_key.as_bytes()]));
        self.0.iter().map(hash).collect()
    }

    /// A name for the signing key that reveals nothing about it.
    #[must_use]
    pub fn signing_key_id(&self) -> String {
        HEXLOWER.encode(&self.mac(self.signing(), "key-id", &[])[..4])
    }

    /// A number that is always the same for `label` and `id`, and reveals nothing about either.
    #[must_use]
    pub fn spread(&self, label: &str, id: i64) -> u64 {
        let mac = self.mac(self.signing(), label, &[&id.to_be_bytes()]);
        mac.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
    }

    fn signing(&self) -> &[u8] {
        self.0.first().map_or(&[], Vec::as_slice)
    }

    /// HMAC-SHA-256 over the label and the parts, each behind its length, so that no two lists of parts
    /// read alike.
    #[expect(
        clippy::unused_self,
        clippy::expect_used,
        reason = "only holders of keys can make a code; HMAC takes any key"
    )]
    fn mac(&self, key: &[u8], label: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
        for part in std::iter::once(label.as_bytes()).chain(parts.iter().copied()) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// The hash under which a bearer token is stored. Bearer tokens are 256 random bits, so a plain hash
/// keeps them as safe as a slow one would.
#[must_use]
pub fn bearer_hash(secret: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(secret.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OLD: &str = "an old key that is quite long enough";
    const NEW: &str = "a new key that is also long enough to do";

    #[test]
    fn a_token_works_for_its_purpose_row_and_nonce_only() {
        let keys = Keys::parse(NEW).unwrap();
        let token = Token::parse(&keys.token(Purpose::Confirm, 7, "nonce")).unwrap();
        assert_eq!(token.id, 7);
        assert!(keys.verify(token, Purpose::Confirm, "nonce"));
        assert!(!keys.verify(token, Purpose::Manage, "nonce"));
        assert!(!keys.verify(token, Purpose::Confirm, "other"));
        assert!(!keys.verify(Token { id: 8, ..token }, Purpose::Confirm, "nonce"));
    }

    #[test]
    fn the_first_key_signs_and_all_verify() {
        let old = Keys::parse(OLD).unwrap();
        let both = Keys::parse(&format!("{NEW}, {OLD}")).unwrap();
        let token = Token::parse(&old.token(Purpose::Unsubscribe, 1, "n")).unwrap();
        assert!(both.verify(token, Purpose::Unsubscribe, "n"));
        let token = Token::parse(&both.token(Purpose::Unsubscribe, 1, "n")).unwrap();
        assert!(!old.verify(token, Purpose::Unsubscribe, "n"));
        assert!(both.address_hashes("a@example.org").contains(&old.address_hash("a@example.org")));
    }

    #[test]
    fn a_token_survives_mail_programs_and_servers() {
        let keys = Keys::parse(NEW).unwrap();
        let text = keys.token(Purpose::Returned, i64::MAX, "nonce");
        let copied = [format!("{text}."), format!(" {text}>\n"), format!("<{text}"), format!("{text}),")];
        for text in copied.into_iter().chain([text.to_uppercase(), text]) {
            let token = Token::parse(&text).unwrap();
            assert!(keys.verify(token, Purpose::Returned, "nonce"), "{text:?}");
        }
    }

    #[test]
    fn a_token_is_letters_and_digits() {
        let keys = Keys::parse(NEW).unwrap();
        for id in (0..500).chain([i64::MAX, i64::MIN, -1]) {
            let text = keys.token(Purpose::Confirm, id, "nonce");
            assert_eq!(text.len(), TOKEN_LENGTH);
            assert!(text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()), "{text}");
            assert_eq!(Token::parse(&text).unwrap().id, id);
        }
    }

    #[test]
    fn malformed_tokens_are_refused() {
        for text in ["", "x", "!!!!", &"A".repeat(38), &"A".repeat(40), &"1".repeat(39), "-.-"] {
            assert!(Token::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn short_keys_are_refused() {
        assert!(Keys::parse("").is_err());
        assert!(Keys::parse("short").is_err());
        assert!(Keys::parse(&format!("{NEW},short")).is_err());
    }
}
