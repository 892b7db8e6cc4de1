//! Turning claimed deliveries into messages. A delivery carries ids only; everything else is read here, so
//! a message that is built again says the same. Of papers of which a content is known already no more is read than
//! whether they are still what it says.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};
use entity::enums::{DeliveryKind, DeliveryReason, SubscriptionStatus};
use entity::json::DigestFilter;
use entity::{category, delivery, edition, sign_in, subscription};
use sea_orm::{ColumnTrait as _, ConnectionTrait, EntityTrait as _, PaginatorTrait as _, QueryFilter as _};

use crate::keys::Purpose;
use crate::mail::render::{self, Chosen, DigestContent, FooterLinks, Readers, Recipient, Wording};
use crate::mail::{Letter, OutgoingMail, returned};
use crate::papers::read::Sight;
use crate::papers::reasons::{Facts, reasons};
use crate::papers::{Listed, read};
use crate::{Result, Services, editions, subscriptions};

use super::contents::{ContentKey, Contents};
use super::outcome::Outcome;

/// A delivery with its message.
#[derive(Clone, Debug)]
pub(super) struct Composed {
    pub(super) delivery: delivery::Model,
    pub(super) mail: OutgoingMail,
}

/// What claimed deliveries refer to.
#[derive(Debug, Default)]
pub(super) struct Context {
    pub(super) subscriptions: HashMap<i64, subscription::Model>,
    pub(super) editions: HashMap<i64, edition::Model>,
    sign_ins: HashMap<i64, sign_in::Model>,
    /// The papers that are shown, and when each was last changed.
    shown: HashMap<i64, DateTime<Utc>>,
    /// The contents that were known when this was read: also one that is forgotten meanwhile is at hand.
    known: HashMap<ContentKey, Arc<DigestContent>>,
    /// What the other contents are made of.
    papers: HashMap<i64, Worded>,
    categories: HashMap<i64, Vec<String>>,
    words: HashMap<i64, String>,
    paper_counts: HashMap<i64, usize>,
}

/// A paper, and what it says, once a content is made of it.
#[derive(Debug)]
struct Worded {
    listed: Listed,
    wording: OnceLock<Wording>,
}

impl Context {
    /// Reads the subscriptions and editions of deliveries.
    pub(super) async fn load(connection: &impl ConnectionTrait, rows: &[delivery::Model]) -> Result<Self> {
        let ids: Vec<i64> = rows.iter().filter_map(|row| row.subscription_id).collect();
        let subscriptions = subscriptions::by_ids(connection, &ids).await?;
        let ids: Vec<i64> = rows.iter().filter_map(|row| row.sign_in_id).collect();
        let sign_ins = match ids.as_slice() {
            [] => Vec::new(),
            ids => {
                let ids = ids.iter().copied();
                sign_in::Entity::find().filter(sign_in::Column::Id.is_in(ids)).all(connection).await?
            }
        };
        let mut ids: Vec<i64> = rows.iter().filter_map(|row| row.edition_id).collect();
        ids.sort_unstable();
        ids.dedup();
        Ok(Self {
            sign_ins: sign_ins.into_iter().map(|row| (row.id, row)).collect(),
            subscriptions,
            editions: editions::read::by_ids(connection, &ids).await?,
            ..Self::default()
        })
    }

