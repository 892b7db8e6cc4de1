//! The requests that the site has received, and how many of them it answered at the same time.
//!
//! Always: a request has ended before its client can know the end of the response, so that a client which asks for one
//! document at a time is never seen with two. It has ended, too, if its client has closed the connection.

use std::io::ErrorKind;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::http::Request;

/// A request that was received.
#[derive(Clone, Debug)]
pub struct ReceivedRequest {
    pub path: String,
    /// What follows `?`, as it was sent.
    pub query: String,
    pub user_agent: Option<String>,
    pub if_none_match: Option<String>,
    pub accept: Option<String>,
    pub began: Instant,
    /// When the response was sent, or the client was gone; `None` before.
    pub ended: Option<Instant>,
    /// The status of the response; `None` before.
    pub status: Option<u16>,
}

impl ReceivedRequest {
    /// The first parameter of this name, decoded.
    pub fn param(&self, name: &str) -> Option<String> {
        let params = url::form_urlencoded::parse(self.query.as_bytes());
        params.into_iter().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
    }

    fn new(request: &Request) -> Self {
        let header = |name| request.header(name).map(str::to_owned);
        Self {
            path: request.path.clone(),
            query: request.query.clone(),
            user_agent: header("user-agent"),
            if_none_match: header("if-none-match"),
            accept: header("accept"),
            began: Instant::now(),
            ended: None,
            status: None,
        }
    }
}

/// The requests so far.
#[derive(Clone, Debug, Default)]
pub(super) struct RequestLog(Arc<Mutex<Entries>>);

#[derive(Debug, Default)]
struct Entries {
    requests: Vec<ReceivedRequest>,
    /// Indexes of the requests that are being answered, with their connections.
    in_progress: Vec<(usize, Arc<TcpStream>)>,
    most_at_once: usize,
}

impl RequestLog {
    pub(super) fn requests(&self) -> Vec<ReceivedRequest> {
        self.0.lock().unwrap().requests.clone()
    }

    pub(super) fn most_at_once(&self) -> usize {
        self.0.lock().unwrap().most_at_once
    }

    /// Notes a request that has arrived on this connection.
    pub(super) fn begin(&self, request: &Request, socket: &Arc<TcpStream>) -> RequestInProgress {
        let mut entries = self.0.lock().unwrap();
        // The client of an earlier request may be gone before the task that answers it knows.
        let gone: Vec<usize> = entries
            .in_progress
            .iter()
            .filter(|(_, socket)| is_closed(socket))
            .map(|&(index, _)| index)
            .collect();
        for index in gone {
            entries.end(index);
        }
        let index = entries.requests.len();
        entries.requests.push(ReceivedRequest::new(request));
        entries.in_progress.push((index, Arc::clone(socket)));
        entries.most_at_once = entries.most_at_once.max(entries.in_progress.len());
        RequestInProgress { log: self.clone(), index }
    }
}

impl Entries {
    fn end(&mut self, index: usize) {
        self.in_progress.retain(|&(known, _)| known != index);
        self.requests[index].ended.get_or_insert_with(Instant::now);
    }
}

/// A request that is being answered; it ends when this is dropped.
pub(super) struct RequestInProgress {
    log: RequestLog,
    index: usize,
}

impl RequestInProgress {
    pub(super) fn set_status(&self, status: u16) {
        self.log.0.lock().unwrap().requests[self.index].status = Some(status);
    }

    pub(super) fn end(&self) {
        self.log.0.lock().unwrap().end(self.index);
    }

    pub(super) fn received(&self) -> ReceivedRequest {
        self.log.0.lock().unwrap().requests[self.index].clone()
    }
}

impl Drop for RequestInProgress {
    fn drop(&mut self) {
        self.end();
    }
}

/// Whether the client has closed its end.
fn is_closed(socket: &TcpStream) -> bool {
    match socket.peek(&mut [0]) {
        Ok(count) => count == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}
