//! TLS: asked for, offered, taken away, and what is slipped in before it begins.

use tokio::net::TcpListener;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::transport::{Attempt, Command, MailSession as _, MailTransport as _};

use super::super::auth::Credentials;
use super::super::connection::{Connection, Identity};
use super::super::handshake::Handshake;
use super::super::session::Session;
use super::super::{Authorities, Options, SettingNames, SmtpTransport};
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
    let identity =
        Identity { connector: TlsConnector::from(Arc::new(client)), name, settings: SettingNames::default() };
    (identity, TlsAcceptor::from(Arc::new(server)))
}

/// A server that takes STARTTLS, saying `answer` to it, and is an ordinary one behind it. Returns what was said in the
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
    let talking = tokio::spawn(async move { server.talk(&mut BufReader::new(far)).await });
    let mut near = BufReader::new(near);
    near.read_line(&mut String::new()).await.unwrap();
    let mut near = near.into_inner();
    let _ = tokio::io::copy_bidirectional(&mut near, &mut wire).await;
    drop(near);
    let _ = talking.await;
}

#[tokio::test]
async fn after_starttls_the_handshake_starts_again() {
    // The second one has something behind its answer that somebody put there: as if the server had taken the EHLO and
    // offered nothing. What was read before TLS is thrown away.
    for answer in ["220 go ahead\r\n", "220 go ahead\r\n250-evil\r\n250 SIZE 1\r\n250 fine\r\n"] {
        let (identity, acceptor) = identity();
        let (wire, talking, seen) = with_start_tls(acceptor, answer);
        let ada = Credentials { user: "ada".to_owned(), password: "secret".to_owned() };
        let handshake =
            Handshake { start_tls: StartTls::Required(&identity), credentials: Some(&ada), ..PLAIN };
        let opened = Session::open(Connection::new(wire), &handshake).await;
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
async fn a_server_with_a_wrong_certificate_gets_no_mail() {
    let (_, acceptor) = identity();
    let (wire, talking, seen) = with_start_tls(acceptor, "220 go ahead\r\n");
    // Another authority than the one that vouches for it.
    let (identity, _) = identity();
    let handshake = Handshake { start_tls: StartTls::Required(&identity), ..PLAIN };
    let failed = Session::open(Connection::new(wire), &handshake).await.map(drop).unwrap_err();
    assert!(
        matches!(&failed, Attempt::Broken(Command::StartTls, why) if why.contains("certificate")),
        "{failed}"
    );
    talking.await.unwrap();
    assert!(seen.lock().unwrap().lines.is_empty());
}

#[tokio::test]
async fn without_required_starttls_no_mail_is_sent() {
    let (identity, _) = identity();
    let ada = Credentials { user: "ada".to_owned(), password: "secret".to_owned() };
    let (wire, seen) = Server::new(&["PIPELINING", "AUTH PLAIN"], &[]).serve();
    let handshake = Handshake { start_tls: StartTls::Required(&identity), credentials: Some(&ada), ..PLAIN };
    let failed = Session::open(Connection::new(wire), &handshake).await.map(drop).unwrap_err();
    assert!(matches!(failed, Attempt::Broken(Command::StartTls, _)), "{failed}");
    assert_eq!(seen.lock().unwrap().lines, ["EHLO papers.example.org"]);
}

#[tokio::test]
async fn implicit_tls_encrypts_from_the_first_byte() {
    let (identity, acceptor) = identity();
    let (client, wire) = duplex(16_384);
    let server = Server::new(&["PIPELINING"], &[]);
    let seen = server.seen.clone();
    tokio::spawn(async move { server.talk(&mut BufReader::new(acceptor.accept(wire).await.unwrap())).await });
    let connection = Connection::new(Box::new(client))
        .encrypted(&identity, LONG_TIMEOUTS.step)
        .await
        .unwrap_or_else(|_| panic!());
    let mut session = Session::open(connection, &PLAIN).await.unwrap_or_else(|_| panic!());
    let attempt = session.send(&mail("Subject: one\r\n\r\none\r\n"), &open_for(9)).await;
    assert!(matches!(attempt, Attempt::Accepted(_)), "{attempt}");
    session.close().await;
    assert_eq!(seen.lock().unwrap().mails.len(), 1);
}

/// A certificate that signed itself, as openssl makes it: an authority of its own, for `name`, until the given year. In
/// PEM, and as its server uses it.
fn self_signed(name: &str, until: i32) -> (String, TlsAcceptor) {
    let key = rcgen::KeyPair::generate().unwrap();
    let mut params = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.not_before = rcgen::date_time_ymd(2001, 1, 1);
    params.not_after = rcgen::date_time_ymd(until, 1, 1);
    let made = params.self_signed(&key).unwrap();
    let body = data_encoding::BASE64.encode(made.der());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.der().clone()], key)
        .unwrap();
    (pem, TlsAcceptor::from(Arc::new(server)))
}

