//! Commands of the executable other than those that serve.

mod commands;
mod doctor;
