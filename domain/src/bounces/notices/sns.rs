//! Messages of Amazon SNS: the signed text, the certificate and the content. Documented at
//! docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html.
//!
//! The certificate is fetched by anyone who asks ([`certificate_url`]), by HTTPS and from Amazon's own hosts only: that
//! it comes from there is what makes it Amazon's. Topics sign with SHA-1 unless they are set to version 2, so both are
//! verified.

use data_encoding::BASE64;
use ring::signature::{RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};
use serde_json::Value;
use url::Url;

use super::at;

/// The signed fields of a notification, in this order.
const NOTIFICATION_FIELDS: [&str; 6] = ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"];

/// The signed fields of a subscription confirmation, in this order.
const CONFIRMATION_FIELDS: [&str; 7] =
    ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"];

/// The notice of SES in a message.
pub(super) fn message(body: &Value) -> Option<Value> {
    serde_json::from_str(body.get("Message")?.as_str()?).ok()
}

/// The topic that a message says it is of.
#[must_use]
pub fn topic(body: &Value) -> String {
    at(body, "/TopicArn")
}

/// The address that confirms a subscription; `None` if the message requests no confirmation or the address is not
/// Amazon's.
#[must_use]
pub fn subscribe_url(body: &Value) -> Option<Url> {
    (at(body, "/Type") == "SubscriptionConfirmation").then(|| amazon(&at(body, "/SubscribeURL")))?
}

/// The address of a message's certificate; `None` if it is not Amazon's.
#[must_use]
pub fn certificate_url(body: &Value) -> Option<Url> {
    let url = amazon(&at(body, "/SigningCertURL"))?;
    let name = url.path().strip_prefix("/SimpleNotificationService-")?.strip_suffix(".pem")?;
    let is_certificate = name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_certificate && url.query().is_none()).then_some(url)
}

/// An address at a host of SNS: `https://sns.eu-west-1.amazonaws.com/…`.
fn amazon(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let region = url.host_str()?.strip_prefix("sns.")?;
    let region =
        region.strip_suffix(".amazonaws.com").or_else(|| region.strip_suffix(".amazonaws.com.cn"))?;
    let is_region =
        !region.is_empty() && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_plain = url.scheme() == "https" && url.port().is_none() && url.username().is_empty();
    (is_region && is_plain && url.password().is_none()).then_some(url)
}

/// Whether the owner of a certificate (PEM) signed a message.
#[must_use]
pub fn has_signed(certificate: &[u8], body: &Value) -> bool {
    let algorithm: &dyn SignatureVerificationAlgorithm = match at(body, "/SignatureVersion").as_str() {
        "1" => &Sha1,
        "2" => webpki::ring::RSA_PKCS1_2048_8192_SHA256,
        _ => return false,
    };
    let Ok(signature) = BASE64.decode(at(body, "/Signature").as_bytes()) else { return false };
    let Ok(certificate) = CertificateDer::from_pem_slice(certificate) else { return false };
    let Ok(certificate) = webpki::EndEntityCert::try_from(&certificate) else { return false };
    certificate.verify_signature(algorithm, signed(body).as_bytes(), &signature).is_ok()
}

/// The text that is signed: names and values, each on its line.
fn signed(body: &Value) -> String {
    let names: &[&str] =
        if at(body, "/Type") == "Notification" { &NOTIFICATION_FIELDS } else { &CONFIRMATION_FIELDS };
    let mut signed = String::new();
    for name in names {
        if let Some(value) = body.get(*name).and_then(Value::as_str) {
            signed.extend([name, "\n", value, "\n"]);
        }
    }
    signed
}

/// RSA with SHA-1, which webpki does not offer.
#[derive(Debug)]
struct Sha1;

impl SignatureVerificationAlgorithm for Sha1 {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY, public_key);
        key.verify(message, signature).map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_PKCS1_SHA256
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, SigningKey as _};
    use rustls_pki_types::PrivateKeyDer;
    use serde_json::json;

    use super::*;

    /// Made for tests, and used nowhere else.
    const KEY: &str = include_str!("../../../../tests/it/support/dkim.pem");

    #[test]
    fn signatures_of_amazon_sns_are_verified() {
        let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
        let key = KeyPair::from_der_and_sign_algo(&key, &PKCS_RSA_SHA256).unwrap();
        let certificate =
            CertificateParams::new(vec!["sns.amazonaws.com".to_owned()]).unwrap().self_signed(&key).unwrap();
        let der = BASE64.encode(certificate.der());
        let pem = format!("-----BEGIN CERTIFICATE-----\n{der}\n-----END CERTIFICATE-----\n");
        let mut body = json!({ "Type": "Notification", "MessageId": "m", "TopicArn": "arn:aws:sns:eu-west-1:1:t",
            "Message": "{}", "Timestamp": "2026-01-01T00:00:00.000Z", "SignatureVersion": "2" });
        let text = "Message\n{}\nMessageId\nm\nTimestamp\n2026-01-01T00:00:00.000Z\n\
                    TopicArn\narn:aws:sns:eu-west-1:1:t\nType\nNotification\n";
        assert_eq!(signed(&body), text);
        body["Signature"] = json!(BASE64.encode(&key.sign(text.as_bytes()).unwrap()));
        assert!(has_signed(pem.as_bytes(), &body));
        for (name, value) in
            [("Message", "{ }"), ("SignatureVersion", "1"), ("SignatureVersion", "3"), ("Signature", "x")]
        {
            let mut other = body.clone();
            other[name] = json!(value);
            assert!(!has_signed(pem.as_bytes(), &other), "{name} {value}");
        }
        assert!(!has_signed(b"no certificate", &body));
    }

    #[test]
    fn certificates_are_fetched_from_amazon_only() {
        let certificate = |url: &str| certificate_url(&json!({ "SigningCertURL": url })).is_some();
        for region in ["eu-west-1.amazonaws.com", "cn-north-1.amazonaws.com.cn"] {
            assert!(certificate(&format!("https://sns.{region}/SimpleNotificationService-0a1b.pem")));
        }
        for url in [
            "http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://sns.eu-west-1.amazonaws.com.example.org/SimpleNotificationService-0a1b.pem",
            "https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-0a1b.pem",
            "https://x@sns.eu-west-1.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://sns.evil.example/.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://sns.a.b.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://bucket.s3.amazonaws.com/SimpleNotificationService-0a1b.pem",
            "https://sns.eu-west-1.amazonaws.com/other.pem",
            "",
        ] {
            assert!(!certificate(url), "{url}");
        }
        let question = |kind: &str| {
            let url = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=x";
            subscribe_url(&json!({ "Type": kind, "SubscribeURL": url })).is_some()
        };
        assert!(question("SubscriptionConfirmation") && !question("Notification"));
    }
}
