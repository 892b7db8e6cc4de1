//! E-mail subscriptions, and what is typed to get or to change one.

use async_graphql::{Context, Enum, ID, InputObject, MaybeUndefined, Object, Result};
use chrono::Weekday as DomainWeekday;
use domain::delivery::read::DeliveryFilter;
use domain::entity::enums::{SubscriptionStatus as DomainStatus, SuppressionReason as DomainReason};
use domain::entity::subscription;
use domain::entity::topic_filter::TopicFilter;
use domain::subscriptions::settings::{SettingsChange, SettingsInput, weekdays};
use domain::subscriptions::suppression;

use crate::contract::context::ContextExt as _;
use crate::contract::cursor::PageArguments;
use crate::contract::error::into_graphql;
use crate::contract::ids::NodeType;
use crate::contract::scalars::{Date, DateTime, EmailAddress, LocalTime, TimeZone};
use crate::contract::types::connection::connection;
use crate::contract::types::delivery::{self, DeliveryConnection};
use crate::contract::types::edition::Cadence;
use crate::contract::types::topic_filter::{DigestFilter, DigestFilterInput};

/// A subscription to digests. There is one for each address, regardless of case. It can be read with its manage token
/// or by an administrator; node(id:) returns null to everyone else.
#[derive(Clone, Debug)]
pub struct EmailSubscription(pub Box<subscription::Model>);

impl From<subscription::Model> for EmailSubscription {
    fn from(row: subscription::Model) -> Self {
        Self(Box::new(row))
    }
}

connection!(EmailSubscriptionConnection, EmailSubscriptionEdge, EmailSubscription, "e-mail subscriptions");

/// A subscription to digests. There is one for each address, regardless of case. It can be read with its manage token
/// or by an administrator; node(id:) returns null to everyone else.
#[Object]
impl EmailSubscription {
    /// The identifier, unique across all types.
    pub async fn id(&self) -> ID {
        NodeType::EmailSubscription.id(self.0.id)
    }

    /// The address as it was entered.
    async fn email(&self) -> EmailAddress {
        EmailAddress(self.0.email.clone())
    }

    /// Whether digests are sent.
    async fn status(&self) -> SubscriptionStatus {
        self.0.status.into()
    }

    /// The reason for the suppression.
    async fn suppression(&self, ctx: &Context<'_>) -> Result<Option<SuppressionReason>> {
        let services = ctx.services();
        let reason =
            suppression::reason(services.db.read(), &services.settings.keys, &self.0.address_key).await;
        Ok(reason.map_err(into_graphql)?.map(Into::into))
    }

    /// The frequency of the digest.
    async fn cadence(&self) -> Cadence {
        self.0.cadence.into()
    }

    /// The time zone of sendTime and weekdays.
    async fn time_zone(&self) -> TimeZone {
        TimeZone(self.0.time_zone.clone())
    }

    /// The wall-clock time in timeZone. The mail leaves within ten minutes after it.
    async fn send_time(&self) -> LocalTime {
        LocalTime(self.0.send_time.clone())
    }

    /// The days on which a daily digest is sent. A weekly or monthly one is sent on the first of them in its week or
    /// month.
    async fn weekdays(&self) -> Vec<Weekday> {
        weekdays(self.0.weekdays).into_iter().map(Into::into).collect()
    }

    /// The maximum number of papers in a digest: 1 to 50.
    async fn max_papers(&self) -> i32 {
        self.0.max_papers
    }

    /// The filter of the digest.
    async fn filter(&self) -> DigestFilter {
        self.0.filter.clone().into()
    }

    /// The time of the first subscription.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// The time of the last confirmation.
    async fn confirmed_at(&self) -> Option<DateTime> {
        self.0.confirmed_at.map(DateTime)
    }

    /// The subscription is paused until this day.
    async fn paused_until(&self) -> Option<Date> {
        self.0.paused_until.map(Date)
    }

    /// The due time of the next digest; null if there is none.
    async fn next_digest_at(&self) -> Option<DateTime> {
        self.0.next_due_at.map(DateTime)
    }

    /// The mails to this subscriber, the latest first.
    async fn deliveries(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "The number of entries from the beginning, or after `after`: 0 to 100; 20 if neither `first` nor `last` is given."
        )]
        first: Option<i32>,
        #[graphql(desc = "The cursor after which the entries begin.")] after: Option<String>,
        #[graphql(
            desc = "The number of entries from the end, or before `before`: 0 to 100. It cannot be combined with `first`."
        )]
        last: Option<i32>,
        #[graphql(desc = "The cursor before which the entries end.")] before: Option<String>,
    ) -> Result<DeliveryConnection> {
        let filter = DeliveryFilter { subscription_id: Some(self.0.id), ..DeliveryFilter::default() };
        delivery::list(ctx, &filter, PageArguments { first, after, last, before }).await
    }
}

