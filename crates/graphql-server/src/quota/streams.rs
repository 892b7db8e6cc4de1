//! The number of sockets and event streams that a client has open.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use parking_lot::Mutex;

type Counts = Arc<Mutex<HashMap<IpAddr, u32>>>;

/// The counts of all clients.
#[derive(Clone, Debug)]
pub struct Streams {
    /// Open ones of one client; `None`: no limit.
    max: Option<NonZeroU32>,
    open: Counts,
}

/// A socket or an event stream; counted until it is dropped.
#[derive(Debug)]
pub struct OpenStream(Option<(IpAddr, Counts)>);

impl Streams {
    /// At most `max` for each client; without a limit if that is `None`.
    #[must_use]
    pub fn new(max: Option<NonZeroU32>) -> Self {
        Self { max, open: Counts::default() }
    }

    /// Counts one more; `None` where it would be too many.
    #[must_use]
    pub fn open(&self, client: IpAddr) -> Option<OpenStream> {
        let Some(max) = self.max else { return Some(OpenStream(None)) };
        let mut open = self.open.lock();
        let count = open.entry(client).or_default();
        if *count >= max.get() {
            return None;
        }
        *count += 1;
        Some(OpenStream(Some((client, self.open.clone()))))
    }
}

impl Drop for OpenStream {
    fn drop(&mut self) {
        let Some((client, open)) = &self.0 else { return };
        let mut open = open.lock();
        if let Some(count) = open.get_mut(client) {
            *count -= 1;
            if *count == 0 {
                open.remove(client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_limited_per_client_and_released_when_they_end() {
        let [one, other] = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse::<IpAddr>().unwrap());
        let streams = Streams::new(NonZeroU32::new(2));
        let first = streams.open(one).unwrap();
        let _second = streams.open(one).unwrap();
        assert!(streams.open(one).is_none());
        let others = streams.open(other).unwrap();
        drop(first);
        let _third = streams.open(one).unwrap();
        assert!(streams.open(one).is_none());
        drop(others);
        assert_eq!(streams.open.lock().len(), 1);
    }

    #[test]
    fn without_a_number_there_is_no_limit() {
        let streams = Streams::new(None);
        let open: Vec<_> = (0..1_000).map(|_| streams.open("192.0.2.1".parse().unwrap()).unwrap()).collect();
        assert!(streams.open.lock().is_empty());
        drop(open);
    }
}
