//! Records of OAI-PMH in arXiv's two formats, and their sets.

use quick_xml::escape::escape;

use super::super::Paper;

const LICENSE: &str = "http://arxiv.org/licenses/nonexclusive-distrib/1.0/";

/// Archives with sets of their own; all others are within `physics`.
const ARCHIVES: [&str; 8] = ["cs", "econ", "eess", "math", "q-bio", "q-fin", "stat", "physics"];

/// A format of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    Plain,
    Raw,
}

impl Format {
    pub(super) fn parse(prefix: &str) -> Option<Self> {
        [Self::Plain, Self::Raw].into_iter().find(|format| format.prefix() == prefix)
    }

    pub(super) fn prefix(self) -> &'static str {
        match self {
            Self::Plain => "arXiv",
            Self::Raw => "arXivRaw",
        }
    }

    pub(super) fn record(self, paper: &Paper) -> String {
        let (id, datestamp, prefix) = (&paper.id, paper.datestamp(), self.prefix());
        let sets: String = sets(paper).iter().map(|set| format!(" <setSpec>{set}</setSpec>\n")).collect();
        let fields = match self {
            Self::Plain => plain(paper),
            Self::Raw => raw(paper),
        };
        format!(
            "<record>\n<header>\n <identifier>oai:arXiv.org:{id}</identifier>\n \
             <datestamp>{datestamp}</datestamp>\n{sets}</header>\n<metadata>\n \
             <{prefix} xmlns=\"http://arxiv.org/OAI/{prefix}/\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
             xsi:schemaLocation=\"http://arxiv.org/OAI/{prefix}/ http://arxiv.org/OAI/{prefix}.xsd\">\n \
             <id>{id}</id>{fields}</{prefix}>\n</metadata>\n</record>\n"
        )
    }
}

/// The sets of a paper, such as `cs:cs:CL` and `physics:hep-th`.
pub(super) fn sets(paper: &Paper) -> Vec<String> {
    let set = |category: &String| {
        let (archive, subject) = category.split_once('.').unwrap_or((category, ""));
        let group = if ARCHIVES.contains(&archive) { archive } else { "physics" };
        let subject = if subject.is_empty() { String::new() } else { format!(":{subject}") };
        format!("{group}:{archive}{subject}")
    };
    paper.categories.iter().map(set).collect()
}

fn plain(paper: &Paper) -> String {
    let created = paper.versions[0].submitted_at.date_naive();
    let updated = match paper.versions.len() {
        1 => String::new(),
        _ => element("updated", &paper.latest().submitted_at.date_naive().to_string()),
    };
    let authors: String = paper.authors.iter().map(|name| author(name)).collect();
    format!(
        "<created>{created}</created>{updated}<authors>{authors}</authors>{}{}",
        element("title", &wrapped(&paper.title)),
        common(paper)
    )
}

fn author(name: &str) -> String {
    match name.rsplit_once(' ') {
        Some((forenames, keyname)) => {
            let parts = element("keyname", keyname) + &element("forenames", forenames);
            format!("<author>{parts}</author>")
        }
        None => format!("<author>{}</author>", element("keyname", name)),
    }
}

fn raw(paper: &Paper) -> String {
    let numbered = (1..).zip(&paper.versions);
    let mut versions: Vec<(String, String)> = numbered
        .map(|(number, version)| {
            let date = version.submitted_at.format("%a, %d %b %Y %H:%M:%S GMT");
            let files = if version.is_withdrawal {
                "<size>0kb</size><source_type>I</source_type>"
            } else {
                "<size>14kb</size><source_type>D</source_type>"
            };
            let number = format!("v{number}");
            let text = format!("<version version=\"{number}\"><date>{date}</date>{files}</version>");
            (number, text)
        })
        .collect();
    // arXiv has v10 before v2.
    versions.sort();
    let versions: String = versions.into_iter().map(|(_, text)| text).collect();
    let submitter = paper.authors.first().map_or("", String::as_str);
    [
        element("submitter", submitter),
        versions,
        element("title", &wrapped(&paper.title)),
        element("authors", &paper.authors.join(", ")),
        common(paper),
    ]
    .concat()
}

/// The fields that both formats have, in their order.
fn common(paper: &Paper) -> String {
    let optional =
        |name: &str, text: &Option<String>| text.as_ref().map_or(String::new(), |text| element(name, text));
    [
        element("categories", &paper.categories.join(" ")),
        optional("comments", &paper.comments),
        optional("journal-ref", &paper.journal_ref),
        optional("doi", &paper.doi),
        element("license", LICENSE),
        element("abstract", &format!("  {}\n", wrapped(&paper.summary))),
    ]
    .concat()
}

fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

/// The text in lines of about 80 characters, as arXiv has it.
fn wrapped(text: &str) -> String {
    let (mut wrapped, mut line) = (String::new(), 0);
    for word in text.split(' ') {
        if line > 0 {
            wrapped.push_str(if line + word.len() > 80 { "\n  " } else { " " });
        }
        line = if line + word.len() > 80 { 0 } else { line } + word.len() + 1;
        wrapped.push_str(word);
    }
    wrapped
}
