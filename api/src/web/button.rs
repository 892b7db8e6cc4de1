//! The page behind a link of a mail: what the link would do, and the one button that does it. Programs that follow
//! links to look at them do nothing.

use askama::Template;

/// See the module.
#[derive(Template)]
#[template(path = "web/button.html")]
pub(super) struct ButtonPage<'a> {
    pub(super) title: &'a str,
    pub(super) paragraphs: Vec<String>,
    /// Where the button posts to.
    pub(super) action: &'a str,
    /// What it posts: a field and its value.
    pub(super) name: &'a str,
    pub(super) value: &'a str,
    pub(super) button: &'a str,
}
