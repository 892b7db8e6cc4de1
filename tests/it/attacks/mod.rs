//! Requests that are made to hurt, and what must come of them. Some stand here, others where their subject is; a test
//! below holds this table to what is there.
//!
//! | No. | Attack | Outcome | Tests |
//! |---|---|---|---|
//! | 1 | a thousand names for `__typename` | refused | `graphql::document_guard::documents_that_expand_to_too_much_are_refused_at_once` |
//! | 2 | fifty names for a dear list | refused, fewer of them for their price | `attacks::documents::a_dear_list_under_many_names` |
//! | 3 | one field ten thousand times | refused | `attacks::documents::one_field_over_and_over` |
//! | 4 | a dear field, or a mutation, written many times | runs once, is paid for once | `attacks::documents::one_field_over_and_over`, `graphql::document_guard::a_mutation_that_is_selected_twice_runs_once` |
//! | 5 | five hundred times `@include` | refused in few octets | `attacks::documents::hundreds_of_directives` |
//! | 6 | a thousand directives that there are not | refused in few octets | `attacks::documents::hundreds_of_directives`, `graphql::document_guard::directives_that_are_none_are_refused_everywhere` |
//! | 7 | thousands of fields that there are not | at most 20 errors | `attacks::documents::thousands_of_mistakes`, `graphql::transport::error_responses::two_thousand_errors_are_not_all_told` |
//! | 8 | a batch of operations | 400 | `graphql::transport::graphql_over_http::malformed_requests_are_told_apart_from_wrong_ones` |
//! | 9 | questions about the schema in circles | refused | `attacks::documents::questions_about_the_schema_that_go_in_circles` |
//! | 10 | fragments in a circle | refused | `graphql::document_guard::documents_that_expand_to_too_much_are_refused_at_once` |
//! | 11 | fragments that double 28 times | refused long before a deadline, others are served | `graphql::document_guard::documents_that_expand_to_too_much_are_refused_at_once` |
//! | 12 | five thousand fragments in a row | refused; as many as fit are answered at once | `attacks::documents::fragments_by_the_thousand` |
//! | 13 | three thousand fields within each other | refused | `attacks::documents::what_is_nested_too_deeply` |
//! | 14 | a list of lists, or of thousands | refused | `attacks::documents::what_is_nested_too_deeply` |
//! | 15 | variables nested twenty thousand deep | 400 | `attacks::documents::what_is_nested_too_deeply` |
//! | 16 | a type nested five thousand deep | refused | `attacks::documents::what_is_nested_too_deeply` |
//! | 17 | a comment of a megabyte | 413 | `attacks::sizes::megabytes` |
//! | 18 | variables of five megabytes | 413 | `attacks::sizes::megabytes` |
//! | 19 | a body in chunks, without an end | 413, and cut off | `attacks::sizes::a_body_in_chunks_that_does_not_end`, `graphql::transport::graphql_over_http::size_is_limited` |
//! | 20 | what is small packed and large unpacked | 415, never unpacked | `attacks::sizes::what_is_packed` |
//! | 21 | a page of a million, of 2³¹ | refused | `attacks::sizes::pages_of_a_million` |
//! | 22 | a page of −1 | refused | `attacks::sizes::pages_of_a_million`, `graphql::paging::arguments_that_cannot_be_are_refused` |
//! | 23 | a NUL character | `BAD_REQUEST` | `attacks::sizes::characters_that_are_none`, `graphql::document_guard::a_nul_is_no_character` |
//! | 24 | half of a surrogate pair | 400 or `BAD_REQUEST` | `attacks::sizes::characters_that_are_none` |
//! | 25 | words that mean something to a search or to SQL | are words | `attacks::sizes::words_that_mean_something_to_a_database` |
//! | 26 | a search of 200 kB | 413; as long as fits: no `INTERNAL` | `attacks::sizes::a_search_of_two_hundred_thousand_letters` |
//! | 27 | a mutation by GET | 405 | `graphql::transport::graphql_over_http::a_get_takes_queries_only` |
//! | 28 | the same, hidden by `operationName` | 405 | `graphql::transport::graphql_over_http::a_get_takes_queries_only` |
//! | 29 | JSON as `text/plain` | 415 | `graphql::transport::graphql_over_http::only_json_is_taken` |
//! | 30 | JSON as a form | 415 | `graphql::transport::graphql_over_http::only_json_is_taken` |
//! | 31 | JSON as `multipart/form-data` | 415 | `graphql::transport::graphql_over_http::only_json_is_taken` |
//! | 32 | JSON without a type | 415 | `graphql::transport::graphql_over_http::only_json_is_taken` |
//! | 33 | an answer for the page of another site | no header lets it read one | `attacks::transport::no_other_site_reads_an_answer` |
//! | 34 | tracing that tells of the inside | there is none | `attacks::transport::wrong_names_teach_nothing` |
//! | 35 | the schema | is public, and asked for within bounds | `graphql::document_guard::the_introspection_of_common_tools_is_answered`, `attacks::documents::questions_about_the_schema_that_go_in_circles` |
//! | 36 | names that almost exist | are not suggested | `attacks::transport::wrong_names_teach_nothing` |
//! | 37 | GraphiQL where it is turned off | is not there | `graphql::transport::graphiql::turned_off_it_is_as_if_there_were_none` |
//! | 38 | bodies that are none | 400, nothing of the inside | `graphql::transport::graphql_over_http::malformed_requests_are_told_apart_from_wrong_ones` |
//! | 39 | hashes of no document, and of ten thousand | an error; a thousand are remembered | `graphql::operation_limits::a_document_is_sent_once_and_named_afterwards`, `documents::persisted::the_latest_thousand_are_remembered` |
//! | 40 | sixty connections that never end their headers | dropped, others are served | `attacks::transport::who_sends_very_slowly_is_dropped_and_nobody_else_waits` |
//! | 41 | a body that does not come | 408, others are served | `attacks::transport::who_sends_very_slowly_is_dropped_and_nobody_else_waits` |
//! | 42 | a request within a request | 400, one answer | `attacks::transport::a_request_is_one_request` |
//! | 43 | sockets of other sites, messages out of turn, in pieces, too long, too many, unread | closed with the code for it | `graphql::transport::websocket_protocol::sockets_are_opened_for_those_who_may`, `graphql::transport::websocket_protocol::what_is_against_the_protocol_closes_with_its_code`, `graphql::transport::websocket_protocol::what_is_not_executed_is_an_error_message`, `graphql::transport::websocket_protocol::a_message_has_at_most_a_hundred_kilobytes`, `graphql::transport::websocket_protocol::pings_are_answered_and_pongs_are_asked_for`, `graphql::transport::websocket_protocol::who_does_not_read_is_closed`, `graphql::transport::websocket_operations::a_socket_has_at_most_twenty_operations`, `graphql::operation_limits::a_client_has_so_many_sockets_and_streams_open`, `graphql::transport::websocket_operations::a_token_that_is_taken_back_ends_what_it_opened` |
//! | 44 | what is somebody else's, by identifiers and by ways that lead there | null, or as if it were not there | `graphql::roles::walk::every_field_is_read_by_those_who_may_and_by_nobody_else`, `attacks::people::what_is_somebody_elses_is_as_if_it_were_not_there` |
//! | 45 | mutations of nobody, of lesser roles, with tokens of the banned and of the past | `UNAUTHENTICATED` or `FORBIDDEN`, nothing is changed | `graphql::roles::mutations::every_mutation_asks_who_it_is`, `attacks::people::tokens_of_the_banned_and_of_the_past_change_nothing` |
//! | 46 | finding out who is known here | the same answer, as soon | `subscriptions::mail_limits::the_answer_does_not_tell_whether_an_address_is_known`, `accounts::sign_in::the_answer_does_not_tell_who_has_an_account`, `attacks::people::who_is_known_is_answered_as_soon_as_who_is_not` |
//! | 47 | a hundred guesses in one request | refused; as many as fit count one by one | `attacks::people::a_hundred_guesses_in_one_request`, `accounts::sign_in::a_link_ends_and_guesses_are_counted` |
//! | 48 | addresses and titles that would be headers of a mail | refused; one line of text | `attacks::texts::addresses_and_titles_that_would_be_headers`, `subscriptions::subscribing::what_is_wrong_in_the_input_is_said_all_at_once` |
//! | 49 | markup in titles and comments | is text, in digests and on pages | `attacks::texts::markup_in_titles_and_comments_is_text_in_digests_and_pages`, `pages::papers_and_feeds::what_papers_say_is_text`, `community::comments::comments_make_threads` |
//! | 50 | links that are looked at by programs, used twice, late, by others, or with another host's name | a page with a button; good once, in time, for one person, and lead here | `subscriptions::mail_links::a_get_changes_nothing`, `subscriptions::mail_links::tokens_are_of_one_purpose_and_end`, `accounts::sign_in::a_link_signs_in_once_and_makes_the_account`, `attacks::people::links_are_of_one_person`, `attacks::people::links_lead_here_whatever_host_the_request_names` |
//! | 51 | votes and comments without end, or two hundred at once | limited; as many as there are people | `attacks::people::two_hundred_votes_at_once_and_three_hundred_in_an_hour`, `community::votes::a_vote_counts_once_however_often_it_is_given`, `community::comments::one_person_does_not_write_without_end` |
//! | 52 | a fault in what each resolver asks | `INTERNAL` and a number; the log has the cause | `attacks::faults::a_table_that_is_gone_is_told_to_the_log_alone`, `graphql::transport::error_responses::errors_tell_nothing_of_the_inside` |
//! | 53 | bounces and complaints that were made up, of any size, or handed in by strangers | kept; they change nothing, or 401 | `bounces::forged_bounces::without_a_good_mark_nothing_follows`, `bounces::bounce_reports::what_says_nothing_final_is_kept_and_changes_nothing`, `bounces::bounce_intake::a_mail_server_may_post_what_came_back`, `bounces::hostile_messages::hostile_messages_hold_nobody_up`, `bounces::hostile_messages::a_pipe_reads_hostile_messages` |
//! | 54 | a flood of requests for mails, from everywhere | wait; none is dropped | `subscriptions::unsolicited_mail::a_flood_of_requests_waits_and_nothing_is_dropped`, `subscriptions::mail_limits::a_mailbox_is_not_flooded` |
//! | 55 | documents, values and types that are nested thousands deep | refused before anything is parsed | `attacks::nesting::nothing_that_is_nested_stops_the_service` |
//! | 56 | lists of a hundred keywords on many papers | answered, or ended with their deadline; others are served | `attacks::keywords::a_hundred_keywords_hold_nobody_up` |

