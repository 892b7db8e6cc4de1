//! The page behind a link in a mail: a description of the action and the button that performs it. Programs that only
//! follow links change nothing.

use askama::Template;

/// The template of the page.
#[derive(Template)]
#[template(path = "web/button.html")]
pub(crate) struct ButtonPage<'a> {
    pub(crate) title: &'a str,
    pub(crate) paragraphs: Vec<String>,
    /// The address to which the button posts.
    pub(crate) action: &'a str,
    /// The posted field and its value.
    pub(crate) name: &'a str,
    pub(crate) value: &'a str,
    pub(crate) button: &'a str,
}
