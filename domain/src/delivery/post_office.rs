//! The post office of a worker: it drains the queues of deliveries until nothing is due.
//!
//! A drain claims a batch, gets it ready, and hands it to its couriers; the next batch is claimed when the
//! couriers have nearly done with it. What fails for a reason that is no recipient's (the server cannot be
//! reached, asks us to slow down, refuses us) holds the whole lane with a growing pause.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use entity::delivery;
use futures::future::join_all;
use tokio::sync::{Mutex as AsyncMutex, mpsc};
use tokio_util::sync::CancellationToken;

use crate::{Result, Services, random};

use super::compose::{Composed, Context};
use super::courier::{Carried, Courier};
use super::hands::Hands;
use super::ledger::Ledger;
use super::outcome::Outcome;
use super::{Lane, backoff, choose, claim};

/// Deliveries claimed at a time.
const BATCH: u64 = 200;

/// How long claimed deliveries rest whose messages could not be made.
const UNPREPARED: TimeDelta = TimeDelta::seconds(30);

/// See the module.
#[derive(Debug)]
pub struct PostOffice {
    services: Services,
    holds: Mutex<HashMap<Lane, Hold>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Hold {
    until: Option<DateTime<Utc>>,
    failures: u32,
}

impl PostOffice {
    /// An office that has nothing in hand.
    #[must_use]
    pub fn new(services: Services) -> Self {
        Self { services, holds: Mutex::default() }
    }

    /// Sends what is due on a lane until nothing is, or `stop` is cancelled. Answers when to come back,
    /// where the lane is held.
    ///
    /// # Errors
    /// Where the database fails; what was claimed comes back when its lease ends.
    pub async fn drain(&self, lane: Lane, stop: &CancellationToken) -> Result<Option<DateTime<Utc>>> {
        if let Some(until) = self.held_until(lane) {
            return Ok(Some(until));
        }
        let hands = Hands::new(self.services.clone());
        let ledger = Ledger::new(self.services.clone(), hands.clone());
        let writing = ledger.write_all();
        let carrying = async {
            let result = self.carry_all(lane, &hands, &ledger, stop).await;
            ledger.close();
            result
        };
        // The leases are kept until the last outcome is written.
        let is_drained = tokio::select! {
            ((), result) = futures::future::join(writing, carrying) => result?,
            () = hands.keep() => false,
        };
        // A hold that ended meanwhile kept this drain from looking further.
        Ok(self.held_until(lane).or_else(|| (!is_drained).then(|| self.services.now())))
    }

    async fn carry_all(
        &self,
        lane: Lane,
        hands: &Hands,
        ledger: &Ledger,
        stop: &CancellationToken,
    ) -> Result<bool> {
        let connections = match lane {
            Lane::Digests => self.services.settings.digests.connections,
            Lane::Transactional => 1,
        };
        let (out, bag) = mpsc::channel::<Composed>(connections);
        let bag = AsyncMutex::new(bag);
        let couriers = (0..connections).map(|_| {
            let courier = Courier::new(self.services.clone(), hands.clone(), ledger.clone());
            self.run(lane, courier, &bag, ledger, stop)
        });
        let claiming = self.claim_all(lane, hands, ledger, stop, out);
        let (claimed, _) = futures::future::join(claiming, join_all(couriers)).await;
        claimed
    }

    /// Claims batch after batch and hands the messages to the couriers. Answers whether nothing was left.
    async fn claim_all(
        &self,
        lane: Lane,
        hands: &Hands,
        ledger: &Ledger,
        stop: &CancellationToken,
        out: mpsc::Sender<Composed>,
    ) -> Result<bool> {
        while !stop.is_cancelled() && self.held_until(lane).is_none() {
            ledger.ready().await;
            let claimed = self.claim(lane).await?;
            if claimed.is_empty() {
                return Ok(true);
            }
            hands.take(&claimed);
            let (composed, left) = match self.prepare(lane, &claimed, ledger).await {
                Ok(prepared) => prepared,
                Err(error) => {
                    // Given back at once: nobody should wait until the leases end.
                    let now = self.services.now();
                    for row in &claimed {
                        ledger.enter(Outcome::released(row, None, now, now + UNPREPARED));
                    }
                    return Err(error);
                }
            };
            hands.release(left.into_iter());
            for composed in composed {
                if out.send(composed).await.is_err() {
                    return Ok(false);
                }
            }
        }
        Ok(false)
    }

