//! Reading papers, feeds and what belongs to them.

use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::support::fixtures::{import_day, item, write_day};
use crate::support::{Client, Process, Stack, eventually};

async fn stack_with_papers() -> (Stack, Process) {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-05", 1..6);
    import_day(&stack, "2026-01-06", 10..13);
    let server = stack.serve().await;
    (stack, server)
}

fn titles(connection: &Value) -> Vec<String> {
    let nodes = connection["nodes"].as_array().unwrap_or_else(|| panic!("{connection:#}"));
    nodes.iter().map(|node| node["title"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_has_all_that_its_source_said() {
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
    let path = write_day(&stack, "2026-01-06", &[full]);
    stack.done(&["migrate"]);
    stack.done(&["import", "hf-daily", path.to_str().unwrap()]);
    let server = stack.serve().await;
    let client = server.client();
    let query = "query($id: String!) { paper(arxivId: $id) {
        arxivId slug title abstract summary authors { name } authorCount organization { slug name logoUrl }
        categories { code } keywords publishedOn updatedOn featuredOn url arxivUrl pdfUrl projectUrl repositoryUrl
        repositoryStars thumbnailUrl doi withdrawnOn upvoteCount commentCount
        trending { score upvotes comments since } } }";
    let paper = client.ok(query, json!({ "id": "2601.00001" })).await["paper"].clone();
    insta::assert_json_snapshot!(paper);
    for form in [
        "2601.00001v3",
        "arXiv:2601.00001",
        "https://arxiv.org/abs/2601.00001v1",
        " https://huggingface.co/papers/2601.00001 ",
    ] {
        assert_eq!(client.ok(query, json!({ "id": form })).await["paper"], paper, "{form}");
    }
    for form in ["2601.99999", "nothing", "", "2601.00001' OR '1'='1"] {
        assert!(client.ok(query, json!({ "id": form })).await["paper"].is_null(), "{form}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn authors_media_and_who_takes_part_are_shown() {
    let stack = Stack::new().await;
    let mut many = item(1, 7);
    let authors: Vec<Value> = (0..150)
        .map(|number| json!({ "name": format!("Author {number}"), "hidden": number == 0, "user": { "user": format!("a{number}"), "fullname": "Some One" } }))
        .collect();
    many["paper"]["authors"] = json!(authors);
    many["mediaUrls"] = json!(["https://example.org/a.mp4", "//example.org/b.png", "javascript:alert(1)"]);
    many["paper"]["submittedOnDailyBy"] =
        json!({ "user": "ak", "fullname": "A K", "avatarUrl": "/avatars/ak.svg" });
    let path = write_day(&stack, "2026-01-06", &[many]);
    stack.done(&["migrate"]);
    stack.done(&["import", "hf-daily", path.to_str().unwrap()]);
    let server = stack.serve().await;
    let client = server.client();
    let names = async |first: u32, offset: u32| {
        let query = "query($first: Int!, $offset: Int!) { paper(arxivId: \"2601.00001\") {
            authorCount authors(first: $first, offset: $offset) { name } } }";
        let paper = client.ok(query, json!({ "first": first, "offset": offset })).await["paper"].clone();
        assert_eq!(paper["authorCount"], 150);
        paper["authors"].as_array().unwrap().iter().map(|author| author["name"].clone()).collect::<Vec<_>>()
    };
    let all = [names(100, 0).await, names(100, 100).await].concat();
    let expected: Vec<Value> = (0..150).map(|number| json!(format!("Author {number}"))).collect();
    assert_eq!(all, expected);
    assert!(names(100, 150).await.is_empty());
    let paper = client
        .get("{ paper(arxivId: \"2601.00001\") { mediaUrls sourceSubmitter { name handle avatarUrl } participants { handle } } }")
        .await["paper"]
        .clone();
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

#[tokio::test(flavor = "multi_thread")]
async fn feeds_have_neighbours_and_say_whether_they_are_complete() {
    let (stack, server) = stack_with_papers().await;
    import_day(&stack, "2026-01-07", 20..22);
    let client = server.client();
    let feed = async |period: Value| {
        let query = "query($period: FeedPeriod) { feed(period: $period) {
            period startsOn endsOn isComplete previous next papers { totalCount } } }";
        client.ok(query, json!({ "period": period })).await["feed"].clone()
    };
    assert_eq!(
        feed(json!("2026-01-06")).await,
        json!({ "period": "2026-01-06", "startsOn": "2026-01-06", "endsOn": "2026-01-06", "isComplete": true,
            "previous": "2026-01-05", "next": "2026-01-07", "papers": { "totalCount": 3 } })
    );
    assert_eq!(feed(json!("2026-01-07")).await["isComplete"], false);
    assert_eq!(feed(json!("2026-W02")).await["isComplete"], false);
    stack.advance_to("2026-02-03T12:00:00Z").await;
    import_day(&stack, "2026-02-03", 30..31);
    assert_eq!(
        feed(json!("2026-W02")).await,
        json!({ "period": "2026-W02", "startsOn": "2026-01-05", "endsOn": "2026-01-11", "isComplete": true,
            "previous": null, "next": "2026-W06", "papers": { "totalCount": 10 } })
    );
    let month = feed(json!("2026-01")).await;
    assert_eq!((month["next"].clone(), month["papers"]["totalCount"].clone()), (json!("2026-02"), json!(10)));
    let empty = feed(json!("2025-12-24")).await;
    assert_eq!(
        (empty["next"].clone(), empty["papers"]["totalCount"].clone()),
        (json!("2026-01-05"), json!(0))
    );
    assert_eq!(feed(json!(null)).await["period"], "2026-02-03");
    let wrong = client.raw("{ feed(period: \"2026-13\") { period } }", json!({})).await;
    assert!(wrong["errors"][0]["message"].as_str().unwrap().contains("FeedPeriod"), "{wrong}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_without_papers_is_null_and_no_error() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let data = server
        .client()
        .get("{ feed { period } papers { totalCount nodes { id } } editions { nodes { id } } }")
        .await;
    assert_eq!(
        data,
        json!({ "feed": null, "papers": { "totalCount": 0, "nodes": [] }, "editions": { "nodes": [] } })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_order_is_what_it_says() {
    let (_stack, server) = stack_with_papers().await;
    let client = server.client();
    let ordered = async |order: &str| {
        let query = format!(
            "{{ papers(orderBy: {order}) {{ nodes {{ title publishedOn upvoteCount commentCount trending {{ score }} }} }} }}"
        );
        client.get(&query).await["papers"]["nodes"].as_array().unwrap().clone()
    };
    for (order, key) in [("NEWEST", "publishedOn"), ("UPVOTES", "upvoteCount"), ("COMMENTS", "commentCount")]
    {
        let papers = ordered(order).await;
        assert_eq!(papers.len(), 8);
        let keys: Vec<String> = papers.iter().map(|paper| paper[key].to_string()).collect();
        let mut sorted = keys.clone();
        sorted.sort_by(|a, b| b.len().cmp(&a.len()).then(b.cmp(a)));
        assert_eq!(keys, sorted, "{order}");
    }
    let scores: Vec<f64> =
        ordered("TRENDING").await.iter().map(|paper| paper["trending"]["score"].as_f64().unwrap()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    // In a feed the source's own order decides between equals.
    let feed = client
        .get("{ feed(period: \"2026-01-05\") { papers(orderBy: TRENDING) { nodes { title } } } }")
        .await;
    assert_eq!(titles(&feed["feed"]["papers"])[0], "Paper 1");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_narrows() {
    let stack = Stack::new().await;
    let mut special = item(1, 50);
    special["title"] = json!("Retrieval-Augmented Generation (RAG)");
    special["paper"]["summary"] = json!("About fragments and paragraphs.");
    special["paper"]["organization"] = json!({ "name": "nvidia", "fullname": "NVIDIA" });
    special["paper"]["githubRepo"] = json!("https://github.com/a/b");
    let path = write_day(&stack, "2026-01-06", &[special, item(2, 3), item(3, 1)]);
    stack.done(&["migrate"]);
    stack.done(&["import", "hf-daily", path.to_str().unwrap()]);
    let server = stack.serve().await;
    let curator = server.client_with(&stack.token("curie", Some("--curator")));
    let made = curator
        .ok(
            "mutation($input: PaperInput!) { createPaper(input: $input) { paper { id } userErrors { message } } }",
            json!({ "input": {
                "title": "Unfeatured", "abstract": "Text.", "publishedOn": "2025-12-31",
                "categories": ["cs.CL", "cs.LG"], "authors": ["Émile Zola"], "organization": "École Polytechnique",
            } }),
        )
        .await;
    assert_eq!(made["createPaper"]["userErrors"], json!([]));
    let client = server.client();
    let found = async |filter: Value| {
        let query = "query($filter: PaperFilter) { papers(filter: $filter, orderBy: UPVOTES) { totalCount nodes { title } } }";
        let papers = client.ok(query, json!({ "filter": filter })).await["papers"].clone();
        assert_eq!(papers["totalCount"], papers["nodes"].as_array().unwrap().len(), "{filter}");
        titles(&papers).iter().map(|title| title.chars().take(12).collect::<String>()).collect::<Vec<_>>()
    };
    let rag = "Retrieval-Au";
    for (filter, titles) in [
        (json!({}), vec![rag, "Paper 2", "Paper 3", "Unfeatured"]),
        (json!({ "keywords": [] }), vec![rag, "Paper 2", "Paper 3", "Unfeatured"]),
        (json!({ "keywords": ["rag"] }), vec![rag]),
        (json!({ "keywords": ["retrieval augmented"] }), vec![rag]),
        (json!({ "keywords": ["graph"] }), vec![]),
        (json!({ "keywords": ["%"] }), vec![]),
        (json!({ "keywords": ["Even Numbers", "rag"] }), vec![rag, "Paper 2"]),
        (json!({ "excludeKeywords": ["odd numbers"] }), vec!["Paper 2", "Unfeatured"]),
        (json!({ "categories": ["cs.LG", "cs.RO"] }), vec!["Unfeatured"]),
        (json!({ "excludeCategories": ["cs.CL"] }), vec![rag, "Paper 2", "Paper 3"]),
        (json!({ "authors": ["author 2"] }), vec!["Paper 2"]),
        (json!({ "authors": ["ÉMILE ZOLA"] }), vec!["Unfeatured"]),
        (json!({ "organizations": ["NVIDIA"] }), vec![rag]),
        (json!({ "organizations": ["école polytechnique"] }), vec!["Unfeatured"]),
        (json!({ "organizations": ["ecole-polytechnique"] }), vec!["Unfeatured"]),
        (json!({ "organizations": ["nvidia"], "keywords": ["even numbers"] }), vec![]),
        (json!({ "minUpvotes": 3 }), vec![rag, "Paper 2"]),
        (json!({ "hasRepository": true }), vec![rag]),
        (json!({ "hasRepository": false, "minUpvotes": 1 }), vec!["Paper 2", "Paper 3"]),
        (json!({ "featured": false }), vec!["Unfeatured"]),
        (json!({ "featured": true, "publishedFrom": "2026-01-04" }), vec!["Paper 3"]),
        (json!({ "publishedTo": "2025-12-31" }), vec!["Unfeatured"]),
    ] {
        assert_eq!(found(filter.clone()).await, titles, "{filter}");
    }
    let query = "query($filter: PaperFilter) { papers(filter: $filter) { totalCount } }";
    for filter in [
        json!({ "authors": vec!["x"; 101] }),
        json!({ "keywords": ["x".repeat(201)] }),
        json!({ "publishedFrom": "2026- 1-01" }),
        json!({ "publishedTo": "+026-01-01" }),
    ] {
        assert_eq!(client.code(query, json!({ "filter": filter })).await, "BAD_REQUEST", "{filter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_find_what_is_shown() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let curator = server.client_with(&stack.token("curie", Some("--curator")));
    let create = "mutation($input: PaperInput!) { createPaper(input: $input) { userErrors { message } } }";
    for (title, author) in [
        (r"L\'evy flights with $\beta$-stable steps", "Paul Lévy"),
        ("Checking C++ programs", "Łukasz Kaiser"),
        ("Checking C programs, $O(n\\log n)$", "Ada Lovelace"),
    ] {
        let input =
            json!({ "title": title, "abstract": "Text.", "publishedOn": "2026-01-01", "authors": [author] });
        let made = curator.ok(create, json!({ "input": input })).await;
        assert_eq!(made["createPaper"]["userErrors"], json!([]));
    }
    let client = server.client();
    let query = "query($filter: PaperFilter) { papers(filter: $filter) { totalCount nodes { title } } }";
    for (filter, begins) in [
        (json!({ "keywords": ["Levy"] }), vec!["L\\'evy fli"]),
        (json!({ "keywords": ["Lévy flights"] }), vec!["L\\'evy fli"]),
        (json!({ "keywords": ["beta stable"] }), vec!["L\\'evy fli"]),
        (json!({ "keywords": ["β-stable"] }), vec!["L\\'evy fli"]),
        (json!({ "keywords": ["C++"] }), vec!["Checking C++"]),
        (json!({ "keywords": ["c"] }), vec!["Checking C p"]),
        (json!({ "keywords": ["c#"] }), vec![]),
        (json!({ "keywords": ["n log n"] }), vec!["Checking C p"]),
        (json!({ "authors": ["paul levy"] }), vec!["L\\'evy fli"]),
        (json!({ "authors": ["Lukasz Kaiser"] }), vec!["Checking C++"]),
        (json!({ "excludeKeywords": ["programs"] }), vec!["L\\'evy fli"]),
        (json!({ "keywords": ["\" OR flights", "flights NOT stable", "*"] }), vec![]),
    ] {
        let found = client.ok(query, json!({ "filter": filter })).await["papers"].clone();
        assert_eq!(found["totalCount"], begins.len(), "{filter}");
        let titles = titles(&found);
        assert!(
            titles.iter().zip(&begins).all(|(title, begin)| title.starts_with(begin)),
            "{filter}: {titles:?}"
        );
    }
    // What an earlier build left is made anew when the service starts.
    let database = stack.database().await;
    database.execute_unprepared("UPDATE paper_words SET words = ' old ', rules = 0").await.unwrap();
    database.close().await.unwrap();
    assert!(server.stop().success());
    let server = stack.serve().await;
    let client = server.client();
    eventually("the words are made anew", || async {
        let found = client.ok(query, json!({ "filter": { "keywords": ["stable steps"] } })).await;
        (found["papers"]["totalCount"] == 1).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn organizations_categories_and_authors_lead_to_papers() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    let curator = server.client_with(&stack.token("curie", Some("--curator")));
    for number in 1..=3 {
        let input = json!({
            "title": format!("Paper {number}"), "abstract": "Text.", "publishedOn": format!("2026-01-0{number}"),
            "organization": "The Institute", "categories": ["cs.CL"], "authors": ["Ada Lovelace", "Ada Lovelace"],
        });
        let made = curator
            .ok(
                "mutation($input: PaperInput!) { createPaper(input: $input) { userErrors { message } } }",
                json!({ "input": input }),
            )
            .await;
        assert_eq!(made["createPaper"]["userErrors"], json!([]));
    }
    let client = server.client();
    let data = client
        .get(
            "{ organization(slug: \"the-institute\") { id name papers(last: 2) { totalCount nodes { title authors { name papers { totalCount } } } } }
               category(code: \"cs.CL\") { code name } none: category(code: \"cs.XX\") { code } nobody: organization(slug: \"x\") { id } }",
        )
        .await;
    assert_eq!(data["category"], json!({ "code": "cs.CL", "name": "Computation and Language" }));
    assert!(data["none"].is_null() && data["nobody"].is_null());
    let papers = &data["organization"]["papers"];
    assert_eq!(papers["totalCount"], 3);
    assert_eq!(titles(papers), ["Paper 2", "Paper 1"]);
    assert_eq!(
        papers["nodes"][0]["authors"][0],
        json!({ "name": "Ada Lovelace", "papers": { "totalCount": 3 } })
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_found_by_identifier_by_those_who_may_see_them() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    crate::support::journey::subscribe(&stack, &client, json!({ "email": "ada@example.org" })).await;
    stack.smtp.nth_to("ada@example.org", 2).await;
    let admin = server.client_with(&stack.token("root", Some("--admin")));
    let curator = server.client_with(&stack.token("curie", Some("--curator")));
    let id = |kind: &str, row: u32| data_encoding(&format!("{kind}:{row}"));
    let nodes = async |client: &Client, ids: Vec<String>| {
        let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }";
        let nodes = client.ok(query, json!({ "ids": ids })).await["nodes"].as_array().unwrap().clone();
        nodes.iter().map(|node| node["__typename"].as_str().unwrap_or("-").to_owned()).collect::<Vec<_>>()
    };
    let ids = vec![
        id("Paper", 1),
        id("EmailSubscription", 1),
        id("Delivery", 1),
        id("Edition", 1),
        id("Paper", 999),
        id("Secret", 1),
        "nonsense".to_owned(),
    ];
    let public = ["Paper", "-", "-", "Edition", "-", "-", "-"];
    assert_eq!(nodes(&client, ids.clone()).await, public);
    assert_eq!(nodes(&curator, ids.clone()).await, public);
    let all = ["Paper", "EmailSubscription", "Delivery", "Edition", "-", "-", "-"];
    assert_eq!(nodes(&admin, ids).await, all);
    let node = client
        .ok("query($id: ID!) { node(id: $id) { ... on Paper { title } } }", json!({ "id": id("Paper", 1) }))
        .await;
    assert_eq!(node["node"]["title"], "Paper 1");
    let code = client
        .code("query($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": vec!["x"; 101] }))
        .await;
    assert_eq!(code, "BAD_REQUEST");
    // An administrator sees where a mail went and what the server said.
    let query = "query($id: ID!) { node(id: $id) { ... on Delivery { email reply status } } }";
    let delivery = admin.ok(query, json!({ "id": id("Delivery", 1) })).await["node"].clone();
    assert_eq!(delivery["email"], "ada@example.org");
    assert!(delivery["reply"].as_str().unwrap().starts_with("250"), "{delivery}");
}

fn data_encoding(text: &str) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut encoded = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let number = chunk.iter().fold(0_u32, |number, &byte| number << 8 | u32::from(byte))
            << (8 * (3 - chunk.len()));
        for place in 0..=chunk.len() {
            let digit = usize::try_from(number >> (18 - 6 * place) & 63).unwrap();
            encoded.push(char::from(DIGITS[digit]));
        }
    }
    encoded
}

#[tokio::test(flavor = "multi_thread")]
async fn editions_are_the_archive() {
    let (stack, server) = stack_with_papers().await;
    let client = server.client();
    crate::support::eventually("published", || async {
        let count = client.get("{ editions { totalCount } }").await;
        (count["editions"]["totalCount"] == 2).then_some(())
    })
    .await;
    let query = "{ editions(cadence: DAILY) { nodes { cadence period startsOn endsOn subject publishedAt cancelledAt url
        previous { period } next { period } papers(first: 2) { totalCount nodes { title } } progress { planned } } } }";
    insta::assert_json_snapshot!(client.get(query).await);
    let data = client
        .get("{ edition(cadence: DAILY, period: \"2026-01-06\") { period } wrong: edition(cadence: WEEKLY, period: \"2026-01-06\") { period } none: edition(cadence: DAILY, period: \"2026-01-04\") { period } }")
        .await;
    assert_eq!(data, json!({ "edition": { "period": "2026-01-06" }, "wrong": null, "none": null }));
    // What is featured late is on the feed, and not in the edition, which is fixed.
    import_day(&stack, "2026-01-06", 50..51);
    let data = client
        .get("{ feed(period: \"2026-01-06\") { papers { totalCount } } edition(cadence: DAILY, period: \"2026-01-06\") { papers { totalCount } } }")
        .await;
    assert_eq!(data["feed"]["papers"]["totalCount"], 4);
    assert_eq!(data["edition"]["papers"]["totalCount"], 3);
}
