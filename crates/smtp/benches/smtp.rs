//! How many messages a second the SMTP client hands over, beside smtp-source, which is what a program in C that does
//! nothing else does: `make bench-smtp`.
//!
//! Both speak to smtp-sink (both are Debian's package postfix), which throws everything away, over kept connections on
//! this machine. They take turns, and each figure is the median of its rounds, because a machine is never as fast as it
//! was a minute ago. What counts are the ratios.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program of its own that prints what it found"
)]

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use smtp::{Attempt, Gate, MailTransport as _, Options, OutgoingMail, SmtpTransport};

/// Octets of a message, about what a digest of ten papers has.
const SIZE: usize = 15_000;

/// Messages of a round for each number of connections; one connection is the slowest.
const ROUNDS: [(usize, usize); 3] = [(1, 3_000), (4, 8_000), (16, 8_000)];

/// How often each has its turn.
const TURNS: usize = 5;

struct Open;

impl Gate for Open {
    fn is_open(&self) -> bool {
        true
    }
}

struct Sink {
    child: Child,
    address: String,
}

impl Sink {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let child = program("smtp-sink").args(["-u", "nobody", &address, "500"]).spawn();
        let child = child.unwrap_or_else(|error| panic!("smtp-sink, of the package postfix: {error}"));
        let start = Instant::now();
        while std::net::TcpStream::connect(&address).is_err() {
            assert!(start.elapsed() < Duration::from_secs(5), "smtp-sink does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        Self { child, address }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Debian keeps them out of the PATH of people.
fn program(name: &str) -> Command {
    let path = format!("/usr/sbin/{name}");
    let mut command = Command::new(if std::path::Path::new(&path).exists() { path } else { name.to_owned() });
    command.stdin(Stdio::null()).stdout(Stdio::null());
    command
}

fn message() -> Vec<u8> {
    let line = "A line of a message, neither short nor long, as quoted-printable has them.\r\n";
    format!("Subject: measured\r\n\r\n{}", line.repeat(SIZE / line.len())).into_bytes()
}

/// Messages a second of the client here.
async fn ours(address: &str, connections: usize, messages: usize) -> f64 {
    let transport =
        SmtpTransport::new(&format!("smtp://{address}"), Options::new("papers.example.org")).unwrap();
    let left = Arc::new(AtomicUsize::new(messages));
    let mail = Arc::new(OutgoingMail {
        sender: "digest@papers.example.org".to_owned(),
        recipient: "ada@example.org".to_owned(),
        name: "measured".to_owned(),
        octets: message(),
    });
    let start = Instant::now();
    let couriers = (0..connections).map(|_| {
        let (transport, left, mail) = (transport.clone(), left.clone(), mail.clone());
        tokio::spawn(async move {
            let mut session = transport.connect().await.unwrap();
            while take(&left) {
                if !session.takes_more() {
                    session.close().await;
                    session = transport.connect().await.unwrap();
                }
                let attempt = session.send(&mail, &Open).await;
                assert!(matches!(attempt, Attempt::Accepted(_)), "{attempt}");
            }
            session.close().await;
        })
    });
    for courier in couriers.collect::<Vec<_>>() {
        courier.await.unwrap();
    }
    rate(messages, start)
}

/// Messages a second of smtp-source.
fn sources(address: &str, connections: usize, messages: usize) -> f64 {
    let start = Instant::now();
    let (connections, count, size) = (connections.to_string(), messages.to_string(), SIZE.to_string());
    let arguments = ["-d", "-s", &connections, "-m", &count, "-l", &size];
    let envelope = ["-f", "digest@papers.example.org", "-t", "ada@example.org", address];
    let status = program("smtp-source").args(arguments).args(envelope).status().unwrap();
    assert!(status.success());
    rate(messages, start)
}

fn take(left: &AtomicUsize) -> bool {
    left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |count| count.checked_sub(1)).is_ok()
}

#[expect(clippy::cast_precision_loss, reason = "thousands of messages")]
fn rate(messages: usize, start: Instant) -> f64 {
    messages as f64 / start.elapsed().as_secs_f64()
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

#[tokio::main(flavor = "multi_thread")]
async fn main() {
    let sink = Sink::start();
    println!("messages a second, {SIZE} octets each, medians of {TURNS} turns");
    println!("{:>11}  {:>12}  {:>12}  ratio", "connections", "ours", "smtp-source");
    for (connections, messages) in ROUNDS {
        let (mut our, mut source) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            our.push(ours(&sink.address, connections, messages).await);
            source.push(sources(&sink.address, connections, messages));
        }
        let (our, source) = (median(our), median(source));
        println!("{connections:>11}  {our:>12.0}  {source:>12.0}  {:.2}", our / source);
    }
}
