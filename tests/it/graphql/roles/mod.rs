//! Who may do what, and who may read what: every mutation and every field of a query, as nobody, as readers, as a
//! curator and as an administrator. The tables say what is meant; what is new in the schema and in no table fails.

mod fields;
pub mod mutations;
pub mod populated;
pub mod schema;
pub mod walk;
