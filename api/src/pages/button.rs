//! The page behind a link of a mail: what the link would do, and the one button that does it. Programs that follow
//! links to look at them do nothing.

use askama::Template;

/// See the module.
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
