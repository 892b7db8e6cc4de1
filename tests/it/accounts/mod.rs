//! People who sign in: links by mail, access tokens, names, roles.

mod sign_in;
