//! The command line.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// Daily Papers: curators and a community feature papers every day; subscribers get the trending ones by e-mail.
///
/// Without a command, everything runs in one process: pages and GraphQL on 127.0.0.1:8080, with SQLite and mail as files
/// in ./data. `daily-papers settings` lists all settings; change them in daily-papers.toml or in the environment.
#[derive(Debug, Parser)]
#[command(name = "daily-papers", version, max_term_width = 100)]
pub struct Cli {
    /// Settings file [default: daily-papers.toml in the working directory, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run everything in one process (the default)
    Serve,
    /// Serve pages and GraphQL only; needs Postgres and Redis, runs in any number of processes
    Api,
    /// Plan and send digests only; needs Postgres and Redis, runs in any number of processes
    Worker,
    /// Bring the schema of the database up to date
    Migrate,
    /// Check the configuration, database, Redis and mail server, and report problems
    Doctor,
    /// Import papers
    #[command(subcommand)]
    Import(Import),
    /// Preview digests
    #[command(subcommand)]
    Digest(Digest),
    /// Import and export subscribers as CSV
    #[command(subcommand)]
    Subscribers(Subscribers),
    /// Record a bounce or complaint from standard input, for use in a mail server's pipe
    ///
    /// The exit code is 0 if the message was recorded, whether or not it has consequences, and 75 if the mail server should
    /// try again. Postfix's pipe passes no environment, so name the settings file: `flags=Rq
    /// user=papers directory=/var/lib/daily-papers argv=/usr/local/bin/daily-papers --config /etc/daily-papers.toml
    /// bounce --recipient ${original_recipient}`. The DKIM key is not read.
    Bounce {
        /// The address that the message was sent to, if the mail server provides it
        #[arg(long, value_name = "ADDRESS")]
        recipient: Option<String>,
    },
    /// Create bearer tokens for programs, curators and administrators
    #[command(subcommand)]
    Token(Token),
    /// Rebuild the search indexes and show their state
    #[command(subcommand)]
    Search(Search),
    /// Show the sources that are read by schedule: what of each was read last, what failed, and when it is read next
    Sources,
    /// Install models for search by meaning and for reranking
    #[command(subcommand)]
    Model(Model),
    /// Print the GraphQL schema
    Schema,
    /// Print all settings with their defaults, as a daily-papers.toml
    Settings,
}

/// The commands for search indexes.
#[derive(Debug, Subcommand)]
pub enum Search {
    /// Have all running processes rebuild their indexes from the database
    ///
    /// They answer with the old index until the new one is complete. An index of another version, and one that is ahead of
    /// a restored database, is rebuilt without being asked.
    Rebuild,
    /// Show the model in use and the number of papers without a vector
    Status,
}

/// The commands for models.
#[derive(Debug, Subcommand)]
pub enum Model {
    /// Download a model, or copy it from a folder, and verify it
    ///
    /// Every machine that runs `serve`, `api` or `worker` needs the model in its data folder; restart them afterwards.
    Install {
        /// The name of the model; `daily-papers model list` shows them
        #[arg(default_value = domain::search::models::DEFAULT_MODEL)]
        name: String,
        /// A folder with the model's files, or the URL of a mirror of Hugging Face
        #[arg(long, value_name = "DIR|URL", default_value = "https://huggingface.co")]
        from: String,
    },
    /// List the models that can be installed, and those that are
    List,
    /// Have all processes use an installed model; vectors of all papers are then made again
    Use {
        /// The name of the model
        name: String,
    },
}

