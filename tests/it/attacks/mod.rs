//! Attacks, and their outcomes. Some tests are here, others with their subject; a test
//! below checks that the tests of this table exist.
//!
//! | No. | Attack | Outcome | Tests |
//! |---|---|---|---|
//! | 1 | a thousand names for `__typename` | refused | `graphql::document_guard::documents_that_expand_too_much_are_refused_at_once` |
//! | 2 | fifty aliases of an expensive list | refused, fewer of them for their cost | `attacks::documents::an_expensive_list_with_many_aliases_is_refused` |
//! | 3 | one field ten thousand times | refused | `attacks::documents::repeated_fields_are_refused_or_executed_once` |
//! | 4 | an expensive field, or a mutation, repeated many times | runs once, and costs once | `attacks::documents::repeated_fields_are_refused_or_executed_once`, `graphql::document_guard::a_mutation_selected_twice_runs_once` |
//! | 5 | five hundred times `@include` | refused with a short response | `attacks::documents::documents_with_hundreds_of_directives_are_refused` |
//! | 6 | a thousand unknown directives | refused with a short response | `attacks::documents::documents_with_hundreds_of_directives_are_refused`, `graphql::document_guard::unknown_directives_are_refused` |
//! | 7 | thousands of unknown fields | at most 20 errors | `attacks::documents::thousands_of_unknown_fields_give_at_most_twenty_errors`, `graphql::transport::error_responses::the_number_of_errors_is_limited` |
//! | 8 | a batch of operations | 400 | `graphql::transport::graphql_over_http::malformed_requests_get_status_400` |
//! | 9 | circular introspection | refused | `attacks::documents::circular_introspection_is_refused` |
//! | 10 | fragments in a circle | refused | `graphql::document_guard::documents_that_expand_too_much_are_refused_at_once` |
//! | 11 | fragments that double 28 times | refused long before the deadline, others are served | `graphql::document_guard::documents_that_expand_too_much_are_refused_at_once` |
//! | 12 | five thousand fragments in a row | refused; as many as fit are answered at once | `attacks::documents::long_chains_of_fragments_are_refused` |
//! | 13 | three thousand nested fields | refused | `attacks::documents::deeply_nested_documents_and_variables_are_refused` |
//! | 14 | a list of lists, or of thousands | refused | `attacks::documents::deeply_nested_documents_and_variables_are_refused` |
//! | 15 | variables nested twenty thousand deep | 400 | `attacks::documents::deeply_nested_documents_and_variables_are_refused` |
//! | 16 | a type nested five thousand deep | refused | `attacks::documents::deeply_nested_documents_and_variables_are_refused` |
//! | 17 | a comment of a megabyte | 413 | `attacks::sizes::bodies_of_megabytes_are_refused` |
//! | 18 | variables of five megabytes | 413 | `attacks::sizes::bodies_of_megabytes_are_refused` |
//! | 19 | a body in chunks, without an end | 413, and cut off | `attacks::sizes::an_endless_chunked_body_is_cut_off`, `graphql::transport::graphql_over_http::document_and_body_sizes_are_limited` |
//! | 20 | compressed bodies | 415, never decompressed | `attacks::sizes::compressed_bodies_are_refused` |
//! | 21 | a page of a million, of 2³¹ | refused | `attacks::sizes::out_of_range_page_sizes_are_refused` |
//! | 22 | a page of −1 | refused | `attacks::sizes::out_of_range_page_sizes_are_refused`, `graphql::paging::invalid_paging_arguments_are_refused` |
//! | 23 | a NUL character | `BAD_REQUEST` | `attacks::sizes::nul_and_lone_surrogates_are_refused`, `graphql::document_guard::nul_characters_are_refused` |
//! | 24 | half of a surrogate pair | 400 or `BAD_REQUEST` | `attacks::sizes::nul_and_lone_surrogates_are_refused` |
//! | 25 | search and SQL syntax in filters | is literal text | `attacks::sizes::search_and_sql_syntax_in_filters_is_literal` |
//! | 26 | a search term of 200 kB | 413; up to the limit: no `INTERNAL` | `attacks::sizes::very_long_search_terms_do_not_cause_internal_errors` |
//! | 27 | a mutation by GET | 405 | `graphql::transport::graphql_over_http::get_requests_may_run_queries_only` |
//! | 28 | the same, hidden by `operationName` | 405 | `graphql::transport::graphql_over_http::get_requests_may_run_queries_only` |
//! | 29 | JSON as `text/plain` | 415 | `graphql::transport::graphql_over_http::only_json_bodies_are_accepted` |
//! | 30 | JSON as a form | 415 | `graphql::transport::graphql_over_http::only_json_bodies_are_accepted` |
//! | 31 | JSON as `multipart/form-data` | 415 | `graphql::transport::graphql_over_http::only_json_bodies_are_accepted` |
//! | 32 | JSON without a type | 415 | `graphql::transport::graphql_over_http::only_json_bodies_are_accepted` |
//! | 33 | reading responses from pages of other sites | no CORS headers | `attacks::transport::responses_have_no_cors_headers_for_other_sites` |
//! | 34 | tracing extensions in responses | none | `attacks::transport::errors_suggest_no_names` |
//! | 35 | introspection | public, within limits | `graphql::document_guard::the_introspection_query_of_common_tools_is_answered`, `attacks::documents::circular_introspection_is_refused` |
//! | 36 | misspelled names | no suggestions | `attacks::transport::errors_suggest_no_names` |
//! | 37 | GraphiQL if it is turned off | not found | `graphql::transport::graphiql::graphiql_is_not_served_if_turned_off` |
//! | 38 | malformed bodies | 400, without internal details | `graphql::transport::graphql_over_http::malformed_requests_get_status_400` |
//! | 39 | hashes of unknown documents, and of ten thousand | an error; a thousand are stored | `graphql::operation_limits::persisted_queries_are_sent_once_and_named_by_hash`, `documents::persisted::the_latest_thousand_are_remembered` |
//! | 40 | sixty connections that never end their headers | closed, others are served | `attacks::transport::slow_clients_are_disconnected_and_block_nobody` |
//! | 41 | a body that never arrives | 408, others are served | `attacks::transport::slow_clients_are_disconnected_and_block_nobody` |
//! | 42 | request smuggling | 400, one response | `attacks::transport::smuggled_requests_are_refused` |
//! | 43 | sockets of other sites, messages out of order, fragmented, too long, too many, unread | closed with the right code | `graphql::transport::websocket_protocol::sockets_open_for_allowed_origins_tokens_and_protocols_only`, `graphql::transport::websocket_protocol::protocol_violations_close_the_socket_with_their_code`, `graphql::transport::websocket_protocol::refused_operations_get_an_error_message`, `graphql::transport::websocket_protocol::messages_over_a_hundred_kilobytes_close_the_socket`, `graphql::transport::websocket_protocol::pings_are_answered_and_missing_pongs_close_the_socket`, `graphql::transport::websocket_protocol::a_client_that_does_not_read_is_disconnected`, `graphql::transport::websocket_operations::a_socket_has_at_most_twenty_operations`, `graphql::operation_limits::open_sockets_and_streams_are_limited_per_client`, `graphql::transport::websocket_operations::revoking_a_token_closes_its_sockets_and_streams` |
//! | 44 | objects of others, by identifiers and by paths to them | null, or as if missing | `graphql::roles::walk::every_field_is_readable_by_its_roles_only`, `attacks::people::objects_of_other_users_look_as_if_they_did_not_exist` |
//! | 45 | mutations without a token, of lower roles, with banned and expired tokens | `UNAUTHENTICATED` or `FORBIDDEN`, nothing is changed | `graphql::roles::mutations::every_mutation_requires_its_role`, `attacks::people::banned_users_and_expired_tokens_change_nothing` |
//! | 46 | finding out known addresses | the same response, equally fast | `subscriptions::mail_limits::subscribing_does_not_reveal_known_addresses`, `accounts::sign_in::requesting_a_sign_in_link_does_not_reveal_accounts`, `attacks::people::response_times_do_not_reveal_known_addresses` |
//! | 47 | a hundred guesses in one request | refused; up to the limit each counts | `attacks::people::a_hundred_token_guesses_in_one_request_are_refused`, `accounts::sign_in::sign_in_links_expire_and_guesses_are_rate_limited` |
//! | 48 | header injection by addresses and titles | refused; one line of text | `attacks::texts::addresses_and_titles_cannot_inject_mail_headers`, `subscriptions::subscribing::all_user_errors_of_an_input_are_returned_at_once` |
//! | 49 | markup in titles and comments | escaped, in digests and on pages | `attacks::texts::markup_in_titles_and_comments_is_escaped_in_digests_and_pages`, `pages::papers_and_feeds::markup_in_papers_is_escaped`, `community::comments::comments_form_threads` |
//! | 50 | links opened by programs, used twice, late, by others, or with another host name | a page with a button; valid once, in time, for one person, and to this service | `subscriptions::mail_links::get_requests_to_links_in_mails_change_nothing`, `subscriptions::mail_links::tokens_in_links_have_one_purpose_and_expire`, `accounts::sign_in::a_sign_in_link_works_once_and_creates_the_account`, `attacks::people::a_manage_link_opens_the_subscription_of_one_person_only`, `attacks::people::links_in_mails_ignore_the_host_header` |
//! | 51 | endless votes and comments, or two hundred at once | limited; one vote for each person | `attacks::people::concurrent_votes_count_once_and_votes_are_limited_per_hour`, `community::votes::a_vote_counts_once_per_reader`, `community::comments::comments_are_limited_per_hour` |
//! | 52 | database faults in each resolver | `INTERNAL` and a number; the log has the cause | `attacks::faults::causes_of_internal_errors_are_in_the_log_only`, `graphql::transport::error_responses::internal_errors_reveal_no_details` |
//! | 53 | forged bounces and complaints, of any size, or posted by strangers | stored without an effect, or 401 | `bounces::forged_bounces::reports_without_a_valid_mark_change_nothing`, `bounces::bounce_reports::reports_that_are_not_final_are_stored_and_change_nothing`, `bounces::bounce_intake::bounces_can_be_posted_with_the_bounce_token`, `bounces::hostile_messages::hostile_bounce_messages_do_not_block_other_requests`, `bounces::hostile_messages::the_bounce_command_reads_hostile_messages` |
//! | 54 | a flood of requests for mail, from many clients | delayed; none is dropped | `subscriptions::unsolicited_mail::a_flood_of_requests_is_delayed_and_none_is_dropped`, `subscriptions::mail_limits::confirmations_to_a_mailbox_are_limited` |
//! | 55 | documents, values and types that are nested thousands deep | refused before anything is parsed | `attacks::nesting::deep_nesting_does_not_crash_the_service` |
//! | 56 | lists of a hundred keywords on many papers | answered, or ended at their deadline; others are served | `attacks::keywords::filters_with_a_hundred_keywords_do_not_block_other_requests` |
//! | 57 | search queries of operators, quotation marks, control characters, halves of characters, 200 kB | answered or `BAD_REQUEST`; others are served | `search::hostile_queries::hostile_queries_are_answered_or_refused_while_others_are_served`, `search::hostile_queries::broken_and_endless_texts_are_refused` |

