//! TLS: asked for, offered, taken away, and what is slipped in before it begins.

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::mail::{Attempt, Command, MailSession as _};

use super::super::auth::Credentials;
use super::super::connection::{Connection, Identity};
use super::super::opening::Opening;
use super::super::session::Session;
use super::*;

/// A server's identity as its clients and as itself know it.
pub(super) fn identity() -> (Identity, TlsAcceptor) {
    let made = rcgen::generate_simple_self_signed(["mail.example.org".to_owned()]).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let provider = Arc::new(ring::default_provider());
    let client = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let name = ServerName::try_from("mail.example.org").unwrap();
    let identity = Identity { connector: TlsConnector::from(Arc::new(client)), name };
    (identity, TlsAcceptor::from(Arc::new(server)))
}

/// A server that takes STARTTLS, saying `answer` to it, and is an ordinary one behind it. Answers what was said in the
/// clear, once the client is through, and what was said behind.
fn with_start_tls(
    acceptor: TlsAcceptor,
    answer: &'static str,
) -> (Box<dyn Wire>, tokio::task::JoinHandle<String>, Arc<Mutex<Seen>>) {
    let (client, mut wire) = duplex(16_384);
    let server = Server::new(&["PIPELINING", "AUTH PLAIN"], &[]);
    let seen = server.seen.clone();
    let talking = tokio::spawn(async move {
        let mut said = Vec::new();
        for says in ["220 hello\r\n", "250-mail\r\n250 STARTTLS\r\n"] {
            wire.write_all(says.as_bytes()).await.unwrap();
            let mut piece = vec![0; 1_000];
            let count = wire.read(&mut piece).await.unwrap();
            said.extend_from_slice(&piece[..count]);
        }
        wire.write_all(answer.as_bytes()).await.unwrap();
        if let Ok(tls) = acceptor.accept(wire).await {
            behind(server, tls).await;
        }
        String::from_utf8(said).unwrap()
    });
    (Box::new(client), talking, seen)
}

/// Behind TLS there is no second greeting.
async fn behind<W: Wire>(server: Server, mut wire: W) {
    let (near, far) = duplex(16_384);
    let talking = tokio::spawn(server.talk(BufReader::new(far)));
    let mut near = BufReader::new(near);
    near.read_line(&mut String::new()).await.unwrap();
    let mut near = near.into_inner();
    let _ = tokio::io::copy_bidirectional(&mut near, &mut wire).await;
    drop(near);
    let _ = talking.await;
}

#[tokio::test]
async fn behind_start_tls_everything_is_said_anew() {
    // The second one has something behind its answer that somebody put there: as if the server had taken the EHLO and
    // offered nothing. What was read before TLS is thrown away.
    for answer in ["220 go ahead\r\n", "220 go ahead\r\n250-evil\r\n250 SIZE 1\r\n250 fine\r\n"] {
        let (identity, acceptor) = identity();
        let (wire, talking, seen) = with_start_tls(acceptor, answer);
        let ada = Credentials { user: "ada".to_owned(), password: "secret".to_owned() };
        let opening =
            Opening { start_tls: StartTls::Required(&identity), credentials: Some(&ada), ..PLAINLY };
        let opened = Session::open(Connection::new(wire), &opening).await;
        let mut session = opened.unwrap_or_else(|attempt| panic!("{attempt}"));
        let attempt = session.send(&mail("Subject: one\r\n\r\none\r\n"), &open_for(9)).await;
        assert!(matches!(attempt, Attempt::Accepted(_)), "{attempt}");
        session.close().await;
        drop(session);
        assert_eq!(talking.await.unwrap(), "EHLO papers.example.org\r\nSTARTTLS\r\n");
        let seen = seen.lock().unwrap();
        let words: Vec<_> = seen.lines.iter().filter_map(|line| line.split(' ').next()).collect();
        assert_eq!(words, ["EHLO", "AUTH", "MAIL", "RCPT", "DATA", "QUIT"]);
        assert_eq!(seen.mails.len(), 1);
    }
}

#[tokio::test]
async fn a_server_that_is_somebody_else_gets_no_mail() {
    let (_, acceptor) = identity();
    let (wire, talking, seen) = with_start_tls(acceptor, "220 go ahead\r\n");
    // Another authority than the one that vouches for it.
    let (identity, _) = identity();
    let opening = Opening { start_tls: StartTls::Offered(&identity), ..PLAINLY };
    let failed = Session::open(Connection::new(wire), &opening).await.map(drop).unwrap_err();
    assert!(
        matches!(&failed, Attempt::Broken(Command::StartTls, why) if why.contains("certificate")),
        "{failed}"
    );
    talking.await.unwrap();
    assert!(seen.lock().unwrap().lines.is_empty());
}

#[tokio::test]
async fn without_start_tls_where_it_is_required_nothing_is_said() {
    let (identity, _) = identity();
    let ada = Credentials { user: "ada".to_owned(), password: "secret".to_owned() };
    let (wire, seen) = Server::new(&["PIPELINING", "AUTH PLAIN"], &[]).serve();
    let opening = Opening { start_tls: StartTls::Required(&identity), credentials: Some(&ada), ..PLAINLY };
    let failed = Session::open(Connection::new(wire), &opening).await.map(drop).unwrap_err();
    assert!(matches!(failed, Attempt::Broken(Command::StartTls, _)), "{failed}");
    assert_eq!(seen.lock().unwrap().lines, ["EHLO papers.example.org"]);
}

#[tokio::test]
async fn tls_from_the_first_octet() {
    let (identity, acceptor) = identity();
    let (client, wire) = duplex(16_384);
    let server = Server::new(&["PIPELINING"], &[]);
    let seen = server.seen.clone();
    tokio::spawn(async move { server.talk(BufReader::new(acceptor.accept(wire).await.unwrap())).await });
    let connection = Connection::new(Box::new(client))
        .encrypted(&identity, PATIENT.step)
        .await
        .unwrap_or_else(|_| panic!());
    let mut session = Session::open(connection, &PLAINLY).await.unwrap_or_else(|_| panic!());
    let attempt = session.send(&mail("Subject: one\r\n\r\none\r\n"), &open_for(9)).await;
    assert!(matches!(attempt, Attempt::Accepted(_)), "{attempt}");
    session.close().await;
    assert_eq!(seen.lock().unwrap().mails.len(), 1);
}
