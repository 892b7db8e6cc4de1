//! A site that stands in for the sources of papers: Hugging Face's daily papers, and arXiv's listings, OAI-PMH and query
//! API. It answers as they do, unless a test plans a [`Fault`].
//!
//! It has a thread of its own, so that a test may block meanwhile, and ends when it is dropped. Whatever a test changes
//! counts from the next request on. Its clock stands still unless the test moves it.

mod connection;
mod faults;
mod hf_daily;
mod hold;
mod http;
mod listing;
mod log;
mod oai;
mod paper;
mod query;
mod state;
#[cfg(test)]
mod tests;

use std::net::SocketAddr;
use std::sync::{Arc, MutexGuard};
use std::thread::JoinHandle;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use connection::Shared;
pub use faults::{Fault, Matcher};
pub use hf_daily::DailyItem;
use hf_daily::FeedDay;
pub use hold::Hold;
pub use listing::Announcement;
pub use log::ReceivedRequest;
pub use paper::Paper;
use paper::{day, instant};
use state::SiteState;

/// The site.
pub struct PapersSite {
    address: SocketAddr,
    shared: Arc<Shared>,
    /// Ends the thread when it is dropped.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl PapersSite {
    /// Starts a site without papers on a free port.
    pub fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || run(listener, &shared, stopped)
        });
        Self { address, shared, stop: Some(stop), thread: Some(thread) }
    }

    /// The host and the port.
    pub fn host(&self) -> String {
        self.address.to_string()
    }

    /// The address of a path.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Sets the time of the site, for its dates and the expiry of tokens.
    pub fn set_now(&self, now: &str) {
        self.state().now = instant(now);
    }

    /// Sets the number of records of a page of OAI-PMH.
    pub fn set_page_size(&self, records: usize) {
        assert!(records > 0, "a page has records");
        self.state().page_size = records;
    }

    /// Keeps tokens of OAI-PMH from stating the size of the list and the place in it.
    pub fn leave_out_totals(&self) {
        self.state().states_totals = false;
    }

    /// Adds papers, or replaces those that have the same identifiers.
    pub fn add(&self, papers: impl IntoIterator<Item = Paper>) {
        self.state().papers.extend(papers.into_iter().map(|paper| (paper.id.clone(), paper)));
    }

    /// Changes a paper.
    pub fn change(&self, id: &str, change: impl FnOnce(Paper) -> Paper) {
        let mut state = self.state();
        let paper = change(state.paper(id).clone());
        state.papers.insert(id.to_owned(), paper);
    }

    /// Features papers on a day, or changes those that are.
    pub fn feature(&self, on: &str, items: impl IntoIterator<Item = DailyItem>) {
        let mut state = self.state();
        for item in items {
            state.paper(&item.paper);
            let items = &mut state.days.entry(day(on)).or_default().items;
            match items.iter_mut().find(|known| known.paper == item.paper) {
                Some(known) => *known = item,
                None => items.push(item),
            }
        }
    }

    /// Sets whether Hugging Face knows the day; a day that it does not know is not found.
    pub fn set_indexed(&self, on: &str, is_indexed: bool) {
        self.state().days.entry(day(on)).or_default().is_indexed = is_indexed;
    }

    /// Sets the newest announcement of a category.
    pub fn announce(&self, category: &str, announcement: Announcement) {
        let mut state = self.state();
        for id in announcement.ids() {
            state.paper(id);
        }
        state.announcements.insert(category.to_owned(), announcement);
    }

    /// Plans a fault for the next requests that match: `"/oai"`, or `("/oai", "resumptionToken")`.
    pub fn fail(&self, matcher: impl Into<Matcher>, fault: Fault, times: usize) {
        self.shared.faults.lock().unwrap().add(matcher.into(), fault, times);
    }

    /// Forgets all faults that are planned.
    pub fn heal(&self) {
        self.shared.faults.lock().unwrap().clear();
    }

    /// Plans to hold the `number`-th request from now, from 1 on. It is answered with what the site has to serve when it
    /// is released.
    pub fn hold_at(&self, number: usize) -> Hold {
        self.shared.holds.lock().unwrap().add(number)
    }

    /// The requests so far, in the order in which they arrived.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.shared.log.requests()
    }

    /// The largest number of requests that were answered at the same time. A client that is fast may ask for several
    /// documents at once and never be seen with two, unless responses take time ([`Fault::SlowHeaders`]).
    pub fn most_at_once(&self) -> usize {
        self.shared.log.most_at_once()
    }

    fn state(&self) -> MutexGuard<'_, SiteState> {
        self.shared.state.lock().unwrap()
    }
}

impl Drop for PapersSite {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(
            ended.is_none_or(|result| result.is_ok()) || std::thread::panicking(),
            "the site has panicked"
        );
    }
}

/// Serves connections until the other end of `stopped` is dropped.
fn run(listener: std::net::TcpListener, shared: &Arc<Shared>, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        listener.set_nonblocking(true).unwrap();
        let listener = TcpListener::from_std(listener).unwrap();
        let mut connections = JoinSet::new();
        let accept = async {
            loop {
                tokio::select! {
                    accepted = listener.accept() => {
                        connections.spawn(connection::serve(Arc::clone(shared), accepted.unwrap().0));
                    }
                    // What a client that is gone makes of its connection is no fault of the site.
                    Some(ended) = connections.join_next() => drop(ended.unwrap()),
                }
            }
        };
        tokio::select! {
            () = accept => {}
            _ = stopped => {}
        }
    });
}
