//! The page behind a link in a mail: a description of the action and the button that performs it. Programs that only
//! follow links change nothing.

use askama::Template;

/// The template of the page.
#[derive(Template)]
#[template(path = "web/button.html")]
pub(crate) struct ButtonPage<'a> {
    pub(crate) title: &'a str,
    pub(crate) paragraphs: Vec<String>,
    /// Where the button posts to.
    pub(crate) action: &'a str,
    /// What it posts: a field and its value.
    pub(crate) name: &'a str,
    pub(crate) value: &'a str,
    pub(crate) button: &'a str,
}