/// Whether digests are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainStatus")]
pub enum SubscriptionStatus {
    /// It is not confirmed yet.
    Pending,
    /// Digests are sent.
    Active,
    /// The subscriber has unsubscribed.
    Unsubscribed,
    /// The address is suppressed.
    Suppressed,
}

/// Why an address is suppressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
#[graphql(remote = "DomainReason")]
pub enum SuppressionReason {
    /// The subscriber has unsubscribed.
    Unsubscribed,
    /// The mailbox does not exist.
    HardBounce,
    /// Mail came back softly three times in a row, or three times in 30 days.
    SoftBounces,
    /// Mail was reported as spam.
    Complaint,
    /// An administrator suppressed it.
    Administrator,
    /// The owner of the address did not request mail.
    NotMe,
    /// It was erased on request.
    Erased,
}

/// A day of the week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub enum Weekday {
    /// The first day of the ISO week.
    Monday,
    /// The day after Monday.
    Tuesday,
    /// The day after Tuesday.
    Wednesday,
    /// The day after Wednesday.
    Thursday,
    /// The day after Thursday.
    Friday,
    /// The day after Friday.
    Saturday,
    /// The last day of the ISO week.
    Sunday,
}

impl Weekday {
    const WEEK: [(Self, DomainWeekday); 7] = [
        (Self::Monday, DomainWeekday::Mon),
        (Self::Tuesday, DomainWeekday::Tue),
        (Self::Wednesday, DomainWeekday::Wed),
        (Self::Thursday, DomainWeekday::Thu),
        (Self::Friday, DomainWeekday::Fri),
        (Self::Saturday, DomainWeekday::Sat),
        (Self::Sunday, DomainWeekday::Sun),
    ];
}

impl From<DomainWeekday> for Weekday {
    fn from(day: DomainWeekday) -> Self {
        Self::WEEK.into_iter().find(|&(_, other)| other == day).map_or(Self::Monday, |(day, _)| day)
    }
}

impl From<Weekday> for DomainWeekday {
    fn from(day: Weekday) -> Self {
        Weekday::WEEK.into_iter().find(|&(other, _)| other == day).map_or(Self::Mon, |(_, day)| day)
    }
}

/// The settings of a subscription. They apply only after the confirmation, so that strangers cannot change them.
#[derive(Clone, Debug, InputObject)]
pub struct SubscribeInput {
    /// The address for the digests.
    pub email: String,
    /// The cadence.
    #[graphql(default_with = "Cadence::Daily")]
    cadence: Cadence,
    /// The IANA name of the time zone.
    #[graphql(default_with = "\"UTC\".to_owned()")]
    time_zone: String,
    /// The time of day, HH:MM.
    #[graphql(default_with = "\"08:00\".to_owned()")]
    send_time: String,
    /// The days of the week, at least one.
    #[graphql(default_with = "workdays()")]
    weekdays: Vec<Weekday>,
    /// The maximum number of papers: 1 to 50.
    #[graphql(default = 10)]
    max_papers: i32,
    /// The filter of the digest.
    filter: Option<DigestFilterInput>,
}

fn workdays() -> Vec<Weekday> {
    SettingsInput::default().weekdays.into_iter().map(Into::into).collect()
}

impl From<SubscribeInput> for SettingsInput {
    fn from(input: SubscribeInput) -> Self {
        Self {
            cadence: input.cadence.into(),
            time_zone: input.time_zone,
            send_time: input.send_time,
            weekdays: input.weekdays.into_iter().map(Into::into).collect(),
            max_papers: input.max_papers,
            filter: input.filter.unwrap_or_default().into(),
        }
    }
}

/// The changes. Absent fields stay unchanged; null clears filter and pausedUntil.
#[derive(Clone, Debug, InputObject)]
pub struct UpdateSubscriptionInput {
    /// The cadence.
    cadence: Option<Cadence>,
    /// The IANA name of the time zone.
    time_zone: Option<String>,
    /// The time of day, HH:MM.
    send_time: Option<String>,
    /// The days of the week, at least one.
    weekdays: Option<Vec<Weekday>>,
    /// The maximum number of papers: 1 to 50.
    max_papers: Option<i32>,
    /// The filter of the digest.
    filter: MaybeUndefined<DigestFilterInput>,
    /// The day until which the subscription is paused.
    paused_until: MaybeUndefined<Date>,
}

impl From<UpdateSubscriptionInput> for SettingsChange {
    fn from(input: UpdateSubscriptionInput) -> Self {
        Self {
            cadence: input.cadence.map(Into::into),
            time_zone: input.time_zone,
            send_time: input.send_time,
            weekdays: input.weekdays.map(|days| days.into_iter().map(Into::into).collect()),
            max_papers: input.max_papers,
            filter: match input.filter {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(TopicFilter::default()),
                MaybeUndefined::Value(filter) => Some(filter.into()),
            },
            paused_until: match input.paused_until {
                MaybeUndefined::Undefined => None,
                MaybeUndefined::Null => Some(None),
                MaybeUndefined::Value(day) => Some(Some(day.0)),
            },
        }
    }
}
