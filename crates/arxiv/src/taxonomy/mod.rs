//! The names of the arXiv categories, and the codes that mean the same one. Source: <https://arxiv.org/category_taxonomy>.

mod aliases;

pub use aliases::{codes_of, main_code};

/// The name of a category; `None` for a code that arXiv does not have.
#[must_use]
pub fn name(code: &str) -> Option<&'static str> {
    let index = CATEGORIES.binary_search_by_key(&code, |&(code, _)| code).ok()?;
    CATEGORIES.get(index).map(|&(_, name)| name)
}

/// The code as arXiv spells it, in whatever case it was typed; `None` if arXiv has none such. A code that arXiv gives
/// to the same category beside another, as `math.MP` beside `math-ph`, is a code: papers carry either.
#[must_use]
pub fn canonical(typed: &str) -> Option<&'static str> {
    let typed = typed.trim();
    CATEGORIES.iter().map(|&(code, _)| code).find(|code| code.eq_ignore_ascii_case(typed))
}

/// The set of a category in OAI-PMH: its group, its archive and its own code, such as `cs:cs:CL` or `physics:hep-th`.
///
/// Source: the answer to `ListSets` at <https://oaipmh.arxiv.org/oai>.
#[must_use]
pub fn oai_set(code: &str) -> String {
    let archive = code.split('.').next().unwrap_or(code);
    let group = match archive {
        "cs" | "econ" | "eess" | "math" | "q-bio" | "q-fin" | "stat" => archive,
        _ => "physics",
    };
    match code.split_once('.') {
        Some((archive, class)) => format!("{group}:{archive}:{class}"),
        None => format!("{group}:{archive}"),
    }
}

/// Whether it is an archive that has categories, such as `cs`.
#[must_use]
pub fn is_archive(code: &str) -> bool {
    CATEGORIES.iter().filter_map(|(known, _)| known.split_once('.')).any(|(archive, _)| archive == code)
}

/// A code that a person typed, as arXiv spells it.
///
/// # Errors
/// A sentence with the nearest codes, if arXiv has none such.
pub fn checked(typed: &str) -> Result<&'static str, String> {
    canonical(typed).ok_or_else(|| {
        let shown: String = typed.trim().chars().take(MAX_SHOWN).collect();
        format!("{shown:?} is not an arXiv category. Did you mean {}?", nearest(&shown).join(" or "))
    })
}

/// The codes that are most like a text, by code or by name.
fn nearest(typed: &str) -> Vec<&'static str> {
    let typed = typed.to_lowercase();
    let mut codes: Vec<(f64, &'static str)> = CATEGORIES
        .iter()
        .map(|&(code, name)| {
            let by_code = strsim::jaro_winkler(&typed, &code.to_lowercase());
            let by_name = strsim::normalized_damerau_levenshtein(&typed, &name.to_lowercase());
            (by_code.max(by_name), code)
        })
        .collect();
    codes.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    codes.into_iter().take(MAX_SUGGESTIONS).map(|(_, code)| code).collect()
}

/// The number of codes that an error suggests.
const MAX_SUGGESTIONS: usize = 3;

/// Characters of what was typed that a refusal says back.
const MAX_SHOWN: usize = 40;

