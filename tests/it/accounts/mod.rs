//! Accounts: sign-in links, access tokens, names, roles.

mod access_tokens;
mod names_and_roles;
mod sign_in;

use crate::support::{Process, Stack};

async fn server() -> (Stack, Process) {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    (stack, server)
}
