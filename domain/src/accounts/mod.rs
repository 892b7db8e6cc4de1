//! People with an account, and the tokens that speak for them.

pub mod tokens;

use entity::enums::Role;

/// The person whom a request speaks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Viewer {
    /// Row id of the user.
    pub user_id: i64,
    /// Unique name.
    pub handle: String,
    /// What the person may do.
    pub role: Role,
}

impl Viewer {
    /// Whether the person may do what `role` may; each role includes those below it.
    #[must_use]
    pub fn is_at_least(&self, role: Role) -> bool {
        self.role >= role
    }
}