/// A server at a port of its own that speaks TLS from the first octet, and the port.
async fn implicit(acceptor: TlsAcceptor) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            if let Ok(wire) = acceptor.accept(socket).await {
                Server::new(&[], &[]).talk(&mut BufReader::new(wire)).await;
            }
        }
    });
    port
}

async fn connect(url: &str, authorities: &Authorities) -> Result<(), Attempt> {
    let transport = SmtpTransport::new(
        url,
        Options { authorities: authorities.clone(), ..Options::new("papers.example.org") },
    )
    .unwrap();
    transport.connect().await?.close().await;
    Ok(())
}

#[tokio::test]
async fn certificate_errors_tell_how_to_fix_them() {
    let (pem, acceptor) = self_signed("localhost", 4000);
    let port = implicit(acceptor).await;
    let named = Authorities::from_pem(pem.as_bytes()).unwrap();
    connect(&format!("smtps://localhost:{port}"), &named).await.unwrap();
    let (old, acceptor) = self_signed("localhost", 2002);
    let old_port = implicit(acceptor).await;
    let old = Authorities::from_pem(old.as_bytes()).unwrap();
    for (url, authorities, remedy) in [
        (format!("smtps://localhost:{port}"), &Authorities::default(), "the trusted certificates must hold"),
        (format!("smtps://localhost:{port}"), &old, "the trusted certificates must hold"),
        (format!("smtps://127.0.0.1:{port}"), &named, "for another name"),
        (format!("smtps://localhost:{old_port}"), &old, "has expired"),
    ] {
        let failed = connect(&url, authorities).await.unwrap_err().to_string();
        assert!(failed.contains(remedy), "{url}: {failed}");
    }
    for pem in ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        assert!(Authorities::from_pem(pem.as_bytes()).is_err(), "{pem:?}");
    }
}

/// A server that offers STARTTLS, and what it does once it is asked for.
async fn offering(after: impl Fn(usize) -> Option<TlsAcceptor> + Send + 'static) -> (u16, Arc<Mutex<Seen>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let seen = Arc::<Mutex<Seen>>::default();
    let shared = Arc::clone(&seen);
    tokio::spawn(async move {
        for count in 0.. {
            let (socket, _) = listener.accept().await.unwrap();
            let mut wire = BufReader::new(socket);
            let mut server = Server::new(&["STARTTLS"], &[]);
            server.seen = Arc::clone(&shared);
            if let Some(acceptor) = after(count) {
                // The conversation ends with the answer to STARTTLS, and begins anew behind it.
                server.talk(&mut wire).await;
                let mut server = Server::new(&["PIPELINING"], &[]);
                server.seen = Arc::clone(&shared);
                if let Ok(tls) = acceptor.accept(wire.into_inner()).await {
                    behind(server, tls).await;
                }
            } else {
                server.talk(&mut wire).await;
            }
        }
    });
    (port, seen)
}

async fn send_to(port: u16) -> Attempt {
    let url = format!("smtp://127.0.0.1:{port}");
    let transport = SmtpTransport::new(&url, Options::new("papers.example.org"));
    let mut session = transport.unwrap().connect().await.unwrap_or_else(|attempt| panic!("{attempt}"));
    let attempt = session.send(&mail("Subject: one\r\n\r\none\r\n"), &open_for(9)).await;
    session.close().await;
    attempt
}

#[tokio::test]
async fn opportunistic_tls_accepts_any_certificate() {
    let (_, acceptor) = self_signed("somebody.example", 2002);
    let (port, seen) = offering(move |_| Some(acceptor.clone())).await;
    let attempt = send_to(port).await;
    assert!(matches!(attempt, Attempt::Accepted(_)), "{attempt}");
    let lines = seen.lock().unwrap().lines.clone();
    let words: Vec<_> = lines.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(words, ["EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT", "DATA", "QUIT"]);
}

#[tokio::test]
async fn opportunistic_tls_falls_back_to_clear_text_on_failure() {
    // Anyone who asks for STARTTLS is told to go ahead, and then hung up on.
    let (port, seen) = offering(|_| None).await;
    let attempt = send_to(port).await;
    assert!(matches!(attempt, Attempt::Accepted(_)), "{attempt}");
    let lines = seen.lock().unwrap().lines.clone();
    let words: Vec<_> = lines.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(words, ["EHLO", "STARTTLS", "EHLO", "MAIL", "RCPT", "DATA", "QUIT"]);
}

#[tokio::test]
async fn refused_opportunistic_starttls_continues_in_clear_text() {
    let (identity, _) = identity();
    let odd = [(At::StartTls, Does::Says("454 4.7.0 no TLS now"))];
    let (wire, seen) = Server::new(&["STARTTLS"], &odd).serve();
    let handshake = Handshake { start_tls: StartTls::Offered(&identity), ..PLAIN };
    Session::open(Connection::new(wire), &handshake).await.map(drop).unwrap();
    assert_eq!(seen.lock().unwrap().lines, ["EHLO papers.example.org", "STARTTLS"]);
}
