//! Every kind of reply, and no reply, at every command, with and without pipelining.

use crate::transport::{Attempt, Command, MailSession as _};

use super::super::auth::Credentials;
use super::super::connection::Connection;
use super::super::handshake::Handshake;
use super::super::session::Session;
use super::*;

/// What a reply is, whatever it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Yes,
    GoOn,
    No(u16),
    /// Nothing that can be understood, or nothing at all.
    Nothing,
}

const DEEDS: [(Does, Kind); 17] = [
    (Does::Says("250 2.0.0 fine"), Kind::Yes),
    (Does::Says("299 odd"), Kind::Yes),
    (Does::Says("250"), Kind::Yes),
    (Does::Says("250-two\r\n250 lines"), Kind::Yes),
    (Does::Says("354 go on"), Kind::GoOn),
    (Does::Says("399 odd"), Kind::Nothing),
    (Does::Says("421 4.3.2 closing"), Kind::No(421)),
    (Does::Says("451 4.3.0 later"), Kind::No(451)),
    (Does::Says("450-4.7.1 slow\r\n450 4.7.1 down"), Kind::No(450)),
    (Does::Says("550 5.1.1 no such user"), Kind::No(550)),
    (Does::Says("552 5.2.2 over quota"), Kind::No(552)),
    (Does::Says("554 5.7.1 go away"), Kind::No(554)),
    (Does::Says("hello there"), Kind::Nothing),
    (Does::Says("25"), Kind::Nothing),
    (Does::Says("250-one\r\n550 other"), Kind::Nothing),
    (Does::Closes, Kind::Nothing),
    (Does::IsSilent, Kind::Nothing),
];

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    Accepted,
    Refused(Command, u16),
    Broken(Command),
    InDoubt,
}

impl From<&Attempt> for Fate {
    fn from(attempt: &Attempt) -> Self {
        match attempt {
            Attempt::Accepted(_) => Self::Accepted,
            Attempt::Refused(command, reply) => Self::Refused(*command, reply.code),
            Attempt::Broken(command, _) => Self::Broken(*command),
            Attempt::InDoubt(_) => Self::InDoubt,
            Attempt::Unfit(..) | Attempt::Withdrawn => panic!("{attempt}"),
        }
    }
}

fn expected(at: At, kind: Kind) -> Fate {
    let command = match at {
        At::Greeting => Command::Connect,
        At::Ehlo | At::Helo => Command::Hello,
        At::StartTls => Command::StartTls,
        At::Auth => Command::Auth,
        At::Mail => Command::Mail,
        At::Rcpt => Command::Rcpt,
        At::Data => Command::Data,
        At::Dot => Command::Dot,
        // Nothing depends on these two any more; before RSET the recipient was refused.
        At::Rset => return Fate::Refused(Command::Rcpt, 550),
        At::Quit => return Fate::Accepted,
    };
    match (at, kind) {
        // Then HELO is said, and taken.
        (At::Ehlo, Kind::No(500..)) | (At::Data, Kind::GoOn) => Fate::Accepted,
        (_, Kind::No(code)) => Fate::Refused(command, code),
        // A yes to STARTTLS has no TLS behind it here.
        (At::Data | At::StartTls, _) => Fate::Broken(command),
        (_, Kind::Yes) => Fate::Accepted,
        (At::Dot, _) => Fate::InDoubt,
        _ => Fate::Broken(command),
    }
}

