//! Conformance to GraphQL over HTTP: the 61 server audits of the npm package graphql-http, and the same points
//! without it.
//!
//! The package needs Node and npm. [`POINTS`] has the same audits in Rust, and is stricter: if an audit accepts any
//! 4xx, the table names the status.

use reqwest::{Method, header};
use serde_json::Value;

use crate::support::{Process, Stack, tools};

const JSON: &str = "application/json";
const RESPONSE: &str = "application/graphql-response+json";

/// A request. The first text is the Accept header; an empty one is `*/*`, the default of HTTP clients.
enum Sent {
    Get(&'static str, &'static str),
    Post(&'static str, &'static str),
    /// A POST with another content type, or with none.
    PostAs(Option<&'static str>, &'static str),
}

/// The requirement for the response besides its status.
enum Holds {
    Anything,
    /// The media type, in UTF-8.
    Type(&'static str),
    /// Data, and no entry `errors`.
    NoErrors,
    /// Errors, and no entry `data`.
    NoData,
}

use Holds::{Anything, NoData, NoErrors, Type};
use Sent::{Get, Post, PostAs};

const TYPENAME: &str = r#"{"query":"{ __typename }"}"#;
const TYPE: &str = r#"{"query":"query Type($name: String!) { __type(name: $name) { name } }","variables":{"name":"sometype"}}"#;
const TYPE_IN_URL: &str = "?query=query+Type%28%24name%3A+String%21%29+%7B+__type%28name%3A+%24name%29+%7B+name+%7D+%7D&variables=%7B%22name%22%3A%22sometype%22%7D";
const NO_JSON: &str = r#"{ "not a JSON"#;
const NO_DOCUMENT: &str = r#"{"query":"{"}"#;
const NO_FIELD: &str = r#"{"query":"{ 8f31403dfe404bccbb0e835f2629c6a7 }"}"#;
const NO_VALUE: &str = r#"{"query":"query CoerceFailure($id: ID!){ __typename }","variables":{"id":null}}"#;

/// The audits by their identifiers, in the order of the package.
const POINTS: [(&str, Sent, u16, Holds); 61] = [
    // Media types.
    ("22EB", Post(RESPONSE, TYPENAME), 200, Type(RESPONSE)),
    ("4655", Post(JSON, TYPENAME), 200, Type(JSON)),
    ("47DE", Post("*/*", TYPENAME), 200, Type(JSON)),
    ("80D8", Post("", TYPENAME), 200, Type(JSON)),
    ("82A3", Post("", TYPENAME), 200, NoErrors),
    (
        "BF61",
        PostAs(
            Some("application/json; charset=utf-8"),
            r#"{"query":"{ __type(name: \"Run🏃Swim🏊\") { name } }"}"#,
        ),
        200,
        NoErrors,
    ),
    ("78D5", Post("", TYPENAME), 200, NoErrors),
    // Methods and bodies.
    ("2C94", Post("", TYPENAME), 200, NoErrors),
    ("5A70", Get("", "?query=%7B+__typename+%7D"), 200, NoErrors),
    ("9C48", Get(RESPONSE, "?query=mutation+%7B+__typename+%7D"), 405, NoData),
    ("9ABE", PostAs(None, TYPENAME), 415, NoData),
    ("03D4", Post("", TYPENAME), 200, NoErrors),
    ("A5BF", Post("", ""), 400, NoData),
    // Parameters.
    ("423L", Post(RESPONSE, r#"{"notquery":"{ __typename }"}"#), 400, NoData),
    ("LKJ0", Post("", r#"{"query":{"obj":"ect"}}"#), 400, NoData),
    ("LKJ1", Post("", r#"{"query":0}"#), 400, NoData),
    ("LKJ2", Post("", r#"{"query":false}"#), 400, NoData),
    ("LKJ3", Post("", r#"{"query":["array"]}"#), 400, NoData),
    ("34A2", Post(RESPONSE, TYPENAME), 200, NoErrors),
    ("13EE", Post(JSON, TYPENAME), 200, NoErrors),
    ("6C00", Post("", r#"{"operationName":{"obj":"ect"},"query":"{ __typename }"}"#), 400, NoData),
    ("6C01", Post("", r#"{"operationName":0,"query":"{ __typename }"}"#), 400, NoData),
    ("6C02", Post("", r#"{"operationName":false,"query":"{ __typename }"}"#), 400, NoData),
    ("6C03", Post("", r#"{"operationName":["array"],"query":"{ __typename }"}"#), 400, NoData),
    (
        "8161",
        Post(RESPONSE, r#"{"operationName":"Query","query":"query Query { __typename }"}"#),
        200,
        NoErrors,
    ),
    ("B8B3", Post(JSON, r#"{"operationName":"Query","query":"query Query { __typename }"}"#), 200, NoErrors),
    ("94B0", Post(RESPONSE, r#"{"query":"{ __typename }","variables":null}"#), 200, NoErrors),
    ("0220", Post(JSON, r#"{"query":"{ __typename }","variables":null}"#), 200, NoErrors),
    ("94B1", Post(RESPONSE, r#"{"query":"{ __typename }","operationName":null}"#), 200, NoErrors),
    ("0221", Post(JSON, r#"{"query":"{ __typename }","operationName":null}"#), 200, NoErrors),
    ("94B2", Post(RESPONSE, r#"{"query":"{ __typename }","extensions":null}"#), 200, NoErrors),
    ("0222", Post(JSON, r#"{"query":"{ __typename }","extensions":null}"#), 200, NoErrors),
    ("4760", Post("", r#"{"query":"{ __typename }","variables":"string"}"#), 400, NoData),
    ("4761", Post("", r#"{"query":"{ __typename }","variables":0}"#), 400, NoData),
    ("4762", Post("", r#"{"query":"{ __typename }","variables":false}"#), 400, NoData),
    ("4763", Post("", r#"{"query":"{ __typename }","variables":["array"]}"#), 400, NoData),
    ("2EA1", Post(RESPONSE, TYPE), 200, NoErrors),
    ("28B9", Post(JSON, TYPE), 200, NoErrors),
    ("D6D5", Get(RESPONSE, TYPE_IN_URL), 200, NoErrors),
    ("6A70", Get(JSON, TYPE_IN_URL), 200, NoErrors),
    ("58B0", Post("", r#"{"query":"{ __typename }","extensions":"string"}"#), 400, NoData),
    ("58B1", Post("", r#"{"query":"{ __typename }","extensions":0}"#), 400, NoData),
    ("58B2", Post("", r#"{"query":"{ __typename }","extensions":false}"#), 400, NoData),
    ("58B3", Post("", r#"{"query":"{ __typename }","extensions":["array"]}"#), 400, NoData),
    ("428F", Post(RESPONSE, r#"{"query":"{ __typename }","extensions":{"some":"value"}}"#), 200, NoErrors),
    ("1B7A", Post(JSON, r#"{"query":"{ __typename }","extensions":{"some":"value"}}"#), 200, NoErrors),
    // Invalid JSON, and JSON of a wrong shape.
    ("B6DC", Post(JSON, NO_JSON), 400, NoData),
    ("BCF8", Post(JSON, NO_JSON), 400, NoData),
    ("B7N8", Post(RESPONSE, NO_JSON), 400, NoData),
    ("8764", Post("", r#"{"qeury":"{ __typename }"}"#), 400, NoData),
    ("3E3A", Post("", r#"{"qeury":"{ __typename }"}"#), 400, NoData),
    // Refused operations, for older and newer clients.
    ("572B", Post(JSON, NO_DOCUMENT), 200, NoData),
    ("FDE2", Post(JSON, NO_FIELD), 200, NoData),
    ("7B9B", Post(JSON, NO_VALUE), 200, NoData),
    ("865D", Post(RESPONSE, NO_DOCUMENT), 400, Anything),
    ("556A", Post(RESPONSE, NO_DOCUMENT), 400, Type(RESPONSE)),
    ("D586", Post(RESPONSE, NO_DOCUMENT), 400, NoData),
    ("51FE", Post(RESPONSE, NO_FIELD), 400, Anything),
    ("74FF", Post(RESPONSE, NO_FIELD), 400, Type(RESPONSE)),
    ("5E5B", Post(RESPONSE, NO_FIELD), 400, NoData),
    ("86EE", Post(RESPONSE, NO_VALUE), 400, NoData),
];

#[tokio::test(flavor = "multi_thread")]
async fn the_audits_of_graphql_over_http_pass() {
    let stack = Stack::new().await;
    let server = stack.serve().await;
    for (id, sent, status, holds) in &POINTS {
        check(&server, id, sent, *status, holds).await;
    }
}

async fn check(server: &Process, id: &str, sent: &Sent, status: u16, holds: &Holds) {
    let client = reqwest::Client::new();
    let url = server.url("/graphql");
    let (accept, request) = match sent {
        Get(accept, query) => (*accept, client.get(format!("{url}{query}"))),
        Post(accept, body) => {
            (*accept, client.request(Method::POST, url).header(header::CONTENT_TYPE, JSON).body(*body))
        }
        PostAs(None, body) => ("", client.post(url).body(*body)),
        PostAs(Some(media_type), body) => {
            ("", client.post(url).header(header::CONTENT_TYPE, *media_type).body(*body))
        }
    };
    let request = if accept.is_empty() { request } else { request.header(header::ACCEPT, accept) };
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), status, "{id}");
    let media_type = answer.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
    // Every response is JSON in UTF-8.
    let octets = answer.bytes().await.unwrap();
    let body: Value = serde_json::from_slice(&octets).unwrap_or_else(|error| panic!("{id}: {error}"));
    let (has_data, has_errors) = (body.get("data").is_some(), body.get("errors").is_some());
    match holds {
        Anything => {}
        Type(wanted) => assert_eq!(media_type, format!("{wanted}; charset=utf-8"), "{id}"),
        NoErrors => assert!(has_data && !has_errors, "{id}: {body}"),
        NoData => assert!(has_errors && !has_data, "{id}: {body}"),
    }
}

mod embedded {
    //! Once is enough: the result does not depend on the database.

    use super::*;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_package_graphql_http_reports_no_failure() {
        let folder = match tools::npm("audit", "tests/npm") {
            Ok(folder) => folder,
            Err(reason) => return tools::left_out("the audit of graphql-http", &reason),
        };
        let stack = Stack::new().await;
        let server = stack.serve().await;
        let printed =
            tools::done(tools::command("node", &folder).args(["audit.mjs", &server.url("/graphql")])).await;
        let results: Vec<Vec<&str>> = printed.lines().map(|line| line.split('\t').collect()).collect();
        let wrong: Vec<&Vec<&str>> = results.iter().filter(|result| result[1] != "ok").collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        let ids: Vec<&str> = results.iter().map(|result| result[0]).collect();
        assert_eq!(ids, POINTS.each_ref().map(|(id, ..)| *id), "the table differs from the package");
        tools::say(&format!("graphql-http: {} of {} ok", results.len() - wrong.len(), results.len()));
    }
}
