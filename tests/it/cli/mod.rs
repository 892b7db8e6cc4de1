//! Commands of the executable, except those that serve.

mod commands;
mod doctor;
