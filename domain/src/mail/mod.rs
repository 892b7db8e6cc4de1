//! Mail of this service: its sender, the mark by which mail that comes back is known, and the folder that takes mail until
//! a mail server is named ([`mod@file`], [`folder`]). How messages are built, signed and sent is the crate [`smtp`].

pub mod file;
pub mod folder;
mod sender;
mod typed;
pub mod verp;

pub use sender::MailSettings;
pub use typed::typed_address;
