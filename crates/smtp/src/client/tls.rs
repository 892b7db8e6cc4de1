//! TLS to a mail server: whom it must prove to be, and what is wrong in words that help.
//!
//! If TLS is insisted on, the certificate must be one of the authorities that browsers know, or of those that the
//! operator names. If it is used because it is offered, anything is better than the clear text that would do as well,
//! so no certificate is asked for (opportunistic security, RFC 7435 section 3).
//!
//! Always: a connection that insists is never made with [`Trust::Anyone`].

use std::sync::Arc;

use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::client::{WebPkiServerVerifier, verify_server_name};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::server::ParsedCertificate;
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error as TlsError, RootCertStore, SignatureScheme,
};

use crate::error::{Error, Result};

use super::SettingNames;

/// Certificates that an operator trusts beside the authorities that browsers know.
#[derive(Clone, Debug, Default)]
pub struct Authorities(Vec<CertificateDer<'static>>);

impl Authorities {
    /// Reads certificates in PEM.
    ///
    /// # Errors
    /// [`Error::Setting`]: what is wrong with them.
    pub fn from_pem(pem: &[u8]) -> Result<Self> {
        let certificates = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
        let certificates =
            certificates.map_err(|error| Error::Setting(format!("holds no certificates in PEM: {error}")))?;
        if certificates.is_empty() {
            let problem = "holds no certificate in PEM, which begins with -----BEGIN CERTIFICATE-----";
            return Err(Error::Setting(problem.to_owned()));
        }
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            let added = roots.add(certificate.clone());
            added.map_err(|error| {
                Error::Setting(format!("holds a certificate that cannot be read: {error}"))
            })?;
        }
        Ok(Self(certificates))
    }
}

/// Whom a server has to be.
#[derive(Clone, Copy)]
pub(super) enum Trust<'a> {
    /// The one whose name it has, vouched for by an authority.
    Authorities(&'a Authorities),
    /// Anybody.
    Anyone,
}

/// What makes TLS of a connection.
///
/// # Errors
/// If this build knows no version of TLS.
pub(super) fn connector(trust: Trust<'_>) -> Result<TlsConnector, String> {
    let provider = Arc::new(ring::default_provider());
    let failed = |error: &dyn std::fmt::Display| format!("cannot be reached by TLS: {error}");
    let verifier: Arc<dyn ServerCertVerifier> = match trust {
        Trust::Anyone => Arc::new(Verifier { provider: Arc::clone(&provider), strict: None }),
        Trust::Authorities(authorities) => {
            // The authorities that browsers know, as Mozilla lists them.
            let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
            roots.add_parsable_certificates(authorities.0.iter().cloned());
            let web = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(&provider))
                .build()
                .map_err(|error| failed(&error))?;
            let strict = Some((web, authorities.clone()));
            Arc::new(Verifier { provider: Arc::clone(&provider), strict })
        }
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(&error))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Asks for a certificate of an authority, or for none.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    strict: Option<(Arc<WebPkiServerVerifier>, Authorities)>,
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, TlsError> {
        let Some((web, authorities)) = &self.strict else { return Ok(ServerCertVerified::assertion()) };
        match web.verify_server_cert(end_entity, intermediates, name, ocsp, now) {
            // A certificate that signed itself is often an authority too, as openssl makes it. Named by the operator, it
            // is the server's own; that it is in time was seen before.
            Err(error) if is_authority(&error) && authorities.0.iter().any(|known| known == end_entity) => {
                verify_server_name(&ParsedCertificate::try_from(end_entity)?, name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls12_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, TlsError> {
        verify_tls13_signature(message, certificate, signed, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Whether a server's certificate was refused because it is one of an authority. rustls hands the reason on by its name
/// only.
fn is_authority(error: &TlsError) -> bool {
    matches!(error, TlsError::InvalidCertificate(CertificateError::Other(other)) if format!("{other:?}").contains("CaUsedAsEndEntity"))
}

/// What went wrong in a handshake, and what mends it.
pub(super) fn problem(error: &std::io::Error, settings: SettingNames) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<TlsError>());
    let Some(inner) = inner else { return error.to_string() };
    let SettingNames { address, authorities } = settings;
    let remedy = match inner {
        TlsError::InvalidCertificate(problem) => match problem {
            CertificateError::UnknownIssuer => {
                format!(
                "it is self-signed, or of an authority that is not known here: {authorities} must hold the certificate \
                 of that authority"
            )
            }
            _ if is_authority(inner) => {
                format!("it is self-signed: {authorities} must hold this certificate")
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                format!("it is for another name: {address} must have a name that the certificate has")
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "it has expired: renew it on the mail server".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "it is not valid yet: check the clocks of both machines".to_owned()
            }
            _ => "renew it on the mail server".to_owned(),
        },
        TlsError::InvalidMessage(_) => {
            format!(
            "the server does not speak TLS at this port: check the port, and whether {address} is to begin with smtp:// \
             instead of smtps://"
        )
        }
        TlsError::AlertReceived(_) | TlsError::PeerIncompatible(_) => {
            "the server has no version or cipher of TLS in common with this service: it needs TLS 1.2 or later"
                .to_owned()
        }
        _ => return inner.to_string(),
    };
    match inner {
        TlsError::InvalidCertificate(_) => {
            format!("{inner}. The certificate of the mail server was refused: {remedy}")
        }
        _ => format!("{inner}: {remedy}"),
    }
}
