//! The types of the contract, as newtypes over what the domain answers. One concept a file.

pub mod connection;
pub mod delivery;
pub mod edition;
pub mod feed;
pub mod node;
pub mod paper;
pub mod subscription;
