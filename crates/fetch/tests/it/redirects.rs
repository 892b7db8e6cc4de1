//! Redirects: followed on their host, refused elsewhere.

use fetch::{Client, Error, MAX_REDIRECTS, Request, Validators};

use crate::site::{Site, Step, document, error_of, ok, request};

fn redirect(code: u16, location: &str) -> Vec<Step> {
    let body = "moved, with a body that is not read";
    vec![
        format!(
            "HTTP/1.1 {code} Moved\r\nLocation: {location}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .as_str()
        .into(),
    ]
}

#[tokio::test]
async fn redirects_of_the_host_are_followed_with_the_validators() {
    for code in [301, 302, 303, 307, 308] {
        let end = vec![ok("Content-Length: 5\r\nLink: <4>; rel=next\r\n", "hello")];
        let site =
            Site::new([redirect(code, "/a/"), redirect(code, "2?q=1#top"), redirect(code, "3"), end]).await;
        let validators = Validators { etag: Some("\"one\"".to_owned()), last_modified: None };
        let asked = Request { validators, ..request(&site.url("/")) };
        let found = document(Client::new(site.settings()).unwrap().get(&asked).await);
        assert_eq!(found.body, b"hello");
        assert_eq!(found.url.as_str(), site.url("/a/3"));
        assert_eq!(found.next.unwrap().as_str(), site.url("/a/4"));
        let requests = site.requests();
        let lines: Vec<_> = requests.iter().map(|head| head.lines().next().unwrap()).collect();
        assert_eq!(
            lines,
            ["GET / HTTP/1.1", "GET /a/ HTTP/1.1", "GET /a/2?q=1 HTTP/1.1", "GET /a/3 HTTP/1.1"]
        );
        assert!(requests.iter().all(|head| head.contains("if-none-match: \"one\"")));
    }
}

#[tokio::test]
async fn one_redirect_too_many_is_refused() {
    let site = Site::new([const { "/" }; MAX_REDIRECTS + 1].map(|path| redirect(302, path))).await;
    let error = site.get("/").await.unwrap_err();
    assert_eq!(error, Error::Redirect("127.0.0.1 redirects more than 3 times".to_owned()));
    assert_eq!(site.requests().len(), MAX_REDIRECTS + 1);
    assert!(!error.is_temporary());
}

#[tokio::test]
async fn a_redirect_elsewhere_is_refused() {
    for (location, reason) in [
        ("http://example.org/", "to another host, example.org"),
        ("http://10.0.0.1/", "to another host, 10.0.0.1"),
        ("http://[::1]/", "to another host, [::1]"),
        ("http://localhost/", "to another host, localhost"),
        ("//127.0.0.1:1/", "to another port"),
        ("http://127.0.0.1/", "to another port"),
        ("gopher://127.0.0.1/", "to what is not on the web"),
        ("http://[", "to what is not an address"),
        ("http://a b/", "to what is not an address"),
    ] {
        let error = error_of(redirect(302, location), |_| {}).await;
        assert_eq!(error, Error::Redirect(format!("127.0.0.1 redirects {reason}")), "{location}");
    }
}
