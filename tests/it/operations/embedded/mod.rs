//! What only the embedded default has: SQLite, one process, mail as files.

mod first_run;
mod mail_folder;

use crate::support::Stack;

async fn embedded() -> Stack {
    let stack = Stack::new().await;
    assert!(stack.is_embedded(), "this needs the embedded default: run `make test`");
    stack
}