#[tokio::test]
async fn every_reply_to_every_command_is_handled() {
    let places = [
        At::Greeting,
        At::Ehlo,
        At::Helo,
        At::StartTls,
        At::Auth,
        At::Mail,
        At::Rcpt,
        At::Data,
        At::Dot,
        At::Rset,
        At::Quit,
    ];
    let identity = tls::identity().0;
    for pipelining in [false, true] {
        for at in places {
            for (does, kind) in DEEDS {
                let trial = format!("{does:?} at {at:?}, pipelining: {pipelining}");
                let extensions: &[&str] = match (at, pipelining) {
                    (At::StartTls, _) => &["STARTTLS"],
                    (At::Auth, _) => &["AUTH PLAIN"],
                    (_, true) => &["PIPELINING", "SIZE 10000"],
                    (_, false) => &[],
                };
                let mut odd = vec![(at, does)];
                if at == At::Helo {
                    odd.push((At::Ehlo, Does::Says("502 5.5.1 what?")));
                }
                if at == At::Rset {
                    odd.push((At::Rcpt, Does::Says("550 5.1.1 no such user")));
                }
                let (wire, seen) = Server::new(extensions, &odd).serve();
                let ada = Credentials { user: "ada".to_owned(), password: "secret".to_owned() };
                let handshake = Handshake {
                    start_tls: if at == At::StartTls {
                        StartTls::Required(&identity)
                    } else {
                        StartTls::Unused
                    },
                    credentials: (at == At::Auth).then_some(&ada),
                    timeouts: if does == Does::IsSilent { SHORT_TIMEOUTS } else { LONG_TIMEOUTS },
                    ..PLAIN
                };
                let fate = expected(at, kind);
                let mut session = match Session::open(Connection::new(wire), &handshake).await {
                    Ok(session) => session,
                    Err(attempt) => {
                        assert_eq!(Fate::from(&attempt), fate, "{trial}: {attempt}");
                        assert!(seen.lock().unwrap().lines.iter().all(|line| !line.starts_with("MAIL")));
                        continue;
                    }
                };
                let attempt = session.send(&mail("Subject: one\r\n\r\n.one\r\n"), &open_for(9)).await;
                assert_eq!(Fate::from(&attempt), fate, "{trial}: {attempt}");
                let is_over = match fate {
                    Fate::Broken(_) | Fate::InDoubt => true,
                    Fate::Refused(_, code) => code == 421 || at == At::Rset && kind != Kind::Yes,
                    Fate::Accepted => false,
                };
                assert_eq!(session.takes_more(), !is_over, "{trial}");
                let mut taken = usize::from(fate == Fate::Accepted);
                if session.takes_more() {
                    // Both sides are if the other thinks: the next message goes through, whole.
                    let attempt = session.send(&mail("Subject: two\r\n\r\ntwo\r\n"), &open_for(9)).await;
                    assert_eq!(Fate::from(&attempt), Fate::Accepted, "{trial}, the second: {attempt}");
                    taken += 1;
                }
                session.close().await;
                let seen = seen.lock().unwrap();
                // What is in doubt may have been taken.
                assert!(seen.mails.len() == taken || fate == Fate::InDoubt, "{trial}");
                for (recipient, message) in &seen.mails {
                    assert_eq!(recipient, "RCPT TO:<ada@example.org>");
                    let is_whole = message == "Subject: one\r\n\r\n..one\r\n" || message.ends_with("two\r\n");
                    assert!(is_whole, "{trial}: {message}");
                }
            }
        }
    }
}

#[tokio::test]
async fn auth_login_is_used_if_nothing_else_is_offered() {
    let ada = Credentials { user: "ada".to_owned(), password: "secret".to_owned() };
    let (client, mut server) = duplex(4_096);
    let talking = tokio::spawn(async move {
        let handshake = Handshake { credentials: Some(&ada), ..PLAIN };
        Session::open(Connection::new(Box::new(client)), &handshake).await.map(drop)
    });
    for (says, hears) in [
        ("220 hello\r\n", "EHLO papers.example.org\r\n"),
        ("250-mail\r\n250 AUTH LOGIN\r\n", "AUTH LOGIN\r\n"),
        ("334 VXNlcm5hbWU6\r\n", "YWRh\r\n"),
        ("334 UGFzc3dvcmQ6\r\n", "c2VjcmV0\r\n"),
        ("235 2.7.0 welcome\r\n", ""),
    ] {
        hear(&mut server, says, hears).await;
    }
    assert_eq!(talking.await.unwrap(), Ok(()));
}

/// Says one thing and hears another.
async fn hear(server: &mut DuplexStream, says: &str, hears: &str) {
    server.write_all(says.as_bytes()).await.unwrap();
    let mut said = vec![0; hears.len()];
    server.read_exact(&mut said).await.unwrap();
    assert_eq!(String::from_utf8(said).unwrap(), hears);
}

#[tokio::test]
async fn without_a_common_auth_mechanism_no_credentials_are_sent() {
    let ada = Credentials { user: "ada".to_owned(), password: "secret".to_owned() };
    let (wire, seen) = Server::new(&["AUTH GSSAPI"], &[]).serve();
    let handshake = Handshake { credentials: Some(&ada), ..PLAIN };
    let failed = Session::open(Connection::new(wire), &handshake).await.map(drop).unwrap_err();
    assert!(matches!(failed, Attempt::Broken(Command::Auth, _)), "{failed}");
    assert_eq!(seen.lock().unwrap().lines, ["EHLO papers.example.org"]);
}

#[tokio::test]
async fn a_slowly_arriving_reply_does_not_extend_the_timeout() {
    let (client, mut server) = duplex(64);
    let handshake = Handshake { timeouts: SHORT_TIMEOUTS, ..PLAIN };
    let dripping = async {
        for octet in b"220 ".iter().chain(std::iter::repeat(&b'x')) {
            if server.write_all(&[*octet]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let opened = tokio::select! {
        opened = Session::open(Connection::new(Box::new(client)), &handshake) => opened.map(drop),
        () = dripping => unreachable!("the client gives up first"),
    };
    assert!(matches!(opened, Err(Attempt::Broken(Command::Connect, _))), "{opened:?}");
}
