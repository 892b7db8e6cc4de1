//! The composition of messages from claimed deliveries. A delivery carries ids only; everything else is read here. A
//! message that is built again has the same Message-ID, the same date and the same papers, as they now are.

use std::num::NonZero;
use std::sync::Arc;

use entity::enums::{DeliveryKind, DeliveryReason, SubscriptionStatus};
use entity::{delivery, sign_in, subscription};
use smtp::{LIST_UNSUBSCRIBE, Letter, OutgoingMail};

use crate::delivery::record::outcome::Outcome;
use crate::digests::batch_data::{BatchData, RenderedPaper};
use crate::digests::content_cache::ContentCache;
use crate::digests::render::{self, FooterLinks, Recipient};
use crate::keys::Purpose;
use crate::mail::verp;
use crate::outbox::retry;
use crate::{Error, Result, Services};

/// A delivery with its message.
#[derive(Clone, Debug)]
pub(crate) struct ComposedMessage {
    pub(crate) delivery: delivery::Model,
    pub(crate) mail: OutgoingMail,
}

/// Builds messages on all processors, beside the agents, who have those of the batch before.
pub(crate) async fn compose_all(
    services: &Services,
    context: BatchData,
    mut rows: Vec<delivery::Model>,
    contents: &ContentCache,
) -> Result<(Vec<ComposedMessage>, Vec<Outcome>)> {
    let context = Arc::new(context);
    let threads = std::thread::available_parallelism().map_or(1, NonZero::get);
    let share = rows.len().div_ceil(threads);
    let mut shares = Vec::with_capacity(threads);
    while !rows.is_empty() {
        let rest = rows.split_off(share.min(rows.len()));
        let (services, context, contents) = (services.clone(), Arc::clone(&context), contents.clone());
        shares.push(tokio::task::spawn_blocking(move || context.compose(&services, rows, &contents)));
        rows = rest;
    }
    let (mut composed, mut ended) = (Vec::new(), Vec::new());
    for share in shares {
        let (some, without) = share.await.map_err(Error::failed("composing messages"))?;
        composed.extend(some);
        ended.extend(without);
    }
    Ok((composed, ended))
}

impl BatchData {
    /// Builds the messages. Deliveries that have lost their reason to be sent end here.
    pub(crate) fn compose(
        &self,
        services: &Services,
        rows: Vec<delivery::Model>,
        contents: &ContentCache,
    ) -> (Vec<ComposedMessage>, Vec<Outcome>) {
        let mut composed = Vec::with_capacity(rows.len());
        let mut ended = Vec::new();
        for delivery in rows {
            match self.build_letter(services, &delivery, contents) {
                Ok(Ok(letter)) => match build_outgoing(services, &delivery, letter) {
                    Ok(mail) => composed.push(ComposedMessage { delivery, mail }),
                    Err(error) => ended.push(release_unbuildable(services, &delivery, &error)),
                },
                Ok(Err(reason)) => ended.push(Outcome::end(&delivery, reason, services.now())),
                Err(error) => ended.push(release_unbuildable(services, &delivery, &error)),
            }
        }
        (composed, ended)
    }

    /// The letter of a delivery, or why there is none.
    fn build_letter(
        &self,
        services: &Services,
        row: &delivery::Model,
        contents: &ContentCache,
    ) -> Result<Result<Letter, DeliveryReason>> {
        if row.expires_at <= services.now() {
            return Ok(Err(DeliveryReason::RetriesExhausted));
        }
        let subscription = row.subscription_id.and_then(|id| self.subscriptions.get(&id));
        match row.kind {
            DeliveryKind::Digest | DeliveryKind::Test => {
                self.build_digest(services, row, subscription, contents)
            }
            DeliveryKind::Confirmation | DeliveryKind::Manage => {
                build_link_letter(services, row, subscription)
            }
            DeliveryKind::SignIn => {
                build_sign_in_letter(services, row, row.sign_in_id.and_then(|id| self.sign_ins.get(&id)))
            }
        }
    }

    fn build_digest(
        &self,
        services: &Services,
        row: &delivery::Model,
        subscription: Option<&subscription::Model>,
        contents: &ContentCache,
    ) -> Result<Result<Letter, DeliveryReason>> {
        let settings = &services.settings;
        let mut recipient = Recipient {
            email: row.recipient.clone(),
            message_id: row.message_id.clone(),
            date: row.chosen_at.unwrap_or(row.created_at),
            links: None,
        };
        if row.kind == DeliveryKind::Digest {
            let Some(subscription) = subscription else { return Ok(Err(DeliveryReason::Cancelled)) };
            if let Some(reason) = reason_to_stop(subscription.status) {
                return Ok(Err(reason));
            }
            let token = |purpose| settings.keys.token(purpose, subscription.id, &subscription.link_nonce);
            let (unsubscribe, manage) = (token(Purpose::Unsubscribe), token(Purpose::RequestManageLink));
            recipient.links = Some(FooterLinks {
                unsubscribe: settings.link(&format!("unsubscribe/{unsubscribe}")),
                manage: settings.link(&format!("subscription/manage?request={manage}")),
            });
        }
        let (Some(edition), Some(mut key)) =
            (row.edition_id.and_then(|id| self.editions.get(&id)), self.content_key(row))
        else {
            return Ok(Err(DeliveryReason::Cancelled));
        };
        if edition.cancelled_at.is_some() {
            return Ok(Err(DeliveryReason::Cancelled));
        }
        if key.papers.is_empty() {
            // All of them were hidden since.
            return Ok(Err(DeliveryReason::Empty));
        }
        if let Some(content) = self.known.get(&key) {
            return content.letter(&recipient).map(Ok);
        }
        let papers: Vec<&RenderedPaper> =
            key.papers.iter().filter_map(|(id, _)| self.papers.get(id)).collect();
        if papers.is_empty() {
            // They were hidden just now.
            return Ok(Err(DeliveryReason::Empty));
        }
        // As they were read, which is after it was looked up when they were changed.
        key.papers =
            papers.iter().map(|worded| (worded.listed.paper.id, worded.listed.paper.changed_at)).collect();
        let content = contents.get_or_make(key, |key| self.make_content(services, edition, key, &papers))?;
        content.letter(&recipient).map(Ok)
    }
}

