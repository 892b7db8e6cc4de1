//! GraphQL over sockets of RFC 6455, the subprotocol `graphql-transport-ws`.
//!
//! <https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md>. `upgrade` decides who may open a socket,
//! `incoming` makes messages of frames, `message` is what the messages say, `session` does what they ask.
//! Nothing that one client does makes the process remember more: messages, operations and what waits to be
//! sent are bounded, and who does not read is closed.

pub(crate) mod incoming;
pub(crate) mod message;
pub(crate) mod session;
pub(crate) mod upgrade;

pub use upgrade::{is_asked, upgrade};

/// The subprotocol. The older `graphql-ws` is another one of confusingly similar name.
pub const PROTOCOL: &str = "graphql-transport-ws";
