//! Requests during and after a restart of Postgres.

mod production {
    use futures::future::join_all;
    use serde_json::json;

    use crate::support::journey::SUBSCRIBE;
    use crate::support::servers::OwnServers;
    use crate::support::{Stack, eventually};

    #[tokio::test(flavor = "multi_thread")]
    async fn writes_succeed_after_a_restart_of_postgres() {
        let mut servers = OwnServers::start();
        let stack = Stack::on_own(&servers).await;
        let api = stack.role("api").await;
        let client = api.client();
        let subscribe = |round: usize, number: usize| {
            let (client, email) = (client.clone(), format!("a{round}-{number}@example.org"));
            async move { client.execute(SUBSCRIBE, json!({ "input": { "email": email } })).await }
        };
        for round in 0..3 {
            // Concurrent requests, so that the pools have several connections, which the restart cuts.
            for answer in join_all((0..20).map(|number| subscribe(round, number))).await {
                assert!(!answer.has_errors(), "round {round}: {answer}");
            }
            tokio::task::block_in_place(|| servers.restart_postgres());
            let url = api.url("/health/ready");
            eventually("the process is ready", || async {
                reqwest::get(&url).await.ok().filter(|answer| answer.status().is_success())
            })
            .await;
            for number in 20..40 {
                let answer = subscribe(round, number).await;
                assert!(!answer.has_errors(), "round {round}: {answer}\n{}", api.log());
            }
        }
        assert_eq!(stack.count("SELECT COUNT(*) FROM subscription").await, 120);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn requests_during_a_restart_of_postgres_fail_as_unavailable_only() {
        let mut servers = OwnServers::start();
        let stack = Stack::on_own(&servers).await;
        let api = stack.role("api").await;
        let restarting = tokio::task::spawn_blocking(move || {
            servers.restart_postgres();
            servers
        });
        let mut codes = Vec::new();
        for number in 0..200 {
            let input = json!({ "input": { "email": format!("b{number}@example.org") } });
            let answer = api.client().execute(SUBSCRIBE, input).await;
            if let Some(code) = answer.error_code() {
                codes.push(code.to_owned());
            }
        }
        let _servers = restarting.await.unwrap();
        assert!(
            codes.iter().all(|code| code == "UNAVAILABLE" || code == "TIMEOUT"),
            "{codes:?}\n{}",
            api.log()
        );
    }
}
