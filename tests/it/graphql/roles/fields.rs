//! Every field that a query can reach, and who may read it.

/// Who can read a value; everyone else gets null.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Everyone, with the same value for all.
    Everyone,
    /// Everyone, with a value of their own.
    LinkRequester,
    /// Anyone with a token.
    SignedIn,
    /// The person themselves.
    Owner,
    /// The person themselves, and administrators.
    OwnerAndAdministrators,
    /// Anyone with the link to a subscription.
    Holder,
    /// Curators and administrators.
    Curators,
    /// Administrators.
    Administrators,
}

use Who::{
    Administrators, Curators, Everyone, Holder, LinkRequester, Owner, OwnerAndAdministrators, SignedIn,
};

/// Who may reach an object by its identifier.
pub const BY_IDENTIFIER: [(&str, Who); 11] = [
    ("Paper", Everyone),
    ("Organization", Everyone),
    ("Edition", Everyone),
    ("User", Everyone),
    ("Comment", Everyone),
    ("AccessToken", Owner),
    ("EmailSubscription", Administrators),
    ("Delivery", Administrators),
    ("ImportRun", Administrators),
    ("Category", Everyone),
    ("AuditEntry", Administrators),
];

/// The fields of each type. Fields for everyone, in a type that only a private field returns, are as private as that
/// field.
pub const FIELDS: &[(&str, &[(Who, &str)])] = &[
    (
        "Query",
        &[
            (
                Everyone,
                "node nodes paper feed papers trending categories category organization editions edition search suggest",
            ),
            (Holder, "emailSubscription"),
            (SignedIn, "viewer"),
            (Administrators, "admin"),
        ],
    ),
    (
        "Paper",
        &[
            (
                Everyone,
                "id arxivId slug title abstract summary authors authorCount organization categories keywords \
                 publishedOn updatedOn versions history lookedUpAt curatedFields featuredOn submittedBy url arxivUrl pdfUrl projectUrl repositoryUrl \
                 repositoryStars thumbnailUrl mediaUrls sourceSubmitter participants doi withdrawnOn upvoteCount comments commentCount trending related",
            ),
            (LinkRequester, "viewerHasUpvoted"),
            (Curators, "hiddenAt"),
        ],
    ),
    (
        "PaperSearchConnection",
        &[(
            LinkRequester,
            "edges nodes pageInfo totalCount mode reading notice corrections didYouMean facets",
        )],
    ),
    ("PaperSearchEdge", &[(LinkRequester, "cursor node score scoreParts foundIn highlight")]),
    ("SearchScore", &[(Everyone, "words meaning fit")]),
    ("SearchCorrection", &[(Everyone, "typed meant")]),
    ("SearchFacet", &[(Everyone, "value label count")]),
    ("SearchSuggestions", &[(Everyone, "authors papers")]),
    ("AuthorSuggestion", &[(Everyone, "name paperCount")]),
    ("PaperVersion", &[(Everyone, "number submittedAt")]),
    ("PaperCounts", &[(Everyone, "day upvotes comments")]),
    ("Author", &[(Everyone, "id name papers")]),
    ("Category", &[(Everyone, "id code name")]),
    ("SourcePerson", &[(Everyone, "name handle avatarUrl")]),
    ("Organization", &[(Everyone, "id slug name logoUrl papers")]),
    ("TrendingScore", &[(Everyone, "score upvotes comments since")]),
    ("Feed", &[(Everyone, "period startsOn endsOn isComplete waitingFor previous next papers")]),
    (
        "Edition",
        &[
            (
                Everyone,
                "id cadence period startsOn endsOn subject publishedAt cancelledAt url previous next papers",
            ),
            (Administrators, "progress"),
        ],
    ),
    (
        "EditionProgress",
        &[(
            Everyone,
            "planned queued sending sent deferred failed suppressed expired skipped bounced complained cancelled \
             inDoubt",
        )],
    ),
    ("Comment", &[(Everyone, "id paper author body bodyHtml parent replies createdAt editedAt")]),
    (
        "User",
        &[
            (Everyone, "id handle displayName role joinedAt upvotedPapers"),
            (OwnerAndAdministrators, "email"),
            (Owner, "accessTokens"),
            (Administrators, "bannedAt"),
        ],
    ),
    ("AccessToken", &[(Everyone, "id name createdAt lastUsedAt expiresOn")]),
    (
        "EmailSubscription",
        &[(
            Everyone,
            "id email status suppression cadence timeZone sendTime weekdays maxPapers filter createdAt confirmedAt \
             pausedUntil nextDigestAt deliveries",
        )],
    ),
    (
        "DigestFilter",
        &[(
            Everyone,
            "categories keywords authors organizations excludeCategories excludeKeywords minUpvotes",
        )],
    ),
    (
        "Delivery",
        &[
            (
                Everyone,
                "id kind subscription edition localDate reason status attempts messageId dueAt sentAt bouncedAt \
                 nextAttemptAt papers",
            ),
            (Administrators, "reply email"),
        ],
    ),
    (
        "Admin",
        &[(
            Everyone,
            "stats sending emailSubscriptions deliveries sources importRuns users suppressions auditLog",
        )],
    ),
    (
        "Stats",
        &[(
            Everyone,
            "papers featuredPapers users activeSubscriptions pendingSubscriptions deliveriesDue lastEditions",
        )],
    ),
    (
        "Source",
        &[(Everyone, "name isScheduled lastReadAt lastAttemptAt nextAttemptAt problem parts openCircuits")],
    ),
    ("SourcePart", &[(Everyone, "name latestDay papers lastReadAt lastAttemptAt nextAttemptAt problem")]),
    ("SourceCircuit", &[(Everyone, "host openUntil reason")]),
    ("SendingState", &[(Everyone, "pausedAt reason openCircuits oldestDueAt queued")]),
    (
        "ImportRun",
        &[(
            Everyone,
            "id source status path request startedAt finishedAt read created updated unchanged rejected problems warningCount warnings \
             unreadableFiles",
        )],
    ),
    ("ImportWarning", &[(Everyone, "item field message")]),
    ("Suppression", &[(Everyone, "email reason note since")]),
    ("AuditEntry", &[(Everyone, "id at actor action target detail")]),
    ("PageInfo", &[(Everyone, "hasNextPage hasPreviousPage startCursor endCursor")]),
];

/// The fields of a type, and who may read each; connections that are not in the table are all alike.
pub fn of(type_name: &str) -> Vec<(&'static str, Who)> {
    let known = FIELDS.iter().find(|(name, _)| *name == type_name);
    if known.is_none() && type_name.ends_with("Connection") {
        return ["edges", "nodes", "pageInfo", "totalCount"].map(|name| (name, LinkRequester)).to_vec();
    }
    if known.is_none() && type_name.ends_with("Edge") {
        return ["cursor", "node"].map(|name| (name, LinkRequester)).to_vec();
    }
    let (_, groups) = known.unwrap_or_else(|| panic!("{type_name} is missing in the table"));
    let names = |&(who, names): &(Who, &'static str)| {
        names.split_whitespace().map(move |name| (name, who)).collect::<Vec<_>>()
    };
    groups.iter().flat_map(names).collect()
}

/// Who may read a field.
pub fn who(type_name: &str, field: &str) -> Who {
    let known = of(type_name).into_iter().find(|(name, _)| *name == field);
    known.unwrap_or_else(|| panic!("{type_name}.{field} is missing in the table")).1
}