    async fn claim(&self, lane: Lane) -> Result<Vec<delivery::Model>> {
        let now = self.services.now();
        let lease = self.services.settings.digests.lease;
        let lease_until = now + TimeDelta::from_std(lease).unwrap_or(TimeDelta::minutes(15));
        self.services
            .db
            .write(|tx| Box::pin(async move { claim::claim(tx, lane, now, lease_until, BATCH).await }))
            .await
    }

    /// The messages of claimed deliveries; those that end without one are recorded, or named to be let go.
    async fn prepare(
        &self,
        lane: Lane,
        claimed: &[delivery::Model],
        ledger: &Ledger,
    ) -> Result<(Vec<Composed>, Vec<i64>)> {
        let services = &self.services;
        let ids: Vec<i64> = claimed.iter().map(|row| row.id).collect();
        let mut context = Context::load(services, claimed).await?;
        let ready = match lane {
            Lane::Transactional => claimed.to_vec(),
            Lane::Digests => {
                let (now, editions) = (services.now(), &context.editions);
                services
                    .db
                    .write(|tx| {
                        Box::pin(async move { choose::choose(tx, now, claimed.to_vec(), editions).await })
                    })
                    .await?
            }
        };
        let kept: std::collections::HashSet<i64> = ready.iter().map(|row| row.id).collect();
        context.load_papers(services, &ready).await?;
        let (composed, ended) = context.compose(services, ready);
        for outcome in ended {
            ledger.enter(outcome);
        }
        Ok((composed, ids.into_iter().filter(|id| !kept.contains(id)).collect()))
    }

    /// One courier at work, until there is nothing more to carry.
    async fn run(
        &self,
        lane: Lane,
        mut courier: Courier,
        bag: &AsyncMutex<mpsc::Receiver<Composed>>,
        ledger: &Ledger,
        stop: &CancellationToken,
    ) {
        loop {
            let Some(composed) = bag.lock().await.recv().await else { break };
            if stop.is_cancelled() || self.held_until(lane).is_some() {
                let now = self.services.now();
                ledger.enter(Outcome::released(&composed.delivery, None, now, now));
                continue;
            }
            let began = self.services.now();
            match courier.carry(&composed).await {
                Carried::Sent => self.relax(lane, began),
                Carried::Done => {}
                Carried::Held(why) => {
                    let until = self.hold(lane, &why);
                    let now = self.services.now();
                    ledger.enter(Outcome::released(&composed.delivery, Some(why), now, until));
                }
            }
        }
        courier.leave().await;
    }

    /// Until when a lane is held; `None` where it is not.
    fn held_until(&self, lane: Lane) -> Option<DateTime<Utc>> {
        let holds = self.holds.lock().unwrap_or_else(PoisonError::into_inner);
        holds.get(&lane).and_then(|hold| hold.until).filter(|&until| self.services.now() < until)
    }

    /// Holds the lane, where it is not held yet; answers until when.
    fn hold(&self, lane: Lane, why: &str) -> DateTime<Utc> {
        if let Some(until) = self.held_until(lane) {
            return until;
        }
        let mut holds = self.holds.lock().unwrap_or_else(PoisonError::into_inner);
        let hold = holds.entry(lane).or_default();
        let wait = backoff::hold_for(hold.failures, random::fraction());
        let until = self.services.now() + wait;
        hold.failures += 1;
        hold.until = Some(until);
        let seconds = wait.to_std().unwrap_or(Duration::ZERO).as_secs();
        tracing::warn!(?lane, why, seconds, "mail is held back");
        until
    }

    /// Forgets earlier failures once a message has gone that was begun after the last hold.
    fn relax(&self, lane: Lane, began: DateTime<Utc>) {
        let mut holds = self.holds.lock().unwrap_or_else(PoisonError::into_inner);
        if holds.get(&lane).is_some_and(|hold| hold.until.is_none_or(|until| until <= began)) {
            holds.remove(&lane);
        }
    }
}