mod documents;
mod faults;
mod keywords;
mod nesting;
mod people;
mod sizes;
mod texts;
mod transport;

use std::path::Path;

use crate::support::fixtures::import_day;
use crate::support::stack::project;
use crate::support::{Process, Stack};

async fn stack_with_papers() -> (Stack, Process) {
    let stack = Stack::new().await;
    import_day(&stack, "2026-01-06", 1..4);
    let server = stack.serve().await;
    (stack, server)
}

/// Where a server listens.
fn address(server: &Process) -> String {
    server.url("").strip_prefix("http://").unwrap().to_owned()
}

/// Something within itself.
fn nested(open: &str, inner: &str, close: &str, depth: usize) -> String {
    format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
}

#[test]
fn the_table_names_tests_that_are_there() {
    let rows = include_str!("mod.rs").lines().filter_map(|line| line.strip_prefix("//! | "));
    let rows: Vec<Vec<&str>> =
        rows.skip(1).map(|row| row.trim_end_matches(" |").split(" | ").collect()).collect();
    assert_eq!(rows.len(), 56);
    for (number, row) in (1..).zip(rows) {
        assert_eq!(row[0], number.to_string());
        for name in row[3].split(", ").map(|name| name.trim_matches('`')) {
            let (module, function) = name.rsplit_once("::").unwrap();
            let file = format!("{}.rs", module.replace("::", "/"));
            let folders = ["tests/it", "crates/graphql-server/src"].map(|folder| project().join(folder));
            let sources = folders.iter().map(|folder| folder.join(&file)).filter(|path| Path::exists(path));
            let is_there = |path| std::fs::read_to_string(path).unwrap().contains(&format!("fn {function}("));
            assert!(sources.into_iter().any(is_there), "{name} of {number} is not there");
        }
    }
}
