//! The fields of a paper from its source: text, authors, media, participants.

use serde_json::{Value, json};

use crate::support::Stack;
use crate::support::fixtures::{import_items, item};

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_has_every_field_of_its_source() {
    let stack = Stack::new().await;
    let mut full = item(1, 8);
    full["paper"]["githubRepo"] = json!("https://github.com/ada/engine");
    full["paper"]["githubStars"] = json!(12);
    full["paper"]["projectPage"] = json!("https://ada.example.org/");
    full["paper"]["ai_summary"] = json!("In short.");
    full["paper"]["organization"] =
        json!({ "name": "nvidia", "fullname": "NVIDIA", "avatar": "https://example.org/n.png" });
    full["paper"]["submittedOnDailyAt"] = json!("2026-01-06T03:04:05.678Z");
    full["thumbnail"] = json!("https://example.org/t.png");
    full["numComments"] = json!(4);
    import_items(&stack, "2026-01-06", &[full]);
    let server = stack.serve().await;
    let client = server.client();
    let query = "query($id: String!) { paper(arxivId: $id) {
        arxivId slug title abstract summary authors { name } authorCount organization { slug name logoUrl }
        categories { code } keywords publishedOn updatedOn featuredOn url arxivUrl pdfUrl projectUrl repositoryUrl
        repositoryStars thumbnailUrl doi withdrawnOn upvoteCount commentCount
        trending { score upvotes comments since } } }";
    let paper = client.field_with(query, json!({ "id": "2601.00001" })).await;
    insta::assert_json_snapshot!(paper);
    for form in [
        "2601.00001v3",
        "arXiv:2601.00001",
        "https://arxiv.org/abs/2601.00001v1",
        " https://huggingface.co/papers/2601.00001 ",
    ] {
        assert_eq!(client.field_with(query, json!({ "id": form })).await, paper, "{form}");
    }
    for form in ["2601.99999", "nothing", "", "2601.00001' OR '1'='1"] {
        assert!(client.field_with(query, json!({ "id": form })).await.is_null(), "{form}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn authors_media_and_participants_are_shown() {
    let stack = Stack::new().await;
    let mut many = item(1, 7);
    let authors: Vec<Value> = (0..150)
        .map(|number| json!({ "name": format!("Author {number}"), "hidden": number == 0, "user": { "user": format!("a{number}"), "fullname": "Some One" } }))
        .collect();
    many["paper"]["authors"] = json!(authors);
    many["mediaUrls"] = json!(["https://example.org/a.mp4", "//example.org/b.png", "javascript:alert(1)"]);
    many["paper"]["submittedOnDailyBy"] =
        json!({ "user": "ak", "fullname": "A K", "avatarUrl": "/avatars/ak.svg" });
    import_items(&stack, "2026-01-06", &[many]);
    let server = stack.serve().await;
    let client = server.client();
    let names = async |first: u32, offset: u32| {
        let query = "query($first: Int!, $offset: Int!) { paper(arxivId: \"2601.00001\") {
            authorCount authors(first: $first, offset: $offset) { name } } }";
        let paper = client.field_with(query, json!({ "first": first, "offset": offset })).await;
        assert_eq!(paper["authorCount"], 150);
        paper["authors"].as_array().unwrap().iter().map(|author| author["name"].clone()).collect::<Vec<_>>()
    };
    let all = [names(100, 0).await, names(100, 100).await].concat();
    let expected: Vec<Value> = (0..150).map(|number| json!(format!("Author {number}"))).collect();
    assert_eq!(all, expected);
    assert!(names(100, 150).await.is_empty());
    let paper = client
        .field("{ paper(arxivId: \"2601.00001\") { mediaUrls sourceSubmitter { name handle avatarUrl } participants { handle } } }")
        .await;
    assert_eq!(paper["mediaUrls"], json!(["https://example.org/a.mp4", "https://example.org/b.png"]));
    let submitter =
        json!({ "name": "A K", "handle": "ak", "avatarUrl": "https://huggingface.co/avatars/ak.svg" });
    assert_eq!(paper["sourceSubmitter"], submitter);
    assert_eq!(paper["participants"].as_array().unwrap().len(), 50);
    let page = reqwest::get(server.url("/papers/2601.00001")).await.unwrap().text().await.unwrap();
    for shown in [
        "<bdi>A K</bdi> (@<bdi>ak</bdi>)",
        "https://example.org/a.mp4",
        "<bdi>Some One</bdi> (@<bdi>a0</bdi>)",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
}
