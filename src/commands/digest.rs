//! `daily-papers digest`.

use anyhow::{Context as _, Result, bail};
use domain::calendar::Period;
use domain::digests::preview;
use domain::entity::enums;
use domain::entity::topic_filter::TopicFilter;
use domain::error::UserError;
use domain::subscriptions::settings::checked_filter;
use serde_json::{Map, Value};

use crate::cli::{Cadence, Digest, Format, Preview};
use crate::config::ValidConfig;
use crate::output::print;

/// Prints a digest.
///
/// # Errors
/// If the period or the filter is invalid, or there is nothing to print.
pub async fn run(config: &ValidConfig, what: Digest) -> Result<()> {
    let Digest::Preview(request) = what;
    let runtime = super::tool_services(config).await?;
    let services = &runtime.services;
    let cadence = to_domain(request.cadence);
    let period = find_period(services, &request, cadence).await?;
    let filter = request.filter.as_deref().map(parse_filter).transpose()?.unwrap_or_default();
    let letter = preview::preview(services, period, &filter, request.max_papers.into()).await?;
    let Some(letter) = letter else { bail!("{period} has no papers that match the filter") };
    let bytes = match request.format {
        Format::Text => format!("Subject: {}\n\n{}", letter.subject, letter.text.read()).into_bytes(),
        Format::Html => letter.html.read().into_bytes(),
        Format::Eml => letter.encode(&services.settings.mail.sender)?,
    };
    Ok(print(&bytes)?)
}

/// A filter as it was typed; a field that is not known is an error here, if a person waits for the answer.
fn parse_filter(json: &str) -> Result<TopicFilter> {
    let said = "--filter is not valid JSON such as {\"categories\": [\"cs.CL\"]}";
    let typed: Map<String, Value> = serde_json::from_str(json).context(said)?;
    let known = serde_json::to_value(TopicFilter::default())?;
    if let Some(name) = typed.keys().find(|name| known.get(name.as_str()).is_none()) {
        bail!("--filter has no field {name}");
    }
    let typed: TopicFilter = serde_json::from_value(Value::Object(typed)).context(said)?;
    // As it is refused to a subscriber.
    checked_filter(&typed).map_err(|problems| {
        let named = |problem: UserError| {
            let field = problem.field.last().map_or("", String::as_str);
            format!("--filter, {field}: {}", problem.message)
        };
        anyhow::anyhow!(problems.into_iter().map(named).collect::<Vec<_>>().join("\n"))
    })
}

fn to_domain(cadence: Cadence) -> enums::Cadence {
    match cadence {
        Cadence::Daily => enums::Cadence::Daily,
        Cadence::Weekly => enums::Cadence::Weekly,
        Cadence::Monthly => enums::Cadence::Monthly,
    }
}

async fn find_period(
    services: &domain::Services,
    request: &Preview,
    cadence: enums::Cadence,
) -> Result<Period> {
    let Some(text) = &request.period else {
        return preview::latest_period(services, cadence).await?.context("there are no papers yet");
    };
    let period: Period = text.parse().map_err(|problem| anyhow::anyhow!("--period: {problem}"))?;
    if period.cadence() != cadence {
        bail!("--period {period} does not match --cadence");
    }
    Ok(period)
}
