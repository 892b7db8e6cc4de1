//! MAIL, RCPT and DATA in one write, and what a session says of a message before it hands it over.

use crate::transport::{Attempt, Command, Defect, MailSession as _};

use super::super::connection::Connection;
use super::super::session::Session;
use super::*;

const MESSAGE: &str = "Subject: one\r\n\r\none\r\n";

async fn session(extensions: &'static [&'static str], odd: &[(At, Does)]) -> (Session, Arc<Mutex<Seen>>) {
    let (opened, seen) = open(Server::new(extensions, odd)).await;
    (opened.unwrap_or_else(|attempt| panic!("{attempt}")), seen)
}

#[tokio::test]
async fn three_commands_are_pipelined() {
    let (client, mut server) = duplex(4_096);
    let sending = tokio::spawn(async move {
        let mut session =
            Session::open(Connection::new(Box::new(client)), &PLAIN).await.unwrap_or_else(|_| panic!());
        session.send(&mail(MESSAGE), &open_for(2)).await
    });
    let talk = [
        ("220 hello\r\n", "EHLO papers.example.org\r\n"),
        (
            "250-mail\r\n250 PIPELINING\r\n",
            "MAIL FROM:<digest@papers.example.org>\r\nRCPT TO:<ada@example.org>\r\nDATA\r\n",
        ),
        ("250 fine\r\n250 fine\r\n354 go on\r\n", "Subject: one\r\n\r\none\r\n.\r\n"),
        ("250 taken\r\n", ""),
    ];
    for (says, hears) in talk {
        server.write_all(says.as_bytes()).await.unwrap();
        let mut said = vec![0; hears.len()];
        server.read_exact(&mut said).await.unwrap();
        assert_eq!(String::from_utf8(said).unwrap(), hears);
    }
    assert!(matches!(sending.await.unwrap(), Attempt::Accepted(_)));
}

#[tokio::test]
async fn data_without_accepted_recipients_is_ended_by_a_dot() {
    let mut server = Server::new(&["PIPELINING"], &[(At::Rcpt, Does::Says("550 5.1.1 no such user"))]);
    server.is_eager = true;
    let (opened, seen) = open(server).await;
    let Ok(mut session) = opened else { panic!("it opens") };
    let attempt = session.send(&mail(MESSAGE), &open_for(9)).await;
    assert!(matches!(attempt, Attempt::Refused(Command::Rcpt, _)), "{attempt}");
    assert!(seen.lock().unwrap().mails.is_empty());
    assert!(matches!(session.send(&mail(MESSAGE), &open_for(9)).await, Attempt::Accepted(_)));
    assert_eq!(seen.lock().unwrap().mails.len(), 1);
}

#[tokio::test]
async fn a_server_that_takes_a_recipient_without_a_sender_gets_nothing() {
    let odd = [
        (At::Mail, Does::Says("550 5.7.1 not you")),
        (At::Rcpt, Does::Says("250 2.1.5 fine")),
        (At::Data, Does::Says("354 go on")),
    ];
    let (mut session, seen) = session(&["PIPELINING"], &odd).await;
    let attempt = session.send(&mail(MESSAGE), &open_for(9)).await;
    assert!(matches!(attempt, Attempt::Refused(Command::Mail, _)), "{attempt}");
    assert!(!session.takes_more());
    drop(session);
    assert!(seen.lock().unwrap().mails.is_empty());
}

#[tokio::test]
async fn a_gate_that_closes_stops_the_message_at_every_point() {
    for (extensions, gate_opens, lines, takes_more) in [
        (&["PIPELINING"] as &[&str], 0, 1, true),
        // The three commands are said; the message is not, and the server is cut off.
        (&["PIPELINING"], 1, 4, false),
        (&[], 0, 1, true),
        // MAIL, RCPT and RSET.
        (&[], 1, 4, true),
        (&[], 2, 4, false),
    ] {
        let (mut session, seen) = session(extensions, &[]).await;
        let attempt = session.send(&mail(MESSAGE), &open_for(gate_opens)).await;
        assert_eq!(attempt, Attempt::Withdrawn);
        assert_eq!(session.takes_more(), takes_more, "{extensions:?}, {gate_opens}");
        if takes_more {
            let again = session.send(&mail(MESSAGE), &open_for(9)).await;
            assert!(matches!(again, Attempt::Accepted(_)), "{again}");
        }
        drop(session);
        let seen = seen.lock().unwrap();
        assert_eq!(seen.mails.len(), usize::from(takes_more));
        let before = if takes_more { seen.lines.len() - 3 } else { seen.lines.len() };
        assert_eq!(before, lines, "{:?}", seen.lines);
    }
}