fn build_link_letter(
    services: &Services,
    row: &delivery::Model,
    subscription: Option<&subscription::Model>,
) -> Result<Result<Letter, DeliveryReason>> {
    let settings = &services.settings;
    let Some(subscription) = subscription else { return Ok(Err(DeliveryReason::Cancelled)) };
    let (id, now) = (subscription.id, services.now());
    let letter = match row.kind {
        DeliveryKind::Confirmation => {
            let (Some(wanted), Some(nonce)) = (&subscription.pending, &subscription.confirm_nonce) else {
                return Ok(Err(DeliveryReason::Superseded));
            };
            let token = settings.keys.token(Purpose::Confirm, id, nonce);
            let url = settings.link(&format!("subscription/confirm?token={token}"));
            let not_me = (subscription.status != SubscriptionStatus::Active).then(|| {
                settings.link(&format!(
                    "not-me/{}",
                    settings.keys.token(Purpose::NotMe, id, &subscription.link_nonce)
                ))
            });
            let host = settings.base_url.host_str().unwrap_or_default();
            render::confirmation(host, url, wanted, not_me)
        }
        DeliveryKind::Manage => {
            let nonce = subscription.manage_nonce.as_ref();
            let Some(nonce) = nonce.filter(|_| subscription.manage_expires_at.is_some_and(|at| now < at))
            else {
                return Ok(Err(DeliveryReason::Superseded));
            };
            let token = settings.keys.token(Purpose::Manage, id, nonce);
            render::manage(settings.link(&format!("subscription/manage?token={token}")))
        }
        DeliveryKind::SignIn | DeliveryKind::Digest | DeliveryKind::Test => {
            return Ok(Err(DeliveryReason::Cancelled));
        }
    };
    letter.letter(settings, &row.recipient, &row.message_id, row.created_at).map(Ok)
}

fn build_sign_in_letter(
    services: &Services,
    row: &delivery::Model,
    link: Option<&sign_in::Model>,
) -> Result<Result<Letter, DeliveryReason>> {
    let settings = &services.settings;
    let Some((link, nonce)) = link.and_then(|link| Some((link, link.nonce.as_deref()?))) else {
        return Ok(Err(DeliveryReason::Superseded));
    };
    let token = settings.keys.token(Purpose::SignIn, link.id, nonce);
    let letter = render::sign_in(settings.link(&format!("sign-in?token={token}")));
    letter.letter(settings, &row.recipient, &row.message_id, row.created_at).map(Ok)
}

/// Why a digest must not go to a subscriber in this state.
pub(crate) fn reason_to_stop(status: SubscriptionStatus) -> Option<DeliveryReason> {
    match status {
        SubscriptionStatus::Active => None,
        SubscriptionStatus::Suppressed => Some(DeliveryReason::Suppressed),
        SubscriptionStatus::Pending | SubscriptionStatus::Unsubscribed => Some(DeliveryReason::Unsubscribed),
    }
}

/// The message as it goes out. What comes back is known by a token in the envelope, if there is a domain for
/// it, and in a header; the two are the same.
fn build_outgoing(services: &Services, row: &delivery::Model, mut letter: Letter) -> Result<OutgoingMail> {
    let settings = &services.settings.mail;
    let token = services.settings.keys.token(Purpose::Returned, row.id, &row.message_id);
    let sender = match &settings.bounce_domain {
        Some(domain) => verp::envelope_sender(&token, domain),
        None => settings.sender.from.email.to_string(),
    };
    let leaving = letter.headers.iter_mut().find(|(name, _)| *name == LIST_UNSUBSCRIBE);
    if let (Some((_, value)), Some(domain)) = (leaving, &settings.bounce_domain) {
        // For programs that leave by mail only. RFC 2369 section 2: tried from the left.
        let address = verp::leaving_address(&token, domain);
        value.extend([", <mailto:", &address, "?subject=unsubscribe>"]);
    }
    letter.headers.push((verp::HEADER, token));
    let kind = match row.kind {
        DeliveryKind::Digest => "digest",
        DeliveryKind::Confirmation => "confirmation",
        DeliveryKind::SignIn => "sign-in",
        DeliveryKind::Manage => "manage",
        DeliveryKind::Test => "test",
    };
    Ok(OutgoingMail {
        sender,
        recipient: row.recipient.clone(),
        name: format!("{}-{kind}-{}", row.created_at.format("%Y%m%dT%H%M%SZ"), row.id),
        octets: letter.encode(&settings.sender)?,
    })
}

/// That a message cannot be built is a defect of this service, so it spends nothing of the delivery.
fn release_unbuildable(services: &Services, row: &delivery::Model, error: &crate::Error) -> Outcome {
    tracing::error!(delivery.id = row.id, %error, "a message could not be built");
    let now = services.now();
    Outcome::released(row, Some(error.to_string()), now, now + retry::OWN_DEFECT_DELAY)
}
