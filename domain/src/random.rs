//! The source of randomness for nonces, bearer tokens, Message-IDs and the jitter of retries.

use data_encoding::BASE32_NOPAD;
use rand::Rng as _;

/// `N` unpredictable bytes.
#[must_use]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(clippy::disallowed_methods, reason = "the one place that draws random numbers")]
    rand::rng().fill_bytes(&mut bytes);
    bytes
}

/// A name that nothing else has: 128 bits as 26 lower-case letters and digits.
#[must_use]
pub fn name() -> String {
    let mut name = BASE32_NOPAD.encode(&bytes::<16>());
    name.make_ascii_lowercase();
    name
}

/// A number in `0.0..1.0`.
#[must_use]
pub fn fraction() -> f64 {
    f64::from(u32::from_le_bytes(bytes())) / (f64::from(u32::MAX) + 1.0)
}