/// The sources of papers.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Hugging Face's daily-papers JSON
    ///
    /// Reads files, and all *.json files in folders. A file is a response of `GET /api/daily_papers?date=DATE`, named DATE.json
    /// after its feed day. A date (2026-01-06), or two with .. between them (2026-01-01..2026-01-31), is read from Hugging
    /// Face instead; that requires the setting `source_contact`. Records that cannot be read are rejected, each with a
    /// reason. Importing the same again changes nothing; an interrupted import continues when it is started again with the
    /// same arguments.
    HfDaily {
        /// Files and folders, or dates
        #[arg(required = true, value_name = "PATH|DATE")]
        inputs: Vec<String>,
    },
    /// The snapshot of arXiv's metadata: JSON lines, plain, .gz or .zst, of any size
    ///
    /// Reads arxiv-metadata-oai-snapshot.json as Kaggle and its mirrors offer it. The papers are not featured. Importing the
    /// same file again changes nothing; an interrupted import continues when it is started again with the same file and
    /// categories.
    ArxivSnapshot {
        /// Files
        #[arg(required = true, value_name = "FILE")]
        paths: Vec<PathBuf>,
        /// Only papers of these categories, such as cs.CL, or archives, such as cs
        #[arg(long, value_delimiter = ',', value_name = "CATEGORY,…")]
        categories: Vec<String>,
    },
    /// Records of arXiv that changed, by OAI-PMH; or saved responses, in the formats arXiv and arXivRaw
    ///
    /// Without files the records are harvested from arXiv, which requires the setting `source_contact`. A harvest that was
    /// interrupted continues behind its last page when it is started again with the same arguments. With files it reads
    /// these, and all *.xml files in folders; a response that is cut off is not read at all.
    ArxivOai {
        /// Files and folders
        #[arg(value_name = "PATH", conflicts_with_all = ["set", "from", "until"], required_unless_present_any = ["set", "from", "until"])]
        paths: Vec<PathBuf>,
        /// The set of records: a category, such as cs.CL, or a set, such as cs or physics:hep-th
        #[arg(long)]
        set: Option<String>,
        /// The first day on which records changed
        #[arg(long, value_name = "DATE")]
        from: Option<NaiveDate>,
        /// The last day on which records changed
        #[arg(long, value_name = "DATE")]
        until: Option<NaiveDate>,
    },
    /// The newest announcement of categories of arXiv
    ///
    /// Reads new papers and cross-lists from arXiv's listing pages, which requires the setting `source_contact`.
    ArxivListing {
        /// Categories, such as cs.CL
        #[arg(required = true, value_name = "CATEGORY")]
        categories: Vec<String>,
    },
    /// Papers of arXiv by identifier; or saved responses of its query API, in Atom
    ///
    /// An identifier, such as 2601.00001 or hep-th/9901001, is looked up at arXiv, which requires the setting
    /// `source_contact`. Of folders all *.xml files are read. What exists as a file is read as one.
    ArxivQuery {
        /// Files and folders, or identifiers
        #[arg(required = true, value_name = "PATH|ID")]
        inputs: Vec<String>,
    },
}

/// The commands for digests.
#[derive(Debug, Subcommand)]
pub enum Digest {
    /// Print a digest as it would be sent, without sending it
    Preview(Preview),
}

/// The digest to preview.
#[derive(Debug, Args)]
pub struct Preview {
    /// The cadence of the digest
    #[arg(long, value_enum, default_value_t = Cadence::Daily)]
    pub cadence: Cadence,
    /// The period: 2026-01-06, 2026-W02 or 2026-01 [default: the latest with papers]
    #[arg(long)]
    pub period: Option<String>,
    /// A filter for papers, as JSON: `{"categories": ["cs.CL"], "excludeKeywords": ["survey"]}`
    #[arg(long, value_name = "JSON")]
    pub filter: Option<String>,
    /// The maximum number of papers
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=50))]
    pub max_papers: u8,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// A cadence on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Cadence {
    /// A feed day
    Daily,
    /// An ISO week
    Weekly,
    /// A calendar month
    Monthly,
}

/// The output formats of a digest.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// The plain text part
    Text,
    /// The HTML part
    Html,
    /// The complete message, as it is sent
    Eml,
}

/// The commands for subscribers.
#[expect(clippy::doc_markdown, reason = "--help prints the names of the columns as they are")]
#[derive(Debug, Subcommand)]
pub enum Subscribers {
    /// Subscribe the people listed in a CSV file
    ///
    /// The first line names the columns: email and, optionally, cadence, time_zone, send_time, weekdays (Mon;Tue),
    /// max_papers, categories, keywords, authors, organizations, exclude_categories, exclude_keywords, min_upvotes, with
    /// semicolons between the entries of a list. Files of listmonk, Ghost and Mailchimp are read as they are, with commas,
    /// semicolons or tabs, in UTF-8, UTF-16 or Windows-1252. Each person is asked by mail to confirm. Addresses that
    /// unsubscribed, here or there, or are suppressed are left out. If the file has mistakes, nothing is imported and the
    /// mistakes are listed with their line numbers.
    Import(ImportSubscribers),
    /// Print all subscriptions as CSV, in the format that import reads
    ///
    /// A cell that a spreadsheet would treat as a formula is prefixed with an apostrophe; import removes it again.
    Export,
}

/// The file to import and the options of an import.
#[derive(Debug, Args)]
pub struct ImportSubscribers {
    /// The CSV file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// They have already agreed elsewhere: subscribe them at once, without a confirmation mail; people who did not confirm there are left out
    #[arg(long)]
    pub confirmed: bool,
    /// Report what would be done without doing it
    #[arg(long)]
    pub dry_run: bool,
    /// Leave out lines with mistakes and import the others
    #[arg(long)]
    pub skip_mistakes: bool,
}

/// The commands for tokens.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Create a bearer token and print it once
    ///
    /// Send it in the header Authorization: Bearer … of requests to /graphql.
    Create {
        /// The user that the token belongs to; created if there is none of this name
        #[arg(long)]
        name: String,
        /// Make the user an administrator
        #[arg(long, conflicts_with = "curator")]
        admin: bool,
        /// Make the user a curator; an administrator remains one
        #[arg(long)]
        curator: bool,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_definition_is_valid() {
        super::Cli::command().debug_assert();
    }
}
