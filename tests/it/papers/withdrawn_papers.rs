//! Papers that their authors have withdrawn.

use serde_json::json;

use super::{import, page, submitted};
use crate::support::Stack;
use crate::support::graphql::{nodes, titles};

#[tokio::test(flavor = "multi_thread")]
async fn a_withdrawn_paper_is_marked_and_in_no_digest() {
    let stack = Stack::at("2026-02-03T12:00:00Z").await;
    let mut dated = submitted(1, "2026-02-03T09:00:00Z");
    dated["paper"]["withdrawnAt"] = json!("2026-02-02T00:00:00.000Z");
    let mut said = submitted(2, "2026-02-03T09:00:00Z");
    said["paper"]["summary"] = json!("This paper has been withdrawn by the authors due to an error.");
    import(&stack, "withdrawn", &[dated, said, submitted(3, "2026-02-03T09:00:00Z")]);
    let server = stack.serve().await;
    let query = "{ papers(orderBy: TRENDING) { nodes { title withdrawnOn pdfUrl arxivUrl } } }";
    for node in nodes(&server.client().field(query).await) {
        let is_withdrawn = node["title"] != "Paper 3";
        assert_eq!(
            (node["withdrawnOn"].is_null(), node["pdfUrl"].is_null()),
            (!is_withdrawn, is_withdrawn),
            "{node}"
        );
        assert!(node["arxivUrl"].is_string());
    }
    for (number, is_withdrawn) in [(1, true), (2, true), (3, false)] {
        let page = page(&server, &format!("/papers/2601.0000{number}")).await;
        assert_eq!(page.contains("has been withdrawn by its authors"), is_withdrawn, "{page}");
        assert_eq!(page.contains("arxiv.org/pdf/"), !is_withdrawn, "{page}");
    }
    assert_eq!(page(&server, "/").await.matches("Withdrawn · ").count(), 2);
    let preview = stack.done(&["digest", "preview", "--cadence", "daily", "--period", "2026-02-03"]);
    assert!(
        preview.contains("Paper 3") && !preview.contains("Paper 1") && !preview.contains("Paper 2"),
        "{preview}"
    );
    // A digest that goes out, and its edition.
    stack.advance_to("2026-02-04T12:00:00Z").await;
    let client = server.client();
    crate::support::journey::subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    assert_eq!(stack.smtp.nth_to("ada@example.org", 2).await.papers().len(), 1);
    let edition = client
        .field("{ edition(cadence: DAILY, period: \"2026-02-03\") { papers { nodes { title } } } }")
        .await;
    assert_eq!(titles(&edition["papers"]), ["Paper 3"]);
}
