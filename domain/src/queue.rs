//! The interface to the job queue. A job only says "drain this"; due work is in the database.
//!
//! A wake-up may be lost, doubled or late without harm: each job loops until nothing is due and may
//! find nothing, and a sweeper in every worker runs one of each kind every minute.

use std::fmt::Debug;

use async_trait::async_trait;

/// The jobs of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Job {
    /// Put papers that waited for their day on its feed.
    OpenFeeds,
    /// Publish the editions of complete periods.
    PublishEditions,
    /// Write a delivery for every subscription that is due.
    PlanDigests,
    /// Send confirmation, manage and test mail that is due.
    SendTransactional,
    /// Send digests that are due.
    SendDigests,
    /// Give back what a worker that died had claimed.
    Recover,
    /// Forget what is past keeping.
    Forget,
    /// Do the imports that administrators started.
    Import,
    /// Read the sources that are scheduled.
    ReadSources,
    /// Make the vectors of papers that have none.
    EmbedPapers,
}

impl Job {
    /// Every kind, in the order in which the sweeper asks for them.
    pub const ALL: [Self; 10] = [
        Self::Recover,
        Self::SendTransactional,
        Self::Import,
        Self::ReadSources,
        Self::OpenFeeds,
        Self::PublishEditions,
        Self::PlanDigests,
        Self::SendDigests,
        Self::Forget,
        Self::EmbedPapers,
    ];

    /// Its name in queues and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenFeeds => "open-feeds",
            Self::PublishEditions => "publish-editions",
            Self::PlanDigests => "plan-digests",
            Self::SendTransactional => "send-transactional",
            Self::SendDigests => "send-digests",
            Self::Recover => "recover",
            Self::Import => "import",
            Self::ReadSources => "read-sources",
            Self::Forget => "forget",
            Self::EmbedPapers => "embed-papers",
        }
    }
}

/// Carries wake-ups to the workers.
#[async_trait]
pub trait JobQueue: Debug + Send + Sync {
    /// Asks for `job` soon. Called after the commit of what made it due; never waits, never fails.
    fn wake(&self, job: Job);

    /// Waits until what was asked for has been handed on, or could not be. For processes that end.
    async fn flush(&self);
}
