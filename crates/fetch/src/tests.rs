//! TLS: certificates that are verified, and the end of a body that nothing but its notice tells.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::{Answer, Client, Error, Request, Result, Settings, Validators};

/// How a server ends a connection.
#[derive(Clone, Copy)]
enum End {
    WithNotice,
    Bare,
}

/// Asks a server with a certificate for `name` for a document without a length.
async fn get(name: &str, trusted: bool, end: End) -> Result<Answer> {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let mut roots = RootCertStore::empty();
    if trusted {
        roots.add(made.cert.der().clone()).unwrap();
    }
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let Ok(mut stream) = TlsAcceptor::from(Arc::new(config)).accept(stream).await else { return };
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhello").await.unwrap();
        stream.flush().await.unwrap();
        if matches!(end, End::WithNotice) {
            stream.shutdown().await.unwrap();
        }
    });
    let settings = Settings { private_hosts: vec!["localhost".to_owned()], ..Settings::default() };
    let request = Request {
        url: format!("https://localhost:{port}/").parse().unwrap(),
        media_types: &["text/plain"],
        validators: Validators::default(),
    };
    Client::with_roots(settings, roots).unwrap().get(&request).await
}

#[tokio::test]
async fn a_document_comes_by_tls() {
    let answer = get("localhost", true, End::WithNotice).await;
    assert!(matches!(&answer, Ok(Answer::Document(document)) if document.body == b"hello"), "{answer:?}");
}

#[tokio::test]
async fn a_certificate_of_nobody_or_for_another_host_is_refused() {
    for (name, trusted) in [("localhost", false), ("example.org", true)] {
        let error = get(name, trusted, End::WithNotice).await.unwrap_err();
        assert!(matches!(&error, Error::Unreachable(why) if why.contains("certificate")), "{error}");
    }
}

#[tokio::test]
async fn a_body_without_a_length_is_cut_off_unless_tls_says_that_it_ended() {
    let error = get("localhost", true, End::Bare).await.unwrap_err();
    assert!(matches!(&error, Error::CutOff(why) if why.contains("close_notify")), "{error}");
}
