//! Access control: every mutation and every field of a query as nobody, as readers, as a curator and as an
//! administrator. The tables say what is intended; additions to the schema that are in no table fail.

mod fields;
pub mod mutations;
pub mod populated;
pub mod schema;
pub mod walk;
