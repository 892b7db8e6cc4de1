//! The schema as of introspection, and documents that select all of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::support::Client;

const SCHEMA: &str = "{ __schema { types { kind name fields {
    name args { name defaultValue type { kind } } type { ...T } } } } }
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// A field of an object.
#[derive(Debug)]
pub struct Field {
    pub name: String,
    /// The named type of its values.
    pub named: String,
    /// Whether it has an argument for the page size.
    pub is_paged: bool,
    /// Whether it has required arguments.
    pub needs: bool,
}

/// The objects, by name, with their fields.
pub struct Schema(BTreeMap<String, Vec<Field>>);

impl Schema {
    pub async fn read(client: &Client) -> Self {
        let answer = client.get(SCHEMA).await;
        let types = answer["__schema"]["types"].as_array().unwrap();
        let objects = types.iter().filter(|kind| kind["kind"] == "OBJECT");
        let objects = objects.filter(|kind| !text(&kind["name"]).starts_with("__"));
        Self(objects.map(|kind| (text(&kind["name"]), list(&kind["fields"], field))).collect())
    }

    pub fn is_object(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    pub fn fields(&self, of: &str) -> &[Field] {
        &self.0[of]
    }

    pub fn field(&self, of: &str, name: &str) -> &Field {
        self.fields(of).iter().find(|field| field.name == name).unwrap()
    }

    /// The objects that a query can reach, except those that only an identifier reaches.
    pub fn reachable(&self, also: impl IntoIterator<Item = &'static str>) -> BTreeSet<&str> {
        let mut found = BTreeSet::new();
        let mut next: Vec<&str> = also.into_iter().chain(["Query"]).collect();
        while let Some(name) = next.pop() {
            if let Some((name, fields)) = self.0.get_key_value(name)
                && found.insert(name.as_str())
            {
                next.extend(fields.iter().map(|field| field.named.as_str()));
            }
        }
        found
    }

    /// All values of an object, and those of objects within this number of steps. A page of a list does not count as a
    /// step.
    pub fn select(&self, of: &str, depth: usize) -> String {
        let mut selection = String::new();
        for field in self.fields(of) {
            // A search for each paper: only for papers that are near the start.
            if field.name == "related" && depth < 2 {
                continue;
            }
            let inner = if !self.is_object(&field.named) {
                String::new()
            } else if is_plumbing(of) || field.named == "PageInfo" {
                // The node of an edge is in `nodes` as well.
                let depth = if field.named.ends_with("Edge") { 0 } else { depth };
                format!(" {{ {} }}", self.select(&field.named, depth))
            } else if depth > 0 {
                format!(" {{ {} }}", self.select(&field.named, depth - 1))
            } else {
                continue;
            };
            let is_facets = field.name == "facets";
            assert!(!field.needs || is_facets, "{of}.{} needs arguments", field.name);
            let arguments = match field.is_paged {
                true if is_facets => "(kind: CATEGORY, first: 2)",
                true => "(first: 2)",
                false => "",
            };
            selection.extend([&field.name, arguments, &inner, " "]);
        }
        selection
    }
}

/// Whether a type only leads to others.
fn is_plumbing(name: &str) -> bool {
    name.ends_with("Connection") || name.ends_with("Edge")
}

fn field(field: &Value) -> Field {
    let mut kind = &field["type"];
    while !kind["ofType"].is_null() {
        kind = &kind["ofType"];
    }
    let needed =
        |argument: &Value| argument["type"]["kind"] == "NON_NULL" && argument["defaultValue"].is_null();
    let arguments = field["args"].as_array().unwrap();
    Field {
        name: text(&field["name"]),
        named: text(&kind["name"]),
        is_paged: arguments.iter().any(|argument| argument["name"] == "first"),
        needs: arguments.iter().any(needed),
    }
}

fn list<T>(values: &Value, each: impl Fn(&Value) -> T) -> Vec<T> {
    values.as_array().unwrap().iter().map(each).collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
