#!/usr/bin/env bash
# Daily Papers from a shell: the latest feed, two pages of papers, and a subscription where an address is given.
#
#   examples/curl.sh [ADDRESS OF THE SERVICE [E-MAIL ADDRESS]]
set -euo pipefail

url="${1:-http://127.0.0.1:8080}/graphql"
email="${2:-}"

# Sends the JSON of a request, and prints the answer.
ask() {
    curl --silent --show-error --fail-with-body "$url" \
        --header 'Content-Type: application/json' --header 'Accept: application/json' --data "$1"
    echo
}

echo "The latest feed:"
ask '{"query": "{ feed { period papers(first: 3) { totalCount nodes { title upvoteCount } } } }"}'

# Values go into variables, never into the document.
query='query Page($after: String) { papers(orderBy: NEWEST, first: 2, after: $after) { nodes { title publishedOn } pageInfo { hasNextPage endCursor } } }'

echo "The first page of papers:"
page=$(ask "{\"query\": \"$query\"}")
echo "$page"

# A cursor says where a page ends; the next one begins after it. (jq -r .data.papers.pageInfo.endCursor does the
# same as sed here.)
cursor=$(sed -n 's/.*"endCursor":"\([^"]*\)".*/\1/p' <<<"$page")
if [ -n "$cursor" ]; then
    echo "The second page:"
    ask "{\"query\": \"$query\", \"variables\": {\"after\": \"$cursor\"}}"
fi

if [ -n "$email" ]; then
    # The answer is the same for every address that may be one; what to do next is in the mail.
    mutation='mutation Subscribe($input: SubscribeInput!) { subscribe(input: $input) { email userErrors { code field message } } }'
    echo "A subscription:"
    ask "{\"query\": \"$mutation\", \"variables\": {\"input\": {\"email\": \"$email\", \"timeZone\": \"Europe/Paris\", \"sendTime\": \"07:30\"}}}"
fi
