//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Daily Papers: a curator and a community feature papers day by day; subscribers get the trending ones by
/// e-mail.
///
/// Without a command everything runs in one process: pages and GraphQL on 127.0.0.1:8080, SQLite and mail as files
/// below ./data. `daily-papers settings` lists what can be set, in daily-papers.toml or in the environment.
#[derive(Debug, Parser)]
#[command(name = "daily-papers", version, max_term_width = 100)]
pub struct Cli {
    /// The file with settings; daily-papers.toml in the working directory where none is named
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    #[command(subcommand)]
    pub command: Option<Command>,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Everything in one process (the default)
    Serve,
    /// Pages and GraphQL only; needs Postgres and Redis, as many processes as wanted
    Api,
    /// The worker that plans and sends digests only; needs Postgres and Redis, as many processes as wanted
    Worker,
    /// Bring the schema of the database up to date
    Migrate,
    /// Check configuration, database, Redis and mail server, and say what is wrong
    Doctor,
    /// Put papers into the database
    #[command(subcommand)]
    Import(Import),
    /// Look at digests
    #[command(subcommand)]
    Digest(Digest),
    /// Subscribers as CSV
    #[command(subcommand)]
    Subscribers(Subscribers),
    /// Take a bounce or a complaint from standard input, for a mail server's pipe
    ///
    /// The exit code is 0 once it is written down, whether anything follows from it or not, and 75 where
    /// it should be handed in again. Postfix's pipe hands on no environment, so name the file with settings: `flags=Rq
    /// user=papers directory=/var/lib/daily-papers argv=/usr/local/bin/daily-papers --config /etc/daily-papers.toml
    /// bounce --recipient ${original_recipient}`. The DKIM key is not read.
    Bounce {
        /// The address that the message came to, where the mail server says so
        #[arg(long, value_name = "ADDRESS")]
        recipient: Option<String>,
    },
    /// Bearer tokens for programs, curators and administrators
    #[command(subcommand)]
    Token(Token),
    /// Print the GraphQL schema
    Schema,
    /// Print all settings with their defaults, as a daily-papers.toml
    Settings,
}

/// Where papers come from.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Hugging Face's daily-papers JSON
    ///
    /// Takes files, and folders, of which all *.json are read. A file is what `GET /api/daily_papers?date=DATE` answered; its
    /// name DATE.json says the feed day. What cannot be read is refused with a reason each. A second run changes
    /// nothing; a run that was killed goes on when it is started again on the same files.
    HfDaily {
        /// Files and folders
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
    },
}

/// What can be looked at.
#[derive(Debug, Subcommand)]
pub enum Digest {
    /// Print a digest as it would be sent, without sending it
    Preview(Preview),
}

/// Which digest.
#[derive(Debug, Args)]
pub struct Preview {
    /// Its length
    #[arg(long, value_enum, default_value_t = Cadence::Daily)]
    pub cadence: Cadence,
    /// 2026-01-06, 2026-W02 or 2026-01; the latest that has papers where none is given
    #[arg(long)]
    pub period: Option<String>,
    /// What it is narrowed to, as JSON: `{"categories": ["cs.CL"], "excludeKeywords": ["survey"]}`
    #[arg(long, value_name = "JSON")]
    pub filter: Option<String>,
    /// Papers at most
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u8).range(1..=50))]
    pub max_papers: u8,
    /// What is printed
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

/// A form of a mail.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Format {
    /// The plain text part
    Text,
    /// The HTML part
    Html,
    /// The message as it goes over the wire
    Eml,
}

/// What can be done with subscribers.
#[expect(clippy::doc_markdown, reason = "--help prints the names of the columns as they are")]
#[derive(Debug, Subcommand)]
pub enum Subscribers {
    /// Subscribe those whom a CSV file names
    ///
    /// The first line names the columns: email, and as wanted cadence, time_zone, send_time, weekdays (Mon;Tue),
    /// max_papers, categories, keywords, authors, organizations, exclude_categories, exclude_keywords, min_upvotes, with
    /// semicolons between the entries of a list. Files of listmonk, Ghost and Mailchimp are read as they are, with commas,
    /// semicolons or tabs, in UTF-8, UTF-16 or Windows-1252. Each is asked to confirm by mail. Addresses that left, here or
    /// there, or are suppressed are left out. A file with a mistake changes nothing; the mistakes are told with their
    /// lines.
    Import(ImportSubscribers),
    /// Print all subscriptions as CSV, in the form that import reads
    ///
    /// A cell that a spreadsheet would take for a formula begins with an apostrophe; import takes it away again.
    Export,
}

/// What is imported, and how.
#[derive(Debug, Args)]
pub struct ImportSubscribers {
    /// The file
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// They agreed elsewhere: subscribe them at once, without a mail; who did not confirm there is left out
    #[arg(long)]
    pub confirmed: bool,
    /// Say what would be done, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Leave out the lines that hold mistakes, and import the others
    #[arg(long)]
    pub skip_mistakes: bool,
}

/// What can be done with tokens.
#[derive(Debug, Subcommand)]
pub enum Token {
    /// Make a bearer token and print it, this once
    ///
    /// It goes into the header Authorization: Bearer … of requests to /graphql.
    Create {
        /// Whose token: the user of this name, who is made where there is none
        #[arg(long)]
        name: String,
        /// The user becomes an administrator
        #[arg(long, conflicts_with = "curator")]
        admin: bool,
        /// The user becomes a curator; an administrator stays one
        #[arg(long)]
        curator: bool,
    },
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