    /// Reads what is wanted of the papers that were chosen for deliveries.
    pub(super) async fn load_papers(
        &mut self,
        services: &Services,
        rows: &[delivery::Model],
        contents: &Contents,
    ) -> Result<()> {
        let db = services.db.read();
        let chosen = rows.iter().filter_map(|row| row.papers.as_ref()).flat_map(|papers| &papers.0);
        let ids: HashSet<i64> = chosen.copied().collect();
        if ids.is_empty() {
            return Ok(());
        }
        self.shown = read::changes(db, ids).await?;
        let (mut known, mut missing) = (HashMap::new(), HashSet::new());
        for key in rows.iter().filter_map(|row| self.key(row)) {
            if known.contains_key(&key) || missing.contains(&key) {
                continue;
            }
            match contents.known(&key) {
                Some(content) => drop(known.insert(key, content)),
                None => drop(missing.insert(key)),
            }
        }
        self.known = known;
        if missing.is_empty() {
            return Ok(());
        }
        let ids: HashSet<i64> = missing.iter().flat_map(|key| &key.papers).map(|&(id, _)| id).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let papers = read::by_ids(db, &ids, Sight::Shown).await?;
        let worded = |(id, listed)| (id, Worded { listed, wording: OnceLock::new() });
        self.papers = papers.into_iter().map(worded).collect();
        if missing.iter().any(|key| !key.filter.categories.is_empty()) {
            let categories = read::categories(db, &ids).await?;
            let codes = |list: Vec<category::Model>| list.into_iter().map(|category| category.code).collect();
            self.categories = categories.into_iter().map(|(id, list)| (id, codes(list))).collect();
        }
        if missing.iter().any(|key| !key.filter.keywords.is_empty()) {
            self.words = read::words(db, &ids).await?;
        }
        for id in missing.iter().map(|key| key.edition_id).collect::<HashSet<_>>() {
            let count = entity::edition_paper::Entity::find()
                .filter(entity::edition_paper::Column::EditionId.eq(id))
                .count(db)
                .await?;
            self.paper_counts.insert(id, usize::try_from(count).unwrap_or(usize::MAX));
        }
        Ok(())
    }

    /// What a digest holds; `None` where it has no edition, or no papers were chosen.
    fn key(&self, row: &delivery::Model) -> Option<ContentKey> {
        let changed = |&id: &i64| self.shown.get(&id).map(|&changed_at| (id, changed_at));
        let subscription = row.subscription_id.and_then(|id| self.subscriptions.get(&id));
        Some(ContentKey {
            edition_id: row.edition_id?,
            papers: row.papers.as_ref()?.0.iter().filter_map(changed).collect(),
            filter: subscription.map(|subscription| subscription.filter.clone()).unwrap_or_default(),
            readers: match row.kind {
                DeliveryKind::Test => Readers::Testers,
                _ => Readers::Subscribers,
            },
        })
    }

    /// Builds the messages. Deliveries that have lost their reason to be sent end here.
    pub(super) fn compose(
        &self,
        services: &Services,
        rows: Vec<delivery::Model>,
        contents: &Contents,
    ) -> (Vec<Composed>, Vec<Outcome>) {
        let mut composed = Vec::with_capacity(rows.len());
        let mut ended = Vec::new();
        for delivery in rows {
            match self.letter(services, &delivery, contents) {
                Ok(Ok(letter)) => match outgoing(services, &delivery, letter) {
                    Ok(mail) => composed.push(Composed { delivery, mail }),
                    Err(error) => ended.push(unbuildable(services, &delivery, &error)),
                },
                Ok(Err(reason)) => ended.push(Outcome::end(&delivery, reason, services.now())),
                Err(error) => ended.push(unbuildable(services, &delivery, &error)),
            }
        }
        (composed, ended)
    }

    /// The letter of a delivery, or why there is none.
    fn letter(
        &self,
        services: &Services,
        row: &delivery::Model,
        contents: &Contents,
    ) -> Result<std::result::Result<Letter, DeliveryReason>> {
        if row.expires_at <= services.now() {
            return Ok(Err(DeliveryReason::RetriesExhausted));
        }
        let subscription = row.subscription_id.and_then(|id| self.subscriptions.get(&id));
        match row.kind {
            DeliveryKind::Digest | DeliveryKind::Test => self.digest(services, row, subscription, contents),
            DeliveryKind::Confirmation | DeliveryKind::Manage => link(services, row, subscription),
            DeliveryKind::SignIn => {
                sign_in_link(services, row, row.sign_in_id.and_then(|id| self.sign_ins.get(&id)))
            }
        }
    }

