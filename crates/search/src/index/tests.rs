use super::*;
use crate::query::{Query, Years};

fn document(id: u64, title: &str, summary: &str) -> Document {
    Document {
        id,
        title: title.to_owned(),
        summary: summary.to_owned(),
        day: 19_000,
        year: 2022,
        ..Document::default()
    }
}

fn at(number: i64) -> Position {
    Position { generation: 1, number }
}

fn put(document: Document) -> Change {
    Change::Put(Box::new(document))
}

fn papers() -> Vec<Change> {
    let attention = Document {
        authors: vec!["Ashish Vaswani".to_owned(), "Noam Shazeer".to_owned()],
        organization: Some("Google Brain".to_owned()),
        organization_id: Some(7),
        categories: vec!["cs.CL".to_owned(), "cs.LG".to_owned()],
        identifiers: vec!["1706.03762".to_owned(), "10.48550/arXiv.1706.03762".to_owned()],
        day: 17_300,
        year: 2017,
        has_code: true,
        ..document(1, "Attention Is All You Need", "The Transformer is based on attention mechanisms alone.")
    };
    let vae = Document {
        authors: vec!["Irina Higgins".to_owned()],
        categories: vec!["stat.ML".to_owned()],
        keywords: vec!["disentanglement".to_owned()],
        ..document(2, "β-VAE: Learning Basic Visual Concepts", "A variational autoencoder, after Paul Lévy.")
    };
    let pretraining = Document {
        categories: vec!["cs.CV".to_owned()],
        ..document(3, "Language-Image Pre-training", "Transferable visual models from natural language.")
    };
    vec![put(attention), put(vae), put(pretraining)]
}

fn index() -> (tempfile::TempDir, WordIndex) {
    let folder = tempfile::tempdir().unwrap();
    let index = WordIndex::open(folder.path()).unwrap();
    index.apply(papers()).unwrap();
    index.commit(at(10)).unwrap();
    (folder, index)
}

fn found(index: &WordIndex, typed: &str) -> Vec<u64> {
    let query = Query::parse(typed).unwrap();
    let hits = index.snapshot().search(&query, &Filter::default(), 10).unwrap().hits;
    hits.into_iter().map(|hit| hit.id).collect()
}

#[test]
fn a_document_is_found_by_what_is_shown_of_it() {
    let (_folder, index) = index();
    for (typed, expected) in [
        ("attention mechanism", vec![1]),
        ("transformers", vec![1]),
        ("beta vae", vec![2]),
        ("β-VAE", vec![2]),
        ("Levy", vec![2]),
        ("disentanglement", vec![2]),
        ("pretraining", vec![3]),
        ("pre-training", vec![3]),
        ("\"natural language\"", vec![3]),
        ("\"language natural\"", vec![]),
        ("visual -image", vec![2]),
        ("title:visual", vec![2]),
        ("author:vaswani", vec![1]),
        ("author:\"Vaswani Ashish\"", vec![1]),
        ("vaswani", vec![1]),
        ("org:google", vec![1]),
        ("cat:cs", vec![3, 1]),
        ("cat:CS.cv", vec![3]),
        ("year:2017", vec![1]),
        ("year:2018..", vec![3, 2]),
        ("has:code", vec![1]),
        ("https://arxiv.org/abs/1706.03762v5", vec![1]),
        ("10.48550/arXiv.1706.03762", vec![1]),
        ("-visual", vec![1]),
        ("zebra", vec![]),
        ("the of and", vec![3, 2, 1]),
    ] {
        assert_eq!(found(&index, typed), expected, "{typed}");
    }
}

#[test]
fn words_that_no_document_has_are_corrected() {
    let (_folder, index) = index();
    let query = Query::parse("trasnformer atention").unwrap();
    let hits = index.snapshot().search(&query, &Filter::default(), 10).unwrap();
    assert_eq!(hits.hits.len(), 1);
    let meant: Vec<_> = hits.corrections.iter().map(|correction| correction.meant.as_str()).collect();
    assert_eq!(meant, ["transformer", "attention"]);
    assert!(found(&index, "xyz").is_empty());
}

