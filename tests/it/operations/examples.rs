//! The programs in examples/, each run against the sample papers, as in its documentation.
//!
//! Once is enough, so all of it is in [`embedded`]. Examples whose language is not installed are left out, with a line
//! that says so.

mod embedded {
    use std::path::Path;
    use std::process::Command;

    use serde_json::json;

    use crate::support::graphql::nodes;
    use crate::support::stack::project;
    use crate::support::{Process, Stack, eventually, tools};

    /// The subject that the examples search for, with more papers than one of their pages.
    const SUBJECT: &str = "reinforcement learning";

    /// A service after its first start.
    async fn service() -> (Stack, Process) {
        let stack = Stack::new().await;
        stack.set("SAMPLE_PAPERS", "true");
        let server = stack.serve().await;
        (stack, server)
    }

    /// Checks that the feed and all papers on the subject were printed.
    async fn assert_lists_all_papers(server: &Process, printed: &str) {
        assert!(printed.starts_with("2026-01-06: 46 papers\n"), "{printed}");
        let query = "query($subject: String!) { papers(filter: { keywords: [$subject] }, first: 100) { nodes { title } } }";
        let papers = server.client().field_with(query, json!({ "subject": SUBJECT })).await;
        let papers = nodes(&papers);
        assert!(papers.len() > 3, "{} papers fit on one page", papers.len());
        for paper in papers {
            let title = paper["title"].as_str().unwrap();
            assert!(printed.contains(title), "{title} is missing in:\n{printed}");
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_curl_example_works() {
        for program in ["bash", "curl"] {
            if let Err(reason) = tools::version(program, "--version") {
                return tools::left_out("examples/curl.sh", &reason);
            }
        }
        let (stack, server) = service().await;
        let mut command = tools::command("bash", project());
        command.args(["examples/curl.sh", &server.url(""), "ada@example.org"]);
        let printed = tools::done(&mut command).await;
        assert!(!printed.contains("\"errors\""), "{printed}");
        let titles = |page: &str| -> Vec<String> {
            let line = printed.lines().skip_while(|line| *line != page).nth(1).unwrap();
            line.split("\"title\":").skip(1).map(|rest| rest.split(',').next().unwrap().to_owned()).collect()
        };
        let (first, second) = (titles("The first page of papers:"), titles("The second page:"));
        assert_eq!((first.len(), second.len()), (2, 2), "{printed}");
        assert!(first.iter().all(|title| !second.contains(title)), "{printed}");
        assert!(printed.contains(r#""email":"ada@example.org","userErrors":[]"#), "{printed}");
        eventually("the confirmation is sent", || async {
            stack.smtp.mails().iter().any(|mail| mail.recipient == "ada@example.org").then_some(())
        })
        .await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_python_example_works() {
        let folder = match tools::python("python", "examples/python") {
            Ok(folder) => folder,
            Err(reason) => return tools::left_out("examples/python", &reason),
        };
        let (_stack, server) = service().await;
        let mut command = tools::command(folder.join(".venv/bin/python"), &folder);
        let printed = tools::done(command.args(["papers.py", &server.url(""), SUBJECT])).await;
        assert_lists_all_papers(&server, &printed).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_typescript_example_works() {
        let folder = match tools::npm("typescript", "examples/typescript") {
            Ok(folder) => folder,
            Err(reason) => return tools::left_out("examples/typescript", &reason),
        };
        let program = |name: &str| tools::command(folder.join("node_modules/.bin").join(name), &folder);
        let (_stack, server) = service().await;
        let printed = tools::done(program("tsx").args(["papers.ts", &server.url(""), SUBJECT])).await;
        assert_lists_all_papers(&server, &printed).await;
        // The types of both programs are checked.
        tools::done(&mut program("tsc")).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_typescript_subscription_example_works() {
        let folder = match tools::npm("typescript", "examples/typescript") {
            Ok(folder) => folder,
            Err(reason) => return tools::left_out("examples/typescript, live", &reason),
        };
        let (stack, server) = service().await;
        let curator = server.curator(&stack);
        let mut command = tools::command("node", &folder);
        command.args(["--import", "tsx", "subscription.ts", &server.url(""), "2"]);
        let mut program = tools::Running::start(&mut command);
        eventually("the program is connected", async || {
            program.printed().starts_with("Waiting for papers").then_some(())
        })
        .await;
        let create = "mutation($input: PaperInput!) { createPaper(input: $input) { paper { id url } } }";
        let feature = "mutation($id: ID!) { featurePaper(paperId: $id) { userErrors { code } } }";
        let mut featured = Vec::new();
        // It connects a moment before it subscribes, and misses papers that are featured in between.
        let status = loop {
            assert!(featured.len() < 200, "the program does not end");
            let title = format!("A paper of now, number {}", featured.len());
            let input = json!({ "title": title, "abstract": "A.", "publishedOn": "2026-01-02" });
            let paper = curator.mutate(create, json!({ "input": input })).await["paper"].clone();
            curator.ok(feature, json!({ "id": paper["id"] })).await;
            featured.push(format!("{title}\n  {}\n", paper["url"].as_str().unwrap()));
            if let Some(status) = program.ended() {
                break status;
            }
        };
        assert!(status.success(), "{status}");
        let two = async || {
            let printed = program.printed();
            featured.windows(2).any(|two| printed.ends_with(&two.concat())).then_some(())
        };
        eventually("two consecutive papers are printed", two).await;
        assert_eq!(program.printed().lines().count(), 5, "{}", program.printed());
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn the_rust_example_works() {
        let folder = project().join("examples/rust");
        let mut build = tools::command(env!("CARGO"), &folder);
        build.args(["build", "--quiet", "--locked"]).env("CARGO_TARGET_DIR", tools::FOLDER);
        tools::done(&mut build).await;
        let program = Path::new(tools::FOLDER).join("debug/papers");
        let (_stack, server) = service().await;
        let printed = tools::done(Command::new(program).args([&server.url(""), SUBJECT])).await;
        assert_lists_all_papers(&server, &printed).await;
    }
}
