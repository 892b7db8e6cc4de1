//! Every field of every object, by every path to it, as every person.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::fields::{self, BY_IDENTIFIER, Who};
use super::populated::{Person, Populated, SECRETS};
use super::schema::Schema;

/// Arguments of the fields of Query that have some; `$manage` is the manage token of the person.
const ARGUMENTS: [(&str, &str); 13] = [
    ("feed", ""),
    ("feed", "period: \"2026-01-06\""),
    ("paper", "arxivId: \"2601.00001\""),
    ("paper", "arxivId: \"2601.00003\""),
    ("category", "code: \"cs.CL\""),
    ("organization", "slug: \"nvidia\""),
    ("edition", "cadence: DAILY, period: \"2026-01-06\""),
    ("search", "query: \"paper\", mode: KEYWORD, first: 2"),
    ("search", "query: \"papr hidden\", first: 2"),
    ("search", "query: \"year:2026\", first: 2"),
    ("suggest", "prefix: \"ada\", first: 2"),
    ("suggest", "prefix: \"pap\", first: 2"),
    ("emailSubscription", "token: \"$manage\""),
];

/// The number of steps from the first object of a path.
const MAX_STEPS: usize = 2;

/// The start of paths: a document with a field of Query and its arguments.
pub struct Way {
    pub field: String,
    pub document: String,
    /// The object that it names by an identifier, and whether only curators see it.
    identified: Option<(&'static str, String, bool)>,
}

/// All of them, with objects within this number of steps.
pub fn ways(schema: &Schema, ids: &[(&'static str, String, bool)], steps: usize) -> Vec<Way> {
    let mut ways = Vec::new();
    for field in schema.fields("Query") {
        let name = &field.name;
        if matches!(name.as_str(), "node" | "nodes") {
            for (kind, id, is_hidden) in ids {
                let argument = if name == "node" { format!("id: {id:?}") } else { format!("ids: [{id:?}]") };
                let selection = schema.select(kind, steps);
                let document =
                    format!("{{ {name}({argument}) {{ __typename ... on {kind} {{ {selection} }} }} }}");
                let identified = Some((*kind, id.clone(), *is_hidden));
                ways.push(Way { field: name.clone(), document, identified });
            }
            continue;
        }
        let arguments: Vec<&str> =
            ARGUMENTS.iter().filter(|(of, _)| of == name).map(|&(_, arguments)| arguments).collect();
        assert!(!field.needs || !arguments.is_empty(), "the table has no arguments for Query.{name}");
        let selections = if name == "admin" {
            // Each of its lists separately: together they would cost too much.
            let lists = schema.fields("Admin").iter();
            let lists = lists.map(|list| {
                let page = if list.is_paged { "(first: 10)" } else { "" };
                format!("{}{page} {{ {} }}", list.name, schema.select(&list.named, steps - 1))
            });
            lists.collect()
        } else {
            vec![schema.select(&field.named, steps)]
        };
        let page = if field.is_paged { "first: 3" } else { "" };
        for arguments in if arguments.is_empty() { vec![page] } else { arguments } {
            let arguments = if arguments.is_empty() { String::new() } else { format!("({arguments})") };
            for selection in &selections {
                let document = format!("{{ {name}{arguments} {{ {selection} }} }}");
                ways.push(Way { field: name.clone(), document, identified: None });
            }
        }
    }
    ways
}

/// Observations across all responses.
#[derive(Default)]
struct Seen {
    /// The fields that had a value, with the person.
    fields: BTreeSet<(String, String, &'static str)>,
    /// The first value of each public field.
    public: BTreeMap<(String, String, String), Value>,
    /// The secrets that were shown, with the person.
    secrets: BTreeSet<(&'static str, &'static str)>,
}

struct Looking<'a> {
    schema: &'a Schema,
    person: &'a Person,
    document: &'a str,
    seen: &'a mut Seen,
}

fn may(who: Who, person: &Person, is_own: bool) -> bool {
    match who {
        Who::Everyone | Who::LinkRequester => true,
        Who::SignedIn => person.role >= 1,
        Who::Owner => is_own,
        Who::OwnerAndAdministrators => is_own || person.role >= 3,
        Who::Holder => person.manage_token != "nonsense",
        Who::Curators => person.role >= 2,
        Who::Administrators => person.role >= 3,
    }
}

impl Looking<'_> {
    fn object(&mut self, of: &str, object: &Value) {
        let of = object["__typename"].as_str().unwrap_or(of);
        let id = object["id"].as_str();
        let is_own = id.is_some_and(|id| self.person.own.contains(id));
        for (name, value) in object.as_object().unwrap() {
            if name == "__typename" {
                continue;
            }
            let who = fields::who(of, name);
            let told = || format!("{of}.{name} as {}: {value}\n{}", self.person.name, self.document);
            assert!(value.is_null() || may(who, self.person, is_own), "{}", told());
            let named = &self.schema.field(of, name).named;
            let leads_on = self.schema.is_object(named) || named == "Node";
            let is_empty = leads_on && *value == json!([]);
            if !value.is_null() && !is_empty {
                self.seen.fields.insert((of.to_owned(), name.clone(), self.person.name));
            }
            if leads_on {
                self.value(named, value);
            } else if let (Who::Everyone, Some(id)) = (who, id) {
                let key = (of.to_owned(), id.to_owned(), name.clone());
                let first = self.seen.public.entry(key).or_insert_with(|| value.clone());
                assert_eq!(first, value, "{of}.{name} as {}\n{}", self.person.name, self.document);
            }
        }
    }

    fn value(&mut self, of: &str, value: &Value) {
        match value {
            Value::Array(values) => values.iter().for_each(|value| self.value(of, value)),
            Value::Object(_) => self.object(of, value),
            _ => {}
        }
    }
}

async fn look(schema: &Schema, way: &Way, person: &Person, seen: &mut Seen) {
    let document = way.document.replace("$manage", &person.manage_token);
    let answer = person.client.execute(&document, json!({})).await;
    assert!(!answer.has_errors(), "{document}\n{answer:#}");
    let told = answer.to_string();
    for (secret, readers) in SECRETS.iter().filter(|(secret, _)| told.contains(secret)) {
        assert!(readers.contains(&person.name), "{secret} as {}\n{document}\n{answer:#}", person.name);
        seen.secrets.insert((secret, person.name));
    }
    if let Some((kind, id, is_hidden)) = &way.identified {
        let (_, who) = BY_IDENTIFIER.iter().find(|(name, _)| name == kind).unwrap();
        let may = may(*who, person, person.own.contains(id)) && (!is_hidden || person.role >= 2);
        let found = &answer["data"][&way.field];
        let found = found.get(0).unwrap_or(found);
        assert_eq!(!found.is_null(), may, "{document} as {}", person.name);
    }
    Looking { schema, person, document: &document, seen }.object("Query", &answer["data"]);
}

/// The people who must have seen a value of a field.
fn readers(who: Who) -> &'static [&'static str] {
    match who {
        Who::Everyone | Who::LinkRequester => &[],
        Who::SignedIn => &["rita", "eve", "curie", "root"],
        Who::Owner => &["rita"],
        Who::OwnerAndAdministrators => &["rita", "root"],
        Who::Holder => &["holder"],
        Who::Curators => &["curie", "root"],
        Who::Administrators => &["root"],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_is_readable_by_its_roles_only() {
    let populated = Populated::new().await;
    let schema = Schema::read(&populated.people[0].client).await;
    // The table and the schema agree.
    let identified = BY_IDENTIFIER.map(|(name, _)| name);
    for name in schema.reachable(identified) {
        let there: BTreeSet<&str> = schema.fields(name).iter().map(|field| field.name.as_str()).collect();
        let known: BTreeSet<&str> = fields::of(name).into_iter().map(|(field, _)| field).collect();
        assert_eq!(there, known, "{name}");
    }
    let mut seen = Seen::default();
    for way in ways(&schema, &populated.ids, MAX_STEPS) {
        for person in &populated.people {
            look(&schema, &way, person, &mut seen).await;
        }
    }
    // No field was null for lack of data.
    for name in schema.reachable(identified) {
        for (field, who) in fields::of(name) {
            let had = |reader: &str| {
                seen.fields.iter().any(|(of, named, by)| of == name && named == field && *by == reader)
            };
            let is_read = match readers(who) {
                [] => populated.people.iter().any(|person| had(person.name)),
                readers => readers.iter().all(|reader| had(reader)),
            };
            assert!(is_read, "{name}.{field} never had a value for {who:?}");
        }
    }
    for (secret, readers) in SECRETS {
        for reader in readers {
            assert!(seen.secrets.contains(&(secret, *reader)), "{reader} never saw {secret:?}");
        }
    }
    assert!(populated.server.stop().success());
    drop(populated.stack);
}
