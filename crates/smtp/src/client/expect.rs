//! A reply, judged by the command that it answers: what was wanted, a refusal, or something that shows that the two
//! sides are not if the other thinks.

use crate::transport::{Attempt, Command};

use super::reply::RawReply;

/// A reply that is to say yes.
pub(super) fn positive(command: Command, answer: Result<RawReply, String>) -> Result<RawReply, Attempt> {
    judged(command, answer, RawReply::is_positive)
}

/// A reply that is to ask for more.
pub(super) fn exactly(
    code: u16,
    command: Command,
    answer: Result<RawReply, String>,
) -> Result<RawReply, Attempt> {
    judged(command, answer, |raw| raw.code == code)
}

/// The answer to DATA that a message is waited for.
pub(super) fn go_ahead(answer: Result<RawReply, String>) -> Result<(), Attempt> {
    exactly(354, Command::Data, answer).map(drop)
}

fn judged(
    command: Command,
    answer: Result<RawReply, String>,
    is_wanted: impl Fn(&RawReply) -> bool,
) -> Result<RawReply, Attempt> {
    let raw = answer.map_err(|error| Attempt::Broken(command, error))?;
    if is_wanted(&raw) {
        Ok(raw)
    } else if raw.is_refusal() {
        Err(Attempt::Refused(command, raw.reply()))
    } else {
        let problem = format!("the server wrote an answer to something else: {}", raw.reply());
        Err(Attempt::Broken(command, problem))
    }
}