#[test]
fn filters_narrow_and_facets_count_under_the_others() {
    let (_folder, index) = index();
    let snapshot = index.snapshot();
    let query = Query::parse("visual").unwrap();
    let filter = Filter { categories: vec!["cs.CV".to_owned()], ..Filter::default() };
    let ids = |filter: &Filter| {
        snapshot.search(&query, filter, 9).unwrap().hits.iter().map(|hit| hit.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(&filter), [3]);
    assert_eq!(
        ids(&Filter { ids: Some(std::sync::Arc::new([2].into_iter().collect())), ..Filter::default() }),
        [2]
    );
    assert_eq!(ids(&Filter { from_day: Some(19_001), ..Filter::default() }), Vec::<u64>::new());
    assert_eq!(snapshot.count(&query, &Filter::default()).unwrap(), 2);
    let codes = snapshot.facets(&query, &filter, FacetKind::Category, 9).unwrap();
    let code = |code: &str| FacetValue::Code(code.to_owned());
    assert_eq!(codes, [(code("cs.CV"), 1), (code("stat.ML"), 1)]);
    let years = snapshot.facets(&query, &filter, FacetKind::Year, 9).unwrap();
    assert_eq!(years, [(FacetValue::Number(2022), 1)]);
    assert_eq!(snapshot.narrowed(&query, &filter).unwrap(), Some([3].into_iter().collect()));
    assert_eq!(snapshot.ids().unwrap().len(), 3);
}

#[test]
fn what_is_typed_and_a_filter_both_narrow() {
    let (_folder, index) = index();
    let snapshot = index.snapshot();
    let ids = |typed: &str, filter: &Filter| -> Vec<u64> {
        let query = Query::parse(typed).unwrap();
        let narrowed = snapshot.narrowed(&query, filter).unwrap();
        let mut ids: Vec<u64> =
            snapshot.search(&query, filter, 9).unwrap().hits.iter().map(|hit| hit.id).collect();
        assert_eq!(snapshot.count(&query, filter).unwrap(), ids.len(), "{typed}");
        ids.sort_unstable();
        assert_eq!(
            narrowed.unwrap().iter().collect::<std::collections::BTreeSet<_>>(),
            ids.iter().copied().collect()
        );
        ids
    };
    let of_vision = Filter { categories: vec!["cs.CV".to_owned()], ..Filter::default() };
    assert_eq!(ids("cat:cs", &of_vision), [3]);
    assert_eq!(ids("cat:cs.CL", &of_vision), [] as [u64; 0]);
    assert_eq!(ids("-cat:cs.CV", &of_vision), [] as [u64; 0]);
    assert_eq!(ids("cat:stat cat:cs.CV", &Filter::default()), [2, 3]);
    let with_code = Filter { has_code: Some(true), ..Filter::default() };
    assert_eq!(ids("has:code", &with_code), [1]);
    assert_eq!(ids("-has:code", &with_code), [] as [u64; 0]);
    let until = Filter { years: Some(Years { first: None, last: Some(2017) }), ..Filter::default() };
    assert_eq!(ids("year:2017..", &until), [1]);
    assert_eq!(ids("year:>2017", &until), [] as [u64; 0]);
    let not_vision = Filter { exclude_categories: vec!["cs.CV".to_owned()], ..Filter::default() };
    assert_eq!(ids("-cat:stat", &not_vision), [1]);
}

#[test]
fn what_is_typed_of_a_counted_kind_still_narrows() {
    let (_folder, index) = index();
    let filter = Filter { categories: vec!["cs.CV".to_owned()], ..Filter::default() };
    let query = Query::parse("cat:stat").unwrap();
    let codes = index.snapshot().facets(&query, &filter, FacetKind::Category, 9).unwrap();
    assert_eq!(codes, [(FacetValue::Code("stat.ML".to_owned()), 1)]);
}

#[test]
fn what_is_typed_is_completed() {
    let (_folder, index) = index();
    let snapshot = index.snapshot();
    let names = |typed| {
        snapshot.suggest_authors(typed, 5).unwrap().into_iter().map(|author| author.name).collect::<Vec<_>>()
    };
    assert_eq!(names("vas"), ["Ashish Vaswani"]);
    assert_eq!(names("noam sh"), ["Noam Shazeer"]);
    assert_eq!(snapshot.suggest_titles("attention is a", 5).unwrap(), [1]);
    assert_eq!(snapshot.suggest_titles("vis", 5).unwrap(), [2]);
    assert_eq!(snapshot.suggest_titles("language image pretr", 5).unwrap(), [3]);
    assert_eq!(snapshot.suggest_titles("image language", 5).unwrap(), [] as [u64; 0]);
}

#[test]
fn scores_of_given_documents_are_those_of_the_search() {
    let (_folder, index) = index();
    let snapshot = index.snapshot();
    let query = Query::parse("visual language").unwrap();
    let hits = snapshot.search(&query, &Filter::default(), 10).unwrap().hits;
    let scores = snapshot.scores(&query, &[3, 1, 2]).unwrap();
    let of = |id| hits.iter().find(|hit| hit.id == id).map_or(0.0, |hit| hit.score);
    assert_eq!(scores, [of(3), of(1), of(2)]);
}

#[test]
fn what_was_committed_is_there_after_opening_again() {
    let (folder, index) = index();
    index.apply(vec![Change::Remove(1)]).unwrap();
    drop(index);
    let index = WordIndex::open(folder.path()).unwrap();
    assert_eq!(index.position(), Some(at(10)));
    assert_eq!(found(&index, "attention"), [1]);
    assert!(matches!(WordIndex::open(folder.path()), Err(IndexError::InUse(_))));
    index.apply(vec![Change::Remove(1), put(document(2, "Other", "words"))]).unwrap();
    index.commit(at(11)).unwrap();
    assert_eq!(index.snapshot().len(), 2);
    assert!(found(&index, "attention").is_empty());
    assert_eq!(found(&index, "other"), [2]);
}

#[test]
fn a_broken_index_is_built_anew() {
    let (folder, index) = index();
    drop(index);
    fs::write(folder.path().join("meta.json"), "{").unwrap();
    let index = WordIndex::open(folder.path()).unwrap();
    assert_eq!((index.position(), index.snapshot().len()), (None, 0));
}

#[test]
fn an_index_whose_files_are_lost_while_it_runs_starts_anew() {
    let (folder, index) = index();
    let before = index.snapshot().generation();
    for file in fs::read_dir(folder.path()).unwrap().map(Result::unwrap) {
        let name = file.file_name().into_string().unwrap();
        if !name.starts_with('.') && name != "meta.json" {
            fs::remove_file(file.path()).unwrap();
        }
    }
    // As one who follows does it: what fails is done again, and an index without a position is filled anew.
    let mut attempts = 0;
    while index.snapshot().len() != 1 || !found(&index, "attention").is_empty() {
        attempts += 1;
        assert!(attempts < 10, "{:?}", index.position());
        let is_new = index.position().is_none();
        let changes = vec![Change::Remove(1), Change::Remove(2), put(document(3, "Other", "words"))];
        let _ = index.apply(changes).and_then(|()| index.commit(at(if is_new { 1 } else { 11 })));
    }
    assert_eq!(found(&index, "other"), [3]);
    assert_ne!(index.snapshot().generation(), before);
    drop(index);
    assert_eq!(found(&WordIndex::open(folder.path()).unwrap(), "other"), [3]);
}

#[test]
fn what_must_be_there_narrows_without_plain_words() {
    let (_folder, index) = index();
    let narrowed =
        |typed| index.snapshot().narrowed(&Query::parse(typed).unwrap(), &Filter::default()).unwrap();
    assert_eq!(narrowed("attention mechanisms"), None);
    assert_eq!(narrowed("anything author:higgins"), Some([2].into_iter().collect()));
    assert_eq!(narrowed("anything -visual"), Some([1].into_iter().collect()));
    assert_eq!(narrowed("anything cat:cs"), Some([1, 3].into_iter().collect()));
}
