//! The delivery agent: one connection to the mail server, which sends one message after the other.

use std::time::Instant;

use entity::delivery;
use entity::enums::{DeliveryReason, DeliveryStatus};
use metrics::{counter, histogram};
use smtp::{Attempt, Command, Defect, MailSession, Reply, masked};
use tracing::Span;

use crate::delivery::claim::in_flight::{ClaimGate, InFlight, StopReason};
use crate::delivery::record::classify::{Alarm, Verdict, detect_alarm, is_policy_deferral, judge};
use crate::delivery::record::outcome::Outcome;
use crate::delivery::record::outcome_writer::OutcomeWriter;
use crate::delivery::send::compose::ComposedMessage;
use crate::delivery::send::rate::Rate;
use crate::instruments::{ATTEMPT_DURATION, SMTP_REPLIES, label};
use crate::outbox::retry;
use crate::{Services, random};

/// The result of handing over a message, as far as the queue is concerned.
pub(crate) enum Handover {
    /// The server took it; its outcome is with the writer.
    Sent,
    /// The server answered for this delivery, and did not take it; its outcome is with the writer.
    Refused {
        /// Whether it is to come later for a reason of policy, such as greylisting.
        is_policy_deferral: bool,
    },
    /// It ended without an answer of the server; its outcome is with the writer.
    Done,
    /// It goes back to the queue at no cost, which its caller enters; nothing should go out for a while.
    LaneHold(LaneHold),
}

/// Why nothing should go out for a while.
pub(crate) struct LaneHold {
    pub(crate) why: String,
    pub(crate) alarm: Option<Alarm>,
}

/// One connection and the state of its agent.
pub(crate) struct DeliveryAgent {
    services: Services,
    in_flight: InFlight,
    writer: OutcomeWriter,
    session: Option<Box<dyn MailSession>>,
}

impl DeliveryAgent {
    pub(crate) fn new(services: Services, in_flight: InFlight, writer: OutcomeWriter) -> Self {
        Self { services, in_flight, writer, session: None }
    }

    /// Hands one message over and enters its outcome.
    pub(crate) async fn hand_over(&mut self, composed: &ComposedMessage, rate: &Rate) -> Handover {
        let row = &composed.delivery;
        self.writer.wait_until_ready().await;
        if let Some(stop) = self.in_flight.stop_reason(row.id) {
            self.writer.push(self.end_stopped(row, stop));
            return Handover::Done;
        }
        let began = Instant::now();
        let attempt = self.attempt(composed, rate).await;
        histogram!(ATTEMPT_DURATION, "kind" => label(&row.kind)).record(began.elapsed());
        if let Attempt::Accepted(reply) | Attempt::Refused(_, reply) = &attempt {
            Span::current().record("smtp.reply.code", reply.code);
            let class = format!("{}xx", reply.code / 100);
            counter!(SMTP_REPLIES, "class" => class).increment(1);
        }
        self.judge(row, attempt)
    }

    async fn attempt(&mut self, composed: &ComposedMessage, rate: &Rate) -> Attempt {
        let gate = ClaimGate { in_flight: &self.in_flight, id: composed.delivery.id };
        let is_kept = self.session.is_some();
        let mut session = match self.session.take() {
            Some(session) => session,
            None => match self.services.mail.connect().await {
                Ok(session) => session,
                Err(attempt) => return attempt,
            },
        };
        rate.wait_for_turn().await;
        let mut attempt = session.send(&composed.mail, &gate).await;
        // A kept connection may have been closed by the server meanwhile: this is not a failure yet.
        if is_kept && is_stale(&attempt) {
            session = match self.services.mail.connect().await {
                Ok(session) => session,
                Err(attempt) => return attempt,
            };
            // To the server this is one more message that begins.
            rate.wait_for_turn().await;
            attempt = session.send(&composed.mail, &gate).await;
        }
        if session.takes_more() {
            self.session = Some(session);
        } else {
            session.close().await;
        }
        attempt
    }

