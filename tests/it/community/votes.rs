//! Votes on papers.

use serde_json::json;

use super::{UNVOTE, VOTE};
use crate::support::Client;
use crate::support::fixtures::stack_with_papers;
use crate::support::graphql::{NO_ERRORS, nodes};

#[tokio::test(flavor = "multi_thread")]
async fn a_vote_counts_once_per_reader() {
    let (stack, server) = stack_with_papers(1..6).await;
    let id = server.client().paper_id("2601.00001").await;
    let readers: Vec<Client> =
        (0..4).map(|number| server.reader(&stack, &format!("reader{number}"))).collect();
    // Five from the source; each reader votes twenty times at once.
    let votes = readers.iter().flat_map(|reader| (0..20).map(move |_| reader.clone())).map(|reader| {
        let id = id.clone();
        tokio::spawn(async move { reader.mutate(VOTE, json!({ "id": id })).await })
    });
    for vote in votes.collect::<Vec<_>>() {
        assert_eq!(vote.await.unwrap().user_errors(), NO_ERRORS);
    }
    let paper = "{ paper(arxivId: \"2601.00001\") { upvoteCount viewerHasUpvoted trending { upvotes } } }";
    let expected =
        |voted: bool| json!({ "upvoteCount": 9, "viewerHasUpvoted": voted, "trending": { "upvotes": 9 } });
    assert_eq!(readers[0].field(paper).await, expected(true));
    assert_eq!(server.client().field(paper).await, expected(false));
    let mine = readers[0].field("{ viewer { upvotedPapers { totalCount nodes { arxivId } } } }").await;
    assert_eq!(nodes(&mine["upvotedPapers"]), [json!({ "arxivId": "2601.00001" })]);

    // Two of them remove their vote many times at once.
    let taken = readers[..2].iter().flat_map(|reader| (0..10).map(move |_| reader.clone())).map(|reader| {
        let id = id.clone();
        tokio::spawn(async move { reader.ok(UNVOTE, json!({ "id": id })).await })
    });
    for vote in taken.collect::<Vec<_>>() {
        vote.await.unwrap();
    }
    let counts = "SELECT upvotes - (SELECT COUNT(*) FROM upvote WHERE paper_id = paper.id) FROM paper \
                  WHERE arxiv_id = '2601.00001'";
    assert_eq!(stack.count(counts).await, 0);
    assert_eq!(server.client().field(paper).await["upvoteCount"], 7);
    let none = readers[0].mutate(VOTE, json!({ "id": "nonsense" })).await;
    assert_eq!(none.user_errors(), ["NOT_FOUND paperId"]);
    assert_eq!(server.client().code(VOTE, json!({ "id": id })).await, "UNAUTHENTICATED");
    // The source's votes change, and local votes stay.
    let again = [crate::support::fixtures::item(1, 100)];
    let path = crate::support::fixtures::write_day(&stack, "2026-01-06", &again);
    stack.done(&["import", "hf-daily", path.to_str().unwrap()]);
    assert_eq!(server.client().field(paper).await["upvoteCount"], 102);
}
