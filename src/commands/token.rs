//! `daily-papers token`.

use anyhow::Result;
use domain::accounts::tokens;
use domain::entity::enums::Role;

use crate::cli::Token;
use crate::config::ValidConfig;
use crate::output::print;

/// Makes a token and prints it.
///
/// # Errors
/// If the name is invalid.
pub async fn run(config: &ValidConfig, what: Token) -> Result<()> {
    let Token::Create { name, admin, curator } = what;
    let role = match (admin, curator) {
        (true, _) => Some(Role::Admin),
        (false, true) => Some(Role::Curator),
        (false, false) => None,
    };
    let runtime = super::tool_services(config).await?;
    let made = tokens::create(&runtime.services.db, runtime.services.now(), &name, role).await?;
    print(format!("{}\n", made.secret))?;
    eprintln!("This token is shown only once. Send it in the header Authorization: Bearer …");
    if role.is_some_and(|role| role != made.role) {
        eprintln!("{name} remains {}: this command does not lower roles.", role_in_words(made.role));
    }
    Ok(())
}

fn role_in_words(role: Role) -> &'static str {
    match role {
        Role::Reader => "a reader",
        Role::Curator => "a curator",
        Role::Admin => "an administrator",
    }
}
