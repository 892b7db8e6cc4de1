//! Live events between processes, over Redis' publish and subscribe.
//!
//! An event reaches the watchers of its own process at once and without Redis, and those of others through a
//! channel. Each message names the process it is from, which passes over its own; so an event arrives once.
//! What Redis does not take, or takes while a process is not listening, is lost to the others: live events
//! promise no more. The channels of Redis are the same in all of its numbered databases, so ours says which.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use domain::events::{Event, EventBus, LocalEvents};
use futures::StreamExt as _;
use parking_lot::Mutex;
use redis::aio::{ConnectionManager, PubSubSink, PubSubStream};
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, broadcast, watch};
use tokio::time::timeout;

use crate::redis_connection::{MAX_RETRY_DELAY, RESPONSE_TIMEOUT, RETRY_DELAY, connect};

/// The maximum number of events waiting to be published; duplicates are not added.
const MAX_WAITING_EVENTS: usize = 1_024;

/// The silence after which a connection is probed.
const PING_AFTER: Duration = Duration::from_secs(15);

/// Live events of this process and of those that share its Redis.
pub struct RedisEvents {
    client: redis::Client,
    channel: String,
    /// The name of this process in messages.
    from: String,
    local: LocalEvents,
    waiting: Mutex<Vec<Event>>,
    asked: Notify,
    is_idle: watch::Sender<bool>,
}

/// A message in the channel.
#[derive(Debug, Serialize, Deserialize)]
struct Message {
    from: String,
    event: Event,
}

impl std::fmt::Debug for RedisEvents {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RedisEvents").field("channel", &self.channel).finish_non_exhaustive()
    }
}

impl RedisEvents {
    /// Events over the Redis server at `url`. A server that is not available yet is not an error.
    ///
    /// # Errors
    /// If `url` is not an address of a Redis server.
    pub fn new(url: &str) -> Result<Arc<Self>, redis::RedisError> {
        let client = redis::Client::open(url)?;
        let database = client.get_connection_info().redis_settings().db();
        let events = Arc::new(Self {
            client,
            channel: format!("daily-papers-events-{database}"),
            from: domain::random::name(),
            local: LocalEvents::default(),
            waiting: Mutex::default(),
            asked: Notify::new(),
            is_idle: watch::Sender::new(true),
        });
        tokio::spawn(publish_all(Arc::downgrade(&events)));
        tokio::spawn(listen(Arc::downgrade(&events)));
        Ok(events)
    }

    fn take_waiting(&self) -> Vec<Event> {
        std::mem::take(&mut *self.waiting.lock())
    }

    /// Forwards an event of another process.
    fn receive(&self, message: &redis::Msg) {
        match serde_json::from_slice::<Message>(message.get_payload_bytes()) {
            Ok(message) if message.from == self.from => {}
            Ok(message) => self.local.publish(message.event),
            // A process of another version may know more kinds of events.
            Err(error) => tracing::debug!(%error, "a live event could not be parsed"),
        }
    }

    async fn connect_and_subscribe(&self) -> Result<(PubSubSink, PubSubStream), redis::RedisError> {
        let (mut sink, stream) = self.client.get_async_pubsub().await?.split();
        sink.subscribe(&self.channel).await?;
        Ok((sink, stream))
    }
}

#[async_trait]
impl EventBus for RedisEvents {
    fn publish(&self, event: Event) {
        self.local.publish(event);
        let mut waiting = self.waiting.lock();
        if waiting.contains(&event) {
            return;
        }
        if waiting.len() >= MAX_WAITING_EVENTS {
            tracing::warn!("too many live events are waiting for Redis; one was not sent to other processes");
            return;
        }
        waiting.push(event);
        self.is_idle.send_replace(false);
        drop(waiting);
        self.asked.notify_one();
    }

    fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.local.subscribe()
    }

    async fn flush(&self) {
        let mut idle = self.is_idle.subscribe();
        let _ = timeout(RESPONSE_TIMEOUT, idle.wait_for(|&is_idle| is_idle)).await;
    }
}

/// Publishes what waits, for as long as the events are in use.
async fn publish_all(events: Weak<RedisEvents>) {
    let Some(connection) = events.upgrade().and_then(|events| connect(&events.client).ok()) else {
        return;
    };
    loop {
        let Some(events) = events.upgrade() else { return };
        // The timeout lets the events be dropped.
        let _ = timeout(Duration::from_secs(1), events.asked.notified()).await;
        let waiting = events.take_waiting();
        if !waiting.is_empty() {
            match timeout(RESPONSE_TIMEOUT, publish(&events, connection.clone(), &waiting)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(%error, "Redis refused live events"),
                Err(_) => {
                    tracing::warn!("Redis does not respond; live events were not sent to other processes");
                }
            }
        }
        let waiting = events.waiting.lock();
        events.is_idle.send_replace(waiting.is_empty());
    }
}

async fn publish(
    events: &RedisEvents,
    mut connection: ConnectionManager,
    waiting: &[Event],
) -> Result<(), redis::RedisError> {
    let mut pipeline = redis::pipe();
    for &event in waiting {
        let message = Message { from: events.from.clone(), event };
        let message = serde_json::to_string(&message).map_err(std::io::Error::other)?;
        pipeline.publish(&events.channel, message).ignore();
    }
    pipeline.query_async(&mut connection).await
}

/// Hands on what other processes tell of, for as long as the events are in use. When Redis is lost it is
/// tried again, each time after a longer delay.
async fn listen(events: Weak<RedisEvents>) {
    let mut delay = RETRY_DELAY;
    loop {
        let Some(strong) = events.upgrade() else { return };
        let subscribed = timeout(RESPONSE_TIMEOUT, strong.connect_and_subscribe()).await;
        drop(strong);
        match subscribed {
            Ok(Ok((sink, stream))) => {
                tracing::info!("receiving live events of other processes");
                delay = RETRY_DELAY;
                if receive_all(&events, sink, stream).await.is_none() {
                    return;
                }
                tracing::warn!("no live events of other processes: the connection to Redis was lost");
            }
            Ok(Err(error)) => tracing::warn!(%error, "no live events of other processes"),
            Err(_) => tracing::warn!("no live events of other processes: Redis does not respond"),
        }
        tokio::time::sleep(delay).await;
        delay = MAX_RETRY_DELAY.min(delay * 2);
    }
}

/// Listens until the connection is lost; `None` if the events are no longer in use.
async fn receive_all(
    events: &Weak<RedisEvents>,
    mut sink: PubSubSink,
    mut stream: PubSubStream,
) -> Option<()> {
    loop {
        match timeout(PING_AFTER, stream.next()).await {
            Ok(Some(message)) => events.upgrade()?.receive(&message),
            Ok(None) => return Some(()),
            Err(_) => {
                events.upgrade()?;
                // A peer that vanished ends nothing: it only no longer answers.
                if !matches!(timeout(RESPONSE_TIMEOUT, sink.ping::<redis::Value>()).await, Ok(Ok(_))) {
                    return Some(());
                }
            }
        }
    }
}
