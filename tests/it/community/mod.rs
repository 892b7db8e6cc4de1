//! What readers add to papers: votes, comments, submissions.

mod comment_html;
mod votes_and_comments;