    fn judge(&self, row: &delivery::Model, attempt: Attempt) -> Handover {
        let now = self.services.now();
        let carried = match &attempt {
            Attempt::Accepted(_) => Handover::Sent,
            Attempt::Refused(command, reply) => {
                Handover::Refused { is_policy_deferral: is_policy_deferral(*command, reply) }
            }
            _ => Handover::Done,
        };
        let outcome = match attempt {
            Attempt::Accepted(reply) => {
                tracing::info!(to = masked(&row.recipient), "sent");
                Outcome { reply: Some(reply.to_string()), ..Outcome::new(row, DeliveryStatus::Sent, now) }
            }
            Attempt::Withdrawn => {
                let stop = self.in_flight.stop_reason(row.id).unwrap_or(StopReason::LeaseLost);
                self.end_stopped(row, stop)
            }
            Attempt::InDoubt(error) => {
                tracing::warn!(error, "no reply to the end of data");
                let again = row.doubted_at.is_none().then(|| now + retry::DOUBT_DELAY);
                Outcome {
                    reply: Some(error),
                    next_attempt_at: again,
                    ..Outcome::new(row, DeliveryStatus::InDoubt, now)
                }
            }
            Attempt::Broken(command, error) => {
                return Handover::LaneHold(LaneHold { why: format!("{command:?}: {error}"), alarm: None });
            }
            Attempt::Unfit(Defect::Size, problem) => {
                tracing::warn!(to = masked(&row.recipient), problem, "not sent");
                Outcome { reply: Some(problem), ..Outcome::end(row, DeliveryReason::TooLarge, now) }
            }
            Attempt::Unfit(Defect::Address, problem) => {
                let to = masked(&row.recipient);
                tracing::error!(to, problem, "a message cannot be sent yet");
                Outcome::released(row, Some(problem), now, now + retry::OWN_DEFECT_DELAY)
            }
            Attempt::Refused(command, reply) => match judge(command, &reply) {
                Verdict::Hold => {
                    let alarm = detect_alarm(command, &reply);
                    return Handover::LaneHold(LaneHold { why: format!("{command:?}: {reply}"), alarm });
                }
                Verdict::Defer => self.defer(row, &reply),
                Verdict::Fail { reason, suppresses } => {
                    tracing::warn!(to = masked(&row.recipient), %reply, "refused");
                    Outcome {
                        reason: Some(reason),
                        reply: Some(reply.to_string()),
                        suppresses,
                        alarm: detect_alarm(command, &reply),
                        ..Outcome::new(row, DeliveryStatus::Failed, now)
                    }
                }
            },
        };
        Span::current().record("delivery.status", label(&outcome.status));
        self.writer.push(outcome);
        carried
    }

    fn defer(&self, row: &delivery::Model, reply: &Reply) -> Outcome {
        let wait = retry::retry_delay(row.deferrals, random::fraction());
        let now = self.services.now();
        let next = now + wait;
        tracing::info!(to = masked(&row.recipient), %reply, "deferred");
        let is_too_late = next >= row.expires_at;
        let status = if is_too_late { DeliveryStatus::Expired } else { DeliveryStatus::Deferred };
        Outcome {
            reason: is_too_late.then_some(DeliveryReason::RetriesExhausted),
            reply: Some(reply.to_string()),
            next_attempt_at: (!is_too_late).then_some(next),
            is_deferral: true,
            ..Outcome::new(row, status, now)
        }
    }

    fn end_stopped(&self, row: &delivery::Model, stop: StopReason) -> Outcome {
        let now = self.services.now();
        match stop {
            StopReason::Ended(reason) => Outcome::end(row, reason, now),
            StopReason::LeaseLost | StopReason::Paused => Outcome::released(row, None, now, now),
        }
    }

    /// Says good-bye to the server; the next message finds a new connection.
    pub(crate) async fn disconnect(&mut self) {
        if let Some(mut session) = self.session.take() {
            session.close().await;
        }
    }
}

/// Whether a message met a connection that the server had done with: closed, or with a 421 for a good-bye. RFC 5321
/// section 3.8.
fn is_stale(attempt: &Attempt) -> bool {
    match attempt {
        Attempt::Broken(command, _) => *command == Command::Mail,
        Attempt::Refused(command, reply) => *command == Command::Mail && reply.code == 421,
        _ => false,
    }
}
