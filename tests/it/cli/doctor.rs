//! The command `doctor`.

use crate::support::Stack;

#[tokio::test(flavor = "multi_thread")]
async fn the_start_and_the_doctor_report_running_workers() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    assert!(stack.done(&["doctor"]).contains("warn  worker         none is running"));
    let running = if stack.is_embedded() {
        let server = stack.serve().await;
        assert!(server.log().contains("Worker         in this process"), "{}", server.log());
        server
    } else {
        let api = stack.role("api").await;
        assert!(api.log().contains("Worker         none in this process"), "{}", api.log());
        assert!(stack.done(&["doctor"]).contains("warn  worker         none is running"));
        stack.role("worker").await
    };
    crate::support::eventually("a worker has a heartbeat", || async {
        stack.done(&["doctor"]).contains("ok    worker         1 running").then_some(())
    })
    .await;
    // After a kill it counts as running for a while; after a stop it does not.
    running.kill();
    assert!(stack.done(&["doctor"]).contains("ok    worker         1 running"));
    stack.set_clock(stack.now() + chrono::TimeDelta::minutes(4));
    assert!(stack.done(&["doctor"]).contains("warn  worker         none is running"));
    let another = if stack.is_embedded() { stack.serve().await } else { stack.role("worker").await };
    crate::support::eventually("a worker has a heartbeat", || async {
        stack.done(&["doctor"]).contains("ok    worker         1 running").then_some(())
    })
    .await;
    assert!(another.stop().success());
    assert!(stack.done(&["doctor"]).contains("warn  worker         none is running"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_checks_configuration_database_redis_and_mail() {
    let stack = Stack::new().await;
    stack.done(&["migrate"]);
    let said = stack.done(&["doctor"]);
    assert!(said.contains("ok    configuration"), "{said}");
    assert!(said.contains("ok    database"), "{said}");
    assert!(said.contains("ok    mail"), "{said}");
    if !stack.is_embedded() {
        assert!(said.contains("ok    Redis          version"), "{said}");
        stack.set("REDIS_URL", "redis://127.0.0.1:1/0");
    }
    stack.set("SMTP_URL", "smtp://127.0.0.1:1");
    let output = stack.run(&["doctor"]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.contains("FAIL  mail") && said.contains("smtp_url"), "{said}");
    assert_eq!(said.contains("FAIL  Redis"), !stack.is_embedded(), "{said}");
}
