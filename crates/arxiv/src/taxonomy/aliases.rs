//! The codes that mean the same category: those that arXiv gave to one beside another, and archives of old.
//!
//! arXiv lists the papers of such a category under either code. Sources: `CATEGORY_ALIASES` and `ARCHIVES_SUBSUMED` of
//! <https://github.com/arXiv/arxiv-base>.

/// The main code of a category that has several, or of one that took an archive of old in; any other text as it is.
#[must_use]
pub fn main_code(code: &str) -> &str {
    let known = ALIASES.iter().chain(SUBSUMED).find(|&&(other, _)| other == code);
    known.map_or(code, |&(_, main)| main)
}

/// The codes that mean the same category, the main one first.
#[must_use]
pub fn codes_of(code: &str) -> Vec<&str> {
    let main = main_code(code);
    let others = ALIASES.iter().chain(SUBSUMED).filter(|&&(_, of)| of == main).map(|&(other, _)| other);
    std::iter::once(main).chain(others).collect()
}

/// Codes beside the main ones, and those.
const ALIASES: &[(&str, &str)] = &[
    ("cs.NA", "math.NA"),
    ("cs.SY", "eess.SY"),
    ("math.IT", "cs.IT"),
    ("math.MP", "math-ph"),
    ("q-fin.EC", "econ.GN"),
    ("stat.TH", "math.ST"),
];

/// Archives of old, and the categories that took them in.
const SUBSUMED: &[(&str, &str)] = &[
    ("acc-phys", "physics.acc-ph"),
    ("adap-org", "nlin.AO"),
    ("alg-geom", "math.AG"),
    ("ao-sci", "physics.ao-ph"),
    ("atom-ph", "physics.atom-ph"),
    ("bayes-an", "physics.data-an"),
    ("chao-dyn", "nlin.CD"),
    ("chem-ph", "physics.chem-ph"),
    ("cmp-lg", "cs.CL"),
    ("comp-gas", "nlin.CG"),
    ("dg-ga", "math.DG"),
    ("funct-an", "math.FA"),
    ("mtrl-th", "cond-mat.mtrl-sci"),
    ("patt-sol", "nlin.PS"),
    ("plasm-ph", "physics.plasm-ph"),
    ("q-alg", "math.QA"),
    ("solv-int", "nlin.SI"),
    ("supr-con", "cond-mat.supr-con"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::name;

    #[test]
    fn aliases_lead_to_main_codes_that_exist() {
        for &(other, main) in ALIASES.iter().chain(SUBSUMED) {
            assert_eq!(main_code(other), main);
            assert_eq!(main_code(main), main);
            assert!(name(main).is_some(), "{main}");
        }
        for &(other, main) in ALIASES {
            assert_eq!(codes_of(other), [main, other]);
        }
        assert_eq!(codes_of("cs.CL"), ["cs.CL", "cmp-lg"]);
        assert_eq!(codes_of("cs.AI"), ["cs.AI"]);
    }
}