mod documents;
mod faults;
mod keywords;
mod nesting;
mod people;
mod sizes;
mod texts;
mod transport;

use std::path::Path;

use crate::support::Process;
use crate::support::stack::project;

/// The address of a server.
fn address(server: &Process) -> String {
    server.url("").strip_prefix("http://").unwrap().to_owned()
}

/// Nested text.
fn nested(open: &str, inner: &str, close: &str, depth: usize) -> String {
    format!("{}{inner}{}", open.repeat(depth), close.repeat(depth))
}

#[test]
fn the_table_of_attacks_names_existing_tests() {
    let rows = include_str!("mod.rs").lines().filter_map(|line| line.strip_prefix("//! | "));
    let rows: Vec<Vec<&str>> =
        rows.skip(1).map(|row| row.trim_end_matches(" |").split(" | ").collect()).collect();
    assert_eq!(rows.len(), 57);
    for (number, row) in (1..).zip(rows) {
        assert_eq!(row[0], number.to_string());
        for name in row[3].split(", ").map(|name| name.trim_matches('`')) {
            let (module, function) = name.rsplit_once("::").unwrap();
            let file = format!("{}.rs", module.replace("::", "/"));
            let folders = ["tests/it", "crates/graphql-server/src"].map(|folder| project().join(folder));
            let sources = folders.iter().map(|folder| folder.join(&file)).filter(|path| Path::exists(path));
            let is_there = |path| std::fs::read_to_string(path).unwrap().contains(&format!("fn {function}("));
            assert!(sources.into_iter().any(is_there), "{name} of row {number} does not exist");
        }
    }
}
