//! The kinds of queries that are measured.

use std::hint::black_box;

use anyhow::Result;
use search::fusion::fuse;
use search::index::{FacetKind, Filter, Snapshot};
use search::meaning::Model;
use search::query::Query;
use search::vectors::VectorIndex;

use super::super::hybrid;
use super::asked::Asked;

/// Papers that the service finds at most.
const DEPTH: usize = 200;

/// A kind of query; it is asked by the number of a query.
pub(in crate::search) type Ask<'a> = Box<dyn Fn(usize) -> Result<()> + Sync + 'a>;

pub(super) fn kinds<'a>(
    asked: &'a Asked,
    snapshot: &'a Snapshot,
    vectors: &'a VectorIndex,
    model: Option<&'a Model>,
) -> Vec<(&'static str, Ask<'a>)> {
    let words = move |queries: &'a [Query], filter: &Filter, at: usize| -> Result<()> {
        snapshot.search(&queries[at], filter, DEPTH)?;
        Ok(())
    };
    let open = Filter::default();
    let all = move |queries: &'a [Query]| -> Ask<'a> {
        let open = open.clone();
        Box::new(move |at| words(queries, &open, at))
    };
    let nearest = move |filter: Option<&dyn Fn(u64) -> bool>, at: usize| -> Result<()> {
        vectors.nearest(&asked.vectors[at], hybrid::POOL, filter)?;
        Ok(())
    };
    let mut kinds: Vec<(&'static str, Ask<'a>)> = vec![
        ("1 word", all(&asked.one)),
        ("2 words", all(&asked.two)),
        ("3 words", all(&asked.three)),
        ("9 words", all(&asked.nine)),
        ("phrase", all(&asked.phrases)),
        ("3 words, filtered", Box::new(move |at| words(&asked.three, &asked.filter, at))),
        (
            "3 words, counted",
            Box::new(move |at| {
                snapshot.count(&asked.three[at], &Filter::default())?;
                Ok(())
            }),
        ),
        ("3 words, four facets", Box::new(move |at| facets(snapshot, &asked.three[at]))),
        (
            "suggestions",
            Box::new(move |at| {
                snapshot.suggest_authors(&asked.typed[at], 5)?;
                snapshot.suggest_titles(&asked.typed[at], 5)?;
                Ok(())
            }),
        ),
        ("nearest vectors", Box::new(move |at| nearest(None, at))),
        ("nearest of a tenth", Box::new(move |at| nearest(Some(&asked.is_tenth), at))),
        (
            "hybrid, vector given",
            Box::new(move |at| {
                let pool = hybrid::candidates(snapshot, vectors, &asked.three[at], &asked.vectors[at])?;
                black_box(fuse(&pool, 0.5));
                Ok(())
            }),
        ),
    ];
    if let Some(model) = model {
        kinds.push((
            "embedding a query",
            Box::new(move |at| {
                black_box(model.embed_query(&asked.topics[at]));
                Ok(())
            }),
        ));
        kinds.push((
            "hybrid",
            Box::new(move |at| {
                let vector = model.embed_query(&asked.topics[at]);
                let pool = hybrid::candidates(snapshot, vectors, &asked.nine[at], &vector)?;
                black_box(fuse(&pool, 0.5));
                Ok(())
            }),
        ));
    }
    kinds
}

fn facets(snapshot: &Snapshot, query: &Query) -> Result<()> {
    for kind in [FacetKind::Category, FacetKind::Organization, FacetKind::Year, FacetKind::Code] {
        snapshot.facets(query, &Filter::default(), kind, 20)?;
    }
    Ok(())
}
