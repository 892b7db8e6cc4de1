//! `daily-papers schema`.

/// Prints the GraphQL schema.
pub fn run() {
    print!("{}", api::graphql::sdl());
}