#[tokio::test]
async fn messages_over_the_size_limit_are_not_started() {
    let (mut session, seen) = session(&["SIZE 20"], &[]).await;
    let attempt = session.send(&mail(MESSAGE), &open_for(9)).await;
    assert_eq!(
        attempt,
        Attempt::Unfit(Defect::Size, "21 octets, and the server takes 20 at most".to_owned())
    );
    let mut odd = mail("one\r\n");
    odd.recipient = "ada@example.org>\r\nRCPT TO:<eve@example.org".to_owned();
    let attempt = session.send(&odd, &open_for(9)).await;
    assert!(matches!(attempt, Attempt::Unfit(Defect::Address, _)), "{attempt}");
    odd.recipient = "ädä@example.org".to_owned();
    let attempt = session.send(&odd, &open_for(9)).await;
    assert!(matches!(attempt, Attempt::Unfit(Defect::Address, _)), "{attempt}");
    assert_eq!(seen.lock().unwrap().lines.len(), 1);
    assert!(session.takes_more());
}

#[tokio::test]
async fn mail_parameters_are_sent_if_offered_and_needed() {
    let plain = mail(MESSAGE);
    let mut eight_bit = mail("é\r\n");
    let all: &[&str] = &["SIZE", "8BITMIME", "SMTPUTF8"];
    let line = |mail: OutgoingMail, extensions| async move {
        let (mut session, seen) = session(extensions, &[]).await;
        session.send(&mail, &open_for(9)).await;
        let line = seen.lock().unwrap().lines.get(1).cloned().unwrap_or_default();
        line.split_once('>').map(|(_, parameters)| parameters.to_owned()).unwrap_or_default()
    };
    assert_eq!(line(plain.clone(), &[]).await, "");
    assert_eq!(line(plain, all).await, " SIZE=21");
    assert_eq!(line(eight_bit.clone(), all).await, " SIZE=4 BODY=8BITMIME");
    eight_bit.recipient = "ädä@example.org".to_owned();
    assert_eq!(line(eight_bit, all).await, " SIZE=4 BODY=8BITMIME SMTPUTF8");
}

#[tokio::test]
async fn unsolicited_replies_are_not_attributed_to_commands() {
    // Behind the 354 it would be taken for the answer to the dot.
    let (mut first, seen) =
        session(&["PIPELINING"], &[(At::Data, Does::Says("354 go on\r\n250 taken"))]).await;
    let attempt = first.send(&mail(MESSAGE), &open_for(9)).await;
    assert!(matches!(attempt, Attempt::Broken(Command::Data, _)), "{attempt}");
    assert!(!first.takes_more() && seen.lock().unwrap().mails.is_empty());
    // Behind the answer to the dot it would be taken for that to the next MAIL.
    let (mut second, seen) =
        session(&["PIPELINING"], &[(At::Dot, Does::Says("250 taken\r\n250 fine"))]).await;
    assert!(matches!(second.send(&mail(MESSAGE), &open_for(9)).await, Attempt::Accepted(_)));
    let attempt = second.send(&mail(MESSAGE), &open_for(9)).await;
    assert!(matches!(attempt, Attempt::Broken(Command::Mail, _)), "{attempt}");
    assert!(!second.takes_more());
    assert_eq!(seen.lock().unwrap().mails.len(), 1);
}

#[tokio::test]
async fn messages_per_connection_are_limited() {
    let (mut session, seen) = session(&["PIPELINING"], &[]).await;
    let mut carried = 0;
    while session.takes_more() {
        assert!(matches!(session.send(&mail(MESSAGE), &open_for(9)).await, Attempt::Accepted(_)));
        carried += 1;
    }
    session.close().await;
    assert_eq!((carried, seen.lock().unwrap().lines.last().map(String::as_str)), (500, Some("QUIT")));
}

#[tokio::test]
async fn a_reply_before_a_hangup_within_the_message_is_read() {
    for (last_words, refused) in [("552 5.3.4 too big\r\n", Some(552)), ("", None)] {
        let (client, server) = duplex(256);
        let mut server = BufReader::new(server);
        let sending = tokio::spawn(async move {
            let opened = Session::open(Connection::new(Box::new(client)), &PLAIN).await;
            opened.unwrap_or_else(|_| panic!()).send(&mail(&"x\r\n".repeat(99_999)), &open_for(9)).await
        });
        for says in ["220 hello\r\n", "250 mail\r\n", "250 fine\r\n", "250 fine\r\n", "354 go on\r\n"] {
            server.write_all(says.as_bytes()).await.unwrap();
            server.read_line(&mut String::new()).await.unwrap();
        }
        server.write_all(last_words.as_bytes()).await.unwrap();
        drop(server);
        // The dot did not arrive, so nobody needs to doubt.
        match (sending.await.unwrap(), refused) {
            (Attempt::Refused(Command::Dot, reply), Some(code)) => assert_eq!(reply.code, code),
            (Attempt::Broken(Command::Dot, _), None) => {}
            (attempt, _) => panic!("{attempt}"),
        }
    }
}
