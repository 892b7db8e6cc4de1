//! The two parts of an address: the local part before the @, and the domain after it.

use super::AddressProblem;

/// Characters before the @. RFC 5321 section 4.5.3.1.1.
pub(super) const MAX_LOCAL: usize = 64;

/// Characters of a label of a domain. RFC 1035 section 2.3.4.
const MAX_LABEL: usize = 63;

/// Last labels of names that the DNS of the internet does not have, and that are no examples: IANA, Special-Use Domain
/// Names, and what ICANN keeps for private use.
const UNREACHABLE: [&str; 8] =
    ["alt", "arpa", "internal", "invalid", "local", "localdomain", "localhost", "onion"];

/// Whether a text can stand before the @. Quoted ones are many spellings of one mailbox, and nobody has one.
pub(super) fn check_local(local: &str) -> Result<(), AddressProblem> {
    if local.is_empty() {
        return Err(AddressProblem::NoLocal);
    }
    if !local.is_ascii() {
        return Err(AddressProblem::International);
    }
    if local.contains('%') {
        return Err(AddressProblem::Percent);
    }
    if local.len() > MAX_LOCAL {
        return Err(AddressProblem::Long);
    }
    let is_atom = |c: char| c.is_ascii_alphanumeric() || "!#$&'*+-/=?^_`{|}~".contains(c);
    let is_dot_string = local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom));
    if is_dot_string { Ok(()) } else { Err(AddressProblem::Local) }
}

/// The domain of an address as it goes over the wire.
pub(super) fn domain_name(typed: &str) -> Result<String, AddressProblem> {
    if typed.is_empty() {
        return Err(AddressProblem::NoDomain);
    }
    // What reads the name takes %70 for p.
    if typed.contains('%') {
        return Err(AddressProblem::Percent);
    }
    if typed.starts_with('[') {
        return Err(AddressProblem::Literal);
    }
    let domain = match url::Host::parse(typed) {
        Ok(url::Host::Domain(domain)) => domain.to_ascii_lowercase(),
        Ok(_) => return Err(AddressProblem::Literal),
        Err(_) => return Err(AddressProblem::Domain),
    };
    let is_label = |label: &str| {
        (1..=MAX_LABEL).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    if !domain.split('.').all(is_label) {
        return Err(AddressProblem::Domain);
    }
    let last = domain.rsplit('.').next().unwrap_or_default();
    if let Some(name) = UNREACHABLE.into_iter().find(|&name| name == last) {
        return Err(AddressProblem::Unreachable(name));
    }
    if last.len() == domain.len() {
        return Err(AddressProblem::NoDot);
    }
    Ok(domain)
}
