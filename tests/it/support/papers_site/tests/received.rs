//! What the site tells of the requests that it received, and how it holds them.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::super::super::eventually;
use super::super::Hold;
use super::super::http::Request;
use super::super::log::RequestLog;
use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_told_with_their_headers_and_times() {
    let site = site();
    let path = "/oai?verb=ListRecords&resumptionToken=a%26b";
    let request = request(&site, path).header("user-agent", "tests").header("accept", "text/xml");
    request.header("if-none-match", "\"x\"").send().await.unwrap();
    get(&site, "/elsewhere").await;
    let [first, second] = &site.requests()[..] else { panic!("{:?}", site.requests()) };
    assert_eq!((first.path.as_str(), first.query.as_str()), path.split_once('?').unwrap());
    assert_eq!(first.param("resumptionToken").as_deref(), Some("a&b"));
    assert_eq!(first.user_agent.as_deref(), Some("tests"));
    assert_eq!((first.accept.as_deref(), first.if_none_match.as_deref()), (Some("text/xml"), Some("\"x\"")));
    assert_eq!((first.status, second.status), (Some(200), Some(404)));
    assert!(first.began < first.ended.unwrap() && first.ended.unwrap() <= second.began);
    assert_eq!((second.user_agent.as_deref(), site.most_at_once()), (None, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_requests_at_the_same_time_are_counted() {
    let site = site();
    let mut holds: Vec<_> = (1..=3).map(|number| site.hold_at(number)).collect();
    let requests: Vec<_> = (0..3).map(|_| tokio::spawn(request(&site, DAY).send())).collect();
    for hold in &mut holds {
        hold.reached().await;
    }
    assert!(site.requests().iter().all(|request| request.ended.is_none()));
    holds.into_iter().for_each(Hold::release);
    for request in requests {
        assert_eq!(request.await.unwrap().unwrap().status(), 200);
    }
    assert_eq!(site.most_at_once(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_request_after_the_other_is_one_at_a_time() {
    let site = site();
    let client = reqwest::Client::new();
    for _ in 0..100 {
        client.get(site.url(DAY)).send().await.unwrap().bytes().await.unwrap();
        get(&site, LIST).await.bytes().await.unwrap();
        assert!(site.requests().iter().all(|request| request.ended.is_some()));
    }
    assert_eq!((site.requests().len(), site.most_at_once()), (200, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_requests_of_those_who_are_gone_have_ended() {
    let site = site();
    for number in 1..=20 {
        let mut hold = site.hold_at(1);
        let mut socket = TcpStream::connect(site.host()).await.unwrap();
        socket.write_all(format!("GET {DAY} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
        assert_eq!(hold.reached().await.path, "/api/daily_papers");
        drop(socket);
        assert_eq!(get(&site, DAY).await.status(), 200);
        assert_eq!((site.requests().len(), site.most_at_once()), (2 * number, 1));
    }
    eventually("the end of all requests", || async {
        site.requests().iter().all(|request| request.ended.is_some()).then_some(())
    })
    .await;
    assert_eq!(site.requests()[0].status, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_ends_with_its_connection_before_any_task_knows() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let connect = || {
        let client = std::net::TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let server = listener.accept().unwrap().0;
        server.set_nonblocking(true).unwrap();
        (client, Arc::new(server))
    };
    let (gone, ended) = connect();
    let (_client, open) = connect();
    let request = Request::read(&mut &b"GET / HTTP/1.1\r\n\r\n"[..]).await.unwrap();
    let log = RequestLog::default();
    let _first = log.begin(&request, &ended);
    drop(gone);
    let _second = log.begin(&request, &open);
    assert_eq!((log.most_at_once(), log.requests()[0].ended.is_some()), (1, true));
    let _third = log.begin(&request, &open);
    assert_eq!((log.most_at_once(), log.requests()[1].ended), (2, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn held_requests_are_answered_when_they_are_released() {
    let site = site();
    let mut hold = site.hold_at(2);
    get(&site, LIST).await;
    assert!(!hold.is_reached());
    let path = "/api/query?id_list=2601.00001";
    let response = tokio::spawn(request(&site, path).timeout(Duration::from_mins(1)).send());
    assert_eq!(hold.reached().await.query, "id_list=2601.00001");
    assert!(hold.is_reached() && !response.is_finished());
    assert_eq!(get(&site, LIST).await.status(), 200);
    site.change("2601.00001", |paper| paper.title("Changed meanwhile"));
    hold.release();
    assert!(response.await.unwrap().unwrap().text().await.unwrap().contains("Changed meanwhile"));
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_end_with_the_site() {
    let site = site();
    let _hold = site.hold_at(1);
    let held = tokio::spawn(request(&site, DAY).send());
    eventually("the request", || async { site.requests().pop() }).await;
    drop(site);
    assert!(held.await.unwrap().is_err());
}
