//! Sources that are read over the network: by schedule, by command, by mutation, and to look a paper up. A local site
//! stands in for them.

mod announcements;
mod commands;
mod completeness;
mod daily_papers;
mod faults;
mod harvests;
mod interrupted;
mod lookups;
mod ordered;
mod production;
mod status;

use chrono::TimeDelta;

use crate::support::papers_site::{DailyItem, Paper, PapersSite};
use crate::support::{Process, Stack};

/// A stack whose sources are a local site. Nothing is scheduled yet.
async fn stack_with_site() -> (Stack, PapersSite) {
    let site = PapersSite::start();
    let stack = Stack::new().await;
    for (name, path) in
        [("HF_URL", "/"), ("ARXIV_URL", "/"), ("ARXIV_OAI_URL", "/oai"), ("ARXIV_QUERY_URL", "/api/query")]
    {
        stack.set(name, &site.url(path));
    }
    stack.set("SOURCE_CONTACT", "curator@example.org");
    stack.set("SOURCE_PRIVATE_HOSTS", &site.host());
    // The clock of a test stands still: a pause would never end.
    stack.set("HF_PAUSE_SECONDS", "0");
    stack.set("ARXIV_PAUSE_SECONDS", "0");
    stack.set("ARXIV_HOURS", "0-24");
    stack.done(&["migrate"]);
    (stack, site)
}

/// A stack that reads Hugging Face's daily papers by schedule.
async fn with_daily_papers() -> (Stack, PapersSite) {
    let (stack, site) = stack_with_site().await;
    stack.set("SOURCES", "hf-daily");
    (stack, site)
}

/// A stack that reads categories of arXiv by schedule.
async fn with_arxiv(categories: &str) -> (Stack, PapersSite) {
    let (stack, site) = stack_with_site().await;
    stack.set("SOURCES", "arxiv");
    stack.set("ARXIV_CATEGORIES", categories);
    (stack, site)
}

/// Adds papers to the site, numbered, and features them on a day.
fn feature(site: &PapersSite, day: &str, numbers: std::ops::Range<u32>) {
    let papers: Vec<Paper> = numbers.map(Paper::numbered).collect();
    let items: Vec<DailyItem> = papers.iter().map(|paper| DailyItem::new(&paper.id).votes(3)).collect();
    site.add(papers);
    site.feature(day, items);
}

/// Starts the service, and waits until what is due was read.
async fn serve(stack: &Stack, site: &PapersSite) -> Process {
    site.set_now(&stack.now().to_rfc3339());
    let server = stack.serve().await;
    server.wait_for_sweep(stack.now()).await;
    server
}

/// Moves the clock, by a minute at least, and waits until what is due then was read.
async fn advance(stack: &Stack, site: &PapersSite, server: &Process, by: TimeDelta) {
    site.set_now(&(stack.now() + by).to_rfc3339());
    stack.advance(by).await;
    server.wait_for_sweep(stack.now()).await;
}

/// Moves the clock to an instant, and waits until what is due then was read.
async fn advance_to(stack: &Stack, site: &PapersSite, server: &Process, instant: &str) {
    site.set_now(instant);
    stack.advance_to(instant).await;
    server.wait_for_sweep(stack.now()).await;
}

/// The requests of the site whose path begins so.
fn asked(site: &PapersSite, path: &str) -> usize {
    site.requests().iter().filter(|request| request.path.starts_with(path)).count()
}