    fn digest(
        &self,
        services: &Services,
        row: &delivery::Model,
        subscription: Option<&subscription::Model>,
        contents: &Contents,
    ) -> Result<std::result::Result<Letter, DeliveryReason>> {
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
        let (Some(edition), Some(key)) =
            (row.edition_id.and_then(|id| self.editions.get(&id)), self.key(row))
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
        let papers: Vec<&Worded> = key.papers.iter().filter_map(|(id, _)| self.papers.get(id)).collect();
        if papers.is_empty() {
            // They were hidden just now.
            return Ok(Err(DeliveryReason::Empty));
        }
        let content = contents.get(key, |key| self.content(services, edition, key, &papers))?;
        content.letter(&recipient).map(Ok)
    }

    /// Makes a content that is not known yet.
    fn content(
        &self,
        services: &Services,
        edition: &edition::Model,
        key: &ContentKey,
        papers: &[&Worded],
    ) -> Result<DigestContent> {
        let chosen: Vec<_> = papers.iter().map(|paper| self.chosen(paper, &key.filter)).collect();
        let in_period = self.paper_counts.get(&edition.id).copied().unwrap_or_default();
        let period = editions::period(edition)?;
        DigestContent::new(&services.settings, period, &chosen, in_period, key.readers)
    }

    fn chosen<'a>(&'a self, Worded { listed, wording }: &'a Worded, filter: &DigestFilter) -> Chosen<'a> {
        let id = listed.paper.id;
        let facts = Facts {
            listed,
            categories: self.categories.get(&id).map_or(&[], Vec::as_slice),
            words: self.words.get(&id).map_or("", String::as_str),
        };
        let wording = wording.get_or_init(|| Wording::of(listed));
        Chosen { listed, wording, reasons: reasons(filter, &facts) }
    }
}

fn link(
    services: &Services,
    row: &delivery::Model,
    subscription: Option<&subscription::Model>,
) -> Result<std::result::Result<Letter, DeliveryReason>> {
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
            render::confirmation(url, wanted, not_me)
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

fn sign_in_link(
    services: &Services,
    row: &delivery::Model,
    link: Option<&sign_in::Model>,
) -> Result<std::result::Result<Letter, DeliveryReason>> {
    let settings = &services.settings;
    let Some((link, nonce)) = link.and_then(|link| Some((link, link.nonce.as_deref()?))) else {
        return Ok(Err(DeliveryReason::Superseded));
    };
    let token = settings.keys.token(Purpose::SignIn, link.id, nonce);
    let letter = render::sign_in(settings.link(&format!("sign-in?token={token}")));
    letter.letter(settings, &row.recipient, &row.message_id, row.created_at).map(Ok)
}

/// Why a digest must not go to a subscriber in this state.
pub(super) fn reason_to_stop(status: SubscriptionStatus) -> Option<DeliveryReason> {
    match status {
        SubscriptionStatus::Active => None,
        SubscriptionStatus::Suppressed => Some(DeliveryReason::Suppressed),
        SubscriptionStatus::Pending | SubscriptionStatus::Unsubscribed => Some(DeliveryReason::Unsubscribed),
    }
}

/// The message as it goes out. What comes back is known by a token in the envelope, where there is a domain for
/// it, and in a header; the two are the same.
fn outgoing(services: &Services, row: &delivery::Model, mut letter: Letter) -> Result<OutgoingMail> {
    let settings = &services.settings.mail;
    let token = services.settings.keys.envelope_token(Purpose::Returned, row.id, &row.message_id);
    let sender = match &settings.bounce_domain {
        Some(domain) => returned::envelope_sender(&token, domain),
        None => settings.from.email.to_string(),
    };
    letter.headers.push((returned::HEADER, token));
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
        octets: letter.encode(settings)?,
    })
}

fn unbuildable(services: &Services, row: &delivery::Model, error: &crate::Error) -> Outcome {
    tracing::error!(delivery.id = row.id, %error, "a message could not be built");
    Outcome { reply: Some(error.to_string()), ..Outcome::end(row, DeliveryReason::Rejected, services.now()) }
}
