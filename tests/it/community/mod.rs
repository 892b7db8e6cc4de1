//! What readers add to papers: votes, comments, submissions.

mod comment_html;
mod comments;
mod hidden_papers;
mod submissions;
mod votes;

const VOTE: &str = "mutation($id: ID!) { upvotePaper(paperId: $id) {
    paper { upvoteCount viewerHasUpvoted trending { score upvotes } } userErrors { code field } } }";

const UNVOTE: &str = "mutation($id: ID!) { removeUpvote(paperId: $id) {
    paper { upvoteCount viewerHasUpvoted } userErrors { code field } } }";

const ADD: &str = "mutation($input: AddCommentInput!) { addComment(input: $input) {
    comment { id body bodyHtml author { handle } parent { id } paper { arxivId commentCount } }
    userErrors { code field } } }";