/// Codes and names, by code in byte order.
#[rustfmt::skip]
const CATEGORIES: &[(&str, &str)] = &[
    ("astro-ph", "Astrophysics"),
    ("astro-ph.CO", "Cosmology and Nongalactic Astrophysics"),
    ("astro-ph.EP", "Earth and Planetary Astrophysics"),
    ("astro-ph.GA", "Astrophysics of Galaxies"),
    ("astro-ph.HE", "High Energy Astrophysical Phenomena"),
    ("astro-ph.IM", "Instrumentation and Methods for Astrophysics"),
    ("astro-ph.SR", "Solar and Stellar Astrophysics"),
    ("cond-mat", "Condensed Matter"),
    ("cond-mat.dis-nn", "Disordered Systems and Neural Networks"),
    ("cond-mat.mes-hall", "Mesoscale and Nanoscale Physics"),
    ("cond-mat.mtrl-sci", "Materials Science"),
    ("cond-mat.other", "Other Condensed Matter"),
    ("cond-mat.quant-gas", "Quantum Gases"),
    ("cond-mat.soft", "Soft Condensed Matter"),
    ("cond-mat.stat-mech", "Statistical Mechanics"),
    ("cond-mat.str-el", "Strongly Correlated Electrons"),
    ("cond-mat.supr-con", "Superconductivity"),
    ("cs.AI", "Artificial Intelligence"),
    ("cs.AR", "Hardware Architecture"),
    ("cs.CC", "Computational Complexity"),
    ("cs.CE", "Computational Engineering, Finance, and Science"),
    ("cs.CG", "Computational Geometry"),
    ("cs.CL", "Computation and Language"),
    ("cs.CR", "Cryptography and Security"),
    ("cs.CV", "Computer Vision and Pattern Recognition"),
    ("cs.CY", "Computers and Society"),
    ("cs.DB", "Databases"),
    ("cs.DC", "Distributed, Parallel, and Cluster Computing"),
    ("cs.DL", "Digital Libraries"),
    ("cs.DM", "Discrete Mathematics"),
    ("cs.DS", "Data Structures and Algorithms"),
    ("cs.ET", "Emerging Technologies"),
    ("cs.FL", "Formal Languages and Automata Theory"),
    ("cs.GL", "General Literature"),
    ("cs.GR", "Graphics"),
    ("cs.GT", "Computer Science and Game Theory"),
    ("cs.HC", "Human-Computer Interaction"),
    ("cs.IR", "Information Retrieval"),
    ("cs.IT", "Information Theory"),
    ("cs.LG", "Machine Learning"),
    ("cs.LO", "Logic in Computer Science"),
    ("cs.MA", "Multiagent Systems"),
    ("cs.MM", "Multimedia"),
    ("cs.MS", "Mathematical Software"),
    ("cs.NA", "Numerical Analysis"),
    ("cs.NE", "Neural and Evolutionary Computing"),
    ("cs.NI", "Networking and Internet Architecture"),
    ("cs.OH", "Other Computer Science"),
    ("cs.OS", "Operating Systems"),
    ("cs.PF", "Performance"),
    ("cs.PL", "Programming Languages"),
    ("cs.RO", "Robotics"),
    ("cs.SC", "Symbolic Computation"),
    ("cs.SD", "Sound"),
    ("cs.SE", "Software Engineering"),
    ("cs.SI", "Social and Information Networks"),
    ("cs.SY", "Systems and Control"),
    ("econ.EM", "Econometrics"),
    ("econ.GN", "General Economics"),
    ("econ.TH", "Theoretical Economics"),
    ("eess.AS", "Audio and Speech Processing"),
    ("eess.IV", "Image and Video Processing"),
    ("eess.SP", "Signal Processing"),
    ("eess.SY", "Systems and Control"),
    ("gr-qc", "General Relativity and Quantum Cosmology"),
    ("hep-ex", "High Energy Physics - Experiment"),
    ("hep-lat", "High Energy Physics - Lattice"),
    ("hep-ph", "High Energy Physics - Phenomenology"),
    ("hep-th", "High Energy Physics - Theory"),
    ("math-ph", "Mathematical Physics"),
    ("math.AC", "Commutative Algebra"),
    ("math.AG", "Algebraic Geometry"),
    ("math.AP", "Analysis of PDEs"),
    ("math.AT", "Algebraic Topology"),
    ("math.CA", "Classical Analysis and ODEs"),
    ("math.CO", "Combinatorics"),
    ("math.CT", "Category Theory"),
    ("math.CV", "Complex Variables"),
    ("math.DG", "Differential Geometry"),
    ("math.DS", "Dynamical Systems"),
    ("math.FA", "Functional Analysis"),
    ("math.GM", "General Mathematics"),
    ("math.GN", "General Topology"),
    ("math.GR", "Group Theory"),
    ("math.GT", "Geometric Topology"),
    ("math.HO", "History and Overview"),
    ("math.IT", "Information Theory"),
    ("math.KT", "K-Theory and Homology"),
    ("math.LO", "Logic"),
    ("math.MG", "Metric Geometry"),
    ("math.MP", "Mathematical Physics"),
    ("math.NA", "Numerical Analysis"),
    ("math.NT", "Number Theory"),
    ("math.OA", "Operator Algebras"),
    ("math.OC", "Optimization and Control"),
    ("math.PR", "Probability"),
    ("math.QA", "Quantum Algebra"),
    ("math.RA", "Rings and Algebras"),
    ("math.RT", "Representation Theory"),
    ("math.SG", "Symplectic Geometry"),
    ("math.SP", "Spectral Theory"),
    ("math.ST", "Statistics Theory"),
    ("nlin.AO", "Adaptation and Self-Organizing Systems"),
    ("nlin.CD", "Chaotic Dynamics"),
    ("nlin.CG", "Cellular Automata and Lattice Gases"),
    ("nlin.PS", "Pattern Formation and Solitons"),
    ("nlin.SI", "Exactly Solvable and Integrable Systems"),
    ("nucl-ex", "Nuclear Experiment"),
    ("nucl-th", "Nuclear Theory"),
    ("physics.acc-ph", "Accelerator Physics"),
    ("physics.ao-ph", "Atmospheric and Oceanic Physics"),
    ("physics.app-ph", "Applied Physics"),
    ("physics.atm-clus", "Atomic and Molecular Clusters"),
    ("physics.atom-ph", "Atomic Physics"),
    ("physics.bio-ph", "Biological Physics"),
    ("physics.chem-ph", "Chemical Physics"),
    ("physics.class-ph", "Classical Physics"),
    ("physics.comp-ph", "Computational Physics"),
    ("physics.data-an", "Data Analysis, Statistics and Probability"),
    ("physics.ed-ph", "Physics Education"),
    ("physics.flu-dyn", "Fluid Dynamics"),
    ("physics.gen-ph", "General Physics"),
    ("physics.geo-ph", "Geophysics"),
    ("physics.hist-ph", "History and Philosophy of Physics"),
    ("physics.ins-det", "Instrumentation and Detectors"),
    ("physics.med-ph", "Medical Physics"),
    ("physics.optics", "Optics"),
    ("physics.plasm-ph", "Plasma Physics"),
    ("physics.pop-ph", "Popular Physics"),
    ("physics.soc-ph", "Physics and Society"),
    ("physics.space-ph", "Space Physics"),
    ("q-bio.BM", "Biomolecules"),
    ("q-bio.CB", "Cell Behavior"),
    ("q-bio.GN", "Genomics"),
    ("q-bio.MN", "Molecular Networks"),
    ("q-bio.NC", "Neurons and Cognition"),
    ("q-bio.OT", "Other Quantitative Biology"),
    ("q-bio.PE", "Populations and Evolution"),
    ("q-bio.QM", "Quantitative Methods"),
    ("q-bio.SC", "Subcellular Processes"),
    ("q-bio.TO", "Tissues and Organs"),
    ("q-fin.CP", "Computational Finance"),
    ("q-fin.EC", "Economics"),
    ("q-fin.GN", "General Finance"),
    ("q-fin.MF", "Mathematical Finance"),
    ("q-fin.PM", "Portfolio Management"),
    ("q-fin.PR", "Pricing of Securities"),
    ("q-fin.RM", "Risk Management"),
    ("q-fin.ST", "Statistical Finance"),
    ("q-fin.TR", "Trading and Market Microstructure"),
    ("quant-ph", "Quantum Physics"),
    ("stat.AP", "Applications"),
    ("stat.CO", "Computation"),
    ("stat.ME", "Methodology"),
    ("stat.ML", "Machine Learning"),
    ("stat.OT", "Other Statistics"),
    ("stat.TH", "Statistics Theory"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_group_archive_and_class() {
        for (code, set) in [
            ("cs.CL", "cs:cs:CL"),
            ("hep-th", "physics:hep-th"),
            ("math-ph", "physics:math-ph"),
            ("astro-ph.CO", "physics:astro-ph:CO"),
            ("physics.optics", "physics:physics:optics"),
            ("q-bio.NC", "q-bio:q-bio:NC"),
        ] {
            assert_eq!(oai_set(code), set);
        }
    }

    #[test]
    fn every_category_code_is_found() {
        assert!(CATEGORIES.is_sorted_by_key(|&(code, _)| code));
        for &(code, known) in CATEGORIES {
            assert_eq!(name(code), Some(known));
        }
        assert_eq!(name("cs.CL"), Some("Computation and Language"));
        assert_eq!(name("cs.XX"), None);
    }

    #[test]
    fn categories_are_found_in_any_case_or_the_nearest_are_suggested() {
        assert_eq!(checked(" CS.cl "), Ok("cs.CL"));
        assert_eq!(checked("math.MP"), Ok("math.MP"));
        for (typed, expected) in [
            ("cs.XL", "cs."),
            ("cs.CLL", "cs.CL"),
            ("machine learning", "cs.LG"),
            ("astro.GA", "astro-ph.GA"),
        ] {
            let said = checked(typed).unwrap_err();
            assert!(said.contains(expected), "{said}");
        }
        assert!(checked(&"x".repeat(10_000)).unwrap_err().len() < 200);
        assert!(checked("").is_err());
    }
}
